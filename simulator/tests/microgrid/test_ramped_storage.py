"""Batteries with a ramp: lines, tapers, edges, limits; what they store against fine steps."""

from itertools import pairwise
from math import exp, pi

import numpy as np
import pytest

from simulator.microgrid.faults import Fault
from simulator.microgrid.inverter import Losses
from simulator.microgrid.ramped_battery import Line, RampedBattery
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.site import Unsupported

from .sites import (
    BATTERY,
    BATTERY_B,
    GRID,
    INVERTER,
    INVERTER_B,
    MIN,
    START,
    H,
    S,
    bare,
    columns_equal,
    dispatch,
    run,
    site,
    steps,
    world,
)


def lossless(ramp, **battery):
    """A site whose segments end at events only."""
    return {**bare(ramp_w_per_s=ramp, **battery), "meta": {"control_s": 0}}


def curve(record, component_id=INVERTER):
    """(seconds, power at the start, power at the end) of each segment."""
    columns = record.segments
    return [
        ((t - START) / S, p, end)
        for t, p, end in zip(
            columns["t_start_us"],
            columns[f"c{component_id}.p_w"],
            columns[f"c{component_id}.p_end_w"],
            strict=True,
        )
    ]


def shape(record, component_id=INVERTER):
    return [pytest.approx(each, abs=0.02) for each in curve(record, component_id)]


def test_a_set_point_is_reached_along_a_line_and_left_along_one():
    record = run(site(hours=1, **lossless(100.0)), dispatch(1, s=600, power_w=5_000.0))
    assert shape(record) == [
        (0.0, 0.0, 5_000.0),
        (50.0, 5_000.0, 5_000.0),
        (600.0, 5_000.0, 0.0),
        (650.0, 0.0, 0.0),
    ]
    # Half of 50 s is missing at the start; what comes after the end is nobody's.
    (one,) = record.occurrences
    assert one.asked_wh - one.delivered_wh == pytest.approx(5_000.0 * 25.0 / 3_600.0, rel=1e-6)
    assert one.missing_wh == {"ramp": pytest.approx(one.shortfall_wh)}
    assert (one.reason, one.limited_s["ramp"]) == ("power_limit", pytest.approx(50.0))
    assert record.totals[BATTERY].in_wh == pytest.approx(5_000.0 * 600.0 / 3_600.0, rel=1e-6)
    tapers = record.tapers
    assert list(zip(tapers.component_id, tapers.lam_per_s, strict=True)) == [(INVERTER, 0.0)] * 2
    assert list(tapers.coef_w) == [100.0, -100.0]


def test_another_set_point_turns_the_line_where_it_is():
    record = run(
        site(hours=1, **lossless(10.0)),
        dispatch(1, s=100, power_w=5_000.0),
        dispatch(2, at=100 * S, s=400, power_w=-1_000.0),
    )
    assert shape(record)[:3] == [
        (0.0, 0.0, 1_000.0),
        (100.0, 1_000.0, 0.0),
        (200.0, 0.0, -1_000.0),
    ]


def test_without_a_ramp_nothing_is_different():
    plain = run(site(hours=2), dispatch(1, power_w=3_000.0), load=500.0)
    whole = site(hours=2).model_dump(by_alias=True)
    assert all("ramp_w_per_s" not in each for each in whole["components"] if each["id"] == BATTERY)
    assert columns_equal(
        plain, run(Scenario.model_validate(whole), dispatch(1, power_w=3_000.0), load=500.0)
    )


def test_a_ramp_beyond_all_changes_is_none():
    options = {"hours": 6, "battery": {"soc_initial": 0.3}}
    fast = {**options, "battery": {"soc_initial": 0.3, "ramp_w_per_s": 1e12}}
    orders = (dispatch(1, s=7_200, power_w=9_000.0), dispatch(2, at=3 * H, power_w=-9_000.0))
    plain, ramped = (run(site(**each), *orders, load=500.0) for each in (options, fast))
    assert columns_equal(plain, ramped)


# Losses and stored energy


