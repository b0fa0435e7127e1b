"""What must hold for any schedule: rehearsals, absences, recurrences, repeats, round trips.

The cases are those of `test_invariants`; bytes are compared where nothing may differ at all.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.faults import Fault
from simulator.microgrid.recurrence import Frequency, Rule

from .sites import (
    BATTERY,
    EV,
    HARD_STOPS,
    LOSSLESS_BATTERY,
    LOSSLESS_INVERTER,
    MIN,
    START,
    H,
    S,
    bare,
    columns_equal,
    dispatch,
    log,
    plant,
    run,
    site,
    world,
)
from .test_invariants import CASE, HOURS, prepared

FEW = settings(max_examples=15, deadline=None)


def sources_aside(one, other):
    """Whether two records differ in nothing but which dispatch is named as the source."""
    return one.segments.keys() == other.segments.keys() and all(
        column.tobytes() == other.segments[name].tobytes()
        for name, column in one.segments.items()
        if not name.endswith(".source")
    )


@FEW
@given(CASE)
def test_the_same_seed_gives_the_same_bytes(case):
    scenario, schedule, series = prepared(case)
    one, other = run(scenario, *schedule, **series), run(scenario, *schedule, **series)
    assert columns_equal(one, other)
    assert (one.events, one.occurrences) == (other.events, other.occurrences)


@settings(max_examples=6, deadline=None)
@given(st.floats(1.0, 9.0), st.floats(4_000.0, 22_000.0))
def test_a_component_added_elsewhere_changes_no_draw(per_day, rated_w):
    often = {"workday": per_day, "weekend": per_day}
    arrivals = {"per_day": often, "energy_wh": 9_000.0, "stay_h": 2.0}

    def visits(**more):
        made = run(plant(ev={"arrivals": arrivals}, hours=96, **more))
        return [
            (each["event"], each["t_us"])
            for each in made.events
            if each.get("component_id") == EV and each["event"].startswith("EV_")
        ]

    alone = visits()
    assert alone, "no vehicle came in four days"
    assert alone == visits(ev_b={"rated_power_w": rated_w, "arrivals": arrivals})


@FEW
@given(CASE)
def test_dry_runs_move_nothing(case):
    scenario, schedule, series = prepared(case)
    dry = [replace(each, dry_run=True) for each in schedule]
    assert columns_equal(run(scenario, *dry, **series), run(scenario, **series))


@FEW
@given(CASE)
def test_what_is_inactive_might_as_well_be_absent(case):
    scenario, schedule, series = prepared(case)
    inactive = run(scenario, *(replace(each, active=False) for each in schedule), **series)
    absent = run(scenario, **series)
    assert columns_equal(inactive, absent)
    assert inactive.events == absent.events


@FEW
@given(CASE, st.integers(1, 4 * 3600 - 1))
def test_a_deletion_is_a_duration_that_ends_then(case, after_s):
    scenario, schedule, series = prepared(case)
    schedule = [each for each in schedule if each.start_us + after_s * S < scenario.meta.end_us]
    schedule = [each for each in schedule if each.duration_s and each.duration_s > after_s][:1]
    shorter = run(scenario, *(replace(each, duration_s=after_s) for each in schedule), **series)
    made = world(scenario, *schedule, **series)
    for each in schedule:
        made.advance(each.start_us + after_s * S)
        made.remove(each.id)
    assert columns_equal(shorter, made.finish())


@FEW
@given(
    CASE,
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(600, 3600),
    st.floats(-9_000.0, 9_000.0),
)
def test_a_recurring_dispatch_is_the_list_of_its_occurrences(case, count, every, s, power_w):
    scenario, _, series = prepared(case)
    rule = Rule(freq=Frequency.HOURLY, interval=every, count=count)
    recurring = run(scenario, dispatch(1, rule=rule, s=s, power_w=power_w), **series)
    singles = [
        dispatch(10 + place, at=place * every * H, s=s, power_w=power_w) for place in range(count)
    ]
    inside = [each for each in singles if each.start_us < scenario.meta.end_us]
    assert sources_aside(recurring, run(scenario, *inside, **series))


@FEW
@given(CASE, st.integers(0, HOURS * 60 - 1), st.floats(-9_000.0, 9_000.0))
def test_a_zero_duration_has_two_events_and_no_effect(case, minute, power_w):
    scenario, schedule, series = prepared(case)
    instant = dispatch(99, at=minute * MIN, s=0, power_w=power_w)
    with_it = run(scenario, *schedule, instant, **series)
    without = run(scenario, *schedule, **series)
    for component_id, total in without.totals.items():
        moved = with_it.totals[component_id]
        assert moved.in_wh == pytest.approx(total.in_wh, rel=1e-9, abs=1e-6)
        assert moved.out_wh == pytest.approx(total.out_wh, rel=1e-9, abs=1e-6)
    assert [each[0] for each in log(with_it) if each[2] == 99] == ["STARTED", "STOPPED"]


@FEW
@given(
    st.floats(500.0, 9_000.0),
    st.integers(600, 3_600),
    st.floats(0.85, 1.0),
    st.floats(0.85, 1.0),
)
def test_a_round_trip_returns_what_the_efficiencies_leave(power_w, s, into, out):
    parts = bare(soc_initial=0.3, charge_efficiency=into, discharge_efficiency=out)
    # What was stored comes out again, to the last Wh: the same time at this power.
    back_w = power_w * into * out
    record = run(
        site(**parts),
        dispatch(1, s=s, power_w=power_w),
        dispatch(2, at=2 * H, s=s, power_w=-back_w),
    )
    total = record.totals[BATTERY]
    assert total.end_wh == pytest.approx(total.start_wh, rel=1e-9)
    assert total.out_wh == pytest.approx(total.in_wh * into * out, rel=1e-9)


def test_a_lossless_round_trip_returns_everything():
    parts = {"inverter": LOSSLESS_INVERTER, "battery": {**LOSSLESS_BATTERY, **HARD_STOPS}}
    record = run(
        site(**parts), dispatch(1, power_w=4_000.0), dispatch(2, at=2 * H, power_w=-4_000.0)
    )
    total = record.totals[BATTERY]
    assert (total.end_wh, total.out_wh) == pytest.approx((total.start_wh, total.in_wh), rel=1e-12)


@FEW
@given(CASE, st.sampled_from(["meter_dropout", "meter_stuck", "clock_skew"]), st.integers(0, 7))
def test_faults_of_readings_leave_the_truth_alone(case, kind, hour):
    scenario, schedule, series = prepared(case)
    disturbed = world(scenario, *schedule, **series)
    disturbed.inject(
        Fault(kind=kind, component_ids=(2,), start_us=START + hour * H, duration_s=3_000.0)
    )
    truth, seen = run(scenario, *schedule, **series), disturbed.finish()
    for component_id, total in truth.totals.items():
        assert seen.totals[component_id].in_wh == pytest.approx(total.in_wh, rel=1e-9, abs=1e-6)
        assert seen.totals[component_id].out_wh == pytest.approx(total.out_wh, rel=1e-9, abs=1e-6)
    assert np.isclose(
        np.sum(seen.segments["c1.in_wh"]), np.sum(truth.segments["c1.in_wh"]), rtol=1e-9
    )
