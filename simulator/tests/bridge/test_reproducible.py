"""The same seed gives the same task names, times and texts, to the byte (TSK-SIM-004)."""

from random import Random

import pytest

from simulator.tests.bridge.bridged import HOUR_US, NEW, bridged
from simulator.tests.server.loopback import serving, until

GIVEN = {
    "meter-burning": {"new_device_number": "4712", "replaced_on": "2026-05-04"},
    "battery-overtemperature": {"cooling_repaired": True},
    "inverter-fault": {"action": "restart"},
    "meter-communication-lost": {"action": "reset"},
    "breaker-tripped": {"cause_removed": True},
    "pv-output-low": {"finding": "soiling"},
}


async def lived(steps=None):
    """The dump of five days in which, every six hours, each task that is new is worked."""
    async with bridged("upkeep") as site:
        for turn in range(1, 5 * 4 + 1):
            end_us = site.history.start_us + turn * 6 * HOUR_US
            while (left := (end_us - site.history.clock.now_us()) / HOUR_US) > 0.0:
                await site.hours(left if steps is None else min(left, steps.uniform(0.01, 2.0)))
            for task in site.listed(NEW):
                type_id = task.type.rpartition("/")[2]
                await site.work(task.name.rpartition("/")[2], **GIVEN.get(type_id, {}))
        assert len(site.ids()) > 5
        return site.dump()


async def test_twice_the_same():
    assert await lived() == await lived()


@pytest.mark.parametrize("seed", range(3))
async def test_in_any_steps_the_same(seed):
    assert await lived(Random(seed)) == await lived()


async def test_a_running_clock_gives_the_same_instants():
    start_us = 1_777_880_400_000_000  # 07:40 UTC, an hour before the meter of the machines burns
    async with serving(scenario="upkeep", factor=7200.0, start_us=start_us) as server:
        tasks = server.host.history.tasks
        await until(lambda: tasks.tasks("site"))
        first = tasks.tasks("site")[0]
        assert first.name == "tenants/site/tasks/meter-burning-8-1"
        assert first.create_time.ToJsonString() == "2026-05-04T08:40:00Z"
        assert first.metadata["detected_time"] == "2026-05-04T08:40:00Z"
