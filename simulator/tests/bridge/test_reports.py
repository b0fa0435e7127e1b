"""The exchange API as a window on the served site: telemetry by the minute, reports by the day."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime

import pytest

from simulator.tests.bridge.bridged import BATTERY, HOUR_US, MAIN, OFFICE, Bridged


@pytest.fixture
def site() -> Iterator[Bridged]:
    site = Bridged("upkeep", services=("services", "exchange"))
    yield site
    site.history.close()


class Owner:
    """What the owner of the site's telemetry sees."""

    def __init__(self, site: Bridged) -> None:
        self.service = site.history.exchange.service
        self.user = self.service.people.user("user-owner")

    @property
    def database(self) -> str:
        (found,) = self.service.series.list_databases(self.user)
        return found.time_series_db_id

    def last(self) -> dict[str, dict[str, str]]:
        page = self.service.series.last_values(self.user, self.database, None, None)
        return {
            asset.asset_id: {each.name: each.last_value for each in asset.attributes}
            for asset in page.data
        }

    async def files(self) -> dict[str, bytes]:
        (store,) = self.service.storage.list_data_stores(self.user)
        home = self.service.storage.get_data_store_directory(self.user, store.home_directory_id)
        found = {}
        for each in await self.service.storage.contents(home):
            file = each.data_store_file
            found[f"{file.name}.{file.file_extension}"] = await self._bytes(file.data_store_file_id)
        return found

    async def _bytes(self, key: str) -> bytes:
        opened = await self.service.objects.open(key)
        return b"".join([chunk async for chunk in opened.chunks])


async def test_components_publish_what_they_report(site: Bridged) -> None:
    await site.hours(1)
    last = Owner(site).last()
    battery, meter = site.world.reading(BATTERY), site.world.reading(MAIN)
    assert float(last[f"battery-{BATTERY}"]["SOC"]) == pytest.approx(battery.soc * 100, abs=1e-12)
    assert float(last[f"meter-{MAIN}"]["kW"]) == meter.power_w / 1000
    assert float(last[f"meter-{MAIN}"]["kWh Import"]) == meter.import_wh / 1000
    registers = site.world.registers(MAIN)
    assert {code: float(last[f"meter-{MAIN}"][code]) for code in registers} == registers


async def test_a_point_at_once_and_every_quarter_of_an_hour(site: Bridged) -> None:
    start_us = site.world.now_us
    await site.hours(0.5)
    exchange = Owner(site)
    table = exchange.service.series.table(exchange.database)
    times, _ = table.values([each.role for each in table.columns].index("time"), 0, table.rows)
    minutes = {(each // 1000 - start_us) / 60_000_000 for each in times}
    assert sorted(minutes) == [0, 15, 30]


async def test_a_meter_whose_driver_is_stopped_publishes_nothing(site: Bridged) -> None:
    await site.hours(0.5)
    before = Owner(site).last()[f"meter-{OFFICE}"]
    site.history.services.collections["drivers"].stop(f"meter-{OFFICE}")
    await site.hours(0.5)
    assert Owner(site).last()[f"meter-{OFFICE}"] == before


async def test_telemetry_is_a_service_that_can_be_stopped(site: Bridged) -> None:
    await site.hours(0.5)
    automations = site.history.services.collections["automations"]
    automations.stop("telemetry")
    rows = Owner(site).service.series.table(Owner(site).database).rows
    await site.hours(0.5)
    table = Owner(site).service.series.table(Owner(site).database)
    assert table.rows == rows
    automations.start("telemetry")
    await site.hours(0)
    assert table.rows == rows + rows // 3 * 2


async def test_each_midnight_a_report_of_the_day_is_filed(site: Bridged) -> None:
    start_us = site.world.now_us
    site.history.services.collections["automations"].stop("telemetry")
    await site.hours(48)
    files = await Owner(site).files()
    days = sorted({name.removeprefix("report-").partition(".")[0] for name in files})
    assert len(files) == 2 * len(days)
    first = json.loads(files[f"report-{days[0]}.json"])
    second = json.loads(files[f"report-{days[1]}.json"])
    assert first["end"] == second["start"]
    assert _us(second["end"]) == site.world.now_us == start_us + 48 * HOUR_US
    for one, other in zip(first["components"], second["components"], strict=True):
        truth = site.world.true_reading(one["id"])
        assert one["import_kwh"] + other["import_kwh"] == pytest.approx(truth.import_wh / 1000)
        assert one["export_kwh"] + other["export_kwh"] == pytest.approx(truth.export_wh / 1000)
        assert other["soc"] == truth.soc
    assert all(_us(each["time"]) <= _us(first["end"]) for each in first["events"])
    assert {each["event"] for each in second["events"]}
    rows = list(csv.DictReader(io.StringIO(files[f"report-{days[1]}.csv"].decode())))
    assert [int(row["id"]) for row in rows] == [row["id"] for row in second["components"]]


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)
