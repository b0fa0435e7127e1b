"""What must hold for any site, inputs and schedule: conservation, sums, splitting, shifting, scale.

Step-free physics leaves only rounding, so most of it is held to 1e-9 of what flowed.
"""

from __future__ import annotations

from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.dispatch import Categories
from simulator.microgrid.scenario_category import Category
from simulator.microgrid.scenario_components import Battery

from .sites import (
    BATTERY,
    BATTERY_B,
    GRID,
    INVERTER,
    INVERTER_B,
    LOSSLESS_BATTERY,
    LOSSLESS_INVERTER,
    METER,
    MIN,
    PV,
    START,
    SUB,
    H,
    dispatch,
    run,
    site,
    steps,
    world,
)

BATTERIES = Categories(categories=(Category.BATTERY,))
HOURS = 8

POWERS = st.lists(st.floats(0.0, 9_000.0), min_size=HOURS, max_size=HOURS)
STORAGE = st.fixed_dictionaries(
    {
        "soc_initial": st.floats(0.05, 1.0),
        "charge_efficiency": st.floats(0.85, 1.0),
        "discharge_efficiency": st.floats(0.85, 1.0),
        "self_discharge_per_s": st.sampled_from([0.0, 7.7e-9, 1e-6]),
        "aux_power_w": st.sampled_from([0.0, 35.0]),
        "soc_taper_low": st.sampled_from([0.1, 0.2]),
        "soc_taper_high": st.sampled_from([0.8, 0.95]),
    }
)
TARGETS = st.sampled_from([{"ids": [INVERTER]}, {"target": BATTERIES}, {"ids": [GRID]}])
SET = st.builds(
    lambda at, s, w, target: {"type_": "set_power", "at": at, "s": s, "power_w": w, **target},
    st.integers(0, HOURS * H),
    st.integers(0, 4 * 3600),
    st.floats(-15_000.0, 15_000.0),
    TARGETS,
)
LIMIT = st.builds(
    lambda at, s, low, width, target: {
        "type_": "power_limit",
        "at": at,
        "s": s,
        "min_w": low,
        "max_w": low + width,
        **target,
    },
    st.integers(0, HOURS * H),
    st.integers(0, 4 * 3600),
    st.floats(-9_000.0, 3_000.0),
    st.floats(0.0, 9_000.0),
    TARGETS,
)
BALANCE = st.builds(
    lambda at, s, reserve, grid: {
        "type_": "self_consumption",
        "at": at,
        "s": s,
        "reserve_soc": reserve,
        "grid_charge": grid,
        "target": BATTERIES,
    },
    st.integers(0, HOURS * H),
    st.integers(0, 6 * 3600),
    st.floats(0.0, 0.9),
    st.booleans(),
)
SCHEDULE = st.lists(SET | LIMIT | BALANCE, max_size=4)
CASE = st.fixed_dictionaries(
    {
        "battery": STORAGE,
        "second": st.none() | STORAGE,
        "base_strategy": st.sampled_from(["idle", "self_consumption"]),
        "schedule": SCHEDULE,
        "load": POWERS,
        "sub": POWERS,
        "pv": POWERS,
        "limits": st.booleans(),
    }
)


def prepared(case, *, start_us=START, **more):
    grid = {"import_limit_w": 12_000.0, "export_limit_w": 5_000.0} if case["limits"] else {}
    scenario = site(
        hours=HOURS,
        grid=grid,
        battery=case["battery"],
        second=case["second"],
        base_strategy=case["base_strategy"],
        start_us=start_us,
        **more,
    )
    series = {
        name: steps(case[name], H if name != "pv" else 40 * MIN, start_us)
        for name in ("load", "sub", "pv")
    }
    schedule = [dispatch(i, **each) for i, each in enumerate(case["schedule"], 1)]
    return scenario, schedule, series


def recorded(case):
    scenario, schedule, series = prepared(case)
    return run(scenario, *schedule, **series)


def throughput(record):
    return sum(total.in_wh + total.out_wh for total in record.totals.values()) + 1.0


def nodes(record):
    return [info for info in record.components if info.kind in ("grid_connection_point", "meter")]


