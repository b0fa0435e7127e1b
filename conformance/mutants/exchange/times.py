"""Instants as texts: ISO 8601 and Timestream's form, in as many digits as they need."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)


def iso(instant_ns: int) -> str:
    """`2026-01-01T00:00:00.000Z`, with 3, 6 or 9 digits behind the point."""
    whole, fraction = divmod(instant_ns, 10**9)
    digits = f"{fraction:09d}"
    while len(digits) > 3 and digits.endswith("000"):
        digits = digits[:-3]
    return f"{EPOCH + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}.{digits}Z"


def timestream(instant_ns: int) -> str:
    """`2026-01-01 00:00:00.000000000`."""
    whole, fraction = divmod(instant_ns, 10**9)
    return f"{EPOCH + timedelta(seconds=whole):%Y-%m-%d %H:%M:%S}.{fraction:09d}"


def from_iso(text: str) -> int:
    """Nanoseconds since 1970; UTC where the text names no offset.

    Raises:
        ValueError: not an instant.
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return from_date(text)
    day, clock, fraction, zone = found.groups()
    if zone in (None, "Z", "z"):
        zone = "+00:00"
    at = datetime.fromisoformat(f"{day}T{clock}{zone}")
    return seconds(at) * 10**9 + int((fraction or "").ljust(9, "0"))


def from_date(text: str) -> int:
    """Midnight of a date.

    Raises:
        ValueError: not a date.
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()):
        raise ValueError(f"{text!r} is not an instant")
    return seconds(datetime.fromisoformat(f"{text.strip()}T00:00:00+00:00")) * 10**9


def seconds(at: datetime) -> int:
    """Whole seconds since 1970."""
    return (at - EPOCH) // timedelta(seconds=1)


def at(instant_ns: int) -> datetime:
    """An instant without its fraction."""
    return EPOCH + timedelta(seconds=instant_ns // 10**9)
