from math import inf, nan

import pytest

from simulator.microgrid.generator import Generator
from simulator.microgrid.orders import Orders


def generator(available_w=5_000.0, **orders):
    made = Generator(component_id=5, rated_w=8_000.0)
    made.input_w = available_w
    made.bind(Orders(**orders))
    made.refresh()
    return made


def commanded(made, request_w):
    made.command(request_w)
    return made.p, made.cause


@pytest.mark.parametrize(
    ("request_w", "expected"),
    [
        (nan, (-5_000.0, "")),
        (-2_000.0, (-2_000.0, "")),
        (-7_000.0, (-5_000.0, "available")),
        (0.0, (0.0, "")),
        (1_000.0, (0.0, "rating")),
    ],
)
def test_a_set_point_bounds_production_from_above(request_w, expected):
    assert commanded(generator(), request_w) == expected


def test_the_rating_bounds_what_is_available():
    assert commanded(generator(20_000.0), nan) == (-8_000.0, "")
    assert commanded(generator(20_000.0, derate=0.5), -6_000.0) == (-4_000.0, "fault")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-3_000.0, inf, (-3_000.0, "limit")),
        (1_000.0, inf, (0.0, "limit")),
        (-inf, -9_000.0, (-5_000.0, "")),
        (-inf, inf, (-5_000.0, "")),
    ],
)
def test_limits_curtail_and_cannot_force(low, high, expected):
    assert commanded(generator(low_w=low, high_w=high), nan) == expected


def test_releasing_equals_commanding_nothing():
    for more in ({}, {"low_w": -100.0}, {"off": "fault"}, {"derate": 0.1}):
        one, other = generator(**more), generator(**more)
        one.release()
        other.command(nan)
        assert (one.p, one.cause, one.available_w) == (other.p, other.cause, other.available_w)


def test_what_is_off_produces_nothing():
    assert commanded(generator(off="switched_off"), nan) == (0.0, "switched_off")


def test_what_is_taken_away_is_curtailed_or_lost():
    made = generator(low_w=-3_000.0)
    made.command(nan)
    made.settle(1800.0, 0.5)
    assert (made.produced_wh, made.curtailed_wh, made.lost_wh) == (1_500.0, 1_000.0, 0.0)
    made.bind(Orders(off="fault"))
    made.refresh()
    made.command(nan)
    made.settle(1800.0, 0.5)
    assert (made.produced_wh, made.curtailed_wh, made.lost_wh) == (1_500.0, 1_000.0, 2_500.0)


def test_a_copy_shares_no_state():
    made = generator()
    made.clone().command(-1.0)
    assert made.request_w != -1.0
