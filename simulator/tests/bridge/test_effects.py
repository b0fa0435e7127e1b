"""Completions change the device once, after the work time (TSK-SIM-002)."""

from datetime import UTC, datetime

import pytest

from simulator.bridge.workshop import EffectFailed
from simulator.microgrid.randomness import stream
from simulator.services.errors import Code, ServiceError
from simulator.tests.bridge.bridged import (
    BATTERY,
    COMPLETED,
    INVERTER,
    MACHINES,
    NEW,
    OFFICE,
    ROOF,
    bridged,
    scenario,
)

MINUTE = 1 / 60
IMPORT = "1-0:1.8.0"


def faults(site):
    return sorted(fault.kind for fault in site.world.faults.values())


async def broken(site, kind, component, hours=0.0, **parameters):
    """Let a day begin, then something go wrong; returns the task that it opens."""
    await site.hours(10)
    site.break_(kind, *(() if component is None else (component,)), **parameters)
    await site.hours(hours)
    (task_id,) = site.ids(NEW)
    return task_id


async def test_a_burning_meter(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "meter_burning", MACHINES)
        assert site.listed()[0].description.startswith("Meter meter-8 at machines is burning (110")
        # Isolated from detection on.
        assert site.power(MACHINES) == 0
        assert site.world.reading(MACHINES).missing
        with pytest.raises(ServiceError) as caught:
            await site.work(task_id, new_device_number="meter-8", replaced_on="2026-05-04")
        assert caught.value.code is Code.INVALID_ARGUMENT
        assert "input.new_device_number" in caught.value.text
        name = f"tenants/site/tasks/{task_id}"
        given = {"new_device_number": "4712", "replaced_on": "2026-05-04"}
        given["initial_readings"] = {"1.8.0": 12.5}
        await site.tasks.complete_task(name, given)
        await site.hours(44 * MINUTE)
        assert site.power(MACHINES) == 0
        assert site.world.repairs.numbers[MACHINES] == "meter-8"
        await site.hours(2 * MINUTE)
        assert faults(site) == []
        assert site.power(MACHINES) > 0
        assert site.world.repairs.numbers[MACHINES] == "4712"
        shown = site.world.registers(MACHINES)[IMPORT]
        assert 12_500 < shown < 12_800
        await site.hours(1)
        assert site.world.registers(MACHINES)[IMPORT] > shown + 5_000
        assert site.ids() == [task_id]
        assert len(site.events("TASK_EFFECT")) == 1


@pytest.mark.parametrize("action", ["reset", "replace"])
async def test_a_silent_meter(tmp_path, action):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "meter_dropout", OFFICE, hours=1.5)
        before = site.world.true_reading(OFFICE).import_wh
        more = {"new_device_number": "4713"} if action == "replace" else {}
        await site.work(task_id, action=action, **more)
        await site.hours(9 * MINUTE)
        assert site.world.reading(OFFICE).missing
        await site.hours(2 * MINUTE)
        shown = site.world.registers(OFFICE)[IMPORT]
        assert (shown > before) == (action == "reset")
        assert site.ids(NEW) == []
        late = site.events("READINGS_LATE")
        if action == "replace":
            assert late == []
            return
        # Silent from 08:00 UTC to 09:40, a reading each quarter of an hour.
        (told,) = late
        assert [each["time"][11:16] for each in told["readings"]] == [
            *("08:15", "08:30", "08:45", "09:00", "09:15", "09:30")
        ]
        counted = [each["import_wh"] for each in told["readings"]]
        assert counted == sorted(counted)
        assert counted[-1] < shown


async def test_a_reading_by_telephone_leaves_the_link_down(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "meter_dropout", OFFICE, hours=1.5)
        counted = site.world.true_reading(OFFICE).import_wh / 1000
        await site.work(task_id, action="manual", values={"1.8.0": round(counted, 3)})
        await site.hours(1)
        (told,) = site.events("READING")
        assert (told["channel"], told["component_id"]) == ("PHONE", OFFICE)
        assert site.world.reading(OFFICE).missing
        assert site.ids(NEW) == []
        await site.hours(23)
        assert site.ids(NEW) == []
        await site.hours(0.5)
        assert site.ids(NEW) == ["meter-communication-lost-9-2"]


