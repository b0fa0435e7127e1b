"""Which method of the service an operation is: `storage_getDataStore` is `storage.get_data_store`.

The word before the underscore names a part of the service, the rest the method, and the arguments
the method's arguments, in Python's spelling. What departs from that stands in tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from simulator.services.exchange.graphql.names import snake

if TYPE_CHECKING:
    from simulator.services.exchange.people import User
    from simulator.services.exchange.series import AssetData, TimeSeriesDb
    from simulator.services.exchange.service import ExchangeService
    from simulator.services.exchange.sql.service import TimestreamPage

Operation = Callable[..., Any]
"""Takes the service, the caller and the arguments; what it returns may have to be awaited."""

SQL: Final = "timeSeriesDb_queryDatabaseWithTimestreamQuery"
_PARTS: Final = {
    "user": "users",
    "storage": "storage",
    "timeSeriesDb": "series",
    "collaborative": "sharing",
    "platformAdmin": "administration",
}
"""Parts of the service by the first word of an operation."""
_METHODS: Final = {
    "timeSeriesDb_listAllAssetLastValues": "series.last_values",
    "timeSeriesDb_queryDatabase": "series.query",
    "timeSeriesDb_cancelDatabaseQuery": "series.cancel",
    "timeSeriesDb_generateQueryResultExportFile": "series.export",
}
"""Methods that are called something else."""


def _create_database(
    service: ExchangeService, caller: User, name: str, description: str | None = None
) -> TimeSeriesDb:
    return service.series.create_database(caller.user_id, name, description)


def _publish(
    service: ExchangeService,
    caller: User,
    time_series_db_id: str,
    asset_id: str,
    data: Mapping[str, Any],
) -> list[AssetData]:
    return service.series.publish(caller, time_series_db_id, asset_id, data["records"])


async def _sql(
    service: ExchangeService, caller: User, time_series_db_id: str, **given: Any
) -> TimestreamPage:
    return await service.sql.query(caller, time_series_db_id, **given)


_SPECIAL: Final[Mapping[str, Operation]] = {
    "timeSeriesDb_createDatabase": _create_database,
    "timeSeriesDb_publishToDatabase": _publish,
    SQL: _sql,
}
"""Operations whose arguments are not those of their methods."""


def operation(name: str) -> Operation:
    """Return what carries an operation of the contract out."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    part, _, method = name.partition("_")
    find = attrgetter(_METHODS.get(name) or f"{_PARTS[part]}.{snake(method)}")

    def call(service: ExchangeService, caller: User, **arguments: Any) -> Any:
        return find(service)(caller, **arguments)

    return call
