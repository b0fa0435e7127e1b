"""Generated services are configured in words that the drivers of the simulator understand."""

import pytest

from fixtures.factories import build
from fixtures.factories.services import KINDS
from simulator.drivers import Steered, collections
from simulator.microgrid.clock import ManualClock
from simulator.services.timers import Timers


@pytest.fixture(scope="module")
def kinds():
    clock = ManualClock(0)
    steered = Steered(site=lambda: None, clock=clock, timers=Timers(clock))
    return {spec.name: spec.kinds for spec in collections(steered, strict=True)}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_configurations_are_understood_and_no_key_is_unknown(kinds, name):
    made = [each for each in build("service", 200, seed=5) if each["service"]["type"] == name]
    assert made
    for each in made:
        config = kinds[each["name"]][name].parse(each["service"]["config_raw"])
        assert config.raw == each["service"]["config_raw"]
