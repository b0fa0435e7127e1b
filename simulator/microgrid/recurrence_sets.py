"""Sets of minutes that repeat, with random access: the next, the latest, the k-th member.

Minutes count from the Unix epoch. A plain rule is an arithmetic progression. Any other is a filter
of calendar days and a wheel of times, and both can tell a year's days as one integer. So a year
costs an AND and a popcount, and the whole calendar some milliseconds: that is the bound of every
search here, whatever the rule, and a rule without a match is known after one cycle.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from math import gcd, lcm
from typing import Final, Protocol

from .calendar import (
    ALL_MONTHS,
    CYCLE_DAYS,
    CYCLE_YEARS,
    FIRST_YEAR,
    LAST_YEAR,
    YEAR_DAYS,
    DayFilter,
    date_of,
    january_first,
)
from .recurrence_wheel import DAY_MINUTES, Wheel

FIRST_MINUTE: Final = january_first(FIRST_YEAR) * DAY_MINUTES
LAST_MINUTE: Final = january_first(LAST_YEAR + 1) * DAY_MINUTES - 1


class Minutes(Protocol):
    """An ascending set of minutes that begins at its start and ends with the year 9999."""

    def walk(self, minute: int) -> Iterator[int]:
        """Yield the members at or after a minute, ascending."""
        ...

    def latest(self, minute: int) -> int | None:
        """Return the last member at or before a minute."""
        ...

    def nth(self, k: int) -> int | None:
        """Return the k-th member, counted from 1; None if the set has fewer."""
        ...


class Progression:
    """Every `step` minutes from `start` on."""

    def __init__(self, *, start: int, step: int) -> None:
        self._members = range(start, LAST_MINUTE + 1, step)

    def walk(self, minute: int) -> Iterator[int]:
        """Yield the members at or after a minute, ascending."""
        steps = -((self._members.start - minute) // self._members.step)
        return iter(self._members[max(0, steps) :])

    def latest(self, minute: int) -> int | None:
        """Return the last member at or before a minute."""
        late = min(minute, LAST_MINUTE) - self._members.start
        return self._members[late // self._members.step] if late >= 0 else None

    def nth(self, k: int) -> int | None:
        """Return the k-th member, counted from 1; None if the set has fewer."""
        return self._members[k - 1] if k <= len(self._members) else None


class Selection:
    """The times that a wheel offers on the days that a filter selects, from `start` on.

    Only every `month_step`-th month and every `year_step`-th year counts, that of the start first.
    """

    def __init__(
        self,
        *,
        start: int,
        days: DayFilter,
        wheel: Wheel,
        month_step: int = 1,
        year_step: int = 1,
    ) -> None:
        self._start = start
        self._filter = days
        self._wheel = wheel
        first = date_of(start // DAY_MINUTES)
        self._year = first.year
        self._year_step = year_step
        self._month = 12 * first.year + first.month - 1
        self._month_step = month_step
        self._months = sum(1 << month for month in range(0, 12, month_step))
        # After so many years calendar, wheel and steps all begin anew together.
        self._cycle = lcm(
            CYCLE_YEARS * (wheel.turn // gcd(wheel.turn, CYCLE_DAYS)),
            month_step // gcd(month_step, 12),
            year_step,
        )

    def walk(self, minute: int) -> Iterator[int]:
        """Yield the members at or after a minute, ascending."""
        minute = max(minute, self._start)
        if minute > LAST_MINUTE:
            return
        day = minute // DAY_MINUTES
        for begin, days in self._years(date_of(day).year, LAST_YEAR):
            days &= -1 << max(0, day - begin)
            while days:
                lowest = days & -days
                found = begin + lowest.bit_length() - 1
                base = found * DAY_MINUTES
                times = self._wheel.times(found)
                for time in times[bisect_left(times, minute - base) :]:
                    yield base + time
                days ^= lowest

    def latest(self, minute: int) -> int | None:
        """Return the last member at or before a minute."""
        minute = min(minute, LAST_MINUTE)
        if minute < self._start:
            return None
        day = minute // DAY_MINUTES
        for begin, days in self._years(date_of(day).year, self._year):
            days &= (1 << min(day - begin + 1, YEAR_DAYS)) - 1
            while days:
                place = days.bit_length() - 1
                base = (begin + place) * DAY_MINUTES
                times = self._wheel.times(begin + place)
                if size := bisect_right(times, minute - base):
                    found = base + times[size - 1]
                    return found if found >= self._start else None
                days ^= 1 << place
        return None

    def nth(self, k: int) -> int | None:
        """Return the k-th member, counted from 1; None if the set has fewer."""
        before = k - 1 + self._before_start()
        begins: list[int] = []
        totals: list[int] = []
        total = 0
        for begin, days in self._years(self._year, self._year + self._cycle - 1):
            size = self._wheel.count(begin, days)
            if before < total + size:
                return self._in_year(before - total, begin, days)
            total += size
            begins.append(begin)
            totals.append(total)
        if not total:
            return None
        # It lies beyond the first cycle, in a year like one of that.
        cycles, before = divmod(before, total)
        place = bisect_right(totals, before)
        year = date_of(begins[place]).year + cycles * self._cycle
        if year > LAST_YEAR:
            return None
        if place:
            before -= totals[place - 1]
        begin = january_first(year)
        return self._in_year(before, begin, self._days(year, begin))

    def _in_year(self, before: int, begin: int, days: int) -> int:
        """Return the match that has so many others of its year before it."""

        def until(place: int) -> int:
            return self._wheel.count(begin, days & (1 << place) - 1)

        place = bisect_right(range(YEAR_DAYS), before, key=lambda place: until(place + 1))
        day = begin + place
        return day * DAY_MINUTES + self._wheel.times(day)[before - until(place)]

    def _before_start(self) -> int:
        """Count the matches that come before the start in its year."""
        day, time = divmod(self._start, DAY_MINUTES)
        begin = january_first(self._year)
        days = self._days(self._year, begin)
        earlier = self._wheel.count(begin, days & (1 << day - begin) - 1)
        is_match = days >> day - begin & 1
        return earlier + is_match * bisect_left(self._wheel.times(day), time)

    def _years(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield first day and selected days of the years that have any, upwards or downwards.

        It gives up after a whole cycle of years without any.
        """
        direction = 1 if first <= last else -1
        step = direction * self._year_step
        aligned = first + (self._year - first) % step
        barren = 0
        for year in range(aligned, min(last, LAST_YEAR) + direction, step):
            begin = january_first(year)
            if days := self._days(year, begin):
                yield begin, days
                barren = 0
            else:
                barren += self._year_step
                if barren > self._cycle:
                    return

    def _days(self, year: int, begin: int) -> int:
        """Return the days with a match, of a year that `year_step` reaches, and its first day."""
        return self._filter.in_year(year, self._open_months(year)) & self._wheel.days(begin)

    def _open_months(self, year: int) -> int:
        """Return the months of a year that `month_step` reaches, bit 0 being January."""
        first = (self._month - 12 * year) % self._month_step
        return self._months << first & ALL_MONTHS if first < 12 else 0
