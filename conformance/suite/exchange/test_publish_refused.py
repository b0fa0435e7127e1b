"""DX-TS: records that are no records, types that change, and limits; none has any effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from hypothesis import strategies as st

from conformance.judging import attempt, explore, requirement, sampled
from conformance.oracles.exchange.records import Measure, Record, measure, multi, single
from conformance.oracles.exchange.upserts import MAX_DIMENSIONS, MAX_MEASURES, MAX_NAME
from conformance.oracles.exchange.values import MAX_TEXT, TYPES, meaning
from conformance.strategies.exchange import BAD_TIMES, BAD_VALUES
from conformance.suite.exchange.publishing import NAMES, SECOND_NS, Asset, refused_as
from conformance.targets.exchange import ExchangeTarget

NAME = NAMES["DOUBLE"]

DAY_NS = 86400 * SECOND_NS

Bad = tuple[str, Record]
"""What is wrong, and the record."""


def _refused_without_effect(asset: Asset, records: Iterable[Bad]) -> None:
    """Each in a call of its own; in the end the asset shows what the model has, no more."""
    exchange = asset.exchange
    for why, record in records:
        answer = attempt(partial(exchange.publish, asset.database, asset.id, [record]))
        refused_as(answer, f"publishing a record with {why}", "it is no record")
    asset.mark()
    asset.judge("last values after refused records")


def _asset(exchange: ExchangeTarget) -> Asset:
    return Asset(exchange, exchange.own_database().time_series_db_id)


def _single(asset: Asset, type: str, text: str) -> Bad:
    record = single(NAMES[type], text, asset.base_ns, type=type)
    return f"{text[:40]!r} as {type}", record


@requirement("DX-TS-013")
def test_texts_that_are_no_values_are_refused(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    chosen = sampled(BAD_VALUES, 4)
    _refused_without_effect(asset, [_single(asset, *bad) for bad in chosen])


@requirement("DX-TS-013")
def test_drawn_texts_that_are_no_values_are_refused(exchange: ExchangeTarget) -> None:
    database = exchange.own_database().time_series_db_id
    letters = st.text("abxyz 0123456789.-", min_size=1, max_size=12)

    def example(type: str, text: str) -> None:
        if meaning(type, text, "MILLISECONDS") is not None or text != text.strip():
            return
        asset = Asset(exchange, database)
        _refused_without_effect(asset, [_single(asset, type, text)])

    far = st.integers(2**63, 2**70).flatmap(lambda n: st.sampled_from((str(n), str(-n - 1))))
    explore(
        example,
        examples=8,
        type=st.sampled_from(("BIGINT", "DOUBLE", "TIMESTAMP")),
        text=st.one_of(letters.filter(lambda text: not _number(text)), far.filter(bool)),
    )


def _number(text: str) -> bool:
    """Whether some reading takes it for a number: those are judged by name."""
    try:
        float(text)
    except ValueError:
        return False
    return True


@requirement("DX-TS-013")
def test_times_that_are_no_integers_are_refused(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    good = single(NAME, "1.0", asset.base_ns)
    whole = good.time or ""
    times = [*BAD_TIMES, f"{whole}.5", f"{whole}x"]
    records = [(f"{time!r} as its time", replace(good, time=time)) for time in sampled(times, 3)]
    _refused_without_effect(asset, records)


@requirement("DX-TS-013")
def test_empty_names_are_refused(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    at = asset.base_ns
    records = [
        ("an empty measure name", single("", "1.0", at)),
        ("no measure name", replace(single(NAME, "1.0", at), measure_name=None)),
        ("an empty name among measures", multi("m", [measure("", "1.0")], at)),
        ("an empty dimension name", single(NAME, "1.0", at, dimensions={"": "A"})),
        ("a MULTI record without a name", multi("", [measure("gridproof_a", "1.0")], at)),
    ]
    _refused_without_effect(asset, sampled(records, 3))


@requirement("DX-TS-013")
def test_one_bad_measure_refuses_its_record(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    good = [measure("gridproof_a", "1.0"), measure("gridproof_b", "2.0")]
    bad: list[Measure] = [
        measure(f"gridproof_multi_{type_.lower()}", text, type_)
        for type_, text in sampled(BAD_VALUES, 2)
    ]
    records = [
        (f"{one.value!r} as {one.type} among its measures",
         multi("m", [good[0], one, good[1]], asset.base_ns))
        for one in bad
    ]  # fmt: skip
    _refused_without_effect(asset, records)


@requirement("DX-TS-014")
def test_records_without_values_are_refused(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    at = asset.base_ns
    empty, listed = multi("m", [], at), (measure("gridproof_a", "1.0"),)
    value = single(NAME, "1.0", at)
    records = [
        ("type MULTI and an empty list of measures", empty),
        ("type MULTI and no list of measures", replace(empty, measures=None)),
        ("type MULTI and a single value", replace(empty, measures=None, value="1.0")),
        ("type DOUBLE and only a list of measures", replace(value, value=None, measures=listed)),
        ("type DOUBLE and no value", replace(value, value=None)),
    ]
    _refused_without_effect(asset, records)


@requirement("DX-TS-015")
def test_type_of_a_measure_does_not_change(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    name, row = f"gridproof {asset.id}", "m"
    asset.publish(multi(row, [measure(name, "1", "BIGINT")], asset.base_ns))
    asset.judge("last value of a new measure")
    good = {"DOUBLE": "1.5", "BIGINT": "2", "VARCHAR": "two", "BOOLEAN": "true", "TIMESTAMP": "9"}
    later = asset.base_ns + SECOND_NS
    records = [
        (f"type {type_} for a measure of type BIGINT",
         multi(row, [measure(name, good[type_], type_)], later))
        for type_ in TYPES
        if type_ not in ("BIGINT", "TIMESTAMP")
    ]  # fmt: skip
    # A higher version of the same record cannot change it either.
    again = multi(row, [measure(name, "1.5")], asset.base_ns, version=9)
    _refused_without_effect(asset, [*records, ("another type in a higher version", again)])


@requirement("DX-TS-016")
def test_records_of_one_call_are_limited(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    most = exchange.profile.max_records
    records = [single(NAME, f"{n}.0", asset.base_ns + n * SECOND_NS) for n in range(most + 1)]
    speaker = exchange.with_variables
    answer = attempt(lambda: speaker.publish(asset.database, asset.id, records))
    refused_as(answer, f"publishing {most + 1} records", "one too many")
    asset.exchange = speaker
    asset.publish(*records[:most])
    asset.judge(f"last values of {most} records in one call")


@requirement("DX-TS-016", needs=["administration"])
def test_dimensions_and_measures_are_limited(exchange: ExchangeTarget) -> None:
    """In a database of the check's own: what is taken after all leaves hundreds of columns."""
    asset = _asset(exchange)
    asset.exchange = exchange.with_variables
    at = asset.base_ns
    many = {f"gridproof_{n}": "x" for n in range(MAX_DIMENSIONS + 1)}
    measures = [measure(f"gridproof_m{n}", "1.0") for n in range(MAX_MEASURES + 1)]
    _refused_without_effect(
        asset,
        [
            (f"{len(many)} dimensions", single(NAME, "1.0", at, dimensions=many)),
            (f"{len(measures)} measures", multi("m", measures, at)),
        ],
    )


