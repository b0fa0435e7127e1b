import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.inverter import Losses

DEFAULT = Losses(l0=30.0, l1=0.012, q=0.015 / 10_000.0)
LOSSES = st.builds(
    Losses, l0=st.floats(0.0, 100.0), l1=st.floats(0.0, 0.05), q=st.floats(0.0, 5e-6)
)


def test_defaults_give_97_percent_at_rated_power_and_95_7_at_a_tenth():
    assert 10_000.0 / DEFAULT.ac(10_000.0) == pytest.approx(0.970, abs=1e-3)
    assert 1_000.0 / DEFAULT.ac(1_000.0) == pytest.approx(0.958, abs=1e-3)


def test_losses_have_one_formula_for_both_directions():
    assert DEFAULT.ac(5_000.0) - 5_000.0 == pytest.approx(DEFAULT.ac(-5_000.0) + 5_000.0)


def test_an_ac_power_that_only_covers_standby_gives_no_dc_power():
    assert DEFAULT.dc(30.0) == 0.0
    assert DEFAULT.dc(10.0) == 0.0


@settings(max_examples=200, deadline=None)
@given(LOSSES, st.floats(-10_000.0, 10_000.0))
def test_dc_is_the_inverse_of_ac(losses, dc):
    if dc >= 0 or -dc > losses.cut() + 1e-6:
        assert losses.dc(losses.ac(dc)) == pytest.approx(dc, rel=1e-9, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(LOSSES)
def test_at_the_cut_the_ac_power_is_zero(losses):
    assert losses.ac(-losses.cut()) == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(LOSSES, st.floats(0.0, 1.0), st.floats(0.0, 9_000.0), st.floats(0.0, 900.0), st.booleans())
def test_a_taper_goes_through_the_losses_term_by_term(losses, z, decay, p_inf, discharging):
    sign = -1.0 if discharging else 1.0
    c, a, b = losses.taper(sign * p_inf, sign * decay)
    if p_inf + decay * z > 0:
        expected = losses.ac(sign * (p_inf + decay * z))
        assert c + a * z + b * z * z == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_more_than_the_quadratic_can_deliver_gives_its_largest_power():
    steep = Losses(q=1e-4)
    assert steep.dc(-1e9) == pytest.approx(-2e9)
