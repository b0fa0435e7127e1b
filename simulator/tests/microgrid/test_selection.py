import pytest

from simulator.microgrid.dispatch import Categories, CategoryTypes, Ids
from simulator.microgrid.scenario_category import BatteryType, Category, InverterType
from simulator.microgrid.selection import BY_CATEGORY, BY_ID, BY_TYPE, select
from simulator.microgrid.site import site_of
from simulator.microgrid.vocabulary import effect_of

from .sites import BATTERY, BATTERY_B, GRID, INVERTER, INVERTER_B, METER, PV, site

SITE = site_of(site(second={}))
A, ROOF, B = 0, 1, 2
"""Positions of the devices."""


def selected(target):
    return select(target, SITE.graph, SITE.device_of, SITE.devices)


@pytest.mark.parametrize(
    ("target", "devices", "ids"),
    [
        (Ids(ids=(BATTERY,)), {A: BY_ID}, (INVERTER,)),
        (Ids(ids=(INVERTER_B, BATTERY_B, 99)), {B: BY_ID}, (INVERTER_B,)),
        (Ids(ids=(PV, METER)), {ROOF: BY_ID}, (PV,)),
        (Ids(ids=()), {}, ()),
        (
            Categories(categories=(Category.BATTERY,)),
            {A: BY_CATEGORY, B: BY_CATEGORY},
            (INVERTER, INVERTER_B),
        ),
        (
            Categories(categories=(Category.INVERTER,)),
            {A: BY_CATEGORY, ROOF: BY_CATEGORY, B: BY_CATEGORY},
            (INVERTER, PV, INVERTER_B),
        ),
        (
            CategoryTypes(pairs=((Category.INVERTER, InverterType.PV),)),
            {ROOF: BY_TYPE},
            (PV,),
        ),
        (
            CategoryTypes(pairs=((Category.BATTERY, None), (Category.BATTERY, BatteryType.LI_ION))),
            {A: BY_TYPE, B: BY_TYPE},
            (INVERTER, INVERTER_B),
        ),
        (CategoryTypes(pairs=((Category.BATTERY, BatteryType.NA_ION),)), {}, ()),
    ],
)
def test_targets_become_devices(target, devices, ids):
    found = selected(target)
    assert dict(found.devices) == devices
    assert found.component_ids == ids


def test_meters_match_and_are_no_devices():
    found = selected(Categories(categories=(Category.METER,)))
    assert found.matched == (2, 6)
    assert found.is_empty


def test_the_grid_connection_is_followed_by_all_batteries_where_power_is_set():
    found = selected(Ids(ids=(GRID,)))
    assert (found.site, dict(found.devices)) == (BY_ID, {})
    assert dict(acting(found, "set_power", power_w=1).devices) == {A: BY_ID, B: BY_ID}
    assert dict(acting(found, "power_limit", max_w=1).devices) == {}
    assert acting(found, "switch", state="off").site == BY_ID
    assert acting(found, "ev_charge").is_empty


def test_batteries_balance_and_producers_are_curtailed():
    found = selected(Categories(categories=(Category.INVERTER,)))
    assert set(acting(found, "self_consumption").devices) == {A, B}
    assert set(acting(found, "curtail", fraction=0.5).devices) == {ROOF}
    assert acting(found, "ev_charge").is_empty


def acting(found, type_, **payload):
    return found.for_effect(effect_of(type_, payload), SITE.devices)
