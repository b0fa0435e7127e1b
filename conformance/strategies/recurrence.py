"""Recurrence rules together with a start that matches them, boundaries first.

RFC 5545 leaves open what a start outside the rule's set means, so a rule is made first and its
start is then moved onto the rule's first occurrence: every reading agrees about what follows.
Directed at where expansions go wrong: intervals around period lengths, negative and missing month
days, leap days, month and year ends, week starts, hours and minutes at both ends.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from conformance.oracles.model import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Frequency, Rule
from conformance.oracles.recurrence import occurrences

FREQUENCIES = tuple(Frequency)[1:]
SEARCH_WORK = 10_000
"""Candidates within which a generated rule has to match; rarer rules are drawn again."""


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """A UTC calendar time in microseconds."""
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return int(moment.timestamp()) * SECOND_US


NOTABLE_STARTS = (
    at(2031, 1, 31, 23, 59, 59),
    at(2032, 2, 29, 12, 0, 20),
    at(2031, 12, 31, 0, 30),
    at(2032, 12, 29),
    at(2033, 1, 2, 15, 30, 20),
    at(2031, 3, 30, 1, 0),
    at(2031, 10, 26, 0, 59),
    at(2096, 2, 29, 6, 15),
    at(2099, 12, 31, 23, 0),
)
"""Month ends, leap days, a year's last week, Central European clock changes, a century."""

INTERVALS = (1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 23, 24, 25, 29, 30, 31, 52, 53, 59, 60, 61, 90)
MONTH_DAYS = (1, 13, 15, 28, 29, 30, 31, -1, -2, -10, -28, -29, -30, -31)


def starts(earliest_us: int = at(2031, 1, 1)) -> st.SearchStrategy[int]:
    """Starts in whole seconds, within about 60 years from `earliest_us`; notable ones often."""
    notable = [start for start in NOTABLE_STARTS if start >= earliest_us]
    span_s = 60 * 366 * DAY_US // SECOND_US
    anywhere = st.integers(0, span_s).map(lambda s: _whole(earliest_us) + s * SECOND_US)
    return st.one_of(st.sampled_from(notable), anywhere) if notable else anywhere


