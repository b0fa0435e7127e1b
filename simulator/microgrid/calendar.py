"""The proleptic Gregorian calendar from year 1 to 9999, a year at a time.

Days are counted from 1 January 1970. The days of a year that a rule selects are one integer: bit 0
is 1 January, bit 365 the 31 December of a leap year. There are only 14 kinds of year (common or
leap, times seven weekdays to begin on), so that a selection is worked out once per kind.
"""

from collections.abc import Collection
from datetime import date
from itertools import pairwise
from typing import Final

FIRST_YEAR: Final = 1
LAST_YEAR: Final = 9999
CYCLE_YEARS: Final = 400
CYCLE_DAYS: Final = 146_097
"""The calendar repeats, weekdays included, after this many years and days."""
YEAR_DAYS: Final = 366
"""Bits that hold any year."""
ALL_MONTHS: Final = (1 << 12) - 1

_EPOCH: Final = date(1970, 1, 1).toordinal()
_LENGTHS: Final = (
    (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
)
_CYCLE: Final = tuple(date(2000 + year, 1, 1) for year in range(CYCLE_YEARS + 1))
_JANUARY_FIRST: Final = tuple(day.toordinal() - _EPOCH - 5 * CYCLE_DAYS for day in _CYCLE)
_KIND: Final = tuple(
    7 * (after.toordinal() - begin.toordinal() - 365) + begin.weekday()
    for begin, after in pairwise(_CYCLE)
)
_WEEKS: Final = sum(1 << 7 * week for week in range(54))


def date_of(day: int) -> date:
    """Return the date of a day number; it must lie in the years 1 to 9999."""
    return date.fromordinal(day + _EPOCH)


def january_first(year: int) -> int:
    """Return the day number of a year's first day."""
    return _JANUARY_FIRST[year % CYCLE_YEARS] + year // CYCLE_YEARS * CYCLE_DAYS


class DayFilter:
    """The days that the lists bymonths, bymonthdays and byweekdays of a rule agree on.

    Months are 1 to 12, days of the month 1 to 31 or -1 (the last) to -31, weekdays 1 (Monday) to 7.
    An empty list allows everything. Dates that a month lacks are skipped, never moved.
    Source: RFC 5545 §3.3.10.
    """

    def __init__(
        self,
        *,
        months: Collection[int] = (),
        monthdays: Collection[int] = (),
        weekdays: Collection[int] = (),
    ) -> None:
        self._months = _bits(months) if months else ALL_MONTHS
        self._in_month = {length: _days_of_month(length, monthdays) for length in range(28, 32)}
        self._weekdays = _bits(weekdays) * _WEEKS if weekdays else -1
        self._found: dict[int, int] = {}

    def in_year(self, year: int, months: int = ALL_MONTHS) -> int:
        """Return the selected days of a year, of the given months (bit 0 = January) only."""
        kind = _KIND[year % CYCLE_YEARS]
        found = self._found.get(months << 4 | kind)
        if found is None:
            found = self._found[months << 4 | kind] = self._select(kind, months)
        return found

    def _select(self, kind: int, months: int) -> int:
        is_leap, weekday = divmod(kind, 7)
        days = begin = 0
        for month, length in enumerate(_LENGTHS[is_leap]):
            if self._months & months & 1 << month:
                days |= self._in_month[length] << begin
            begin += length
        return days & self._weekdays >> weekday


def _days_of_month(length: int, monthdays: Collection[int]) -> int:
    every = (1 << length) - 1
    if not monthdays:
        return every
    counted = (day if day > 0 else length + 1 + day for day in monthdays)
    return _bits([day for day in counted if day > 0]) & every


def _bits(values: Collection[int]) -> int:
    """Return the integer that has bit 0 for the value 1, and so on."""
    return sum(1 << value - 1 for value in set(values))
