"""Reads the schedule in a file, whichever form the file has."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from fixtures.documents.problems import DocumentError, Problem
from simulator.microgrid.scenario_dispatch import DispatchEntry
from simulator.microgrid.scenario_file import load_dispatches

_SUFFIXES = (".ics", ".ical", ".icalendar")


def is_calendar(path: Path) -> bool:
    """Whether a file is a calendar: by its suffix, or by how it begins."""
    if path.suffix.lower() in _SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(b"BEGIN:VCALENDAR")
    except OSError:
        return False  # whoever reads the file says what is wrong with it


def load_schedule(
    path: Path, *, zone: ZoneInfo, start_us: int, end_us: int
) -> tuple[DispatchEntry, ...]:
    """Return the dispatches in a file.

    Args:
        path: YAML or JSON in the form of the API, or a calendar.
        zone: where times of a calendar without a zone of their own are read.
        start_us: begin of the run; what ended before is left out of a calendar.
        end_us: end of the run; a calendar is worked out that far.

    Raises:
        DocumentError: lists every mistake with its line.
    """
    if not is_calendar(path):
        return load_dispatches(path)
    try:
        from .calendar_file import load_calendar
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("icalendar", "dateutil"):
            raise
        text = "a calendar needs icalendar: pip install gridproof[ical]"
        raise DocumentError([Problem(file=str(path), line=0, field="", text=text)]) from None

    return load_calendar(path, zone=zone, start_us=start_us, end_us=end_us)
