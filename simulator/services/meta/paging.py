"""Places in a list, and the page tokens that name them.

A place is next to an item that is or once was there, told by what the list is ordered by: pages
stay right while items come and go (published Go client, `S` tokens). So that an altered token is
not taken for another place, a seal is added to it, as a field of the resource that readers do not
know and keep. Numbers of items (`O`) are read as well, and pairs (`C`) that hold the same resource
next to a digest of the query.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

from google.protobuf.message import DecodeError

from simulator.services.errors import ServiceError, invalid
from simulator.services.meta import tokens
from simulator.services.meta.kinds import Kind
from simulator.services.meta.order import Order, SortKey
from simulator.services.meta.policy import Policy
from simulator.services.meta.tokens import Token
from simulator.services.wire import delimited
from simulator.store import TokenSigner

_SEAL_FIELD: Final = 1023
_SEAL_BYTES: Final = 16
_BOUNDARY: Final = b"b"
_QUERY: Final = b"q"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page begins and which way it extends."""

    forward: bool
    inclusive: bool
    """Whether the item at the boundary belongs to the page."""
    boundary: Any
    """A resource, or the number of items before the place."""

    @property
    def after(self) -> bool:
        """Whether the place is the gap after the boundary in the order, or the one before it."""
        return self.forward != self.inclusive

    @property
    def flipped(self) -> Place:
        """The same gap, looking the other way."""
        return replace(self, forward=not self.forward, inclusive=not self.inclusive)

    def gap(self, keys: Sequence[SortKey], order: Order) -> int:
        """Return how many of the sorted keys lie before the place."""
        if isinstance(self.boundary, int):
            return min(self.boundary, len(keys))
        find = bisect_right if self.after else bisect_left
        return find(keys, order.key(self.boundary))


@dataclass(frozen=True, kw_only=True)
class Edges:
    """What a page looks like from outside: all that its tokens depend on.

    `first` and `last` are the resources at its ends, None if it is empty; `offset` counts the
    items before it, `size` its own, `asked` how many there may be; `before` and `after` tell
    whether there are more.
    """

    first: Any
    last: Any
    offset: int
    size: int
    asked: int
    before: bool
    after: bool


@dataclass(frozen=True, kw_only=True)
class Pager:
    """Reads and writes the tokens of one query."""

    kind: Kind
    order: Order
    query: str
    """Digest of what else the query consists of."""
    policy: Policy
    signer: TokenSigner

    def read(self, text: str) -> Place | None:
        """Return the place that `page_token` names, None for the beginning.

        Raises:
            ServiceError: INVALID_ARGUMENT; altered, or made for another order or query.
        """
        if not text:
            return None
        token = tokens.parse(text)
        value = token.value
        if isinstance(value, int):
            boundary: Any = value
        elif str(token) != text:  # a seal covers the spelling too
            raise _foreign()
        elif isinstance(value, bytes):
            boundary = self._unsealed(token, value)
        else:
            boundary = self._unbound(token, value)
        return Place(forward=token.forward, inclusive=token.inclusive, boundary=boundary)

    def tokens(self, place: Place | None, edges: Edges) -> tuple[str, str]:
        """Return the tokens of the pages before and after the one that `place` leads to.

        They are empty where there is nothing more; going on and back again leads to where one
        was, whatever changed in between.
        """
        before, after = edges.before, edges.after
        if not self.policy.looks_ahead and edges.size == edges.asked:
            before, after = (before, True) if _is_forward(place) else (True, after)
        if place is None or place.forward:
            previous = place.flipped if place is not None and before else None
            following = self._edge(edges, forward=True) if after else None
        else:
            previous = self._edge(edges, forward=False) if before else None
            following = place.flipped if after else None
        return self._write(previous), self._write(following)

    def _edge(self, edges: Edges, *, forward: bool) -> Place | None:
        boundary: Any = edges.last if forward else edges.first
        if boundary is None:
            return None
        if self.policy.tokens == "offset":
            boundary = edges.offset + edges.size if forward else edges.offset
        return Place(forward=forward, inclusive=False, boundary=boundary)

    def _write(self, place: Place | None) -> str:
        if place is None:
            return ""
        token = Token(forward=place.forward, inclusive=place.inclusive, value=0)
        if isinstance(place.boundary, int):
            return str(replace(token, value=place.boundary))
        bare = self.order.boundary(place.boundary).SerializeToString(deterministic=True)
        if self.policy.tokens == "bare":
            return str(replace(token, value=bare))
        if self.policy.tokens == "bound":
            sealed = bare + self._seal(token, bare, self.query)
            return str(replace(token, value={_BOUNDARY: sealed, _QUERY: self.query.encode()}))
        return str(replace(token, value=bare + self._seal(token, bare)))

    def _unbound(self, token: Token, pairs: Mapping[bytes, bytes]) -> Any:
        if pairs.keys() != {_BOUNDARY, _QUERY}:
            raise _foreign()
        if pairs[_QUERY] != self.query.encode():
            raise invalid("page_token: belongs to a list with another parent or filter")
        return self._unsealed(token, pairs[_BOUNDARY], self.query)

    def _unsealed(self, token: Token, sealed: bytes, query: str = "") -> Any:
        """Return the resource in a token, whose seal must be right unless tokens are bare."""
        try:
            boundary = self.kind.message.FromString(sealed)
        except DecodeError:
            raise _foreign() from None
        boundary.DiscardUnknownFields()
        if self.policy.tokens != "bare":
            # Clients may have decoded and encoded the resource again, with maps in another order.
            bare = boundary.SerializeToString(deterministic=True)
            seal = self._seal(token, bare, query)
            if len(sealed) != len(bare) + len(seal) or not compare_digest(
                sealed[len(bare) :], seal
            ):
                raise _foreign()
        return boundary

    def _seal(self, token: Token, bare: bytes, query: str = "") -> bytes:
        """Return the field that only we can add: a digest of what only we can sign."""
        signed = self.signer.sign(
            [
                token.forward,
                token.inclusive,
                self.kind.plural,
                sha256(self.order.text.encode()).hexdigest(),
                sha256(bare).hexdigest(),
                query,
            ]
        )
        return delimited(_SEAL_FIELD, sha256(signed.encode()).digest()[:_SEAL_BYTES])


def _is_forward(place: Place | None) -> bool:
    return place is None or place.forward


def _foreign() -> ServiceError:
    return invalid("page_token: is not a token of this server for a list in this order")
