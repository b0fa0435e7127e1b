"""The time series called in-process, with objects kept in memory and a clock that stands still."""

import asyncio
from collections.abc import AsyncIterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from simulator.microgrid.clock import ManualClock
from simulator.services.exchange.errors import ExchangeError
from simulator.services.exchange.ids import Ids
from simulator.services.exchange.objects.storage import ObjectInfo
from simulator.services.exchange.people import User
from simulator.services.exchange.registry import Registry
from simulator.services.exchange.rights import Need, Rights
from simulator.services.exchange.series import AssetData, SeriesPolicy, TimeSeries
from simulator.services.exchange.series.records import Reader, Record
from simulator.services.timers import Timers
from simulator.store import TokenSigner

NOW_US = 1_800_000_000_000_000
"""2027-01-15T08:00:00Z."""
NOW_MS = NOW_US // 1000


def user(user_id: str) -> User:
    return User(
        user_id=user_id, email="", first_name="", last_name="", organization_id="organization"
    )


OWNER, READER, OUTSIDER = user("owner"), user("reader"), user("outsider")


class Shared:
    """Lets one user read everything, until told otherwise."""

    def __init__(self) -> None:
        self.open = True

    def grants(self, caller: User, service_id: str) -> frozenset[Need]:
        return frozenset({Need.READ}) if self.open and caller == READER else frozenset()


class MemoryObjects:
    """Objects in a dictionary; fulfils what exports need."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.failing: Exception | None = None

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, length: int | None = None
    ) -> ObjectInfo:
        content = b"".join([chunk async for chunk in chunks])
        if self.failing is not None:
            raise self.failing
        self.kept[key] = content
        return ObjectInfo(size_bytes=len(content), etag="")

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def presign(self, method: str, key: str, lifetime_s: int) -> str:
        return f"memory:{key}"


class Api:
    """One owner's database; methods that are not named here are those of the service."""

    def __init__(self, **policy: Any) -> None:
        self.clock = ManualClock(NOW_US)
        self.timers = Timers(self.clock)
        self.registry = Registry()
        self.shared = Shared()
        self.objects = MemoryObjects()
        self.signer = TokenSigner(b"secret of the tests", purpose="series")
        self.policy = SeriesPolicy(**policy)
        self.series = TimeSeries(
            self.clock,
            self.timers,
            self.signer,
            self.policy,
            self.registry,
            Rights(self.registry, self.shared),
            Ids(),
            self.objects,
        )
        self.db = self.series.create_database("owner", "a database").time_series_db_id

    @property
    def table(self) -> Any:
        return self.series.table(self.db)

    def publish(self, asset_id: str, *records: Mapping[str, Any]) -> AssetData:
        (answer,) = self.series.publish(OWNER, self.db, asset_id, records)
        return answer

    def rejections(self, asset_id: str, *records: Mapping[str, Any]) -> list[Any]:
        with pytest.raises(ExchangeError) as caught:
            self.series.publish(OWNER, self.db, asset_id, records)
        assert caught.value.kind == "RejectedRecordsException"
        return list(caught.value.info["RejectedRecords"])

    def last(self) -> dict[str, dict[str, tuple[str, str]]]:
        """Newest values and their times by asset and attribute."""
        page = self.series.last_values(OWNER, self.db)
        assert page.next_token is None
        return {
            asset.asset_id: {
                each.name: (each.last_value, each.last_value_time) for each in asset.attributes
            }
            for asset in page.data
        }

    def query(self, *asset_ids: str, **arguments: Any) -> Any:
        arguments = {
            "query_type": "TIME_PERIOD",
            "start_time": "1970-01-01T00:00:00.000Z",
            "end_time": "2100-01-01T00:00:00.000Z",
            "assets": [{"assetId": asset_id} for asset_id in asset_ids],
            **arguments,
        }
        return self.series.query(OWNER, self.db, **arguments)

    async def exported(self, query_id: str, file_format: str | None = None) -> tuple[Any, str]:
        """Return the notice of an export and its content."""
        await self.series.export(OWNER, self.db, query_id, file_format)
        listener = self.series.watch_export(OWNER, query_id)
        file = await asyncio.wait_for(anext(listener), 5)
        listener.close()
        return file, self.objects.kept[file.url.removeprefix("memory:")].decode()


def single(
    value: Any, name: str = "kW", *, time: Any = NOW_MS, type: str = "DOUBLE", **more: Any
) -> dict[str, Any]:
    """A record of one value."""
    record = {"MeasureName": name, "MeasureValueType": type, "MeasureValue": value}
    return {**record, "Time": None if time is None else str(time), **more}


def multi(
    measures: Mapping[str, Any], name: str = "row", *, time: Any = NOW_MS, **more: Any
) -> dict[str, Any]:
    """A MULTI record; each measure is a DOUBLE's text, or a pair of type and text."""
    pairs = {
        key: value if isinstance(value, tuple) else ("DOUBLE", value)
        for key, value in measures.items()
    }
    values = [{"Name": key, "Type": type, "Value": text} for key, (type, text) in pairs.items()]
    record = {"MeasureName": name, "MeasureValueType": "MULTI", "MeasureValues": values}
    return {**record, "Time": str(time), **more}


def dimensions(**values: str) -> list[dict[str, str]]:
    return [
        {"DimensionValueType": "VARCHAR", "Name": name, "Value": value}
        for name, value in values.items()
    ]


def read(raw: Mapping[str, Any], **policy: Any) -> Record:
    """Read a record of the asset `a1`."""
    return Reader("a1", SeriesPolicy(**policy), NOW_US * 1000).read(raw)


@contextmanager
def refusal(kind: str, match: str | None = None) -> Iterator[None]:
    """Expect an ExchangeError of a kind."""
    with pytest.raises(ExchangeError, match=match) as caught:
        yield
    assert caught.value.kind == kind


def rows_of(table: Any) -> Sequence[dict[str, Any]]:
    """Read a table as a query engine does: whole columns, None where there is nothing."""
    columns = []
    for number in range(len(table.columns)):
        values, valid = table.values(number, 0, table.rows)
        there = [True] * len(values) if valid is None else valid.tolist()
        columns.append([v if ok else None for v, ok in zip(values.tolist(), there, strict=True)])
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
