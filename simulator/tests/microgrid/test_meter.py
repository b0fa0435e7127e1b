from math import log

import pytest

from simulator.microgrid.battery import Battery
from simulator.microgrid.generator import Generator
from simulator.microgrid.meter import Node
from simulator.microgrid.storage import Storage


def tapering(request_w=10_000.0):
    battery = Battery(
        component_id=4,
        capacity_wh=20_000.0,
        energy_wh=18_000.0,
        e_low=0.0,
        e_high=20_000.0,
        e_taper_low=0.0,
        e_taper_high=18_000.0,
        charge_w=10_000.0,
        discharge_w=10_000.0,
    )
    storage = Storage(component_id=3, batteries=(battery,))
    storage.command(request_w)
    return storage


def producing(power_w):
    made = Generator(component_id=5)
    made.input_w = power_w
    made.release()
    return made


def test_a_meter_adds_up_its_load_and_everything_below():
    inner = Node(component_id=6)
    inner.load_w = inner.input_w = 300.0
    outer = Node(component_id=2, below=(inner, producing(1_000.0)))
    outer.load_w = 500.0
    for node in (inner, outer):
        node.solve()
    assert outer.p == 300.0 + 500.0 - 1_000.0


def test_registers_count_each_direction():
    node = Node(component_id=2)
    for load in (100.0, -40.0, 0.0, 5e-10):
        node.load_w = load
        node.solve()
        node.settle(3600.0, 1.0)
    assert (node.import_wh, node.export_wh) == (100.0, 40.0)


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_taper_is_split_at_its_zero_crossing_at_every_depth(depth):
    # 10 kW z - 5 kW: import until z = 1/2, export after.
    node = Node(component_id=2, below=(tapering(), producing(5_000.0)))
    nodes = [node]
    for i in range(depth):
        node = Node(component_id=10 + i, below=(node,))
        nodes.append(node)
    for each in nodes:
        each.solve()
    lam = 10_000.0 / (3600 * 2_000.0)
    t = 2 * log(2) / lam
    row = node.settle(t, t / 3600)
    assert row[:2] == pytest.approx((5_000.0, -2_500.0))
    crossing = log(2) / lam
    assert node.import_wh == pytest.approx((5_000.0 / lam - 5_000.0 * crossing) / 3600)
    assert node.export_wh == pytest.approx((5_000.0 * crossing - 2_500.0 / lam) / 3600)


def test_after_a_taper_the_power_is_constant_again():
    storage = tapering()
    node = Node(component_id=2, below=(storage,))
    node.solve()
    assert node.terms
    storage.command(0.0)
    node.solve()
    assert (node.terms, node.p) == ([], 0.0)


def test_unserved_load_is_counted_apart():
    node = Node(component_id=2)
    node.input_w, node.load_w = 400.0, 0.0
    node.solve()
    node.settle(1800.0, 0.5)
    assert (node.served_wh, node.unserved_wh, node.import_wh) == (0.0, 200.0, 0.0)
