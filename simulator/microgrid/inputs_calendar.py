"""Local time of a site: wall clock, public holidays, days of a year.

Instants are microseconds since the Unix epoch (UTC); wall clocks are microseconds since the epoch
as a clock on the site's wall would count them. Everything is computed for whole arrays.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .inputs_errors import UnknownCalendar, missing_extra
from .scenario_inputs import HolidayCalendar

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

Instants = NDArray[np.int64]


def holidays_of(
    source: tuple[date, ...] | HolidayCalendar, years: Sequence[int]
) -> frozenset[date]:
    """Return the public holidays of the years: those listed, or those of a calendar.

    Raises:
        MissingExtra: a calendar is named and the package `holidays` is absent.
        UnknownCalendar: that package does not know the country or subdivision.
    """
    if not isinstance(source, HolidayCalendar):
        return frozenset(day for day in source if day.year in years)
    try:
        import holidays
    except ImportError:
        raise missing_extra("a holiday calendar", "the package holidays", "profiles") from None
    try:
        found = holidays.country_holidays(
            source.country, subdiv=source.subdivision, years=list(years)
        )
        return frozenset(found)
    except NotImplementedError:
        place = source.country + (f" {source.subdivision}" if source.subdivision else "")
        raise UnknownCalendar(f"no calendar of public holidays for {place}") from None


def wall_us(t_us: Instants, zone: ZoneInfo) -> Instants:
    """Return what the clock on the wall shows at ascending instants.

    Offsets are looked up per day and, on days when they change, per instant.
    """
    if not len(t_us):
        return t_us.copy()
    wall = np.empty_like(t_us)
    days = t_us // DAY_US
    edges = np.flatnonzero(np.diff(days)) + 1
    for first, last in zip([0, *edges], [*edges, len(t_us)], strict=True):
        start, end = int(t_us[first]), int(t_us[last - 1])
        before, after = _offset_us(start, zone), _offset_us(end, zone)
        if before == after:
            wall[first:last] = t_us[first:last] + before
        else:
            wall[first:last] = [int(t) + _offset_us(int(t), zone) for t in t_us[first:last]]
    return wall


def _offset_us(t_us: int, zone: ZoneInfo) -> int:
    moment = datetime.fromtimestamp(t_us // 1_000_000, UTC).astimezone(zone)
    offset = moment.utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) * 1_000_000


def year_start_us(year: int) -> int:
    """Return the first moment of a year on a clock that shows UTC."""
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


def years_between(start_us: int, end_us: int) -> range:
    """Return the years, on a clock that shows UTC, that `[start_us, end_us)` touches."""
    first = datetime.fromtimestamp(start_us // 1_000_000, UTC).year
    last = datetime.fromtimestamp((end_us - 1) // 1_000_000, UTC).year
    return range(first, last + 1)


def day_of_year(wall: Instants) -> Instants:
    """Return the day of the year (1..366) that wall clocks show."""
    days = (wall // DAY_US).astype("datetime64[D]")
    start = days.astype("datetime64[Y]").astype("datetime64[D]")
    passed: Instants = (days - start).astype(np.int64)
    return passed + 1


def month_and_day(wall: Instants) -> tuple[Instants, Instants]:
    """Return the month (1..12) and the day of the month (1..31) that wall clocks show."""
    days = (wall // DAY_US).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day: Instants = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return month, day


def weekday(wall: Instants) -> Instants:
    """Return the weekday (1 = Monday to 7 = Sunday) that wall clocks show."""
    return (wall // DAY_US + 3) % 7 + 1
