"""What variants of a sweep share is what each would have alone, whatever the sweep varies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engines import Case, record
from simulator.engines.compiled import NAME
from simulator.engines.coverage import refuse, uncovered
from simulator.engines.preparing import Preparation
from simulator.engines.varying import NUMBERS, numbers_apart
from simulator.microgrid import scenario_components as parts
from simulator.microgrid.scenario import Scenario
from simulator.sweep.figures import exact_figures, figures_of
from simulator.tests.microgrid.sites import (
    BATTERY,
    BATTERY_B,
    EV,
    INVERTER,
    INVERTER_B,
    PV,
    START,
    H,
    dispatch,
    inputs,
    plant,
    stay,
    steps,
)

from .test_side_by_side import EDGES, assert_right, sums

HOURS = 6
SERIES = {
    "load": steps([700.0, 2_500.0, 4_200.0, 1_800.0, 300.0, 6_000.0], H),
    "pv": steps([0.0, 900.0, 6_500.0, 7_900.0, 3_000.0, 0.0], H),
}


def base(**more) -> Case:
    """A case with a bit of everything that can be run side by side."""
    scenario = plant(
        hours=HOURS,
        battery={},
        second={"soc_initial": 0.9},
        base_strategy="self_consumption",
        ev={"sessions": [stay(0.5, 4.5, 12_000.0, capacity_wh=40_000.0)]},
        tariff={"buy_per_kwh": 0.3, "sell_per_kwh": 0.08},
        **more,
    )
    return Case(
        scenario=scenario,
        start_us=START,
        end_us=START + HOURS * H,
        seed=1,
        schedule=orders(0.4),
        inputs=inputs(START, **SERIES),
    )


def orders(share: float):
    return (
        dispatch(1, at=H, power_pu=share),
        dispatch(2, "power_limit", at=3 * H, min_w=-4_000.0, max_w=9_000.0 * share),
        dispatch(3, "self_consumption", at=4 * H, reserve_soc=share),
    )


def with_component(component_id: int, **fields):
    """What replaces some fields of a component of a case."""

    def change(case: Case) -> Case:
        components = tuple(
            each.model_copy(update=fields) if each.id == component_id else each
            for each in case.scenario.components
        )
        return with_parts(components=components)(case)

    return change


def with_parts(**fields):
    """What replaces some parts of the scenario of a case."""
    return lambda case: replace(case, scenario=case.scenario.model_copy(update=fields))


def with_meta(**fields):
    return lambda case: with_parts(meta=case.scenario.meta.model_copy(update=fields))(case)


def anew(case: Case) -> Case:
    """The same, no part of it the same object."""
    data = case.scenario.model_dump(by_alias=True)
    return replace(case, scenario=Scenario.model_validate(data))


def with_schedule(share: float):
    return lambda case: replace(case, schedule=orders(share))


def with_load(watts: float):
    series = {**SERIES, "load": watts}
    return lambda case: replace(case, inputs=inputs(START, **series))


def storages(**fields):
    """A change of any of the two storages, values from a few."""
    ids = {parts.Battery: (BATTERY, BATTERY_B), parts.Inverter: (INVERTER, INVERTER_B)}
    return st.one_of(
        st.builds(lambda i, v, name=name: with_component(i, **{name: v}), st.sampled_from(where), v)
        for name, v in fields.items()
        for kind, where in ids.items()
        if name in NUMBERS[kind]
    )


NUMBERS_ONLY = storages(
    capacity_wh=st.floats(9_000.0, 40_000.0),
    soh=st.floats(0.7, 1.0),
    soc_initial=st.floats(0.05, 1.0),
    soc_min=st.floats(0.0, 0.15),
    soc_max=st.floats(0.9, 1.0),
    soc_taper_low=st.floats(0.15, 0.3),
    soc_taper_high=st.floats(0.7, 0.9),
    max_charge_w=st.floats(2_000.0, 12_000.0),
    max_discharge_w=st.floats(2_000.0, 12_000.0),
    charge_efficiency=st.floats(0.85, 1.0),
    discharge_efficiency=st.floats(0.85, 1.0),
    self_discharge_per_s=st.sampled_from([0.0, 7.7e-9, 1e-6]),
    aux_power_w=st.sampled_from([0.0, 35.0]),
    min_power_w=st.sampled_from([0.0, 300.0]),
    standby_loss=st.sampled_from([0.0, 0.01]),
    proportional_loss=st.sampled_from([0.0, 0.03]),
    quadratic_loss=st.sampled_from([0.0, 0.03]),
)
ANYTHING_ELSE = st.one_of(
    st.builds(lambda w: with_component(INVERTER, rated_power_w=w), st.floats(3_000.0, 9_000.0)),
    st.builds(lambda w: with_component(PV, rated_power_w=w), st.floats(3_000.0, 9_000.0)),
    st.builds(lambda w: with_component(EV, rated_power_w=w), st.floats(3_000.0, 22_000.0)),
    st.builds(lambda name: with_component(BATTERY, name=name), st.sampled_from(["a", "b"])),
    st.builds(with_schedule, st.floats(0.1, 0.8)),
    st.builds(with_load, st.floats(0.0, 9_000.0)),
    st.builds(lambda s: with_meta(control_s=s), st.sampled_from([0, 60, 900])),
    st.builds(lambda x: with_meta(sharing_exponent=x), st.sampled_from([0.5, 1.0, 2.0])),
    st.builds(lambda x: with_meta(sharing=x), st.sampled_from(["equal", "available_power"])),
    st.just(anew),
    st.just(lambda case: case),
    st.builds(
        lambda buy: (
            lambda case: with_parts(
                tariff=case.scenario.tariff.model_copy(update={"buy_per_kwh": buy})
            )(case)
        ),
        st.floats(0.1, 0.5),
    ),
)

ANYTHING = st.one_of(NUMBERS_ONLY, NUMBERS_ONLY, ANYTHING_ELSE)


@st.composite
def sweeps(draw, changes=ANYTHING):
    """A few cases, each a change away from the first one or from that before."""
    cases = [base()]
    for change, begins in draw(st.lists(st.tuples(changes, st.booleans()), min_size=1, max_size=6)):
        cases.append(change(cases[0] if begins else cases[-1]))
    return cases


def preparation() -> Preparation:
    return Preparation(lambda case: refuse(NAME, uncovered(case)))


@settings(max_examples=40, deadline=None)
@given(sweeps())
def test_shared_preparation_is_the_same_to_the_last_bit(cases):
    together = preparation()
    for case in cases:
        shared, own = together.variant(case), preparation().variant(case)
        assert shared.case is case
        assert shared.infos == own.infos
        assert shared.apart == own.apart
        assert shared.script.wanted_wh == own.script.wanted_wh
        for one, other in (
            (shared.head, own.head),
            (shared.memory(EDGES), own.memory(EDGES)),
            (together.memory(shared, EDGES), preparation().memory(own, EDGES)),
        ):
            assert one.m.tobytes() == other.m.tobytes()
            assert one.w.tobytes() == other.w.tobytes()


@settings(max_examples=10, deadline=None)
@given(sweeps())
def test_sums_of_a_sweep_are_those_of_each_case_alone_and_of_the_reference(cases):
    for case, found in zip(cases, sums(cases), strict=True):
        (alone,) = sums([case])
        assert np.array_equal(alone.bins, found.bins)
        assert alone.record.totals == found.record.totals
        assert alone.record.components == found.record.components
        assert alone.record.occurrences == found.record.occurrences
        assert (alone.charged_wh, alone.missing_wh) == (found.charged_wh, found.missing_wh)
        assert_right(case, found)


@settings(max_examples=6, deadline=None)
@given(sweeps(), st.sampled_from(["batch", "compiled"]))
def test_figures_of_a_sweep_are_those_of_each_case_alone(cases, engine):
    for case, found in zip(cases, exact_figures(cases, engine), strict=True):
        (alone,) = exact_figures([case], engine)
        assert repr(found) == repr(alone)


@settings(max_examples=25, deadline=None)
@given(sweeps(NUMBERS_ONLY))
def test_numbers_of_storages_play_no_script_again(cases):
    together = preparation()
    first = together.variant(cases[0])
    for case in cases[1:]:
        variant = together.variant(case)
        assert variant.script is first.script
        assert variant.plans is first.plans
        assert variant.rows is first.rows


@pytest.mark.parametrize("kind", [parts.Battery, parts.Inverter])
def test_every_other_field_makes_a_case_one_of_its_own(kind):
    case = base()
    component = next(each for each in case.scenario.components if type(each) is kind)
    assert kind.model_fields.keys() > NUMBERS[kind]
    for name in kind.model_fields.keys() - {"id"}:
        other = with_component(component.id, **{name: "something else"})(case)
        found = numbers_apart(other, case)
        assert found == ({component.id} if name in NUMBERS[kind] else None), name


def test_every_other_part_makes_a_case_one_of_its_own():
    case = base()
    for name in Scenario.model_fields:
        found = numbers_apart(with_parts(**{name: ()})(case), case)
        is_equal = name in ("tariff", "co2", "outputs") or getattr(case.scenario, name) == ()
        assert found == (frozenset() if is_equal else None), name
    for changed in (
        replace(case, seed=2),
        replace(case, start_us=START - H),
        replace(case, end_us=START + H),
        with_schedule(0.5)(case),
        with_load(1.0)(case),
    ):
        assert numbers_apart(changed, case) is None


def test_what_is_not_covered_stays_so_next_to_what_is():
    case = base()
    aged = with_component(BATTERY, ageing=parts.AgeingEntry())(case)
    found = exact_figures([case, aged, with_component(BATTERY, soh=0.8)(case)], NAME)
    assert [isinstance(each, Exception) for each in found] == [False, True, False]
    assert repr(found[0]) == repr(exact_figures([case], NAME)[0])


def test_figures_know_their_own_capacity():
    cases = [with_component(BATTERY, capacity_wh=1_000.0 * i)(base()) for i in (10, 20, 40)]
    for case, found in zip(cases, exact_figures(cases, NAME), strict=True):
        wanted = figures_of(record(case))
        assert found["battery_cycles"] == pytest.approx(wanted["battery_cycles"], rel=1e-9)
