"""Structured queries: what was asked, the points found, and how far their pages were read.

The points are found with the first page and kept, so that later pages and the export show one
state of the database. Pages carry no points, they only count them: the points come by the export.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from simulator.services.exchange.errors import bad_token, invalid
from simulator.services.exchange.series.answers import QueryPage
from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.reading import Points, Wanted
from simulator.services.exchange.series.table import folded
from simulator.services.exchange.series.values import MAX_TIME_NS, MIN_TIME_NS, iso
from simulator.services.instants import parse_ns
from simulator.store import BadToken, TokenSigner

TIME_PERIOD: Final = "TIME_PERIOD"
LAST_X_ROWS: Final = "LAST_X_ROWS"
NEXT_TOKEN: Final = "NEXT_TOKEN"
_TOKEN: Final = "structured query"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a structured query asks for."""

    first_ns: int
    last_ns: int
    """Included."""
    wanted: Wanted
    page_rows: int
    newest_only: int | None
    """Points of each attribute; None: all."""
    text: str
    """The same for queries that ask for the same, the size of their pages aside.

    Without quotes, line ends or backslashes: published SDK 0.0.24 puts it into documents as it is.
    """


def read(
    query_type: str,
    start_time: str | None,
    end_time: str | None,
    assets: Sequence[Mapping[str, Any]],
    max_rows: int | None,
    policy: SeriesPolicy,
) -> Asked:
    """Return what a first page asks for; TIME_PERIOD, or the newest `max_rows` of LAST_X_ROWS.

    Raises:
        ExchangeError: ValidationError.
    """
    if query_type == NEXT_TOKEN:
        raise invalid("nextToken: a query of type NEXT_TOKEN needs one")
    if max_rows is not None and max_rows < 1:
        raise invalid(f"maxRows: {max_rows} is not at least 1")
    newest = query_type == LAST_X_ROWS
    if newest and max_rows is None:
        raise invalid("maxRows: a query of type LAST_X_ROWS needs it")
    first_ns = MIN_TIME_NS if newest and start_time is None else _instant("startTime", start_time)
    last_ns = MAX_TIME_NS if newest and end_time is None else _instant("endTime", end_time)
    if last_ns < first_ns:
        raise invalid(f"endTime: {end_time} lies before startTime, {start_time}")
    wanted = _wanted(assets)
    digest = blake2b(digest_size=12)
    for asset_id, names in wanted.items():
        digest.update(json.dumps([asset_id, sorted(names or ())]).encode())
    return Asked(
        first_ns=first_ns,
        last_ns=last_ns if policy.end_inclusive else last_ns - 1,
        wanted=wanted,
        page_rows=min(max_rows or policy.default_page_rows, policy.max_page_rows),
        newest_only=max_rows if newest else None,
        text=f"{query_type} {iso(first_ns)} {iso(last_ns)} {digest.hexdigest()}",
    )


def _instant(field: str, text: str | None) -> int:
    if text is None:
        raise invalid(f"{field}: a query of a period needs it")
    time_ns = parse_ns(text)
    if time_ns is None or not MIN_TIME_NS <= time_ns <= MAX_TIME_NS:
        raise invalid(f"{field}: {text!r:.60} is no ISO 8601 instant of the years 1677 to 2262")
    return time_ns


def _wanted(assets: Sequence[Mapping[str, Any]]) -> Wanted:
    wanted: dict[str, frozenset[str] | None] = {}
    for each in assets:
        asset_id = each["assetId"]
        names = frozenset(map(folded, each.get("attributeNamesFilter") or ()))
        before = wanted.get(asset_id, frozenset())
        # No names at all mean every attribute.
        wanted[asset_id] = before | names if names and before is not None else None
    return dict(sorted(wanted.items()))


@dataclass(kw_only=True)
class Query:
    """A query under way, or done with."""

    query_id: str
    user_id: str
    time_series_db_id: str
    asked: Asked
    client_token: str
    points: Sequence[Points]
    total: int = field(init=False)
    pages: int = field(init=False)
    pages_read: int = 0
    cancelled: bool = False
    exports: int = 0
    """Exports that were asked for; the latest one counts."""
    export_key: str | None = None
    """Of the object that the latest complete export is."""

    def __post_init__(self) -> None:
        self.total = sum(len(part.times) for part in self.points)
        rows = self.total if self.asked.newest_only is not None else self.asked.page_rows
        self.pages = max(-(-self.total // max(rows, 1)), 1)

    @property
    def rows_read(self) -> int:
        """How many points the pages that were read stand for."""
        return min(self.pages_read * self.asked.page_rows, self.total)

    def page(self, number: int, signer: TokenSigner) -> QueryPage:
        """Return a page, by its number from 0."""
        self.pages_read = max(self.pages_read, number + 1)
        more = number + 1 < self.pages
        return QueryPage(
            query_id=self.query_id,
            query_progress_percentage=100.0 * (number + 1) / self.pages if more else 100.0,
            client_token=self.client_token,
            next_token=signer.sign([_TOKEN, self.query_id, number + 1]) if more else None,
            query_string=self.asked.text,
            result_chunk_index=number,
        )


class Queries:
    """The queries that are kept, as many as the policy allows; the oldest give way.

    Args:
        policy: how many.
        dropped: told each query that is no longer kept.
    """

    def __init__(self, policy: SeriesPolicy, dropped: Callable[[Query], None]) -> None:
        self._policy = policy
        self._dropped = dropped
        self._queries: OrderedDict[str, Query] = OrderedDict()
        self._points = 0

    def add(self, query: Query) -> None:
        """Keep a query."""
        self._queries[query.query_id] = query
        self._points += query.total
        while len(self._queries) > 1 and (
            len(self._queries) > self._policy.max_kept_queries
            or self._points > self._policy.max_kept_points
        ):
            self._drop(next(iter(self._queries)))

    def get(self, user_id: str, query_id: str) -> Query | None:
        """Return a user's query; None: there is none of that id, or it is another user's."""
        query = self._queries.get(query_id)
        return query if query is not None and query.user_id == user_id else None

    def of_token(
        self, token: str, signer: TokenSigner, user_id: str, time_series_db_id: str
    ) -> tuple[Query, int]:
        """Return the query that a token goes on with, and the number of the page.

        Raises:
            ExchangeError: InvalidPaginationToken.
        """
        try:
            payload = signer.open(token)
        except BadToken as error:
            raise bad_token(f"nextToken: {error}") from None
        match payload:
            case [str(tag), str(query_id), int(page)] if tag == _TOKEN:
                query = self.get(user_id, query_id)
            case _:
                query = None
        if query is None or query.time_series_db_id != time_series_db_id:
            raise bad_token("nextToken: it belongs to no query of this user and database")
        if query.cancelled:
            raise bad_token("nextToken: the query was cancelled")
        return query, page

    def drop_database(self, time_series_db_id: str) -> None:
        """Drop all queries of a database."""
        for query in list(self._queries.values()):
            if query.time_series_db_id == time_series_db_id:
                self._drop(query.query_id)

    def _drop(self, query_id: str) -> None:
        query = self._queries.pop(query_id)
        self._points -= query.total
        self._dropped(query)
