"""Controllable loads: set-points, baselines, limits; and a group of devices of several kinds."""

import pytest

from .sites import CHP, EV, GRID, LOAD, PV, WIND, H, dispatch, plant, run, stay, steps


def test_a_load_follows_its_set_point_within_its_bounds():
    record = run(
        plant(hours=5, load={"min_power_w": 500.0}),
        *(
            dispatch(i, at=i * H, ids=(LOAD,), power_w=power)
            for i, power in enumerate([2_500.0, 9_000.0, 400.0, -100.0], 1)
        ),
    )
    assert record.segments[f"c{LOAD}.p_w"].tolist() == [0.0, 2_500.0, 4_000.0, 0.0, 0.0]
    causes = [set(each.missing_wh) for each in record.occurrences]
    assert causes == [set(), {"rating"}, {"minimum"}, {"rating"}]


def test_left_alone_it_draws_what_its_input_says():
    record = run(
        plant(hours=3, load={"input": "sub"}),
        dispatch(1, "power_limit", at=H, ids=(LOAD,), max_w=700.0),
        sub=steps([1_000.0, 1_500.0, 9_000.0], H),
    )
    # The same input is the hidden load of the meter above.
    assert record.segments[f"c{LOAD}.p_w"].tolist() == [1_000.0, 700.0, 4_000.0]
    assert record.totals[LOAD].in_wh == pytest.approx(5_700.0)


def test_a_set_point_for_several_kinds_is_met_by_those_of_its_direction():
    record = run(
        plant(hours=2, load={}, ev={"sessions": [stay(0, 2, 50_000.0)]}),
        dispatch(1, ids=(LOAD, EV, PV), power_w=6_000.0),
        pv=1_500.0,
    )
    # The roof gives 1.5 kW, the others take 7.5 kW by what they could take: 4 to 11.
    row = {i: record.segments[f"c{i}.p_w"][0] for i in (LOAD, EV, PV)}
    assert row == {LOAD: pytest.approx(2_000.0), EV: pytest.approx(5_500.0), PV: -1_500.0}


def test_production_of_a_group_is_curtailed_by_ratings():
    record = run(
        plant(hours=2, wind={}),
        dispatch(1, "curtail", ids=(PV, WIND), max_production_w=1_300.0),
        dispatch(2, "curtail", at=H, ids=(PV, WIND), fraction=0.1),
        pv=4_000.0,
    )
    columns = record.segments
    assert columns[f"c{PV}.p_w"].tolist() == pytest.approx([-800.0, -800.0])
    assert columns[f"c{WIND}.p_w"].tolist() == pytest.approx([-500.0, -500.0])
    assert record.totals[WIND].curtailed_wh == pytest.approx(7_000.0)


def test_site_balance_counts_every_kind_of_device():
    record = run(
        plant(
            hours=6,
            ev={"efficiency": 0.9, "sessions": [stay(0.3, 5, 9_000.0, capacity_wh=12_000.0)]},
            chp={"ramp_w_per_s": 4.0},
            load={"input": "sub"},
            wind={},
            base_strategy="self_consumption",
        ),
        dispatch(1, "chp_run", at=H, ids=(CHP,), power_pu=0.6),
        dispatch(2, "ev_charge", at=H, ids=(EV,), max_w=5_000.0),
        load=steps([900.0, 4_000.0, 100.0], 2 * H),
        sub=250.0,
        pv=steps([0.0, 3_000.0, 6_000.0], 2 * H),
    )
    totals = record.totals
    grid = totals[GRID]
    into = sum(totals[i].in_wh for i in totals if i in (3, EV, LOAD))
    out = sum(totals[i].out_wh for i in totals if i in (3, PV, CHP, WIND))
    hidden = sum(each.load_wh for each in totals.values())
    assert grid.in_wh - grid.out_wh == pytest.approx(into + hidden - out, rel=1e-9)
    assert totals[EV].in_wh > 0
    assert totals[CHP].out_wh > 0
