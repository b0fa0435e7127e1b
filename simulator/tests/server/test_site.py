import asyncio

import pytest

from simulator.microgrid.clock import ManualClock
from simulator.microgrid.dispatch import Dispatch, Ids
from simulator.microgrid.faults import Fault
from simulator.server.clock import ServedClock
from simulator.server.history import load_scenario
from simulator.server.site import Site
from simulator.services.dispatch import Stored
from simulator.services.timers import Timers
from simulator.store import Change, Kind

START_US = 1_776_100_000_000_000


class World:
    """Remembers what it was told, and when."""

    def __init__(self):
        self.now_us = 0
        self.told = []

    def advance(self, to_us, pause=None):
        assert to_us > self.now_us
        self.now_us = to_us

    def put(self, dispatch):
        self.told.append((self.now_us, "put", dispatch.id))

    def remove(self, dispatch_id):
        self.told.append((self.now_us, "remove", dispatch_id))


def change(kind, number):
    dispatch = Dispatch(id=number, type="x", start_us=0, duration_s=1, target=Ids(ids=()))
    stored = Stored(
        dispatch=dispatch, data=None, target=(1, frozenset()), create_us=0, update_us=0, end_us=None
    )
    return Change(
        revision=1, batch=1, kind=kind, key=number, before=None, after=stored, item=b"", frame=b""
    )


@pytest.fixture
def clock():
    return ManualClock(0)


@pytest.fixture
def site(clock):
    return Site(World(), 1, clock)


def test_changes_reach_the_world_at_their_own_times(site, clock):
    for at_us, kind, number in (
        (10, Kind.CREATED, 7),
        (20, Kind.UPDATED, 7),
        (20, Kind.DELETED, 7),
    ):
        clock.set(at_us)
        site.observe(1, change(kind, number))
    site.observe(2, change(Kind.CREATED, 8))
    assert site.world.told == []
    site.catch_up(15)
    assert site.world.told == [(10, "put", 7)]
    assert site.world.now_us == 15
    site.catch_up(30)
    assert site.world.told[1:] == [(20, "put", 7), (20, "remove", 7)]
    assert site.world.now_us == 30


async def test_following_shows_each_step_before_it_is_taken(site):
    shown = []

    def show(t_us):
        assert t_us > site.world.now_us
        shown.append(t_us)

    await site.follow(3_600_000_000, show)
    assert site.world.now_us == shown[-1] == 3_600_000_000
    assert shown == sorted(shown)
    assert len(shown) > 1


async def test_following_to_now_carries_out_what_is_due(site):
    site.observe(1, change(Kind.CREATED, 7))
    await site.follow(0)
    assert site.world.told == [(0, "put", 7)]


class TestTimers:
    """What services have planned, among what the world does."""

    @pytest.fixture
    def clock(self):
        return ServedClock(0, 0.0)

    @pytest.fixture
    def timers(self, clock):
        return Timers(clock, clock.showing)

    @pytest.fixture
    def site(self, clock, timers):
        return Site(World(), 1, clock, timers)

    def test_they_happen_at_their_instants_in_the_worlds_time(self, clock, site, timers):
        seen = []

        def note(t_us):
            seen.append((t_us, clock.now_us(), site.world.now_us))

        for t_us in (30, 10, 20):
            timers.at(t_us, note)
        clock.set(25)
        site.catch_up(25)
        assert seen == [(10, 10, 10), (20, 20, 20)]
        assert (clock.now_us(), site.world.now_us) == (25, 25)

    def test_commits_of_a_timer_reach_the_world_at_its_instant(self, clock, site, timers):
        timers.at(10, lambda t_us: site.observe(1, change(Kind.CREATED, 7)))
        timers.at(20, lambda t_us: site.observe(1, change(Kind.DELETED, 7)))
        clock.set(30)
        site.catch_up(30)
        assert site.world.told == [(10, "put", 7), (20, "remove", 7)]

    def test_a_timer_may_look_at_the_world(self, clock, site, timers):
        seen = []

        def look(t_us):
            site.catch_up(clock.now_us())
            seen.append((t_us, site.world.now_us))

        timers.at(10, look)
        timers.at(10, look)
        timers.at(11, look)
        clock.set(30)
        site.catch_up(30)
        assert seen == [(10, 10), (10, 10), (11, 11)]

    def test_one_that_fails_does_not_keep_others_back(self, clock, site, timers, caplog):
        seen = []
        timers.at(10, lambda t_us: 1 // 0)
        timers.at(10, seen.append)
        timers.at(20, seen.append)
        clock.set(30)
        site.catch_up(30)
        assert seen == [10, 20]
        assert "ZeroDivisionError" in caplog.text

    def test_settling_lets_happen_what_is_due(self, clock, site, timers):
        seen = []
        timers.at(10, seen.append)
        site.settle(9)
        assert seen == []
        site.settle(10)
        assert seen == [10]

    async def test_who_moves_the_world_is_not_overtaken(self, clock, site, timers):
        seen = []
        hour_us = 3_600_000_000
        timers.at(hour_us, seen.append)
        clock.set(hour_us)
        moving = asyncio.create_task(site.follow(hour_us))
        await asyncio.sleep(0)
        site.settle(hour_us)
        assert seen == []
        await moving
        assert seen == [hour_us]

    async def test_a_site_that_has_ended_leaves_them_to_the_next(self, clock, site, timers):
        seen = []
        day_us = 86_400_000_000
        moving = asyncio.create_task(site.follow(30 * day_us))
        await asyncio.sleep(0)
        stopped_us = site.world.now_us
        site.end()
        timers.at(day_us, seen.append)
        await moving
        assert site.world.now_us == stopped_us < 30 * day_us
        site.catch_up(30 * day_us)
        assert seen == []


class TestFaults:
    @pytest.fixture
    def real(self):
        from simulator.microgrid.world import World

        clock = ManualClock(START_US)
        world = World(load_scenario("home").with_schedule(()), seed=1, start_us=START_US)
        return clock, Site(world, 1, clock)

    def test_what_is_in_force_and_what_is_to_come(self, real):
        clock, site = real
        now = site.inject(Fault(kind="meter_dropout", component_ids=(2,), duration_s=60))
        later = site.inject(Fault(kind="grid_outage", start_us=START_US + 10_000_000))
        assert [(each[0], each[2]) for each in site.faults()] == [
            (now, START_US),
            (later, START_US + 10_000_000),
        ]
        silent = site.reading(2)
        assert (silent["time_us"], silent["values"], silent["state"]) == (START_US, {}, "")
        clock.advance(61_000_000)
        assert [each[0] for each in site.faults()] == [later]
        assert site.reading(2)["values"].keys() >= {"power_w", "import_wh", "export_wh"}
        assert site.reading(2)["time_us"] == START_US + 61_000_000
        skewed = site.inject(Fault(kind="clock_skew", component_ids=(2,), skew_ms=-90_000))
        assert site.reading(2)["time_us"] == START_US - 29_000_000
        assert site.clear(skewed)
        assert site.clear(later)
        assert not site.clear(later)
        assert list(site.faults()) == []


async def test_rest_is_told_once_nobody_moves_the_world_any_more(site, clock):
    rests = []
    site.settled = lambda: rests.append(site.world.now_us)
    day_us = 86_400_000_000
    clock.set(day_us)
    long = asyncio.create_task(site.follow(day_us))
    await asyncio.sleep(0)
    await site.follow(1)
    assert rests == []
    await long
    assert rests == [day_us]
    site.rest()
    assert rests == [day_us, day_us]