@pytest.mark.parametrize("sigma", [0.0, 7.7e-9, 1e-3])
@pytest.mark.parametrize(
    ("start", "slope", "sign"),
    [(300.0, 40.0, 1.0), (9_000.0, -40.0, 1.0), (0.0, -40.0, -1.0), (-9_000.0, 40.0, -1.0)],
)
def test_a_line_stores_what_fine_steps_do(start, slope, sign, sigma):
    losses = Losses(l0=30.0, l1=0.02, q=0.03 / 10_000.0)
    battery = RampedBattery(
        component_id=1,
        capacity_wh=50_000.0,
        energy_wh=25_000.0,
        e_low=0.0,
        e_high=50_000.0,
        e_taper_low=0.0,
        e_taper_high=50_000.0,
        charge_w=20_000.0,
        discharge_w=20_000.0,
        e_c=0.97,
        e_d=0.96,
        sigma=sigma,
    )
    battery.follow(Line(start, slope, sign, losses), 200.0)
    count, t = 20_000, 150.0
    h = t / count
    energy, moved = battery.energy_wh, 0.0
    for i in range(count):
        ac = start + slope * (i + 0.5) * h
        dc = losses.dc(ac)
        assert i % 999 or battery.power_at((i + 0.5) * h) == pytest.approx(dc, rel=1e-12)
        moved += dc * h / 3_600.0
        stored = dc * h / 3_600.0 * (0.97 if dc >= 0.0 else 1.0 / 0.96)
        energy = energy * exp(-sigma * h) + stored * exp(-0.5 * sigma * h)
    assert battery.transferred_wh(t) == pytest.approx(moved, rel=1e-8)
    assert battery.energy_at(t) == pytest.approx(energy, rel=1e-9)
    level = battery.energy_at(t)
    assert battery.time_to(level) == pytest.approx(t, abs=1e-6)
    assert battery.time_to(2.0 * battery.energy_wh - level) == float("inf")
    row = battery.settle(t)
    assert row[2] - row[3] == pytest.approx(moved, rel=1e-8)
    balance = 0.97 * battery.charged_wh - battery.discharged_wh / 0.96 - battery.self_discharge_wh
    assert battery.energy_wh - 25_000.0 == pytest.approx(balance, rel=1e-9)


def test_on_the_way_through_zero_only_standby_losses_are_served():
    record = run(
        site(hours=1, battery={"ramp_w_per_s": 10.0}, inverter={"rated_power_w": 10_000.0}),
        dispatch(1, s=600, power_w=-500.0),
        dispatch(2, at=600 * S, s=600, power_w=500.0),
    )
    crossing = [each for each in curve(record) if 640.0 < each[0] < 660.0]
    # 30 W of standby losses between 0 and the first power for the battery.
    assert crossing[0] == pytest.approx((650.0, 0.0, 30.0), abs=1e-3)
    at = list(record.segments["t_start_us"]).index(START + round(crossing[0][0] * S))
    assert record.segments[f"c{BATTERY}.p_w"][at] == 0.0
    ends = curve(record)
    assert all(abs(one[2] - two[1]) < 1e-4 for one, two in pairwise(ends))


# Edges


def test_a_rising_line_ends_at_the_taper():
    # From 0.86 on charging tapers; the line meets it before 9 kW.
    battery = {"soc_initial": 0.86, "ramp_w_per_s": 20.0, "self_discharge_per_s": 0.0}
    record = run(site(hours=2, battery=battery), dispatch(1, s=None, power_w=10_000.0))
    powers = record.segments[f"c{BATTERY}.p_w"]
    socs = np.concatenate(([0.86], record.segments[f"c{BATTERY}.soc_end"]))[:-1]
    envelope = 10_000.0 * np.clip((0.95 - socs) / 0.1, 0.0, 1.0)
    assert (powers <= envelope + 1e-3).all()
    assert powers.max() == pytest.approx(envelope[powers.argmax()], rel=1e-6)
    (one,) = record.occurrences
    assert set(one.missing_wh) == {"ramp", "taper"}


