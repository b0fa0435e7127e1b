"""Instants of the exchange API: texts and time units to nanoseconds since the epoch, and back.

Reading is tolerant, so that an odd form is one finding and not a hundred; `is_iso` is strict.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

UNITS_NS = {
    "SECONDS": 1_000_000_000,
    "MILLISECONDS": 1_000_000,
    "MICROSECONDS": 1_000,
    "NANOSECONDS": 1,
}
"""Length of each time unit in nanoseconds (Timestream, WriteRecords)."""

FIRST_NS = -(2**63)
LAST_NS = 2**63 - 1
"""What a signed number of 64 bits holds: 1677-09-21 to 2262-04-11."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|UTC|\+00:?00)?"
)
_STRICT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)")
_SQL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}")


def instant(text: str | None) -> int | None:
    """Nanoseconds since the epoch of an ISO 8601 or SQL text in UTC; None if it is none."""
    match = _ISO.fullmatch(text.strip()) if text else None
    if match is None:
        return None
    try:
        at = datetime(*(int(part) for part in match.groups()[:6]), tzinfo=UTC)  # type: ignore[arg-type, misc]  # six numbers
    except ValueError:
        return None
    fraction = int((match[7] or "0").ljust(9, "0"))
    return _whole_seconds(at) * 1_000_000_000 + fraction


def is_iso(text: str) -> bool:
    """Whether a text is an instant in the form of ISO 8601, in UTC and saying so."""
    return bool(_STRICT.fullmatch(text)) and instant(text) is not None


def is_sql_timestamp(text: str) -> bool:
    """Whether a text is a TIMESTAMP as Timestream writes it: nine digits, no zone."""
    return bool(_SQL.fullmatch(text)) and instant(text) is not None


def iso(ns: int, *, digits: int = 3) -> str:
    """An instant as ISO 8601 in UTC with so many digits of the fraction; the rest is cut off."""
    seconds, fraction = divmod(ns, 1_000_000_000)
    text = _at(seconds).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{fraction:09d}"[: 20 + digits] + "Z"


def sql(ns: int) -> str:
    """An instant as Timestream's SQL writes and reads it."""
    return iso(ns, digits=9)[:-1].replace("T", " ")


def in_unit(ns: int, unit: str) -> str:
    """The time of a record: the number of units as text.

    Raises:
        ValueError: the instant is no whole number of units (a fault of the check).
    """
    number, rest = divmod(ns, UNITS_NS[unit])
    if rest:
        raise ValueError(f"{ns} ns is no whole number of {unit}")
    return str(number)


def of_unit(text: str, unit: str | None) -> int | None:
    """Nanoseconds since the epoch of a record's time; None if it is no integer or out of range."""
    if not re.fullmatch(r"-?\d{1,20}", text):
        return None
    ns = int(text) * UNITS_NS[unit or "MILLISECONDS"]
    return ns if FIRST_NS <= ns <= LAST_NS else None


def _whole_seconds(at: datetime) -> int:
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86400 + delta.seconds


def _at(seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
