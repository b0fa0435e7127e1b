import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.dispatch import Categories
from simulator.microgrid.graph import GraphError
from simulator.microgrid.inputs_errors import InputError
from simulator.microgrid.recurrence import Frequency, Rule
from simulator.microgrid.scenario_category import Category
from simulator.microgrid.site import Unsupported
from simulator.microgrid.world import World

from .sites import (
    BATTERY,
    GRID,
    INVERTER,
    METER,
    MIN,
    PV,
    START,
    SUB,
    H,
    S,
    bare,
    columns_equal,
    component,
    dispatch,
    inputs,
    run,
    site,
    steps,
    world,
)

BATTERIES = Categories(categories=(Category.BATTERY,))
BUSY = (
    dispatch(1, at=3 * H, target=BATTERIES, power_w=9_000.0, rule=Rule(freq=Frequency.DAILY)),
    dispatch(2, at=H, s=5 * 3600, ids=[INVERTER], power_w=-4_000.0),
    dispatch(3, "power_limit", at=4 * H, s=7200, ids=[GRID], max_w=6_000.0),
    dispatch(4, "self_consumption", at=10 * H, s=None, reserve_soc=0.3),
    dispatch(5, at=2 * H, s=3600, dry_run=True, power_w=100.0),
)
LOAD = steps([300.0 + 400.0 * (i * i % 7) for i in range(96)], 15 * MIN)
SUN = steps([max(0.0, 9_000.0 - 500.0 * abs(i - 24)) for i in range(48)], 30 * MIN)


def busy(**more):
    return site(
        hours=24,
        base_strategy="self_consumption",
        second={"soc_initial": 0.85, "charge_efficiency": 0.96},
        battery={"soc_initial": 0.2},
        **more,
    )


# Time


def test_the_same_seed_and_calls_give_the_same_bytes():
    one, other = (run(busy(), *BUSY, load=LOAD, pv=SUN) for _ in range(2))
    assert columns_equal(one, other)
    assert json.dumps(one.events) == json.dumps(other.events)
    assert one.occurrences == other.occurrences
    assert one.metadata == other.metadata


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 24 * 3600 * S), max_size=40))
def test_how_often_a_world_is_advanced_makes_no_difference(moments):
    whole = run(busy(), *BUSY, load=LOAD, pv=SUN)
    made = world(busy(), *BUSY, load=LOAD, pv=SUN)
    for moment in sorted(moments):
        made.advance(START + moment)
    parts = made.finish()
    assert columns_equal(whole, parts)
    assert whole.events == parts.events
    assert whole.occurrences == parts.occurrences


def test_a_served_world_reads_the_same_registers_as_a_recorded_one():
    record = run(busy(), *BUSY, load=LOAD, pv=SUN)
    served = world(busy(), *BUSY, endless=True, load=LOAD, pv=SUN)
    for minute in range(0, 24 * 60, 7):
        served.advance(START + minute * MIN)
    served.advance(START + 24 * H)
    for component_id in (GRID, METER, SUB, INVERTER, BATTERY, PV):
        reading, total = served.reading(component_id), record.totals[component_id]
        assert reading.import_wh == pytest.approx(total.in_wh, rel=1e-12, abs=1e-9)
        assert reading.export_wh == pytest.approx(total.out_wh, rel=1e-12, abs=1e-9)


def test_dispatches_that_arrive_while_the_world_runs_act_as_those_known_before():
    before = run(busy(), *BUSY, load=LOAD, pv=SUN)
    made = world(busy(), load=LOAD, pv=SUN)
    made.put(BUSY[4])
    made.advance(START + H)
    for each in BUSY[:4]:
        made.put(each)
    later = made.finish()
    assert columns_equal(before, later)


def test_time_does_not_go_back_nor_beyond_the_end():
    made = world(site(hours=2))
    made.advance(START + H)
    with pytest.raises(ValueError, match="does not go back"):
        made.advance(START)
    with pytest.raises(ValueError, match="the run ends"):
        made.advance(START + 3 * H)
    with pytest.raises(ValueError, match="after its start"):
        World(site(), seed=0, start_us=START, end_us=START)


def test_the_next_event_is_known():
    made = world(site(), dispatch(1, at=H, power_w=1.0), load=steps([1.0, 2.0], 2 * H))
    assert made.next_event_us() == START + H
    made.advance(START + 3 * H)
    assert made.next_event_us() is None


def test_segments_follow_each_other_without_gaps():
    record = run(busy(), *BUSY, load=LOAD, pv=SUN)
    start, end = record.segments["t_start_us"], record.segments["t_end_us"]
    assert (start[0], end[-1]) == (record.start_us, record.end_us)
    assert (start[1:] == end[:-1]).all()


def test_what_has_no_effect_splits_no_segment():
    quiet = run(busy(), load=LOAD)
    noisy = run(
        busy(),
        dispatch(1, "unheard_of", at=H + 1),
        dispatch(2, at=H + 2, s=0, power_w=5.0),
        dispatch(3, at=H + 3, ids=[METER], power_w=5.0),
        load=LOAD,
    )
    assert columns_equal(quiet, noisy)


# A served world


