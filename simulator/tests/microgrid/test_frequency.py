"""The grid's frequency wanders as an Ornstein-Uhlenbeck process does."""

from math import exp

import numpy as np
import pytest

from simulator.microgrid.frequency import RELAXATION_S, wander

from .sites import START, S


def course(seconds, *, step=1, seed=1):
    return np.array([wander(seed, START + i * step * S) for i in range(seconds)])


def test_far_moments_are_independent_draws_of_a_standard_normal():
    values = course(900, step=1_000)
    assert values.mean() == pytest.approx(0.0, abs=0.1)
    assert values.std() == pytest.approx(1.0, abs=0.1)
    assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(0.0, abs=0.1)


def test_near_moments_are_alike_by_an_exponential_law():
    lag = round(RELAXATION_S)
    first = course(700, step=1_201)
    later = np.array([wander(1, START + (i * 1_201 + lag) * S) for i in range(700)])
    assert np.corrcoef(first, later)[0, 1] == pytest.approx(exp(-1.0), abs=0.1)


def test_it_does_not_jump_where_a_stretch_of_draws_ends():
    moves = np.abs(np.diff(course(1_300)))
    # An innovation moves it by sqrt(1 - exp(-2/60)), 0.18 standard deviations.
    assert moves.max() < 0.18 * 5
    assert moves.mean() == pytest.approx(0.18 * (2 / np.pi) ** 0.5, rel=0.1)


def test_the_same_moment_reads_the_same_and_other_seeds_wander_elsewhere():
    assert wander(7, START + 5 * S) == wander(7, START + 5 * S + 999_999)
    assert wander(7, START + 5 * S) != wander(8, START + 5 * S)
