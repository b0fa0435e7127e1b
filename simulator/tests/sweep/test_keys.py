import pytest

from simulator.sweep.base import read
from simulator.sweep.errors import SweepError
from simulator.sweep.keys import get, put, resolve

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tariff.buy_per_kwh", ("tariff", "buy_per_kwh")),
        ("components.4.capacity_wh", ("components", 3, "capacity_wh")),
        ("components.store.capacity_wh", ("components", 3, "capacity_wh")),
        ("components.battery.capacity_wh", ("components", 3, "capacity_wh")),
        ("components[3].soc_min", ("components", 3, "soc_min")),
        ("components.main inverter.rated_power_w", ("components", 2, "rated_power_w")),
        ("inputs.roof.power_w", ("inputs", 1, "power_w")),
        ("inputs.0.power_w", ("inputs", 0, "power_w")),
        ("dispatches.1.payload.power_w", ("dispatches", 0, "payload", "power_w")),
        ("co2.g_per_kwh", ("co2", "g_per_kwh")),
    ],
)
def test_key_names_a_place(text, path):
    assert resolve(read("site.yaml").document, text).path == path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("component.4.soc_min", "unknown key component; did you mean components?"),
        ("components.stor.soc_min", "no stor in components; did you mean store?"),
        ("components.9.soc_min", "expected one of 1, 2, 3, 4, 5"),
        ("components.inverter.rated_power_w", "several of components are called inverter"),
        ("components[7].soc_min", "components has 5 items"),
        ("tariff.buy_per_kwh.x", "tariff.buy_per_kwh is 0.3 and has no key x"),
        ("tariff[0]", "tariff is no list"),
        ("tariff..x", "expected a path"),
    ],
)
def test_wrong_key_is_told(text, told):
    with pytest.raises(SweepError) as caught:
        resolve(read("site.yaml").document, text)
    assert told in str(caught.value)


def test_dispatch_as_the_api_prints_it_is_looked_into():
    document = {"dispatches": [{"metadata": {}, "data": {"id": 7, "payload": {"power_w": 1}}}]}
    key = resolve(document, "dispatches.7.payload.power_w")
    assert get(document, key.path) == 1
    assert key.field == "dispatches[0].payload.power_w"


def test_putting_leaves_the_original_alone():
    document = {"a": [{"b": 1}, {"b": 2}]}
    assert put(document, ("a", 1, "c"), 3) == {"a": [{"b": 1}, {"b": 2, "c": 3}]}
    assert document == {"a": [{"b": 1}, {"b": 2}]}
