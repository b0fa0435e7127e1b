"""SQL queries of users: a result page by page, within limits of time and of work at once.

A query is compiled and run by a worker thread, and interrupted when its time is over. Its result
stays in DuckDB as long as its pages may be asked for, so that they fit together whatever is
published meanwhile. A token names a place in one result, for one user, database, text and maxRows.
"""

from __future__ import annotations

from asyncio import Lock, get_running_loop, wait
from base64 import b32encode
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import duckdb

from simulator.services.exchange.errors import bad_token, invalid, limit, timed_out
from simulator.services.exchange.registry import ServiceType
from simulator.services.exchange.rights import Need
from simulator.services.exchange.sql.copies import Copies
from simulator.services.exchange.sql.engine import Connection, Engine, refusal
from simulator.services.exchange.sql.policy import SqlPolicy
from simulator.services.exchange.sql.results import Result, ask, page_of
from simulator.store import BadToken

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.exchange.people import User
    from simulator.services.exchange.rights import Rights
    from simulator.services.exchange.series.table import Table
    from simulator.store import TokenSigner

T = TypeVar("T")

_CLIENT_TOKEN: Final = 128
"""Longest client token, in characters (Timestream)."""
_INTERRUPTS_S: Final = 0.05
"""How often a query whose time is over is interrupted, until it ends."""
_GRACE_S: Final = 0.5
"""How long after its time an interrupted query may take to end, before it is left behind."""


@dataclass(frozen=True, kw_only=True)
class TimestreamPage:
    """A page of a query's result.

    Args:
        result_json_string: the JSON of a Timestream Query answer.
        client_token: what the client sent, or on the first page one of ours.
    """

    result_json_string: str
    client_token: str


@dataclass(kw_only=True)
class _Kept:
    """A result that waits for its pages to be asked for."""

    user_id: str
    digest: str
    result: Result
    until_us: int
    lock: Lock = field(default_factory=Lock)


