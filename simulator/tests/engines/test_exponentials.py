"""Energies of sums of exponentials in machine code: as the microgrid has them, in closed form."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.engines import exponentials
from simulator.microgrid import exponential

TERMS = st.lists(
    st.tuples(st.floats(-1e4, 1e4), st.floats(1e-6, 1e-1)), min_size=1, max_size=6
).filter(lambda terms: all(abs(a) > 1e-3 for a, _ in terms))
SEVERAL = [(-30.0, 1e-3), (280.0, 2e-3), (-840.0, 3e-3), (700.0, 4e-3)]
"""With a constant of 1 four sign changes of coefficients."""


@numba.njit
def in_machine_code(w, c, z, t):
    return exponentials.split(w, c, 0, z, t, z)


def split(c, terms, t):
    pairs = [number for term in terms for number in term]
    w = np.full(len(pairs) + len(terms) + exponentials.ROOM, np.nan)
    w[: len(pairs)] = pairs
    return in_machine_code(w, c, len(pairs), t)


@settings(max_examples=300, deadline=None)
@given(st.floats(-1e4, 1e4), TERMS, st.floats(1e-3, 1e5))
@example(1.0, SEVERAL, 1e4)
@example(0.0, [(1.0, 1e-3), (-1.0, 1e-3)], 3600.0)
def test_energy_in_and_out(c, terms, t):
    scale = (abs(c) + sum(abs(a) for a, _ in terms)) * t / 3600.0
    assert split(c, terms, t) == pytest.approx(
        exponential.split(c, terms, t), rel=0.0, abs=1e-12 * scale + 1e-15
    )


def test_a_power_that_changes_its_sign_several_times():
    assert len(exponential.crossings(1.0, SEVERAL, 1e4)) > 1
    into, out = split(1.0, SEVERAL, 1e4)
    assert into - out == pytest.approx(exponential.energy_wh(1.0, SEVERAL, 0.0, 1e4))
    assert out > 0.0
