"""DX-TS: instants of records in the four units of time."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judging import by_depth, explore, requirement
from conformance.oracles.exchange.records import single
from conformance.oracles.exchange.times import UNITS_NS
from conformance.strategies.exchange import units
from conformance.suite.exchange.publishing import NAMES, SECOND_NS, Asset, Patience, becomes_right
from conformance.targets.exchange import ExchangeTarget

NAME = NAMES["DOUBLE"]

FRACTIONS_NS = (0, 250_000_000, 250_001_000, 999_999_000, 1, 123_456_789)
"""Fractions of a second that need finer and finer units."""


@requirement("DX-TS-004")
def test_one_instant_in_four_units_is_one_record(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    for version, unit in enumerate(UNITS_NS, start=1):
        record = single(NAME, f"{version}.0", asset.base_ns, unit=unit, version=version)
        asset.publish(record)
    asset.judge("last value of one instant in four units")
    asset.judge_points("points of one instant in four units")


@requirement("DX-TS-004")
def test_instants_read_back_from_each_unit(exchange: ExchangeTarget) -> None:
    """Two units that can both tell an instant, in any order, collide as one key."""
    database, patience = exchange.own_database().time_series_db_id, Patience()

    def example(fraction_ns: int, first: str, second: str) -> None:
        asset = Asset(exchange, database)
        at = asset.base_ns + fraction_ns
        fit = [unit for unit in (first, second) if at % UNITS_NS[unit] == 0] or ["NANOSECONDS"]
        for version, unit in enumerate(fit, start=1):
            asset.publish(single(NAME, f"{version}.5", at, unit=unit, version=version))
        # The same version with another value: only the same instant makes it a rejection.
        asset.publish(single(NAME, "9.0", at, unit="NANOSECONDS"))
        what = f"last value of an instant in {' and '.join(fit)}"
        patience.judged(lambda within_s: asset.judge(what, within_s=within_s))

    explore(
        example,
        examples=12,
        directed=[
            {"fraction_ns": 250_000_000, "first": "MICROSECONDS", "second": "MILLISECONDS"},
            {"fraction_ns": 999_999_000, "first": "NANOSECONDS", "second": "MICROSECONDS"},
            {"fraction_ns": 0, "first": "SECONDS", "second": "NANOSECONDS"},
        ],
        fraction_ns=st.sampled_from(FRACTIONS_NS),
        first=units(),
        second=units(),
    )


@requirement("DX-TS-004")
def test_a_missing_unit_is_milliseconds(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    at = asset.base_ns + 250_000_000
    record = single(NAME, "1.0", at).to_input()
    del record["TimeUnit"]
    exchange.publish(asset.database, asset.id, [record])
    asset.publish(single(NAME, "2.0", at, version=2))
    asset.judge("last value of a record without a unit")
    asset.judge_points("points of a record without a unit")


@requirement("DX-TS-004")
def test_neighbouring_nanoseconds_are_two_records(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    at = asset.base_ns + 5 * SECOND_NS
    steps = by_depth(full=(0, 1, 1_000, 1_000_000), staging=(0, 1))
    for number, step in enumerate(steps):
        asset.publish(single(NAME, f"{number}.0", at + step, unit="NANOSECONDS"))
    asset.judge("last value of instants a nanosecond apart")

    def wrong() -> str | None:
        assets = {asset.id: ()}
        found = exchange.points(asset.database, assets, at - SECOND_NS, at + SECOND_NS).points
        return None if len(found) == len(steps) else f"{len(found)} points of {len(steps)}"

    becomes_right(exchange, wrong, "points of instants a nanosecond apart")