@requirement("DX-TS-016")
def test_names_and_values_are_limited(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    at, long = asset.base_ns, "x" * (MAX_NAME + 1)
    text = "x" * (MAX_TEXT + 1)
    _refused_without_effect(
        asset,
        [
            (f"a measure name of {len(long)} characters", single(long, "1.0", at)),
            (f"a measure of {len(long)} characters", multi("m", [measure(long, "1.0")], at)),
            (f"a value of {len(text)} characters",
             single(NAMES["VARCHAR"], text, at, type="VARCHAR")),
        ],
    )  # fmt: skip
    asset.publish(single("x" * MAX_NAME, "1.0", at))
    asset.publish(single(NAMES["VARCHAR"], "x" * MAX_TEXT, at, type="VARCHAR"))
    asset.judge("last values of names and values of the greatest length")


@requirement("DX-TS-016")
def test_future_times_are_limited(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    now = exchange.now_ns()
    _refused_without_effect(
        asset,
        [
            (f"a time {hours} hours ahead", single(NAME, "1.0", now + hours * DAY_NS // 24))
            for hours in (1, 24 * 365)
        ],
    )
    soon = replace(single(NAME, "1.0", now // SECOND_NS * SECOND_NS))
    asset.publish(soon)
    asset.judge("last value of the present")
