"""Precedence: who decides over a device when several things are in force."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.dispatch import Categories, CategoryTypes, Ids
from simulator.microgrid.scenario_category import Category

from .sites import (
    BATTERY,
    GRID,
    INVERTER,
    INVERTER_B,
    LOSSLESS_INVERTER,
    METER,
    PV,
    H,
    bare,
    columns_equal,
    dispatch,
    log,
    run,
    site,
)

BATTERIES = Categories(categories=(Category.BATTERY,))
LITHIUM = CategoryTypes(pairs=((Category.BATTERY, 1),))
ANY_BATTERY = CategoryTypes(pairs=((Category.BATTERY, None),))


def power(*dispatches, hour=0.5, component=INVERTER, scenario=None, **series):
    """Power of a component at an hour."""
    record = run(scenario or site(hours=4, **bare()), *dispatches, **series)
    t_us = record.start_us + round(hour * H)
    columns = record.segments
    (row,) = (
        i
        for i, (start, end) in enumerate(
            zip(columns["t_start_us"], columns["t_end_us"], strict=True)
        )
        if start <= t_us < end
    )
    return float(columns[f"c{component}.p_w"][row])


# One set-point source


def test_the_highest_priority_wins():
    first = dispatch(1, power_w=1_000.0, priority=1)
    assert power(first, dispatch(2, power_w=2_000.0)) == 1_000.0


@pytest.mark.parametrize(
    ("first", "second"),
    [(Ids(ids=(BATTERY,)), LITHIUM), (LITHIUM, BATTERIES), (LITHIUM, ANY_BATTERY)],
)
def test_then_the_most_specific_selector(first, second):
    one, other = dispatch(1, target=first, power_w=1.0), dispatch(2, target=second, power_w=2.0)
    assert power(one, other) == 1.0


def test_then_the_latest_start():
    early = dispatch(9, at=0, s=7200, power_w=1_000.0)
    late = dispatch(1, at=H, power_w=2_000.0)
    assert power(early, late, hour=0.5) == 1_000.0
    assert power(early, late, hour=1.5) == 2_000.0


def test_then_the_highest_id():
    assert power(dispatch(1, power_w=1_000.0), dispatch(2, power_w=2_000.0)) == 2_000.0


def test_the_loser_is_overridden_and_takes_over_when_the_winner_stops():
    record = run(
        site(hours=2, **bare()),
        dispatch(1, s=7200, power_w=1_000.0),
        dispatch(2, s=3600, power_w=3_000.0, priority=1),
    )
    first, second = record.occurrences
    assert (first.asked_wh, first.delivered_wh) == (2_000.0, 1_000.0)
    assert (first.reason, first.limited_s) == ("overridden", {"overridden": 3600.0})
    assert (second.delivered_wh, second.reason) == (3_000.0, "none")


def test_what_is_left_of_a_group_follows_its_whole_set_point():
    scenario = site(hours=2, second={}, **bare())
    group = dispatch(1, target=BATTERIES, power_w=4_000.0)
    single = dispatch(2, power_w=-1_000.0, priority=5)
    assert power(group, single, scenario=scenario) == -1_000.0
    assert power(group, single, scenario=scenario, component=INVERTER_B) == pytest.approx(4_000.0)


def test_set_points_of_equal_priority_may_add_up_instead():
    scenario = site(hours=2, meta={"arbitration": "sum"}, **bare())
    both = [dispatch(1, power_w=1_000.0), dispatch(2, power_w=2_000.0)]
    assert power(*both, scenario=scenario) == 3_000.0
    higher = dispatch(3, power_w=-500.0, priority=1)
    assert power(*both, higher, scenario=scenario) == -500.0


def test_added_set_points_are_accounted_by_their_part():
    scenario = site(hours=1, meta={"arbitration": "sum"}, **bare())
    record = run(scenario, dispatch(1, power_w=1_000.0), dispatch(2, power_w=2_000.0))
    assert [each.delivered_wh for each in record.occurrences] == pytest.approx([1_000.0, 2_000.0])


def test_set_points_that_cancel_out_override_each_other():
    scenario = site(hours=1, meta={"arbitration": "sum"}, **bare())
    record = run(scenario, dispatch(1, power_w=1_000.0), dispatch(2, power_w=-1_000.0))
    assert record.totals[INVERTER].in_wh == 0.0
    assert [each.reason for each in record.occurrences] == ["overridden", "overridden"]


def test_set_points_of_producers_do_not_add_up():
    scenario = site(hours=1, meta={"arbitration": "sum"})
    both = [dispatch(i, ids=[PV], power_w=-1_000.0 * i) for i in (1, 2)]
    assert power(*both, scenario=scenario, component=PV, pv=9_000.0) == -2_000.0


def test_per_unit_powers_refer_to_the_rating_of_the_devices():
    assert power(dispatch(1, power_pu=-0.25)) == -2_500.0
    scenario = site(hours=1, second={}, **bare())
    both = dispatch(1, target=BATTERIES, power_pu=0.1)
    assert power(both, scenario=scenario, component=METER) == pytest.approx(2_000.0)


def test_without_a_dispatch_the_base_strategy_decides():
    assert power(load=1_500.0) == 0.0
    scenario = site(hours=2, base_strategy="self_consumption", **bare())
    assert power(scenario=scenario, load=1_500.0) == -1_500.0
    override = dispatch(1, power_w=700.0)
    assert power(override, scenario=scenario, load=1_500.0) == 700.0
    assert power(override, scenario=scenario, load=1_500.0, hour=1.5) == -1_500.0


# Limits


def test_running_limits_intersect_and_come_before_set_points():
    record_power = power(
        dispatch(1, power_w=9_000.0, priority=100),
        dispatch(2, "power_limit", max_w=5_000.0),
        dispatch(3, "power_limit", target=BATTERIES, max_w=7_000.0, min_w=-1_000.0),
    )
    assert record_power == 5_000.0


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ([{"max_w": -2_000.0}, {"min_w": 1_000.0}], 1_000.0),
        ([{"max_w": 1_000.0}, {"min_w": 3_000.0}], 1_000.0),
        ([{"max_w": -3_000.0}, {"min_w": -1_000.0}], -1_000.0),
    ],
)
def test_contradicting_limits_collapse_to_the_bound_nearest_to_zero(limits, expected):
    found = [dispatch(i, "power_limit", **limit) for i, limit in enumerate(limits, 1)]
    record = run(site(hours=1, **bare()), *found)
    assert record.segments[f"c{INVERTER}.p_w"][0] == expected
    assert log(record, "LIMIT_CONFLICT")


def test_a_limit_may_force_an_idle_battery():
    assert power(dispatch(1, "power_limit", min_w=500.0)) == 500.0


def test_a_limit_of_production_curtails_and_counts_what_is_lost():
    record = run(site(hours=1), dispatch(1, "power_limit", ids=[PV], min_w=-3_000.0), pv=5_000.0)
    total = record.totals[PV]
    assert (total.out_wh, total.curtailed_wh) == pytest.approx((3_000.0, 2_000.0))


def test_production_cannot_be_forced():
    assert power(dispatch(1, "power_limit", ids=[PV], max_w=-9e3), component=PV, pv=50.0) == -50.0


def test_a_set_point_for_production_is_an_upper_bound():
    one = dispatch(1, ids=[PV], power_w=-2_000.0)
    assert power(one, component=PV, pv=5_000.0) == -2_000.0
    assert power(one, component=PV, pv=500.0) == -500.0
    (found,) = run(site(hours=1), one, pv=500.0).occurrences
    assert (found.asked_wh, found.delivered_wh) == (-2_000.0, -500.0)
    assert (found.reason, found.limited_s) == ("power_limit", {"available": 3600.0})


def test_a_mixed_group_lets_batteries_make_up_the_difference():
    inverters = Categories(categories=(Category.INVERTER,))
    record = run(
        site(hours=1, **bare()), dispatch(1, target=inverters, power_w=-6_000.0), pv=4_000.0
    )
    assert record.totals[PV].out_wh == pytest.approx(4_000.0)
    assert record.totals[INVERTER].out_wh == pytest.approx(2_000.0)
    assert record.occurrences[0].delivered_wh == pytest.approx(-6_000.0)


def test_a_mixed_group_curtails_only_what_batteries_cannot_take():
    scenario = site(hours=1, inverter=LOSSLESS_INVERTER, battery={"max_charge_w": 1_000.0})
    inverters = Categories(categories=(Category.INVERTER,))
    record = run(scenario, dispatch(1, target=inverters, power_w=-2_000.0), pv=4_000.0)
    assert record.totals[INVERTER].in_wh == pytest.approx(1_000.0)
    assert record.totals[PV].curtailed_wh == pytest.approx(1_000.0)


# The site


def test_a_limit_of_the_site_moves_batteries():
    limit = dispatch(1, "power_limit", ids=[GRID], max_w=2_000.0)
    charge = dispatch(2, power_w=5_000.0)
    assert power(limit, charge, load=1_000.0) == pytest.approx(1_000.0)
    assert power(limit, load=3_500.0) == pytest.approx(-1_500.0)
    assert power(limit, load=3_500.0, component=METER) == pytest.approx(2_000.0)


def test_a_limit_of_export_charges_first_and_then_curtails():
    scenario = site(hours=1, inverter=LOSSLESS_INVERTER, battery={"max_charge_w": 1_000.0})
    limit = dispatch(1, "power_limit", ids=[GRID], min_w=-2_000.0)
    record = run(scenario, limit, pv=5_000.0)
    assert record.totals[METER].out_wh == pytest.approx(2_000.0)
    assert record.totals[INVERTER].in_wh == pytest.approx(1_000.0)
    assert record.totals[PV].curtailed_wh == pytest.approx(2_000.0)


def test_the_connection_itself_limits_without_any_dispatch():
    record = run(site(hours=1, grid={"export_limit_w": 1_000.0}, **bare()), pv=4_000.0)
    assert record.totals[METER].out_wh == pytest.approx(1_000.0)
    assert not log(record, "SITE_LIMIT_EXCEEDED")


def test_a_limit_that_cannot_be_kept_is_logged_when_it_begins_and_ends():
    load = [(1_767_225_600_000_000, 20_000.0), (1_767_225_600_000_000 + H, 100.0)]
    record = run(site(hours=2, grid={"fuse_a": 10.0}, **bare()), load=load)
    assert [each[:2] for each in log(record)] == [
        ("SITE_LIMIT_EXCEEDED", 0),
        ("SITE_LIMIT_KEPT", 3600),
    ]


def test_limits_of_the_site_may_contradict_each_other_and_the_connection():
    low = dispatch(1, "power_limit", ids=[GRID], min_w=3_000.0)
    high = dispatch(2, "power_limit", ids=[GRID], max_w=1_000.0)
    record = run(site(hours=1, **bare()), low, high)
    assert record.segments[f"c{METER}.p_w"][0] == pytest.approx(1_000.0)
    assert [
        each["component_id"] for each in record.events if each["event"] == "LIMIT_CONFLICT"
    ] == [GRID]
    # The connection allows less import than the dispatch wants to force.
    scenario = site(hours=1, grid={"import_limit_w": 2_000.0}, **bare())
    assert power(low, scenario=scenario, component=METER) == pytest.approx(2_000.0)


def test_several_balancing_dispatches_agree_on_one_balance():
    scenario = site(hours=1, second={}, **bare())
    one = dispatch(1, "self_consumption", ids=[INVERTER])
    other = dispatch(2, "self_consumption", ids=[INVERTER_B])
    assert power(one, other, scenario=scenario, load=4_000.0, component=METER) == pytest.approx(0)


# Dry runs


def test_a_dry_run_is_logged_and_shadowed_and_changes_nothing():
    scenario = site(hours=4, base_strategy="self_consumption")
    quiet = run(scenario, load=800.0)
    record = run(scenario, dispatch(1, at=H, dry_run=True, power_w=-4_000.0), load=800.0)
    assert columns_equal(quiet, record)
    assert record.totals == quiet.totals
    (one,) = record.occurrences
    assert (one.reason, one.asked_wh, one.delivered_wh) == ("dry_run", -4_000.0, 0.0)
    assert one.limited_s == {"dry_run": 3600.0}
    shadow = record.shadow
    rows = list(zip(shadow.component_id, shadow.setpoint_w, shadow.source, strict=True))
    assert (INVERTER, -4_000.0, 1) in rows
    assert sum(b - a for a, b in zip(shadow.t_start_us, shadow.t_end_us, strict=True)) == 2 * H
    assert log(record, "STARTED", "STOPPED") == [("STARTED", 3600, 1, 0), ("STOPPED", 7200, 1, 0)]


def test_the_shadow_competes_with_what_really_runs():
    record = run(
        site(hours=1, **bare()),
        dispatch(1, power_w=1_000.0, priority=5),
        dispatch(2, dry_run=True, power_w=3_000.0),
        dispatch(3, "power_limit", dry_run=True, max_w=400.0),
    )
    shadow = record.shadow
    (setpoint,) = (
        (w, source)
        for each, w, source in zip(
            shadow.component_id, shadow.setpoint_w, shadow.source, strict=True
        )
        if each == INVERTER
    )
    assert setpoint == (1_000.0, 1)
    assert record.totals[INVERTER].in_wh == pytest.approx(1_000.0)


def test_a_dry_latching_switch_latches_only_the_shadow():
    record = run(
        site(hours=2, **bare()),
        dispatch(1, "switch", s=0, dry_run=True, state="off", latch=True),
        dispatch(2, s=7200, power_w=500.0),
    )
    assert record.totals[INVERTER].in_wh == pytest.approx(1_000.0)


DRY = st.builds(
    lambda i, kind, at, s, w: dispatch(
        100 + i,
        kind,
        at=at * 60_000_000,
        s=s,
        dry_run=True,
        **(
            {"power_w": w}
            if kind == "set_power"
            else {"max_w": w}
            if kind == "power_limit"
            else {"state": "off", "latch": w > 0}
            if kind == "switch"
            else {}
        ),
    ),
    st.integers(0, 99),
    st.sampled_from(["set_power", "power_limit", "self_consumption", "switch"]),
    st.integers(0, 200),
    st.integers(0, 7200) | st.none(),
    st.floats(-9e3, 9e3),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(DRY, max_size=5, unique_by=lambda each: each.id))
def test_no_dry_run_ever_touches_the_truth(dry):
    scenario = site(hours=4, base_strategy="self_consumption", second={"soc_initial": 0.9})
    real = dispatch(1, at=H, target=BATTERIES, power_w=9_000.0)
    load = [(1_767_225_600_000_000 + i * 900_000_000, 300.0 * (i % 7)) for i in range(16)]
    quiet = run(scenario, real, load=load)
    record = run(scenario, real, *dry, load=load)
    assert columns_equal(quiet, record)
    assert quiet.totals == record.totals
