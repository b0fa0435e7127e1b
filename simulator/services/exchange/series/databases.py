"""The databases: their metadata, their tables, and who may have them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.services.exchange.registry import Registry, ServiceType
from simulator.services.exchange.rights import Need, Rights
from simulator.services.exchange.series.answers import TimeSeriesDb
from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.stored import StoredTable
from simulator.services.exchange.texts import check_description, check_name

if TYPE_CHECKING:
    from simulator.services.exchange.ids import Ids
    from simulator.services.exchange.people import User

TABLE: Final = "records"
"""The name of each database's one table (our choice)."""
_PREFIX: Final = "timeSeriesDb"


class Databases:
    """All databases by id.

    Args:
        registry: is told which there are.
        rights: says who may do what with them.
        ids: where new ids come from.
    """

    def __init__(self, registry: Registry, rights: Rights, ids: Ids) -> None:
        self._registry = registry
        self._rights = rights
        self._ids = ids
        self._metadata: dict[str, TimeSeriesDb] = {}
        self._tables: dict[str, StoredTable] = {}

    def create(
        self, owner_user_id: str, name: str, description: str | None, policy: SeriesPolicy
    ) -> TimeSeriesDb:
        """Make an empty database and return it. ExchangeError: ValidationError."""
        check_name("name", name)
        check_description(description)
        database_id = self._ids.new(_PREFIX)
        database = TimeSeriesDb(
            time_series_db_id=database_id,
            name=name,
            description=description,
            owner_user_id=owner_user_id,
            # An id says it all, and needs no table of names that are taken.
            database_name=f"exchange-{database_id.removeprefix(_PREFIX + '-')}",
            table_name=TABLE,
        )
        self._registry.add(database_id, ServiceType.TIME_SERIES_DB, owner_user_id)
        self._metadata[database_id] = database
        self._tables[database_id] = StoredTable(database.database_name, TABLE, policy)
        return database

    def owned(self, caller: User) -> list[TimeSeriesDb]:
        """Return the caller's own databases, oldest first."""
        owned = self._registry.owned(caller.user_id, ServiceType.TIME_SERIES_DB)
        return [self._metadata[database_id] for database_id in owned]

    def get(self, caller: User, database_id: str, need: Need) -> TimeSeriesDb:
        """Return a database if the caller may do that with it; ExchangeError: Unauthorized."""
        self._rights.require(caller, database_id, need, ServiceType.TIME_SERIES_DB)
        return self._metadata[database_id]

    def table(self, database_id: str) -> StoredTable:
        """Return a database's table, rights aside. KeyError: there is none."""
        return self._tables[database_id]

    def metadata(self, database_id: str) -> TimeSeriesDb:
        """Return a database, rights aside. KeyError: there is none."""
        return self._metadata[database_id]

    def update(
        self, caller: User, database_id: str, name: str | None, description: str | None
    ) -> TimeSeriesDb:
        """Replace what is given, and return the database. ExchangeError: as get and create."""
        database = self.get(caller, database_id, Need.OWN)
        if name is not None:
            database = replace(database, name=check_name("name", name))
        if description is not None:
            database = replace(database, description=check_description(description))
        self._metadata[database_id] = database
        return database

    def delete(self, caller: User, database_id: str) -> TimeSeriesDb:
        """Remove a database with all it holds; return it as it was."""
        database = self.get(caller, database_id, Need.OWN)
        self._registry.remove(database_id)
        del self._tables[database_id], self._metadata[database_id]
        return database

    def clear(self, ids: Ids) -> None:
        """Forget everything; the registry is cleared by its owner."""
        self._ids = ids
        self._metadata.clear()
        self._tables.clear()
