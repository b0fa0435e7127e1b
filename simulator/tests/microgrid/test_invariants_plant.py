"""What must hold for sites with vehicles, an engine, controllable loads and wind, too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .sites import (
    BATTERY,
    CHP,
    EV,
    EV_B,
    GRID,
    INVERTER,
    LOAD,
    METER,
    PV,
    START,
    WIND,
    H,
    columns_equal,
    dispatch,
    plant,
    run,
    stay,
    steps,
    world,
)

HOURS = 6
IDS = st.lists(
    st.sampled_from([GRID, INVERTER, PV, EV, EV_B, CHP, LOAD, WIND]), min_size=1, max_size=4
)
PAYLOADS = st.one_of(
    st.builds(lambda w: ("set_power", {"power_w": w}), st.floats(-20_000.0, 20_000.0)),
    st.builds(
        lambda low, width: ("power_limit", {"min_w": low, "max_w": low + width}),
        st.floats(-9_000.0, 3_000.0),
        st.floats(0.0, 9_000.0),
    ),
    st.builds(lambda w: ("curtail", {"max_production_w": w}), st.floats(0.0, 9_000.0)),
    st.builds(
        lambda high, rest: (
            "peak_shaving",
            {"import_limit_w": high, "recharge_w": rest, "target_soc": 0.8},
        ),
        st.floats(0.0, 9_000.0),
        st.floats(1.0, 5_000.0),
    ),
    st.builds(lambda soc: ("soc_target", {"soc": soc}), st.floats(0.0, 1.0)),
    st.builds(
        lambda most, how: ("ev_charge", {"max_w": most, "strategy": how}),
        st.floats(0.0, 25_000.0),
        st.sampled_from(["asap", "even", "latest"]),
    ),
    st.builds(lambda pu: ("chp_run", {"power_pu": pu}), st.floats(0.0, 1.0)),
    st.builds(
        lambda one, two: ("schedule", {"points": [[0, one], [1_200, two]]}),
        st.floats(-9_000.0, 9_000.0),
        st.floats(-9_000.0, 9_000.0),
    ),
)
ORDERS = st.lists(
    st.tuples(PAYLOADS, IDS, st.integers(0, HOURS * H), st.integers(0, 3 * 3600)), max_size=4
)
POWERS = st.lists(st.floats(0.0, 9_000.0), min_size=HOURS, max_size=HOURS)
CASE = st.fixed_dictionaries(
    {
        "orders": ORDERS,
        "load": POWERS,
        "sub": POWERS,
        "pv": POWERS,
        "base": st.sampled_from(["idle", "self_consumption"]),
        "limits": st.booleans(),
        "ramp": st.none() | st.floats(0.5, 50.0),
        "times": st.sampled_from([0.0, 900.0]),
        "strategy": st.sampled_from(["asap", "even", "latest"]),
        "capacity": st.none() | st.floats(25_000.0, 60_000.0),
    }
)


def parts(case):
    cars = [
        stay(0.3, 3.1, 9_000.0, capacity_wh=case["capacity"]),
        stay(3.1, 5.7, 20_000.0, phases=1, max_power_w=3_700.0),
    ]
    grid = {"import_limit_w": 12_000.0, "export_limit_w": 5_000.0} if case["limits"] else {}
    scenario = plant(
        hours=HOURS,
        grid=grid,
        base_strategy=case["base"],
        ev={"efficiency": 0.9, "strategy": case["strategy"], "sessions": cars},
        ev_b={"sessions": cars[:1]},
        chp={
            "ramp_w_per_s": case["ramp"],
            "min_run_s": case["times"],
            "min_idle_s": case["times"],
        },
        load={"input": "sub", "min_power_w": 300.0},
        wind={},
    )
    series = {name: steps(case[name], H) for name in ("load", "sub", "pv")}
    orders = [
        dispatch(i, type_, at=at, s=s, ids=ids, **payload)
        for i, ((type_, payload), ids, at, s) in enumerate(case["orders"], 1)
    ]
    return scenario, orders, series


@settings(max_examples=20, deadline=None)
@given(CASE)
def test_energy_is_conserved_and_registers_never_decrease(case):
    scenario, orders, series = parts(case)
    record = run(scenario, *orders, **series)
    totals = record.totals
    scale = sum(each.in_wh + each.out_wh for each in totals.values()) + 1.0
    into = sum(totals[i].in_wh for i in (INVERTER, EV, EV_B, LOAD))
    out = sum(totals[i].out_wh for i in (INVERTER, PV, WIND, CHP))
    hidden = sum(each.load_wh for each in totals.values())
    net = totals[GRID].in_wh - totals[GRID].out_wh
    assert net == pytest.approx(into + hidden - out, abs=1e-9 * scale)
    for name, column in record.segments.items():
        if name.endswith((".in_wh", ".out_wh")):
            assert column.min() >= 0.0
    for component_id, rated in ((EV, 11_000.0), (LOAD, 4_000.0)):
        power = record.segments[f"c{component_id}.p_w"]
        assert power.min() >= 0.0
        assert power.max() <= rated * (1 + 1e-12)
    engine = -record.segments[f"c{CHP}.p_w"]
    assert engine.min() >= -1e-9
    assert engine.max() <= 6_000.0 + 1e-6
    assert record.segments[f"c{BATTERY}.soc_end"].min() >= 0.1 - 1e-6
    assert len(record.segments["t_start_us"]) < 60 * HOURS * 2 + 200


@settings(max_examples=8, deadline=None)
@given(CASE, st.lists(st.integers(0, HOURS * H), max_size=5))
def test_how_often_a_world_is_advanced_makes_no_difference(case, moments):
    scenario, orders, series = parts(case)
    whole = run(scenario, *orders, **series)
    made = world(scenario, *orders, **series)
    for moment in sorted(moments):
        made.advance(START + moment)
        for info in made.components:
            made.reading(info.id)
    assert columns_equal(whole, made.finish())


@settings(max_examples=8, deadline=None)
@given(CASE)
def test_dry_runs_change_nothing(case):
    scenario, orders, series = parts(case)
    dry = [
        dispatch(
            each.id,
            each.type,
            at=each.start_us - START,
            s=each.duration_s,
            target=each.target,
            dry_run=True,
            **each.payload,
        )
        for each in orders
    ]
    assert columns_equal(run(scenario, *dry, **series), run(scenario, **series))


@settings(max_examples=8, deadline=None)
@given(CASE)
def test_readings_agree_with_the_record(case):
    scenario, orders, series = parts(case)
    record = run(scenario, *orders, **series)
    made = world(scenario, *orders, endless=True, **series)
    made.advance(START + HOURS * H)
    for component_id in (GRID, METER, INVERTER, EV, EV_B, CHP, LOAD, WIND, PV):
        reading, total = made.reading(component_id), record.totals[component_id]
        assert reading.import_wh == pytest.approx(total.in_wh, rel=1e-9, abs=1e-6)
        assert reading.export_wh == pytest.approx(total.out_wh, rel=1e-9, abs=1e-6)
