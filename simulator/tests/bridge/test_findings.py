"""Conditions of a site open tasks: the right type, once, at their instants (TSK-SIM-001)."""

from datetime import UTC, datetime

import pytest

from simulator.services.services.kinds import LoadFailed
from simulator.tests.bridge.bridged import (
    BATTERY,
    GRID,
    MACHINES,
    MAIN,
    NEW,
    OFFICE,
    ROOF,
    bridged,
    scenario,
)

FAULTS = [
    ("meter_burning", MACHINES, {"temperature_c": 97.0}, "meter-burning-8-1", 0.0),
    ("meter_dropout", OFFICE, {}, "meter-communication-lost-9-1", 1.0),
    ("comms_loss", OFFICE, {}, "meter-communication-lost-9-1", 1.0),
    ("battery_overheat", BATTERY, {"temperature_c": 61.0}, "battery-overtemperature-7-1", 0.0),
    ("inverter_fault", ROOF, {"code": 17.0}, "inverter-fault-4-1", 0.0),
    ("pv_soiling", ROOF, {"factor": 0.4}, "pv-output-low-4-1", 72.0),
    ("breaker_trip", None, {"current_a": 140.0}, "breaker-tripped-1-1", 0.0),
]
NOTHING_NEW = [
    ("meter_burning", MACHINES, {"temperature_c": 80.0}),
    ("battery_overheat", BATTERY, {"temperature_c": 50.0}),
    ("pv_soiling", ROOF, {"factor": 0.8}),
    ("meter_bias", MAIN, {"gain": 1.1}),
]


@pytest.mark.parametrize(("kind", "component", "parameters", "task_id", "hours"), FAULTS)
async def test_each_fault_opens_one_task(tmp_path, kind, component, parameters, task_id, hours):
    async with bridged(scenario(tmp_path)) as site:
        await site.hours(2)
        began_us = site.history.clock.now_us()
        site.break_(kind, *(() if component is None else (component,)), **parameters)
        await site.hours(hours + 3)
        assert site.ids(NEW) == [task_id] == site.ids()
        (task,) = site.listed()
        assert task.type == f"tenants/site/types/{task_id.rpartition('-')[0].rpartition('-')[0]}"
        assert task.description
        assert "<no value>" not in task.description + task.recommended_action
        # At the instant of the condition, not at that of a tick.
        at_us = task.create_time.seconds * 1_000_000 + task.create_time.nanos // 1000
        assert at_us == began_us + hours * 3_600_000_000
        assert task.metadata["condition"] == task.type.rpartition("/")[2]
        detected = datetime.fromisoformat(task.metadata["detected_time"])
        assert detected == datetime.fromtimestamp(at_us / 1e6, UTC)
        assert task.metadata["site"] == "upkeep"


@pytest.mark.parametrize(("kind", "component", "parameters"), NOTHING_NEW)
async def test_what_is_within_limits_opens_none(tmp_path, kind, component, parameters):
    async with bridged(scenario(tmp_path)) as site:
        site.break_(kind, component, **parameters)
        await site.hours(100)
        assert site.ids() == []


async def test_what_comes_again_is_counted(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        for _ in range(3):
            site.break_("inverter_fault", ROOF, duration_s=600.0)
            await site.hours(1)
        assert site.ids() == ["inverter-fault-4-1"]
        (opened,) = site.bridge.open
        assert opened.occurrences == 3


async def test_a_breaker_opens_by_itself_when_there_is_too_much_current(tmp_path):
    # 1.3 times a fuse of 10 A: less than what the machines draw at ten in the morning.
    small = [{"id": GRID, "fuse_a": 10}, {"id": ROOF, "rated_power_w": 100}]
    async with bridged(scenario(tmp_path, components=small, base_strategy="idle")) as site:
        await site.hours(24)
        assert site.ids() == ["breaker-tripped-1-1"]
        (task,) = site.listed()
        assert task.metadata["current_a"] > 13
        assert task.description.endswith("the site runs as an island.")


async def test_a_dispatch_that_falls_short_opens_a_task(tmp_path):
    asked = {
        "id": 5,
        "type": "set_power",
        "start_time": datetime(2026, 5, 4, 16, tzinfo=UTC),
        "duration_s": 7200,
        "target": {"component_ids": [BATTERY]},
        "payload": {"power_w": -60_000},
    }
    async with bridged(scenario(tmp_path, dispatches=[asked])) as site:
        await site.hours(24)
        assert site.ids() == ["dispatch-not-delivered-5-1"]
        (task,) = site.listed()
        assert task.metadata["planned_kwh"] == pytest.approx(120)
        assert 0 < task.metadata["delivered_kwh"] < 30
        assert task.description.startswith("Dispatch 5 delivered ")


async def test_a_service_that_stops_with_an_error_opens_a_task(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        drivers = site.history.services.collections["drivers"]
        # Another driver holds the component.
        drivers.create(
            "battery-driver",
            service_id="Second Battery",
            config_raw='{"component": 7}',
            active=True,
        )
        await site.hours(0.1)
        assert site.ids() == ["service-stopped-drivers-second-battery-1"]
        (task,) = site.listed()
        assert task.description.startswith("Service Second Battery stopped: ")
        assert "battery-7" in task.description
        assert LoadFailed.__name__ not in task.description


async def test_tests_of_services_open_none(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        site.history.services.collections["scratch"].create(
            "mock", config_raw='{"fault": {"failAlways": true}}', active=True
        )
        await site.hours(0.1)
        assert site.ids() == []


async def test_other_tenants_hold_nothing():
    async with bridged("upkeep") as site:
        await site.hours(24)
        assert site.ids()
        for tenant in ("t1", "t2"):
            assert site.tasks.tasks(tenant) == ()
            assert not len(site.tasks.core.tenants.get(tenant, "tenant").types)


async def test_a_changed_type_that_cannot_be_rendered_is_told_and_nothing_breaks(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        tenant = site.tasks.core.tenants.get("site", "tenant")
        broken = tenant.types.get("inverter-fault").message
        broken.description_template = '{{index .Metadata "a" "b"}}'
        site.break_("inverter_fault", ROOF)
        site.break_("meter_burning", MACHINES)
        await site.hours(1)
        assert site.ids() == ["meter-burning-8-1"]
        (told,) = site.events("TASK_NOT_OPENED")
        assert told["type"] == "inverter-fault"


async def test_after_a_reset_all_begins_anew():
    async with bridged("upkeep") as site:
        await site.hours(24)
        before = site.dump()
        site.history.restart(None, None, None)
        assert site.ids() == []
        await site.hours(24)
        assert site.dump() == before
