"""What one event of a calendar says: when, how long, and the dispatch that it stands for.

`X-GRIDPROOF-…` properties say it exactly; SUMMARY, CATEGORIES and DESCRIPTION, which every calendar
program can edit, say the same in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import icalendar

from fixtures.documents.names import neighbour
from fixtures.documents.yaml_lines import YamlError
from fixtures.documents.yaml_lines import read as read_yaml
from simulator.microgrid.scenario_base import to_us
from simulator.microgrid.vocabulary import PREFIX, TYPES

from .calendar_lines import Block, Line

# Parts of the library have no types; named Any here, so that this goes no further.
vDDDTypes: Any = icalendar.vDDDTypes
vDuration: Any = icalendar.vDuration

X = "X-GRIDPROOF-"
REFUSED = {
    "EXRULE": "EXRULE was taken out of the standard; expected EXDATE",
}
_FIELDS = {
    "type": (f"{X}TYPE", "SUMMARY"),
    "target": (f"{X}TARGET", "CATEGORIES"),
    "payload": (f"{X}PAYLOAD", "DESCRIPTION"),
    "id": (f"{X}ID",),
    "is_dry_run": (f"{X}DRY-RUN", "STATUS"),
    "is_active": ("STATUS",),
}
"""Where each key of a dispatch stands, the first one present."""
_FLAGS = {"TRUE": True, "FALSE": False}
_WORD = re.compile(r"[\w.]+")


class EventError(ValueError):
    """A line that cannot be taken; the text says what was expected."""

    def __init__(self, line: int, text: str) -> None:
        """Keep the number of the line."""
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A date or a time on the wall of a zone."""

    wall: datetime
    zone: tzinfo
    is_date: bool

    @property
    def t_us(self) -> int:
        """The instant; a time that the clocks leave out counts as before the change (RFC 5545)."""
        return to_us(self.wall.replace(tzinfo=self.zone))


@dataclass(frozen=True, kw_only=True, slots=True)
class Length:
    """How long an event lasts: days on the calendar, then exact seconds."""

    days: int
    seconds: int

    def of(self, wall: datetime, zone: tzinfo) -> int:
        """Return the exact seconds of an occurrence that starts at a time on the wall."""
        start = to_us(wall.replace(tzinfo=zone))
        end = to_us((wall + timedelta(days=self.days)).replace(tzinfo=zone))
        return (end - start) // 1_000_000 + self.seconds


def moments(line: Line, zone: tzinfo) -> list[Moment]:
    """Return the dates or times of a property; those without a zone of their own are in `zone`.

    Raises:
        EventError: no dates, or an unknown zone.
    """
    tzid = line.parameters.get("TZID")
    found = []
    for text in line.value.split(","):
        try:
            value = vDDDTypes.from_ical(text, tzid)
        except (ValueError, KeyError, TypeError):
            value = None
        if not isinstance(value, date):
            raise EventError(line.number, f"found {text!r}, expected a date or a date with a time")
        if not isinstance(value, datetime):
            wall = datetime.combine(value, time())
            found.append(Moment(wall=wall, zone=zone, is_date=True))
        elif value.tzinfo is not None:
            wall = value.replace(tzinfo=None)
            found.append(Moment(wall=wall, zone=value.tzinfo, is_date=False))
        elif tzid is None:
            found.append(Moment(wall=value, zone=zone, is_date=False))
        else:
            raise EventError(
                line.number,
                f"found the zone {tzid!r}, expected one of the IANA database or a VTIMEZONE for it",
            )
    return found


