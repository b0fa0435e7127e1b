"""Which instants a recurrence rule contains: a brute-force reading of RFC 5545 §3.3.10.

The rule is a predicate. A calendar is walked from the month down to the minute, in either
direction, and at each level every candidate is asked "can the set have a member in you?"; the
answers follow the expand/limit table of the RFC for the rule parts of seed 000, RecurrenceRule
(no ordinals, no BYSECOND, week start Monday, UTC). No rule is solved, so no rule can be solved
wrongly; the price is bounded by a number of candidates, after which the answer is "work".
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal

from conformance.oracles.model import DAY_US, HOUR_US, MAX_US, MINUTE_US, Frequency, Rule

WORK = 3_000_000
"""Candidates examined before giving up: two or three seconds, far more than a valid rule needs."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()

Ended = Literal["limit", "count", "until", "calendar", "work"]
"""Why an answer stops: enough found, the rule's own end, the year 9999, or too much work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Occurrence starts in ascending order, and why there are no more of them."""

    times: tuple[int, ...]
    ended: Ended


@dataclass(frozen=True, kw_only=True, slots=True)
class Last:
    """The last occurrence of a finite rule (None: it has none), and how it was found.

    With `ended` "calendar" the count was not reached before the end of the year 9999, with "work"
    the oracle gave up; in both cases `time_us` is the last one seen.
    """

    time_us: int | None
    ended: Ended


def synchronised(rule: Rule, start_us: int) -> bool:
    """Whether the start itself matches the rule, so that all readings of A4 agree."""
    return is_occurrence(rule, start_us, start_us)


def is_occurrence(rule: Rule, start_us: int, at_us: int) -> bool:
    """Whether `at_us` belongs to the unending set of the rule; count and until are ignored."""
    if at_us < start_us or at_us > MAX_US or (at_us - start_us) % MINUTE_US:
        return False
    pattern = _Pattern(rule, start_us)
    day, minute_us = divmod(at_us, DAY_US)
    on = date.fromordinal(_EPOCH_DAY + day)
    hour, minute = minute_us // HOUR_US, minute_us % HOUR_US // MINUTE_US
    return (
        pattern.in_month(on.year, on.month)
        and pattern.on_day(on)
        and pattern.in_hour(day, hour)
        and pattern.at_minute(day, hour, minute)
    )


def occurrences(
    rule: Rule,
    start_us: int,
    limit: int,
    *,
    until_inclusive: bool = False,
    start_counts: bool = False,
    work: int = WORK,
) -> Found:
    """The first `limit` occurrences, fewer if the rule ends before.

    Args:
        rule: with a frequency; an interval of 0 acts as 1.
        start_us: the dispatch's start; occurrences are never before it.
        limit: how many to return at most.
        until_inclusive: an occurrence exactly at `until` belongs to the set (RFC 5545; seed 000
            says it does not).
        start_counts: an unsynchronised start is the first occurrence (RFC 5545's DTSTART) instead
            of merely the moment from which matches are looked for.
        work: candidates to examine before giving up.

    Raises:
        ValueError: the rule has no frequency.
    """
    times: list[int] = []
    budget = _Budget(work)
    wanted = limit if rule.count is None else min(limit, rule.count)
    bound_us = _bound(rule, until_inclusive=until_inclusive)
    try:
        for at_us in _walk(rule, start_us, bound_us, budget, start_counts=start_counts):
            if len(times) >= wanted:
                break
            times.append(at_us)
    except _TooMuchWorkError:
        return Found(times=tuple(times), ended="work")
    if rule.count is not None and len(times) >= rule.count:
        return Found(times=tuple(times), ended="count")
    if len(times) >= limit:
        return Found(times=tuple(times), ended="limit")
    return Found(times=tuple(times), ended="calendar" if rule.until_us is None else "until")