def test_a_taper_that_falls_faster_than_the_ramp_is_followed():
    battery = {"soc_initial": 0.84, "ramp_w_per_s": 5.0, "self_discharge_per_s": 0.0}
    record = run(
        site(hours=4, battery=battery),
        dispatch(1, s=4_000, power_w=10_000.0),
    )
    powers, ends = (record.segments[f"c{BATTERY}.{name}"] for name in ("p_w", "p_end_w"))
    socs = np.concatenate(([0.84], record.segments[f"c{BATTERY}.soc_end"]))
    able = 10_000.0 * np.clip((0.95 - socs) / 0.1, 0.0, 1.0)
    assert (powers <= able[:-1] + 1e-2).all()
    assert (ends <= able[1:] + 1e-2).all()
    assert len(powers) < 30


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_turning_back_at_the_envelope_follows_it_until_the_ramp_is_faster(sign):
    battery = {
        "capacity_wh": 4_000.0,
        "soc_initial": 0.5 + 0.2 * sign,
        "soc_min": 0.05,
        "soc_taper_low": 0.15,
        "self_discharge_per_s": 0.0,
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
        "ramp_w_per_s": 1.0,
    }
    options = bare()["inverter"]
    record = run(
        site(hours=2, battery=battery, inverter=options, meta={"control_s": 0}),
        dispatch(1, s=2_300, power_w=sign * 2_000.0),
    )
    found = [sign * each for *_, each in curve(record)]
    assert found[0] == found[1] == pytest.approx(2_000.0, abs=0.01)
    # 2 kW over 400 Wh fall by 1 W/s where 720 W are left, and are let fall so far.
    assert found[3] == pytest.approx(720.0, rel=1e-4)
    assert found[4] == pytest.approx(0.0, abs=0.01)
    socs = np.concatenate(([0.5 + 0.2 * sign], record.segments[f"c{BATTERY}.soc_end"]))
    at = socs if sign > 0.0 else 1.0 - socs
    able = 2_000.0 * np.clip((0.95 - at) / 0.1, 0.0, 1.0)
    assert (np.array(found) <= able[1:] + 1e-3).all()


@pytest.mark.parametrize("sigma", [0.0, 7.7e-9, 1e-6])
@pytest.mark.parametrize("power", [8_000.0, -8_000.0])
def test_a_hard_stop_is_a_stop(power, sigma):
    record = run(
        site(hours=3, **lossless(20.0, soc_initial=0.5, self_discharge_per_s=sigma)),
        dispatch(1, s=None, power_w=power),
    )
    assert len(record.segments["t_start_us"]) < 12
    assert record.segments[f"c{BATTERY}.soc_end"][-1] == pytest.approx(
        1.0 if power > 0.0 else 0.0, abs=0.011
    )
    assert record.segments[f"c{BATTERY}.soc_end"].max() <= 1.0 + 1e-7


def test_a_battery_that_begins_full_stays_so():
    battery = {"soc_initial": 0.95, "soc_taper_high": 0.95, "ramp_w_per_s": 50.0}
    record = run(site(hours=5, battery=battery), dispatch(1, s=None, power_w=5_000.0))
    assert len(record.segments["t_start_us"]) < 20


def test_a_reserve_is_an_edge_too():
    record = run(
        site(hours=4, **lossless(10.0, soc_initial=0.5)),
        dispatch(1, "self_consumption", s=None, reserve_soc=0.4),
        load=4_000.0,
    )
    assert record.segments[f"c{BATTERY}.soc_end"].min() == pytest.approx(0.4, abs=1e-6)
    assert record.segments[f"c{INVERTER}.p_w"][-1] == 0.0


# What wins over the ramp


