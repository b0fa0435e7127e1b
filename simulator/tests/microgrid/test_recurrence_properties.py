"""Generated rules: against two other readings of RFC 5545, and the engine against itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil import rrule as peer
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.recurrence import (
    MAX_US,
    Endless,
    Frequency,
    Rule,
    first_from,
    last,
    latest_until,
    occurrences,
)

from .recurrence_cases import any_rule, period, satisfiable, to_time, to_us

PEER_FREQUENCY: dict[Frequency, Any] = {
    Frequency.MINUTELY: peer.MINUTELY,
    Frequency.HOURLY: peer.HOURLY,
    Frequency.DAILY: peer.DAILY,
    Frequency.WEEKLY: peer.WEEKLY,
    Frequency.MONTHLY: peer.MONTHLY,
    Frequency.YEARLY: peer.YEARLY,
}
PEER_STEPS = 4000
"""How many periods the peer, which goes from one to the next, is asked to walk."""


def peer_rule(rule: Rule, start: datetime) -> Any:
    """The same rule for python-dateutil, which drops microseconds and includes until."""
    return peer.rrule(
        PEER_FREQUENCY[rule.freq],
        dtstart=start,
        interval=rule.interval,
        wkst=peer.MO,
        byminute=rule.byminutes or None,
        byhour=rule.byhours or None,
        byweekday=[day - 1 for day in rule.byweekdays] or None,
        bymonthday=rule.bymonthdays or None,
        bymonth=rule.bymonths or None,
    )


@settings(max_examples=250, deadline=None, derandomize=True, database=None)
@given(satisfiable())
def test_the_peer_finds_the_same_occurrences(case: tuple[Rule, datetime]) -> None:
    rule, start = case
    start = start.replace(microsecond=0)
    ours: list[datetime] = []
    for time_us in islice(occurrences(rule, to_us(start)), 40):
        steps = (period(rule.freq, to_time(time_us)) - period(rule.freq, start)) // rule.interval
        if ours and steps > PEER_STEPS:
            break
        ours.append(to_time(time_us))
    assert ours == list(islice(peer_rule(rule, start), len(ours)))
    assert ours, "a satisfiable rule has a match"


def reading(rule: Rule, start: datetime, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Every occurrence in [begin, end), by looking at each minute and each part of it.

    The table of RFC 5545 §3.3.10 comes in only through `inherited`: the parts that a rule does not
    list and that are finer than its frequency stay as they are in the start.
    """
    freq = rule.freq
    has_days = bool(rule.byweekdays or rule.bymonthdays)
    inherited = {
        "minute": freq >= Frequency.HOURLY and not rule.byminutes,
        "hour": freq >= Frequency.DAILY and not rule.byhours,
        "day": freq >= Frequency.MONTHLY and not has_days,
        "month": freq == Frequency.YEARLY and not has_days and not rule.bymonths,
    }
    time = begin.replace(second=start.second, microsecond=start.microsecond)
    while time < end:
        days_left = (time.replace(day=28) + timedelta(days=4)).replace(day=1) - time.replace(day=1)
        if (
            max(begin, start) <= time
            and (period(freq, time) - period(freq, start)) % rule.interval == 0
            and all(
                getattr(time, part) == getattr(start, part) for part in inherited if inherited[part]
            )
            and (freq != Frequency.WEEKLY or has_days or time.weekday() == start.weekday())
            and time.minute in (rule.byminutes or range(60))
            and time.hour in (rule.byhours or range(24))
            and time.isoweekday() in (rule.byweekdays or range(8))
            and (
                not rule.bymonthdays
                or time.day in rule.bymonthdays
                or time.day - days_left.days - 1 in rule.bymonthdays
            )
            and time.month in (rule.bymonths or range(13))
        ):
            yield time
        time += timedelta(minutes=1)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(satisfiable(), st.data())
def test_a_reading_minute_by_minute_finds_the_same(
    case: tuple[Rule, datetime], data: st.DataObject
) -> None:
    rule, start = case
    near = data.draw(st.integers(0, 6), label="start at the n-th occurrence, or before all")
    anchor = [start, *map(to_time, islice(occurrences(rule, to_us(start)), near))][-1]
    begin = anchor - timedelta(minutes=data.draw(st.integers(0, 1500)))
    end = begin + timedelta(days=2)
    ours = []
    for time_us in occurrences(rule, to_us(start), after_us=to_us(begin)):
        if to_time(time_us) >= end:
            break
        ours.append(to_time(time_us))
    assert ours == list(reading(rule, start, begin, end))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.one_of(satisfiable(), any_rule()), st.integers(1, 300), st.booleans())
def test_all_ways_to_ask_agree(
    case: tuple[Rule, datetime], count: int, until_inclusive: bool
) -> None:
    rule, start = case
    start_us = to_us(start)
    found = list(islice(occurrences(rule, start_us), count))
    assert found == sorted(set(found))
    assert all(time_us >= start_us for time_us in found)
    if not found:
        assert latest_until(rule, start_us, MAX_US) is None
        assert last(replace(rule, count=count), start_us) is None
        return

    counted = replace(rule, count=len(found))
    assert last(counted, start_us) == found[-1]
    assert list(occurrences(counted, start_us)) == found
    if len(found) < count:  # the calendar ended first
        with pytest.raises(Endless):
            last(replace(rule, count=count), start_us)

    ended = replace(rule, until_us=found[-1])
    kept = found if until_inclusive else found[:-1]
    assert list(occurrences(ended, start_us, until_inclusive=until_inclusive)) == kept
    assert last(ended, start_us, until_inclusive=until_inclusive) == (kept[-1] if kept else None)

    for before_us, time_us in zip([None, *found], found, strict=False):
        assert first_from(rule, start_us, time_us) == time_us
        assert latest_until(rule, start_us, time_us) == time_us
        assert latest_until(rule, start_us, time_us - 1) == before_us
        if before_us is not None:
            assert first_from(rule, start_us, before_us + 1) == time_us
            assert first_from(counted, start_us, before_us + 1) == time_us
    assert first_from(counted, start_us, found[-1] + 1) is None
    assert latest_until(counted, start_us, MAX_US) == found[-1]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(any_rule(), st.integers(1, 6000))
def test_counting_is_as_good_as_walking(case: tuple[Rule, datetime], count: int) -> None:
    rule, start = case
    walked = list(islice(occurrences(rule, to_us(start)), count))
    if len(walked) == count:
        assert last(replace(rule, count=count), to_us(start)) == walked[-1]
    elif walked:
        with pytest.raises(Endless, match="9999"):
            last(replace(rule, count=count), to_us(start))


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    satisfiable(),
    st.datetimes(min_value=datetime(2100, 1, 1), max_value=datetime(9990, 1, 1)),
)
def test_far_ahead_lies_the_same_calendar(case: tuple[Rule, datetime], at: datetime) -> None:
    rule, start = case
    at_us = to_us(at.replace(tzinfo=UTC))
    found = first_from(rule, to_us(start), at_us)
    before = latest_until(rule, to_us(start), at_us - 1)
    if found is not None:
        time = to_time(found)
        assert list(reading(rule, start, time, time + timedelta(minutes=1))) == [time]
        assert latest_until(rule, to_us(start), found - 1) == before
    if before is not None:
        time = to_time(before)
        assert list(reading(rule, start, time, time + timedelta(minutes=1))) == [time]
        assert first_from(rule, to_us(start), before + 1) == found
