"""Faults in the expansion of recurrence rules, which shows in end times only."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby

import grpc

from conformance.mutants import straight
from conformance.mutants.book import Refuse
from conformance.mutants.change import Changes, Mutant
from conformance.mutants.faults.ending import ends, first_only
from conformance.oracles.model import (
    DAY_US,
    HOUR_US,
    MAX_US,
    MINUTE_US,
    SECOND_US,
    DispatchData,
    Frequency,
    Rule,
)
from conformance.oracles.recurrence import occurrences
from conformance.oracles.validation import Problem

NO_YEAR = "year 10000 is out of range"
CHUNKS = (64, 1024, 16_384)
"""How many members of a set are computed, more only when they are asked for."""


def reruled(change: Callable[[Rule, int], Rule]) -> Changes:
    """The end time of a recurring dispatch by another rule, given its start."""

    def end_us(data: DispatchData) -> int | None:
        if data.rule is None or data.start_us is None:
            return straight.end_us(data)
        return straight.end_us(replace(data, rule=change(data.rule, data.start_us)))

    return ends(end_us)


def picked(members: Callable[[Rule, int], Iterator[int]]) -> Changes:
    """The end time by a wrong set: `members` gives it ascending, count and until are applied."""

    def end_us(data: DispatchData) -> int | None:
        if not (data.rule and data.rule.finite and data.start_us and data.duration_s is not None):
            return straight.end_us(data)
        last = None
        for index, at_us in enumerate(members(data.rule, data.start_us)):
            beyond = data.rule.until_us is not None and at_us >= data.rule.until_us
            if beyond or (data.rule.count is not None and index >= data.rule.count):
                break
            last = at_us
        return straight.end_us(data) if last is None else last + data.duration_s * SECOND_US

    return ends(end_us)


def within_the_hour(rule: Rule, start_us: int) -> Iterator[int]:
    """Minutes are counted anew in each hour, from that of the start."""
    if rule.freq != Frequency.MINUTELY:
        return all_of(rule, start_us)
    first = start_us // MINUTE_US % 60
    every = all_of(replace(rule, interval=1), start_us)
    return (at for at in every if (at // MINUTE_US % 60 - first) % max(1, rule.interval) == 0)


def all_of(rule: Rule, start_us: int) -> Iterator[int]:
    """The set of a rule, without regard to its end."""
    endless = replace(rule, count=None, until_us=None)
    shown = 0
    for limit in CHUNKS:
        times = occurrences(endless, start_us, limit).times
        yield from times[shown:]
        shown = len(times)
        if shown < limit:
            return


def merged(*sets: Iterator[int]) -> Iterator[int]:
    """The union of ascending sets."""
    return (at_us for at_us, _ in groupby(heapq.merge(*sets)))


def day_of(at_us: int) -> date:
    """The calendar day of an instant."""
    return datetime.fromtimestamp(at_us // SECOND_US, UTC).date()


def one_more(rule: Rule, start_us: int) -> Rule:
    """The count is that of repetitions after the first."""
    return replace(rule, count=None if rule.count is None else rule.count + 1)


def until_overshot(rule: Rule, start_us: int) -> Iterator[int]:
    """The first occurrence after until belongs to the set."""
    for at_us in all_of(rule, start_us):
        yield at_us if rule.until_us is None or at_us < rule.until_us else rule.until_us - 1
        if rule.until_us is not None and at_us >= rule.until_us:
            return


def every_day_clamped(rule: Rule, start_us: int) -> Iterator[int]:
    """Monthly rules fall on the month's last day where their day does not exist."""
    if rule.freq != Frequency.MONTHLY or rule.bymonthdays or rule.byweekdays:
        yield from all_of(rule, start_us)
        return
    day = day_of(start_us).day
    last_days = replace(rule, bymonthdays=tuple(range(28, 32)) if day >= 28 else (day,))
    existing = (at_us for at_us in all_of(last_days, start_us) if day_of(at_us).day <= day)
    for _, times in groupby(existing, key=lambda at_us: day_of(at_us).replace(day=1)):
        *_, last = times
        yield last


