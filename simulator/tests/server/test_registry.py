"""The world in the meta registry: over a site that is moved by hand."""

import re

import pytest

from simulator.microgrid.clock import ManualClock
from simulator.microgrid.faults import Fault
from simulator.microgrid.scenario import Scenario, load
from simulator.microgrid.world import World
from simulator.server.registry import SERVED, WorldRegistry, region_id
from simulator.server.site import Site
from simulator.services.meta import KINDS, Registry, Remove, Upsert

SCENARIO = load("plain")
START_US = SCENARIO.meta.start_us
EVENING_US = START_US + 18 * 3_600_000_000
BATTERY = "services/dispatch.gridproof.dev/resources/Battery"
ALL = tuple(SERVED.values())
DEPLOYMENT = "regions/plain/deployments/dispatch"


class Shown:
    """A site, its registry, and what the registry says."""

    def __init__(self, scenario=SCENARIO, served=ALL):
        self.clock = ManualClock(scenario.meta.start_us)
        self.registry = Registry(self.clock)
        self.world = WorldRegistry(self.registry, served)
        self.begin(scenario)

    def begin(self, scenario, seed=1):
        start_us = scenario.meta.start_us
        self.site = Site(World(scenario, seed=seed, start_us=start_us), 1, self.clock)
        self.world.begin(self.site, scenario)
        self.site.settled = self.world.refresh

    async def to(self, t_us):
        await self.site.follow(t_us, self.clock.set)

    def names(self):
        return {
            plural: [name for name, _ in self.registry.collection(kind).items()]
            for plural, kind in KINDS.items()
        }

    def __getitem__(self, name):
        return self.registry.get(name).message

    def content(self):
        return {
            name: stored.message.SerializeToString(deterministic=True)
            for kind in KINDS.values()
            for name, stored in self.registry.collection(kind).items()
        }


@pytest.fixture
def shown():
    return Shown()


def test_a_site_and_the_apis_at_it(shown):
    names = {plural: sorted(found) for plural, found in shown.names().items()}
    assert names["regions"] == ["regions/plain"]
    assert names["services"] == [
        "services/dispatch.gridproof.dev",
        "services/exchange.gridproof.dev",
        "services/meta.gridproof.dev",
        "services/services.gridproof.dev",
        "services/tasks.gridproof.dev",
    ]
    assert names["deployments"] == [
        DEPLOYMENT,
        *(
            f"regions/plain/deployments/{name}"
            for name in ("exchange", "meta", "services", "tasks")
        ),
    ]
    assert [name.rpartition("/")[2] for name in names["resources"]] == [
        *("Battery", "Dispatch", "GridConnectionPoint", "Inverter", "Meter"),
        *("Collaborative", "DataStore", "TimeSeriesDb"),
        *("Deployment", "Region", "Resource", "Service"),
        *("Service", "Task", "Type"),
    ]
    region = shown["regions/plain"]
    assert (region.title, region.domain, region.is_default) == (
        "plain",
        "plain.gridproof.dev",
        True,
    )
    assert not region.HasField("location")
    assert shown[DEPLOYMENT].service == "services/dispatch.gridproof.dev"
    assert shown["services/meta.gridproof.dev"].all_versions == ["v1alpha2"]
    battery = shown[BATTERY]
    assert (battery.plural_name, battery.is_regional) == ("batteries", True)
    assert dict(battery.metadata.labels) == {"components": "1", "state": "ok"}
    assert shown.registry.revision == 1


def test_only_what_is_served_is_shown():
    shown = Shown(served=(SERVED["meta"],))
    assert shown.names()["deployments"] == ["regions/plain/deployments/meta"]
    assert len(shown.names()["resources"]) == 4


def test_the_place_is_what_the_scenario_tells():
    region = Shown(load("commercial"))["regions/commercial"]
    assert region.location.continent == "Europe"
    assert region.metadata.annotations["zone"] == "Europe/Berlin"


async def test_time_alone_changes_nothing(shown):
    await shown.to(EVENING_US - 1)
    shown.world.refresh()
    assert shown.registry.revision == 1


async def test_dispatches_show_while_they_run(shown):
    await shown.to(EVENING_US)
    metadata = shown[DEPLOYMENT].metadata
    assert metadata.labels["running"] == "1"
    assert dict(metadata.annotations) == {
        "dispatch/1": "set_power",
        "latest_start": "2026-06-01T18:00:00Z",
    }
    await shown.to(EVENING_US + 3 * 3_600_000_000)
    metadata = shown[DEPLOYMENT].metadata
    assert metadata.labels["running"] == "0"
    assert dict(metadata.annotations) == {"latest_start": "2026-06-01T18:00:00Z"}
    assert shown.registry.revision == 3
    # One that came and went between two looks leaves its trace as well.
    await shown.to(EVENING_US + 30 * 3_600_000_000)
    assert shown[DEPLOYMENT].metadata.annotations["latest_start"] == "2026-06-02T18:00:00Z"
    assert shown.registry.revision == 4


