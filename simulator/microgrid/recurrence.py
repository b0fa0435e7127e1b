"""When a dispatch recurs: a bounded engine for the recurrence rules of the dispatch API.

Source: seed 000, RecurrenceRule, which is RFC 5545 §3.3.10 without seconds, year days, week
numbers, set positions and ordinals, all in UTC, weeks beginning on Monday. What is left has one
simple meaning: an instant is an occurrence when every part of it is in its list, and its period is
a whole number of intervals after that of the start. Whether a list expands or limits only
decides what a list that is *not* given means: everything, or the start's own part.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from .calendar import DayFilter, date_of
from .recurrence_sets import FIRST_MINUTE, LAST_MINUTE, Minutes, Progression, Selection
from .recurrence_wheel import DAY_MINUTES, Wheel

_MINUTE_US: Final = 60_000_000
MIN_US: Final = FIRST_MINUTE * _MINUTE_US
"""Begin of year 1, the earliest start."""
MAX_US: Final = (LAST_MINUTE + 1) * _MINUTE_US - 1
"""End of year 9999, the last instant that a protobuf Timestamp can hold."""


class Endless(Exception):
    """The rule has no last occurrence: no end at all, or none before the year 10000."""


class Frequency(IntEnum):
    """The period that a rule counts in; numbers as in the API's `RecurrenceRule.Frequency`."""

    MINUTELY = 1
    HOURLY = 2
    DAILY = 3
    WEEKLY = 4
    MONTHLY = 5
    YEARLY = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A recurrence rule; the order of its lists and repetitions in them do not matter.

    `ValueError` for what has no meaning: an interval or count below 1, a part out of its bounds,
    days of the month in a weekly rule (RFC 5545 §3.3.10 forbids them). With both `count` and
    `until_us` the earlier end holds.
    """

    freq: Frequency
    """Period of the rule."""
    interval: int = 1
    """Every how many periods, at least 1."""
    count: int | None = None
    """Number of occurrences in all, at least 1; None = no such end."""
    until_us: int | None = None
    """No occurrence from here on, microseconds since the epoch; None = no such end."""
    byminutes: tuple[int, ...] = ()
    """Minutes of the hour, 0 to 59."""
    byhours: tuple[int, ...] = ()
    """Hours of the day, 0 to 23."""
    byweekdays: tuple[int, ...] = ()
    """Days of the week, 1 (Monday) to 7."""
    bymonthdays: tuple[int, ...] = ()
    """Days of the month, 1 to 31, or -1 (the last) to -31."""
    bymonths: tuple[int, ...] = ()
    """Months, 1 to 12."""

    def __post_init__(self) -> None:
        Frequency(self.freq)
        if self.interval < 1:
            raise ValueError(f"interval is at least 1, not {self.interval}")
        if self.count is not None and self.count < 1:
            raise ValueError(f"count is at least 1, not {self.count}")
        for name, low, high in _BOUNDS:
            for value in getattr(self, name):
                size = abs(value) if name == "bymonthdays" else value
                if not low <= size <= high:
                    raise ValueError(f"{name} holds {low} to {high}, not {value}")
        if self.bymonthdays and self.freq == Frequency.WEEKLY:
            raise ValueError("a WEEKLY rule takes no bymonthdays")

    @property
    def is_plain(self) -> bool:
        """Whether the rule has no lists."""
        return not any(getattr(self, name) for name, _, _ in _BOUNDS)


_BOUNDS: Final = (
    ("byminutes", 0, 59),
    ("byhours", 0, 23),
    ("byweekdays", 1, 7),
    ("bymonthdays", 1, 31),
    ("bymonths", 1, 12),
)
_PERIOD_MINUTES: Final = {
    Frequency.MINUTELY: 1,
    Frequency.HOURLY: 60,
    Frequency.DAILY: DAY_MINUTES,
    Frequency.WEEKLY: 7 * DAY_MINUTES,
}


def occurrences(
    rule: Rule, start_us: int, *, after_us: int | None = None, until_inclusive: bool = False
) -> Iterator[int]:
    """Yield the occurrences of a rule, ascending, in microseconds since the epoch.

    The first is the first match at or after `start_us`: a start that does not match the rule is
    none (our choice where the seed is silent). Seconds and their fractions are those of the start.
    With `after_us` the first occurrence at or after that comes first, found directly; a count
    counts from the start all the same. `until_us` is excluded (seed 000, EndCriteria) unless
    `until_inclusive` asks for the reading of RFC 5545. The year 9999 ends every rule.

    Raises:
        ValueError: the start is not in the years 1 to 9999.
    """
    offset_us = start_us % _MINUTE_US
    end = _end(rule, start_us, until_inclusive)
    after = -((offset_us - (start_us if after_us is None else after_us)) // _MINUTE_US)
    for minute in _matches(rule, start_us // _MINUTE_US).walk(after):
        if end is not None and minute > end:
            return
        yield minute * _MINUTE_US + offset_us


def first_from(
    rule: Rule, start_us: int, at_us: int, *, until_inclusive: bool = False
) -> int | None:
    """Return the first occurrence at or after `at_us`, None if there is none.

    Times and errors as in `occurrences`.
    """
    found = occurrences(rule, start_us, after_us=at_us, until_inclusive=until_inclusive)
    return next(found, None)


def latest_until(
    rule: Rule, start_us: int, at_us: int, *, until_inclusive: bool = False
) -> int | None:
    """Return the last occurrence at or before `at_us`, None if there is none.

    Times and errors as in `occurrences`.
    """
    offset_us = start_us % _MINUTE_US
    end = _end(rule, start_us, until_inclusive)
    at = (at_us - offset_us) // _MINUTE_US
    found = _matches(rule, start_us // _MINUTE_US).latest(at if end is None else min(at, end))
    return None if found is None else found * _MINUTE_US + offset_us


def last(rule: Rule, start_us: int, *, until_inclusive: bool = False) -> int | None:
    """Return the last occurrence of a rule, None if it has no occurrence at all.

    Times as in `occurrences`.

    Raises:
        Endless: the rule has neither count nor until, or reaches neither in the year 9999.
        ValueError: the start is not in the years 1 to 9999.
    """
    if rule.count is None and rule.until_us is None:
        raise Endless("a rule without count and until has no last occurrence")
    found = latest_until(rule, start_us, MAX_US, until_inclusive=until_inclusive)
    if found is not None and _end(rule, start_us, until_inclusive) is None:
        raise Endless("the rule goes on after the year 9999")
    return found


@lru_cache(maxsize=1024)
def _end(rule: Rule, start_us: int, until_inclusive: bool) -> int | None:
    """Return the last minute that a rule's end allows, None if the calendar ends first."""
    ends = []
    if rule.until_us is not None and rule.until_us <= MAX_US:
        until_us = rule.until_us if until_inclusive else rule.until_us - 1
        ends.append((until_us - start_us % _MINUTE_US) // _MINUTE_US)
    if rule.count is not None:
        nth = _matches(rule, start_us // _MINUTE_US).nth(rule.count)
        if nth is not None:
            ends.append(nth)
    return min(ends, default=None)


@lru_cache(maxsize=256)
def _matches(rule: Rule, start: int) -> Minutes:
    """Return what matches a rule from the minute of its start on, whatever its end."""
    if not FIRST_MINUTE <= start <= LAST_MINUTE:
        raise ValueError(f"the start is not in the years 1 to 9999: minute {start} since 1970")
    freq, interval = rule.freq, rule.interval
    if rule.is_plain and freq in _PERIOD_MINUTES:
        return Progression(start=start, step=interval * _PERIOD_MINUTES[freq])

    # What is not listed and is finer than the period comes from the start; all else is open.
    day, time = divmod(start, DAY_MINUTES)
    hours = rule.byhours or ((time // 60,) if freq >= Frequency.DAILY else range(24))
    minutes = rule.byminutes or ((time % 60,) if freq >= Frequency.HOURLY else range(60))
    weekdays, monthdays, months = rule.byweekdays, rule.bymonthdays, rule.bymonths
    if not weekdays and not monthdays:
        date = date_of(day)
        if freq == Frequency.WEEKLY:
            weekdays = (date.isoweekday(),)
        elif freq >= Frequency.MONTHLY:
            monthdays = (date.day,)
            if freq == Frequency.YEARLY and not months:
                months = (date.month,)

    return Selection(
        start=start,
        days=DayFilter(months=months, monthdays=monthdays, weekdays=weekdays),
        wheel=_wheel(freq, interval, start, sorted(set(hours)), sorted(set(minutes))),
        month_step=interval if freq == Frequency.MONTHLY else 1,
        year_step=interval if freq == Frequency.YEARLY else 1,
    )


def _wheel(
    freq: Frequency, interval: int, start: int, hours: list[int], minutes: list[int]
) -> Wheel:
    """Return the days and times that a rule's interval reaches, as far as days can tell."""
    by_hour = [(hour, [60 * hour + minute for minute in minutes]) for hour in hours]
    times = [time for _, of_hour in by_hour for time in of_hour]
    day = start // DAY_MINUTES
    match freq:
        case Frequency.MINUTELY:
            slots = [(time, (time,)) for time in times]
            return Wheel.reaching(per_day=DAY_MINUTES, interval=interval, anchor=start, slots=slots)
        case Frequency.HOURLY:
            return Wheel.reaching(per_day=24, interval=interval, anchor=start // 60, slots=by_hour)
        case Frequency.DAILY:
            return Wheel(interval, {day % interval: times})
        case Frequency.WEEKLY:
            monday = day - (day + 3) % 7
            turn = 7 * interval
            return Wheel(turn, {(monday + weekday) % turn: times for weekday in range(7)})
        case _:
            return Wheel(1, {0: times})
