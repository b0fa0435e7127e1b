"""The attributes of assets: names and units, phases and power factor, what is silent."""

from __future__ import annotations

from math import hypot, sqrt
from pathlib import Path

import pytest
import yaml

from simulator.drivers.quantities import asset_id, attributes
from simulator.microgrid.scenario import load
from simulator.microgrid.world import World

SITES = Path(__file__).parents[3] / "fixtures" / "scenarios"
HOUR_US = 3_600_000_000


def _world(name: str) -> World:
    scenario = load(name)
    return World(scenario, seed=1, start_us=scenario.meta.start_us)


@pytest.fixture
def phased(tmp_path: Path) -> World:
    """A site whose only load is inductive, 1.5 kW on the first phase, behind a full meter."""
    site = yaml.safe_load((SITES / "plain.yaml").read_text("utf-8"))
    site |= {"dispatches": [], "faults": []}
    for each in site["components"]:
        if each["category"] == "meter":
            each["registers"] = "full"
    for each in site["loads"]:
        each |= {"phases": [1, 0, 0], "cos_phi": 0.8}
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(site), "utf-8")
    return _world(str(path))


def test_phases_and_power_factor(phased: World) -> None:
    phased.advance(phased.now_us + HOUR_US)
    meter = next(each for each in phased.components if each.kind == "meter")
    found = attributes(phased, meter.id)
    shown = phased.registers(meter.id)
    assert found["A kW"] == shown["1-0:36.7.0"] / 1000
    watt, var = shown["1-0:16.7.0"], shown["1-0:3.7.0"]
    # All that is reactive is on the first phase.
    assert found["A Amps"] == pytest.approx(hypot(shown["1-0:36.7.0"], var) / found["A V"])
    assert found["B Amps"] == pytest.approx(abs(shown["1-0:56.7.0"]) / found["B V"])
    assert var == pytest.approx(1500 * sqrt(1 - 0.64) / 0.8)
    assert found["kVAR"] == pytest.approx(var / 1000)
    assert found["kVA"] == pytest.approx(hypot(watt, var) / 1000)
    assert found["PF"] == pytest.approx(abs(watt) / hypot(watt, var))
    assert shown.items() <= found.items()


def test_an_inverter_tells_its_reactive_power() -> None:
    world = _world("upkeep")
    world.advance(world.now_us + 12 * HOUR_US)
    found = attributes(world, 4)
    watt = -found["kW"] * 1000.0
    assert watt > 20_000.0
    assert found["kVAR"] == pytest.approx(watt * sqrt(1 - 0.95**2) / 0.95 / 1000.0)
    assert found["kVA"] == pytest.approx(watt / 0.95 / 1000.0)
    assert found["PF"] == pytest.approx(0.95)
    assert not {"kVAR", "kVA", "PF"} & attributes(world, 6).keys()


def test_every_component_has_an_id_of_its_own() -> None:
    for path in (SITES / f"{name}.yaml" for name in ("commercial", "fleet", "heat", "plain")):
        world = _world(str(path))
        ids = [asset_id(each) for each in world.components]
        assert len(set(ids)) == len(ids)


def test_values_are_numbers_and_names_of_states() -> None:
    world = _world("plain")
    world.advance(world.now_us + HOUR_US)
    battery = next(each for each in world.components if each.kind == "battery")
    found = attributes(world, battery.id)
    assert found["SOC"] == world.reading(battery.id).soc * 100
    assert found["State"] in {"CHARGING", "DISCHARGING", "READY", "STANDBY"}
    assert attributes(world, 12345) == {}
