"""Statements as tokens; a number directly followed by a unit is a duration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.mutants.exchange.book import Refuse

UNITS: Mapping[str, int] = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86_400 * 10**9,
}

_PATTERN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<duration>\d+(?:ns|us|ms|s|m|h|d)(?![A-Za-z0-9_]))
  | (?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<text>'(?:[^']|'')*')
  | (?P<sign><>|!=|<=|>=|\|\||::|->|[-+*/%<>=(),.;\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A token; `text` is without quotes."""

    kind: str
    text: str

    def says(self, *words: str) -> bool:
        """Whether it is one of these words or signs."""
        return self.kind in ("word", "sign") and self.text.upper() in words


END = Token("end", "")


def bad(text: str) -> Refuse:
    """The refusal of a statement."""
    return Refuse("ValidationException", text)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a statement.

    Raises:
        Refuse: a character that begins none.
    """
    found, at = [], 0
    while at < len(text):
        match = _PATTERN.match(text, at)
        if match is None:
            raise bad(f"line 1:{at + 1}: mismatched input {text[at]!r}")
        kind, value = str(match.lastgroup), match[0]
        if kind in ("quoted", "text"):
            value = value[1:-1].replace(value[0] * 2, value[0])
        if kind != "space":
            found.append(Token(kind, value))
        at = match.end()
    return found


def duration_ns(text: str) -> int:
    """The nanoseconds of `5m`."""
    number = re.match(r"\d+", text)
    assert number is not None
    return int(number[0]) * UNITS[text[number.end() :]]
