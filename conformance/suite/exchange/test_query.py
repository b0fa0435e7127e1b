"""DX-QY: which points a structured query finds, and which intervals are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hypothesis import strategies as st

from conformance.judging import (
    Refused,
    attempt,
    expect,
    explore,
    observe,
    passive,
    refused,
    requirement,
)
from conformance.oracles.exchange.series import differing, queried
from conformance.oracles.exchange.times import iso
from conformance.suite.exchange.publishing import SECOND_NS, Patience, becomes_right
from conformance.suite.exchange.telemetry import (
    CYCLES,
    MODE,
    ON,
    POWER,
    SOC,
    STEP_NS,
    Telemetry,
    telemetry,
)
from conformance.targets.exchange import REFUSED, ExchangeTarget

MILLI_NS = 1_000_000

ATTRIBUTES = (POWER, SOC, CYCLES, MODE, ON)

Filter = Mapping[int, Sequence[str]]
"""Numbers of assets of the telemetry, and the attributes asked of each."""


def _judge(
    exchange: ExchangeTarget,
    given: Telemetry,
    assets: Mapping[str, Sequence[str]],
    start_ns: int,
    end_ns: int,
    within_s: float | None = None,
) -> None:
    inclusive = exchange.profile.end_inclusive

    def wrong() -> str | None:
        found = exchange.points(given.id, assets, start_ns, end_ns)
        wanted = queried(given.table, assets, start_ns, end_ns, end_inclusive=inclusive)
        return differing(wanted, found.points)

    names = sorted({name for filter_ in assets.values() for name in filter_}) or "all"
    interval = f"{iso(start_ns)} to {iso(end_ns)}"
    what = f"points of {len(assets)} assets ({names}) from {interval}"
    becomes_right(exchange, wrong, what, within_s=within_s)


@requirement("DX-QY-001")
def test_query_finds_exactly_what_lies_in_its_interval(exchange: ExchangeTarget) -> None:
    """Ends on, just before and just after points, in milliseconds."""
    given, patience = telemetry(exchange), Patience()
    length = (given.end_ns - given.start_ns) // MILLI_NS

    def example(first: int, last: int, filters: Filter) -> None:
        assets = {given.assets[number]: tuple(names) for number, names in filters.items()}
        start, end = (given.start_ns + MILLI_NS * ms for ms in sorted((first, last)))
        patience.judged(lambda within_s: _judge(exchange, given, assets, start, end, within_s))

    step = STEP_NS // MILLI_NS
    near = st.builds(
        lambda n, off: n * step + off, st.integers(0, 9), st.sampled_from((-1, 0, 1, 250, 251))
    )
    everything: Filter = {0: (), 1: (), 2: (), 3: ()}
    explore(
        example,
        examples=12,
        directed=[
            {"first": 0, "last": 4 * step, "filters": {0: ()}},
            {"first": -step, "last": length + step, "filters": {2: (SOC, MODE), 3: (CYCLES,)}},
            {"first": 0, "last": length, "filters": everything},
            {"first": step + 250, "last": step + 250, "filters": {0: (), 1: (POWER,)}},
            {"first": 1, "last": 2 * step - 1, "filters": everything},
        ],
        first=near,
        last=near,
        filters=st.dictionaries(
            st.integers(0, 3),
            st.lists(st.sampled_from(ATTRIBUTES), max_size=3, unique=True),
            min_size=1,
            max_size=4,
        ),
    )


@requirement("DX-QY-001")
@passive
def test_assets_and_attributes_that_are_not_there_are_no_crash(exchange: ExchangeTarget) -> None:
    """They find nothing, or are refused; they must not be a failure of the server."""
    database, now = exchange.database().time_series_db_id, exchange.now_ns()
    unknown = {exchange.absent("asset"): ("gridproof_nothing",)}
    answer = attempt(partial(exchange.query_page, database, unknown, now - SECOND_NS, now))
    found = "refused" if isinstance(answer, Refused) else "an answer without points"
    observe(f"a query for an asset that is not there is {found}")


@requirement("DX-QY-001")
def test_unknown_assets_add_no_points(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    meter, battery = given.meters[0], given.batteries[0]
    for assets in ({exchange.fresh_asset(): ()}, {battery: ("gridproof_nothing",)}):
        asked: dict[str, Sequence[str]] = {meter: (), **assets}
        answer = attempt(
            partial(exchange.points, given.id, asked, given.start_ns, given.end_ns + SECOND_NS)
        )
        if isinstance(answer, Refused):
            observe("a query that names what is not there is refused")
            continue
        known = {meter: (), battery: ("gridproof_nothing",)}
        wanted = queried(given.table, known, given.start_ns, given.end_ns + SECOND_NS)
        wrong = differing(wanted, answer.points)
        expect(wrong is None, f"points of {asked}", got=wrong, wanted="those of the one that is")


@requirement("DX-QY-002")
@passive
def test_intervals_that_are_none_are_refused(exchange: ExchangeTarget) -> None:
    database, now = exchange.database().time_series_db_id, exchange.now_ns()
    start, end = iso(now - 60 * SECOND_NS), iso(now)
    intervals: Sequence[tuple[Any, Any]] = (
        (end, start),
        ("yesterday", end),
        (start, "2026-13-45T00:00:00.000Z"),
        (None, end),
        (start, None),
        (None, None),
        ("", end),
    )
    for first, last in intervals:
        refused(
            partial(exchange.query_page, database, {exchange.absent("asset"): ()}, first, last),
            REFUSED,
            f"a query from {first!r} to {last!r}",
        )


@requirement("DX-QY-002")
@passive
def test_an_interval_of_one_instant_is_one(exchange: ExchangeTarget) -> None:
    database, now = exchange.database().time_series_db_id, exchange.now_ns()
    unknown = {exchange.absent("asset"): ()}
    answer = attempt(partial(exchange.query_page, database, unknown, now, now))
    observe(
        f"an interval of one instant is {'no' if isinstance(answer, Refused) else 'an'} interval"
    )
