"""What a literal of a filter means for what it is compared with.

Quoted or not, a literal is text for a text field, a state's name for an enum and an instant for a
timestamp. Inside JSON the spelling counts: what is quoted is text and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from fixtures.documents.names import neighbour
from simulator.services.errors import shown
from simulator.services.instants import parse_ns
from simulator.services.tasks.filters.errors import FilterError
from simulator.services.tasks.filters.syntax import Word

TextTest = Callable[[str], bool]

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
CONSTANTS: Final = {"true": True, "false": False, "null": None}
"""Names that are no text inside JSON."""


def instant_ns(word: Word) -> int:
    """Return the instant that a literal denotes, in nanoseconds since the epoch.

    A date's is its midnight in UTC.

    Raises:
        FilterError: neither a date nor a date and time of RFC 3339.
    """
    text = f"{word.text}T00:00:00Z" if _DATE.fullmatch(word.text) else word.text
    found_ns = parse_ns(text)
    if found_ns is None:
        example = "2026-01-31T12:00:00Z"
        raise FilterError(f"needs a time like {example}, found {shown(word.text)}", word.column)
    return found_ns


def member(word: Word, enum: Any) -> int:
    """Return the number of an enum's value that a literal names exactly.

    Raises:
        FilterError: it names none.
    """
    known = {value.name: value.number for value in enum.values}
    if word.kind in ("name", "quoted") and word.text in known:
        return int(known[word.text])
    hint = neighbour(word.text, known)
    raise FilterError(f"{shown(word.text)} is no {enum.name}{hint}", word.column)


def equal_text(word: Word) -> TextTest:
    """Return the test for texts that a literal equals; its stars stand for any text."""
    if len(word.pieces) == 1:
        return word.text.__eq__
    first, *between, last = word.pieces

    def test(text: str) -> bool:
        start, end = len(first), len(text) - len(last)
        if start > end or not (text.startswith(first) and text.endswith(last)):
            return False
        # The earliest place of each piece is as good as any.
        for piece in between:
            found = text.find(piece, start, end)
            if found < 0:
                return False
            start = found + len(piece)
        return True

    return test
