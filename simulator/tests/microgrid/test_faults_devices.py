"""Faults of meters, producers, vehicles and feeders: what each does, and how it is stated."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.microgrid.faults import Fault, FaultError
from simulator.microgrid.world import World

from .sites import (
    BATTERY,
    EV,
    GRID,
    INVERTER,
    METER,
    PV,
    START,
    SUB,
    H,
    bare,
    columns_equal,
    dispatch,
    plant,
    run,
    site,
    stay,
    world,
)


def inject(made: World, kind: str, *ids: int, **more: Any) -> int:
    return made.inject(Fault(kind=kind, component_ids=ids, **more))


def test_noise_and_steps_bend_readings_while_they_last_and_not_the_truth() -> None:
    scenario = site(hours=3)
    plain = run(scenario, load=1_234.5)
    made = world(scenario, load=1_234.5)
    inject(made, "meter_noise", METER, sigma_w=50.0, duration_s=3600.0)
    shown = set()
    for minute in (10, 20, 30):
        made.advance(START + minute * H // 60)
        shown.add(made.reading(METER).power_w)
    assert len(shown) == 3
    made.advance(START + H)
    assert made.reading(METER).power_w == 1_234.5
    inject(made, "meter_quantise", METER, step_w=10.0, step_wh=1_000.0)
    made.advance(START + 2 * H)
    reading = made.reading(METER)
    assert (reading.power_w, reading.import_wh) == (1_230.0, 2_000.0)
    assert columns_equal(made.finish(), plain)


def test_a_skewed_clock_changes_the_time_of_readings_only() -> None:
    made = world(site(hours=1), load=100.0)
    inject(made, "clock_skew", METER, skew_ms=-1_500.0)
    made.advance(START + H // 2)
    assert made.reading(METER).t_us == START + H // 2 - 1_500_000
    assert made.reading(METER).power_w == 100.0


def test_soiled_modules_deliver_less_and_a_repair_cleans_them() -> None:
    made = world(site(hours=4, **bare()), pv=4_000.0)
    inject(made, "pv_soiling", PV, factor=0.5)
    inject(made, "pv_soiling", PV, factor=0.5)
    assert made.reading(PV).power_w == -1_000.0
    made.advance(START + H)
    repaired = made.repairs.repair(PV)
    assert [each.kind for each in repaired] == ["pv_soiling", "pv_soiling"]
    assert made.reading(PV).power_w == -4_000.0
    total = made.finish().totals[PV]
    assert (total.out_wh, total.curtailed_wh, total.lost_wh) == (13_000.0, 0.0, 0.0)


def test_a_feeder_without_power_serves_nobody_behind_it() -> None:
    made = world(site(hours=2, second={"capacity_wh": 10_000.0}, **bare()), load=700.0, sub=300.0)
    made.advance(START + H)
    inject(made, "feeder_off", SUB)
    assert made.reading(SUB).power_w == 0.0
    assert made.reading(METER).power_w == 700.0
    record = made.finish()
    assert record.totals[SUB].unserved_wh == pytest.approx(300.0)
    assert record.totals[METER].unserved_wh == 0.0


def test_a_broken_inverter_and_an_open_breaker_stop_what_they_should() -> None:
    made = world(site(hours=2, **bare()), dispatch(1, power_w=500.0), load=700.0, pv=100.0)
    broken = inject(made, "inverter_fault", INVERTER, code=17)
    assert made.reading(INVERTER).power_w == 0.0
    made.clear(broken)
    assert made.reading(INVERTER).power_w == 500.0
    inject(made, "breaker_trip", current_a=70.0)
    assert made.reading(METER).power_w == 0.0
    made.repairs.repair(GRID)
    assert made.reading(METER).power_w == 1_100.0


def test_a_hot_battery_is_limited_and_shows_its_warmth() -> None:
    made = world(site(hours=2, **bare()), dispatch(1, power_w=9_000.0))
    inject(made, "battery_overheat", BATTERY, factor=0.3, temperature_c=61.0)
    assert made.reading(INVERTER).power_w == pytest.approx(3_000.0)
    assert made.reading(BATTERY).temperature_c == 61.0
    made.repairs.repair(BATTERY)
    assert made.reading(BATTERY).temperature_c is None


def test_vehicles_stay_away_at_random_while_the_fault_is_in_force() -> None:
    sessions = [stay(hour, hour + 0.5, 2_000.0) for hour in range(20)]
    came = []
    for probability in (0.0, 0.5, 0.5, 1.0):
        made = world(plant(hours=24, ev={"sessions": sessions}))
        inject(made, "ev_no_show", EV, probability=probability, duration_s=10 * 3600.0)
        made.advance(START + 20 * H)
        names = [each["event"] for each in made.events]
        came.append((names.count("EV_ARRIVED"), names.count("EV_NO_SHOW")))
    assert came[0] == (20, 0)
    assert came[1] == came[2]
    assert 10 < came[1][0] < 20
    # The first one had come already.
    assert came[3] == (11, 9)
    assert all(sum(each) == 20 for each in came)


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "pv_soiling", "component_ids": [PV], "factor": 0.8},
        {"kind": "meter_noise", "component_ids": [METER], "sigma_w": 5},
        {"kind": "meter_quantise", "component_ids": [METER], "step_w": 5},
        {"kind": "clock_skew", "component_ids": [METER], "skew_ms": -20},
        {"kind": "meter_burning", "component_ids": [METER]},
        {"kind": "meter_burning", "component_ids": [METER], "temperature_c": 95.5},
        {"kind": "ev_no_show", "component_ids": [SUB], "probability": 0.3},
        {"kind": "inverter_fault", "component_ids": [PV], "code": 7},
        {"kind": "battery_overheat", "component_ids": [BATTERY], "factor": 0.3},
        {"kind": "feeder_off", "component_ids": [SUB]},
        {"kind": "breaker_trip", "current_a": 64},
    ],
)
def test_a_scenario_may_have_each_kind_of_fault(entry: dict[str, Any]) -> None:
    scenario = site(hours=1, faults=[{"start": START, **entry}])
    (fault,) = world(scenario).faults.values()
    assert fault.kind == entry["kind"]
    for key in entry.keys() - {"kind", "component_ids"}:
        assert getattr(fault, key) == entry[key]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"kind": "pv_soiling", "component_ids": [PV]}, "factor beside"),
        ({"kind": "meter_noise", "component_ids": [METER]}, "sigma_w beside"),
        ({"kind": "meter_quantise", "component_ids": [METER]}, "step_w or step_wh"),
        ({"kind": "clock_skew", "component_ids": [METER], "gain": 2, "skew_ms": 1}, "no gain"),
        ({"kind": "breaker_trip", "component_ids": [GRID]}, "no component_ids"),
    ],
)
def test_a_fault_that_would_do_nothing_is_refused(entry: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        site(hours=1, faults=[{"start": START, **entry}])


@pytest.mark.parametrize(
    "more", [{"sigma_w": -1.0}, {"step_wh": -1.0}, {"probability": 1.5}, {"probability": -0.1}]
)
def test_parameters_have_bounds(more: dict[str, Any]) -> None:
    with pytest.raises(FaultError):
        Fault(kind="meter_noise", component_ids=(METER,), **more)
