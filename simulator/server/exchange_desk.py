"""What the served site does through the exchange API, called in-process like any other client.

Telemetry goes to the first database called `Site telemetry`, reports go to the first data store
called `Site reports`, whoever's they are; accounts without them get none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from simulator.drivers import Sample
from simulator.services.exchange import ExchangeService
from simulator.services.exchange.people import User

__all__ = ["DATABASE", "MEASURE_NAME", "STORE", "ExchangeDesk"]

DATABASE: Final = "Site telemetry"
"""Name of the database that the components of the site publish to."""
STORE: Final = "Site reports"
"""Name of the data store that reports of the site's days are filed in."""
MEASURE_NAME: Final = "telemetry"
"""What their records are called."""
_TYPES: Final = {float: "DOUBLE", int: "BIGINT", str: "VARCHAR"}


class ExchangeDesk:
    """Publishes what components report, and files reports.

    Implements `simulator.drivers.TelemetryDesk` and `simulator.bridge.reports.ReportDesk`.
    """

    def __init__(self, service: ExchangeService) -> None:
        self._service = service
        self._saving: set[asyncio.Task[object]] = set()

    @property
    def is_open(self) -> bool:
        """Whether there is a database for the site."""
        return self._place() is not None

    def publish(self, samples: Sequence[Sample]) -> None:
        """Store samples, each as a MULTI record of its asset; a deleted database stores nothing.

        Raises:
            ExchangeError: a sample that the database cannot hold.
        """
        if (place := self._place()) is None:
            return
        user, database_id = place
        by_asset = sorted(samples, key=lambda sample: sample.asset_id)
        for asset_id, group in groupby(by_asset, key=lambda sample: sample.asset_id):
            records = [_record(sample) for sample in group]
            for chunk in _chunks(records, self._service.series.policy.max_records):
                self._service.series.publish(user, database_id, asset_id, chunk)

    def save(self, name: str, extension: str, content: bytes, description: str) -> None:
        """Keep a file in the home directory of the site's store, soon; without one, nothing is.

        Must be called on the event loop of the server.
        """
        storage = self._service.storage
        for user in self._service.people.users():
            for store in storage.list_data_stores(user):
                if store.name == STORE:
                    home = storage.get_data_store_directory(user, store.home_directory_id)
                    saving = asyncio.ensure_future(
                        storage.save(user, home, name, extension, _whole(content), description)
                    )
                    self._saving.add(saving)
                    saving.add_done_callback(self._saving.discard)
                    return

    def _place(self) -> tuple[User, str] | None:
        for user in self._service.people.users():
            for database in self._service.series.list_databases(user):
                if database.name == DATABASE:
                    return user, database.time_series_db_id
        return None


def _record(sample: Sample) -> dict[str, Any]:
    return {
        "Dimensions": [{"Name": "name", "Value": sample.name}],
        "MeasureName": MEASURE_NAME,
        "MeasureValueType": "MULTI",
        "MeasureValues": [
            {"Name": name, "Type": _TYPES[type(value)], "Value": str(value)}
            for name, value in sample.values.items()
        ],
        "Time": str(sample.t_us),
        "TimeUnit": "MICROSECONDS",
    }


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _chunks(records: list[dict[str, Any]], most: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(records), most):
        yield records[start : start + most]
