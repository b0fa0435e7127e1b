"""The heat of a CHP unit: nothing is lost unbooked, and the store follows its closed form."""

from math import exp

import pytest

from simulator.outcome.heat import heats
from simulator.outcome.notes import notes_of
from simulator.outcome.sampling import Trajectory
from simulator.outcome.summary import summarise
from simulator.tests.microgrid.sites import CHP, dispatch, plant, run

RATED_W, ELECTRICAL, THERMAL = 20_000.0, 0.4, 0.5
HEAT_W = RATED_W * THERMAL / ELECTRICAL


def lived(demand_w, hours=3, on_s=3600, **heat):
    unit = {
        "rated_power_w": RATED_W,
        "electrical_efficiency": ELECTRICAL,
        "thermal_efficiency": THERMAL,
        "heat": {"input": "warmth", "initial": 0.0, **heat},
    }
    scenario = plant(
        hours=hours,
        chp=unit,
        inputs=[
            *({"name": name, "kind": "constant", "power_w": 0.0} for name in ("load", "sub", "pv")),
            {"name": "warmth", "kind": "constant", "power_w": demand_w},
        ],
    )
    on = dispatch(1, type_="chp_run", s=on_s, ids=(CHP,), power_pu=1.0)
    return run(scenario, on)


def heat_of(record):
    ((_, heat),) = heats(record, Trajectory(record))
    made = record.totals[CHP].heat_wh
    spent = heat.end_wh + heat.demand_wh + heat.surplus_wh + heat.loss_wh
    assert heat.start_wh + made + heat.unserved_wh == pytest.approx(spent, rel=1e-12)
    return heat


def test_a_store_carries_heat_on_until_it_is_empty():
    heat = heat_of(lived(10_000.0, buffer_wh=50_000.0, loss_per_s=0.0))
    # 15 kWh are left after an hour and last for an hour and a half.
    assert heat.unserved_wh == pytest.approx(5_000.0)
    assert heat.surplus_wh == heat.loss_wh == heat.end_wh == 0.0


def test_what_a_full_store_has_no_room_for_is_too_much():
    heat = heat_of(lived(5_000.0, hours=1, buffer_wh=12_000.0, loss_per_s=0.0))
    assert heat.end_wh == 12_000.0
    assert heat.surplus_wh == pytest.approx(HEAT_W - 5_000.0 - 12_000.0)


def test_without_a_store_heat_serves_only_while_it_is_made():
    heat = heat_of(lived(10_000.0))
    assert heat.unserved_wh == pytest.approx(20_000.0)
    assert heat.surplus_wh == pytest.approx(HEAT_W - 10_000.0)


def test_a_store_loses_some_of_what_it_holds():
    sigma = 1e-4
    heat = heat_of(lived(0.0, hours=2, buffer_wh=1e6, loss_per_s=sigma))
    after_an_hour = HEAT_W / 3600.0 / sigma * (1.0 - exp(-3600 * sigma))
    assert heat.end_wh == pytest.approx(after_an_hour * exp(-3600 * sigma), rel=1e-9)
    full = heat_of(lived(0.0, hours=2, on_s=7200, buffer_wh=10_000.0, loss_per_s=sigma))
    assert full.end_wh == 10_000.0
    assert full.loss_wh > 10_000.0 * sigma * 5_000.0


def test_summary_and_notes_tell_of_it():
    record = lived(10_000.0, buffer_wh=50_000.0, loss_per_s=0.0)
    summary = summarise(record)
    (unit,) = [each for each in summary["components"] if each["id"] == CHP]
    assert unit["heat_demand_kwh"] == 30.0
    assert unit["heat_unserved_kwh"] == pytest.approx(5.0)
    assert any("left 5.0 of 30.0 kWh of heat" in note for note in summary["run"]["notes"])
    assert notes_of(record) == []
