"""`battery-driver`: what stopping and reconfiguring it does to the battery and its dispatches."""

import pytest

from simulator.services.services.kinds import ConfigError, LoadFailed
from simulator.tests.drivers.served import BATTERY, INVERTER, METER, PV, Served


def test_a_stopped_driver_freezes_the_battery_and_it_says_nothing() -> None:
    served = Served(schedule=False)
    driver = served.start("battery-driver", component=BATTERY)
    served.hours(1)
    energy = served.world.true_reading(BATTERY).energy_wh
    driver.stop()
    assert served.world.reading(BATTERY).missing
    served.hours(24)
    assert served.world.true_reading(BATTERY).energy_wh == energy
    assert served.power(INVERTER) == 0.0
    driver.apply(served.settings("drivers", "battery-driver", component=BATTERY))
    served.hours(1)
    reading = served.world.reading(BATTERY)
    assert reading.energy_wh != energy
    assert not reading.missing


def test_a_dispatch_that_runs_falls_short_because_the_driver_was_stopped() -> None:
    served = Served()
    driver = served.start("battery-driver", component=BATTERY)
    served.hours(18.25)
    driver.stop()
    served.hours(4)
    (occurrence,) = served.world.occurrences
    assert occurrence.reason == "driver_stopped"
    assert occurrence.asked_wh == pytest.approx(-8000)
    assert occurrence.delivered_wh == pytest.approx(-1000)
    assert occurrence.missing_wh["driver_stopped"] == pytest.approx(7000)


def test_new_limits_clip_the_present_power_at_once() -> None:
    served = Served()
    driver = served.start("battery-driver", component=BATTERY)
    served.hours(18.1)
    before = served.power(INVERTER)
    settings = served.settings(
        "drivers", "battery-driver", component=BATTERY, dischargeMaxKw=1, chargeMaxKw=2
    )
    driver.apply(settings)
    assert before < -3900
    assert served.power(BATTERY) == pytest.approx(-1000)
    bounds = served.world.reading(BATTERY).bounds_w
    assert bounds is not None
    assert bounds[0] == -1000.0
    assert bounds[1] <= 2000.0


def test_a_capacity_keeps_the_energy_and_what_has_no_room_is_accounted() -> None:
    served = Served(schedule=False)
    driver = served.start("battery-driver", component=BATTERY)
    apply = lambda **config: driver.apply(  # noqa: E731
        served.settings("drivers", "battery-driver", component=BATTERY, **config)
    )
    served.hours(0.5)
    energy = served.world.reading(BATTERY).energy_wh
    assert energy is not None
    apply(capacityKwh=20)
    reading = served.world.reading(BATTERY)
    assert (reading.energy_wh, reading.capacity_wh) == (energy, 20_000.0)
    apply(capacityKwh=5)
    assert served.world.reading(BATTERY).energy_wh == pytest.approx(0.95 * 5000)
    assert served.events("BATTERY_CONFIGURED")[-1]["surplus_wh"] == pytest.approx(energy - 4750)


def test_the_first_charge_applies_only_to_an_untouched_battery() -> None:
    served = Served(schedule=False)
    driver = served.start("battery-driver", component=BATTERY, socInitial=0.8)
    assert served.world.reading(BATTERY).soc == pytest.approx(0.8)
    served.hours(1)
    soc = served.world.reading(BATTERY).soc
    settings = served.settings("drivers", "battery-driver", component=BATTERY, socInitial=0.2)
    driver.apply(settings)
    assert served.world.reading(BATTERY).soc == soc


def test_a_second_driver_of_a_component_fails_and_names_the_first() -> None:
    served = Served()
    first = served.start("battery-driver", "battery-5", component=BATTERY)
    with pytest.raises(LoadFailed, match="component 5 is driven by drivers/battery-5") as failure:
        served.start("battery-driver", "other", component=INVERTER)
    assert failure.value.fatal
    first.stop()
    served.start("battery-driver", "other", component=INVERTER)


@pytest.mark.parametrize(
    ("component", "text"),
    [(99, "the site has no component 99"), (PV, "3 is a pv inverter"), (METER, "2 is a meter")],
)
def test_what_is_no_battery_is_refused(component: int, text: str) -> None:
    with pytest.raises(LoadFailed, match=text):
        Served().start("battery-driver", component=component)


def test_a_window_that_is_empty_fails_the_load() -> None:
    with pytest.raises(LoadFailed, match="not below the highest"):
        Served().start("battery-driver", component=BATTERY, socMin=0.9, socMax=0.3)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"rampKwPerS": 0.5}, "rampKwPerS"),
        ({"chargeMaxKw": 0}, "chargeMaxKw"),
        ({"socMin": 1.2}, "socMin"),
        ({"component": "five"}, "component"),
    ],
)
def test_what_cannot_be_meant_is_told_by_its_key(config: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        Served().settings("drivers", "battery-driver", **{"component": BATTERY, **config})


def test_a_driver_of_the_world_before_a_reset_touches_nothing() -> None:
    served = Served(schedule=False)
    driver = served.start("battery-driver", component=BATTERY)
    served.reset()
    driver.stop()
    assert not served.world.driving.is_stopped(BATTERY)
    served.start("battery-driver", "other", component=BATTERY)


def test_changing_to_another_component_lets_go_of_the_first() -> None:
    served = Served(schedule=False)
    driver = served.start("meter-driver", component=METER)
    with pytest.raises(LoadFailed):
        driver.apply(served.settings("drivers", "meter-driver", component=PV))
    assert not served.world.driving.is_stopped(METER)
