"""Planned calls: order, instants, what is planned on the way."""

from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.clock import ManualClock
from simulator.services.timers import Timers


@pytest.fixture
def clock():
    return ManualClock(1_000)


@pytest.fixture
def timers(clock):
    return Timers(clock)


def test_calls_come_in_order_of_time_and_are_told_when_they_were_due(clock, timers):
    fired = []
    timers.after(30, lambda t_us: fired.append(("late", t_us)))
    timers.after(10, lambda t_us: fired.append(("early", t_us)))
    timers.at(1_020, lambda t_us: fired.append(("between", t_us)))
    assert timers.next_us == 1_010
    timers.run(1_020)
    assert fired == [("early", 1_010), ("between", 1_020)]
    assert timers.next_us == 1_030
    assert len(timers) == 1


def test_of_one_instant_the_one_planned_first_comes_first(timers):
    fired = []
    for number in range(5):
        timers.at(2_000, lambda t_us, number=number: fired.append(number))
    timers.run(2_000)
    assert fired == [0, 1, 2, 3, 4]


def test_a_chain_counts_from_the_instants_that_were_due_not_from_when_it_was_run(timers):
    fired = []

    def again(t_us):
        fired.append(t_us)
        timers.after(7, again)

    timers.after(7, again)
    timers.run(1_030)
    assert fired == [1_007, 1_014, 1_021, 1_028]
    assert timers.next_us == 1_035


def test_an_instant_that_has_passed_means_now(clock, timers):
    fired = []
    timers.at(5, fired.append)
    assert timers.next_us == 1_000
    timers.run(clock.now_us())
    assert fired == [1_000]


def test_what_is_planned_for_the_past_by_a_call_follows_it(timers):
    fired = []
    timers.at(1_010, lambda t_us: timers.at(3, fired.append))
    timers.at(1_020, fired.append)
    timers.run(1_020)
    assert fired == [1_010, 1_020]


def test_a_cancelled_call_does_not_happen(timers):
    fired = []
    timer = timers.after(10, fired.append)
    timers.after(20, fired.append)
    timer.cancel()
    timer.cancel()
    assert timers.next_us == 1_020
    timers.run(2_000)
    assert fired == [1_020]
    timer.cancel()
    assert timers.next_us is None


def test_a_call_may_cancel_another_of_the_same_instant(timers):
    fired = []
    timers.at(1_010, lambda t_us: second.cancel())
    second = timers.at(1_010, fired.append)
    timers.run(1_010)
    assert fired == []


def test_a_call_that_fails_leaves_those_behind_it(timers):
    fired = []

    def fail(t_us):
        raise RuntimeError("no")

    timers.after(10, fail)
    timers.after(20, fired.append)
    with pytest.raises(RuntimeError):
        timers.run(1_100)
    assert fired == []
    timers.run(1_100)
    assert fired == [1_020]


def test_the_clock_shows_each_instant_while_it_comes(clock):
    seen = []

    @contextmanager
    def showing(t_us):
        seen.append(("from", t_us))
        yield
        seen.append(("to", t_us))

    timers = Timers(clock, showing)
    timers.at(1_010, lambda t_us: seen.append(("call", t_us)))
    timers.at(1_010, lambda t_us: timers.after(5, lambda t_us: None))
    timers.run(1_020)
    assert [step for step, _ in seen] == ["from", "call", "to", "from", "to", "from", "to"]
    assert [t_us for _, t_us in seen] == [1_010] * 5 + [1_015] * 2


def test_who_sleeps_is_woken_only_for_what_comes_before_all_others(timers):
    woken = []
    timers.sooner = lambda: woken.append(timers.next_us)
    timers.after(50, lambda t_us: None)
    timers.after(60, lambda t_us: None)
    timers.after(10, lambda t_us: None)
    assert woken == [1_050, 1_010]


def test_clear_forgets_everything(timers):
    fired = []
    timer = timers.after(10, fired.append)
    timers.clear()
    timer.cancel()
    timers.run(2_000)
    assert (fired, timers.next_us) == ([], None)


@settings(max_examples=60, deadline=None)
@given(
    delays=st.lists(st.integers(0, 50), max_size=12),
    cuts=st.lists(st.integers(0, 80), max_size=6),
)
def test_the_steps_in_which_they_are_run_do_not_matter(delays, cuts):
    def history(steps):
        clock = ManualClock(0)
        timers = Timers(clock)
        fired = []

        def call(t_us, number, depth):
            fired.append((number, depth, t_us))
            if depth:
                timers.after(number, lambda t_us: call(t_us, number, depth - 1))

        for number in delays:
            timers.after(number, lambda t_us, number=number: call(t_us, number, 2))
        for step in steps:
            clock.set(step)
            timers.run(step)
        return fired

    assert history([*sorted(cuts), 200]) == history([200])
