"""A history of the served world: the services that hold its devices change nothing about it."""

import pytest

from simulator.microgrid.world import World
from simulator.server.history import History, load_scenario
from simulator.server.settings import Settings

DAY_US = 86_400_000_000


async def lived(name, days=3):
    """A history after some days."""
    history = History(Settings(factor=0.0, scenario=name))
    clock = history.clock
    await history.site.follow(clock.now_us() + days * DAY_US, clock.set)
    return history


def states(world):
    """What every component measures."""
    found = {}
    for component in world.components:
        try:
            found[component.id] = world.reading(component.id)
        except KeyError:  # breakers and the like
            continue
    return found


@pytest.mark.parametrize("name", ["home", "commercial", "faults", "fleet"])
async def test_a_served_site_does_what_it_does_offline(name):
    history = await lived(name)
    offline = World(load_scenario(name), seed=history.seed, start_us=history.start_us)
    offline.advance(history.clock.now_us())
    served = history.site.world
    assert states(served) == states(offline)
    ran = [(each.start_us, each.end_us, each.type) for each in served.occurrences]
    assert sorted(ran) == sorted((o.start_us, o.end_us, o.type) for o in offline.occurrences)


async def test_every_device_that_can_be_driven_is():
    history = await lived("home", days=0)
    drivers = history.services.collections["drivers"].store
    assert [key for key, _ in drivers.items()]
    for collection in history.services.collections.values():
        for _, stored in collection.store.items():
            assert stored.state.active
            assert stored.state.error == ""
            assert stored.at_us == history.start_us


async def test_changes_are_counted_across_resets():
    history = await lived("plain", days=0)
    before = history.committed
    history.restart(None, None, None)
    assert history.committed > before
