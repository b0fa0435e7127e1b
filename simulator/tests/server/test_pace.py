"""Timers of a served world: when they fire in each mode of its clock."""

import asyncio

import grpc
import pytest

from simulator.server import host as host_module
from simulator.services.control import SERVICE as CONTROL

from .loopback import START_US, Client, serving, until

S_US = 1_000_000


@pytest.fixture
def rare_ticks(monkeypatch):
    """Nothing happens by the tick alone within a test."""
    monkeypatch.setattr(host_module, "TICK_S", 60.0)


def noting(host, seen):
    """A call that notes when it was due, what the clock shows, and how far the world has come."""
    history = host.history

    def note(t_us):
        seen.append((t_us, history.clock.now_us(), history.site.world.now_us))

    return note


async def advance(channel, seconds):
    return await Client(channel, service=CONTROL).call("AdvanceClock", by={"seconds": seconds})


@pytest.mark.usefixtures("rare_ticks")
@pytest.mark.parametrize("factor", [1.0, 50.0])
async def test_a_running_clock_fires_them_when_they_are_due(factor):
    async with serving(factor=factor) as server:
        seen, timers = [], server.host.history.timers
        await asyncio.sleep(0.05)
        due = [
            timers.after(round(delay_s * factor * S_US), noting(server.host, seen)).due_us
            for delay_s in (0.5, 0.3, 0.4)
        ]
        await until(lambda: len(seen) == 3)
        assert seen == [(t_us, t_us, t_us) for t_us in sorted(due)]


@pytest.mark.usefixtures("rare_ticks")
async def test_what_is_due_at_once_does_not_wait_for_a_clock_that_stands():
    async with serving() as server:
        await asyncio.sleep(0.05)
        seen = []
        server.host.history.timers.after(0, noting(server.host, seen))
        await until(lambda: seen)
        assert seen == [(START_US, START_US, START_US)]


@pytest.mark.usefixtures("rare_ticks")
async def test_a_clock_that_begins_to_run_wakes_who_sleeps():
    async with serving(control=True) as server:
        await asyncio.sleep(0.05)
        seen = []
        due = server.host.history.timers.after(10 * S_US, noting(server.host, seen)).due_us
        async with grpc.aio.insecure_channel(server.address) as channel:
            await Client(channel, service=CONTROL).call("SetClock", mode=2, factor=100.0)
            await until(lambda: seen)
        assert seen == [(due, due, due)]


async def test_advancing_fires_them_in_order_among_what_the_world_does():
    async with (
        serving(control=True) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        seen, history = [], server.host.history
        note = noting(server.host, seen)

        def again(t_us):
            note(t_us)
            if len(seen) < 5:
                history.timers.after(600 * S_US, again)

        history.timers.after(600 * S_US, again)
        history.timers.after(7 * 86_400 * S_US, note)
        await advance(channel, 86_400)
        due = [START_US + number * 600 * S_US for number in range(1, 6)]
        assert seen == [(t_us, t_us, t_us) for t_us in due]
        assert history.clock.now_us() == history.site.world.now_us == START_US + 86_400 * S_US


async def test_a_call_sees_what_is_due_although_nobody_has_looked_at_the_clock_yet():
    async with serving(factor=1.0) as server, grpc.aio.insecure_channel(server.address) as channel:
        seen, timers = [], server.host.history.timers
        timers.sooner = lambda: None
        timers.after(1, noting(server.host, seen))
        await Client(channel).call("ListMicrogridDispatches", microgrid_id=1)
        assert len(seen) == 1


async def test_a_reset_forgets_them():
    async with (
        serving(control=True) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        seen = []
        server.host.history.timers.after(S_US, noting(server.host, seen))
        await Client(channel, service=CONTROL).call("Reset")
        await advance(channel, 10)
        assert seen == []
