"""Cursors into sorted lists, and the published text of page tokens.

A token is `<l|r>.<i|e>.<S|O>.<value>` (published Go client): direction, whether the boundary
belongs to the page, and where the boundary is: base64 of a resource, or an offset. The endpoint
appends a digest to the resource, in a field that nobody knows, so that altered tokens are refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from google.protobuf.message import DecodeError

from conformance.mutants.meta.book import Book, invalid
from conformance.mutants.meta.order import Key, compare, project
from conformance.mutants.meta.wire import data_of, new, resource
from conformance.oracles.meta.model import Data, Kind

_TOKEN = re.compile(r"([lrLR])\.([ieIE])\.(?:O\.(\d+)|S\.([A-Za-z0-9+/]*={0,2}))")
_SEAL = b"\xfa\x7f\x08"
"""Tag of field 2047 with eight bytes."""
_DIGEST_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a page begins, or if `backward` where it ends: at a resource or an offset."""

    backward: bool = False
    inclusive: bool = False
    boundary: Data | int

    @property
    def flipped(self) -> Cursor:
        """The cursor that looks the other way from the same place."""
        return replace(self, backward=not self.backward, inclusive=not self.inclusive)


def past(items: Sequence[Data], keys: Sequence[Key], cursor: Cursor) -> int:
    """How many items lie before a cursor."""
    # Looking forward, an inclusive boundary lies behind the cursor; looking backward, before it.
    counts_boundary = cursor.inclusive == cursor.backward
    if isinstance(cursor.boundary, int):
        return min(len(items), cursor.boundary + counts_boundary)
    most = 0 if counts_boundary else -1
    return sum(compare(item, cursor.boundary, keys) <= most for item in items)


def cut(
    items: Sequence[Data], keys: Sequence[Key], cursor: Cursor | None, size: int
) -> tuple[int, int]:
    """Begin and end of the page at a cursor."""
    if cursor is None:
        return 0, min(size, len(items))
    at = past(items, keys, cursor)
    return (max(0, at - size), at) if cursor.backward else (at, min(at + size, len(items)))


def cursors(
    items: Sequence[Data], begin: int, end: int, cursor: Cursor | None
) -> tuple[Cursor | None, Cursor | None]:
    """The cursors of the previous and the next page, None where there is no such page."""
    back = cursor is not None and cursor.backward
    before, after = None, None
    if begin > 0 and cursor is not None:
        before = Cursor(backward=True, boundary=items[begin]) if back else cursor.flipped
    if end < len(items) and end > begin:
        after = cursor.flipped if back and cursor else Cursor(boundary=items[end - 1])
    elif end < len(items) and cursor is not None and back:
        after = cursor.flipped
    return before, after


def sealed(book: Book, kind: Kind, cursor: Cursor, keys: Sequence[Key]) -> str:
    """The token of a cursor."""
    head = f"{'l' if cursor.backward else 'r'}.{'i' if cursor.inclusive else 'e'}"
    if isinstance(cursor.boundary, int):
        return f"{head}.O.{cursor.boundary}"
    shown = project(kind.message, cursor.boundary, [path for path, _ in keys])
    body = resource(kind, shown).SerializeToString(deterministic=True)
    content = body + _SEAL + _digest(book, kind, head, body)
    return f"{head}.S.{base64.b64encode(content).decode()}"


def opened(book: Book, kind: Kind, text: str) -> Cursor:
    """The cursor of a token.

    Raises:
        Refuse: the token is not one of this endpoint.
    """
    return read(kind, text, lambda head, body: _digest(book, kind, head, body))


def read(kind: Kind, text: str, digest: Callable[[str, bytes], bytes] | None) -> Cursor:
    """The cursor of a token whose digest is checked, unless None.

    Raises:
        Refuse: the token is not in the published format, or altered.
    """
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise invalid("page_token: not a token")
    backward, inclusive = found[1].lower() == "l", found[2].lower() == "i"
    if found[3] is not None:
        return Cursor(backward=backward, inclusive=inclusive, boundary=int(found[3]))
    try:
        content = base64.b64decode(found[4], validate=True)
        body, seal = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
        if digest is not None:
            head = text[:3].lower()
            whole = body.removesuffix(_SEAL)
            if whole == body or not hmac.compare_digest(seal, digest(head, whole)):
                raise invalid("page_token: altered")
            content = whole
        message = new(kind.message)
        message.ParseFromString(content)
    except (binascii.Error, DecodeError):
        raise invalid("page_token: cannot be decoded") from None
    return Cursor(backward=backward, inclusive=inclusive, boundary=data_of(message))


def _digest(book: Book, kind: Kind, head: str, body: bytes) -> bytes:
    content = f"{kind.plural} {head} ".encode() + body
    return hmac.new(book.secret, content, hashlib.sha256).digest()[:_DIGEST_BYTES]
