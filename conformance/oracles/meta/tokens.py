"""The text form of page tokens that the published Go client decodes; anything else breaks it.

`<direction>.<inclusion>.<kind>.<value>`: r or l, i or e, then O with a decimal offset, S with the
base64 of the boundary resource, or C with a list of base64 pairs. Values are only decoded as far as
no contract is needed; that an S token holds the resource is for the caller to see.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from conformance.oracles.model import Violation

RULES: Mapping[str, str] = {"token": "META-PAG-007"}
"""Which requirement the code breaks."""

TokenKind = Literal["O", "S", "C"]
_TOKEN = re.compile(r"([lr])\.([ie])\.([OSC])\.(.*)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z0-9+/]*=*):([A-Za-z0-9+/]*=*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A page token, decoded.

    Attributes:
        forward: direction r.
        inclusive: i, the boundary itself is on the page.
        kind: O, S or C.
        value: the offset as an int, the bytes of the boundary, or a mapping of byte strings.
    """

    forward: bool
    inclusive: bool
    kind: TokenKind
    value: int | bytes | Mapping[bytes, bytes]


def parse_token(text: str) -> Token:
    """The parts of a token.

    Raises:
        ValueError: it has not the published form.
    """
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:80]!r} is not of the form r.e.S.value")
    direction, inclusion, kind, value = found.groups()
    return Token(
        forward=direction == "r",
        inclusive=inclusion == "i",
        kind=cast(TokenKind, kind),
        value=_decoded(kind, value),
    )


def _decoded(kind: str, value: str) -> int | bytes | Mapping[bytes, bytes]:
    if kind == "O":
        if not re.fullmatch(r"[0-9]+", value):
            raise ValueError(f"{value[:80]!r} is not an offset")
        return int(value)
    if kind == "S":
        return _base64(value)
    pairs = {}
    for part in value.split(","):
        found = _PAIR.fullmatch(part)
        if found is None:
            raise ValueError(f"{part[:80]!r} is not a pair")
        pairs[_base64(found[1])] = _base64(found[2])
    return pairs


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{text[:80]!r} is not base64: {error}") from None


def judge_token(text: str) -> Violation | None:
    """Whether the published client can decode a token; the empty one means that there is none."""
    if text:
        try:
            parse_token(text)
        except ValueError as error:
            return Violation(code="token", text=str(error))
    return None


def offset_token(offset: int) -> str:
    """The forward token after so many items, as an implementation by offsets would issue it."""
    return f"r.e.O.{offset}"
