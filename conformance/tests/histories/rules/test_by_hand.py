"""Histories as another tool would write them: a good one, and the same with a mistake."""

from pathlib import Path
from typing import Any

import pytest

from conformance.tests.histories.files import at, findings, verdicts, write

Line = dict[str, Any]


def asked(api: str, method: str, second: float, request: Any, reply: Any = None) -> Line:
    line = {"api": api, "method": method, "at": at(second), "took_ms": 10, "request": request}
    return line if reply is None else {**line, "reply": reply}


def stream(api: str, method: str, request: Any, *replies: Any) -> list[Line]:
    opened = {"api": api, "kind": "open", "stream": 1, "method": method, "at": at(1)}
    return [
        {**opened, "request": request},
        *({"api": api, "kind": "event", "stream": 1, "at": at(2), "reply": r} for r in replies),
        {"api": api, "kind": "end", "stream": 1, "at": at(9), "status": {"code": "CANCELLED"}},
    ]


def dispatch(id_: int, end: str = "2030-01-01T01:00:00Z") -> Line:
    return {
        "metadata": {
            "dispatchId": str(id_),
            "createTime": at(id_ + 0.5),
            "updateTime": at(id_ + 0.5),
            "endTime": end,
        },
        "data": {"type": "x", "startTime": "2030-01-01T00:00:00Z", "duration": 3600},
    }


def dispatches(*shown: Line, size: int = 2) -> list[Line]:
    request = {"microgridId": "1", "paginationParams": {"pageSize": size}}
    info = {"totalItems": 2}
    reply = {"dispatches": list(shown), "paginationInfo": info}
    return [asked("dispatch", "ListMicrogridDispatches", 9, request, reply)]


def region(name: str) -> Line:
    return {"name": f"regions/{name}", "title": name}


def watch(chunk: int) -> list[Line]:
    current = [{"current": {"region": region(name)}} for name in ("aa", "bb")]
    reply = {"regionChanges": current, "isCurrent": True, "resumeToken": "t", "snapshotSize": "-1"}
    request = {"type": "STATELESS", "maxChunkSize": chunk}
    return stream("meta", "WatchRegions", request, reply)


def regions(size: int) -> list[Line]:
    request = {"query": [["pageSize", str(size)], ["view", "NAME"]]}
    reply = {"regions": [{"name": "regions/aa"}, {"name": "regions/bb"}]}
    return [asked("meta", "GET /v1alpha2/regions", 1, request, reply)]


def pull(*, old: bool) -> list[Line]:
    first = {"id": "a", "type": "t", "lastInactiveTime": at(0)}
    later = {**first, "configRaw": "{}", "lastConfigTime": at(1)}
    changes = [
        {"name": "drivers", "type": "ADD", "newValue": first, "changeTime": at(0)},
        {
            "name": "drivers",
            "type": "UPDATE",
            "newValue": later,
            "changeTime": at(1),
            **({"oldValue": first} if old else {}),
        },
    ]
    return stream("services", "PullServices", {"name": "drivers"}, {"changes": changes})


def got(id_: str) -> list[Line]:
    request = {"name": "drivers", "id": "a"}
    reply = {"id": id_, "type": "t", "lastInactiveTime": at(0)}
    return [asked("services", "GetService", 1, request, reply)]


def stores(id_: str) -> list[Line]:
    query = "query { storage_listDataStores(userId: null) { dataStoreId name } }"
    reply = {"data": {"storage_listDataStores": [{"dataStoreId": id_, "name": "n"}]}}
    return [asked("exchange", "storage_listDataStores", 1, {"query": query}, reply)]


def socket(timeout_ms: int | None) -> list[Line]:
    payload = {} if timeout_ms is None else {"connectionTimeoutMs": timeout_ms}
    said = {"api": "exchange", "kind": "send", "stream": 1, "request": {"type": "connection_init"}}
    lines = stream("exchange", "socket", {}, {"type": "connection_ack", "payload": payload})
    return [lines[0], said, *lines[1:]]


CASES = {
    "DSP-PAG-001": (dispatches(dispatch(2), dispatch(1)), dispatches(*map(dispatch, (3, 2, 1)))),
    "DSP-END-001": (dispatches(dispatch(1)), dispatches(dispatch(1, "2030-01-01T02:00:00Z"))),
    "DSP-SRT-001": (dispatches(dispatch(2), dispatch(1)), dispatches(dispatch(1), dispatch(2))),
    "META-CHK-001": (watch(2), watch(1)),
    "META-LST-004": (regions(2), regions(1)),
    "SVC-PLS-003": (pull(old=True), pull(old=False)),
    "SVC-GET-001": (got("a"), got("b")),
    "DX-DS-006": (stores("dataStore-1"), stores("store-1")),
    "DX-WS-001": (socket(300_000), socket(None)),
}


@pytest.mark.parametrize("id_", CASES)
def test_a_mistake_is_told_and_nothing_else(tmp_path: Path, id_: str) -> None:
    good, bad = CASES[id_]
    file = write(tmp_path, *good)
    assert findings(file) == {}
    assert verdicts(file)[id_].verdict == "pass"
    assert id_ in findings(write(tmp_path, *bad))


def page(second: float, took_s: float, token: str, next_: str, *ids: str) -> Line:
    request = {"name": "drivers", "pageSize": 1, "pageToken": token}
    shown = [{"id": id_, "type": "t", "lastInactiveTime": at(0)} for id_ in ids]
    line = asked("services", "ListServices", second, request)
    reply = {"services": shown, "nextPageToken": next_}
    return {**line, "took_ms": took_s * 1000, "reply": reply}


def test_a_walk_that_began_before_a_removal_is_not_held_against_one_after_it(
    tmp_path: Path,
) -> None:
    gone = {"name": "drivers", "id": "a"}
    file = write(
        tmp_path,
        {"gridproof_history": 1, "sole_writer": True},
        page(1, 0.1, "", "b", "a"),
        asked("services", "DeleteService", 2, gone, {"id": "a", "type": "t"}),
        page(3, 0.1, "", "", "b"),
        page(4, 0.1, "b", "", "b"),
    )
    assert findings(file) == {}
