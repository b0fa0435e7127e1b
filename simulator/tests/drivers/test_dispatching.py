"""`dispatch-automation`: which dispatches are carried out, which not, and who wins a conflict."""

from __future__ import annotations

import pytest

from simulator.microgrid.dispatch import Dispatch, Ids
from simulator.services.services.kinds import LoadFailed
from simulator.tests.drivers.served import BATTERY, HOUR_US, INVERTER, PV, Served

AUTOMATIONS = "automations"


def setpoint(served: Served, power_w: float, *, id: int = 9, start_h: float = 0) -> None:
    served.world.put(
        Dispatch(
            id=id,
            type="set_power",
            start_us=served.world.now_us + round(start_h * HOUR_US),
            duration_s=7200,
            target=Ids(ids=(BATTERY,)),
            payload={"power_w": power_w},
        )
    )


def test_stopping_it_ends_what_runs_and_starting_goes_on() -> None:
    served = Served(schedule=False)
    driver = served.start("dispatch-automation", collection=AUTOMATIONS)
    setpoint(served, -1500)
    assert served.power(INVERTER) == pytest.approx(-1500)
    served.hours(0.5)
    driver.stop()
    # Back to the base strategy, which takes up what the roof leaves over.
    assert served.power(INVERTER) == pytest.approx(500)
    served.hours(0.5)
    driver.apply(served.settings(AUTOMATIONS, "dispatch-automation"))
    assert served.power(INVERTER) == pytest.approx(-1500)
    served.hours(2)
    (occurrence,) = served.world.occurrences
    assert occurrence.reason == "driver_stopped"
    assert occurrence.asked_wh == pytest.approx(-3000)
    assert occurrence.delivered_wh == pytest.approx(-2250)


@pytest.mark.parametrize(
    ("config", "followed"),
    [
        ({}, True),
        ({"types": ["set_*"]}, True),
        ({"types": ["sim.set_power"]}, True),
        ({"types": ["ev_charge"]}, False),
        ({"targetIds": [BATTERY]}, True),
        ({"targetIds": [INVERTER]}, True),
        ({"targetIds": [PV]}, False),
    ],
)
def test_it_takes_the_types_and_targets_that_it_names(
    config: dict[str, object], followed: bool
) -> None:
    served = Served(schedule=False)
    served.start("dispatch-automation", collection=AUTOMATIONS, **config)
    setpoint(served, -1500)
    assert served.power(INVERTER) == pytest.approx(-1500 if followed else 500)


def test_a_dry_run_is_only_noted() -> None:
    served = Served(schedule=False)
    served.start("dispatch-automation", collection=AUTOMATIONS, dryRun=True)
    setpoint(served, -1500)
    assert served.power(INVERTER) == pytest.approx(500)
    served.hours(3)
    occurrence = served.world.occurrences[0]
    assert (occurrence.reason, occurrence.delivered_wh) == ("dry_run", 0)
    assert occurrence.asked_wh == pytest.approx(-3000)


@pytest.mark.parametrize(
    ("policy", "power"), [("latest-wins", -700), ("first-wins", -1000), ("merge", -1700)]
)
def test_conflicts_are_settled_by_its_policy(policy: str, power: float) -> None:
    served = Served(schedule=False)
    served.start("dispatch-automation", collection=AUTOMATIONS, conflictPolicy=policy)
    setpoint(served, -1000, id=1)
    setpoint(served, -700, id=2, start_h=0.5)
    served.hours(1)
    assert served.power(INVERTER) == pytest.approx(power)


def test_of_several_the_lowest_id_decides() -> None:
    served = Served(schedule=False)
    served.start("dispatch-automation", "b", collection=AUTOMATIONS)
    first = served.start("dispatch-automation", "a", collection=AUTOMATIONS, dryRun=True)
    setpoint(served, -1500)
    assert served.power(INVERTER) == pytest.approx(500)
    first.stop()
    assert served.power(INVERTER) == pytest.approx(-1500)
    with pytest.raises(LoadFailed, match="no component 77"):
        served.start("dispatch-automation", "c", collection=AUTOMATIONS, targetIds=[77])