@lru_cache(maxsize=4096)
def last_occurrence(
    rule: Rule,
    start_us: int,
    *,
    until_inclusive: bool = False,
    start_counts: bool = False,
    work: int = WORK,
) -> Last:
    """The last occurrence of a finite rule; arguments as for `occurrences`.

    A rule with `until` is walked backwards from there, so its length does not matter.

    Raises:
        ValueError: the rule is endless or has no frequency.
    """
    if rule.count is not None:
        found = occurrences(rule, start_us, rule.count, start_counts=start_counts, work=work)
        return Last(time_us=found.times[-1] if found.times else None, ended=found.ended)
    if rule.until_us is None:
        raise ValueError(f"{rule} has no end, so it has no last occurrence")
    bound_us = _bound(rule, until_inclusive=until_inclusive)
    try:
        backwards = _walk(
            rule, start_us, bound_us, _Budget(work), start_counts=start_counts, backwards=True
        )
        return Last(time_us=next(backwards, None), ended="until")
    except _TooMuchWorkError:
        return Last(time_us=None, ended="work")


class _TooMuchWorkError(Exception):
    pass


@dataclass(slots=True)
class _Budget:
    left: int

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooMuchWorkError


def _bound(rule: Rule, *, until_inclusive: bool) -> int:
    """The last instant that may be an occurrence."""
    if rule.until_us is None:
        return MAX_US
    return min(MAX_US, rule.until_us if until_inclusive else rule.until_us - 1)


def _walk(
    rule: Rule,
    start_us: int,
    bound_us: int,
    budget: _Budget,
    *,
    start_counts: bool,
    backwards: bool = False,
) -> Iterator[int]:
    """Members of the set from `start_us` to `bound_us`, both included."""
    if bound_us < start_us:
        return
    extra = start_counts and not synchronised(rule, start_us)
    if extra and not backwards:
        yield start_us
    yield from _members(_Pattern(rule, start_us), start_us, bound_us, budget, backwards)
    if extra and backwards:
        yield start_us


