"""The scenario `upkeep`, served: what a watchful operator notices, and what mending changes."""

import pytest

from simulator.microgrid.scenario import load
from simulator.tests.drivers.served import Served

ROOF, BATTERY, MACHINES, OFFICE = 4, 7, 8, 9


def test_each_failure_is_noticed_in_turn() -> None:
    served = Served(load("upkeep"))
    served.world.watch.begin()
    served.hours(5 * 24)
    found = [
        (each["condition"], each["component_id"], (each["t_us"] - served.world.start_us) / 3.6e9)
        for each in served.events("CONDITION")
    ]
    assert found == [
        ("meter_burning", MACHINES, pytest.approx(10 + 2 / 3)),
        ("battery_overtemperature", BATTERY, 18.5),
        ("inverter_fault", ROOF, 24 + 11.25),
        # The meter fell silent at 16:00; four readings of a quarter of an hour are missing since.
        ("meter_silent", OFFICE, 24 + 17),
        ("breaker_tripped", 1, 48 + 19),
        ("dispatch_not_delivered", 1, 48 + 20),
        # Three days after the dust came, at two in the morning of Berlin.
        ("pv_output_low", ROOF, 4 * 24 + 2),
    ]


def test_a_new_meter_brings_the_feeder_back() -> None:
    served = Served(load("upkeep"))
    served.hours(11)
    node = served.world._site.node_of[MACHINES]
    assert (node.input_w, node.load_w, served.power(MACHINES)) == (9000, 0, 0)
    final = served.world.repairs.replace_meter(MACHINES, "4712")
    assert final is not None
    assert final[0] > 50_000
    assert served.power(MACHINES) == 9000
    served.hours(1)
    assert served.world.registers(MACHINES)["1-0:1.8.0"] == pytest.approx(9000)
    assert served.world.registers(MACHINES)["1-0:3.8.0"] == pytest.approx(9000 * 0.698, rel=1e-3)


def test_a_van_that_stays_away_leaves_the_others() -> None:
    served = Served(load("upkeep"))
    served.hours(4 * 24)
    assert len(served.events("EV_ARRIVED")) == 3
    assert len(served.events("EV_NO_SHOW")) == 1
