"""Sweeps give the same figures from every engine, side by side or alone."""

from __future__ import annotations

import pytest

from simulator.engines import Case, NotCovered, record
from simulator.sweep.figures import exact_figures, figures, figures_of
from simulator.tests.microgrid.sites import START, H, dispatch, inputs, site, steps

TARIFF = {
    "buy_per_kwh": 0.3,
    "sell_per_kwh": 0.08,
    "demand_charge_per_kw": 5.0,
    "windows": [{"from": "06:00", "to": "11:00", "buy_per_kwh": 0.4}],
}
SERIES = {
    "load": steps([700.0, 2_500.0, 4_200.0, 1_800.0] * 6, H),
    "pv": steps([0.0, 900.0, 6_500.0, 3_000.0] * 6, H),
}


def case(capacity_wh=20_000.0, buy=0.3, **more):
    scenario = site(
        battery={"capacity_wh": capacity_wh},
        second={"soc_initial": 0.9},
        base_strategy="self_consumption",
        tariff={**TARIFF, "buy_per_kwh": buy},
        **more,
    )
    schedule = (dispatch(1, at=3 * H, power_w=9_000.0), dispatch(2, at=20 * H, power_w=-7_000.0))
    return Case(
        scenario=scenario,
        start_us=START,
        end_us=START + 24 * H,
        seed=1,
        schedule=schedule,
        inputs=inputs(START, **SERIES),
    )


def assert_close(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        if isinstance(value, dict):
            assert_close(value, other[name])
        elif isinstance(value, float):
            assert other[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name
        else:
            assert other[name] == value, name


@pytest.mark.parametrize("engine", ["batch", "compiled"])
def test_figures_agree_for_every_variant(engine):
    cases = [case(), case(12_000.0), case(buy=0.5), case(8_000.0, 0.1)]
    for each, found in zip(cases, exact_figures(cases, engine), strict=True):
        assert_close(figures_of(record(each)), found)


@pytest.mark.parametrize("engine", ["reference", "batch", "compiled"])
def test_a_variant_that_is_not_covered_does_not_stop_the_others(engine):
    cases = [case(), case(meta={"arbitration": "sum"}), case(9_000.0)]
    first, second, third = figures(cases, engine)
    assert first["load_kwh"] > 0.0
    assert third["load_kwh"] > 0.0
    assert isinstance(second, NotCovered) == (engine != "reference")


def test_neighbours_change_nothing():
    (alone,) = exact_figures([case(9_000.0)], "batch")
    _, beside = exact_figures([case(), case(9_000.0)], "batch")
    assert alone == beside
