"""DX-QY: pages of a structured query, their tokens, and the end of a query that was cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hypothesis import strategies as st

from conformance.failures import Nonconformance
from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    passive,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.exchange.model import QueryPage
from conformance.oracles.exchange.pages import wrong_pages
from conformance.oracles.exchange.records import single
from conformance.oracles.exchange.series import differing, queried
from conformance.strategies.paging import mutilations
from conformance.suite.exchange.publishing import (
    NAMES,
    SECOND_NS,
    Asset,
    Patience,
    becomes_right,
)
from conformance.suite.exchange.telemetry import Telemetry, telemetry
from conformance.targets.exchange import REFUSED, ExchangeTarget

ROWS = 2
"""Rows of a page where several pages are wanted; there are more points by far."""

NO_TOKEN = "the target answers in one page, so there is no token"


def _all(given: Telemetry) -> dict[str, Sequence[str]]:
    return {asset: () for asset in given.assets}


def _first(
    exchange: ExchangeTarget, given: Telemetry, *, max_rows: int = ROWS, shift_ns: int = 0
) -> QueryPage:
    """The first page of a query for everything."""
    end = given.end_ns + SECOND_NS + shift_ns
    return exchange.query_page(given.id, _all(given), given.start_ns, end, max_rows=max_rows)


def _next(
    exchange: ExchangeTarget, given: Telemetry, page: QueryPage, **other: Any
) -> Callable[[], QueryPage]:
    """Asks for the page after one, with the arguments of `_first` unless others are given."""
    arguments: dict[str, Any] = {
        "database": given.id,
        "assets": _all(given),
        "start": given.start_ns,
        "end": given.end_ns + SECOND_NS,
        "max_rows": ROWS,
        "next_token": page.next_token,
        "client_token": page.client_token,
        "query_string": page.query_string,
        **other,
    }
    return partial(exchange.query_page, **arguments)


@requirement("DX-QY-003")
def test_pages_are_of_one_query(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    pages = exchange.query_pages(
        given.id, _all(given), given.start_ns, given.end_ns + SECOND_NS, max_rows=ROWS
    )
    _judge_pages(pages)


@requirement("DX-QY-003")
@passive
def test_pages_over_what_there_is_are_of_one_query(exchange: ExchangeTarget) -> None:
    """A few seconds around the last value of some asset, where there is any."""
    database = exchange.database().time_series_db_id
    for data in exchange.last_values(database).values():
        times = [a.last_value_ns for a in data.attributes or () if a.last_value_ns is not None]
        if times:
            start, end = max(times) - 5 * SECOND_NS, max(times) + SECOND_NS
            _judge_pages(
                exchange.query_pages(database, {data.asset_id: ()}, start, end, max_rows=5)
            )
            return
    not_applicable("the database has no data")


def _judge_pages(pages: Sequence[QueryPage]) -> None:
    wrong = wrong_pages(pages)
    expect(wrong is None, f"{len(pages)} pages of a query", got=wrong,
           wanted="one query id, progress up to 100, no token at the end")  # fmt: skip
    indexes = [page.result_chunk_index for page in pages]
    counted = indexes == list(range(len(pages)))
    observe(f"pages are {'' if counted else 'not '}counted from 0 by resultChunkIndex")


@requirement("DX-QY-004")
def test_page_size_says_nothing_about_the_points(exchange: ExchangeTarget) -> None:
    given, patience = telemetry(exchange), Patience()
    assets, start, end = _all(given), given.start_ns, given.end_ns + SECOND_NS
    wanted = queried(given.table, assets, start, end)

    def example(max_rows: int) -> None:
        def wrong() -> str | None:
            found = exchange.points(given.id, assets, start, end, max_rows=max_rows)
            return differing(wanted, found.points)

        what = f"points of a query with pages of {max_rows} rows"
        patience.judged(lambda within_s: becomes_right(exchange, wrong, what, within_s=within_s))

    count = len(wanted)
    explore(
        example,
        examples=6,
        directed=[
            {"max_rows": rows}
            for rows in (7, count - 1, count, count + 1, *by_depth(full=(3, 1), staging=()))
        ],
        max_rows=st.integers(2, count + 3),
    )


@requirement("DX-QY-004")
def test_export_holds_pages_that_nobody_read(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    wanted = queried(given.table, _all(given), given.start_ns, given.end_ns + SECOND_NS)

    def wrong() -> str | None:
        query = _first(exchange, given, max_rows=3).query_id
        found = exchange.points_of(exchange.export(given.id, query, "JSON"))
        return differing(wanted, found.points)

    becomes_right(exchange, wrong, "export of a query of which one page was read")


@requirement("DX-QY-005")
def test_altered_tokens_are_refused(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    page = _first(exchange, given)
    token = _token(page)
    genuine = _next(exchange, given, page)()
    for text in sampled((*mutilations(token), "gridproof"), 4):
        what = f"a token altered to {text[:60]!r}"
        answer = attempt(_next(exchange, given, page, next_token=text))
        if isinstance(answer, Refused):
            expect(answer.code in REFUSED, what, got=answer, wanted="refused")
            continue
        # Some texts differ from the token and still say the same, such as spare bits at its end,
        # or upper case in a number of base 16.
        spare = text[:-1] in (token, token[:-1]) or text.strip().lower() == token.lower()
        harmless = spare and _place(answer) == _place(genuine)
        expect(harmless, what, got=f"accepted, shows {answer}", wanted="refused")


def _place(page: QueryPage) -> tuple[str, float, int | None]:
    return page.query_id, page.query_progress_percentage, page.result_chunk_index


def _token(page: QueryPage) -> str:
    if not page.next_token:
        not_applicable(NO_TOKEN)
    return page.next_token


@requirement("DX-QY-005")
def test_tokens_of_another_query_are_refused(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    page = _first(exchange, given)
    _token(page)
    others: Sequence[tuple[str, dict[str, Any]]] = (
        ("other assets", {"assets": {given.meters[0]: ()}}),
        ("another interval", {"end": given.end_ns + 7 * SECOND_NS}),
    )
    for what, other in others:
        # What the published SDK repeats is the query's text: without it, it is another query.
        call = _next(exchange, given, page, query_string=None, client_token=None, **other)
        refused(call, REFUSED, f"a token in a query with {what}")


@requirement("DX-QY-005", needs=["administration"])
def test_tokens_of_another_database_are_refused(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    page = _first(exchange, given)
    _token(page)
    other = exchange.fresh_database().time_series_db_id
    refused(
        _next(exchange, given, page, database=other), REFUSED, "a token in another own database"
    )


@requirement("DX-QY-005", needs=["read_only"])
def test_tokens_of_another_user_are_refused(exchange: ExchangeTarget) -> None:
    """Somebody who may read the database all the same, since it is shared."""
    given = telemetry(exchange)
    collaborative = exchange.common_collaborative("read_only").collaborative_id
    exchange.share(collaborative, given.id)
    reader = exchange.as_role("read_only")
    _readable(exchange, partial(_first, reader, given))
    mine = _first(exchange, given)
    _token(mine)
    refused(_next(reader, given, mine), REFUSED, "the owner's token, sent by a member")


def _readable(exchange: ExchangeTarget, call: Callable[[], QueryPage]) -> QueryPage:
    """What a call gives, once what was shared can be read."""

    def look() -> QueryPage | None:
        answer = attempt(call)
        return None if isinstance(answer, Refused) else answer

    return exchange.settled(look, what="query of a member in a shared database")


@requirement("DX-QY-006")
def test_cancelling_ends_a_query(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    page = _first(exchange, given)
    token = page.next_token
    status = exchange.cancel_query(given.id, page.query_id)
    expect(
        status.http_status_code == 200,
        "status of cancelling a query",
        got=status.http_status_code,
        wanted=200,
    )
    if not token:
        not_applicable(NO_TOKEN)
    refused(_next(exchange, given, page), REFUSED, "the next page of a cancelled query")


@requirement("DX-QY-006")
def test_cancelling_what_has_ended_is_answered(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    pages = exchange.query_pages(given.id, {given.meters[0]: ()}, given.start_ns, given.end_ns)
    ended, unknown = pages[0].query_id, exchange.absent("query")
    for what, query_id in (("a query that has ended", ended), ("an unknown query", unknown)):
        answer = attempt(partial(exchange.cancel_query, given.id, query_id))
        if isinstance(answer, Refused):
            observe(f"cancelling {what} is an error")
            continue
        status = answer.http_status_code
        expect(status is not None, f"status of cancelling {what}", got=status, wanted="a number")
        observe(f"cancelling {what} has status {status}")


@requirement("DX-QY-007")
def test_later_records_do_not_change_later_pages(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    name, at = NAMES["DOUBLE"], asset.base_ns
    asset.publish(*(single(name, f"{n}.0", at + n * SECOND_NS) for n in range(0, 12, 2)))
    asset.judge_points("points before the query")
    assets, start, end = {asset.id: ()}, at, at + 20 * SECOND_NS
    wanted = queried(asset.table, assets, start, end)
    first = exchange.query_page(asset.database, assets, start, end, max_rows=ROWS)
    if not first.next_token:
        not_applicable(NO_TOKEN)
    asset.publish(*(single(name, f"{n}.0", at + n * SECOND_NS) for n in (1, 5, 13)))
    asset.publish(single(name, "9.5", at + 10 * SECOND_NS, version=2))
    asset.judge("last values after the first page")
    page, left = first, 50
    while page.next_token and left:
        left -= 1
        page = exchange.query_page(
            asset.database,
            assets,
            start,
            end,
            max_rows=ROWS,
            next_token=page.next_token,
            client_token=page.client_token,
            query_string=page.query_string,
        )
    found = exchange.points_of(exchange.export(asset.database, first.query_id, "JSON"))
    wrong = differing(wanted, found.points)
    if wrong is not None:
        raise Nonconformance(
            "points of a query during which records came", got=wrong, wanted="those before it"
        )
