from __future__ import annotations

from itertools import pairwise

from loadtests.course import STALLED_ONE_IN, Behaviour, Course, Schedule, cuts


def test_one_stream_in_twenty_stalls_once() -> None:
    courses = [Course(Behaviour(stalls=True), number) for number in range(40)]
    for course in courses:
        course.begin(Schedule(end_us=100, stall_us=(10, 30)))
    naps = [course.nap_us(12) for course in courses]
    assert naps == [18 if number % STALLED_ONE_IN == 0 else 0 for number in range(40)]
    assert courses[0].nap_us(13) == 0


def test_streams_that_cycle_keep_their_pace_until_the_end() -> None:
    course = Course(Behaviour(cycles=True), 0, gap_us=100)
    course.begin(Schedule(end_us=1000))
    assert course.opens_again_us(30) == 100
    assert course.opens_again_us(130) == 200
    # Whoever is late goes on at once and does not catch up.
    assert course.opens_again_us(750) == 750
    assert course.opens_again_us(760) == 850
    assert course.opens_again_us(999) == 999
    assert course.opens_again_us(1000) is None


def test_an_ordinary_stream_is_plain() -> None:
    course = Course(Behaviour(storms=True), 0)
    assert course.is_plain
    assert (course.nap_us(5), course.opens_again_us(5)) == (0, None)


def test_streams_are_cut_at_an_even_pace_and_in_turn() -> None:
    planned = cuts(10, 0.05, 1_000_000, 61_000_000, seed=0)
    assert len(planned) == 30
    assert [number for _, number in planned[:10]] == [number for _, number in planned[10:20]]
    assert sorted(number for _, number in planned[:10]) == list(range(10))
    times = [at_us for at_us, _ in planned]
    assert 1_000_000 < times[0] < times[-1] < 61_000_000
    gaps = {after - before for before, after in pairwise(times)}
    assert max(gaps) - min(gaps) <= 1


def test_which_stream_is_cut_when_depends_on_the_seed_alone() -> None:
    def planned(seed: int) -> list[tuple[int, int]]:
        return cuts(10, 0.05, 0, 60_000_000, seed=seed)

    assert planned(1) == planned(1)
    assert planned(1) != planned(2)


def test_without_streams_or_share_nothing_is_cut() -> None:
    assert cuts(0, 0.5, 0, 60_000_000, seed=0) == cuts(9, 0, 0, 60_000_000, seed=0) == []
