"""The engines say the same: energies, states of charge, registers, occurrences, events."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from simulator.engines import Case, NotCovered, record
from simulator.microgrid.scenario import load

from .agreement import assert_alike
from .cases import EASY, GIVEN, case_of

H_US = 3_600_000_000


@settings(max_examples=40, deadline=None)
@given(GIVEN)
def test_compiled_agrees_with_the_reference(drawn):
    case = case_of(drawn)
    assert_alike(record(case), record(case, "compiled"))


@settings(max_examples=15, deadline=None)
@given(EASY)
def test_batch_agrees_with_the_reference_wherever_it_covers_a_case(drawn):
    case = case_of({**drawn, "limits": False})
    try:
        found = record(case, "batch")
    except NotCovered:
        return
    assert_alike(record(case), found)


@pytest.mark.parametrize(
    ("name", "engine"), [("home", "compiled"), ("plain", "compiled"), ("sharing", "compiled")]
)
def test_shipped_sites_come_out_the_same(name, engine):
    scenario = load(name)
    case = Case(
        scenario=scenario,
        start_us=scenario.meta.start_us,
        end_us=scenario.meta.end_us,
        seed=scenario.meta.seed,
    )
    assert_alike(record(case), record(case, engine))


def test_batch_runs_a_shipped_site():
    scenario = load("home")
    case = Case(
        scenario=scenario,
        start_us=scenario.meta.start_us,
        end_us=scenario.meta.start_us + 30 * H_US,
        seed=1,
    )
    assert_alike(record(case), record(case, "batch"))
