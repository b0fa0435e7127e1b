"""Page tokens: a signed place in one list, good for that list only.

A token holds what its last item was sorted by, so that it stays right while items come and go, and
a digest of the method, parent, filter and order that it belongs to. It needs nothing on our side.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from simulator.services.tasks.order import Order, Raw
from simulator.services.tasks.resources import Kind, Stored
from simulator.store import BadToken, Collection, Cursor, Query, TokenSigner

_DIGEST: Final = 22
"""Characters of a digest; more than any forger of a signed token could use."""
_CARRIED: Final = 160
"""Characters of text that a token carries, over all keys, so that it fits the store's bound."""


class BadPageToken(ValueError):
    """A token that is none of ours, or belongs to another list."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page begins: right after an item that was there once."""

    id: str
    raws: tuple[Raw, ...]
    update_us: int | None
    """When the item had last changed, if texts among `raws` are only the beginnings of its own."""


def digest(kind: Kind, request: Any) -> str:
    """Return what tells one list from another."""
    told = [kind.plural, request.parent, request.filter, request.order_by]
    return sha256(json.dumps(told).encode()).hexdigest()[:_DIGEST]


def write_token(signer: TokenSigner, list_digest: str, order: Order, last: Stored) -> str:
    """Return the token of the page that follows an item."""
    raws = _raws(order, last)
    longest = _CARRIED // len(raws)
    short = [[rank, value[:longest] if isinstance(value, str) else value] for rank, value in raws]
    cut = any(isinstance(value, str) and len(value) > longest for _, value in raws)
    id = last.name.rpartition("/")[2]
    return signer.sign([list_digest, id, short, last.update_us if cut else None])


def read_token(signer: TokenSigner, token: str, list_digest: str) -> Place:
    """Return the place that a token names.

    Raises:
        BadPageToken: it is not one of ours, or not of this list.
    """
    try:
        told, id, raws, update_us = signer.open(token)
    except (BadToken, TypeError, ValueError):
        raise BadPageToken("is not a token of this server") from None
    if told != list_digest:
        raise BadPageToken("belongs to a list of another kind, parent, filter or order")
    found = tuple((rank, value) for rank, value in raws)
    return Place(id=id, raws=found, update_us=update_us)


def cursor(
    collection: Collection[Stored], query: Query[Stored], order: Order, place: Place
) -> Cursor:
    """Return a place as the store knows it."""
    key = (place.raws[0][1],) if order.by_creation else _key(collection, order, place)
    return Cursor(order=query.order_name, entry=(key, place.id), above=not query.descending)


def _raws(order: Order, stored: Stored) -> tuple[Raw, ...]:
    return ((0, stored.create_us),) if order.by_creation else order.raw(stored.message)


def _key(collection: Collection[Stored], order: Order, place: Place) -> tuple[Any, ...]:
    """Return what sorts the item of a place, whole where the token has only beginnings.

    If that item has changed since, the page begins with the first that begins so: some may be seen
    twice, none is missed.
    """
    if place.update_us is None:
        return order.directed(place.raws)
    stored = collection.get(place.id)
    if stored is not None and stored.update_us == place.update_us:
        return order.key(stored.message)
    return order.directed(place.raws, only_begins=True)