def test_faults_show_while_they_last(shown):
    number = shown.site.inject(Fault(kind="battery_trip", component_ids=(5,)))
    metadata = shown[BATTERY].metadata
    assert metadata.labels["state"] == "faulty"
    assert dict(metadata.annotations) == {"component/5": "battery_trip"}
    region = shown["regions/plain"].metadata
    assert (region.labels["state"], region.labels["grid"]) == ("faulty", "connected")
    assert region.annotations["fault/battery_trip"] == "1"
    other = shown.site.inject(Fault(kind="grid_outage"))
    assert shown["regions/plain"].metadata.labels["grid"] == "outage"
    assert shown.registry.revision == 3
    shown.site.clear(other)
    shown.site.clear(number)
    assert shown[BATTERY].metadata.labels["state"] == "ok"
    assert not shown[BATTERY].metadata.annotations
    assert shown["regions/plain"].metadata.labels["state"] == "ok"
    assert shown.registry.revision == 5


def grid(shown):
    (region,) = shown.names()["regions"]
    return shown[region].metadata.labels["grid"]


def test_whatever_keeps_the_grid_away_shows(shown):
    number = shown.site.inject(Fault(kind="breaker_trip", current_a=80.0))
    assert grid(shown) == "outage"
    shown.site.clear(number)
    assert grid(shown) == "connected"
    shown.site.world.driving.stop(1)
    shown.site.rest()
    assert grid(shown) == "outage"
    shown.site.world.driving.start(1)
    shown.site.rest()
    assert grid(shown) == "connected"


async def test_a_night_without_the_grid_shows():
    shown = Shown(load("island"))
    assert grid(shown) == "connected"
    for hour, expected in ((18, "connected"), (19, "outage"), (38, "outage"), (39, "connected")):
        await shown.to(shown.site.world.scenario.meta.start_us + hour * 3_600_000_000)
        assert grid(shown) == expected


def test_a_site_that_never_has_a_grid_is_not_connected_to_one():
    whole = load("island").model_dump(by_alias=True) | {"dispatches": []}
    whole["scenario"]["allow_no_grid"] = True
    # A permission that is not made use of changes nothing.
    assert grid(Shown(Scenario.model_validate(whole))) == "connected"
    whole["components"] = [each for each in whole["components"] if each["id"] != 1]
    whole["connections"] = [each for each in whole["connections"] if 1 not in each]
    shown = Shown(Scenario.model_validate(whole))
    assert grid(shown) == "none"
    shown.site.inject(Fault(kind="grid_outage"))
    assert grid(shown) == "none"


def test_only_what_changed_is_written(shown):
    shown.site.inject(Fault(kind="meter_dropout", component_ids=(2,)))
    changed = [
        name
        for kind in KINDS.values()
        for name, stored in shown.registry.collection(kind).items()
        if stored.revision == 2
    ]
    assert sorted(changed) == ["regions/plain", "services/dispatch.gridproof.dev/resources/Meter"]


def test_what_others_wrote_is_theirs(shown):
    own = KINDS["regions"].message(name="regions/plain", title="mine")
    shown.registry.apply([Upsert(message=own), Remove(name=BATTERY)])
    shown.site.inject(Fault(kind="battery_trip", component_ids=(4, 5)))
    assert shown["regions/plain"].title == "mine"
    assert shown.registry.get(BATTERY) is None
    inverter = shown["services/dispatch.gridproof.dev/resources/Inverter"]
    assert inverter.metadata.labels["state"] == "faulty"
    shown.world.restore()
    assert shown["regions/plain"].metadata.labels["state"] == "faulty"
    assert shown[BATTERY].metadata.annotations["component/5"] == "battery_trip"


def test_another_site_takes_the_place_of_the_first(shown):
    shown.site.inject(Fault(kind="grid_outage"))
    shown.begin(load("commercial"))
    assert shown.names()["regions"] == ["regions/commercial"]
    assert shown["regions/commercial"].metadata.labels["state"] == "ok"


async def test_the_same_story_twice_is_the_same_registry():
    async def told():
        shown = Shown()
        await shown.to(EVENING_US + 1)
        shown.site.inject(Fault(kind="comms_loss", component_ids=(5,), duration_s=60.0))
        await shown.to(EVENING_US + 600_000_000)
        return shown.content()

    assert await told() == await told()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", "plain"),
        ("Zürich, Halle 4", "z-rich-halle-4"),
        ("4th floor", "site-4th-floor"),
        ("a", "site-a"),
        ("!", "site"),
        ("x" * 29 + "-y", "x" * 29),
        ("9" * 50, "site-" + "9" * 25),
    ],
)
def test_region_ids_are_legal(name, expected):
    assert region_id(name) == expected
    assert re.fullmatch("[a-z][a-z0-9-]{0,28}[a-z0-9]", expected)
