"""Timestamps of the wire and microseconds since the epoch, there and back.

The wire counts nanoseconds, we count microseconds: an instant is rounded down, a bound that is
excluded or included is rounded up, so that comparisons in microseconds stay exact.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from simulator.services.errors import invalid, shown

SECOND_US: Final = 1_000_000
SECOND_NS: Final = 1_000_000_000
MIN_US: Final = -62_135_596_800 * SECOND_US
"""Start of year 1, the first instant of a protobuf Timestamp."""
MAX_US: Final = 253_402_300_800 * SECOND_US - 1
"""End of year 9999, the last one."""
LONGEST_S: Final = 315_576_000_000
"""Bound of google.protobuf.Duration: 10,000 years."""
_RFC_3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
    r"(?:[Zz]|([+-])(\d\d):(\d\d))",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def checked(timestamp: Any, field: str) -> Any:
    """Return the timestamp if it denotes an instant of the years 1 to 9999.

    Raises:
        ServiceError: INVALID_ARGUMENT, naming `field`.
    """
    if not 0 <= timestamp.nanos <= 999_999_999:
        raise invalid(f"{field}.nanos: {timestamp.nanos} is not within 0 to 999999999")
    if not MIN_US <= timestamp.seconds * SECOND_US <= MAX_US:
        raise invalid(f"{field}.seconds: {timestamp.seconds} is not within the years 1 to 9999")
    return timestamp


def floor_us(timestamp: Any) -> int:
    """Return a checked timestamp in microseconds, rounded down."""
    return int(timestamp.seconds * SECOND_US + timestamp.nanos // 1000)


def bound_us(timestamp: Any) -> int:
    """Return a checked timestamp in microseconds, rounded up: the same bound for whole ones."""
    return int(timestamp.seconds * SECOND_US - -timestamp.nanos // 1000)


def write(timestamp: Any, t_us: int) -> None:
    """Set a timestamp message to an instant, also if it is the epoch."""
    timestamp.SetInParent()
    timestamp.seconds, rest_us = divmod(t_us, SECOND_US)
    timestamp.nanos = rest_us * 1000


def duration_us(duration: Any, field: str) -> int:
    """Return a Duration of at least 0, rounded down to microseconds.

    Raises:
        ServiceError: INVALID_ARGUMENT, naming `field`.
    """
    if not (0 <= duration.seconds <= LONGEST_S and 0 <= duration.nanos <= 999_999_999):
        raise invalid(f"{field}: {shown(duration.seconds)} s is not a duration of at least 0")
    return int(duration.seconds * SECOND_US + duration.nanos // 1000)


def nearest_second(t_us: int) -> int:
    """Return the instant rounded to a whole second, halves to the even one."""
    seconds, rest_us = divmod(t_us, SECOND_US)
    up = rest_us > SECOND_US // 2 or (rest_us == SECOND_US // 2 and seconds % 2 == 1)
    return (seconds + up) * SECOND_US


def parse_ns(text: str) -> int | None:
    """Return an RFC 3339 date and time in nanoseconds since the epoch.

    None: the text is none, or the instant is not within the years 1 to 9999.
    """
    found = _RFC_3339.fullmatch(text)
    if found is None:
        return None
    fraction, sign, hours, minutes = found.group(7, 8, 9, 10)
    if sign and not (int(hours) < 24 and int(minutes) < 60):
        return None
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        year, month, day, hour, minute, second = map(int, found.groups()[:6])
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        moment = local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * SECOND_NS + int((fraction or "").ljust(9, "0"))


def to_ns(timestamp: Any) -> int:
    """Return a timestamp message in nanoseconds since the epoch."""
    return int(timestamp.seconds * SECOND_NS + timestamp.nanos)