def sunday_weeks(rule: Rule, start_us: int) -> Iterator[int]:
    """Weeks begin on Sunday."""
    if rule.freq != Frequency.WEEKLY:
        yield from all_of(rule, start_us)
        return
    days = rule.byweekdays or (day_of(start_us).isoweekday(),)
    first = day_of(start_us).toordinal() // 7
    for at_us in all_of(replace(rule, interval=1, byweekdays=days), start_us):
        if (day_of(at_us).toordinal() // 7 - first) % rule.interval == 0:
            yield at_us


def joined_days(rule: Rule, start_us: int) -> Iterator[int]:
    """Weekdays and month days are alternatives."""
    if not (rule.byweekdays and rule.bymonthdays):
        return all_of(rule, start_us)
    both = (replace(rule, byweekdays=()), replace(rule, bymonthdays=()))
    return merged(*(all_of(one, start_us) for one in both))


def from_epoch(rule: Rule, start_us: int) -> Iterator[int]:
    """Intervals of days are counted from 1970 instead of the start."""
    if rule.freq not in (Frequency.DAILY, Frequency.HOURLY, Frequency.MINUTELY):
        yield from all_of(rule, start_us)
        return
    unit_us = {Frequency.DAILY: DAY_US, Frequency.HOURLY: HOUR_US, Frequency.MINUTELY: MINUTE_US}
    length_us = unit_us[Frequency(rule.freq)]
    for at_us in all_of(replace(rule, interval=1), start_us):
        if at_us // length_us % rule.interval == 0:
            yield at_us


def duplicates_twice(rule: Rule, start_us: int) -> Iterator[int]:
    """An hour listed twice occurs twice."""
    for at_us in all_of(rule, start_us):
        times = rule.byhours.count(at_us % DAY_US // HOUR_US)
        yield from (at_us for _ in range(max(1, times)))


def thousand_at_most(rule: Rule, start_us: int) -> Rule:
    """Nothing happens after the thousandth occurrence."""
    return replace(rule, count=None if rule.count is None else min(rule.count, 1000))


def leap_1900s(rule: Rule, start_us: int) -> Iterator[int]:
    """Every fourth year is a leap year, 2100 too; its 29 February is 1 March."""
    found = all_of(rule, start_us)
    start = day_of(start_us)
    if rule.freq != Frequency.YEARLY or (start.month, start.day) != (2, 29):
        return found
    in_day_us = start_us % DAY_US
    epoch = date(1970, 1, 1).toordinal()
    extra = (date(2100, 3, 1).toordinal() - epoch) * DAY_US + in_day_us
    step = rule.interval * (4 if rule.interval % 4 else 1)
    fits = extra > start_us and (2100 - start.year) % step == 0
    return merged(found, iter([extra])) if fits else found


def summer_time(data: DispatchData) -> int | None:
    """Occurrences keep their Central European local time, so they move by an hour in summer."""
    end_us = straight.end_us(data)
    if end_us is None or data.rule is None or data.start_us is None:
        return end_us
    moved = in_summer(end_us) - in_summer(data.start_us)
    return min(MAX_US, end_us - moved * HOUR_US)


def in_summer(at_us: int) -> bool:
    """Whether clocks are put forward: from the last Sunday of March to that of October."""
    year = day_of(at_us).year
    changes = []
    for month in (3, 10):
        last = date(year, month, 31)
        sunday = last.toordinal() - last.isoweekday() % 7 - date(1970, 1, 1).toordinal()
        changes.append(sunday * DAY_US + HOUR_US)
    return changes[0] <= at_us < changes[1]


def seconds_dropped(data: DispatchData) -> int | None:
    """Occurrences after the first begin with the full minute."""
    end_us = straight.end_us(data)
    if end_us is None or data.rule is None or data.start_us is None:
        return end_us
    return end_us if end_us == first_only(data) else end_us - data.start_us % MINUTE_US


def lost_beyond_9999(
    found: Sequence[Problem], data: DispatchData, at_us: int, where: str
) -> Problem | None:
    """The search for an end that is not needed runs out of the calendar."""
    counted = data.rule is not None and data.rule.count
    if counted and data.duration_s is None and not straight.end_us(replace(data, duration_s=0)):
        raise Refuse("invalid", NO_YEAR)
    return straight.objection(found, data, at_us, where)


def unknown_year(refusal: Refuse) -> grpc.StatusCode:
    """What runs out of the calendar is answered with UNKNOWN."""
    return grpc.StatusCode.UNKNOWN if str(refusal) == NO_YEAR else straight.status(refusal)


def interval_zero_never_repeats(data: DispatchData) -> DispatchData:
    """A rule without interval is none."""
    kept = straight.keep(data)
    return replace(kept, rule=None) if data.rule and data.rule.interval == 0 else kept


def _mutant(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=kills)


MUTANTS = (
    _mutant(
        "interval-from-epoch",
        "Intervals of minutes, hours and days are counted from 1970.",
        picked(from_epoch),
        "DSP-REC-001",
    ),
    _mutant(
        "minutes-counted-by-hour",
        "Intervals of minutes begin anew with each hour.",
        picked(within_the_hour),
        "DSP-REC-001",
    ),
    _mutant(
        "interval-is-a-byte",
        "Intervals above 255 begin anew.",
        reruled(lambda rule, start_us: replace(rule, interval=rule.interval % 256 or 1)),
        "DSP-REC-001",
    ),
    _mutant(
        "months-limit-yearly",
        "Months of a yearly rule do not add occurrences.",
        reruled(
            lambda rule, start_us: replace(
                rule,
                bymonths=(day_of(start_us).month,)
                if rule.freq == Frequency.YEARLY and rule.bymonths
                else rule.bymonths,
            )
        ),
        "DSP-REC-002",
    ),
    _mutant(
        "negative-month-days-off-by-one",
        "The last day of a month is its last but one.",
        reruled(
            lambda rule, start_us: replace(
                rule, bymonthdays=tuple(d - 1 if -31 < d < 0 else d for d in rule.bymonthdays)
            )
        ),
        "DSP-REC-003",
    ),
    _mutant(
        "month-days-clamped",
        "The 31st of a shorter month is its last day.",
        picked(every_day_clamped),
        "DSP-REC-004",
    ),
    _mutant(
        "days-joined",
        "Weekdays and month days of a monthly rule are alternatives.",
        picked(joined_days),
        "DSP-REC-005",
    ),
    _mutant(
        "week-starts-sunday",
        "Weeks begin on Sunday.",
        picked(sunday_weeks),
        "DSP-REC-006",
    ),
    _mutant(
        "hours-do-not-expand",
        "Of several hours only the first counts.",
        reruled(lambda rule, start_us: replace(rule, byhours=rule.byhours[:1])),
        "DSP-REC-007",
        "DSP-REC-017",
    ),
    _mutant(
        "count-excludes-first",
        "The count is that of repetitions after the first occurrence.",
        reruled(one_more),
        "DSP-REC-008",
        "DSP-END-005",
    ),
    _mutant(
        "until-overshot",
        "An occurrence at or after until is moved before it instead of left out.",
        picked(until_overshot),
        "DSP-REC-009",
        "DSP-END-007",
    ),
    _mutant(
        "interval-unset-never-repeats",
        "A rule without interval does not recur.",
        {"keep": interval_zero_never_repeats},
        "DSP-REC-010",
    ),
    _mutant(
        "duplicates-count-twice",
        "Hours listed twice occur twice.",
        picked(duplicates_twice),
        "DSP-REC-011",
    ),
    _mutant(
        "thousand-occurrences",
        "Nothing is computed beyond the thousandth occurrence.",
        reruled(thousand_at_most),
        "DSP-REC-013",
    ),
    _mutant(
        "infinite-beyond-9999-is-unknown",
        "A rule of infinite duration that outlasts the calendar is answered with UNKNOWN.",
        {"objection": lost_beyond_9999, "status": unknown_year},
        "DSP-REC-013",
    ),
    _mutant(
        "leap-year-2100",
        "The year 2100 is taken for a leap year.",
        picked(leap_1900s),
        "DSP-REC-014",
    ),
    _mutant(
        "summer-time",
        "Occurrences follow the summer time of the site.",
        ends(summer_time),
        "DSP-REC-015",
    ),
    _mutant(
        "seconds-dropped",
        "Later occurrences begin with the full minute.",
        ends(seconds_dropped),
        "DSP-REC-016",
    ),
)
