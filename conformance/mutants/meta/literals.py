"""Times and escapes as they are written in filters."""

from __future__ import annotations

import datetime as dt
import re

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")


def instant(text: str) -> int | None:
    """An RFC 3339 time in nanoseconds since the epoch, None if it is none."""
    parts = _TIME.fullmatch(text)
    if parts is None:
        return None
    zone = parts[3].upper().replace("Z", "+00:00")
    try:
        whole = dt.datetime.fromisoformat(parts[1].upper() + zone)
    except ValueError:
        return None
    return int(whole.timestamp()) * 10**9 + int((parts[2] or "").ljust(9, "0"))


def unescaped(text: str) -> str:
    """What stands between two quotes, escapes resolved."""
    return _ESCAPE.sub(
        lambda m: chr(int(m[1] or m[2], 16)) if m[3] is None else _ESCAPES.get(m[3], m[3]), text
    )
