"""`grid-driver`: limits at the connection, power cuts, and an island while it is stopped."""

import pytest

from simulator.microgrid.scenario import load
from simulator.microgrid.scenario_base import from_us
from simulator.tests.drivers.served import GRID, HOUR_US, INVERTER, METER, Served


def test_limits_hold_at_once() -> None:
    served = Served()
    served.hours(18.2)
    before = served.power(GRID)
    served.start("grid-driver", component=GRID, exportMaxKw=1)
    assert before < -4000
    assert served.power(GRID) == pytest.approx(-1000)


def test_without_its_driver_a_site_that_forms_a_grid_is_an_island() -> None:
    served = Served(load("island").model_copy(update={"faults": ()}), schedule=False)
    driver = served.start("grid-driver", component=GRID)
    served.hours(1)
    driver.stop()
    assert served.events("ISLANDED")
    assert served.power(GRID) == pytest.approx(0, abs=1e-6)
    assert served.world._site.node_of[METER].load_w > 0
    driver.apply(served.settings("drivers", "grid-driver", component=GRID))
    assert served.events("GRID_BACK")


def test_another_site_is_dark_and_its_dispatches_say_why() -> None:
    served = Served()
    driver = served.start("grid-driver", component=GRID)
    driver.stop()
    served.hours(21)
    assert served.power(INVERTER) == 0
    assert served.world.occurrences[0].reason == "driver_stopped"
    served.world._settle()
    assert served.world._site.node_of[METER].unserved_wh == pytest.approx(21 * 1500)


def test_power_cuts_come_as_planned_and_a_new_plan_replaces_them() -> None:
    served = Served(schedule=False)

    def cut(hour: int) -> dict[str, str]:
        return {"at": from_us(served.world.start_us + hour * HOUR_US).isoformat(), "for": "30m"}

    driver = served.start("grid-driver", component=GRID, outage=[cut(1), cut(3)])
    served.hours(1.25)
    assert served.power(GRID) == 0
    served.hours(1)
    assert served.power(METER) != 0 or served.power(INVERTER) != 0
    driver.apply(served.settings("drivers", "grid-driver", component=GRID, outage=[cut(1)]))
    served.hours(2)
    assert len(served.events("FAULT")) == 1
