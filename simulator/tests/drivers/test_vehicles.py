"""`ev-driver`: sessions that end and go on, other vehicles, less power for those who are there."""

import pytest

from simulator.microgrid.scenario import load
from simulator.services.services.kinds import ConfigError
from simulator.tests.drivers.served import Served

POINT = 6


def served_farm() -> Served:
    return Served(load("island").model_copy(update={"faults": ()}), schedule=False)


def test_a_session_ends_with_its_driver_and_the_vehicle_keeps_its_charge() -> None:
    served = served_farm()
    driver = served.start("ev-driver", component=POINT)
    # The point charges late: shortly before the vehicle leaves at 8:00.
    served.hours(31.5)
    assert served.power(POINT) > 10_000
    energy = served.world.reading(POINT).energy_wh
    driver.stop()
    assert served.world.reading(POINT).missing
    assert served.power(POINT) == 0
    served.hours(0.25)
    driver.apply(served.settings("drivers", "ev-driver", component=POINT))
    assert served.world.reading(POINT).energy_wh == energy
    served.hours(1)
    (left,) = served.events("EV_LEFT")
    assert left["missing_wh"] > 0


def test_a_vehicle_that_leaves_meanwhile_is_gone() -> None:
    served = served_farm()
    driver = served.start("ev-driver", component=POINT)
    served.hours(30)
    driver.stop()
    served.hours(6)
    driver.apply(served.settings("drivers", "ev-driver", component=POINT))
    assert served.world.reading(POINT).energy_wh is None
    assert len(served.events("EV_LEFT")) == 1


def test_less_power_holds_for_who_is_there() -> None:
    served = served_farm()
    driver = served.start("ev-driver", component=POINT)
    served.hours(31.5)
    driver.apply(served.settings("drivers", "ev-driver", component=POINT, maxKw=7))
    assert served.power(POINT) == pytest.approx(7000)
    assert served.world.reading(POINT).energy_wh is not None


def test_other_vehicles_come_at_the_times_that_it_names() -> None:
    served = served_farm()
    served.start(
        "ev-driver", component=POINT, arrivals=["07:30", "20:00"], departAfter="2h", batteryKwh=40
    )
    served.hours(48)
    came = [each["t_us"] - served.world.start_us for each in served.events("EV_ARRIVED")]
    assert [round(each / 3.6e9, 1) for each in came] == [7.5, 20, 31.5, 44]
    assert served.events("EV_ARRIVED")[0]["wanted_wh"] == pytest.approx(20_000)


def test_who_would_have_come_while_another_was_there_has_driven_on() -> None:
    served = served_farm()
    driver = served.start("ev-driver", component=POINT)
    served.hours(19)
    # A car of the scenario is there from 18:00 to 8:00.
    config = {"arrivals": ["20:00", "07:30", "12:00"], "departAfter": "1h"}
    driver.apply(served.settings("drivers", "ev-driver", component=POINT, **config))
    served.hours(20)
    came = [(each["t_us"] - served.world.start_us) / 3.6e9 for each in served.events("EV_ARRIVED")]
    assert came == [18, 36]


def test_random_vehicles_depend_on_the_seed_alone() -> None:
    def came(seed: int, *, again: bool = False) -> list[int]:
        served = served_farm()
        config = {"arrivals": {"perDay": 6}, "departAfter": "30m", "seed": seed}
        driver = served.start("ev-driver", component=POINT, **config)
        served.hours(10)
        if again:
            driver.apply(
                served.settings("drivers", "ev-driver", component=POINT, maxKw=5, **config)
            )
        served.hours(38)
        return [each["t_us"] for each in served.events("EV_ARRIVED")]

    assert came(3) == came(3, again=True) != came(4)
    assert len(came(3)) > 4


def test_nothing_feeds_back() -> None:
    with pytest.raises(ConfigError, match="v2g"):
        Served().settings("drivers", "ev-driver", component=POINT, v2g=True)
