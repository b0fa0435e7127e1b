"""Standard load profiles of the BDEW, read straight from the data files inside demandlib.

1999 set (`h0`, `g0`…, `l0`…): seasons winter, transition and summer, day types workday, Saturday
and Sunday. 2025 set (`h25`, `g25`…): a table per month and day type. Homes follow the smoothing
function over the year. The library's own classes stay unused: creating one turns every warning of
the process into an error.
"""

import csv
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .inputs import Series
from .inputs_calendar import (
    DAY_US,
    HOUR_US,
    day_of_year,
    month_and_day,
    wall_us,
    weekday,
    year_start_us,
    years_between,
)
from .inputs_errors import InputError, missing_extra
from .inputs_files import packaged
from .scenario_inputs import StandardLoadInput

QUARTER_US = HOUR_US // 4
_SLOTS = 96
_DYNAMIC = {"h0", "h25", "p25", "s25"}
_WINTER, _TRANSITION, _SUMMER = 0, 1, 2
_WORKDAY, _SATURDAY, _SUNDAY = 0, 1, 2
_FOLDER = "bdew/bdew_data"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def standard_load_series(
    entry: StandardLoadInput,
    *,
    zone: ZoneInfo,
    holidays: Callable[[Iterable[int]], frozenset[date]],
    start_us: int,
    end_us: int,
) -> Series:
    """Return a standard load profile over `[start_us, end_us)` in quarter hours of local time.

    Each local calendar year consumes `annual_kwh`.

    Raises:
        MissingExtra: demandlib is not installed.
        InputError: its data files are not as expected.
    """
    # A day on either side covers the difference between local and UTC years.
    years = years_between(start_us - DAY_US, end_us + DAY_US)
    labels, values = [], []
    for year in years:
        t_us, shape = _year(entry, year, zone, holidays([year]))
        energy_kwh = float(shape.sum()) / 4
        labels.append(t_us)
        values.append(shape * (entry.annual_kwh * 1000.0 / energy_kwh))
    t_us = np.concatenate(labels)
    whole = Series(t_us=t_us, values=np.concatenate(values), end_us=int(t_us[-1]) + QUARTER_US)
    return whole.between(start_us, end_us)


def _year(
    entry: StandardLoadInput, year: int, zone: ZoneInfo, holidays: frozenset[date]
) -> tuple[Ints, Floats]:
    """Return the labels of a local calendar year and the unscaled profile."""
    span = np.arange(year_start_us(year) - DAY_US, year_start_us(year + 1) + DAY_US, QUARTER_US)
    wall = wall_us(span, zone)
    inside = (wall >= year_start_us(year)) & (wall < year_start_us(year + 1))
    t_us, wall = span[inside], wall[inside]
    slot = (wall % DAY_US) // QUARTER_US
    kind = _day_types(wall, holidays)
    month, day = month_and_day(wall)
    if entry.profile.endswith("25"):
        shape = _monthly_table(entry.profile)[month - 1, kind, slot]
    else:
        shape = _seasonal_table(entry.profile)[_seasons(month, day), kind, slot]
    if entry.dynamic and entry.profile in _DYNAMIC:
        shape = shape * _smoothing(day_of_year(wall))
    return t_us, shape


def _day_types(wall: Ints, holidays: frozenset[date]) -> Ints:
    """Return workday, Saturday or Sunday; Christmas Eve and New Year's Eve count as Saturdays."""
    number = weekday(wall)
    kind = np.where(number == 7, _SUNDAY, np.where(number == 6, _SATURDAY, _WORKDAY))
    month, day = month_and_day(wall)
    eve = (month == 12) & ((day == 24) | (day == 31))
    kind = np.where(eve & (kind == _WORKDAY), _SATURDAY, kind)
    days = np.array(sorted(holidays), dtype="datetime64[D]").astype(np.int64)
    return np.where(np.isin(wall // DAY_US, days), _SUNDAY, kind)


def _seasons(month: Ints, day: Ints) -> Ints:
    """Summer 15 May to 14 September, winter 1 November to 20 March, transition between."""
    key = month * 100 + day
    summer = (key >= 515) & (key <= 914)
    winter = (key >= 1101) | (key <= 320)
    return np.where(summer, _SUMMER, np.where(winter, _WINTER, _TRANSITION))


def _smoothing(day: Ints) -> Floats:
    """Return the factor of the standard for a day of the year, about 1.24 in January."""
    d = day.astype(np.float64)
    return -3.92e-10 * d**4 + 3.2e-7 * d**3 - 7.02e-5 * d**2 + 2.1e-3 * d + 1.24


def _data_file(name: str) -> Path:
    path = packaged("demandlib", f"{_FOLDER}/{name}")
    if path is None:
        raise missing_extra("a standard load profile", "demandlib", "profiles")
    return path


@cache
def _seasonal_table(profile: str) -> Floats:
    """Return the 1999 profile as (season, day type, quarter hour)."""
    seasons = {"winter": _WINTER, "transition": _TRANSITION, "summer": _SUMMER}
    types = {1: _WORKDAY, 6: _SATURDAY, 7: _SUNDAY}
    table = np.full((3, 3, _SLOTS), np.nan)
    path = _data_file("selp_series.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        label = (rows.fieldnames or [""])[0]
        for row in rows:
            kind = types.get(int(row["weekday"]))
            if kind is None:
                continue  # Tuesday to Friday repeat Monday.
            hour, minute = row[label].split(" ")[1].split(":")[:2]
            slot = int(hour) * 4 + int(minute) // 15
            table[seasons[row["period"]], kind, slot] = float(row[profile])
    return _complete(table, path)


@cache
def _monthly_table(profile: str) -> Floats:
    """Return the 2025 profile as (month, day type, quarter hour)."""
    types = {"WT": _WORKDAY, "SA": _SATURDAY, "FT": _SUNDAY}
    table = np.full((12, 3, _SLOTS), np.nan)
    path = _data_file(f"{profile}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        months, kinds, *slots = list(csv.reader(file))
    names = list(dict.fromkeys(months[1:]))
    for column, (month, kind) in enumerate(zip(months[1:], kinds[1:], strict=True), start=1):
        for slot, row in enumerate(slots[:_SLOTS]):
            table[names.index(month), types[kind], slot] = float(row[column])
    return _complete(table, path)


def _complete(table: Floats, path: Path) -> Floats:
    if not bool(np.all(np.isfinite(table))):
        raise InputError(f"{path} does not hold a value for every day type and quarter hour")
    return table