@settings(max_examples=40, deadline=None)
@given(CASE)
def test_energy_is_conserved_at_every_level(case):
    record = recorded(case)
    scale, totals = throughput(record), record.totals
    # Each battery.
    for info in record.components:
        if info.kind == "battery":
            battery, total = record.scenario.component(info.id), totals[info.id]
            assert isinstance(battery, Battery)
            stored = total.end_wh - total.start_wh
            into = battery.charge_efficiency * total.in_wh
            out = total.out_wh / battery.discharge_efficiency
            assert stored == pytest.approx(into - out - total.self_discharge_wh, abs=1e-9 * scale)
            assert total.self_discharge_wh >= -1e-9 * scale
    # The site.
    inverters = [info.id for info in record.components if info.kind == "battery_inverter"]
    cells = [info.id for info in record.components if info.kind == "battery"]
    expected = (
        sum(total.load_wh for total in totals.values())
        + sum(totals[i].aux_wh + totals[i].loss_wh for i in inverters)
        + sum(totals[i].in_wh - totals[i].out_wh for i in cells)
        - totals[PV].out_wh
    )
    assert totals[GRID].in_wh - totals[GRID].out_wh == pytest.approx(expected, abs=1e-9 * scale)
    assert all(totals[i].loss_wh >= -1e-9 * scale for i in inverters)