def test_a_served_world_does_not_grow():
    rule = Rule(freq=Frequency.MINUTELY)
    made = world(site(base_strategy="self_consumption"), endless=True, load=LOAD)
    made.put(dispatch(1, s=30, rule=rule, power_w=100.0))
    made.advance(START + 4 * 24 * H)
    assert len(made.events) == 10_000
    assert len(made.occurrences) <= 10_000
    assert len(made._agenda.queue) < 20
    assert made._recorder._packed.itemsize * len(made._recorder._packed) == 0
    assert made.finish().segments == {}


def test_a_served_world_outlives_its_inputs():
    build = inputs(load=500.0)

    def ending(first, last):
        if first > START:
            raise InputError("no values")
        return build(first, last)

    made = World(site(), seed=0, start_us=START, inputs=ending)
    made.advance(START + 40 * 24 * H)
    assert [each["event"] for each in made.events] == ["INPUT_ENDED"]
    assert made.reading(METER).power_w == 500.0


# Sites


def sketch(components, connections, **more):
    base = site().model_dump(by_alias=True)
    base.update(components=components, connections=connections, loads=[], inputs=[], **more)
    return type(site()).model_validate(base)


def test_a_site_with_pass_through_parts_and_wind_is_simulated():
    scenario = sketch(
        [
            component(1, "grid_connection_point"),
            component(2, "power_transformer"),
            component(3, "meter"),
            component(4, "wind_turbine", rated_power_w=3_000.0, input="pv"),
            component(5, "inverter", type="hybrid", rated_power_w=5_000.0),
            component(6, "battery", capacity_wh=5_000.0),
        ],
        [(1, 2), (2, 3), (3, 4), (3, 5), (5, 6)],
        dispatches=[],
    ).model_copy(update={"inputs": site().inputs})
    record = World(
        scenario, seed=0, start_us=START, end_us=START + H, inputs=inputs(pv=9_000.0)
    ).finish()
    assert record.totals[3].out_wh == pytest.approx(3_000.0)
    assert record.totals[1].out_wh == pytest.approx(3_000.0)
    assert [info.kind for info in record.components] == [
        "grid_connection_point", "passive", "meter", "wind_turbine", "battery_inverter", "battery",
    ]  # fmt: skip


def test_what_is_not_simulated_is_refused_with_all_names():
    scenario = sketch(
        [
            component(1, "grid_connection_point"),
            component(2, "meter"),
            component(3, "inverter", type="hybrid", name="roof", rated_power_w=5_000.0),
            component(5, "inverter", type="battery", rated_power_w=5_000.0),
            component(6, "inverter", type="battery", rated_power_w=5_000.0),
            component(7, "battery", capacity_wh=5_000.0),
        ],
        [(1, 2), (2, 3), (2, 5), (2, 6), (5, 7), (6, 7)],
    )
    with pytest.raises(Unsupported, match=r"roof \(3\) has no battery.*several inverters"):
        World(scenario, seed=0, start_us=START)


def test_an_illegal_wiring_is_refused():
    scenario = sketch([component(1, "grid_connection_point"), component(2, "meter")], [])
    with pytest.raises(GraphError):
        World(scenario, seed=0, start_us=START)


def test_one_inverter_may_have_several_batteries():
    scenario = sketch(
        [
            component(1, "grid_connection_point"),
            component(2, "meter"),
            component(3, "inverter", type="battery", rated_power_w=8_000.0),
            component(4, "battery", capacity_wh=10_000.0, soc_initial=0.9),
            component(5, "battery", capacity_wh=10_000.0, soc_initial=0.92),
        ],
        [(1, 2), (2, 3), (3, 4), (3, 5)],
    )
    made = World(scenario, seed=0, start_us=START, end_us=START + 4 * H, inputs=inputs())
    made.put(dispatch(1, s=None, ids=[3], power_w=8_000.0))
    record = made.finish()
    totals = record.totals
    assert totals[2].in_wh == pytest.approx(
        totals[4].in_wh + totals[5].in_wh + totals[3].loss_wh, rel=1e-9
    )
    assert totals[4].end_wh == pytest.approx(9_500.0, rel=1e-3)
    assert len(record.segments["t_start_us"]) < 10


def test_the_shortest_site_has_an_inverter_at_the_grid():
    scenario = sketch(
        [
            component(1, "grid_connection_point"),
            component(2, "inverter", type="battery", rated_power_w=5_000.0),
            component(3, "battery", capacity_wh=5_000.0),
        ],
        [(1, 2), (2, 3)],
    )
    made = World(scenario, seed=0, start_us=START, end_us=START + H, inputs=inputs())
    made.put(dispatch(1, ids=[2], power_w=1_000.0))
    assert made.finish().totals[1].in_wh == pytest.approx(1_000.0)


def test_the_schedule_of_a_scenario_is_in_force():
    scenario = site(
        hours=2,
        dispatches=[
            {
                "type": "set_power",
                "start_time": START,
                "duration": 3600,
                "target": {"component_ids": [INVERTER]},
                "payload": {"power_w": 1_000.0},
            }
        ],
        **bare(),
    )
    assert run(scenario).occurrences[0].delivered_wh == pytest.approx(1_000.0)
