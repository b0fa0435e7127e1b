"""The main process's own calls: the database of the run, its population, the final listing.

Where the platform's operations may be used the run gets a database of its own, which goes with all
its records; else it writes into one that is there, and its records stay.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import grpc

from conformance.oracles.exchange.exports import Point
from conformance.oracles.exchange.times import instant
from conformance.oracles.exchange.timestream import read_result
from loadtests.apis.base import Context, Desk
from loadtests.apis.exchange.law import BACK_MS, SEQUENCE, Law
from loadtests.apis.exchange.wire import (
    CREATE,
    DELETE,
    LAST,
    LIST,
    PUBLISH,
    SQL,
    Database,
    Page,
    Wire,
    last_page,
    operation,
    sql_page,
)
from loadtests.calls import Caller, answer_of, probed, status_of
from loadtests.errors import Inconclusive, UsageError

POPULATION = "p"
"""Ends the name of the asset that the desk publishes."""
LISTED = 100_000
"""Records of a run that are read at its end; of each asset the newest of them."""
PAGE_SIZE = 1000


class ExchangeDesk(Desk):
    """Calls that belong to no user of the run.

    Args:
        context: of the run.
        call: makes the calls.
        prefix: begins the assets of the run and the name of its database.
    """

    def __init__(self, context: Context, call: Caller, prefix: str) -> None:
        self._context = context
        self._said = context.target.exchange
        self._call = call
        self._prefix = prefix
        self._wire: Wire | None = None
        self._wrong: list[tuple[str, str, int]] = []
        self._is_partial = False
        self._stays = ""

    def check(self) -> None:
        """List the databases.

        Raises:
            Unreachable: nobody answers, or not with the exchange API.
            UsageError: our token is refused, or there is no database to use.
        """
        request = operation(LIST, {})
        found = probed(self._call, LIST, request, who="the target", what="the exchange API")
        if not self._said.administration:
            self._chosen(found)

    def populate(self, count: int) -> dict[str, Any]:
        """Make or choose the database, and publish records for whoever reads first.

        Raises:
            Inconclusive: that cannot be done.
        """
        try:
            database = self._made() if self._said.administration else None
            database = database or self._chosen(self._call(LIST, operation(LIST, {})))
            facts = {
                "database": [database.id, database.database, database.table, database.is_ours],
                "base_ms": self._now_ms(database) - BACK_MS,
                "records": count,
            }
            self._wire = wire = wire_of(self._context, facts)
            for first in range(0, count, self._said.max_records):
                numbers = range(first, min(count, first + self._said.max_records))
                asset = f"{self._prefix}{POPULATION}"
                self._call(PUBLISH, wire.publish(asset, numbers, is_inlined=False))
            if self._said.has_sql:
                # Before there is load: a server may take its time for the first query of all.
                self._call(SQL, wire.sql(f"{self._prefix}{POPULATION}", range(1), 1, {}))
        except grpc.RpcError as error:
            reason = f"{status_of(error)}, {answer_of(error)}"
            raise Inconclusive(f"cannot make the population: {reason}") from None
        if not database.is_ours:
            self._stays = database.id
        return facts

    def listing(self) -> dict[str, Any]:
        """Of each asset of the run the numbers of its newest records, as ranges.

        Raises:
            Inconclusive: a page could not be read, so nothing can be compared.
        """
        assert self._wire is not None, "a run is populated before it is listed"
        time.sleep(self._said.settle_s)
        try:
            newest = self._newest(self._wire)
            if not self._said.has_sql:
                return {
                    "assets": {asset: [last, [[last, last + 1]]] for asset, last in newest.items()}
                }
            width = max(PAGE_SIZE, LISTED // max(1, len(newest)))
            self._is_partial = any(last >= width for last in newest.values())
            return {
                "assets": {
                    asset: [since := max(0, last + 1 - width), self._read(asset, since, last + 1)]
                    for asset, last in newest.items()
                }
            }
        except grpc.RpcError as error:
            raise Inconclusive(f"the final listing failed: {status_of(error)}") from None
        except ValueError as error:
            raise Inconclusive(f"the final listing cannot be read: {error}") from None

    def findings(self, listing: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
        """What is wrong with the records that were read for the listing."""
        yield from self._wrong

    def sweep(self) -> tuple[int, int]:
        """Remove the database of the run; (1, 0) if there was one and it is gone."""
        if not self._said.administration:
            return 0, 0
        removed = left = 0
        try:
            found = self._call(LIST, operation(LIST, {}))
            ours = [item["timeSeriesDbId"] for item in found if item["name"] == self._name]
        except grpc.RpcError:
            return 0, 1
        for id_ in ours:
            try:
                self._call(DELETE, operation(DELETE, {"d": id_}))
                removed += 1
            except grpc.RpcError:
                left += 1
        return removed, left

    def remarks(self) -> Iterable[str]:
        """What stays on the target, and what was not compared."""
        if self._stays:
            yield (
                f"left behind, as no record can be deleted: assets {self._prefix}… in {self._stays}"
            )
        if not self._said.has_sql:
            yield "without SQL only the newest record of each asset was compared in the end"
        elif self._is_partial:
            yield f"the newest records were compared in the end, up to {LISTED} in all"

    @property
    def _name(self) -> str:
        return f"{self._prefix}load"

    def _made(self) -> Database:
        text = f"Load run {self._context.run}"
        found = self._call(CREATE, operation(CREATE, {"n": self._name, "t": text}))
        return _database(found, is_ours=True)

    def _chosen(self, found: Any) -> Database:
        wanted = self._said.time_series_db
        for item in found:
            if wanted in (None, item["timeSeriesDbId"]):
                return _database(item)
        what = f"database {wanted}" if wanted else "database"
        raise UsageError(
            f"the target lists no {what}: name one in "
            "services.exchange.time_series_db, or allow administration"
        )

    def _now_ms(self, database: Database) -> int:
        """The time of the target, if that is another one and can be asked for; else ours."""
        if self._said.is_simulated and self._said.has_sql:
            query = {"d": database.id, "q": "SELECT now()", "m": 1}
            reply = self._call(SQL, operation(SQL, query))
            rows = read_result(reply["resultJSONString"]).rows
            if rows and (at_ns := instant(rows[0][0])) is not None:
                return at_ns // 1_000_000
        return time.time_ns() // 1_000_000

    def _newest(self, wire: Wire) -> dict[str, int]:
        """Of each asset of the run the number of its newest record."""
        found: dict[str, int] = {}
        for page in self._pages(LAST, wire.last_values, last_page):
            for point in page.points:
                if point.attribute == SEQUENCE and point.asset.startswith(self._prefix):
                    found[point.asset] = max(0, wire.law.sequence_at(point.time_ns))
        return found

    def _read(self, asset: str, first: int, after: int) -> list[list[int]]:
        """Which of these records of an asset are there, and note what is wrong with them."""
        assert self._wire is not None
        wire, span = self._wire, range(first, after)
        points: list[Point] = []
        for page in self._pages(SQL, lambda n: wire.sql(asset, span, PAGE_SIZE, n), sql_page):
            points += page.points
        for violation in wire.law.judge(points, set(), asset=asset, span=span, missing=""):
            self._wrong.append((violation.code, f"in the end, {violation.text}", 0))
        return runs({wire.law.sequence_at(point.time_ns) for point in points})

    def _pages(self, method: str, request: Any, read: Any) -> Iterator[Page]:
        tokens: Mapping[str, Any] | None = {}
        while tokens is not None:
            page: Page = read(self._call(method, request(tokens)))
            yield page
            tokens = page.tokens


def wire_of(context: Context, facts: Mapping[str, Any]) -> Wire:
    """What builds the requests of a run whose database is known."""
    id_, database, table, is_ours = facts["database"]
    return Wire(
        Database(id=id_, database=database, table=table, is_ours=is_ours),
        Law(base_ms=facts["base_ms"]),
        asset_column=context.target.exchange.asset_column,
        padding=context.options.padding,
    )


def runs(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers as ranges: first number and the one after the last."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number:
            found[-1][1] += 1
        else:
            found.append([number, number + 1])
    return found


def _database(item: Mapping[str, Any], *, is_ours: bool = False) -> Database:
    names = (item.get("databaseName") or "", item.get("tableName") or "")
    return Database(
        id=str(item["timeSeriesDbId"]), database=names[0], table=names[1], is_ours=is_ours
    )
