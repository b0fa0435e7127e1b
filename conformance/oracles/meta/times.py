"""Timestamps as filters and JSON write them: RFC 3339, in nanoseconds since the epoch here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

SECOND_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))"
)


def parse_time(text: str) -> int:
    """Nanoseconds since the epoch, offsets normalised.

    Raises:
        ValueError: not a date with time and zone, or no such moment.
    """
    found = _TIME.fullmatch(text)
    if found is None or not text.isascii():
        raise ValueError(f"{text!r} is not an RFC 3339 time")
    *parts, fraction, sign, hours, minutes = found.groups()
    moment = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[misc, arg-type]
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    if sign:
        if int(hours) > 23 or int(minutes) > 59:
            raise ValueError(f"{text!r} has no such offset")
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds -= offset if sign == "+" else -offset
    return seconds * SECOND_NS + int((fraction or "").ljust(9, "0"))


def format_time(at_ns: int, *, offset_minutes: int = 0) -> str:
    """The time in RFC 3339, as short as it can be said; with an offset of 0 it ends with Z."""
    seconds, fraction = divmod(at_ns, SECOND_NS)
    local = _EPOCH + timedelta(seconds=seconds + offset_minutes * 60)
    text = local.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    if fraction:
        text += f".{fraction:09}".rstrip("0")
    if not offset_minutes:
        return text + "Z"
    hours, minutes = divmod(abs(offset_minutes), 60)
    return f"{text}{'+' if offset_minutes > 0 else '-'}{hours:02}:{minutes:02}"