def test_a_fault_is_no_reason_to_wait_and_its_end_is():
    made = world(site(hours=1, **lossless(100.0)), dispatch(1, s=None, power_w=5_000.0))
    made.inject(
        Fault(
            kind="battery_trip", component_ids=(BATTERY,), start_us=START + 5 * MIN, duration_s=60.0
        )
    )
    record = made.finish()
    assert shape(record)[2:5] == [
        (300.0, 0.0, 0.0),
        (360.0, 0.0, 5_000.0),
        (410.0, 5_000.0, 5_000.0),
    ]
    (one,) = record.occurrences
    assert one.missing_wh["fault"] == pytest.approx(5_000.0 / 60.0)


def test_a_limit_of_the_device_is_no_reason_to_wait():
    record = run(
        site(hours=1, **lossless(10.0)),
        dispatch(1, s=None, power_w=5_000.0),
        dispatch(2, "power_limit", at=600 * S, s=60, max_w=1_000.0),
    )
    assert shape(record)[2:4] == [(600.0, 1_000.0, 1_000.0), (660.0, 1_000.0, 5_000.0)]


def test_limits_of_the_site_are_no_reason_to_wait():
    record = run(
        site(hours=1, grid={"import_limit_w": 6_000.0}, **lossless(10.0, soc_initial=0.9)),
        load=steps([5_000.0, 9_000.0], 10 * MIN),
    )
    grid = record.segments[f"c{GRID}.p_w"]
    assert grid.max() <= 6_000.0 + 1e-6
    assert record.segments[f"c{INVERTER}.p_w"].min() == pytest.approx(-3_000.0)


def test_a_ramp_goes_only_as_far_as_the_site_allows():
    record = run(
        site(hours=1, grid={"import_limit_w": 6_000.0}, **lossless(10.0)),
        dispatch(1, s=None, power_w=5_000.0),
        load=3_000.0,
    )
    assert record.segments[f"c{GRID}.p_end_w"].max() == pytest.approx(6_000.0, abs=0.02)
    assert shape(record)[0] == (0.0, 0.0, 3_000.0)
    (one,) = record.occurrences
    assert set(one.missing_wh) <= {"limit", "ramp"}
    assert one.missing_wh["limit"] > 0.0


def test_an_export_limit_holds_while_two_batteries_ramp():
    record = run(
        site(
            hours=1,
            grid={"export_limit_w": 2_000.0},
            second={"ramp_w_per_s": 40.0, "soc_initial": 0.9},
            battery={"ramp_w_per_s": 10.0, "soc_initial": 0.9},
        ),
        dispatch(1, s=900, power_w=-8_000.0, ids=(INVERTER, INVERTER_B)),
        dispatch(2, at=900 * S, s=900, power_w=-1_000.0, ids=(INVERTER, INVERTER_B)),
        load=steps([1_000.0, 3_000.0, 0.0, 500.0], 7 * MIN),
    )
    for name in ("p_w", "p_end_w"):
        assert record.segments[f"c{GRID}.{name}"].min() >= -2_000.0 - 0.02


def test_peak_shaving_waits_for_the_ramp():
    record = run(
        site(hours=1, **lossless(10.0, soc_initial=0.9)),
        dispatch(1, "peak_shaving", s=None, import_limit_w=2_000.0),
        load=steps([1_000.0, 3_000.0], 10 * MIN),
    )
    # A set-point like any other: 100 s until the limit holds.
    assert shape(record, GRID)[1:3] == [(600.0, 3_000.0, 2_000.0), (700.0, 2_000.0, 2_000.0)]
    (one,) = record.occurrences
    assert one.missing_wh == {"ramp": pytest.approx(500.0 * 100.0 / 3_600.0, rel=1e-3)}


def test_shared_set_points_ramp_side_by_side():
    record = run(
        site(
            hours=1,
            second={"ramp_w_per_s": 20.0, "self_discharge_per_s": 0.0},
            **lossless(10.0),
        ),
        dispatch(1, s=None, power_w=6_000.0, ids=(INVERTER, INVERTER_B)),
    )
    total = sum(record.segments[f"c{each}.p_end_w"] for each in (INVERTER, INVERTER_B))
    assert total[-1] == pytest.approx(6_000.0, rel=1e-6)
    assert curve(record, INVERTER_B)[0][1] == 0.0
    (one,) = record.occurrences
    assert max(one.missing_wh, key=one.missing_wh.get) == "ramp"


