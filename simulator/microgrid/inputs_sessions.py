"""Sessions of a charging point from a CSV file with a header line and a row for each session.

Columns are the keys of a session: `arrive`, `depart`, `energy_wh` (or `energy_kwh`), and, where
known, `max_power_w`, `phases`, `capacity_wh`, `soc_arrival`, `soc_taper`; a column `charger` keeps
the points of a depot apart. Everything that is wrong with a file is told at once.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from fixtures.documents.names import neighbour

from .inputs_csv import zone_of
from .inputs_errors import InputError
from .inputs_files import locate
from .scenario_base import to_us
from .scenario_sessions import COLUMNS, Session, SessionsFile

__all__ = ["sessions_of"]

_INSTANTS = ("arrive", "depart")
_CLOCK = re.compile(r"[T ]\d\d:?\d\d")
_MOST_TOLD = 20
"""More mistakes than that are counted only."""

Row = tuple[int, dict[str, str]]
"""The line in the file, and its cells by column of ours; empty cells are left out."""


def sessions_of(
    entry: SessionsFile, charger_id: int, *, folder: Path | None, zone: ZoneInfo
) -> tuple[Session, ...]:
    """Return the sessions of a charging point by arrival.

    Raises:
        InputError: no such file, or what is wrong with it, line by line.
    """
    path = locate(entry, folder)
    where = zone_of(entry, zone)
    found: list[tuple[int, Session]] = []
    mistakes: list[str] = []
    for line, cells in _rows(entry, path):
        owner = cells.pop("charger", str(charger_id))
        if owner != str(charger_id):
            continue
        try:
            found.append((line, Session.model_validate(_values(cells, where))))
        except ValidationError as error:
            mistakes += [f"{path}:{line}: {_told(each, cells)}" for each in error.errors()]
        except ValueError as error:
            mistakes.append(f"{path}:{line}: {error}")
    found.sort(key=lambda each: each[1].arrive_us)
    for (line, one), (later, other) in pairwise(found):
        if other.arrive_us < one.depart_us:
            text = f"arrives while the vehicle of line {line} is there"
            mistakes.append(f"{path}:{later}: {text}, expected one vehicle at a time")
    if mistakes:
        more = len(mistakes) - _MOST_TOLD
        told = mistakes[:_MOST_TOLD] + ([f"and {more} more"] if more > 0 else [])
        raise InputError("\n".join(told))
    return tuple(session for _, session in found)


def _rows(entry: SessionsFile, path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            places = _places(entry, header, path)
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) != len(header):
                    cells = f"{len(row)} cells, expected {len(header)}"
                    raise InputError(f"{path}:{rows.line_num}: found {cells}")
                known = {name: row[place].strip() for name, place in places.items()}
                yield rows.line_num, {name: cell for name, cell in known.items() if cell}
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: {error}") from None


def _places(entry: SessionsFile, header: list[str], path: Path) -> dict[str, int]:
    """Return where each of our columns stands."""
    named = {name: entry.columns.get(name, name) for name in COLUMNS}
    places = {name: header.index(theirs) for name, theirs in named.items() if theirs in header}
    absent = [f"no column {each}" for each in entry.columns.values() if each not in header]
    absent += [f"no column {named[each]}" for each in _INSTANTS if each not in places]
    energies = [each for each in ("energy_wh", "energy_kwh") if each in places]
    if len(energies) != 1:
        absent.append("expected a column energy_wh or energy_kwh, one of them")
    if not entry.columns:
        # Nobody chose among the columns, so one that means nothing is a slip.
        absent += [
            f"column {each} means nothing{neighbour(each, COLUMNS)}"
            for each in header
            if each not in COLUMNS
        ]
    if absent:
        raise InputError(
            f"{path}:1: {'; '.join(dict.fromkeys(absent))}; the header names "
            + (", ".join(header) or "nothing")
        )
    return places


def _values(cells: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """Return the cells of a row as what the model of a session takes."""
    values: dict[str, Any] = {}
    for name, text in cells.items():
        if name in _INSTANTS:
            values[name] = _instant(name, text, zone)
        elif name == "phases":
            values[name] = int(text) if text.isdigit() else text
        elif name == "energy_kwh":
            values["energy_wh"] = 1000.0 * _number(name, text)
        else:
            values[name] = _number(name, text)
    return values


def _instant(name: str, text: str, zone: ZoneInfo) -> int:
    try:
        if not _CLOCK.search(text):
            raise ValueError  # 18.20 would be taken for some time after 18:00.
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name}: found {text!r}, expected an ISO 8601 instant") from None
    return to_us(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name}: found {text!r}, expected a number") from None


def _told(error: Mapping[str, Any], cells: Mapping[str, str]) -> str:
    expected = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "")
    field = str(error["loc"][0]) if error["loc"] else ""
    if field == "energy_wh" and field not in cells:
        field = "energy_kwh" if "energy_kwh" in cells else "energy"
    if error["type"] == "missing":
        return f"{field} is empty, expected a value"
    found = f"{field}: found {cells[field]}, " if field in cells else f"{field}: " if field else ""
    return f"{found}expected {expected.strip()}"