def _members(
    pattern: _Pattern, start_us: int, bound_us: int, budget: _Budget, backwards: bool
) -> Iterator[int]:
    second_us = start_us % MINUTE_US
    first, last = (date.fromordinal(_EPOCH_DAY + at // DAY_US) for at in (start_us, bound_us))
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    for index in _directed(months, backwards):
        budget.spend()
        year, month = index // 12, index % 12 + 1
        if not pattern.in_month(year, month):
            continue
        for number in _directed(pattern.days(year, month), backwards):
            budget.spend()
            on = date(year, month, number)
            if not pattern.on_day(on):
                continue
            day = on.toordinal() - _EPOCH_DAY
            for hour in _directed(pattern.hours, backwards):
                budget.spend()
                if not pattern.in_hour(day, hour):
                    continue
                for minute in _directed(pattern.minutes, backwards):
                    budget.spend()
                    if pattern.at_minute(day, hour, minute):
                        at_us = day * DAY_US + hour * HOUR_US + minute * MINUTE_US + second_us
                        if start_us <= at_us <= bound_us:
                            yield at_us


def _directed(values: Sequence[int], backwards: bool) -> Sequence[int]:
    return values[::-1] if backwards else values


@dataclass(slots=True)
class _Pattern:
    """The rule as a question per calendar level; parts not given are taken from the start."""

    rule: Rule
    start_us: int
    first: date = field(init=False)
    step: int = field(init=False)
    origin: int = field(init=False)
    """Index of the start's own period: years, months, weeks, days, hours or minutes."""
    hours: Sequence[int] = field(init=False)
    minutes: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        if self.rule.freq not in tuple(Frequency)[1:]:
            raise ValueError(f"freq {self.rule.freq} is none of a recurring rule")
        day, in_day_us = divmod(self.start_us, DAY_US)
        self.first = date.fromordinal(_EPOCH_DAY + day)
        self.step = self.rule.interval or 1
        self.origin = {
            Frequency.YEARLY: self.first.year,
            Frequency.MONTHLY: self.first.year * 12 + self.first.month,
            Frequency.WEEKLY: _week(day),
            Frequency.DAILY: day,
            Frequency.HOURLY: day * 24 + in_day_us // HOUR_US,
            Frequency.MINUTELY: (day * 24 * 60) + in_day_us // MINUTE_US,
        }[Frequency(self.rule.freq)]
        hour, minute = in_day_us // HOUR_US, in_day_us % HOUR_US // MINUTE_US
        limits_hours = self._is(Frequency.HOURLY, Frequency.MINUTELY)
        self.hours = _given(self.rule.byhours, range(24) if limits_hours else (hour,), 23)
        limits_minutes = self._is(Frequency.MINUTELY)
        self.minutes = _given(self.rule.byminutes, range(60) if limits_minutes else (minute,), 59)

    def _period_within(self, first: int, last: int) -> bool:
        """Whether one of the periods first..last is a whole number of intervals from the start."""
        return (self.origin - first) % self.step <= last - first

    def _is(self, *frequencies: Frequency) -> bool:
        return self.rule.freq in frequencies

    def in_month(self, year: int, month: int) -> bool:
        rule = self.rule
        if rule.bymonths:
            if month not in rule.bymonths:
                return False
        elif (
            self._is(Frequency.YEARLY)
            and not rule.bymonthdays
            and not rule.byweekdays
            and month != self.first.month
        ):
            return False
        if self._is(Frequency.YEARLY):
            return self._period_within(year, year)
        if self._is(Frequency.MONTHLY):
            return self._period_within(year * 12 + month, year * 12 + month)
        day = date(year, month, 1).toordinal() - _EPOCH_DAY
        last = day + monthrange(year, month)[1] - 1
        return self._days_hold_a_period(day, last)

    def days(self, year: int, month: int) -> Sequence[int]:
        """The days of a month that its days' numbers allow; negative ones count from its end."""
        rule = self.rule
        length = monthrange(year, month)[1]
        if rule.bymonthdays:
            numbers = {d if d > 0 else length + 1 + d for d in rule.bymonthdays if d}
            return sorted(number for number in numbers if 1 <= number <= length)
        if self._is(Frequency.YEARLY, Frequency.MONTHLY) and not rule.byweekdays:
            return (self.first.day,) if self.first.day <= length else ()
        return range(1, length + 1)

    def on_day(self, on: date) -> bool:
        rule = self.rule
        if on.day not in self.days(on.year, on.month):
            return False
        if rule.byweekdays:
            if on.isoweekday() not in rule.byweekdays:
                return False
        elif self._is(Frequency.WEEKLY) and on.isoweekday() != self.first.isoweekday():
            return False
        if self._is(Frequency.YEARLY, Frequency.MONTHLY):
            return True
        day = on.toordinal() - _EPOCH_DAY
        return self._days_hold_a_period(day, day)

    def _days_hold_a_period(self, first: int, last: int) -> bool:
        if self._is(Frequency.WEEKLY):
            return self._period_within(_week(first), _week(last))
        if self._is(Frequency.DAILY):
            return self._period_within(first, last)
        per_day = 24 if self._is(Frequency.HOURLY) else 24 * 60
        return self._period_within(first * per_day, last * per_day + per_day - 1)

    def in_hour(self, day: int, hour: int) -> bool:
        if hour not in self.hours:
            return False
        index = day * 24 + hour
        if self._is(Frequency.HOURLY):
            return self._period_within(index, index)
        if self._is(Frequency.MINUTELY):
            return self._period_within(index * 60, index * 60 + 59)
        return True

    def at_minute(self, day: int, hour: int, minute: int) -> bool:
        if minute not in self.minutes:
            return False
        index = (day * 24 + hour) * 60 + minute
        return not self._is(Frequency.MINUTELY) or self._period_within(index, index)


def _given(listed: Sequence[int], otherwise: Sequence[int], highest: int) -> Sequence[int]:
    """The listed values in order and once each, or what holds when none are listed."""
    return sorted({value for value in listed if 0 <= value <= highest}) if listed else otherwise


def _week(day: int) -> int:
    """Index of the week, Monday first, of a day counted from 1970-01-01 (a Thursday)."""
    return (day + 3) // 7
