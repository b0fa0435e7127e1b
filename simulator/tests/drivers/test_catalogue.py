"""The collections as a whole, and the services with which a world begins."""

import json

import pytest

from simulator.drivers import collections, initial_services
from simulator.drivers.initial import Initial
from simulator.microgrid.scenario import load
from simulator.microgrid.scenario_file import shipped_names
from simulator.services.services.kinds import ConfigError
from simulator.tests.drivers.served import Served

DEVICES = {
    "battery-driver",
    "ev-driver",
    "grid-driver",
    "load-driver",
    "meter-driver",
    "pv-driver",
}
AUTOMATIONS = {"dispatch-automation", "fault-injector", "task-automation", "telemetry-publisher"}


def test_there_are_four_collections_with_the_types_of_each() -> None:
    specs = {spec.name: spec for spec in Served().specs.values()}
    assert {name: (spec.ids, set(spec.kinds)) for name, spec in specs.items()} == {
        "drivers": ("required", DEVICES | {"mock"}),
        "automations": ("required", AUTOMATIONS | {"mock"}),
        "systems": ("kind", {"clock", "store"}),
        "scratch": ("generated", DEVICES | AUTOMATIONS | {"mock"}),
    }
    assert specs["drivers"].aliases == ("gridproof/drivers",)


@pytest.mark.parametrize("name", shipped_names())
def test_a_world_begins_with_a_running_service_for_each_device_and_nothing_changes(
    name: str,
) -> None:
    scenario = load(name)
    served, bare = Served(scenario), Served(scenario)
    drivers = []
    for each in initial_services(served.world):
        driver = served.driver(each.collection, each.type, each.id)
        driver.apply(served.kind(each.collection, each.type).parse(each.config).value)
        drivers.append(driver)
    for world in (served, bare):
        world.hours(30)
    ids = [info.id for info in served.world.components]

    def readings(world: Served) -> list[str]:
        return [repr(_shown(world, each)) for each in ids]

    assert readings(served) == readings(bare)
    for driver in drivers:
        driver.stop()
    assert all(abs(served.power(each)) < 1e-9 for each in ids if _shown(served, each) == "missing")


def _shown(served: Served, component_id: int) -> object:
    try:
        reading = served.world.reading(component_id)
    except KeyError:
        return None
    return "missing" if reading.missing else reading


def test_ids_tell_which_component_they_are_for() -> None:
    found = initial_services(Served().world)
    assert [(each.collection, each.id, each.type) for each in found] == [
        ("drivers", "grid-1", "grid-driver"),
        ("drivers", "meter-2", "meter-driver"),
        ("drivers", "load-2", "load-driver"),
        ("drivers", "pv-3", "pv-driver"),
        ("drivers", "battery-5", "battery-driver"),
        ("automations", "dispatch", "dispatch-automation"),
        ("systems", "clock", "clock"),
        ("systems", "store", "store"),
    ]
    assert all(isinstance(each, Initial) and json.loads(each.config) is not None for each in found)


def test_the_mock_takes_any_object_and_does_nothing() -> None:
    served = Served()
    driver = served.start("mock", devices=[{"name": "x"}], anything=1)
    driver.stop()
    driver.remove()
    assert served.rests == 0
    with pytest.raises(ConfigError):
        served.kind("drivers", "mock").parse("[]")


def test_unknown_keys_are_refused_only_where_that_is_asked_for() -> None:
    served = Served()
    text = '{"component": 5, "capacitykwh": 3, "name": "x", "type": "battery-driver"}'
    assert served.kind("drivers", "battery-driver").parse(text).value.capacity_kwh is None
    strict = collections(served.steered, strict=True)[0].kinds["battery-driver"]
    with pytest.raises(ConfigError, match="capacitykwh: no such key; did you mean capacityKwh"):
        strict.parse(text)


def test_a_device_driver_without_config_holds_nothing() -> None:
    served = Served()
    driver = served.driver("drivers", "battery-driver")
    driver.apply(served.kind("drivers", "battery-driver").default)
    driver.stop()
    assert not served.world.driving.is_stopped(5)


@pytest.mark.parametrize("name", sorted(DEVICES))
def test_a_device_driver_that_names_no_component_has_its_knobs_and_holds_nothing(name: str) -> None:
    served = Served()
    kind = served.kind("scratch", name)
    config = kind.parse('{"fault": {"failAttempts": 2, "retry": {"initial": "100ms"}}}')
    assert config.knobs.fail_attempts == 2
    driver = kind.driver("x")
    driver.apply(config.value)
    driver.stop()
    assert served.rests == 0
    with pytest.raises(ConfigError, match="component"):
        kind.parse('{"component": "five"}')


def test_a_driver_that_is_told_of_no_component_any_more_lets_go_of_its_own() -> None:
    served = Served()
    kind = served.kind("scratch", "battery-driver")
    driver = kind.driver("x")
    driver.apply(kind.parse('{"component": 5}').value)
    driver.apply(kind.parse("{}").value)
    assert served.world.driving.is_stopped(5)
    served.kind("drivers", "battery-driver").driver("y").apply(kind.parse('{"component": 5}').value)
    assert not served.world.driving.is_stopped(5)