async def test_what_a_meter_has_kept_comes_late_when_the_link_is_back(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        await site.hours(10.1)
        drivers = site.history.services.collections["drivers"]
        drivers.stop("meter-9")
        await site.hours(0.5)
        assert site.events("READINGS_LATE") == []
        drivers.start("meter-9")
        await site.hours(0.5)
        (told,) = site.events("READINGS_LATE")
        assert len(told["readings"]) == 2


async def test_a_hot_battery(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        whole = site.world.reading(INVERTER).bounds_w
        task_id = await broken(site, "battery_overheat", BATTERY)
        assert "power limited to 30 percent" in site.listed()[0].description
        assert site.world.reading(INVERTER).bounds_w[1] <= 0.31 * whole[1]
        await site.work(task_id, cooling_repaired=True)
        await site.hours(89 * MINUTE)
        assert faults(site) == ["battery_overheat", "inverter_derate"]
        await site.hours(2 * MINUTE)
        assert faults(site) == []


async def test_a_battery_whose_cooling_stays_broken_is_followed_up(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "battery_overheat", BATTERY)
        await site.work(task_id, cooling_repaired=False, max_power_kw=2)
        await site.hours(2)
        assert faults(site) == ["battery_overheat", "inverter_derate"]
        (follow_up,) = site.listed(NEW)
        assert follow_up.name.endswith("/follow-up-battery-overtemperature-7-1")
        assert "the cooling is not repaired" in follow_up.description


async def test_an_aged_battery(tmp_path):
    old = [{"id": BATTERY, "soh": 0.6}]
    async with bridged(scenario(tmp_path, components=old)) as site:
        assert site.ids() == ["battery-capacity-degraded-7-1"]
        assert "60.0 percent" in site.listed()[0].description
        await site.work("battery-capacity-degraded-7-1", action="accept")
        await site.hours(5)
        # Five points are put up with; this one has lost ten.
        assert site.ids(NEW) == ["battery-capacity-degraded-7-2"]
        await site.work(
            "battery-capacity-degraded-7-2",
            action="replace",
            new_device_number="B-2",
            capacity_kwh=40,
        )
        await site.hours(3.9)
        assert site.world.reading(BATTERY).capacity_wh == pytest.approx(18_000)
        await site.hours(0.2)
        assert site.world.reading(BATTERY).capacity_wh == pytest.approx(40_000)
        assert site.world.repairs.numbers[BATTERY] == "B-2"
        assert site.ids(NEW) == []


async def test_an_inverter_that_is_replaced(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "inverter_fault", ROOF, code=301.0)
        assert site.power(ROOF) == 0
        await site.work(task_id, action="replace", new_device_number="WR-2")
        await site.hours(2.9)
        assert site.power(ROOF) == 0
        await site.hours(0.2)
        assert site.power(ROOF) < 0
        assert site.world.repairs.numbers[ROOF] == "WR-2"


async def test_restarting_helps_or_opens_another_task(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "inverter_fault", ROOF, code=301.0)
        for number in range(1, 12):
            name = f"tenants/site/tasks/{task_id}"
            helps = stream(site.history.seed, "restart", name).random() < 0.8
            await site.work(task_id, action="restart")
            await site.hours(0.3)
            assert (site.power(ROOF) < 0) == helps
            if helps:
                break
            (task,) = site.listed(NEW)
            assert task.recommended_action.startswith("Replace")
            assert task.metadata["restart_count"] == number
            task_id = task.name.rpartition("/")[2]
        assert helps
        assert site.ids(NEW) == []


@pytest.mark.parametrize(("finding", "share"), [("soiling", 1.0), ("fuse", 1.0), ("shading", 0.4)])
async def test_a_weak_string(tmp_path, finding, share):
    async with bridged(scenario(tmp_path)) as site:
        await site.hours(12.5)
        best = site.power(ROOF)
        site.break_("pv_soiling", ROOF, factor=0.4)
        await site.hours(72.5)
        await site.work("pv-output-low-4-1", finding=finding)
        await site.hours(1.9)
        assert faults(site) == ["pv_soiling"]
        await site.hours(21.6)
        assert faults(site) == []
        limit = share * 40_000
        assert site.power(ROOF) == pytest.approx(max(best, -limit), rel=0.05)
        assert site.ids(NEW) == []


@pytest.mark.parametrize("removed", [True, False])
async def test_the_breaker(tmp_path, removed):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "breaker_trip", None, current_a=150.0)
        assert site.power(MACHINES) == 0
        await site.work(task_id, cause_removed=removed)
        await site.hours(4 * MINUTE)
        assert site.power(MACHINES) == 0
        await site.hours(2 * MINUTE)
        assert (site.power(MACHINES) > 0) == removed
        assert site.ids(NEW) == ([] if removed else ["breaker-tripped-1-2"])


async def test_a_stopped_service_is_started_through_its_api(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        drivers = site.history.services.collections["drivers"]
        drivers.stop("battery-7")
        drivers.create("battery-driver", service_id="b", config_raw='{"component": 7}', active=True)
        drivers.create("battery-driver", service_id="c", config_raw='{"component": 7}', active=True)
        await site.hours(0.1)
        assert site.ids(NEW) == ["service-stopped-drivers-c-1"]
        drivers.stop("b")
        await site.work("service-stopped-drivers-c-1")
        await site.hours(0.9 * MINUTE)
        assert not drivers.get("c").state.active
        await site.hours(0.2 * MINUTE)
        state = drivers.get("c").state
        assert (state.active, state.error) == (True, "")


async def test_a_dispatch_is_asked_for_again(tmp_path):
    asked = {
        "id": 5,
        "type": "set_power",
        "start_time": datetime(2026, 5, 4, 16, tzinfo=UTC),
        "duration_s": 3600,
        "target": {"component_ids": [BATTERY]},
        "payload": {"power_w": -5_000},
        "recurrence": {"freq": "daily", "end_criteria": {"count": 1}},
    }
    async with bridged(scenario(tmp_path, dispatches=[asked])) as site:
        await site.hours(17.9)
        site.break_("battery_trip", BATTERY, duration_s=7200.0)
        await site.hours(3)
        await site.work("dispatch-not-delivered-5-1", reschedule_at="2026-05-04T21:00:00Z")
        await site.hours(4)
        again = [each for each in site.world.occurrences if each.dispatch_id == 6]
        assert [each.start_us for each in again] == [1_777_928_400_000_000]
        assert again[0].asked_wh == pytest.approx(-5_000)
        assert abs(again[0].delivered_wh) > 4_000


async def test_closing_without_a_replacement_does_nothing():
    async with bridged("upkeep") as site:
        await site.hours(70)
        before = len(site.history.dispatch.snapshot(9))
        await site.work("dispatch-not-delivered-1-1")
        await site.hours(1)
        assert len(site.history.dispatch.snapshot(9)) == before


async def test_an_effect_that_fails_is_followed_up_and_the_call_does_not_fail():
    async with bridged("upkeep") as site:
        await site.hours(70)
        long_ago = "2026-05-01T00:00:00Z"
        done = await site.work("dispatch-not-delivered-1-1", reschedule_at=long_ago)
        assert done.state == COMPLETED
        await site.hours(0.1)
        follow_ups = [each for each in site.ids(NEW) if each.startswith("follow-up")]
        assert follow_ups == ["follow-up-dispatch-not-delivered-1-1"]
        # Not done: it comes again; done: it does not.
        await site.work(follow_ups[0], done=False, note="nobody was there")
        await site.hours(0.1)
        (again,) = [each for each in site.listed(NEW) if "/follow-up" in each.name]
        assert "nobody was there" in again.description
        await site.work(again.name.rpartition("/")[2], done=True)
        await site.hours(0.1)
        assert not [each for each in site.ids(NEW) if each.startswith("follow-up")]


async def test_a_meter_whose_driver_is_stopped_stays_silent_and_is_followed_up(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        site.history.services.collections["drivers"].stop("meter-9")
        await site.hours(1.5)
        await site.work("meter-communication-lost-9-1", action="reset")
        await site.hours(0.5)
        (follow_up,) = site.listed(NEW)
        assert "its driver does not run" in follow_up.description
        assert follow_up.metadata["task"].endswith("/meter-communication-lost-9-1")


async def test_registers_that_a_new_meter_does_not_have_are_followed_up(tmp_path):
    async with bridged(scenario(tmp_path)) as site:
        task_id = await broken(site, "meter_burning", MACHINES)
        await site.work(
            task_id,
            new_device_number="4712",
            replaced_on="2026-05-04",
            initial_readings={"1-0:9.8.0*255": 1},
        )
        await site.hours(1)
        (follow_up,) = site.listed(NEW)
        assert "1-0:9.8.0*255" in follow_up.description
        assert EffectFailed.__name__ not in follow_up.description
        # It is still off: nobody has put a meter in.
        await site.hours(1)
        assert site.power(MACHINES) == 0
        await site.work(follow_up.name.rpartition("/")[2], done=True)
        await site.hours(0.1)
        assert site.power(MACHINES) > 0
        assert site.ids(NEW) == []
