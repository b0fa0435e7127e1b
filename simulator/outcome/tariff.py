"""Prices over time: the tariff of a scenario laid over the site's local days.

Local windows follow the clock on the wall: on a day of 25 hours the repeated hour belongs to the
same window twice. Money per kWh in the tariff's currency; instants in microseconds, UTC.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.scenario_base import from_us, to_us
from simulator.microgrid.scenario_site import Tariff, TariffWindow

_HOUR = timedelta(hours=1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prices:
    """Piecewise constant prices: `buy[i]` and `sell[i]` hold from `t_us[i]` to the next label."""

    t_us: NDArray[np.int64]
    """Ascending, the first one at or before the start of the run."""
    buy: NDArray[np.float64]
    sell: NDArray[np.float64]

    def at(self, t_us: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the buying and selling prices at moments of the run."""
        place = np.searchsorted(self.t_us, t_us, side="right") - 1
        return self.buy[place], self.sell[place]


def prices(
    tariff: Tariff, *, zone: ZoneInfo, holidays: Collection[date], start_us: int, end_us: int
) -> Prices:
    """Return the prices over `[start_us, end_us)`."""
    labels = [start_us]
    if tariff.windows:
        labels += [t for t in _boundaries(tariff, zone, start_us, end_us) if start_us < t < end_us]
    buy, sell = [], []
    for t_us in labels:
        wall = from_us(t_us).astimezone(zone)
        window = next((each for each in tariff.windows if _holds(each, wall, holidays)), None)
        flat = tariff.buy_per_kwh, tariff.sell_per_kwh
        special = (None, None) if window is None else (window.buy_per_kwh, window.sell_per_kwh)
        buy.append(flat[0] if special[0] is None else special[0])
        sell.append(flat[1] if special[1] is None else special[1])
    return Prices(
        t_us=np.array(labels, dtype=np.int64),
        buy=np.array(buy, dtype=np.float64),
        sell=np.array(sell, dtype=np.float64),
    )


def local_days(zone: ZoneInfo, start_us: int, end_us: int) -> list[int]:
    """Return the edges of the local days that cut `[start_us, end_us)`, both ends included."""
    day = from_us(start_us).astimezone(zone).date()
    edges = [start_us]
    while True:
        day += timedelta(days=1)
        midnight = to_us(datetime.combine(day, time(), zone))
        if midnight >= end_us:
            return [*edges, end_us]
        if midnight > start_us:
            edges.append(midnight)


def _boundaries(tariff: Tariff, zone: ZoneInfo, start_us: int, end_us: int) -> list[int]:
    """Return every moment at which a price may change."""
    minutes = {0} | {each.from_minute for each in tariff.windows}
    minutes |= {each.to_minute for each in tariff.windows}
    moments: set[int] = set()
    day = from_us(start_us).astimezone(zone).date()
    while to_us(datetime.combine(day, time(), zone)) < end_us:
        for minute in minutes:
            clock = time(minute // 60 % 24, minute % 60)
            for fold in (0, 1):
                wall = datetime.combine(day, clock, zone).replace(fold=fold)
                moments.add(to_us(wall.astimezone(UTC)))
        moments |= _clock_changes(day, zone)
        day += timedelta(days=1)
    return sorted(moments)


def _clock_changes(day: date, zone: ZoneInfo) -> set[int]:
    """Return the quarter hours of a local day at which the clock is put forward or back."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    if start.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
        return set()
    changes, moment = set(), start
    while moment < end:
        after = moment + _HOUR / 4
        if moment.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            changes.add(to_us(after))
        moment = after
    return changes


def _holds(window: TariffWindow, wall: datetime, holidays: Collection[date]) -> bool:
    minute = wall.hour * 60 + wall.minute
    if window.from_minute < window.to_minute:
        inside, owner = window.from_minute <= minute < window.to_minute, wall.date()
    else:
        early = minute < window.to_minute
        inside = early or minute >= window.from_minute
        owner = wall.date() - timedelta(days=1) if early else wall.date()
    in_season = not window.months or owner.month in window.months
    return inside and in_season and any(_is(kind, owner, holidays) for kind in window.days)


def _is(kind: str, day: date, holidays: Collection[date]) -> bool:
    """Whether a day belongs to a class of days of a window."""
    number = day.weekday()
    match kind:
        case "all":
            return True
        case "holiday":
            return day in holidays
        case "workday":
            return number < 5 and day not in holidays
        case "weekend":
            return number >= 5
        case _:
            return _WEEKDAYS[number] == kind
