"""Instants, days and durations as texts: read from literals, written for results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from simulator.services.exchange.errors import bad_sql

NANOSECONDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "nanosecond": 1,
        "microsecond": 1000,
        "millisecond": 10**6,
        "second": 10**9,
        "minute": 60 * 10**9,
        "hour": 3600 * 10**9,
        "day": 86_400 * 10**9,
        "week": 7 * 86_400 * 10**9,
    }
)
"""How long a unit is, where that is always the same."""
MONTHS: Final[Mapping[str, int]] = MappingProxyType({"month": 1, "quarter": 3, "year": 12})
"""How many months a unit is."""

DAY: Final = NANOSECONDS["day"]
_LARGEST: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"(?: ?(Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?"
)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")


def instant(text: str) -> int:
    """Return the nanoseconds since 1970 that a text denotes; without a zone it is UTC.

    Raises:
        ExchangeError: ValidationException, it is no instant that 64 bits can hold.
    """
    match = _INSTANT.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        day, hour, minute, second, fraction, zone = match.groups()
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), _zone(zone))
        offset = timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))
        if max(int(hour or 0) // 24, int(minute or 0) // 60, int(second or 0) // 60):
            raise ValueError
        whole = (midnight + offset - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise bad_sql(f"'{text[:60]}' is not a timestamp.") from None
    return _bounded(whole * 10**9 + int((fraction or "").ljust(9, "0")), text)


def day(text: str) -> date:
    """Return the day that a text denotes, refused as `instant` does."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise bad_sql(f"'{text[:60]}' is not a date.") from None


def clock(text: str) -> int:
    """Return the nanoseconds since midnight that a text denotes, refused as `instant` does."""
    match = _CLOCK.fullmatch(text.strip())
    hour, minute, second = (int(each or 0) for each in match.groups()[:3]) if match else (24, 0, 0)
    if match is None or hour > 23 or minute > 59 or second > 59:
        raise bad_sql(f"'{text[:60]}' is not a time of day.")
    whole = hour * 3600 + minute * 60 + second
    return whole * 10**9 + int((match[4] or "").ljust(9, "0"))


def duration(text: str, unit: str) -> int:
    """Return the nanoseconds of a number, given as text, of units of fixed length.

    Raises:
        ExchangeError: ValidationException, it is no such number, or 64 bits cannot hold it.
    """
    match = re.fullmatch(r"([+-]?)(\d{0,20})(?:\.(\d{1,20}))?", text.strip())
    if match is None or not (match[2] or match[3]):
        raise bad_sql(f"'{text[:60]}' is not a number of {unit}s.")
    fraction = match[3] or ""
    scaled = int((match[2] or "0") + fraction) * NANOSECONDS[unit] // 10 ** len(fraction)
    return _bounded(-scaled if match[1] == "-" else scaled, text)


def instant_text(ns: int) -> str:
    """Return `YYYY-MM-DD hh:mm:ss.nnnnnnnnn` (Timestream)."""
    seconds, rest = divmod(ns, 10**9)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.isoformat(' ')[:19]}.{rest:09d}"


def clock_text(ns: int) -> str:
    """Return `hh:mm:ss.nnnnnnnnn`."""
    seconds, rest = divmod(ns, 10**9)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{rest:09d}"


def duration_text(ns: int) -> str:
    """Return `days hh:mm:ss.nnnnnnnnn`, Trino's form with Timestream's precision."""
    days, rest = divmod(abs(ns), DAY)
    return f"{'-' if ns < 0 else ''}{days} {clock_text(rest)}"


def months_text(months: int) -> str:
    """Return `years-months` (Trino)."""
    years, rest = divmod(abs(months), 12)
    return f"{'-' if months < 0 else ''}{years}-{rest}"


def double_text(value: float) -> str:
    """Return a number as Timestream prints it: shortest digits, from 1E7 on with an exponent."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    places = "".join(map(str, digits))
    power = int(exponent) + len(places) - 1
    return f"{'-' if sign else ''}{places[0]}.{places[1:] or '0'}E{power}"


def _zone(text: str | None) -> timezone:
    if text in (None, "Z", "UTC"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    numbers = text[1:].replace(":", "").ljust(4, "0")
    return timezone(sign * timedelta(hours=int(numbers[:2]), minutes=int(numbers[2:])))


def _bounded(ns: int, text: str) -> int:
    if abs(ns) > _LARGEST:
        raise bad_sql(f"'{text[:60]}' is out of the range of 64 bits of nanoseconds.")
    return ns
