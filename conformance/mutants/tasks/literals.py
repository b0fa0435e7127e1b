"""Literals of filters: what their texts mean, and how values compare with them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from conformance.mutants.tasks.book import Refuse, invalid

ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
EQUAL, UNEQUAL = ("=", "=="), ("!=", "<>")
Token = tuple[str, str]
"""Kind and text."""

ABSENT = object()
"""The value at the end of a path that leads nowhere."""


def bad(text: str, at: int = 0) -> Refuse:
    """The refusal of a filter."""
    return invalid("filter", f"at {at + 1}: {text}", "FILTER_INVALID")


def leaf(found: Any, sign: str, value: Token) -> bool:
    """Whether a value of a Struct compares as asked with a literal."""
    kind, text = value
    if found is ABSENT:
        return False
    if isinstance(found, str):
        if sign in (*EQUAL, *UNEQUAL):
            return stars(text)(found) != (sign in UNEQUAL)
        return ORDERED[sign](found, text.replace("\\*", "*"))
    if isinstance(found, int | float) and not isinstance(found, bool) and kind == "number":
        return ORDERED[sign](found, float(text))
    words = {"true": True, "false": False, "null": None}
    same = kind == "word" and text in words and found is words[text]
    return same if sign in EQUAL else sign in UNEQUAL and not same


def stars(text: str) -> Callable[[str], bool]:
    """Whether a text fits one with stars for anything."""
    parts = re.split(r"(\\\*|\*)", text)
    form = "".join(".*" if part == "*" else re.escape(part.replace("\\*", "*")) for part in parts)
    whole = re.compile(form, re.DOTALL)
    return lambda found: whole.fullmatch(found) is not None


def instant(text: str) -> int:
    """Nanoseconds of a time in RFC 3339."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d)?(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", text)
    if found is None or bool(found[2]) != bool(found[4]):
        raise bad(f"{text!r} is no time")
    try:
        zone = "+00:00" if found[4] in (None, "Z") else found[4]
        moment = datetime.fromisoformat(f"{found[1]}{found[2] or 'T00:00:00'}{zone}")
    except ValueError:
        raise bad(f"{text!r} is no time") from None
    seconds = int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return seconds * 1_000_000_000 + int((found[3] or "0")[:9].ljust(9, "0"))


def unquoted(text: str) -> str:
    """What stands between quotes; escapes of stars stay for later."""
    inner = text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return re.sub(r"\\([^*])", r"\1", inner)


def snake(name: str) -> str:
    """A name in snake_case, whichever way it was written."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower() if name != name.upper() else name