def _whole(at_us: int) -> int:
    return -(-at_us // SECOND_US) * SECOND_US


def _some(*values: int, most: int = 4) -> st.SearchStrategy[tuple[int, ...]]:
    """Nothing most of the time, else a few of the values in any order, duplicates possible."""
    listed = st.lists(st.sampled_from(values), min_size=1, max_size=most).map(tuple)
    return st.one_of(st.just(()), st.just(()), listed)


@st.composite
def endless_rules(draw: st.DrawFn, frequencies: tuple[int, ...] = FREQUENCIES) -> Rule:
    """Valid rules without end; month days never with WEEKLY. They may match rarely or never."""
    freq = draw(st.sampled_from(frequencies))
    month_days = () if freq == Frequency.WEEKLY else draw(_some(*MONTH_DAYS))
    return Rule(
        freq=freq,
        interval=draw(st.one_of(st.just(1), st.sampled_from(INTERVALS))),
        byminutes=draw(_some(0, 1, 15, 30, 45, 58, 59)),
        byhours=draw(_some(0, 1, 8, 12, 20, 22, 23)),
        byweekdays=draw(_some(1, 2, 3, 4, 5, 6, 7)),
        bymonthdays=month_days,
        bymonths=draw(_some(1, 2, 3, 4, 9, 11, 12)),
    )


@st.composite
def synchronised_rules(
    draw: st.DrawFn,
    earliest_us: int = at(2031, 1, 1),
    frequencies: tuple[int, ...] = FREQUENCIES,
    max_count: int = 12,
) -> tuple[Rule, int]:
    """A finite rule with a start that matches it; ends by count or between or on occurrences."""
    rule, start_us = draw(
        st.tuples(endless_rules(frequencies), starts(earliest_us))
        .map(lambda pair: (pair[0], _first(*pair)))
        .filter(lambda pair: pair[1] is not None)
    )
    assert start_us is not None
    count = draw(st.one_of(st.sampled_from((1, 2)), st.integers(1, max_count)))
    if draw(st.booleans()):
        return replace(rule, count=count), start_us
    times = occurrences(rule, start_us, count, work=SEARCH_WORK).times or (start_us,)
    after_us = draw(st.sampled_from((SECOND_US, MINUTE_US, HOUR_US)))
    return replace(rule, until_us=times[-1] + after_us), start_us


def _first(rule: Rule, from_us: int) -> int | None:
    """A start on the rule at or after `from_us`; moving it moves what intervals count from."""
    start_us = from_us
    for _ in range(8):
        found = occurrences(rule, start_us, 1, work=SEARCH_WORK).times
        if not found or found[0] == start_us:
            return found[0] if found else None
        start_us = found[0]
    return None


RFC_EXAMPLES: tuple[tuple[str, Rule, int, tuple[int, ...]], ...] = (
    (
        "every 18 months on the 10th to 15th",
        Rule(freq=Frequency.MONTHLY, interval=18, count=10, bymonthdays=(10, 11, 12, 13, 14, 15)),
        at(1997, 9, 10, 13),
        tuple(at(1997, 9, d, 13) for d in range(10, 16))
        + tuple(at(1999, 3, d, 13) for d in range(10, 14)),
    ),
    (
        "the third to last day of every month",
        Rule(freq=Frequency.MONTHLY, count=6, bymonthdays=(-3,)),
        at(1997, 9, 28, 13),
        (
            at(1997, 9, 28, 13),
            at(1997, 10, 29, 13),
            at(1997, 11, 28, 13),
            at(1997, 12, 29, 13),
            at(1998, 1, 29, 13),
            at(1998, 2, 26, 13),
        ),
    ),
    (
        "yearly in June and July",
        Rule(freq=Frequency.YEARLY, count=10, bymonths=(6, 7)),
        at(1997, 6, 10, 13),
        tuple(at(year, month, 10, 13) for year in range(1997, 2002) for month in (6, 7)),
    ),
    (
        "every other week on Monday, Wednesday and Friday",
        Rule(freq=Frequency.WEEKLY, interval=2, count=6, byweekdays=(1, 3, 5)),
        at(1997, 9, 1, 13),
        tuple(at(1997, 9, d, 13) for d in (1, 3, 5, 15, 17, 19)),
    ),
    (
        "Tuesday and Sunday every other week, week start Monday",
        Rule(freq=Frequency.WEEKLY, interval=2, count=4, byweekdays=(2, 7)),
        at(1997, 8, 5, 13),
        tuple(at(1997, 8, d, 13) for d in (5, 10, 19, 24)),
    ),
    (
        "every Friday the 13th",
        Rule(freq=Frequency.MONTHLY, count=3, byweekdays=(5,), bymonthdays=(13,)),
        at(1998, 2, 13, 13),
        (at(1998, 2, 13, 13), at(1998, 3, 13, 13), at(1998, 11, 13, 13)),
    ),
    (
        "every 20 minutes from 9:00 to 16:40 every day, by hours and minutes",
        Rule(
            freq=Frequency.DAILY,
            count=25,
            byhours=(9, 10, 11, 12, 13, 14, 15, 16),
            byminutes=(0, 20, 40),
        ),
        at(1997, 9, 2, 9),
        (*(at(1997, 9, 2, h, m) for h in range(9, 17) for m in (0, 20, 40)), at(1997, 9, 3, 9)),
    ),
    (
        "the same as a minutely rule",
        Rule(
            freq=Frequency.MINUTELY,
            interval=20,
            count=25,
            byhours=(9, 10, 11, 12, 13, 14, 15, 16),
        ),
        at(1997, 9, 2, 9),
        (*(at(1997, 9, 2, h, m) for h in range(9, 17) for m in (0, 20, 40)), at(1997, 9, 3, 9)),
    ),
    (
        "invalid dates are skipped: 15th and 30th",
        Rule(freq=Frequency.MONTHLY, count=5, bymonthdays=(15, 30)),
        at(2007, 1, 15, 14),
        (
            at(2007, 1, 15, 14),
            at(2007, 1, 30, 14),
            at(2007, 2, 15, 14),
            at(2007, 3, 15, 14),
            at(2007, 3, 30, 14),
        ),
    ),
)
"""Cases after RFC 5545 §3.8.5.3 that need none of the rule parts the API lacks; times in UTC."""
