from __future__ import annotations

from loadtests.histogram import Histogram
from loadtests.timeline import MOST_STEPS, Timeline, merged


def of(value: int) -> Histogram:
    histogram = Histogram()
    histogram.record(value)
    return histogram


def test_seconds_stay_apart_in_a_short_run() -> None:
    made = Timeline()
    for second in (0, 1, 1, MOST_STEPS - 1):
        made.add(second, "deliver", of(second))
    assert [(at, row["deliver"].count) for at, row in made] == [(0, 1), (1, 2), (MOST_STEPS - 1, 1)]


def test_a_long_run_takes_no_more_memory_and_loses_nothing() -> None:
    made = Timeline()
    for second in range(7200):
        made.add(second, "deliver", of(second))
    steps = list(made)
    assert len(steps) <= MOST_STEPS
    assert made.width_s == 32
    assert all(at % 32 == 0 for at, _ in steps)
    assert sum(row["deliver"].count for _, row in steps) == 7200
    assert steps[1][1]["deliver"].highest == 63


def test_timelines_of_different_widths_are_one() -> None:
    fine, coarse = Timeline(), Timeline()
    fine.add(3, "a", of(1))
    for second in range(MOST_STEPS + 1):
        coarse.add(second, "b", of(1))
    assert (fine.width_s, coarse.width_s) == (1, 2)
    made = merged([fine, coarse])
    assert sum(row["b"].count for _, row in made if "b" in row) == MOST_STEPS + 1
    assert [at for at, row in made if "a" in row] == [3]


def test_what_was_packed_is_the_same() -> None:
    histogram = Histogram()
    for value in (1, 1, 300, 70_000):
        histogram.record(value)
    made = Timeline()
    made.add(0, "a", histogram)
    made.add(9, "b", of(1))
    (_, first), _ = made
    assert first["a"].to_json() == histogram.to_json()
    assert first["a"].count == 4
