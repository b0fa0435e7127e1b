from typing import Any

import pytest

from conformance.histories.history import PACKAGES
from conformance.histories.lines import LineError, parse, read, read_about

CALL = {"api": "tasks", "method": "GetTask", "at": "2026-11-22T10:00:00Z"}


def test_few_fields_are_enough() -> None:
    line = read(CALL, 7, PACKAGES)
    assert (line.number, line.api, line.kind, line.method) == (7, "tasks", "call", "GetTask")
    assert line.at_us == 1_795_341_600_000_000
    assert (line.took_us, line.code, line.caller, line.request) == (None, "", "", None)


def test_a_path_tells_the_api() -> None:
    record = {**CALL, "method": "/enpowerx.tasks.v3.Tasks/GetTask"}
    del record["api"]
    line = read(record, 1, PACKAGES)
    assert (line.api, line.method) == ("tasks", "GetTask")


def test_a_path_of_another_service_names_it() -> None:
    line = read({"method": "/a.b.C/D", "at_us": 1}, 1, PACKAGES)
    assert line.api == "a.b.C"


def test_routes_stay_whole() -> None:
    line = read({**CALL, "method": "GET /v3/tenants/t1/tasks"}, 1, PACKAGES)
    assert line.method == "GET /v3/tenants/t1/tasks"


def test_status_ok_is_no_failure() -> None:
    assert read({**CALL, "status": {"code": "OK"}}, 1, PACKAGES).code == ""
    assert read({**CALL, "status": {"code": "NOT_FOUND"}}, 1, PACKAGES).code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"method": None}, "no method"),
        ({"kind": "cal"}, "kind is 'cal'"),
        ({"kind": "event"}, "no stream"),
        ({"at": None}, "neither at nor at_us"),
        ({"at": "yesterday"}, "at is 'yesterday'"),
        ({"took_ms": "4"}, "took_ms is '4', expected int or float"),
        ({"at_us": True}, "at_us is True, expected int"),
        ({"status": "OK"}, "status is 'OK', expected dict"),
        ({"caller": 3}, "caller is 3, expected str"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], text: str) -> None:
    with pytest.raises(LineError, match=text):
        read({**CALL, **change}, 1, PACKAGES)


@pytest.mark.parametrize("text", ["", "[]", "{", "3"])
def test_other_text_is_no_line(text: str) -> None:
    with pytest.raises(LineError, match="no JSON"):
        parse(text)


def test_later_versions_are_refused() -> None:
    assert read_about({"gridproof_history": 1, "sole_writer": True}).sole_writer
    with pytest.raises(LineError, match="reads version 1"):
        read_about({"gridproof_history": 2})
    with pytest.raises(LineError, match="an object for each API"):
        read_about({"gridproof_history": 1, "services": {"meta": "sdk"}})
