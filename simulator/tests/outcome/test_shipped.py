"""The shipped scenarios: what each is there to show, and that its energy adds up to nothing."""

import pytest

from simulator.microgrid.record import Record
from simulator.microgrid.scenario import load
from simulator.microgrid.scenario_file import shipped_names
from simulator.outcome.run import run
from simulator.outcome.summary import summarise

DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {name: run(load(name)) for name in shipped_names()}


def occurrences(record, dispatch_id):
    return [each for each in record.occurrences if each.dispatch_id == dispatch_id]


@pytest.mark.parametrize("name", shipped_names())
def test_energy_balance_of_the_site(records, name):
    record = records[name]
    totals = {info.id: (info.kind, record.totals[info.id]) for info in record.components}
    grid = next(own for kind, own in totals.values() if kind == "grid_connection_point")
    into = out = load_wh = flowed = 0.0
    for kind, own in totals.values():
        flowed += own.in_wh + own.out_wh
        if kind in ("battery_inverter", "ev_charger", "load"):
            into += own.in_wh
        if kind in ("battery_inverter", "pv_inverter", "wind_turbine", "chp"):
            out += own.out_wh
        load_wh += own.load_wh
    assert abs(grid.in_wh - grid.out_wh - into - load_wh + out) <= 1e-9 * flowed


@pytest.mark.parametrize("name", shipped_names())
def test_energy_balance_of_each_battery(records, name):
    record = records[name]
    for info in record.components:
        if info.kind != "battery":
            continue
        own = record.totals[info.id]
        stored = own.end_wh - own.start_wh
        kept = own.in_wh - own.out_wh - own.loss_wh - own.self_discharge_wh - own.ageing_loss_wh
        assert stored == pytest.approx(kept, abs=1e-9 * (own.in_wh + own.out_wh))


def test_six_sites_and_more_are_shipped():
    assert {"home", "commercial", "fleet", "sharing", "heat", "island", "faults"} < {
        *shipped_names()
    }


def test_the_fleet_shaves_its_peak_and_serves_its_vans(records):
    site = summarise(records["fleet"])["site"]
    assert site["peak_import_kw"] == pytest.approx(55.0, abs=1e-3)
    assert site["ev"]["departures"] > 18
    left = [each for each in records["fleet"].events if each["event"] == "EV_LEFT"]
    vans = [each for each in left if each["component_id"] in (11, 12, 13)]
    assert len(vans) == 12
    assert all(each["missing_wh"] == 0.0 for each in vans)
    assert occurrences(records["fleet"], 4)[0].reason == "none"


def test_heat_follows_from_what_the_unit_may_do(records):
    one, two = occurrences(records["heat"], 3), occurrences(records["heat"], 4)
    assert set(one[0].missing_wh) == {"minimum"}
    assert set(two[0].missing_wh) == {"ramp"}
    # Twice a day, once for five minutes, and again after the set-point of Friday.
    assert records["heat"].totals[3].starts == 7 * 2 + 1 + 1


def test_the_island_sheds_load_and_comes_back(records):
    record = records["island"]
    names = [each["event"] for each in record.events]
    assert names.count("ISLANDED") == names.count("GRID_BACK") == 2
    assert names.count("LOAD_SHED") == names.count("LOAD_SERVED") >= 1
    assert 0.0 < record.totals[2].unserved_wh < 0.1 * record.totals[2].load_wh


def test_every_fault_has_its_effect(records):
    reasons = {each.reason for each in records["faults"].occurrences}
    assert reasons == {"none", "fault", "driver_stopped"}


def test_sharing_reaches_its_target_in_time(records):
    record = records["sharing"]
    (target,) = occurrences(record, 2)
    assert target.reason == "none"
    index = int((record.segments["t_end_us"] <= target.end_us).sum()) - 1
    for battery in (4, 6):
        assert record.segments[f"c{battery}.soc_end"][index] == pytest.approx(0.75, abs=1e-6)


def test_a_site_without_extras_is_the_default_and_plain(records):
    assert {each.kind for each in records["plain"].scenario.inputs} == {"constant"}
    assert records["plain"].end_us - records["plain"].start_us == 7 * DAY_US
