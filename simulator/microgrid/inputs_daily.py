"""A course that repeats every day by the clock on the wall; holidays count as Sundays.

On a day of 23 or 25 hours the clock skips values, or shows some of them twice.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from .inputs import Series
from .scenario_base import from_us, to_us
from .scenario_inputs import DailyInput

__all__ = ["daily_series"]

_QUARTER_US = 900_000_000


def daily_series(
    entry: DailyInput,
    *,
    zone: ZoneInfo,
    holidays: Callable[[Iterable[int]], frozenset[date]],
    start_us: int,
    end_us: int,
) -> Series:
    """Return the course over `[start_us, end_us)`.

    Raises:
        InputError: the site's calendar of holidays cannot be had.
    """
    day = from_us(start_us).astimezone(zone).date()
    last = from_us(end_us).astimezone(zone).date()
    free = holidays(range(day.year, last.year + 1)) if entry.weekend_values else frozenset()
    labels: list[int] = []
    values: list[float] = []
    while day <= last:
        is_free = bool(entry.weekend_values) and (day.weekday() >= 5 or day in free)
        course = entry.weekend_values if is_free else entry.values
        begin = to_us(datetime.combine(day, time(), zone))
        day += timedelta(days=1)
        # Quarter hours, since clocks change at whole ones everywhere.
        for t_us in range(begin, to_us(datetime.combine(day, time(), zone)), _QUARTER_US):
            wall = from_us(t_us).astimezone(zone)
            labels.append(t_us)
            values.append(course[(wall.hour * 60 + wall.minute) * len(course) // 1440])
    whole = Series(
        t_us=np.array(labels, dtype=np.int64),
        values=np.array(values, dtype=np.float64),
        end_us=max(labels[-1] + _QUARTER_US, end_us),
    )
    return whole.between(start_us, end_us)
