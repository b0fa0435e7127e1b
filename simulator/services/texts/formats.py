"""The formats that an input schema asserts: date, date-time, time, email, uri, uuid.

Dates and times are those of RFC 3339, addresses those of RFC 5321 without quoting, URIs are
absolute ones of RFC 3986. Other formats are annotations, as draft 2020-12 has it. Source: seed 001
names the dialect; which formats are asserted is our choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time

from jsonschema import FormatChecker

__all__ = ["FORMATS", "format_checker"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-]([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_LONGEST_EMAIL = 254
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
    r"(?:#(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def is_date(text: str) -> bool:
    """Tell whether a text is a full-date of RFC 3339 that the calendar has."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Tell whether a text is a full-time of RFC 3339; a leap second only where UTC may have one."""
    found = _TIME.fullmatch(text)
    if not found:
        return False
    hour, minute, second = (int(each) for each in found.groups()[:3])
    if second == 60:
        shift = 0
        if found[4]:
            sign = -1 if "-" in text else 1
            shift = sign * (60 * int(found[4]) + int(found[5]))
        return (60 * hour + minute - shift) % 1440 == 1439 and hour < 24 and minute < 60
    try:
        time(hour, minute, second)
    except ValueError:
        return False
    return True


def is_date_time(text: str) -> bool:
    """Tell whether a text is a date-time of RFC 3339."""
    return text[10:11] in {"T", "t"} and is_date(text[:10]) and is_time(text[11:])


def is_email(text: str) -> bool:
    """Tell whether a text is one mailbox: a dotted local part, one `@`, a host name."""
    return len(text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """Tell whether a text has a scheme and only characters that a URI may have."""
    return _URI.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID in its five groups."""
    return _UUID.fullmatch(text) is not None


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": is_date_time,
    "time": is_time,
    "email": is_email,
    "uri": is_uri,
    "uuid": is_uuid,
}
"""The asserted formats by name."""


def format_checker() -> FormatChecker:
    """Return a checker of `FORMATS` alone; what is no text conforms to every format."""
    checker = FormatChecker(formats=())
    for name, test in FORMATS.items():
        checker.checks(name)(_texts_only(test))
    return checker


def _texts_only(test: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or test(value)
