"""Plans that are remembered decide as plans made anew would."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid import plans as plans_module
from simulator.microgrid.dispatch import Categories
from simulator.microgrid.effect import Effect
from simulator.microgrid.faults import Fault
from simulator.microgrid.plans import Plans
from simulator.microgrid.recurrence import Frequency, Rule
from simulator.microgrid.scenario_category import Category

from .sites import (
    BATTERY,
    GRID,
    INVERTER,
    INVERTER_B,
    PV,
    START,
    H,
    S,
    columns_equal,
    dispatch,
    run,
    site,
    steps,
    world,
)

BATTERIES = Categories(categories=(Category.BATTERY,))
HOURLY = Rule(freq=Frequency.HOURLY)
PAYLOADS = st.sampled_from(
    [
        ("set_power", {"power_w": 4_000.0}),
        ("set_power", {"power_w": -9_000.0, "priority": 2}),
        ("set_power", {"power_pu": 0.5}),
        ("schedule", {"points": [[0, 900.0], [600, -700.0]]}),
        ("peak_shaving", {"import_limit_w": 1_000.0}),
        ("power_limit", {"min_w": -2_000.0, "max_w": 1_000.0}),
        ("soc_target", {"soc": 0.7}),
        ("switch", {"state": "off", "latch": True}),
        ("switch", {"state": "on"}),
    ]
)
TARGETS = st.sampled_from([{"ids": [INVERTER]}, {"ids": [GRID]}, {"target": BATTERIES}])
SCHEDULE = st.lists(
    st.tuples(PAYLOADS, TARGETS, st.integers(0, 6), st.integers(1, 6), st.booleans()), max_size=5
)


@settings(max_examples=20, deadline=None)
@given(SCHEDULE, st.sampled_from(["priority", "sum"]))
def test_remembered_plans_decide_as_fresh_ones(drawn, arbitration):
    scenario = site(
        hours=5,
        base_strategy="self_consumption",
        second={"soc_initial": 0.3},
        meta={"arbitration": arbitration},
        faults=[{"kind": "battery_trip", "component_ids": [BATTERY], "start": START + 3 * H}],
    )
    schedule = [
        dispatch(i, type_, at=at * 600 * S, s=s * 600, rule=HOURLY, dry_run=dry, **where, **payload)
        for i, ((type_, payload), where, at, s, dry) in enumerate(drawn, 1)
    ]
    series = {"load": steps([500.0, 2_000.0] * 5, H // 2), "pv": 3_000.0}
    remembered = run(scenario, *schedule, **series)
    before = Plans.of
    try:
        Plans.of = Plans.fresh
        fresh = run(scenario, *schedule, **series)
    finally:
        Plans.of = before
    assert columns_equal(remembered, fresh)
    assert remembered.occurrences == fresh.occurrences
    assert remembered.events == fresh.events
    assert remembered.totals == fresh.totals


def counted(monkeypatch):
    """Let every arbitration be counted."""
    calls = []
    real = plans_module.arbitrate

    def arbitrate(*args, **more):
        calls.append(args)
        return real(*args, **more)

    monkeypatch.setattr(plans_module, "arbitrate", arbitrate)
    return calls


def test_what_recurs_is_arbitrated_once(monkeypatch):
    calls = counted(monkeypatch)
    made = world(site(hours=48, base_strategy="self_consumption"), load=500.0)
    made.put(dispatch(1, s=600, rule=HOURLY, power_w=1_000.0))
    before = len(calls)
    made.finish()
    assert len(made.occurrences) == 48
    assert len(calls) <= before + 2


def test_while_a_fault_is_in_force_nothing_is_remembered(monkeypatch):
    calls = counted(monkeypatch)
    made = world(site(hours=12), load=500.0)
    made.put(dispatch(1, s=600, rule=HOURLY, power_w=1_000.0))
    made.inject(Fault(kind="inverter_derate", component_ids=(INVERTER,), factor=0.5))
    before = len(calls)
    made.finish()
    assert len(calls) >= before + 2 * 11


def test_another_rating_makes_another_plan():
    made = world(site(hours=4), dispatch(1, s=600, rule=HOURLY, power_pu=0.5))
    made.advance(START + H // 2)
    made.driving.rating(INVERTER, 4_000.0)
    made.finish()
    first, second = made.occurrences[:2]
    assert first.asked_wh == pytest.approx(5_000.0 / 6)
    assert second.asked_wh == pytest.approx(2_000.0 / 6)


def test_memory_has_a_bound():
    made = world(site(hours=1))
    one = dispatch(1, power_w=1.0)
    made.put(one)
    (running,) = made._life.running.values()
    plans = Plans(made._site, Effect(kind="band", low_w=0.0, high_w=0.0), add_equal=False)
    normal = made._breakdowns.conditions
    first = plans.of([running], normal, {})
    assert plans.of([running], normal, {}) is first
    assert plans.of([running], normal, {PV: False}) is not first
    for power_w in range(200):
        running.power_w = power_w + 2.0
        assert plans.of([running], normal, {}).sources[0].target_w == power_w + 2.0
    assert len(plans._known) <= plans_module._KEPT
    running.power_w = 1.0
    assert plans.of([running], normal, {}) is not first


def test_an_updated_dispatch_is_followed_as_it_is_now():
    made = world(site(hours=3, second={}), load=500.0)
    one = dispatch(1, s=600, rule=HOURLY, ids=[INVERTER, INVERTER_B], power_w=1_000.0)
    made.put(one)
    made.advance(START + H // 2)
    made.put(replace(one, payload={"power_w": 3_000.0}))
    made.finish()
    assert [round(each.asked_wh) for each in made.occurrences] == [167, 500, 500]
