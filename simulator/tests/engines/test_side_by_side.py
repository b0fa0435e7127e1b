"""Cases that run side by side: as the reference has them, and each as if it were alone."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engines import Case, compiled, record, together
from simulator.engines.coverage import uncovered_in_lanes
from simulator.engines.vectors import LANES
from simulator.microgrid.record import Totals
from simulator.microgrid.scenario import load
from simulator.tests.microgrid.sites import START, H, dispatch, inputs, site

from .agreement import TOLERANCE
from .cases import EASY, HOURS, STORAGE, case_of

EDGES = np.arange(START, START + HOURS * H + 1, H // 4)
"""Quarter hours of a case; those of inputs are a whole hour apart."""


def sums(cases, edges=EDGES):
    found = {}
    for i, each in compiled.sums(cases, [edges] * len(cases)):
        assert not isinstance(each, Exception), each
        found[i] = replace(each, bins=each.bins.copy())
    return [found[i] for i in range(len(cases))]


def assert_right(case, found):
    wanted = record(case)
    scale = 1.0 + sum(each.in_wh + each.out_wh + each.load_wh for each in wanted.totals.values())
    mine = found.record.totals
    for component_id, totals in wanted.totals.items():
        for each in fields(Totals):
            one, other = getattr(totals, each.name), getattr(mine[component_id], each.name)
            assert one == other or abs(one - other) <= TOLERANCE * scale, (component_id, each.name)
    (whole,) = found.record.occurrences
    asked = sum(abs(each.asked_wh) for each in wanted.occurrences)
    short = sum(each.shortfall_wh for each in wanted.occurrences)
    assert abs(whole.asked_wh - asked) <= TOLERANCE * scale
    assert abs(whole.shortfall_wh - short) <= TOLERANCE * scale
    (grid,) = (each.id for each in wanted.components if each.kind == "grid_connection_point")
    assert found.bins[0].sum() == pytest.approx(wanted.totals[grid].in_wh, abs=TOLERANCE * scale)
    assert found.bins[1].sum() == pytest.approx(wanted.totals[grid].out_wh, abs=TOLERANCE * scale)
    left = [each for each in wanted.events if each["event"] == "EV_LEFT"]
    assert list(found.wanted_wh) == [each["wanted_wh"] for each in left]
    for each, charged_wh, missing_wh in zip(left, found.charged_wh, found.missing_wh, strict=True):
        assert abs(each["charged_wh"] - charged_wh) <= TOLERANCE * scale
        assert abs(each["missing_wh"] - missing_wh) <= TOLERANCE * scale


@settings(max_examples=25, deadline=None)
@given(EASY, st.lists(STORAGE, min_size=1, max_size=3))
def test_variants_agree_with_the_reference_and_do_not_touch_each_other(drawn, batteries):
    cases = [case_of({**drawn, "battery": each, "limits": False}) for each in batteries]
    together = sums(cases)
    for case, found in zip(cases, together, strict=True):
        assert_right(case, found)
        (alone,) = sums([case])
        assert np.array_equal(alone.bins, found.bins)
        assert alone.record.totals == found.record.totals
        assert alone.record.occurrences == found.record.occurrences


def test_more_variants_than_there_are_lanes():
    cases = [
        Case(
            scenario=site(battery={"capacity_wh": 5_000.0 + 500.0 * i}),
            start_us=START,
            end_us=START + 2 * H,
            seed=1,
            schedule=(dispatch(1, "set_power", power_w=4_000.0),),
            inputs=inputs(START, load=700.0),
        )
        for i in range(11)
    ]
    for case, found in zip(cases, sums(cases, EDGES[:9]), strict=True):
        assert_right(case, found)


def test_rows_of_lanes_lie_within_lines_of_the_cache():
    for rows in (1, 2, 7, 1_000):
        matrix = together._matrix(rows)
        assert matrix.shape == (rows, LANES)
        assert matrix.ctypes.data % together.LINE_BYTES == 0
        assert not matrix.any()


def test_what_lanes_do_not_cover_runs_alone():
    limited = Case(
        scenario=site(grid={"import_limit_w": 1_000.0}),
        start_us=START,
        end_us=START + 2 * H,
        seed=1,
        schedule=(),
        inputs=inputs(START, load=1_100.0),
    )
    assert not uncovered_in_lanes(limited)
    free = Case(
        scenario=site(grid={"import_limit_w": 9_000.0}),
        start_us=START,
        end_us=START + 2 * H,
        seed=1,
        schedule=(),
        inputs=inputs(START, load=1_100.0),
    )
    for case, found in zip((limited, free), sums([limited, free], EDGES[:9]), strict=True):
        assert_right(case, found)


def test_a_shipped_site():
    scenario = load("home")
    meta = scenario.meta
    end_us = meta.start_us + 48 * H
    case = Case(scenario=scenario, start_us=meta.start_us, end_us=end_us, seed=1)
    assert_right(case, sums([case], np.arange(meta.start_us, end_us + 1, H // 4))[0])
