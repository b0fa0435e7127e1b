"""Time series as curves: values known from geometry, and laws that hold for any series."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.sql import curves
from simulator.services.exchange.sql.curves import Point

SECOND = 10**9


def series(*values: float, step: int = SECOND) -> list[Point]:
    return [{"t": place * step, "v": value} for place, value in enumerate(values)]


VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20)


@settings(max_examples=40)
@given(VALUES)
def test_every_interpolation_meets_the_points(values: list[float]) -> None:
    points = series(*values)
    times = [point["t"] for point in points]
    for method in (curves.linear, curves.spline, curves.locf):
        assert method(points, times) == points
    assert curves.fill(points, times, 0.0) == points


@settings(max_examples=40)
@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.integers(0, 9 * SECOND))
def test_a_straight_line_stays_one(start: float, slope: float, t: int) -> None:
    points = series(*(start + slope * place for place in range(10)))
    expected = pytest.approx(start + slope * t / SECOND, abs=1e-6)
    assert curves.linear(points, [t])[0]["v"] == expected
    assert curves.spline(points, [t])[0]["v"] == expected


def test_nothing_is_extrapolated() -> None:
    points = series(1.0, 2.0)
    for method in (curves.linear, curves.spline):
        assert [point["v"] for point in method(points, [-1, 2 * SECOND])] == [None, None]
    assert [point["v"] for point in curves.locf(points, [-1, 2 * SECOND])] == [None, 2.0]
    assert [point["v"] for point in curves.fill(points, [-1, 0], 9.0)] == [9.0, 1.0]


def test_an_empty_series_has_no_values() -> None:
    assert curves.linear([], [0]) == [{"t": 0, "v": None}]
    assert curves.locf([], [0]) == [{"t": 0, "v": None}]
    assert curves.integral([], SECOND) == 0.0
    assert curves.derivative([], SECOND) == []


@settings(max_examples=40)
@given(VALUES)
def test_derivatives_add_up_to_the_way_from_first_to_last(values: list[float]) -> None:
    rates = [point["v"] for point in curves.derivative(series(*values), SECOND)]
    assert sum(rates) == pytest.approx(values[-1] - values[0], abs=1e-6)
    rising = [point["v"] for point in curves.rising(series(*values), SECOND)]
    assert rising == [rate for rate in rates if rate >= 0]


def test_integrals_count_in_units() -> None:
    points = series(0.0, 2.0, 2.0)
    assert curves.integral(points, SECOND) == 3.0
    assert curves.integral(points, 3600 * SECOND) == pytest.approx(3.0 / 3600)


def test_ranks_decide_spearman_and_distances_pearson() -> None:
    first, second = series(1.0, 2.0, 3.0, 4.0), series(1.0, 4.0, 9.0, 16.0)
    assert curves.spearman(first, second) == pytest.approx(1.0)
    assert curves.pearson(first, second) == pytest.approx(0.9843740386976972)
    assert curves.pearson(first, series(5.0, 5.0, 5.0, 5.0)) is None


def test_ties_share_their_rank() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    found = curves.spearman(series(1.0, 2.0, 2.0, 3.0), series(1.0, 2.0, 3.0, 4.0))
    assert found == pytest.approx(0.9486832980505138)


def test_series_over_other_times_do_not_correlate() -> None:
    with pytest.raises(ValueError, match="same timestamps"):
        curves.pearson(series(1.0, 2.0), series(1.0, 2.0, step=2))
