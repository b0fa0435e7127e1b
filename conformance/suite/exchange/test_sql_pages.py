"""DX-SQ: pages of an SQL query, their tokens, and pages without rows."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from conformance.judging import (
    advise,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    passive,
    requirement,
)
from conformance.oracles.exchange.pages import wrong_sql_pages
from conformance.oracles.exchange.timestream import Result
from conformance.suite.exchange.golden import POWERS, filled, power, wrong
from conformance.suite.exchange.publishing import becomes_right
from conformance.suite.exchange.telemetry import Telemetry, telemetry
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.exchange_series import result_of

MOST_PAGES = 200
"""Pages may be empty, so a few rows may come in many."""

ORDERED = f"SELECT time, {{asset}}, measure_value::double AS v {POWERS} ORDER BY time, {{asset}}"


def _rows(given: Telemetry) -> Sequence[tuple[int, str, float]]:
    return sorted(
        (at, asset, value)
        for number, asset in enumerate(given.meters)
        for at, value in power(given, number)
    )


def _whole(exchange: ExchangeTarget, given: Telemetry) -> Result:
    """The result in one piece, once reads show all of it."""
    query, found = filled(ORDERED, exchange, given), list[Result]()

    def look() -> str | None:
        found.append(exchange.sql(given.id, query))
        return wrong(found[-1], _rows(given))

    becomes_right(exchange, look, f"rows of {query}")
    return found[-1]


@requirement("DX-SQ-004")
def test_pages_are_the_result_in_its_order(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    query, whole = filled(ORDERED, exchange, given), _whole(exchange, given)
    count = len(whole.rows)

    def example(max_rows: int) -> None:
        pages = exchange.sql_pages(given.id, query, max_rows=max_rows)
        failed = wrong_sql_pages(pages, whole, max_rows)
        what = f"{len(pages)} pages of at most {max_rows} rows of {query}"
        expect(failed is None, what, got=failed, wanted="the whole result in its order")

    explore(
        example,
        examples=6,
        directed=[
            {"max_rows": rows}
            for rows in (7, count - 1, count, count + 1, *by_depth(full=(1, 1000), staging=()))
        ],
        max_rows=st.integers(2, count + 5),
    )


@requirement("DX-SQ-004")
@passive
def test_pages_of_what_there_is_are_small_enough(exchange: ExchangeTarget) -> None:
    pages = _pages(exchange, exchange.database().table)
    rows = [len(page.rows) for page in pages]
    expect(max(rows) <= 2, "rows of pages of two", got=rows, wanted="at most 2 on each")
    expect(sum(rows) <= 5, "rows of a query with LIMIT 5", got=sum(rows), wanted="at most 5")


def _pages(exchange: ExchangeTarget, table: str) -> Sequence[Result]:
    query = f"SELECT time, measure_name FROM {table} WHERE time > ago(365d) LIMIT 5"
    return exchange.sql_pages(exchange.database().time_series_db_id, query, max_rows=2)


@requirement("DX-SQ-005")
def test_client_token_comes_back_on_each_page(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    _judge_tokens(exchange, given.id, filled(ORDERED, exchange, given), own=exchange.fresh_name())


@requirement("DX-SQ-005")
def test_client_token_is_given_where_none_was_sent(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    _judge_tokens(exchange, given.id, filled(ORDERED, exchange, given), own=None)


@requirement("DX-SQ-005")
@passive
def test_client_token_comes_back_from_what_there_is(exchange: ExchangeTarget) -> None:
    database = exchange.database()
    query = f"SELECT time, measure_name FROM {database.table} WHERE time > ago(365d) LIMIT 5"
    _judge_tokens(exchange, database.time_series_db_id, query, own=exchange.fresh_name())


def _judge_tokens(exchange: ExchangeTarget, database: str, query: str, *, own: str | None) -> None:
    """Walk the pages, the client token of each sent with the next."""
    page = exchange.sql_page(database, query, max_rows=4, client_token=own)
    first, result = page.client_token, result_of(page)
    if own is not None:
        expect(first == own, "clientToken of the first page", got=first, wanted=own)
    for _ in range(MOST_PAGES):
        if result.next_token is None:
            break
        expect(first, "clientToken of a page with NextToken", got=first, wanted="a token")
        page = exchange.sql_page(
            database, query, max_rows=4, client_token=first, next_token=result.next_token
        )
        got, result = page.client_token, result_of(page)
        expect(got == first, "clientToken of a later page", got=got, wanted=first)
    expect(result.next_token is None, "NextToken after many pages", got=result.next_token,
           wanted="an end")  # fmt: skip
    advise(not result.has_token_key, "NextToken of the last page", got="null", wanted="no such key")


@requirement("DX-SQ-012")
@passive
def test_pages_may_be_empty(exchange: ExchangeTarget) -> None:
    """Whoever reads has to follow the token, and not count rows."""
    pages = _pages(exchange, exchange.database().table)
    if not any(page.rows for page in pages):
        not_applicable("the table has no rows of the last year")
    empty = [page for page in pages if not page.rows and page.next_token is not None]
    observe("empty pages with a token come" if empty else "no page was empty")


@requirement("DX-SQ-012")
def test_following_tokens_survives_empty_pages(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    whole = _whole(exchange, given)
    pages = exchange.sql_pages(given.id, filled(ORDERED, exchange, given), max_rows=5)
    failed = wrong_sql_pages(pages, whole, 5)
    expect(failed is None, "pages, empty ones among them", got=failed, wanted="the whole result")
    empty = sum(not page.rows for page in pages)
    observe(f"{'some' if empty else 'none'} of the pages of a result are empty")
