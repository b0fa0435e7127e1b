"""Set-points over time: balancing, reserve, sharing, and when the controller looks again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid import governor as governor_module
from simulator.microgrid.dispatch import Categories
from simulator.microgrid.scenario_category import Category

from .sites import (
    BATTERY,
    BATTERY_B,
    INVERTER,
    INVERTER_B,
    LOSSLESS_BATTERY,
    LOSSLESS_INVERTER,
    METER,
    MIN,
    START,
    H,
    bare,
    dispatch,
    log,
    run,
    site,
    steps,
)

BATTERIES = Categories(categories=(Category.BATTERY,))
TAPERING = {
    "meta": {"sharing": "equal"},
    "battery": {"soc_initial": 0.93},
    "second": {"soc_initial": 0.2},
}
"""One battery tapers from the start; the other has room."""


# Balancing


def test_self_consumption_holds_the_grid_at_zero_while_the_battery_can():
    record = run(
        site(hours=4, base_strategy="self_consumption"),
        load=steps([1_000.0, 3_000.0, 500.0, 2_000.0], H),
        sub=200.0,
        pv=steps([2_500.0, 0.0, 1_500.0, 0.0], H),
    )
    assert record.totals[METER].in_wh == pytest.approx(0.0, abs=1e-6)
    assert record.totals[METER].out_wh == pytest.approx(0.0, abs=1e-6)
    assert record.segments[f"c{INVERTER}.p_w"] == pytest.approx(
        [1_300.0, -3_200.0, 800.0, -2_200.0]
    )


def test_auxiliaries_are_part_of_the_residual():
    record = run(
        site(hours=1, base_strategy="self_consumption", battery={"aux_power_w": 50.0}), load=500.0
    )
    assert record.segments[f"c{METER}.p_w"][0] == pytest.approx(0.0, abs=1e-9)
    assert record.totals[INVERTER].aux_wh == pytest.approx(50.0)


def test_a_reserve_is_kept_and_charged_only_from_surplus():
    record = run(
        site(hours=8, **bare(soc_initial=0.5)),
        dispatch(1, "self_consumption", s=None, reserve_soc=0.4),
        load=2_000.0,
    )
    assert record.segments[f"c{BATTERY}.soc_end"][-1] == pytest.approx(0.4, rel=1e-9)
    assert record.totals[INVERTER].out_wh == pytest.approx(2_000.0, rel=1e-9)


def test_with_grid_charge_the_reserve_is_filled_from_the_grid():
    record = run(
        site(hours=8, **bare(soc_initial=0.2, max_charge_w=4_000.0)),
        dispatch(1, "self_consumption", s=None, reserve_soc=0.4, grid_charge=True),
        load=1_000.0,
    )
    columns = record.segments
    assert columns[f"c{METER}.p_w"][0] == pytest.approx(5_000.0)
    assert columns[f"c{BATTERY}.soc_end"][-1] == pytest.approx(0.4, rel=1e-9)
    assert columns[f"c{METER}.p_w"][-1] == pytest.approx(1_000.0)
    (one,) = record.occurrences
    assert one.delivered_wh == pytest.approx(4_000.0)


def test_a_reserve_that_leaks_is_topped_up_now_and_then():
    record = run(
        site(hours=24, **bare(soc_initial=0.4, self_discharge_per_s=1e-6)),
        dispatch(1, "self_consumption", s=None, reserve_soc=0.4, grid_charge=True),
    )
    soc = record.segments[f"c{BATTERY}.soc_end"]
    assert min(soc) >= 0.39 - 1e-9
    assert max(soc) <= 0.4 + 1e-9
    assert record.totals[BATTERY].in_wh > 0.0
    assert record.metadata["segments"] < 50


# Shortfalls


def test_a_full_battery_is_the_reason_of_what_is_missing():
    (one,) = run(
        site(hours=4, **bare(soc_initial=0.9)), dispatch(1, s=7200, power_w=4_000.0)
    ).occurrences
    assert one.delivered_wh == pytest.approx(2_000.0, rel=1e-9)
    assert one.shortfall_wh == pytest.approx(6_000.0, rel=1e-9)
    assert one.reason == "soc_max"
    assert one.limited_s["window"] == pytest.approx(5_400.0, abs=1e-3)
    assert sum(one.missing_wh.values()) == pytest.approx(one.shortfall_wh)


def test_an_empty_battery_and_a_small_inverter_are_reasons_too():
    scenario = site(hours=4, **bare(soc_initial=0.2))
    (empty,) = run(scenario, dispatch(1, s=7200, power_w=-4_000.0)).occurrences
    assert (empty.reason, empty.delivered_wh) == ("soc_min", pytest.approx(-4_000.0))
    (large,) = run(scenario, dispatch(1, s=900, power_w=15_000.0)).occurrences
    assert (large.reason, large.limited_s) == ("power_limit", {"rating": 900.0})


def test_reaching_an_edge_is_logged():
    record = run(site(hours=8, battery={"soc_initial": 0.8}), dispatch(1, s=None, power_w=9_000.0))
    assert [(each["reason"], each["component_id"]) for each in record.events[1:]] == [
        ("taper_high", INVERTER)
    ]


# Sharing


def test_a_set_point_is_shared_by_headroom():
    scenario = site(
        hours=1,
        second={**LOSSLESS_BATTERY, "capacity_wh": 10_000.0, "soc_initial": 0.5},
        second_inverter=LOSSLESS_INVERTER,
        inverter=LOSSLESS_INVERTER,
        battery={**LOSSLESS_BATTERY, "soc_initial": 0.2},
    )
    record = run(scenario, dispatch(1, target=BATTERIES, power_w=3_000.0))
    columns = record.segments
    # Room of 15 kWh and 4.5 kWh up to 95 %.
    assert columns[f"c{INVERTER}.p_w"][0] == pytest.approx(3_000.0 * 15 / 19.5)
    assert columns[f"c{INVERTER_B}.p_w"][0] == pytest.approx(3_000.0 * 4.5 / 19.5)
    # All headrooms shrink by the same factor: one segment is exact.
    assert len(columns["t_start_us"]) == 1
    assert record.occurrences[0].delivered_wh == pytest.approx(3_000.0)


@pytest.mark.parametrize(
    ("meta", "first"),
    [
        ({"sharing": "equal"}, 1_500.0),
        ({"sharing": "available_power"}, 3_000.0 * 8 / 13),
        ({"sharing_exponent": 0.0}, 2_000.0),
    ],
)
def test_other_ways_of_sharing(meta, first):
    scenario = site(
        hours=0.25,
        meta=meta,
        second={"capacity_wh": 10_000.0, "max_charge_w": 5_000.0, "soc_initial": 0.5},
        battery={"max_charge_w": 9_000.0},
        inverter={**LOSSLESS_INVERTER, "rated_power_w": 8_000.0},
        second_inverter=LOSSLESS_INVERTER,
    )
    record = run(scenario, dispatch(1, target=BATTERIES, power_w=3_000.0))
    assert record.segments[f"c{INVERTER}.p_w"][0] == pytest.approx(first)


def test_unequal_losses_make_shares_drift_and_the_controller_shares_anew_on_its_cycle():
    scenario = site(
        hours=4,
        second={"charge_efficiency": 0.8, "soc_initial": 0.3},
        battery={"soc_initial": 0.3},
    )
    record = run(scenario, dispatch(1, s=None, target=BATTERIES, power_w=4_000.0))
    starts = [int(each) for each in record.segments["t_start_us"]]
    assert 5 < len(starts) < 120
    assert all(each % MIN == 0 for each in starts)


def test_what_a_tapering_battery_leaves_the_other_takes_over():
    record = run(site(hours=1, **TAPERING), dispatch(1, target=BATTERIES, power_w=9_000.0))
    (one,) = record.occurrences
    assert one.delivered_wh == pytest.approx(9_000.0, rel=2e-3)
    assert one.delivered_wh < 9_000.0 * (1 - 1e-6)


def test_event_only_control_never_looks_again():
    scenario = site(hours=1, **{**TAPERING, "meta": {"sharing": "equal", "control_s": 0}})
    record = run(scenario, dispatch(1, target=BATTERIES, power_w=9_000.0))
    assert len(record.segments["t_start_us"]) == 1
    assert record.occurrences[0].delivered_wh < 8_500.0


# When a review may be left out


def test_leaving_out_reviews_of_a_single_battery_changes_nothing(monkeypatch):
    scenario = site(hours=12, base_strategy="self_consumption", battery={"soc_initial": 0.8})
    series = {"load": steps([500.0, 200.0, 900.0, 4_000.0] * 3, H), "pv": 4_000.0}
    lazy = run(scenario, **series)
    monkeypatch.setattr(governor_module, "review_s", lambda *_args, **_more: 0.0)
    eager = run(scenario, **series)
    assert len(eager.segments["t_start_us"]) > len(lazy.segments["t_start_us"]) + 100
    for component_id, total in lazy.totals.items():
        other = eager.totals[component_id]
        assert total.in_wh == pytest.approx(other.in_wh, rel=1e-9, abs=1e-6)
        assert total.out_wh == pytest.approx(other.out_wh, rel=1e-9, abs=1e-6)


def test_leaving_out_reviews_while_every_battery_tapers_changes_nothing(monkeypatch):
    scenario = site(
        hours=6,
        base_strategy="self_consumption",
        battery={"soc_initial": 0.85},
        second={"soc_initial": 0.85},
    )
    lazy = run(scenario, pv=8_000.0)
    monkeypatch.setattr(
        governor_module,
        "review_s",
        lambda _plan, storages, *_args, **_more: (
            0.0 if any(each.terms for each in storages) else float("inf")
        ),
    )
    eager = run(scenario, pv=8_000.0)
    assert len(eager.segments["t_start_us"]) > len(lazy.segments["t_start_us"])
    assert lazy.totals[METER].out_wh == pytest.approx(eager.totals[METER].out_wh, rel=1e-9)


def test_reviews_stand_at_multiples_of_the_cycle_whatever_began_the_taper():
    begin = 7 * 1_000_001
    record = run(
        site(hours=1, **TAPERING),
        dispatch(1, at=begin, s=1800, target=BATTERIES, power_w=9_000.0),
    )
    starts = [int(each) - START for each in record.segments["t_start_us"]]
    assert starts == [0, begin, *(i * MIN for i in range(1, 31)), begin + 1800 * 1_000_000]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(0.12, 0.93), min_size=2, max_size=2),
    st.floats(-12_000.0, 12_000.0),
    st.sampled_from(["soc_balance", "available_power", "equal"]),
)
def test_exchanging_two_batteries_exchanges_what_they_do(socs, request_w, sharing):
    def powers(first, second):
        scenario = site(
            hours=1,
            meta={"sharing": sharing},
            battery={"soc_initial": first},
            second={"soc_initial": second},
        )
        record = run(scenario, dispatch(1, target=BATTERIES, power_w=request_w))
        return record.totals[BATTERY].end_wh, record.totals[BATTERY_B].end_wh

    straight, crossed = powers(*socs), powers(*reversed(socs))
    assert straight == pytest.approx(tuple(reversed(crossed)), rel=1e-9)


def test_a_site_limit_is_watched_while_a_battery_tapers():
    # The import limit binds only because charging stops tapering off.
    scenario = site(
        hours=2,
        grid={"import_limit_w": 3_000.0},
        battery={"soc_initial": 0.14},
        second={"soc_initial": 0.9},
    )
    record = run(scenario, dispatch(1, s=None, power_w=-9_000.0), load=9_000.0)
    # Kept at every cycle; in between the taper goes on.
    assert not log(record, "SITE_LIMIT_EXCEEDED")
    assert max(record.segments[f"c{METER}.p_w"]) <= 3_000.0 + 1e-6
    assert record.totals[INVERTER_B].out_wh > 0.0
