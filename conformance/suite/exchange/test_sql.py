"""DX-SQ: results of the Timestream dialect, beside rows computed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from conformance.failures import Nonconformance
from conformance.judging import (
    Refused,
    attempt,
    expect,
    not_applicable,
    observe,
    passive,
    requirement,
    sampled,
)
from conformance.oracles.exchange import sql
from conformance.oracles.exchange.times import is_sql_timestamp
from conformance.oracles.exchange.timestream import BadResult, Result
from conformance.suite.exchange.golden import BASIC, FULL, Golden, filled, wrong
from conformance.suite.exchange.publishing import HASTY_S, becomes_right
from conformance.suite.exchange.telemetry import telemetry
from conformance.targets.exchange import REFUSED, ExchangeTarget

CLOCKS_S = 600.0
"""How far clocks may be apart here: less than any two time zones."""

FEW = 5
"""Rows that are looked at where the data is somebody else's."""


def _some(exchange: ExchangeTarget) -> Result:
    """A few rows of what there is."""
    database = exchange.database()
    query = f"SELECT * FROM {database.table} WHERE time > ago(365d) LIMIT {FEW}"
    return exchange.sql(database.time_series_db_id, query)


def _judge(exchange: ExchangeTarget, golden: Golden) -> None:
    failed = _judged(exchange, golden, hasty=False)
    expect(failed is None, "rows of a query", got=failed, wanted="what was published")


def _judge_all(exchange: ExchangeTarget, goldens: Mapping[str, Golden], few: int) -> None:
    """All queries, or a few; each that fails is told."""
    failures: dict[str, Any] = {}
    for name in sampled(list(goldens), few):
        answer = attempt(partial(_judged, exchange, goldens[name], hasty=bool(failures)))
        if answer is not None:
            failures[name] = answer
    number = f"{len(failures)} of {len(goldens)} queries"
    expect(not failures, number, got=failures, wanted="their rows, as documented")


def _judged(exchange: ExchangeTarget, golden: Golden, *, hasty: bool) -> str | None:
    """What is wrong in the rows of a query once reads show the telemetry; None if nothing is."""
    given = telemetry(exchange)
    query, rows = filled(golden.query, exchange, given), golden.rows(given)

    def look() -> str | None:
        return wrong(exchange.sql(given.id, query), rows)

    try:
        becomes_right(exchange, look, f"rows of {query}", within_s=HASTY_S if hasty else None)
    except Refused:
        raise
    except Nonconformance as failure:
        return str(failure)
    return None


@requirement("DX-SQ-001")
@passive
def test_result_has_its_four_parts(exchange: ExchangeTarget) -> None:
    """Its reader is strict: what is missing or odd is a finding."""
    result = exchange.sql(exchange.database().time_series_db_id, "SELECT 1 AS one")
    expect(result.rows == (("1",),), "rows of SELECT 1", got=result.rows, wanted=(("1",),))
    expect(result.names == ("one",), "columns of SELECT 1", got=result.names, wanted=("one",))


@requirement("DX-SQ-001")
@passive
def test_result_without_rows_has_its_columns(exchange: ExchangeTarget) -> None:
    database = exchange.database()
    query = f"SELECT time, measure_name FROM {database.table} WHERE time > now() AND 1 = 0"
    result = exchange.sql(database.time_series_db_id, query)
    expect(result.rows == (), f"rows of {query}", got=result.rows, wanted="none")
    names = tuple(name.lower() for name in result.names)
    expect(names == ("time", "measure_name"), f"columns of {query}", got=result.names,
           wanted=("time", "measure_name"))  # fmt: skip


@requirement("DX-SQ-002")
@passive
def test_rows_of_what_there_is_are_in_form(exchange: ExchangeTarget) -> None:
    result = _some(exchange)
    if not result.rows:
        not_applicable("the table has no rows of the last year")
    expect(len(result.rows) <= FEW, "rows", got=len(result.rows), wanted=f"at most {FEW}")
    try:
        result.typed()
    except BadResult as error:
        expect(False, "a value of a column", got=error, wanted="one of its type")


