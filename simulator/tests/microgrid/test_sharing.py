from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.sharing import (
    TOLERANCE,
    balance_weights,
    drift_s,
    in_turn,
    parts_of,
    place,
)

MEMBER = st.tuples(st.just(0.0) | st.floats(1e-3, 1e5), st.floats(-1e4, 0.0), st.floats(0.0, 1e4))
MEMBERS = st.lists(MEMBER, min_size=1, max_size=5)
REQUEST = st.floats(-3e4, 3e4)


def placed(request, members):
    weights, lows, highs = zip(*members, strict=True)
    return place(request, weights, lows, highs)


def test_parts_follow_the_weights():
    found = place(9_000.0, [1.0, 2.0], [-inf] * 2, [inf] * 2)
    assert (found.given, found.unserved) == ([3_000.0, 6_000.0], 0.0)


def test_what_does_not_fit_goes_to_those_with_room():
    found = place(9_000.0, [1.0, 2.0, 3.0], [0.0] * 3, [5_000.0, 5_000.0, 2_000.0])
    assert found.given == pytest.approx([7_000 / 3, 14_000 / 3, 2_000.0])
    assert found.asked[2] == 4_500.0


def test_what_finds_no_place_is_unserved():
    found = place(-9_000.0, [1.0, 1.0], [-1_000.0, -2_000.0], [0.0, 0.0])
    assert (found.given, found.unserved) == ([-1_000.0, -2_000.0], -6_000.0)


def test_a_forced_member_leaves_less_for_the_others():
    found = place(5_000.0, [1.0, 0.0], [0.0, 2_000.0], [10_000.0, 10_000.0])
    assert found.given == [3_000.0, 2_000.0]


def test_balance_weights_are_capacity_times_a_power_of_the_distance():
    assert balance_weights([5.0, 8.0], [10.0, 40.0]) == [5.0, 8.0]
    assert balance_weights([5.0, 8.0], [10.0, 40.0], 2.0) == pytest.approx([2.5, 1.6])
    assert balance_weights([5.0, 8.0], [10.0, 40.0], 0.0) == [10.0, 40.0]
    assert balance_weights([0.0, 8.0], [10.0, 40.0], 0.0) == [0.0, 40.0]


@settings(max_examples=200, deadline=None)
@given(REQUEST, MEMBERS)
def test_parts_sum_to_the_request_unless_all_are_at_a_bound(request_w, members):
    found = placed(request_w, members)
    assert sum(found.given) + found.unserved == pytest.approx(request_w, rel=1e-9, abs=1e-6)
    for (weight, low, high), part in zip(members, found.given, strict=True):
        assert low <= part <= high
        if abs(found.unserved) > 1e-6 and weight > 0.0:
            assert part == (high if found.unserved > 0 else low)


@settings(max_examples=200, deadline=None)
@given(REQUEST, MEMBERS, st.booleans())
def test_the_short_way_to_the_parts_ends_at_the_same(request_w, members, is_closed):
    weights, lows, highs = zip(*members, strict=True)
    if is_closed:
        lows = highs = (0.0,) * len(members)
    assert (
        parts_of(request_w, weights, lows, highs)
        == placed(request_w, list(zip(weights, lows, highs, strict=True))).asked
    )


@settings(max_examples=200, deadline=None)
@given(REQUEST, MEMBERS, st.randoms(use_true_random=False))
def test_permuting_members_permutes_their_parts(request_w, members, random):
    order = list(range(len(members)))
    random.shuffle(order)
    straight = placed(request_w, members).given
    shuffled = placed(request_w, [members[i] for i in order]).given
    assert shuffled == pytest.approx([straight[i] for i in order], rel=1e-9, abs=1e-6)


def test_shares_that_shrink_together_never_drift():
    assert drift_s([3.0, 6.0], [-0.1, -0.1]) == inf
    assert drift_s([0.0, 0.0], [0.0, 0.0]) == inf


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(100.0, 1e5), st.floats(-1e-3, 1e-3)), min_size=2, max_size=4))
def test_the_drift_is_noticed_when_a_share_has_moved_by_the_tolerance(members):
    weights, rates = zip(*members, strict=True)
    t = drift_s(weights, rates)
    if t < 20.0:
        later = [w * (1 + rate * t) for w, rate in members]
        moved = [
            abs(b / sum(later) - a / sum(weights)) for a, b in zip(weights, later, strict=True)
        ]
        assert max(moved) == pytest.approx(TOLERANCE, rel=0.1)


def test_nobody_takes_nothing_in_turn():
    assert in_turn(100.0, [], []) == []
