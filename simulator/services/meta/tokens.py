"""The text of page tokens: `<l|r>.<i|e>.<O|S|C>.<value>`, a place in a list and where to go on.

Published Go clients parse the tokens that they are given, so this grammar is part of the API,
though seed 003 calls tokens opaque. What a value means is said in `paging`.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulator.services.errors import invalid

LONGEST: Final = 64 * 1024
"""Characters (our choice); any token of ours is shorter."""
MOST_ITEMS: Final = 2**31 - 1
"""The largest number of items that a token may tell."""

_TOKEN: Final = re.compile(r"([lrLR])\.([ieIE])\.([OSC])\.(.*)", re.DOTALL)
_NUMBER: Final = re.compile("[0-9]{1,10}")

Value: TypeAlias = int | bytes | Mapping[bytes, bytes]
"""A number of items (O), an encoded resource (S), or pairs (C)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A token, taken apart."""

    forward: bool
    """`r`: the items that follow; `l`: those before."""
    inclusive: bool
    """`i`: the item at the place belongs to them."""
    value: Value

    def __str__(self) -> str:
        way, edge = "r" if self.forward else "l", "i" if self.inclusive else "e"
        return f"{way}.{edge}.{_printed(self.value)}"


def parse(text: str) -> Token:
    """Return the token that a text spells, which has no other spelling but upper case.

    Raises:
        ServiceError: INVALID_ARGUMENT, it spells none.
    """
    match = _TOKEN.fullmatch(text) if len(text) <= LONGEST else None
    value = None if match is None else _value(match[3], match[4])
    if match is None or value is None:
        raise invalid("page_token: is not of the form <l|r>.<i|e>.<O|S|C>.<value>")
    return Token(forward=match[1] in "rR", inclusive=match[2] in "iI", value=value)


def _value(letter: str, text: str) -> Value | None:
    if letter == "O":
        number = int(text) if _NUMBER.fullmatch(text) else None
        return None if number is None or number > MOST_ITEMS else number
    if letter == "S":
        return _bytes(text)
    pairs = {}
    for pair in text.split(","):
        first, colon, second = pair.partition(":")
        key, value = _bytes(first), _bytes(second)
        if not colon or key is None or value is None or key in pairs:
            return None
        pairs[key] = value
    return pairs


def _printed(value: Value) -> str:
    if isinstance(value, int):
        return f"O.{value}"
    if isinstance(value, bytes):
        return f"S.{_text(value)}"
    return "C." + ",".join(f"{_text(key)}:{_text(each)}" for key, each in value.items())


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _bytes(text: str) -> bytes | None:
    """Decode the one spelling that `_text` prints, and nothing else."""
    try:
        value = b64decode(text, validate=True)
    except ValueError:
        return None
    return value if _text(value) == text else None
