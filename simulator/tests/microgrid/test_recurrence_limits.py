"""Rules that never match, and rules with absurd numbers: a bounded amount of work for each."""

from dataclasses import replace

import pytest

from simulator.microgrid.calendar import LAST_YEAR, DayFilter
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

from .recurrence_cases import START, iso, us

MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY = Frequency
YEARS_AHEAD = LAST_YEAR - 2030 + 2
"""One look at each year to the end of the calendar, and one more at that of the start."""
UINT32 = 2**32 - 1


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the years that are looked at: what a search costs, on any machine."""
    years: list[int] = []
    in_year = DayFilter.in_year

    def noted(self: DayFilter, year: int, months: int) -> int:
        years.append(year)
        return in_year(self, year, months)

    monkeypatch.setattr(DayFilter, "in_year", noted)
    return years


UNMATCHABLE = [
    *(
        Rule(freq=freq, bymonths=(2,), bymonthdays=(30,))
        for freq in Frequency
        if freq != Frequency.WEEKLY
    ),
    *(
        Rule(freq=freq, interval=7, bymonths=(2, 4), bymonthdays=(31, -31))
        for freq in Frequency
        if freq != Frequency.WEEKLY
    ),
    Rule(freq=MINUTELY, interval=1440, byhours=(8,)),
    Rule(freq=MINUTELY, interval=60, byminutes=(31,)),
    Rule(freq=MINUTELY, interval=10_080, byweekdays=(1,)),
    Rule(freq=HOURLY, interval=24, byhours=(8,)),
    Rule(freq=HOURLY, interval=8, byhours=(8, 9)),
    Rule(freq=HOURLY, interval=168, byweekdays=(3,)),
    Rule(freq=DAILY, interval=7, byweekdays=(1, 3, 4, 5, 6, 7)),
    Rule(freq=MONTHLY, interval=12, bymonths=(2,)),
    Rule(freq=MONTHLY, interval=4, bymonths=(3,)),
    Rule(freq=YEARLY, interval=4, bymonths=(2,), bymonthdays=(29,)),
    Rule(freq=YEARLY, interval=400, bymonths=(1,), bymonthdays=(1,), byweekdays=(7,)),
]


@pytest.mark.parametrize("rule", UNMATCHABLE, ids=str)
def test_a_rule_without_any_match_is_empty(rule: Rule, looks: list[int]) -> None:
    start = us(START)
    assert first_from(rule, start, start) is None
    assert len(looks) <= 2 * YEARS_AHEAD
    assert list(occurrences(rule, start, after_us=us("2040-01-01"))) == []
    assert latest_until(rule, start, MAX_US) is None
    assert last(replace(rule, count=4096), start) is None
    assert last(replace(rule, until_us=us("2500-01-01")), start) is None
    assert len(looks) <= 6 * YEARS_AHEAD


def test_one_cycle_of_the_calendar_shows_that_february_has_no_thirtieth(looks: list[int]) -> None:
    assert first_from(Rule(freq=MINUTELY, bymonths=(2,), bymonthdays=(30,)), us(START), 0) is None
    assert len(looks) <= 402


def test_a_match_is_found_directly_however_far_ahead(looks: list[int]) -> None:
    rule = Rule(freq=MINUTELY, interval=7, byhours=(8,), byweekdays=(1,), bymonths=(6,))
    found = first_from(rule, us(START), us("9000-01-01"))
    assert str(iso(found)).startswith("9000-06-")
    assert len(looks) == 1


def test_counts_of_any_size_cost_two_cycles_at_most(looks: list[int]) -> None:
    rule = Rule(freq=MINUTELY, byweekdays=(6, 7), count=10**9)
    weeks, minutes = divmod(10**9 - 1, 2 * 1440)
    saturday = us("2030-01-05 00:00:20")
    assert last(rule, us(START)) == saturday + (weeks * 10_080 + minutes) * 60_000_000
    assert len(looks) <= 802


def test_rare_matches_are_found_though_cycles_lie_between() -> None:
    # Of every 99th year after 2028 every fourth is a leap year.
    rule = Rule(freq=YEARLY, interval=99, count=3)
    found = [iso(time) for time in occurrences(rule, us("2028-02-29"))]
    assert found == ["2028-02-29 00:00:00", "2424-02-29 00:00:00", "2820-02-29 00:00:00"]


@pytest.mark.parametrize("freq", Frequency)
@pytest.mark.parametrize("interval", [10_000, 525_601, UINT32, 10**12])
@pytest.mark.parametrize("byhours", [(), (15, 16)])
def test_intervals_of_any_size(
    freq: Frequency, interval: int, byhours: tuple[int, ...], looks: list[int]
) -> None:
    rule = Rule(freq=freq, interval=interval, byhours=byhours, bymonths=(1,))
    start = us(START)
    found = list(occurrences(rule, start))
    assert found[0] == start
    assert latest_until(rule, start, MAX_US) == found[-1]
    with pytest.raises(Endless):
        last(replace(rule, count=UINT32), start)
    assert len(looks) <= 4 * YEARS_AHEAD


def test_a_wheel_larger_than_the_calendar_turns_once() -> None:
    # One interval after the start lies in the calendar, two do not.
    interval = 4000 * 366 * 1440 + 1
    rule = Rule(freq=MINUTELY, interval=interval, byhours=tuple(range(24)))
    start = us("2030-01-01")
    assert list(occurrences(rule, start)) == [start, start + interval * 60_000_000]
    weekly = Rule(freq=WEEKLY, interval=200_000, byweekdays=(1, 7))
    assert [iso(time) for time in occurrences(weekly, us("2030-01-01"))] == [
        "2030-01-06 00:00:00",
        "5863-01-26 00:00:00",
        "5863-02-01 00:00:00",
        "9696-02-20 00:00:00",
        "9696-02-26 00:00:00",
    ]
