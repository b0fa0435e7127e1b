"""Measured or planned power from a CSV file with a header line, or from a Parquet file.

Labels are ISO 8601, with an offset or in the local time of a zone (a repeated hour in autumn is
told apart by its order). The value of a row holds until the next label; the last one as long as the
one before it. One recorded year can stand for every simulated year.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .inputs import YEAR_HOURS, Series
from .inputs_calendar import DAY_US, years_between
from .inputs_errors import InputError
from .inputs_files import locate
from .scenario_base import from_us, to_us
from .scenario_inputs import CsvInput
from .scenario_sessions import SessionsFile

_UNITS = {"w": 1.0, "kw": 1000.0, "per_unit": 1.0, "value": 1.0}


def csv_series(
    entry: CsvInput, *, folder: Path | None, zone: ZoneInfo, start_us: int, end_us: int
) -> Series:
    """Return the column over `[start_us, end_us)`.

    Raises:
        InputError: file, line and column of what is wrong, or that the file does not reach.
    """
    path = locate(entry, folder)
    where = zone_of(entry, zone)
    recorded = _read(entry, path, where)
    recorded = _scaled(entry, recorded)
    if entry.repeat == "day_of_year":
        recorded = _repeated(recorded, path, where, start_us, end_us)
    if start_us < recorded.start_us or end_us > recorded.end_us:
        raise InputError(
            f"{path} holds values from {_iso(recorded.start_us)} to {_iso(recorded.end_us)}, "
            f"the run needs {_iso(start_us)} to {_iso(end_us)}"
        )
    return recorded.between(start_us, end_us)


def zone_of(entry: CsvInput | SessionsFile, zone: ZoneInfo) -> ZoneInfo:
    """Return the zone of a file's labels without an offset, by default that of the site.

    Raises:
        InputError: there is no such zone.
    """
    if entry.zone is None:
        return zone
    try:
        return ZoneInfo(entry.zone)
    except (KeyError, ValueError, OSError):
        raise InputError(f"no zone {entry.zone} in the IANA database") from None


def _read(entry: CsvInput, path: Path, zone: ZoneInfo) -> Series:
    labels: list[int] = []
    values: list[float] = []
    for line, label, text in _rows(entry, path):
        labels.append(_label(label, zone, labels[-1] if labels else None, f"{path}:{line}"))
        place = f"{path}:{line}: column {entry.column}"
        values.append(_number(text, place, signed=entry.unit == "value"))
    if len(labels) < 2:
        raise InputError(f"{path} holds {len(labels)} rows, expected at least 2")
    return Series(
        t_us=np.array(labels, dtype=np.int64),
        values=np.array(values, dtype=np.float64),
        end_us=2 * labels[-1] - labels[-2],
    )


def _rows(entry: CsvInput, path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line (in a Parquet file the number of the row), label and value of each row."""
    if entry.kind == "parquet":
        yield from _parquet_rows(entry, path)
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            places = []
            for column in (entry.time_column, entry.column):
                if column not in header:
                    known = ", ".join(header) or "nothing"
                    raise InputError(f"{path}:1: no column {column}, the header names {known}")
                places.append(header.index(column))
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) <= max(places):
                    cells = f"{len(row)} cells, expected {len(header)}"
                    raise InputError(f"{path}:{rows.line_num}: found {cells}")
                yield rows.line_num, row[places[0]].strip(), row[places[1]].strip()
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: {error}") from None


def _parquet_rows(entry: CsvInput, path: Path) -> Iterator[tuple[int, str, str]]:
    import polars as pl

    try:
        known = pl.read_parquet_schema(path)
        wanted = [entry.time_column, entry.column]
        for column in wanted:
            if column not in known:
                raise InputError(f"{path}: no column {column}, there are {', '.join(known)}")
        rows = pl.read_parquet(path, columns=wanted).select(wanted).rows()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path} is not a Parquet file: {error}") from None
    for line, (label, value) in enumerate(rows, 1):
        # Whole numbers are microseconds since the Unix epoch, as in our own tables.
        moment = from_us(label) if isinstance(label, int) else label
        yield line, moment.isoformat() if isinstance(moment, datetime) else str(label), str(value)


def _label(text: str, zone: ZoneInfo, previous_us: int | None, place: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{place}: found {text!r}, expected an ISO 8601 label") from None
    if moment.tzinfo is not None:
        t_us = to_us(moment)
    else:
        t_us = to_us(moment.replace(tzinfo=zone))
        if previous_us is not None and t_us <= previous_us:
            t_us = to_us(moment.replace(tzinfo=zone, fold=1))
    if previous_us is not None and t_us <= previous_us:
        raise InputError(f"{place}: the label {text} is not after the one before it")
    return t_us


def _number(text: str, place: str, *, signed: bool) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{place}: found {text!r}, expected a number") from None
    if not np.isfinite(value):
        raise InputError(f"{place}: found {text}, expected a finite number")
    if value < 0 and not signed:
        raise InputError(f"{place}: found {text}, expected a magnitude of at least 0")
    return value


def _scaled(entry: CsvInput, recorded: Series) -> Series:
    factor = _UNITS[entry.unit] * (entry.scale_w or 1.0)
    if entry.annual_kwh is not None:
        hours = (recorded.end_us - recorded.start_us) / 3.6e9
        mean_w = recorded.energy_wh() / hours
        if mean_w <= 0:
            raise InputError("every value is 0, which no factor turns into annual_kwh")
        factor = entry.annual_kwh * 1000.0 / YEAR_HOURS / mean_w
    return Series(t_us=recorded.t_us, values=recorded.values * factor, end_us=recorded.end_us)


def _repeated(recorded: Series, path: Path, zone: ZoneInfo, start_us: int, end_us: int) -> Series:
    """Lay one recorded year over every year of the run, by day of the year and time of day."""
    if recorded.end_us - recorded.start_us < 365 * DAY_US:
        raise InputError(f"{path} holds less than a year, which repeat: day_of_year needs")
    walls = [
        datetime.fromtimestamp(int(t) // 1_000_000, UTC).astimezone(zone) for t in recorded.t_us
    ]
    base = walls[0]
    laid: dict[int, float] = {}
    for year in years_between(start_us - DAY_US, end_us + DAY_US):
        for wall, value in zip(walls, recorded.values, strict=True):
            if (wall.year - base.year, *_of_year(wall)) >= (1, *_of_year(base)):
                break  # A second recorded year.
            try:
                moment = wall.replace(year=year)
            except ValueError:
                continue  # 29 February in a year without one.
            laid[to_us(moment)] = float(value)
    labels = np.array(sorted(laid), dtype=np.int64)
    values: NDArray[np.float64] = np.array([laid[int(t)] for t in labels], dtype=np.float64)
    return Series(t_us=labels, values=values, end_us=int(labels[-1]) + DAY_US)


def _of_year(wall: datetime) -> tuple[int, int, int, int]:
    return wall.month, wall.day, wall.hour, wall.minute


def _iso(t_us: int) -> str:
    return datetime.fromtimestamp(t_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