class SqlQueries:
    """Answers SQL queries over the tables of time series databases.

    Args:
        clock: what time it is to queries; results expire by it, too.
        signer: of page tokens.
        policy: bounds and readings.
        table: gives the table of a database that there is.
        rights: who may read which database.
    """

    def __init__(
        self,
        clock: Clock,
        signer: TokenSigner,
        policy: SqlPolicy,
        table: Callable[[str], Table],
        rights: Rights,
    ) -> None:
        self._clock = clock
        self._signer = signer
        self._policy = policy
        self._table = table
        self._rights = rights
        self._running: Counter[str] = Counter()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._active: set[Connection] = set()
        self._queries = 0
        self._engine: Engine | None = None
        self._copies: Copies | None = None
        self._workers = ThreadPoolExecutor(policy.workers, "exchange-sql")
        # Copying has a thread of its own: queries that take all workers do not hold it up.
        self._writer = ThreadPoolExecutor(1, "exchange-sql-copy")

    async def query(
        self,
        caller: User,
        db_id: str,
        query_string: str,
        max_rows: int | None = None,
        next_token: str | None = None,
        client_token: str | None = None,
        *,
        empty_pages: int | None = None,
    ) -> TimestreamPage:
        """Return the first page of a query, or the one that a token names.

        Args:
            caller: needs the right to read the database.
            db_id: the database whose table is queried.
            query_string: one SELECT, SHOW or DESCRIBE.
            max_rows: 1 to the policy's bound, which is the default, too.
            next_token: from the page before; everything else has to be as it was then.
            client_token: up to 128 ASCII characters; returned as it is.
            empty_pages: how many come before the first rows; None: as many as the policy says.

        Raises:
            ExchangeError: Unauthorized; ValidationError, an argument out of bounds;
                ValidationException, the query; InvalidPaginationToken; LimitExceeded, too many
                queries or too little memory; QueryTimeout.
        """
        self._rights.require(caller, db_id, Need.READ, ServiceType.TIME_SERIES_DB)
        rows = self._rows(max_rows)
        if client_token is not None and not _is_client_token(client_token):
            raise invalid(f"clientToken: has 1 to {_CLIENT_TOKEN} ASCII characters")
        digest = _digest(db_id, caller.user_id, query_string, rows)
        if self._running[caller.user_id] >= self._policy.queries_per_user:
            raise limit(f"A user has at most {self._policy.queries_per_user} queries at a time.")
        self._running[caller.user_id] += 1
        try:
            if next_token is None:
                page = await self._first(
                    caller.user_id,
                    db_id,
                    query_string,
                    rows,
                    digest,
                    self._policy.empty_pages if empty_pages is None else empty_pages,
                )
            else:
                page = await self._next(next_token, rows, digest)
        finally:
            self._running[caller.user_id] -= 1
            self._running += Counter()  # forgets who has none
        token = client_token or b32encode(sha256(page.encode()).digest()).decode()[:52]
        return TimestreamPage(result_json_string=page, client_token=token)

    def forget(self, db_id: str) -> None:
        """Free what is kept of a database that is gone."""
        if self._copies is not None:
            self._copies.forget(db_id)

    @property
    def active(self) -> int:
        """How many queries and pages are under way."""
        return len(self._active)

    def close(self) -> None:
        """End all queries, forget all results; DuckDB's memory is free when the last has ended."""
        for connection in self._active:
            with suppress(duckdb.Error):
                connection.interrupt()
        self._kept.clear()
        for executor in (self._workers, self._writer):
            executor.shutdown(wait=False, cancel_futures=True)
        self._engine = self._copies = None

    async def _first(
        self, user_id: str, db_id: str, query: str, rows: int, digest: str, empty_pages: int
    ) -> str:
        now_us = self._clock.now_us()
        ends = get_running_loop().time() + self._policy.time_limit_s
        engine, copies = self._open()
        table = self._table(db_id)
        try:
            catalog = await copies.current(db_id, table)
        except duckdb.Error as error:
            raise refusal(error, self._policy, ()) from None
        names = [column.name for column in table.columns]
        connection = engine.connection()
        self._queries += 1
        query_id = _query_id(db_id, self._queries)
        token = self._tokens(query_id, digest, empty_pages)

        def begin() -> tuple[Result, str, int]:
            result = ask(connection, query, catalog, self._policy, now_us, query_id)
            return result, *self._page(result, 0, rows, empty_pages, token)

        result, page, after = await self._work(connection, ends, names, begin)
        if empty_pages or after < result.rows:
            kept = _Kept(
                user_id=user_id,
                digest=digest,
                result=result,
                until_us=now_us + round(self._policy.result_lifetime_s * 1e6),
            )
            self._keep(kept)
        else:
            connection.close()
        return page

    async def _next(self, text: str, rows: int, digest: str) -> str:
        try:
            query_id, place, empty_pages, wanted = self._signer.open(text)
        except (BadToken, TypeError, ValueError):
            raise bad_token("nextToken is not a token of this service.") from None
        if wanted != digest:
            raise bad_token("nextToken belongs to another query, database, user or maxRows.")
        kept = self._kept.get(query_id)
        if kept is None or kept.digest != digest or kept.until_us < self._clock.now_us():
            raise bad_token("nextToken has expired; the query has to be sent again.")
        self._kept.move_to_end(query_id)
        result = kept.result
        ends = get_running_loop().time() + self._policy.time_limit_s
        token = self._tokens(query_id, digest, empty_pages)
        async with kept.lock:
            page, after = await self._work(
                result.connection, ends, (), self._page, result, place, rows, empty_pages, token
            )
        if empty_pages or after < result.rows:
            self._keep(kept)
        elif query_id not in self._kept:
            result.connection.close()
        return page

    def _page(
        self, result: Result, place: int, rows: int, empty_pages: int, token: Callable[[int], str]
    ) -> tuple[str, int]:
        """Return a page as JSON, and the place behind it; the result must be nobody else's now."""
        return page_of(result, place, 0 if empty_pages else rows, self._policy.page_bytes, token)

    def _tokens(self, query_id: str, digest: str, empty_pages: int) -> Callable[[int], str]:
        """Return what makes the token of the page that begins at a place."""
        left = max(empty_pages - 1, 0)
        return lambda place: self._signer.sign([query_id, place, left, digest])

    def _keep(self, kept: _Kept) -> None:
        now_us = self._clock.now_us()
        self._kept[kept.result.query_id] = kept
        own = [id for id, each in self._kept.items() if each.user_id == kept.user_id]
        gone = {id for id, each in self._kept.items() if each.until_us < now_us}
        for id in gone.union(own[: -self._policy.results_kept]):
            # Its connection is closed with the last reference: a page may be under way.
            del self._kept[id]

    async def _work(
        self,
        connection: Connection,
        ends: float,
        names: Any,
        function: Callable[..., T],
        *arguments: Any,
    ) -> T:
        """Run a function in a worker; interrupt its connection when its time is over.

        Raises:
            ExchangeError: what the function refuses, what DuckDB says, or QueryTimeout.
        """
        loop = get_running_loop()
        work = loop.run_in_executor(self._workers, function, *arguments)
        self._active.add(connection)
        work.add_done_callback(lambda _: self._active.discard(connection))

        def interrupt() -> None:
            if not work.done():
                with suppress(duckdb.Error):  # it may be closed meanwhile
                    connection.interrupt()
                loop.call_later(_INTERRUPTS_S, interrupt)

        timer = loop.call_at(ends, interrupt)
        try:
            await wait([work], timeout=ends + _GRACE_S - loop.time())
            if not work.done():
                raise timed_out(f"The query took longer than {self._policy.time_limit_s:g} s.")
            return work.result()
        except duckdb.Error as error:
            if isinstance(error, (duckdb.FatalException, duckdb.InternalException)):
                self._renew()
            raise refusal(error, self._policy, names) from None
        finally:
            timer.cancel()
            if not work.done():
                # Left behind, by its time or by its caller: it ends when it notices.
                interrupt()
                work.add_done_callback(_forget)

    def _open(self) -> tuple[Engine, Copies]:
        if self._engine is None or self._copies is None:
            self._engine = Engine(self._policy)
            self._copies = Copies(self._engine, self._policy, self._writer)
        return self._engine, self._copies

    def _renew(self) -> None:
        """Go on with a new DuckDB: the old one says that it cannot be trusted any more."""
        self._kept.clear()
        self._engine = self._copies = None

    def _rows(self, wanted: int | None) -> int:
        most = self._policy.max_rows
        if wanted is None:
            return most
        if not 1 <= wanted <= most:
            raise invalid(f"maxRows: is from 1 to {most}, not {wanted}")
        return wanted


def _forget(work: Any) -> None:
    with suppress(BaseException):
        work.exception()


def _is_client_token(text: str) -> bool:
    return 0 < len(text) <= _CLIENT_TOKEN and text.isascii() and text.isprintable()


def _digest(*parts: Any) -> str:
    return sha256(dumps(parts).encode()).hexdigest()[:32]


def _query_id(db_id: str, number: int) -> str:
    """Return an id of Timestream's form: capital letters and digits."""
    return b32encode(sha256(f"{db_id}/{number}".encode()).digest()).decode().rstrip("=")
