from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.arrivals import Arrivals, Budget, Pacer

SECOND = 1_000_000


def drained(arrivals: Arrivals, step_us: int, until_us: int) -> list[int]:
    found = []
    for now in range(0, until_us + step_us, step_us):
        found += [arrival.due_us for arrival in arrivals.due(now)]
    return found


def test_a_rate_is_kept_exactly() -> None:
    arrivals = Arrivals(rate=100, start_us=0, end_us=10 * SECOND)
    assert drained(arrivals, 3_000, 10 * SECOND) == list(range(0, 10 * SECOND, 10_000))


@settings(max_examples=40)
@given(
    rate=st.floats(0.5, 500),
    looks=st.lists(st.integers(0, 2 * SECOND), max_size=20),
    seed=st.none() | st.integers(0, 9),
)
def test_what_is_due_does_not_depend_on_when_somebody_looks(
    rate: float, looks: list[int], seed: int | None
) -> None:
    def make() -> Arrivals:
        chance = None if seed is None else random.Random(seed)
        return Arrivals(rate=rate, start_us=0, end_us=2 * SECOND, chance=chance)

    often, once = make(), make()
    seen = [a for now in sorted(looks) for a in often.due(now)]
    seen += often.due(2 * SECOND)
    assert seen == once.due(2 * SECOND)
    assert [a.number for a in seen] == list(range(len(seen)))


def test_after_a_stall_everything_missed_comes_at_once_with_its_due_time() -> None:
    arrivals = Arrivals(rate=10, start_us=0, end_us=10 * SECOND)
    assert len(arrivals.due(0)) == 1
    assert [a.due_us for a in arrivals.due(SECOND)] == [n * 100_000 for n in range(1, 11)]


def test_poisson_arrivals_have_the_rate_and_are_repeatable() -> None:
    made = [
        Arrivals(rate=200, start_us=0, end_us=50 * SECOND, chance=random.Random(3)).due(50 * SECOND)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(made[0]) == pytest.approx(10_000, rel=0.05)


def test_no_rate_means_no_arrival() -> None:
    arrivals = Arrivals(rate=0, start_us=0, end_us=SECOND)
    assert arrivals.next_us is None
    assert arrivals.due(SECOND) == []


def test_slowing_halves_what_is_still_to_come() -> None:
    arrivals = Arrivals(rate=100, start_us=0, end_us=2 * SECOND)
    assert len(arrivals.due(SECOND - 1)) == 100
    arrivals.slow(0.5)
    assert len(arrivals.due(2 * SECOND)) == pytest.approx(50, abs=1)


def test_the_phase_shifts_the_first_arrival() -> None:
    arrivals = Arrivals(rate=10, start_us=0, end_us=SECOND, phase=0.5)
    assert arrivals.next_us == 50_000


@settings(max_examples=60)
@given(cap=st.floats(0.5, 200), gaps=st.lists(st.integers(0, 400_000), max_size=80))
def test_no_second_holds_more_calls_than_the_cap(cap: float, gaps: list[int]) -> None:
    pacer, now, sent = Pacer(cap), 0, []
    for gap in gaps:
        now += gap
        sent.append(now + pacer.reserve(now))
    for at in sent:
        inside = sum(1 for other in sent if at <= other < at + SECOND)
        assert inside <= cap * 1.05 + 1


def test_a_budget_runs_out() -> None:
    budget = Budget(2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]


def closed_loop(stall: range, *, users: int, gap_us: int, end_us: int) -> list[int]:
    """Latencies of users that wait for each reply, then for the rest of their pace."""
    found = []
    for user in range(users):
        at = user * gap_us // users
        while at < end_us:
            done = stall.stop if at in stall else at + 1_000
            found.append(done - at)
            at = max(done, at + gap_us)
    return sorted(found)


def open_model(stall: range, *, rate: float, end_us: int) -> list[int]:
    """Latencies of the same load as it arrives, at a server that serves anything at once."""
    due = Arrivals(rate=rate, start_us=0, end_us=end_us).due(end_us)
    return sorted((stall.stop if a.due_us in stall else a.due_us + 1_000) - a.due_us for a in due)


def test_only_the_open_model_sees_a_stall_at_the_99th_percentile() -> None:
    """A stall of 2 s in 20 s at 100/s: about 200 of 2,000 arrivals wait, evenly over 0 to 2 s."""
    stall = range(9 * SECOND, 11 * SECOND)
    seen = open_model(stall, rate=100, end_us=20 * SECOND)
    hidden = closed_loop(stall, users=10, gap_us=100_000, end_us=20 * SECOND)
    assert seen[int(len(seen) * 0.99)] > 1_500_000
    assert hidden[int(len(hidden) * 0.99)] < 10_000
