"""Prices over time: the tariff of a scenario laid over the site's local days.

Local windows follow the clock on the wall: on a day of 25 hours the repeated hour belongs to the
same window twice. Money per kWh in the tariff's currency; instants in microseconds, UTC.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import inf
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.inputs import Series, named
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.scenario_base import from_us, to_us
from simulator.microgrid.scenario_site import Tariff, TariffWindow

_HOUR = timedelta(hours=1)
_MINUTE_US = 60_000_000
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
    tariff: Tariff,
    *,
    zone: ZoneInfo,
    holidays: Collection[date],
    start_us: int,
    end_us: int,
    signals: Mapping[str, Series] | None = None,
) -> Prices:
    """Return the prices over `[start_us, end_us)`; `signals` are the inputs it names, tiers not in.

    A dynamic part is added to the flat price or to that of the window.
    """
    labels = {start_us}
    if tariff.windows:
        labels |= {t for t in _boundaries(tariff, zone, start_us, end_us) if start_us < t < end_us}
    buy, sell = {}, {}
    for t_us in labels:
        wall = from_us(t_us).astimezone(zone)
        window = next((each for each in tariff.windows if _holds(each, wall, holidays)), None)
        special = (None, None) if window is None else (window.buy_per_kwh, window.sell_per_kwh)
        buy[t_us] = tariff.buy_per_kwh if special[0] is None else special[0]
        sell[t_us] = tariff.sell_per_kwh if special[1] is None else special[1]
    ordered = sorted(labels)
    flat = Prices(
        t_us=np.array(ordered, dtype=np.int64),
        buy=np.array([buy[t] for t in ordered], dtype=np.float64),
        sell=np.array([sell[t] for t in ordered], dtype=np.float64),
    )
    dynamic = {
        place: (each.scale, (signals or {})[each.input])
        for place, each in enumerate((tariff.buy_dynamic, tariff.sell_dynamic))
        if each is not None
    }
    if not dynamic:
        return flat
    union = np.unique(np.concatenate([flat.t_us, *(series.t_us for _, series in dynamic.values())]))
    columns = list(flat.at(union))
    for place, (scale, series) in dynamic.items():
        held = np.searchsorted(series.t_us, union, side="right") - 1
        columns[place] = columns[place] + scale * series.values[held]
    return Prices(t_us=union, buy=columns[0], sell=columns[1])


def signal_names(scenario: Scenario) -> set[str]:
    """Return the inputs that are prices or emission factors."""
    tariff = scenario.tariff
    dynamic = (tariff.buy_dynamic, tariff.sell_dynamic)
    names = {each.input for each in dynamic if each is not None}
    if scenario.co2 is not None and scenario.co2.input is not None:
        names.add(scenario.co2.input)
    return names


def prices_of(scenario: Scenario, start_us: int, end_us: int) -> tuple[Prices, dict[str, Series]]:
    """Return the prices of a scenario over a stretch, and the signals behind them.

    Raises:
        InputError: an input that the tariff or the emissions name cannot be built.
    """
    signals = named(scenario, signal_names(scenario), start_us, end_us)
    years = range(from_us(start_us).year - 1, from_us(end_us).year + 2)
    laid = prices(
        scenario.tariff,
        zone=scenario.zone,
        holidays=scenario.holidays(years),
        start_us=start_us,
        end_us=end_us,
        signals=signals,
    )
    return laid, signals


def tier_cost(tariff: Tariff, import_kwh: float) -> float:
    """Return what the tiers add for the import of one month; the tier that is reached holds."""
    total, tiers = 0.0, tariff.tiers
    for place, tier in enumerate(tiers):
        end = tiers[place + 1].above_kwh if place + 1 < len(tiers) else inf
        total += tier.adds_per_kwh * max(min(import_kwh, end) - tier.above_kwh, 0.0)
    return total


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
    midnight = datetime.combine(day, time(), zone)
    while (first_us := to_us(midnight)) < end_us:
        following = datetime.combine(day + timedelta(days=1), time(), zone)
        if midnight.utcoffset() == following.utcoffset():
            moments.update(first_us + minute % 1440 * _MINUTE_US for minute in minutes)
        else:
            for minute in minutes:
                clock = time(minute // 60 % 24, minute % 60)
                for fold in (0, 1):
                    wall = datetime.combine(day, clock, zone).replace(fold=fold)
                    moments.add(to_us(wall.astimezone(UTC)))
            moments |= _clock_changes(day, zone)
        day, midnight = day + timedelta(days=1), following
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
