"""DX-TS: which record another one replaces, and what versions decide (Timestream)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from conformance.judging import (
    attempt,
    by_depth,
    expect,
    explore,
    observe,
    requirement,
)
from conformance.oracles.exchange.records import Record, measure, multi, single
from conformance.oracles.exchange.series import wrong_last_values
from conformance.oracles.exchange.upserts import Rejection, Table
from conformance.strategies.exchange import dimensions
from conformance.strategies.exchange_histories import Write, histories
from conformance.suite.exchange.publishing import (
    NAMES,
    SECOND_NS,
    Asset,
    Patience,
    becomes_right,
    refused_as,
)
from conformance.targets.exchange import ExchangeTarget, GraphRefused

NAME, OTHER = NAMES["DOUBLE"], "gridproof_other"
TEXT = NAMES["VARCHAR"]

P = "gridproof_p"
A, B = "gridproof_a", "gridproof_b"


def _asset(exchange: ExchangeTarget) -> Asset:
    return Asset(exchange, exchange.own_database().time_series_db_id)


def _publish(asset: Asset, *steps: tuple[str, int | None]) -> None:
    """Records of one key, each a call, judged by the model as they go."""
    for value, version in steps:
        asset.publish(single(NAME, value, asset.base_ns, version=version))


def _judge(asset: Asset, what: str) -> None:
    asset.mark()
    asset.judge(f"last values after {what}")
    asset.judge_points(f"points after {what}")


@requirement("DX-TS-005")
def test_no_version_is_version_one(exchange: ExchangeTarget) -> None:
    """As a version that is met, it is no higher than 1 and no lower."""
    asset = _asset(exchange)
    _publish(asset, ("1.0", None), ("2.0", 1), ("3.0", 2))
    _judge(asset, "no version, version 1 and version 2")


@requirement("DX-TS-005")
def test_no_version_replaces_nothing_of_version_one(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    _publish(asset, ("1.0", 1), ("2.0", None))
    _judge(asset, "version 1 and no version")


@requirement("DX-TS-006")
def test_higher_version_replaces_the_value(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    _publish(asset, ("1.0", None), ("2.0", 2), ("3.0", 7), ("1.0", 2**31 - 1))
    _judge(asset, "higher and higher versions")


@requirement("DX-TS-006")
def test_higher_version_replaces_the_measures_that_it_names(exchange: ExchangeTarget) -> None:
    """What becomes of the others is open: they stay, or they go."""
    asset = _asset(exchange)
    at, names = asset.base_ns, (A, B)
    asset.publish(multi("m", [measure(A, "1.0"), measure(B, "2.0")], at))
    exchange.publish(asset.database, asset.id, [multi("m", [measure(A, "3.0")], at, version=2)])

    def wrong() -> str | None:
        seen = exchange.last_values(asset.database, asset.id).get(asset.id)
        shown = {a.name: float(a.last_value) for a in (seen.attributes if seen else None) or ()}
        kept.append(B in shown)
        return None if shown in ({A: 3.0, B: 2.0}, {A: 3.0}) else f"{shown}"

    kept: list[bool] = []
    becomes_right(exchange, wrong, f"last values of {names} after version 2 of the first")
    observe(f"measures that a higher version does not name {'stay' if kept[-1] else 'go'}")


@requirement("DX-TS-007")
def test_other_value_with_the_same_or_a_lower_version_is_rejected(
    exchange: ExchangeTarget,
) -> None:
    asset = _asset(exchange)
    _publish(asset, ("1.0", 3), ("2.0", 3), ("2.0", 2), ("2.0", None))
    _judge(asset, "rejected records")


@requirement("DX-TS-007")
def test_two_values_for_one_record_in_one_call_are_rejected(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    call = [single(NAME, value, asset.base_ns) for value in ("1.0", "2.0")]
    answer = attempt(lambda: exchange.publish(asset.database, asset.id, call))
    # Which of them stays, if any, nobody says.
    refused_as(answer, "publishing two values of one version for one record", "version")


@requirement("DX-TS-008")
def test_same_value_again_changes_nothing(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    _publish(asset, ("1.0", 3), ("1.0", 3), ("1.0", 1), ("1.0", None))
    # The version is still 3, so this is rejected.
    _publish(asset, ("2.0", 2))
    _judge(asset, "retries")


@requirement("DX-TS-008")
def test_same_call_again_changes_nothing(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    at = asset.base_ns
    records = (
        single(NAME, "1.5", at, dimensions={"phase": "A"}),
        single(TEXT, "x", at, type="VARCHAR"),
        multi("m", [measure(A, "1.0"), measure(B, "2.0")], at),
    )
    asset.publish(*records)
    asset.publish(*records)
    _judge(asset, "the same call twice")


@requirement("DX-TS-006", "DX-TS-007", "DX-TS-008", "DX-TS-011")
def test_histories_end_as_the_model(exchange: ExchangeTarget) -> None:
    """Writes about few keys; each has to be taken or rejected, and the end has to be right."""
    database, patience = exchange.own_database().time_series_db_id, Patience()

    def example(history: list[Write]) -> None:
        asset = Asset(exchange, database)
        for write in history:
            asset.publish(write.record(asset.base_ns))
        asset.mark()
        patience.judged(lambda within_s: asset.judge("last values of a history", within_s=within_s))
        if exchange.depth == "full":
            patience.judged(
                lambda within_s: asset.judge_points("points of a history", within_s=within_s)
            )

    def singles(*steps: tuple[int, int | None]) -> list[Write]:
        return [Write(step=0, measures=((P, value),), version=v) for value, v in steps]

    explore(
        example,
        examples=16,
        directed=[
            {"history": singles((1, 1), (2, 1), (1, 3), (2, 2), (2, 3), (2, 4))},
            {"history": [
                Write(step=0, measures=((A, 1), (B, 1)), multi=True),
                Write(step=0, measures=((A, 2),), multi=True),
                Write(step=0, measures=((B, 1),), multi=True),
                Write(step=0, measures=((A, 2), (B, 2)), multi=True, version=2),
                Write(step=1, measures=((A, 1),), multi=True),
            ]},
            {"history": [
                Write(step=0, measures=((P, 1),), phase=phase, version=version)
                for phase, version in (("A", 2), (None, 1), ("A", 1), (None, None))
            ]},
        ],
        history=histories(),
    )  # fmt: skip


@requirement("DX-TS-009")
def test_rejection_tells_index_and_version(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    at = asset.base_ns
    asset.publish(single(NAME, "1.0", at, version=5))
    good = [single(NAME, f"{n}.0", at + n * SECOND_NS) for n in (1, 2)]
    bad = single(NAME, "2.0", at, version=4)
    answer = attempt(lambda: exchange.publish(asset.database, asset.id, [good[0], bad, good[1]]))
    refused_as(answer, "publishing a lower version between good records", "version")
    told = answer.rejected_records if isinstance(answer, GraphRefused) else ()
    expect(told, "RejectedRecords of the rejection", got=_info(answer), wanted="one record")
    indexes = [record.get("RecordIndex") for record in told]
    expect(indexes == [1], "RecordIndex of the rejected record", got=indexes, wanted=[1])
    versions = [record.get("ExistingVersion") for record in told]
    expect(
        [str(version) for version in versions] == ["5"],
        "ExistingVersion of the rejected record",
        got=versions,
        wanted=[5],
    )
    expect(told[0].get("Reason"), "Reason of the rejected record", got=told[0], wanted="a text")


def _info(answer: object) -> object:
    return answer.info if isinstance(answer, GraphRefused) else answer


@requirement("DX-TS-010")
def test_good_records_beside_bad_ones_are_stored(exchange: ExchangeTarget) -> None:
    """Or none of the call is, which is a legal reading where nobody declared another."""
    asset = _asset(exchange)
    at = asset.base_ns
    asset.publish(single(NAME, "1.0", at, version=5))
    call: Sequence[Record] = (
        single(NAME, "1.5", at + SECOND_NS),
        single(NAME, "2.0", at, version=4),
        single(TEXT, "x", at, type="VARCHAR"),
        single("gridproof_bigint", "no number", at, type="BIGINT"),
        multi("m", [measure(A, "1.0")], at + 2 * SECOND_NS),
    )
    before, after = asset.table.copied(), asset.table
    rejections: list[Rejection] = after.publish(asset.id, call)
    expect(len(rejections) == 2, "a check has two bad records", got=rejections)
    answer = attempt(lambda: exchange.publish(asset.database, asset.id, call))
    refused_as(answer, "publishing two bad records beside good ones", "version and value")
    # What is written behind it: once that is seen, nothing of the call is still under way.
    seen = single(OTHER, "1.0", at + 9 * SECOND_NS)
    exchange.publish(asset.database, asset.id, [seen])
    for table in (before, after):
        table.publish(asset.id, [seen])
    readings = {True: (before,), False: (after,), None: (after, before)}
    allowed = readings[exchange.profile.atomic_publish]
    holds: list[Table] = []

    def wrong() -> str | None:
        found = exchange.last_values(asset.database, asset.id)
        wrongs = [wrong_last_values(table, found, asset.id) for table in allowed]
        holds[:] = [t for t, w in zip(allowed, wrongs, strict=True) if w is None]
        return None if holds else wrongs[0]

    becomes_right(exchange, wrong, "last values after good and bad records in one call")
    kept = "the good ones are" if holds[0] is after else "none is"
    observe(f"of a call with bad records {kept} stored")


@requirement("DX-TS-011")
def test_other_dimensions_or_names_are_other_records(exchange: ExchangeTarget) -> None:
    asset = _asset(exchange)
    at = asset.base_ns
    for number, given in enumerate(({}, {"phase": "A"}, {"phase": "B"}, {"site": "A"},
                                    {"phase": "A", "site": "A"})):  # fmt: skip
        asset.publish(single(NAME, f"{number}.0", at, dimensions=given))
    asset.publish(single(OTHER, "9.0", at))
    asset.publish(multi("m", [measure(A, "1.0")], at), multi("n", [measure(A, "2.0")], at))
    _judge(asset, "records that differ in dimensions and names")


@requirement("DX-TS-012")
def test_order_of_dimensions_says_nothing(exchange: ExchangeTarget) -> None:
    database, patience = exchange.own_database().time_series_db_id, Patience()

    def example(given: tuple[tuple[str, str], ...]) -> None:
        asset = Asset(exchange, database)
        orders = list(itertools.permutations(given))[: by_depth(full=6, staging=2)]
        for version, order in enumerate(orders, start=1):
            record = single(NAME, f"{version}.0", asset.base_ns, dimensions=order, version=version)
            asset.publish(record)
        # In any order this is a lower version of the same record.
        last = single(NAME, "0.0", asset.base_ns, dimensions=given[::-1])
        asset.publish(last)
        what = "points of one record, dimensions in several orders"
        patience.judged(lambda within_s: asset.judge_points(what, within_s=within_s))

    explore(
        example,
        examples=5,
        directed=[{"given": (("phase", "A"), ("site", "A"), ("name", "m 1"))}],
        given=dimensions().filter(lambda pairs: len(pairs) > 1),
    )
