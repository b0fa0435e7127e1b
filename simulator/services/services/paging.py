"""Pages of a list: their size, and the tokens that lead from one to the next.

Seed 004, ListServicesRequest. Services are ordered by id; a token names the last id of a page, so
that a walk goes on from there whatever has come or gone. Tokens are signed and belong to one
collection. Without a seal they are those of the published Go service: a message in standard base64
with a number of items as field 1, which is taken for the beginning, or the last id as field 2.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from simulator.services.errors import invalid
from simulator.services.services.masks import View
from simulator.services.services.stored import Stored
from simulator.services.wire import delimited
from simulator.store import BadToken, Collection, Cursor, Query, TokenSigner

if TYPE_CHECKING:
    from simulator.services.services.policy import Policy

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 1000
PAGE_BYTES: Final = 3 * 1024 * 1024
"""Where a page is cut short, so that replies stay below the 4 MiB that clients receive."""

_QUERY: Final = Query[Stored](order="id")
_OFFSET_TAG, _LAST_TAG = b"\x08", b"\x12"


def page(collection: Collection[Stored], view: View, *, size: int, after: str) -> tuple[bytes, str]:
    """Return the services behind an id, joined as field 1, and the last id if there are more.

    There are fewer than `size` if they are very large.
    """
    cursor = Cursor(order="id", entry=((), after), above=True) if after else None
    found = collection.page(_QUERY, size=size, after=cursor)
    items = [delimited(1, view.encoded(stored)) for stored in found.items]
    fitting = max(sum(end <= PAGE_BYTES for end in accumulate(map(len, items))), 1)
    last = found.items[min(fitting, len(items)) - 1].state.id if items else ""
    more = fitting < len(items) or found.next is not None
    return b"".join(items[:fitting]), last if more else ""


def read_size(page_size: int) -> int:
    """Return how many services a page may have.

    Raises:
        ServiceError: INVALID_ARGUMENT, it is negative.
    """
    if page_size < 0:
        raise invalid(f"page_size: {page_size} is negative")
    return min(page_size or DEFAULT_SIZE, MAX_SIZE)


def write_token(name: str, last: str, signer: TokenSigner, policy: Policy) -> str:
    """Return the token that leads behind an id of the collection `name`; empty for no id."""
    if not last:
        return ""
    if policy.signed_tokens:
        # Ids may hold anything; escaped in JSON they could exceed the longest token.
        return signer.sign([name, b64encode(last.encode()).decode()])
    return b64encode(delimited(2, last.encode())).decode()


def read_token(token: str, name: str, signer: TokenSigner, policy: Policy) -> str:
    """Return the id behind which a page begins, empty for the beginning.

    Raises:
        ServiceError: INVALID_ARGUMENT; the token is not one of ours, or of another collection.
    """
    if not token:
        return ""
    try:
        if not policy.signed_tokens:
            return _unsealed(token)
        owner, last = signer.open(token)
        text = b64decode(last, validate=True).decode()
    except (BadToken, TypeError, ValueError):
        raise invalid("page_token: is not a token of this server") from None
    if owner != name:
        raise invalid("page_token: belongs to another collection")
    return text


def _unsealed(token: str) -> str:
    data = b64decode(token, validate=True)
    if data[:1] == _OFFSET_TAG:
        return ""
    if data[:1] != _LAST_TAG:
        raise ValueError("neither an offset nor an id")
    length, start = 0, 1
    while start < len(data):
        length |= (data[start] & 0x7F) << 7 * (start - 1)
        start += 1
        if data[start - 1] < 0x80:
            break
    if start + length != len(data):
        raise ValueError("not the whole of an id")
    return data[start:].decode()