@settings(max_examples=30, deadline=None)
@given(CASE)
def test_every_meter_is_the_sum_of_what_is_below_it(case):
    record = recorded(case)
    columns = record.segments
    for info in nodes(record):
        for when in ("p_w", "p_end_w"):
            own = columns[f"c{info.id}.{when}"]
            below = sum(columns[f"c{child}.{when}"] for child in info.children)
            if info.kind == "meter":
                below = below + columns[f"c{info.id}.load_w"]
            assert own == pytest.approx(below, rel=1e-9, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(CASE)
def test_powers_and_charge_stay_within_bounds(case):
    record = recorded(case)
    columns = record.segments
    for info in record.components:
        if info.kind == "battery_inverter":
            aux = case["battery" if info.id == INVERTER else "second"]["aux_power_w"]
            assert max(abs(columns[f"c{info.id}.p_w"])) <= info.rated_w + aux + 1e-6
        if info.kind == "battery":
            given_ = case["battery" if info.id == BATTERY else "second"]
            leak = exp(-given_["self_discharge_per_s"] * HOURS * 3600)
            low = min(0.1, given_["soc_initial"]) * leak
            high = max(0.95, given_["soc_initial"])
            soc = columns[f"c{info.id}.soc_end"]
            assert low - 1e-9 <= min(soc)
            assert max(soc) <= high + 1e-9
        if info.kind == "pv_inverter":
            assert max(columns[f"c{info.id}.p_w"]) <= 0.0


@settings(max_examples=30, deadline=None)
@given(CASE)
def test_registers_never_decrease_and_never_run_both_ways_at_once(case):
    record = recorded(case)
    columns = record.segments
    for info in nodes(record):
        into, out = columns[f"c{info.id}.in_wh"], columns[f"c{info.id}.out_wh"]
        assert (into >= 0.0).all()
        assert (out >= 0.0).all()
        # Both only where the power passes through zero within the segment.
        both = (into > 0.0) & (out > 0.0)
        starts, ends = columns[f"c{info.id}.p_w"][both], columns[f"c{info.id}.p_end_w"][both]
        tapering = set(record.tapers.segment)
        assert all(i in tapering for i in both.nonzero()[0])
        assert ((starts != ends) | (len(starts) == 0)).all()


@settings(max_examples=30, deadline=None)
@given(CASE, st.lists(st.integers(1, HOURS * H - 1), min_size=1, max_size=5, unique=True))
def test_events_that_change_nothing_change_nothing(case, moments):
    scenario, schedule, series = prepared(case)
    whole = run(scenario, *schedule, **series)
    # Switching on what is on settles and solves at the moment, and decides nothing.
    noise = [
        dispatch(100 + i, "switch", at=at, s=1, state="on", target=BATTERIES)
        for i, at in enumerate(moments)
    ]
    split = run(scenario, *schedule, *noise, **series)
    assert len(split.segments["t_start_us"]) >= len(whole.segments["t_start_us"])
    scale = throughput(whole)
    for component_id, total in whole.totals.items():
        for name in ("in_wh", "out_wh", "loss_wh", "end_wh", "curtailed_wh"):
            one, other = getattr(total, name), getattr(split.totals[component_id], name)
            if case["second"] is None:
                assert one == pytest.approx(other, abs=1e-9 * scale), (component_id, name)
            else:
                # Shares are decisions: an event lets the controller decide anew.
                assert one == pytest.approx(other, abs=2e-2 * scale), (component_id, name)


@settings(max_examples=60, deadline=None)
@given(
    CASE,
    st.sampled_from(["soc_balance", "available_power", "equal"]),
    st.sampled_from([0, 60, 900]),
    st.sampled_from(["priority", "sum"]),
    st.sampled_from([0.0, 1e-12, 1e-5, 1e-4]),
)
def test_no_site_makes_the_controller_decide_ever_faster(case, sharing, control_s, mode, sigma):
    battery = {**case["battery"], "self_discharge_per_s": sigma, "max_charge_w": 100.0}
    scenario, schedule, series = prepared(
        {**case, "battery": battery, "limits": True},
        meta={"sharing": sharing, "control_s": control_s, "arbitration": mode},
    )
    made = world(scenario, *schedule, **series)
    queue = made._agenda.queue
    while queue and queue[0][0] <= made.end_us:
        made._happen(queue[0][0])
        assert made._recorder.count < 60 * HOURS + 400


@settings(max_examples=15, deadline=None)
@given(CASE, st.integers(-20, 20))
def test_moving_everything_by_whole_weeks_changes_only_timestamps(case, weeks):
    scenario, schedule, series = prepared(case)
    here = run(scenario, *schedule, **series)
    shift = weeks * 7 * 24 * H
    scenario, schedule, series = prepared(case, start_us=START + shift)
    moved = [
        dispatch(i, **{**each, "at": each["at"] + shift})
        for i, each in enumerate(case["schedule"], 1)
    ]
    there = run(scenario, *moved, **series)
    for name, column in here.segments.items():
        if name in ("t_start_us", "t_end_us"):
            assert (there.segments[name] - column == shift).all()
        else:
            assert there.segments[name].tobytes() == column.tobytes()


@settings(max_examples=15, deadline=None)
@given(CASE, st.sampled_from([0.25, 2.0, 1024.0]))
def test_scaling_all_powers_and_capacities_scales_all_energies(case, k):
    """Powers of two scale exactly, so that no decision can tip over."""
    case = {**case, "second": None, "limits": False}
    scenario, schedule, series = prepared(case)
    here = run(scenario, *schedule, **series)
    battery = {**case["battery"], "aux_power_w": k * case["battery"]["aux_power_w"]}
    larger = site(
        hours=HOURS,
        battery={**battery, "capacity_wh": k * 20_000.0},
        inverter={"rated_power_w": k * 10_000.0},
        base_strategy=case["base_strategy"],
    )
    larger = larger.model_copy(
        update={
            "components": tuple(
                each.model_copy(update={"rated_power_w": k * 8_000.0}) if each.id == PV else each
                for each in larger.components
            )
        }
    )
    scaled = [
        dispatch(i, **{key: k * w if key.endswith("_w") else w for key, w in each.items()})
        for i, each in enumerate(case["schedule"], 1)
    ]
    there = run(
        larger, *scaled, **{name: [(t, k * w) for t, w in each] for name, each in series.items()}
    )
    scale = throughput(here)
    for component_id, total in here.totals.items():
        other = there.totals[component_id]
        assert other.in_wh == pytest.approx(k * total.in_wh, abs=1e-9 * k * scale)
        assert other.out_wh == pytest.approx(k * total.out_wh, abs=1e-9 * k * scale)


@settings(max_examples=25, deadline=None)
@given(POWERS, POWERS, st.floats(1_000.0, 20_000.0), st.floats(0.0, 20_000.0))
def test_more_capacity_never_raises_the_import_of_greedy_self_consumption(load, pv, small, more):
    def imported(capacity):
        record = run(
            site(
                hours=HOURS,
                base_strategy="self_consumption",
                inverter=LOSSLESS_INVERTER,
                battery={
                    **LOSSLESS_BATTERY,
                    "capacity_wh": capacity,
                    "soc_min": 0.0,
                    "soc_max": 1.0,
                    "soc_taper_low": 0.0,
                    "soc_taper_high": 1.0,
                    "soc_initial": 500.0 / capacity,
                    "max_charge_w": 5_000.0,
                    "max_discharge_w": 5_000.0,
                },
            ),
            load=steps(load, H),
            pv=steps(pv, H),
        )
        return record.totals[GRID].in_wh

    assert imported(small + more) <= imported(small) + 1e-4


def test_registers_converge_from_explicit_stepping_with_its_first_order():
    """A site by explicit steps, written independently: its error shrinks with the step."""
    load, pv = [1_200.0, 4_000.0, 500.0, 3_500.0], [6_000.0, 0.0, 8_000.0, 2_000.0]
    scenario = site(
        hours=4,
        battery={"soc_initial": 0.8, "self_discharge_per_s": 1e-6},
        inverter=LOSSLESS_INVERTER,
        base_strategy="self_consumption",
    )
    exact = run(scenario, load=steps(load, H), pv=steps(pv, H)).totals[GRID]

    def stepped(h: float) -> tuple[float, float]:
        energy, into, out = 16_000.0, 0.0, 0.0
        for i in range(round(4 * 3600 / h)):
            hour = int(i * h // 3600)
            residual = load[hour] - pv[hour]
            high = 10_000.0 * min(max((19_000.0 - energy) / 2_000.0, 0.0), 1.0)
            low = -10_000.0 * min(max((energy - 2_000.0) / 1_000.0, 0.0), 1.0)
            power = min(max(-residual, low), high)
            gain = 0.975 * power if power >= 0 else power / 0.975
            energy += h * (gain / 3600 - 1e-6 * energy)
            grid = (residual + power) * h / 3600
            into, out = into + max(grid, 0.0), out + max(-grid, 0.0)
        return into, out

    coarse, fine = (abs(stepped(h)[1] - exact.out_wh) for h in (10.0, 1.0))
    assert 8 <= coarse / fine <= 12
    assert fine < 2.0


def test_zero_crossings_inside_a_segment_are_not_netted():
    # Charging tapers off while the sun is constant: import turns into export within one segment.
    record = run(
        site(hours=1, battery={"soc_initial": 0.86}, inverter=LOSSLESS_INVERTER),
        dispatch(1, power_w=10_000.0),
        pv=6_000.0,
    )
    total = record.totals[METER]
    # 9 kW at first, then less and less: 3 kW of import become 6 kW of export.
    lam = 10_000.0 * 0.975 / (3600 * 2_000.0) + 7.7e-9
    assert len(record.segments["t_start_us"]) == 1
    assert total.in_wh == pytest.approx(
        (9 / lam * (1 - 2 / 3) - 6 * log(1.5) / lam) / 3.6, rel=1e-3
    )
    assert total.out_wh > total.in_wh


def test_a_served_world_split_anywhere_keeps_its_totals():
    case = {
        "battery": {"soc_initial": 0.85},
        "second": {"soc_initial": 0.3},
        "base_strategy": "self_consumption",
        "schedule": [{"type_": "set_power", "at": H, "s": 7200, "power_w": 9e3, "ids": [GRID]}],
        "load": [1_000.0] * HOURS,
        "sub": [200.0, 4_000.0] * (HOURS // 2),
        "pv": [8_000.0, 0.0] * (HOURS // 2),
        "limits": True,
    }
    scenario, schedule, series = prepared(case)
    whole = run(scenario, *schedule, **series)
    made = world(scenario, *schedule, endless=True, **series)
    for moment in range(0, HOURS * H, 37 * 1_000_003):
        made.advance(START + moment)
    made.advance(START + HOURS * H)
    for component_id in (GRID, METER, SUB, INVERTER, INVERTER_B, BATTERY, BATTERY_B, PV):
        reading, total = made.reading(component_id), whole.totals[component_id]
        assert reading.import_wh == pytest.approx(total.in_wh, rel=1e-9, abs=1e-9)
        assert reading.export_wh == pytest.approx(total.out_wh, rel=1e-9, abs=1e-9)
