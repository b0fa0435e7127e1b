from math import exp, inf, isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.exponential import bounds, crossings, energy_wh, phi, split, value

COEFFICIENT = st.floats(-1e5, 1e5, allow_subnormal=False)
RATE = st.floats(1e-6, 1e-2)
TERMS = st.lists(st.tuples(COEFFICIENT, RATE), min_size=0, max_size=4)


def midpoint_energies(c, terms, t, n=2_000):
    """Import and export by brute force, an independent reading."""
    into = out = 0.0
    for i in range(n):
        power = value(c, terms, (i + 0.5) * t / n)
        if power > 0:
            into += power
        else:
            out -= power
    return into * t / n / 3600, out * t / n / 3600


def test_phi_is_the_integral_of_the_decay_and_the_time_itself_without_one():
    assert isclose(phi(2.0, 3.0), (1 - exp(-6.0)) / 2.0, rel_tol=1e-15)
    assert phi(0.0, 3.0) == 3.0
    assert isclose(phi(1e-12, 1e4), 1e4, rel_tol=1e-7)


def test_a_taper_that_turns_export_into_import_is_split_at_its_crossing():
    # 1000 - 2000 z crosses zero at z = 1/2.
    found = crossings(1000.0, [(-2000.0, 1e-3)], 3600.0)
    assert found == pytest.approx([693.1471805599453], abs=1e-9)
    into, out = split(1000.0, [(-2000.0, 1e-3)], 3600.0)
    assert into - out == pytest.approx(energy_wh(1000.0, [(-2000.0, 1e-3)], 0.0, 3600.0))
    assert out == pytest.approx((2000 * 0.5 / 1e-3 - 1000 * 693.1471805599453) / 3600)


def test_both_roots_of_the_quadratic_are_found():
    # (z - 1/2)(z - 1/4) has its roots at ln 2 and ln 4.
    terms = [(-0.75, 1.0), (1.0, 2.0)]
    assert crossings(0.125, terms, 10.0) == pytest.approx([0.69314718056, 1.38629436112])
    assert crossings(0.125, terms, 1.0) == pytest.approx([0.69314718056])


def test_more_exponentials_than_a_quadratic_are_searched():
    # (z - 0.9)(z - 0.5)(z - 0.2) with rates 1, 2, 3.
    terms = [(0.45 + 0.18 + 0.1, 1.0), (-1.6, 2.0), (1.0, 3.0)]
    found = crossings(-0.09, terms, 5.0)
    assert [exp(-t) for t in found] == pytest.approx([0.9, 0.5, 0.2], abs=1e-8)


def test_parts_that_cancel_are_seen_to():
    # Two equal batteries, one of which charges while the other one discharges.
    assert crossings(0.0, [(7.0, 1e-3), (-7.0, 1e-3)], 3600.0) == []
    terms = [(7.0, 1e-3), (2.0, 2e-3), (-7.0, 1e-3), (3.0, 2e-3)]
    assert split(-1.0, terms, 3600.0) == pytest.approx(split(-1.0, [(5.0, 2e-3)], 3600.0))


def test_a_power_that_only_touches_zero_does_not_cross_it():
    # (z - 0.5)^2 and (z - 0.5)^2 (z + 1)
    assert split(0.25, [(-1.0, 1.0), (1.0, 2.0)], 5.0)[1] == pytest.approx(0.0, abs=1e-12)
    terms = [(-0.75, 1.0), (0.0, 2.0), (1.0, 3.0)]
    into, out = split(0.25, terms, 5.0)
    assert out == pytest.approx(0.0, abs=1e-12)
    assert into == pytest.approx(energy_wh(0.25, terms, 0.0, 5.0))
    assert crossings(1.0, [(-1.0, 1.0), (1.0, 2.0)], 5.0) == []


def test_less_than_the_dead_band_is_neither_import_nor_export():
    assert split(5e-10, [], 3600.0) == (0.0, 0.0)
    assert split(-5e-10, [(1e-10, 1e-3)], 3600.0) == (0.0, 0.0)


def test_a_power_that_leaves_zero_is_counted_from_there():
    into, out = split(100.0, [(-100.0, 1e-3)], 3600.0)
    assert out == 0.0
    assert into == pytest.approx(energy_wh(100.0, [(-100.0, 1e-3)], 0.0, 3600.0))


@settings(max_examples=150, deadline=None)
@given(c=COEFFICIENT, terms=TERMS, t=st.floats(1.0, 1e5))
def test_import_and_export_are_never_negative_and_differ_by_the_net_energy(c, terms, t):
    into, out = split(c, terms, t)
    scale = abs(c) * t / 3600 + sum(abs(a) * phi(lam, t) / 3600 for a, lam in terms)
    assert into >= 0.0
    assert out >= 0.0
    assert abs(into - out - energy_wh(c, terms, 0.0, t)) <= 1e-9 * scale + 1e-9 * t / 3600


def test_a_small_tail_after_a_crossing_is_counted():
    terms = [(1.0, 1 / 256), (-30_617.0, 1 / 128)]
    into, out = split(0.0, terms, 7_966.0)
    assert into == pytest.approx(1.1613e-6, rel=1e-3)
    assert into - out == pytest.approx(energy_wh(0.0, terms, 0.0, 7_966.0), abs=1e-11)


@settings(max_examples=15, deadline=None)
@given(c=COEFFICIENT, terms=TERMS, t=st.floats(1.0, 1e4))
def test_import_and_export_agree_with_brute_force(c, terms, t):
    scale = (abs(c) + sum(abs(a) for a, _ in terms)) * t / 3600
    for exact, rough in zip(split(c, terms, t), midpoint_energies(c, terms, t), strict=True):
        assert abs(exact - rough) <= 2e-3 * scale + 1e-9


@settings(max_examples=100, deadline=None)
@given(c=COEFFICIENT, terms=TERMS, t=st.floats(1.0, 1e5), part=st.floats(0.01, 0.99))
def test_a_segment_cut_in_two_brings_the_same_energies(c, terms, t, part):
    cut = part * t
    rest = [(a * exp(-lam * cut), lam) for a, lam in terms]
    whole = split(c, terms, t)
    first, second = split(c, terms, cut), split(c, rest, t - cut)
    scale = (abs(c) + sum(abs(a) for a, _ in terms)) * t / 3600
    for i in (0, 1):
        assert abs(first[i] + second[i] - whole[i]) <= 1e-9 * scale + 1e-9


@settings(max_examples=100, deadline=None)
@given(c=COEFFICIENT, terms=TERMS, t=st.floats(1.0, 1e5), part=st.floats(0.0, 1.0))
def test_bounds_hold_everywhere(c, terms, t, part):
    low, high = bounds(c, terms, 0.0, t)
    slack = 1e-9 * (abs(c) + sum(abs(a) for a, _ in terms))
    assert low - slack <= value(c, terms, part * t) <= high + slack
    assert high < inf
