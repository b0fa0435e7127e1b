"""Whatever a battery with a ramp is told: the ramp holds, energy is kept, steps change nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.faults import Fault

from .sites import (
    BATTERY,
    GRID,
    INVERTER,
    INVERTER_B,
    MIN,
    START,
    H,
    S,
    columns_equal,
    dispatch,
    plant,
    run,
    site,
    steps,
    world,
)

ORDERS = st.lists(
    st.tuples(st.integers(0, 80), st.integers(1, 40), st.floats(-9_000.0, 9_000.0)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(
    orders=ORDERS,
    ramp=st.sampled_from([1.0, 7.0, 60.0, 3_000.0]),
    soc=st.floats(0.05, 1.0),
    tapers=st.sampled_from([(0.1, 0.95), (0.15, 0.85), (0.4, 0.5)]),
    sigma=st.sampled_from([0.0, 7.7e-9, 1e-5]),
    losses=st.sampled_from([(0.0, 0.0, 0.0), (0.003, 0.012, 0.015), (0.01, 0.1, 0.2)]),
    limit=st.sampled_from([None, 4_000.0]),
    trip=st.booleans(),
    base=st.sampled_from(["idle", "self_consumption"]),
)
def test_whatever_happens_the_ramp_holds_and_energy_is_kept(
    orders, ramp, soc, tapers, sigma, losses, limit, trip, base
):
    scenario = site(
        hours=2,
        battery={
            "capacity_wh": 4_000.0,
            "max_charge_w": 8_000.0,
            "max_discharge_w": 8_000.0,
            "soc_initial": soc,
            "soc_taper_low": tapers[0],
            "soc_taper_high": tapers[1],
            "self_discharge_per_s": sigma,
            "ramp_w_per_s": ramp,
        },
        inverter=dict(
            zip(("standby_loss", "proportional_loss", "quadratic_loss"), losses, strict=True)
        ),
        grid={"import_limit_w": limit, "export_limit_w": limit} if limit else {},
        base_strategy=base,
    )
    schedule = [
        dispatch(i, at=start * MIN, s=60 * length, power_w=power)
        for i, (start, length, power) in enumerate(orders, 1)
    ]
    series = {
        "load": steps([500.0, 3_000.0, 100.0], 37 * MIN),
        "pv": steps([0.0, 3_500.0], 50 * MIN),
    }

    def made():
        found = world(scenario, *schedule, **series)
        if trip:
            found.inject(
                Fault(
                    kind="battery_trip",
                    component_ids=(BATTERY,),
                    start_us=START + H,
                    duration_s=300.0,
                )
            )
        return found

    stepped = made()
    while stepped.now_us < stepped.end_us:
        stepped.advance(min(stepped.now_us + 7 * MIN + 13, stepped.end_us))
        stepped.reading(BATTERY)
    record = made().finish()
    assert columns_equal(record, stepped.finish())
    columns, totals = record.segments, record.totals
    assert len(columns["t_start_us"]) < 800

    # Lines are never steeper, and begin where the one before ended unless something won.
    seconds = (columns["t_end_us"] - columns["t_start_us"]) / S
    bends = {
        s: lam
        for s, i, lam in zip(
            record.tapers.segment, record.tapers.component_id, record.tapers.lam_per_s, strict=True
        )
        if i == INVERTER
    }
    p, end = columns[f"c{INVERTER}.p_w"], columns[f"c{INVERTER}.p_end_w"]
    for segment in range(len(p)):
        if not bends.get(segment):
            assert abs(end[segment] - p[segment]) <= ramp * seconds[segment] * (1.0 + 1e-9) + 1e-9
    socs = np.concatenate(([soc], columns[f"c{BATTERY}.soc_end"]))[:-1]
    charge = 8_000.0 * np.clip((0.95 - socs) / max(0.95 - tapers[1], 1e-12), 0.0, 1.0)
    discharge = 8_000.0 * np.clip((socs - 0.1) / max(tapers[0] - 0.1, 1e-12), 0.0, 1.0)
    dc = columns[f"c{BATTERY}.p_w"]
    slack = 3e-6 * ramp + 1e-2
    held = np.isclose(socs, 0.95, atol=1e-6)
    assert ((dc <= charge + slack) | held).all()
    assert (dc >= -discharge - slack).all()
    grid = columns[f"c{GRID}.p_w"], columns[f"c{GRID}.p_end_w"]
    if limit:
        assert np.abs(grid).max() <= limit + slack
    for i in range(1, len(p)):
        if abs(p[i] - end[i - 1]) <= 4e-6 * ramp + 1e-6:
            continue
        if limit and abs(abs(grid[0][i]) - limit) < 1e-3 + slack:
            continue
        # Whatever else wins over the ramp takes power away.
        assert abs(p[i]) <= abs(end[i - 1]) + 1e-6
        at_edge = min(charge[i], discharge[i]) < 8_000.0 - 1e-9
        assert at_edge or (trip and columns["t_start_us"][i] == START + H)

    battery = totals[BATTERY]
    kept = 0.975 * battery.in_wh - battery.out_wh / 0.975 - battery.self_discharge_wh
    assert battery.end_wh - battery.start_wh == pytest.approx(kept, abs=1e-6)
    assert battery.self_discharge_wh >= -1e-9
    inverter = totals[INVERTER]
    assert inverter.in_wh - inverter.out_wh == pytest.approx(
        battery.in_wh - battery.out_wh + inverter.loss_wh, abs=1e-6
    )
    assert inverter.loss_wh >= -1e-9


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(-4_000.0, 4_000.0), min_size=4, max_size=4), st.sampled_from([3.0, 30.0]))
def test_a_plant_with_ramps_of_two_kinds_keeps_its_balance(powers, ramp):
    record = run(
        plant(
            hours=2,
            chp={"ramp_w_per_s": 20.0},
            battery={"ramp_w_per_s": ramp},
            second={"ramp_w_per_s": 2.0 * ramp},
        ),
        *[
            dispatch(i, at=i * 20 * MIN, s=1_000, power_w=power, ids=(INVERTER, INVERTER_B))
            for i, power in enumerate(powers, 1)
        ],
        dispatch(9, "chp_run", at=H, s=1_800, ids=(13,), power_pu=0.8),
        load=1_000.0,
    )
    columns = record.segments
    for name in ("p_w", "p_end_w"):
        parts = sum(columns[f"c{each}.{name}"] for each in (INVERTER, INVERTER_B, 13))
        assert columns[f"c{GRID}.{name}"] == pytest.approx(parts + 1_000.0, abs=1e-6)
