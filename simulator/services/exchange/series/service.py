"""The time series of the exchange: databases, publishing, last values, queries, exports.

Follows seed 002; what a record is and which ones are rejected is in `records` and `stored`. Methods
take who calls first, and refuse with `ExchangeError`: Unauthorized, the same for what is missing
and what is forbidden, beside what each one names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.services.exchange.errors import bad_token, invalid, rejected, unauthorized
from simulator.services.exchange.ids import Ids
from simulator.services.exchange.notices import Listener, Notices
from simulator.services.exchange.registry import Registry
from simulator.services.exchange.rights import Need, Rights
from simulator.services.exchange.series import exporting, last_values, publishing, queries
from simulator.services.exchange.series.answers import (
    AssetData,
    CallStatus,
    ExportRequest,
    FileType,
    LastValuesPage,
    QueryPage,
    TimeSeriesDb,
)
from simulator.services.exchange.series.databases import Databases
from simulator.services.exchange.series.exporting import Exporter
from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.queries import Queries, Query
from simulator.services.exchange.series.reading import published, select
from simulator.services.exchange.series.table import Table

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.exchange.objects.storage import ObjectStorage
    from simulator.services.exchange.people import User
    from simulator.services.timers import Timers
    from simulator.store import TokenSigner

_LONGEST_CLIENT_TOKEN = 64


class TimeSeries:
    """All time series databases.

    Args:
        clock: says what time it is, for the bounds of records' times.
        timers: for exports that take a while.
        signer: signs page tokens.
        policy: readings and limits.
        registry: is told which databases there are.
        rights: says who may do what with them.
        ids: where ids come from.
        objects: where exports are written.
        notices: who is told of exports and of what is published; its own by default.
    """

    def __init__(
        self,
        clock: Clock,
        timers: Timers,
        signer: TokenSigner,
        policy: SeriesPolicy,
        registry: Registry,
        rights: Rights,
        ids: Ids,
        objects: ObjectStorage,
        notices: Notices | None = None,
    ) -> None:
        self.notices = notices or Notices()
        self.policy = policy
        self.points_stored = 0
        """Values of records that were accepted so far, repetitions included."""
        self._clock = clock
        self._signer = signer
        self._rights = rights
        self._ids = ids
        self._databases = Databases(registry, rights, ids)
        self._exporter = Exporter(timers, objects, self.notices)
        self._queries = Queries(policy, self._exporter.drop)

    # Databases

    def create_database(
        self, owner_user_id: str, name: str, description: str | None = None
    ) -> TimeSeriesDb:
        """Make an empty database and return it. ExchangeError: ValidationError."""
        return self._databases.create(owner_user_id, name, description, self.policy)

    def list_databases(self, caller: User) -> list[TimeSeriesDb]:
        """Return the caller's own databases, oldest first."""
        return self._databases.owned(caller)

    def get_database(self, caller: User, time_series_db_id: str) -> TimeSeriesDb:
        """Return a database that the caller may read."""
        return self._databases.get(caller, time_series_db_id, Need.READ)

    def update_database(
        self,
        caller: User,
        time_series_db_id: str,
        name: str | None = None,
        description: str | None = None,
    ) -> TimeSeriesDb:
        """Replace what is given of a database of the caller's, and return it.

        Raises:
            ExchangeError: ValidationError.
        """
        return self._databases.update(caller, time_series_db_id, name, description)

    def delete_database(self, caller: User, time_series_db_id: str) -> TimeSeriesDb:
        """Remove a database of the caller's with all it holds; return it as it was."""
        deleted = self._databases.delete(caller, time_series_db_id)
        self._queries.drop_database(time_series_db_id)
        return deleted

    def table(self, time_series_db_id: str) -> Table:
        """Return the table of a database, rights aside. KeyError: there is none."""
        return self._databases.table(time_series_db_id)

    def database(self, time_series_db_id: str) -> TimeSeriesDb:
        """Return a database, rights aside. KeyError: there is none."""
        return self._databases.metadata(time_series_db_id)

    # Records

    def publish(
        self,
        caller: User,
        time_series_db_id: str,
        asset_id: str,
        records: Sequence[Mapping[str, Any]],
    ) -> list[AssetData]:
        """Store records of one asset, and return it with what they touched and their points.

        `records` have the fields of the contract's input, absent ones or None where there is none.

        Raises:
            ExchangeError: ValidationError and LimitExceeded of a call that is refused as a whole;
                RejectedRecordsException naming those that are not stored, all others being so.
        """
        self._databases.get(caller, time_series_db_id, Need.WRITE)
        table = self._databases.table(time_series_db_id)
        now_ns = self._clock.now_us() * 1000
        outcome = publishing.store(table, asset_id, records, self.policy, now_ns)
        answer = []
        if outcome.stored:
            self.points_stored += sum(len(touched) for _, touched in outcome.stored)
            answer.append(published(table.assets[asset_id], outcome.stored))
            self.notices.publish(_publishes(time_series_db_id, asset_id), answer[0])
        if outcome.rejected:
            raise rejected(outcome.rejected)
        return answer

    def watch_publishes(self, caller: User, time_series_db_id: str, asset_id: str) -> Listener:
        """Return what yields an AssetData for each publish to an asset, as long as one may read."""
        self._databases.get(caller, time_series_db_id, Need.READ)
        return self.notices.listen(
            _publishes(time_series_db_id, asset_id),
            lambda: self._databases.get(caller, time_series_db_id, Need.READ),
        )

    def last_values(
        self,
        caller: User,
        time_series_db_id: str,
        next_token: str | None = None,
        client_token: str | None = None,
    ) -> LastValuesPage:
        """Return the newest value of each attribute of each asset; by default all on one page.

        Raises:
            ExchangeError: InvalidPaginationToken, ValidationError of a client token.
        """
        self._databases.get(caller, time_series_db_id, Need.READ)
        return last_values.page(
            self._databases.table(time_series_db_id),
            (caller.user_id, time_series_db_id),
            assets=self.policy.last_values_page_assets,
            next_token=next_token,
            client_token=_checked(client_token),
            signer=self._signer,
            ids=self._ids,
        )

    # Queries

    def query(
        self,
        caller: User,
        time_series_db_id: str,
        query_type: str,
        *,
        assets: Sequence[Mapping[str, Any]],
        start_time: str | None = None,
        end_time: str | None = None,
        max_rows: int | None = None,
        next_token: str | None = None,
        query_string: str | None = None,
        client_token: str | None = None,
    ) -> QueryPage:
        """Begin a structured query, or go on with the page that `next_token` stands for.

        Both times are included, unless the policy leaves out the end; unknown assets and attributes
        have no points. A page that goes on repeats the arguments of the first one; with the type
        NEXT_TOKEN the token is enough.

        Raises:
            ExchangeError: ValidationError, LimitExceeded, InvalidPaginationToken.
        """
        self._databases.get(caller, time_series_db_id, Need.READ)
        client_token = _checked(client_token)
        if next_token is None:
            asked = queries.read(query_type, start_time, end_time, assets, max_rows, self.policy)
            found = select(
                self._databases.table(time_series_db_id),
                asked.wanted,
                asked.first_ns,
                asked.last_ns,
                newest_only=asked.newest_only,
                most=self.policy.max_query_points,
            )
            query = Query(
                query_id=self._ids.new("query"),
                user_id=caller.user_id,
                time_series_db_id=time_series_db_id,
                asked=asked,
                client_token=client_token or self._ids.new("client"),
                points=found,
            )
            self._queries.add(query)
            return query.page(0, self._signer)
        query, page = self._queries.of_token(
            next_token, self._signer, caller.user_id, time_series_db_id
        )
        if client_token not in (None, query.client_token):
            raise bad_token("clientToken: it came with another query")
        if query_string not in (None, query.asked.text):
            raise bad_token("queryString: it came with another query")
        if query_type != queries.NEXT_TOKEN:
            asked = queries.read(query_type, start_time, end_time, assets, max_rows, self.policy)
            if asked != query.asked:
                raise bad_token("nextToken: it belongs to a query with other arguments")
        return query.page(page, self._signer)

    def cancel(self, caller: User, time_series_db_id: str, query_id: str) -> CallStatus:
        """End a query: it has no further pages, and its export holds those that were read."""
        self._databases.get(caller, time_series_db_id, Need.READ)
        query = self._query(caller, time_series_db_id, query_id)
        if query is None:
            return CallStatus(http_status_code=404, error_message="there is no such query")
        if query.pages_read == query.pages:
            return CallStatus(http_status_code=409, error_message="the query is complete")
        query.cancelled = True
        return CallStatus(http_status_code=200)

    async def export(
        self, caller: User, time_series_db_id: str, query_id: str, file_format: str | None = None
    ) -> ExportRequest:
        """Begin to write the points of a query to a file, CSV by default, and return at once.

        Raises:
            ExchangeError: Unauthorized also for a query that is unknown, or another user's.
        """
        self._databases.get(caller, time_series_db_id, Need.READ)
        query = self._query(caller, time_series_db_id, query_id)
        if query is None:
            raise unauthorized()
        type = FileType(file_format or FileType.CSV)
        self._exporter.order(query, type, self.policy, self._ids)
        return ExportRequest(
            query_id=query_id, time_series_db_id=time_series_db_id, file_format=type
        )

    def watch_export(self, caller: User, query_id: str) -> Listener:
        """Return what yields an ExportFile when one is there; the latest one at once if it is.

        Raises:
            ExchangeError: Unauthorized also for a query that is unknown, or another user's.
        """
        query = self._queries.get(caller.user_id, query_id)
        if query is None:
            raise unauthorized()
        database_id = query.time_series_db_id
        self._databases.get(caller, database_id, Need.READ)
        return self.notices.listen(
            exporting.topic(query_id),
            lambda: self._databases.get(caller, database_id, Need.READ),
        )

    def clear(self, signer: TokenSigner, policy: SeriesPolicy, ids: Ids) -> None:
        """Drop everything, and go on as a new one would; whoever listens comes to an end."""
        self.policy = policy
        self._signer = signer
        self._ids = ids
        self.points_stored = 0
        self._exporter.clear()
        self._queries = Queries(policy, self._exporter.drop)
        self._databases.clear(ids)
        self.notices.clear()

    def _query(self, caller: User, time_series_db_id: str, query_id: str) -> Query | None:
        query = self._queries.get(caller.user_id, query_id)
        if query is None or query.time_series_db_id != time_series_db_id:
            return None
        return query


def _publishes(time_series_db_id: str, asset_id: str) -> tuple[str, str, str]:
    """Return the topic at which what is published to an asset is told."""
    return ("publish", time_series_db_id, asset_id)


def _checked(client_token: str | None) -> str | None:
    if client_token is not None and not (
        1 <= len(client_token) <= _LONGEST_CLIENT_TOKEN and client_token.isascii()
    ):
        raise invalid(f"clientToken: has 1 to {_LONGEST_CLIENT_TOKEN} ASCII characters")
    return client_token
