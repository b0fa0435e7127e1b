from __future__ import annotations

import random
from typing import Any, cast

import pytest

from conformance.oracles.exchange.times import iso
from loadtests.apis.base import Context
from loadtests.apis.exchange.api import ExchangeApi
from loadtests.apis.exchange.desk import runs
from loadtests.apis.exchange.http import HttpFailure, Operation, Status
from loadtests.apis.exchange.law import NS
from loadtests.apis.exchange.wire import CREATE, DELETE, LAST, LIST, PUBLISH
from loadtests.calls import Caller
from loadtests.catalogue import find
from loadtests.errors import Inconclusive, UsageError
from loadtests.options import Options
from loadtests.target import at

RUN = "lx-0123456789ab-1"
HOME = {"timeSeriesDbId": "home", "name": "Home", "databaseName": "d", "tableName": "t"}


class Exchange:
    """A target without SQL in memory: databases, and the newest record of each asset."""

    def __init__(self) -> None:
        self.databases = [HOME]
        self.newest: dict[str, int] = {}
        self.calls: list[str] = []
        self.refused = ""

    def __call__(self, method: str, request: Operation, **_: Any) -> Any:
        self.calls.append(method)
        if method == self.refused:
            raise HttpFailure(Status.PERMISSION_DENIED, "Unauthorized: no")
        said = request.variables
        match method:
            case "ListDatabases":
                return self.databases
            case "CreateDatabase":
                made = {**HOME, "timeSeriesDbId": "own", "name": said["n"]}
                self.databases = [*self.databases, made]
                return made
            case "DeleteDatabase":
                self.databases = [d for d in self.databases if d["timeSeriesDbId"] != said["d"]]
                return {}
            case "Publish":
                self.newest[said["a"]] = int(said["r"][-1]["Time"])
                return [{"assetId": said["a"]}]
            case _:
                return {"queryId": "q", "nextToken": None, "data": self.last_values()}

    def last_values(self) -> list[dict[str, Any]]:
        return [
            {
                "assetId": asset,
                "attributes": [
                    {"name": "gp_seq", "lastValue": "1", "lastValueTime": iso(time_ms * NS)}
                ],
            }
            for asset, time_ms in self.newest.items()
        ]


def api(**said: Any) -> ExchangeApi:
    target = at("http://127.0.0.1:1")
    changes = {"settle_s": 0.0, "has_sql": False, **said}
    target = target.model_copy(update={"exchange": target.exchange.model_copy(update=changes)})
    return ExchangeApi(
        Context(run=RUN, entry=find("L-DX-1"), options=Options(subscribers=0), target=target)
    )


def test_a_run_has_a_database_of_its_own_where_that_is_allowed() -> None:
    exchange, own = Exchange(), api(administration=True, max_records=100)
    desk = own.desk(cast(Caller, exchange))
    desk.check()
    facts = desk.populate(250)
    assert facts["database"] == ["own", "d", "t", True]
    assert exchange.calls == [LIST, CREATE, PUBLISH, PUBLISH, PUBLISH]
    assert desk.sweep() == (1, 0)
    assert exchange.databases == [HOME]
    assert not any("left behind" in remark for remark in desk.remarks())
    assert exchange.calls[-1] == DELETE


def test_else_it_writes_into_one_that_is_there_and_says_what_stays() -> None:
    exchange = Exchange()
    desk = api().desk(cast(Caller, exchange))
    assert desk.populate(0)["database"] == ["home", "d", "t", False]
    assert desk.sweep() == (0, 0)
    assert any("assets gp-0123456789ab-" in remark for remark in desk.remarks())
    exchange.databases = []
    with pytest.raises(UsageError, match="lists no database"):
        desk.check()
    with pytest.raises(UsageError, match="lists no database other"):
        api(time_series_db="other").desk(cast(Caller, Exchange())).check()


def test_what_fails_ends_the_run() -> None:
    exchange = Exchange()
    exchange.refused = PUBLISH
    desk = api().desk(cast(Caller, exchange))
    with pytest.raises(Inconclusive, match="PERMISSION_DENIED"):
        desk.populate(5)
    desk.populate(0)
    exchange.refused = LAST
    with pytest.raises(Inconclusive, match="the final listing failed"):
        desk.listing()


def test_writers_compare_what_was_confirmed_with_the_listing() -> None:
    exchange, own = Exchange(), api()
    desk = own.desk(cast(Caller, exchange))
    own.begin(desk.populate(10))
    author = own.author("0.0", 0, random.Random(1))
    for number in range(30):
        step = author.next(number)
        if step.method == PUBLISH:
            exchange(step.method, step.request)
        own.ledger.confirm(author.asset, step.key, number)
    assert list(author.differences(own.listing(desk.listing()))) == []
    exchange.newest[author.asset] -= 1
    ((_, text),) = author.differences(own.listing(desk.listing()))
    assert "1 confirmed records are absent" in text
    del exchange.newest[author.asset]
    ((_, text),) = author.differences(own.listing(desk.listing()))
    assert text.endswith("the first 0")
    assert list(author.leftovers()) == []


def test_one_call_in_twenty_is_inlined_and_small() -> None:
    own = api(max_records=50)
    own.begin(own.desk(cast(Caller, Exchange())).populate(0))
    author = own.author("0.1", 1, random.Random(1))
    steps = [author.next(0) for _ in range(60)]
    sizes = {method: [len(s.key) for s in steps if s.method == method] for method in (PUBLISH,)}
    inlined = [len(step.key) for step in steps if step.method != PUBLISH]
    assert (len(inlined), max(inlined) <= 10) == (3, True)
    assert max(sizes[PUBLISH]) <= 50


def test_the_address_has_to_be_a_url() -> None:
    for target, options in (
        (at("a:1"), Options()),
        (at("http://a:1"), Options(endpoint="b:1")),
    ):
        with pytest.raises(UsageError, match="--endpoint http://HOST:PORT/graphql"):
            ExchangeApi(Context(run=RUN, entry=find("L-DX-1"), options=options, target=target))


def test_nobody_watches_streams() -> None:
    with pytest.raises(LookupError, match="no streams"):
        api().watcher(0, cast(Any, None))


def test_numbers_become_ranges() -> None:
    assert runs([]) == []
    assert runs({5, 1, 2, 3, 7}) == [[1, 4], [5, 6], [7, 8]]
