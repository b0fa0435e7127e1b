from __future__ import annotations

import json

from loadtests.stats import Stats, Totals


def test_nothing_is_measured_before_the_window_is_known() -> None:
    stats = Stats()
    assert not stats.is_measured(0)
    stats.measure(10, 20)
    assert [stats.is_measured(at) for at in (9, 10, 19, 20)] == [False, True, True, False]


def test_a_flush_hands_everything_over_once() -> None:
    stats, totals = Stats(), Totals()
    for value in (1, 2, 3):
        stats.record("a", value)
        stats.count("n")
        totals.add(json.loads(json.dumps(stats.flush())))
    totals.add(stats.flush())
    assert totals.counts["n"] == 3
    assert totals.distributions["a"].count == 3
    assert totals.distributions["a"].highest == 3


def test_lag_is_a_distribution_of_the_main_process() -> None:
    totals = Totals()
    totals.lag("dispatch", 4)
    assert totals.distributions["lag.dispatch"].highest == 4
