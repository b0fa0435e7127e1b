"""DX-LV: the last value of each attribute of each asset, in one page or in several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import strategies as st

from conformance.judging import (
    expect,
    explore,
    not_applicable,
    observe,
    passive,
    requirement,
)
from conformance.oracles.exchange.model import AssetData, LastValuesPage
from conformance.oracles.exchange.records import Record, measure, multi, single
from conformance.oracles.exchange.series import wrong_last_values
from conformance.oracles.exchange.times import is_iso
from conformance.oracles.exchange.upserts import Table
from conformance.oracles.exchange.values import shown
from conformance.suite.exchange.publishing import (
    NAMES,
    SECOND_NS,
    Asset,
    Patience,
    becomes_right,
)
from conformance.targets.exchange import ExchangeTarget

NAME = NAMES["DOUBLE"]
A, B = "gridproof_a", "gridproof_b"

TRIES = 3
"""Walks that are taken while others write: who comes twice in each of them, comes twice."""

SIX = (0, 1, 2, 3, 4, 5)


def _told_twice(pages: Sequence[LastValuesPage]) -> str | None:
    count = Counter(
        (data.asset_id, attribute.name)
        for page in pages
        for data in page.data
        for attribute in data.attributes or ()
    )
    twice = [key for key, number in count.items() if number > 1]
    return f"{twice[0]} comes {count[twice[0]]} times" if twice else None


@requirement("DX-LV-001")
def test_last_value_is_that_of_the_latest_time(exchange: ExchangeTarget) -> None:
    """Whichever order they were written in, one by one or in one call."""
    database, patience = exchange.own_database().time_series_db_id, Patience()

    def example(order: Sequence[int], at_once: bool) -> None:
        asset = Asset(exchange, database)
        records: list[Record] = [
            single(NAME, f"{n}.5", asset.base_ns + n * SECOND_NS) for n in order
        ]
        for part in [records] if at_once else [[record] for record in records]:
            asset.publish(*part)
        what = f"last value of records written in the order {list(order)}"
        patience.judged(lambda within_s: asset.judge(what, within_s=within_s))

    explore(
        example,
        examples=10,
        directed=[
            {"order": (5, 0, 1, 2, 3, 4), "at_once": True},
            {"order": (1, 2, 0), "at_once": False},
            {"order": SIX, "at_once": True},
            {"order": SIX[::-1], "at_once": True},
        ],
        order=st.permutations(SIX),
        at_once=st.booleans(),
    )


@requirement("DX-LV-001")
def test_instants_within_a_millisecond_have_an_order(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    for micros in (1, 3, 2):
        at = asset.base_ns + 1000 * micros
        asset.publish(single(NAME, f"{micros}.5", at, unit="MICROSECONDS"))
    asset.judge("last value of records a microsecond apart")


@requirement("DX-LV-001")
def test_each_attribute_has_a_last_value_of_its_own(exchange: ExchangeTarget) -> None:
    """A later record of other measures, or of other dimensions, hides nothing."""
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    at = asset.base_ns
    asset.publish(multi("m", [measure(A, "1.0"), measure(B, "2.0")], at))
    asset.publish(multi("m", [measure(A, "3.0")], at + SECOND_NS))
    asset.publish(single(NAME, "4.0", at + 3 * SECOND_NS, dimensions={"phase": "A"}))
    asset.publish(single(NAME, "5.0", at + 2 * SECOND_NS, dimensions={"phase": "B"}))
    asset.judge("last values of measures written at different times")


@requirement("DX-LV-001")
def test_a_new_value_of_the_last_instant_is_shown(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    at = asset.base_ns
    asset.publish(single(NAME, "1.0", at + SECOND_NS), single(NAME, "2.0", at))
    asset.publish(single(NAME, "3.0", at, version=9))
    asset.judge("last value after an older one changed")
    asset.publish(single(NAME, "4.0", at + SECOND_NS, version=2))
    asset.judge("last value after it changed")


@requirement("DX-LV-002")
@passive
def test_last_values_are_texts_of_their_types(exchange: ExchangeTarget) -> None:
    found = exchange.last_values(exchange.database().time_series_db_id)
    if not any(data.attributes for data in found.values()):
        not_applicable("the database has no data")
    for data in found.values():
        _judge_form(data)


@requirement("DX-LV-002")
def test_last_values_of_each_type_are_texts_of_it(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    values = {"DOUBLE": "-12.75", "BIGINT": "-7", "VARCHAR": "1,5", "BOOLEAN": "false",
              "TIMESTAMP": "1700000000250"}  # fmt: skip
    at = asset.base_ns + 250_000_000
    asset.publish(*(single(NAMES[t], text, at, type=t) for t, text in values.items()))
    asset.judge("last values of each type")
    _judge_form(exchange.last_values(asset.database, asset.id)[asset.id])


def _judge_form(data: AssetData) -> None:
    for attribute in data.attributes or ():
        where = f"{attribute.name} of {data.asset_id}"
        expect(
            is_iso(attribute.last_value_time),
            f"lastValueTime of {where}",
            got=attribute.last_value_time,
            wanted="ISO 8601 in UTC, and saying so",
        )
        expect(
            shown(attribute.attribute_type, attribute.last_value) is not None,
            f"lastValue of {where}",
            got=attribute.last_value,
            wanted=f"a {attribute.attribute_type}",
        )


@requirement("DX-LV-003")
@passive
def test_pages_show_each_attribute_once(exchange: ExchangeTarget) -> None:
    database = exchange.database().time_series_db_id
    wrong: str | None = None
    for _ in range(TRIES):
        pages = exchange.last_values_pages(database)
        wrong = _told_twice(pages)
        if wrong is None:
            break
    expect(wrong is None, "pages of last values", got=wrong, wanted="each attribute once")
    observe(f"last values come in {'one page' if len(pages) == 1 else 'pages'}")


@requirement("DX-LV-003")
def test_pages_show_each_attribute_of_ours_once(exchange: ExchangeTarget) -> None:
    database, table = exchange.own_database().time_series_db_id, Table()
    assets = [Asset(exchange, database, table) for _ in range(5)]
    for number, asset in enumerate(assets):
        measures = [measure(A, f"{number}.0"), measure(B, f"{number}.5")]
        value = single(NAME, f"{number}.25", asset.base_ns)
        asset.publish(multi("m", measures, asset.base_ns), value)
    ids = [asset.id for asset in assets]

    def wrong() -> str | None:
        pages = exchange.last_values_pages(database)
        seen = exchange.last_values(database, *ids)
        return _told_twice(pages) or wrong_last_values(table, seen, *ids)

    becomes_right(exchange, wrong, "last values of five assets over all pages")


@requirement("DX-LV-004", needs=["administration"])
def test_empty_database_gives_an_empty_list(exchange: ExchangeTarget) -> None:
    page = exchange.last_values_page(exchange.fresh_database().time_series_db_id)
    expect(page.data == (), "last values of a new database", got=page.data, wanted="an empty list")
    expect(page.next_token is None, "nextToken of nothing", got=page.next_token, wanted=None)


@requirement("DX-LV-005")
@passive
def test_last_values_come_in_one_page(exchange: ExchangeTarget) -> None:
    _judge_one_page(exchange, exchange.database().time_series_db_id)


@requirement("DX-LV-005")
def test_last_values_of_many_assets_come_in_one_page(exchange: ExchangeTarget) -> None:
    database = exchange.own_database().time_series_db_id
    assets = [Asset(exchange, database) for _ in range(4)]
    for asset in assets:
        asset.publish(single(NAME, "1.0", asset.base_ns))
    for asset in assets:
        asset.judge("last values of four assets")
    _judge_one_page(exchange, database)


def _judge_one_page(exchange: ExchangeTarget, database: str) -> None:
    if exchange.profile.one_page_last_values is False:
        not_applicable("the profile says that last values come in pages")
    page = exchange.last_values_page(database)
    if exchange.profile.one_page_last_values is None:
        observe(f"last values come in {'one page' if page.next_token is None else 'pages'}")
        return
    expect(page.next_token is None, "nextToken of last values", got=page.next_token, wanted=None)
