"""The brute-force oracle against RFC 5545's own examples, known calendars and python-dateutil."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from dateutil.rrule import rrule
from hypothesis import given, settings

from conformance.oracles.model import DAY_US, SECOND_US, Frequency, Rule
from conformance.oracles.recurrence import (
    Found,
    is_occurrence,
    last_occurrence,
    occurrences,
    synchronised,
)
from conformance.strategies.recurrence import RFC_EXAMPLES, at, synchronised_rules

START_US = at(2030, 1, 1, 15, 30, 20)  # a Tuesday
DATEUTIL_FREQ: dict[int, Any] = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1, 6: 0}


def dates(times: tuple[int, ...]) -> list[str]:
    return [f"{datetime.fromtimestamp(t / 1e6, UTC):%Y-%m-%d}" for t in times]


@pytest.mark.parametrize(
    ("rule", "start_us", "wanted"),
    [example[1:] for example in RFC_EXAMPLES],
    ids=[example[0] for example in RFC_EXAMPLES],
)
def test_rfc_examples(rule: Rule, start_us: int, wanted: tuple[int, ...]) -> None:
    assert occurrences(rule, start_us, 100) == Found(times=wanted, ended="count")


@pytest.mark.parametrize(
    ("rule", "start_us", "wanted"),
    [
        (Rule(freq=5), at(2030, 1, 31), "2030-01-31 2030-03-31 2030-05-31 2030-07-31 2030-08-31"),
        (Rule(freq=6), at(2028, 2, 29), "2028-02-29 2032-02-29 2036-02-29"),
        (Rule(freq=6), at(2096, 2, 29), "2096-02-29 2104-02-29"),
        (Rule(freq=5, bymonthdays=(-1,)), START_US, "2030-01-31 2030-02-28 2030-03-31"),
        (
            Rule(freq=5, byweekdays=(5,), bymonthdays=(13,)),
            START_US,
            "2030-09-13 2030-12-13 2031-06-13",
        ),
        (
            Rule(freq=4, interval=2, byweekdays=(7, 1)),
            START_US,
            "2030-01-06 2030-01-14 2030-01-20 2030-01-28",
        ),
        (Rule(freq=6, bymonthdays=(15,)), START_US, "2030-01-15 2030-02-15 2030-03-15"),
        (Rule(freq=6, byweekdays=(1,)), START_US, "2030-01-07 2030-01-14 2030-01-21"),
        (Rule(freq=5, interval=6), START_US, "2030-01-01 2030-07-01 2031-01-01"),
        (Rule(freq=4, byweekdays=(6, 7)), START_US, "2030-01-05 2030-01-06 2030-01-12"),
    ],
)
def test_known_calendars(rule: Rule, start_us: int, wanted: str) -> None:
    days = wanted.split()
    assert dates(occurrences(rule, start_us, len(days)).times) == days


def test_hours_and_minutes_expand_coarser_rules_and_keep_the_second() -> None:
    rule = Rule(freq=Frequency.DAILY, byhours=(0,), count=2)
    assert occurrences(rule, START_US, 9).times == (
        at(2030, 1, 2, 0, 30, 20),
        at(2030, 1, 3, 0, 30, 20),
    )
    rule = Rule(freq=Frequency.HOURLY, byhours=(8,), byminutes=(30, 0, 30))
    assert occurrences(rule, START_US, 2).times == (
        at(2030, 1, 2, 8, 0, 20),
        at(2030, 1, 2, 8, 30, 20),
    )


def test_until_is_exclusive_unless_read_otherwise() -> None:
    rule = Rule(freq=Frequency.DAILY, until_us=START_US + 2 * DAY_US)
    assert last_occurrence(rule, START_US).time_us == START_US + DAY_US
    assert last_occurrence(rule, START_US, until_inclusive=True).time_us == rule.until_us
    assert last_occurrence(replace(rule, until_us=START_US), START_US).time_us is None


def test_unsynchronised_start_may_count_as_the_first() -> None:
    rule = Rule(freq=Frequency.WEEKLY, byweekdays=(1,), count=2)
    monday = START_US + 6 * DAY_US
    assert not synchronised(rule, START_US)
    assert occurrences(rule, START_US, 9).times == (monday, monday + 7 * DAY_US)
    assert occurrences(rule, START_US, 9, start_counts=True).times == (START_US, monday)
    until = replace(rule, count=None, until_us=monday)
    assert last_occurrence(until, START_US).time_us is None
    assert last_occurrence(until, START_US, start_counts=True).time_us == START_US


@pytest.mark.parametrize("freq", [Frequency.MINUTELY, Frequency.DAILY, Frequency.MONTHLY])
def test_unmatchable_rule_ends_with_the_calendar(freq: Frequency) -> None:
    rule = Rule(freq=freq, bymonths=(2,), bymonthdays=(30,), count=1)
    assert occurrences(rule, START_US, 1) == Found(times=(), ended="calendar")


def test_rules_that_pass_the_year_9999() -> None:
    assert last_occurrence(Rule(freq=Frequency.YEARLY, count=4096), START_US).ended == "count"
    last = last_occurrence(Rule(freq=Frequency.YEARLY, interval=2, count=4096), START_US)
    assert (last.ended, last.time_us) == ("calendar", at(9998, 1, 1, 15, 30, 20))


def test_gives_up_within_its_budget() -> None:
    rule = Rule(freq=Frequency.MINUTELY, count=4096)
    assert occurrences(rule, START_US, 4096, work=1_000).ended == "work"
    assert last_occurrence(rule, START_US, work=1_000).ended == "work"
    far = Rule(freq=Frequency.MINUTELY, byhours=(3,), until_us=START_US + 9_000 * DAY_US)
    assert last_occurrence(far, START_US, work=2).ended == "work"


def test_a_rule_without_frequency_or_end_is_refused() -> None:
    with pytest.raises(ValueError, match="freq 0"):
        occurrences(Rule(freq=0), START_US, 1)
    with pytest.raises(ValueError, match="no end"):
        last_occurrence(Rule(freq=Frequency.DAILY), START_US)


def test_interval_zero_acts_as_one() -> None:
    zero = Rule(freq=Frequency.HOURLY, interval=0)
    assert occurrences(zero, START_US, 5) == occurrences(replace(zero, interval=1), START_US, 5)


def via_dateutil(rule: Rule, start_us: int) -> list[int]:
    """All occurrences; `until` moved by a second because dateutil includes it."""
    start = datetime.fromtimestamp(start_us // SECOND_US, UTC)
    until = None if rule.until_us is None else -(-rule.until_us // SECOND_US) - 1
    found = rrule(
        freq=DATEUTIL_FREQ[rule.freq],
        dtstart=start,
        interval=rule.interval,
        wkst=0,
        count=rule.count,
        until=None if until is None else datetime.fromtimestamp(until, UTC),
        bymonth=rule.bymonths or None,
        bymonthday=rule.bymonthdays or None,
        byweekday=[day - 1 for day in rule.byweekdays] or None,
        byhour=rule.byhours or None,
        byminute=rule.byminutes or None,
    )
    return [int(moment.timestamp()) * SECOND_US for moment in found]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(synchronised_rules(max_count=6))
def test_agrees_with_dateutil(drawn: tuple[Rule, int]) -> None:
    rule, start_us = drawn
    wanted = via_dateutil(rule, start_us)
    assert list(occurrences(rule, start_us, len(wanted) + 1).times) == wanted
    assert last_occurrence(rule, start_us).time_us == wanted[-1]
    assert all(is_occurrence(rule, start_us, moment) for moment in wanted)
    assert not is_occurrence(rule, start_us, wanted[0] + SECOND_US)
