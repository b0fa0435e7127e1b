"""Hourly weather years: TMY3 files of the NREL, EnergyPlus files, 2010 test reference years (DWD).

All of them label an hour by its end in local standard time. A year is keyed by month, day and hour
so that it can be laid over any simulated year; 29 February repeats the 28th.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .inputs_calendar import DAY_US, HOUR_US, month_and_day, year_start_us
from .inputs_errors import InputError

Floats = NDArray[np.float64]
_HOURS = 8760
_MONTH_STARTS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
"""Days of a common year before each month."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WeatherYear:
    """8,760 hourly means of a year without 29 February."""

    place: str
    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""
    altitude_m: float
    utc_offset_h: float
    """Local standard time minus UTC."""
    global_w_m2: Floats
    """On the horizontal."""
    beam_w_m2: Floats | None
    """Direct normal; None if only the horizontal part was measured."""
    diffuse_w_m2: Floats
    """On the horizontal."""
    air_c: Floats
    wind_m_s: Floats


def hours_of(year: int) -> NDArray[np.int64]:
    """Return, for every hour of a year, its position in a weather year."""
    wall = np.arange(year_start_us(year), year_start_us(year + 1), HOUR_US, dtype=np.int64)
    month, day = month_and_day(wall)
    day = np.where((month == 2) & (day == 29), 28, day)
    hour = (wall % DAY_US) // HOUR_US
    return (np.array(_MONTH_STARTS)[month - 1] + day - 1) * 24 + hour


def read_weather(path: Path, kind: str) -> WeatherYear:
    """Read a weather file.

    Raises:
        InputError: not a file of that kind, or not a whole year.
    """
    try:
        return _READERS[kind](path)
    except (UnicodeDecodeError, ValueError, IndexError, KeyError, StopIteration) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not a weather file of kind {kind}: {error!r}") from None


def utc_offset_h(path: Path, kind: str) -> float:
    """Return local standard time minus UTC without reading the whole file.

    Raises:
        InputError: the first line is not that of a file of this kind.
    """
    if kind == "try2010":
        return 1.0
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return float(next(csv.reader(file))[8 if kind == "epw" else 3])
    except (UnicodeDecodeError, ValueError, IndexError, StopIteration):
        raise InputError(f"{path} is not a weather file of kind {kind}") from None


def _read_tmy3(path: Path) -> WeatherYear:
    with path.open(encoding="utf-8", newline="") as file:
        _, place, state, offset, latitude, longitude, altitude = next(csv.reader([next(file)]))
        names = ("GHI (W/m^2)", "DNI (W/m^2)", "DHI (W/m^2)", "Dry-bulb (C)", "Wspd (m/s)")
        rows = [
            (*_tmy3_hour(row), *(float(row[name]) for name in names))
            for row in csv.DictReader(file)
        ]
    columns = _columns(path, iter(rows), 5)
    return WeatherYear(
        place=f"{place.title()} {state}",
        latitude=float(latitude),
        longitude=float(longitude),
        altitude_m=float(altitude),
        utc_offset_h=float(offset),
        global_w_m2=columns[0],
        beam_w_m2=columns[1],
        diffuse_w_m2=columns[2],
        air_c=columns[3],
        wind_m_s=columns[4],
    )


def _tmy3_hour(row: dict[str, str]) -> tuple[int, int, int]:
    month, day, _ = row["Date (MM/DD/YYYY)"].split("/")
    return int(month), int(day), int(row["Time (HH:MM)"].split(":")[0]) - 1


def _read_try2010(path: Path) -> WeatherYear:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    place = re.search(r"Station:\s*(.+?)\s{2,}", lines[1])
    position = re.search(r"(\d+).(\d+)'N.*?(\d+).(\d+)'O.*?(-?\d+) Meter", lines[2])
    if place is None or position is None:
        raise InputError(f"{path}:3: expected the position of the station")
    north, north_minutes, east, east_minutes, altitude = map(int, position.groups())
    body = lines[lines.index("***") + 1 :]
    rows = []
    for line in body:
        cells = line.split()
        if not cells:
            continue
        beam, diffuse = float(cells[13]), float(cells[14])
        hour = (int(cells[2]), int(cells[3]), int(cells[4]) - 1)
        rows.append((*hour, beam + diffuse, diffuse, float(cells[8]), float(cells[7])))
    columns = _columns(path, iter(rows), 4)
    return WeatherYear(
        place=place[1],
        latitude=north + north_minutes / 60,
        longitude=east + east_minutes / 60,
        altitude_m=float(altitude),
        utc_offset_h=1.0,
        global_w_m2=columns[0],
        beam_w_m2=None,
        diffuse_w_m2=columns[1],
        air_c=columns[2],
        wind_m_s=columns[3],
    )


def _read_epw(path: Path) -> WeatherYear:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = csv.reader(file)
        head = next(lines)
        if head[0] != "LOCATION":
            raise InputError(f"{path}:1: found {head[0][:20]!r}, expected LOCATION")
        latitude, longitude, offset, altitude = map(float, head[6:10])
        rows = [
            (*(int(row[1]), int(row[2]), int(row[3]) - 1), *(float(row[i]) for i in _EPW_COLUMNS))
            for row in lines
            if row and row[0].isdigit() and (row[1], row[2]) != ("2", "29")
        ]
    columns = _columns(path, iter(rows), len(_EPW_COLUMNS))
    return WeatherYear(
        place=f"{head[1]} {head[2]}".strip(),
        latitude=latitude,
        longitude=longitude,
        altitude_m=altitude,
        utc_offset_h=offset,
        global_w_m2=columns[0],
        beam_w_m2=columns[1],
        diffuse_w_m2=columns[2],
        air_c=columns[3],
        wind_m_s=columns[4],
    )


_EPW_COLUMNS = (13, 14, 15, 6, 21)
"""Global horizontal, direct normal, diffuse horizontal, dry bulb, wind speed."""
_READERS: Mapping[str, Callable[[Path], WeatherYear]] = {
    "tmy3": _read_tmy3,
    "epw": _read_epw,
    "try2010": _read_try2010,
}


def _columns(path: Path, rows: Iterator[tuple[float, ...]], width: int) -> Floats:
    """Return the columns in the order of the year.

    Raises:
        InputError: an hour is missing or stands there twice.
    """
    columns = np.full((width, _HOURS), np.nan)
    for month, day, hour, *values in rows:
        position = (_MONTH_STARTS[int(month) - 1] + int(day) - 1) * 24 + int(hour)
        columns[:, position] = values
    if not bool(np.all(np.isfinite(columns))):
        raise InputError(f"{path} does not hold every hour of a year")
    return columns
