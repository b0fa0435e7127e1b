"""Drivers in the life cycle of the services API: what calls do to the world, and what they tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.drivers import initial_services
from simulator.services.errors import Code, ServiceError
from simulator.services.services import ServicesService
from simulator.store import TokenSigner
from simulator.tests.drivers.served import BATTERY, INVERTER, METER, Served


class Node(Served):
    """A served world with the services API over it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.service = ServicesService(
            self.clock,
            self.timers,
            TokenSigner(b"sixteen bytes or more", purpose="test"),
            collections=tuple(self.specs.values()),
        )
        self.drivers = self.service.collections["drivers"]
        self.automations = self.service.collections["automations"]
        for each in initial_services(self.world):
            self.service.collections[each.collection].create(
                each.type, service_id=each.id, config_raw=each.config, active=True
            )
        self.hours(0)

    def state(self, service_id: str) -> Any:
        return self.drivers.get(service_id).state


def test_everything_runs_from_the_beginning() -> None:
    node = Node()
    for name, collection in node.service.collections.items():
        totals = [state for state in _states(node, name) if not state.active or state.error]
        assert not totals, collection
    assert len(list(_states(node, "drivers"))) == 5


def _states(node: Node, name: str) -> list[Any]:
    ids = [each.id for each in initial_services(node.world) if each.collection == name]
    return [node.service.collections[name].get(each).state for each in ids]


def test_a_stop_over_the_api_leaves_a_running_dispatch_short() -> None:
    node = Node()
    node.hours(18.5)
    node.drivers.stop("battery-5")
    assert node.power(INVERTER) == 0
    node.hours(3)
    assert node.world.occurrences[0].reason == "driver_stopped"


def test_who_comes_second_ends_in_an_error_that_names_the_holder() -> None:
    node = Node()
    node.drivers.create(
        "battery-driver", service_id="rival", config_raw='{"component": 5}', active=True
    )
    node.hours(0.01)
    state = node.state("rival")
    assert not state.active
    assert "component 5 is driven by drivers/battery-5" in state.error
    node.drivers.stop("battery-5")
    node.drivers.start("rival")
    node.hours(0.01)
    assert node.state("rival").active
    assert not node.state("rival").loading


def test_a_load_takes_as_long_as_asked_for_in_the_worlds_time() -> None:
    node = Node(schedule=False)
    config = {"component": BATTERY, "chargeMaxKw": 0.2, "fault": {"loadDelay": "30m"}}
    node.drivers.configure("battery-5", json.dumps(config))
    node.hours(0.49)
    assert node.state("battery-5").loading
    assert node.power(INVERTER) == pytest.approx(500)
    node.hours(0.02)
    assert not node.state("battery-5").loading
    assert node.power(BATTERY) == pytest.approx(200)


def test_a_driver_that_fails_leaves_its_battery_standing() -> None:
    node = Node(schedule=False)
    config = {"component": BATTERY, "fault": {"failAlways": True}}
    node.drivers.configure("battery-5", json.dumps(config))
    node.hours(0.01)
    assert node.state("battery-5").error
    assert not node.state("battery-5").active
    assert node.power(INVERTER) == 0


def test_a_driver_that_comes_back_after_retries_takes_its_battery_along() -> None:
    node = Node(schedule=False)
    node.drivers.stop("battery-5")
    fault = {"failAttempts": 2, "retry": {"initial": "10m", "factor": 1, "max": "10m"}}
    node.drivers.configure("battery-5", json.dumps({"component": BATTERY, "fault": fault}))
    node.drivers.start("battery-5")
    node.hours(0.3)
    assert node.power(INVERTER) == 0
    node.hours(0.1)
    assert node.power(INVERTER) == pytest.approx(500)


def test_a_deleted_driver_takes_its_device_off_the_bus() -> None:
    node = Node(schedule=False)
    node.drivers.delete("meter-2")
    assert node.world.reading(METER).missing
    with pytest.raises(ServiceError) as refusal:
        node.drivers.get("meter-2")
    assert refusal.value.code is Code.NOT_FOUND
    node.drivers.create(
        "meter-driver", service_id="again", config_raw='{"component": 2}', active=True
    )
    node.hours(0.01)
    assert not node.world.reading(METER).missing


def test_a_config_that_cannot_be_meant_is_refused_and_changes_nothing() -> None:
    node = Node(schedule=False)
    with pytest.raises(ServiceError) as refusal:
        node.drivers.configure("battery-5", '{"component": 5, "chargeMaxKw": "much"}')
    assert refusal.value.code is Code.INVALID_ARGUMENT
    assert "chargeMaxKw" in refusal.value.text
    assert node.power(INVERTER) == pytest.approx(500)


def test_without_the_automation_dispatches_have_no_effect() -> None:
    node = Node()
    node.automations.stop("dispatch")
    node.hours(21)
    occurrence = node.world.occurrences[0]
    assert (occurrence.reason, occurrence.delivered_wh) == ("driver_stopped", 0)
    node.automations.start("dispatch")
    node.hours(22)
    assert node.power(INVERTER) == pytest.approx(-4000)
