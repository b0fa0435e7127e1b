from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.slope import LEAST_POINTS, Point, slope_of


def line(count: int, slope: float, *, noise: float = 0.0, seed: int = 0) -> list[Point]:
    chance = random.Random(seed)
    return [(x / 10, 5 + slope * x / 10 + chance.gauss(0, noise)) for x in range(count)]


@settings(max_examples=40)
@given(st.integers(LEAST_POINTS, 40), st.floats(-100, 100))
def test_a_straight_line_has_its_slope_for_sure(count: int, slope: float) -> None:
    found = slope_of(line(count, slope))
    assert found is not None
    assert found.value == pytest.approx(slope, abs=1e-6)
    assert found.low == pytest.approx(slope, abs=1e-6)
    assert found.high == pytest.approx(slope, abs=1e-6)


def test_a_wild_point_does_not_bend_the_line() -> None:
    points = line(20, 3.0, noise=0.01)
    points[7] = (points[7][0], 1000.0)
    found = slope_of(points)
    assert found is not None
    assert found.value == pytest.approx(3, abs=0.2)


def test_the_interval_holds_the_slope_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        found = slope_of(line(20, 2.0, noise=0.5, seed=seed))
        assert found is not None
        assert found.low <= found.value <= found.high
        # Of the low end only the lesser of two is told, so it errs to the careful side.
        held += found.low <= 2.0 <= found.high
    assert held >= 190


def test_what_levels_off_may_be_flat() -> None:
    points = [(x / 10, min(x, 8) * 10.0) for x in range(20)]
    found = slope_of(points)
    assert found is not None
    assert found.value > 0
    assert found.low <= 0


def test_a_few_points_say_nothing() -> None:
    assert slope_of(line(LEAST_POINTS - 1, 1.0)) is None
    assert slope_of(line(LEAST_POINTS, 1.0)) is not None