@requirement("DX-SQ-002")
def test_each_kind_of_value_is_in_form(exchange: ExchangeTarget) -> None:
    """Texts, numbers, truth and null, the last one in the last column."""
    _judge(exchange, BASIC["measures of MULTI records, where they are"])


@requirement("DX-SQ-002")
@passive
def test_constants_are_in_form(exchange: ExchangeTarget) -> None:
    query = "SELECT 'a' AS a, 7 AS b, 1.5e0 AS c, true AS d, CAST(NULL AS DOUBLE) AS e"
    result = exchange.sql(exchange.database().time_series_db_id, query)
    failed = wrong(result, [("a", 7, 1.5, True, None)])
    expect(failed is None, f"rows of {query}", got=failed, wanted="one of each kind")


@requirement("DX-SQ-003")
@passive
def test_timestamps_have_nine_digits(exchange: ExchangeTarget) -> None:
    """And are those of the present, in UTC."""
    query = "SELECT now() AS n, date_trunc('hour', now()) AS h"
    before = exchange.now_ns()
    result = exchange.sql(exchange.database().time_series_db_id, query)
    after = exchange.now_ns()
    expect(
        set(result.types) == {"TIMESTAMP"}, "types of instants", got=result.types,
        wanted="TIMESTAMP",
    )  # fmt: skip
    for text in result.rows[0]:
        expect(
            isinstance(text, str) and is_sql_timestamp(text),
            f"an instant in {query}",
            got=text,
            wanted="YYYY-MM-DD hh:mm:ss.nnnnnnnnn",
        )
    now, hour = result.typed()[0]
    apart = max(exchange.profile.clock_tolerance, CLOCKS_S)
    expect(
        before - apart * 10**9 <= now <= after + apart * 10**9,
        "now()",
        got=now,
        wanted=f"{before} to {after}, give or take {apart:g} s",
    )
    expect(hour == sql.truncated_ns("hour", now), "its hour", got=hour, wanted=now)


@requirement("DX-SQ-003")
def test_instants_of_records_read_back(exchange: ExchangeTarget) -> None:
    _judge(exchange, BASIC["typed measure values"])


@requirement("DX-SQ-008")
def test_queries_give_their_rows(exchange: ExchangeTarget) -> None:
    _judge_all(exchange, BASIC, 8)


@requirement("DX-SQ-008")
@passive
def test_functions_of_now_agree(exchange: ExchangeTarget) -> None:
    query = (
        "SELECT now() AS n, bin(now(), 5m) AS b, date_trunc('day', now()) AS d, ago(90s) AS a, "
        "bin(now(), 1h) AS h"
    )
    result = exchange.sql(exchange.database().time_series_db_id, query)
    try:
        now, bin_, day, ago, hour = result.typed()[0]
    except BadResult as error:
        expect(False, f"rows of {query}", got=error, wanted="instants")
        return
    wanted = (
        sql.bin_ns(now, sql.length_ns("5m")),
        sql.truncated_ns("day", now),
        now - sql.length_ns("90s"),
        sql.bin_ns(now, sql.length_ns("1h")),
    )
    expect((bin_, day, ago, hour) == wanted, f"rows of {query}", got=(bin_, day, ago, hour),
           wanted=wanted)  # fmt: skip


@requirement("DX-SQ-009")
def test_queries_of_time_series_give_their_rows(exchange: ExchangeTarget) -> None:
    _judge_all(exchange, FULL, 4)


@requirement("DX-SQ-010")
def test_functions_of_time_series_are_right_or_refused(exchange: ExchangeTarget) -> None:
    """Whatever is claimed: a result that is another one is worse than none."""
    given = telemetry(exchange)
    for name in sampled(list(FULL), 3):
        golden = FULL[name]
        query = filled(golden.query, exchange, given)
        answer = attempt(partial(exchange.sql, given.id, query))
        if isinstance(answer, Refused):
            expect(answer.code in REFUSED, f"refusal of {query}", got=answer, wanted="an error")
            observe(f"{name} is refused")
            continue
        failed = wrong(answer, golden.rows(given))
        expect(failed is None, f"rows of {query}", got=failed, wanted="the right ones, or an error")
