"""`fault-injector`: what goes wrong at its moment, what waits, what is never repeated."""

from __future__ import annotations

import pytest

from simulator.microgrid.scenario_base import from_us
from simulator.services.services.kinds import ConfigError
from simulator.tests.drivers.served import BATTERY, HOUR_US, INVERTER, METER, PV, Served

AUTOMATIONS = "automations"


class Services:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []

    def start(self, collection: str, service_id: str) -> None:
        self.calls.append(("start", collection, service_id))

    def stop(self, collection: str, service_id: str) -> None:
        self.calls.append(("stop", collection, service_id))


def test_things_go_wrong_at_their_moments() -> None:
    served = Served(schedule=False)
    served.steered.services = services = Services()
    served.start("battery-driver", "battery-5", component=BATTERY)
    at = from_us(served.world.start_us + HOUR_US).isoformat()
    served.start(
        "fault-injector",
        collection=AUTOMATIONS,
        schedule=[
            {"at": at, "action": "stop", "target": "drivers/battery-5"},
            {"at": "2h", "action": "restart", "target": "drivers/battery-5"},
            {"at": "3h", "action": "fail", "target": METER, "args": {"duration": "1h"}},
            {"at": "5h", "action": "fail", "target": "drivers/battery-5"},
            {"at": "6h", "action": "restart", "target": BATTERY},
            {"at": "7h", "action": "latency", "target": BATTERY, "args": {"delay": "30m"}},
            {"at": "9h", "action": "fail", "target": "drivers/nobody"},
        ],
    )
    served.hours(2.5)
    assert services.calls == [("stop", "drivers", "battery-5"), ("start", "drivers", "battery-5")]
    served.hours(1)
    assert served.world.reading(METER).missing
    served.hours(1.75)
    assert not served.world.reading(METER).missing
    assert [each.kind for each in served.world.faults.values()] == ["battery_trip"]
    served.hours(1)
    assert not served.world.faults
    served.hours(1)
    assert served.power(INVERTER) == pytest.approx(500)
    served.hours(0.5)
    assert served.power(INVERTER) == 0
    served.hours(2)
    assert served.events("INJECTION_FAILED")[0]["reason"] == "drivers/nobody drives nothing"


def test_the_grid_goes_away_and_comes_back() -> None:
    served = Served(schedule=False)
    served.start("grid-driver", "grid-1", component=1)
    served.start(
        "fault-injector",
        collection=AUTOMATIONS,
        schedule=[
            {"at": "1h", "action": "fail", "target": "drivers/grid-1"},
            {"at": "2h", "action": "restart", "target": 1},
            {"at": "3h", "action": "stop", "target": 1, "args": {"duration": "30m"}},
        ],
    )
    powers = []
    for _ in range(8):
        served.hours(0.5)
        powers.append(served.power(PV))
    assert powers == [-2000, 0, 0, -2000, -2000, 0, -2000, -2000]
    assert [each["kind"] for each in served.events("FAULT")] == ["grid_outage"] * 2


def test_what_is_due_while_it_is_stopped_waits_and_nothing_is_repeated() -> None:
    served = Served(schedule=False)
    config = {
        "schedule": [
            {"at": "1h", "action": "fail", "target": PV, "args": {"kind": "inverter_fault"}}
        ]
    }
    driver = served.start("fault-injector", collection=AUTOMATIONS, **config)
    driver.stop()
    served.hours(2)
    assert not served.world.faults
    driver.apply(served.settings(AUTOMATIONS, "fault-injector", **config))
    served.hours(0.1)
    assert len(served.world.faults) == 1
    assert served.power(PV) == 0
    served.world.repairs.repair(PV)
    driver.apply(served.settings(AUTOMATIONS, "fault-injector", **config))
    served.hours(1)
    assert not served.world.faults


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ({"at": "1h", "action": "fail", "target": "house"}, "component id, or a service"),
        ({"at": "1h", "action": "explode", "target": 5}, "action"),
        ({"at": "1h", "action": "fail", "target": 5, "args": {"kind": "grid_outage"}}, "one of"),
        ({"at": "soon", "action": "stop", "target": 5}, "at"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused(action: object, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        Served().settings(AUTOMATIONS, "fault-injector", schedule=[action])