def test_readings_in_the_middle_of_a_ramp():
    made = world(site(hours=1, **lossless(100.0)), dispatch(1, power_w=5_000.0))
    made.advance(START + 25 * S)
    reading, battery = made.reading(INVERTER), made.reading(BATTERY)
    assert reading.power_w == battery.power_w == pytest.approx(2_500.0)
    assert reading.import_wh == battery.import_wh == pytest.approx(2_500.0 * 12.5 / 3_600.0)
    assert battery.energy_wh == pytest.approx(10_000.0 + 2_500.0 * 12.5 / 3_600.0)


def test_warmth_and_age_count_ramps_too():
    wear = {
        "thermal": {"heat_capacity_j_per_k": 20_000.0, "resistance_k_per_w": 0.05},
        "ageing": {},
    }
    orders = [dispatch(i, at=i * 20 * MIN, s=600, power_w=6_000.0 * (-1) ** i) for i in range(1, 8)]
    slow, fast = (
        run(site(hours=3, battery={**wear, "ramp_w_per_s": ramp}), *orders).totals[BATTERY]
        for ramp in (40.0, 1e9)
    )
    assert slow.peak_c == pytest.approx(fast.peak_c, abs=1.0)
    assert slow.peak_c > 22.0


def test_a_dry_run_sees_where_a_ramp_stands():
    orders = (
        dispatch(1, s=600, power_w=5_000.0),
        dispatch(2, at=20 * S, s=60, power_w=-1_000.0, dry_run=True),
    )
    made = [run(site(hours=1, **lossless(100.0)), *each) for each in (orders, orders[:1])]
    assert columns_equal(*made)
    assert set(made[0].shadow.setpoint_w) >= {-1_000.0}


def test_reactive_power_follows_a_ramp_up_to_the_clip():
    # From -5 to 5 kW of 5 kVA with all that is left for reactive power: half a circle.
    options = lossless(100.0, soc_initial=0.5)
    options["inverter"] = {
        **options["inverter"],
        "rated_power_w": 5_000.0,
        "reactive_power_var": 6_000.0,
    }
    whole = site(hours=1, **options).model_dump(by_alias=True)
    whole["components"][1]["registers"] = "full"
    made = world(
        Scenario.model_validate(whole),
        dispatch(1, s=100, power_w=-5_000.0),
        dispatch(2, at=100 * S, s=100, power_w=5_000.0),
    )
    shown = []
    for second in (100, 200):
        made.advance(START + second * S)
        shown.append(made.registers(2)["1-0:3.8.0"])
    assert shown[1] - shown[0] == pytest.approx(pi * 5_000.0**2 / 200.0 / 3_600.0, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"inverter": {"grid_forming": True}, "battery": {"ramp_w_per_s": 5.0}}, "forms a grid"),
        (
            {
                "second": {},
                "second_inverter": {"grid_forming": True},
                "battery": {"ramp_w_per_s": 5.0},
            },
            "forms a grid",
        ),
    ],
)
def test_what_is_not_simulated_is_refused(options, text):
    with pytest.raises(Unsupported, match=text):
        world(site(**options))


def test_a_ramp_beside_another_battery_at_one_inverter_is_refused():
    whole = site(second={"ramp_w_per_s": 5.0}).model_dump(by_alias=True)
    whole["components"] = [each for each in whole["components"] if each["id"] != INVERTER_B]
    whole["connections"] = [
        *[each for each in whole["connections"] if 7 not in each],
        (3, BATTERY_B),
    ]
    with pytest.raises(Unsupported, match="not alone at its inverter"):
        world(Scenario.model_validate(whole))


@pytest.mark.parametrize("value", [0.0, -1.0, "fast"])
def test_a_ramp_is_a_number_above_zero(value):
    with pytest.raises(ValueError, match="ramp_w_per_s"):
        site(battery={"ramp_w_per_s": value})
