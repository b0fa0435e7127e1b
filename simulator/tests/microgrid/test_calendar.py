"""Years as masks of days, against the datetime module."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.calendar import DayFilter, date_of, january_first

from .recurrence_cases import some


def days_of(year: int, mask: int) -> list[date]:
    begin = date(year, 1, 1)
    return [
        begin + timedelta(days=place) for place in range(mask.bit_length()) if mask >> place & 1
    ]


def test_every_year_begins_on_its_first_of_january() -> None:
    for year in range(1, 10_000):
        assert date_of(january_first(year)) == date(year, 1, 1)


def test_the_day_after_the_last_year_is_known_though_no_date_holds_it() -> None:
    assert january_first(10_000) == january_first(9999) + 365


@pytest.mark.parametrize(("year", "days"), [(1900, 365), (2000, 366), (2024, 366), (2030, 365)])
def test_an_empty_filter_selects_every_day(year: int, days: int) -> None:
    assert DayFilter().in_year(year) == (1 << days) - 1


def test_a_month_lacks_what_it_has_not() -> None:
    last_days = DayFilter(months=(1, 2, 4), monthdays=(31, 30, -30, -31))
    assert days_of(2030, last_days.in_year(2030)) == [
        date(2030, 1, 1),
        date(2030, 1, 2),
        date(2030, 1, 30),
        date(2030, 1, 31),
        date(2030, 4, 1),
        date(2030, 4, 30),
    ]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    year=st.integers(1, 9999),
    months=some(range(1, 13)),
    monthdays=st.builds(list.__add__, some(range(1, 32)), some(range(-31, 0))),
    weekdays=some(range(1, 8)),
    among=st.sets(st.integers(1, 12)),
)
def test_a_filter_selects_the_days_whose_parts_are_listed(
    year: int, months: list[int], monthdays: list[int], weekdays: list[int], among: set[int]
) -> None:
    def is_selected(day: date) -> bool:
        length = monthrange(year, day.month)[1]
        return (
            day.month in among
            and (not months or day.month in months)
            and (not monthdays or day.day in monthdays or day.day - length - 1 in monthdays)
            and (not weekdays or day.isoweekday() in weekdays)
        )

    days = DayFilter(months=months, monthdays=monthdays, weekdays=weekdays)
    mask = sum(1 << month - 1 for month in among)
    whole = days_of(year, DayFilter().in_year(year))
    assert days_of(year, days.in_year(year, mask)) == [day for day in whole if is_selected(day)]
