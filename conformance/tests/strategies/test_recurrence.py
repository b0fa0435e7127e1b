"""Generated rules match their start, end, and reach the boundaries they are aimed at."""

from __future__ import annotations

from hypothesis import given, settings

from conformance.oracles.model import Frequency, Rule
from conformance.oracles.recurrence import last_occurrence, synchronised
from conformance.strategies.recurrence import FREQUENCIES, at, synchronised_rules

QUICK = settings(max_examples=100, deadline=None, derandomize=True)


@QUICK
@given(synchronised_rules(earliest_us=at(2031, 6, 1)))
def test_rules_are_valid_finite_and_synchronised(drawn: tuple[Rule, int]) -> None:
    rule, start_us = drawn
    assert start_us >= at(2031, 6, 1)
    assert start_us % 1_000_000 == 0
    assert synchronised(rule, start_us)
    assert last_occurrence(rule, start_us).time_us is not None
    assert not (rule.freq == Frequency.WEEKLY and rule.bymonthdays)


def test_every_frequency_and_both_ends_are_drawn() -> None:
    seen: set[tuple[int, bool]] = set()

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(synchronised_rules())
    def collect(drawn: tuple[Rule, int]) -> None:
        seen.add((drawn[0].freq, drawn[0].count is None))

    collect()
    assert seen == {(freq, end) for freq in FREQUENCIES for end in (True, False)}
