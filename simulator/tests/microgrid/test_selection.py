import pytest

from simulator.microgrid.dispatch import Categories, CategoryTypes, Ids
from simulator.microgrid.scenario_category import BatteryType, Category, InverterType
from simulator.microgrid.selection import BY_CATEGORY, BY_ID, BY_TYPE, select
from simulator.microgrid.site import site_of

from .sites import BATTERY, BATTERY_B, GRID, INVERTER, INVERTER_B, METER, PV, site

SITE = site_of(site(second={}))


def selected(target):
    return select(target, SITE.graph, SITE.storage_of, SITE.generator_of)


@pytest.mark.parametrize(
    ("target", "storages", "generators", "ids"),
    [
        (Ids(ids=(BATTERY,)), {0: BY_ID}, {}, (INVERTER,)),
        (Ids(ids=(INVERTER_B, BATTERY_B, 99)), {1: BY_ID}, {}, (INVERTER_B,)),
        (Ids(ids=(PV, METER)), {}, {0: BY_ID}, (PV,)),
        (Ids(ids=()), {}, {}, ()),
        (
            Categories(categories=(Category.BATTERY,)),
            {0: BY_CATEGORY, 1: BY_CATEGORY},
            {},
            (INVERTER, INVERTER_B),
        ),
        (
            Categories(categories=(Category.INVERTER,)),
            {0: BY_CATEGORY, 1: BY_CATEGORY},
            {0: BY_CATEGORY},
            (INVERTER, PV, INVERTER_B),
        ),
        (
            CategoryTypes(pairs=((Category.INVERTER, InverterType.PV),)),
            {},
            {0: BY_TYPE},
            (PV,),
        ),
        (
            CategoryTypes(pairs=((Category.BATTERY, None), (Category.BATTERY, BatteryType.LI_ION))),
            {0: BY_TYPE, 1: BY_TYPE},
            {},
            (INVERTER, INVERTER_B),
        ),
        (CategoryTypes(pairs=((Category.BATTERY, BatteryType.NA_ION),)), {}, {}, ()),
    ],
)
def test_targets_become_devices(target, storages, generators, ids):
    found = selected(target)
    assert (dict(found.storages), dict(found.generators)) == (storages, generators)
    assert found.component_ids == ids


def test_meters_match_and_are_no_devices():
    found = selected(Categories(categories=(Category.METER,)))
    assert found.matched == (2, 6)
    assert found.is_empty


def test_the_grid_connection_is_followed_by_all_batteries_where_power_is_set():
    found = selected(Ids(ids=(GRID,)))
    assert (found.site, dict(found.storages)) == (BY_ID, {})
    assert dict(found.for_effect("power", 2).storages) == {0: BY_ID, 1: BY_ID}
    assert dict(found.for_effect("limit", 2).storages) == {}
    assert found.for_effect("switch", 2).is_empty


def test_balancing_is_for_batteries():
    found = selected(Categories(categories=(Category.INVERTER,)))
    assert not found.for_effect("balance", 2).generators
