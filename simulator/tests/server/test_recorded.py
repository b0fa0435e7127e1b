"""A served site is recorded as an offline run is: the same dispatches, the same segments."""

import asyncio

import grpc
import pytest

from simulator.microgrid.scenario import load
from simulator.microgrid.scenario_base import from_us
from simulator.outcome.run import run
from simulator.outcome.tables import occurrences_table, segments_table
from simulator.server.settings import SettingsError
from simulator.services.control import SERVICE as CONTROL
from simulator.tests.bridge.bridged import scenario

from .loopback import Client, serving

HOUR_US = 3_600_000_000
DAYS = 2
BATTERY = 5
FAST = 50_000.0
ASKED = [
    # Type, hours after the start, hours, payload. The second one wants more than there is.
    ("set_power", 6, 2, {"power_w": 2500}),
    ("set_power", 17, 3, {"power_w": -4000}),
    ("self_consumption", 30, 10, {"reserve_soc": 0.4}),
    ("set_power", 47, 4, {"power_w": -1000}),
]


async def ask(server, channel):
    """Create the dispatches through the API."""
    client = Client(channel)
    history = server.host.history
    for kind, after_h, hours, payload in ASKED:
        data = client.data(
            type=kind,
            start_time=from_us(history.start_us + after_h * HOUR_US),
            duration=hours * 3600,
            target={"component_ids": {"ids": [BATTERY]}},
            payload=payload,
        )
        await client.call(
            "CreateMicrogridDispatch",
            microgrid_id=history.site.microgrid_id,
            dispatch_data=data,
        )
    return history.dispatch.snapshot(history.site.microgrid_id)[-len(ASKED) :]


async def recorded(tmp_path, **settings):
    """The record of a served site, and the dispatches that were created."""
    path = scenario(tmp_path, "home")
    start_us = load(path).meta.start_us
    until_us = start_us + DAYS * 24 * HOUR_US
    settings = {"scenario": path, "start_us": start_us, "until_us": until_us, **settings}
    async with (
        serving(records=True, control=True, **settings) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        made = await ask(server, channel)
        control = Client(channel, service=CONTROL)
        if settings["factor"]:
            await control.call("SetClock", mode="MODE_SCALED", factor=FAST)
        else:
            for seconds in (60, 3600, 12_345, 7, 40_000, 86_400, 86_400):
                await control.call("AdvanceClock", by={"seconds": seconds})
        await asyncio.wait_for(asyncio.shield(server.task), 60)
        return server.host.history.finish(), made


@pytest.mark.parametrize("factor", [0.0, 1.0])
async def test_served_and_offline_are_the_same(tmp_path, factor):
    served, made = await recorded(tmp_path, factor=factor)
    offline = run(
        load(scenario(tmp_path, "home")),
        schedule=[each.dispatch for each in made],
        start_us=served.start_us,
        end_us=served.end_us,
    )
    assert served.end_us - served.start_us == DAYS * 24 * HOUR_US
    assert segments_table(served).height > 100
    assert segments_table(served).equals(segments_table(offline))
    assert occurrences_table(served).equals(occurrences_table(offline))
    assert {each.reason for each in served.occurrences} > {"none"}
    assert served.totals == offline.totals


async def test_an_end_before_the_start_is_refused():
    with pytest.raises(SettingsError, match="--until"):
        async with serving(until_us=1):
            raise AssertionError("it serves")


async def test_nothing_happens_after_the_end(tmp_path):
    path = scenario(tmp_path, "home")
    start_us = load(path).meta.start_us
    end_us = start_us + 3 * HOUR_US
    async with serving(scenario=path, start_us=start_us, until_us=end_us, records=True) as server:
        history = server.host.history
        seen = []
        history.timers.at(end_us - 1, seen.append)
        history.timers.at(end_us + 1, seen.append)
        history.clock.set(end_us + HOUR_US)
        await asyncio.wait_for(asyncio.shield(server.task), 20)
        assert seen == [end_us - 1]
        assert history.finish().end_us == end_us