def length(event: Block, start: Moment, zone: tzinfo) -> Length:
    """Return how long an event lasts; without an end a day lasts a day, a time no time.

    Raises:
        EventError: an end before the start, or none that can be read.
    """
    end, duration = event.one("DTEND"), event.one("DURATION")
    if end is not None and duration is not None:
        raise EventError(duration.number, "expected DTEND or DURATION, not both")
    if duration is not None:
        try:
            exact: timedelta = vDuration.from_ical(duration.value)
        except (ValueError, TypeError):
            raise EventError(
                duration.number, f"found {duration.value!r}, expected a length such as PT1H"
            ) from None
        # The library no longer tells PT24H from P1D; on days with 25 hours they differ.
        on_calendar = exact.days if re.search("[DW]", duration.value.upper()) else 0
        rest = exact - timedelta(days=on_calendar)
        found = Length(days=on_calendar, seconds=rest // timedelta(seconds=1))
        number = duration.number
    elif end is not None:
        (last,) = moments(end, zone) or [start]
        if last.is_date != start.is_date:
            raise EventError(end.number, "expected a date beside a date, a time beside a time")
        if start.is_date:
            found = Length(days=(last.wall - start.wall).days, seconds=0)
        else:
            found = Length(days=0, seconds=(last.t_us - start.t_us) // 1_000_000)
        number = end.number
    else:
        return Length(days=1 if start.is_date else 0, seconds=0)
    if found.days < 0 or found.seconds < 0:
        raise EventError(number, "expected an end after the start")
    return found


def dispatch_of(event: Block) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the keys of a dispatch without its times, and the line of each.

    Raises:
        EventError: something in a line cannot be taken.
    """
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, names in _FIELDS.items():
        line = next((found for name in names if (found := event.one(name)) is not None), None)
        if line is not None and (value := _READERS[key](line)) is not None:
            values[key], lines[key] = value, line.number
    summary = event.one("SUMMARY")
    payload = values.get("payload", {})
    if summary is not None and isinstance(payload, dict) and "note" not in payload:
        words = summary.text.strip()
        note = words if event.one(f"{X}TYPE") else words[len(str(values["type"])) :].strip(" :-–")
        if note:
            values["payload"] = {**payload, "note": note}
            lines.setdefault("payload", summary.number)
    return values, lines


def strangers(event: Block) -> Iterator[EventError]:
    """Yield what an event holds that no dispatch can follow."""
    for line in event.lines:
        if line.name in REFUSED:
            yield EventError(line.number, REFUSED[line.name])
        known = [name for names in _FIELDS.values() for name in names if name.startswith(X)]
        if line.name.startswith(X) and line.name not in known:
            yield EventError(
                line.number, f"unknown property {line.name}{neighbour(line.name, known)}"
            )
        if line.name == "RECURRENCE-ID" and "RANGE" in line.parameters:
            yield EventError(
                line.number, "RANGE=THISANDFUTURE is not taken; expected an event of its own"
            )
        if line.name == "RDATE" and line.parameters.get("VALUE", "").upper() == "PERIOD":
            yield EventError(line.number, "VALUE=PERIOD is not taken; expected dates with times")


def _type(line: Line) -> str:
    text = line.text.strip()
    if line.name != "SUMMARY":
        return text
    match = _WORD.match(text)
    word = match[0] if match else ""
    if word.removeprefix(PREFIX) not in TYPES:
        hint = neighbour(word, list(TYPES))
        raise EventError(
            line.number,
            f"SUMMARY: found {text!r}, expected a dispatch type as its first word "
            f"({', '.join(TYPES)}), or {X}TYPE{hint}",
        )
    return word


def _target(line: Line) -> dict[str, Any]:
    if line.name != "CATEGORIES" and line.text.lstrip().startswith("{"):
        return _json(line)
    words = [each.strip() for each in line.text.split(",") if each.strip()]
    if not words:
        raise EventError(line.number, f"{line.name}: expected ids or categories of components")
    if all(word.isdigit() for word in words):
        return {"component_ids": [int(word) for word in words]}
    if any(word.isdigit() for word in words):
        raise EventError(line.number, f"{line.name}: expected ids or categories, not both")
    names = [word.lower().replace(" ", "_") for word in words]
    if not any("/" in name for name in names):
        return {"component_categories": names}
    pairs = [name.partition("/") for name in names]
    return {
        "component_categories_types": [
            {"category": category, **({"type": kind} if kind else {})}
            for category, _, kind in pairs
        ]
    }


def _payload(line: Line) -> dict[str, Any]:
    if line.name != "DESCRIPTION":
        return _json(line)
    try:
        value = read_yaml(line.text).value
    except YamlError:
        value = line.text
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise EventError(
            line.number,
            f"DESCRIPTION: expected the payload as lines such as power_w: 2000, or {X}PAYLOAD",
        )
    return value


def _json(line: Line) -> dict[str, Any]:
    try:
        value = json.loads(line.text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise EventError(line.number, f"{line.name}: expected a JSON object")
    return value


def _number(line: Line) -> int:
    text = line.text.strip()
    if not text.isdigit():
        raise EventError(line.number, f"{line.name}: found {text!r}, expected a number above 0")
    return int(text)


def _dry_run(line: Line) -> bool:
    text = line.text.strip().upper()
    if line.name == "STATUS":
        return text == "TENTATIVE"
    if text not in _FLAGS:
        raise EventError(line.number, f"{line.name}: found {text!r}, expected TRUE or FALSE")
    return _FLAGS[text]


def _active(line: Line) -> bool:
    return line.text.strip().upper() != "CANCELLED"


_READERS = {
    "type": _type,
    "target": _target,
    "payload": _payload,
    "id": _number,
    "is_dry_run": _dry_run,
    "is_active": _active,
}
