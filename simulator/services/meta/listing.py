"""What lists and watches select, and one page of it.

Seed 003, the requests' parent, filter, order_by, page_size and page_token. Sizes and the longest
reply are our choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final

from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.meta.filters import FilterError, parse
from simulator.services.meta.kinds import Kind
from simulator.services.meta.names import parent_prefix
from simulator.services.meta.order import Order
from simulator.services.meta.paging import Edges, Place
from simulator.services.meta.policy import Policy
from simulator.services.meta.registry import Registry, Stored
from simulator.store import Collection, Cursor, Page, Query
from simulator.store import Order as Sorting

DEFAULT_SIZE: Final = 100
MAX_SIZE: Final = 1000
_KEPT: Final = 64
"""Filters that are remembered."""
PAGE_BYTES: Final = 3 * 1024 * 1024
"""Where a page is cut short, so that replies stay below the 4 MiB that clients receive."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which resources of a kind: the children of a parent that match a filter."""

    kind: Kind
    prefix: str
    """What their names begin with."""
    filter: str
    where: Callable[[Stored], bool] | None
    """Whether a resource belongs to it; None if all do."""

    @property
    def digest(self) -> str:
        """A short text that differs between selections."""
        text = f"{self.kind.plural}\n{self.prefix}\n{self.filter}"
        return sha256(text.encode()).hexdigest()[:16]

    def holds(self, stored: Stored) -> bool:
        """Whether a resource belongs to it."""
        return self.where is None or self.where(stored)


def read_selection(kind: Kind, request: Any, registry: Registry, policy: Policy) -> Selection:
    """Return what a request to list or watch resources selects.

    Raises:
        ServiceError: INVALID_ARGUMENT for the parent or the filter, UNIMPLEMENTED for a filter's
            LIKE and NOT_FOUND for an unknown parent under policies that have it so.
    """
    prefix = _prefix(kind, request.parent, registry, policy) if kind.parent_pattern else ""
    return Selection(
        kind=kind,
        prefix=prefix,
        filter=request.filter,
        where=_where(prefix, _matches(kind, request.filter, policy.like)),
    )


def read_size(request: Any) -> int:
    """Return how many items a page may have.

    Raises:
        ServiceError: INVALID_ARGUMENT, it is negative.
    """
    if request.page_size < 0:
        raise invalid(f"page_size: {request.page_size} is negative")
    return min(request.page_size or DEFAULT_SIZE, MAX_SIZE)


def page_at(
    collection: Collection[Stored],
    selection: Selection,
    order: Order,
    place: Place | None,
    size: int,
    encode: Callable[[Stored], bytes],
) -> tuple[Page[Stored], bytes]:
    """Return one page and its joined items, fewer than `size` if they are very large."""
    query = _query(selection, order)
    backward = place is not None and not place.forward
    place = None if place is None else _settled(collection, query, place)
    after = None if place is None else _cursor(query, order, place)
    page = collection.page(query, size=size, after=after, backward=backward)
    items = [encode(stored) for stored in page.items]
    fitting = _fitting(items[::-1] if backward else items)
    if fitting < len(items):
        page = collection.page(query, size=fitting, after=after, backward=backward)
        items = items[-fitting:] if backward else items[:fitting]
    return page, b"".join(items)


def edges(page: Page[Stored], asked: int) -> Edges:
    """Return what the tokens of a page depend on."""
    return Edges(
        first=page.items[0].message if page.items else None,
        last=page.items[-1].message if page.items else None,
        offset=page.offset,
        size=len(page.items),
        asked=asked,
        before=page.previous is not None,
        after=page.next is not None,
    )


def _prefix(kind: Kind, parent: str, registry: Registry, policy: Policy) -> str:
    if not parent and policy.empty_parent_lists_all:
        return ""
    prefix = parent_prefix(kind, parent, policy.ids)
    if prefix and policy.unknown_parent_fails and registry.get(parent) is None:
        raise ServiceError(Code.NOT_FOUND, f"parent: there is no {shown(parent)}")
    return prefix


@lru_cache(maxsize=_KEPT)
def _matches(kind: Kind, text: str, like: bool) -> Callable[[Any], bool] | None:
    try:
        found = parse(text, kind.message.DESCRIPTOR, like=like)
    except FilterError as error:
        code = Code.UNIMPLEMENTED if error.unimplemented else Code.INVALID_ARGUMENT
        raise ServiceError(code, str(error)) from None
    return None if found.always else found.matches


def _where(prefix: str, matches: Callable[[Any], bool] | None) -> Callable[[Stored], bool] | None:
    if matches is None:
        return (lambda stored: stored.name.startswith(prefix)) if prefix else None
    if not prefix:
        return lambda stored: matches(stored.message)
    return lambda stored: stored.name.startswith(prefix) and matches(stored.message)


def _query(selection: Selection, order: Order) -> Query[Stored]:
    if order.by_name:
        return Query(order="name", descending=order.descending, where=selection.where)
    sorting = Sorting[Stored](name=order.text, key=order.of)
    return Query(order=sorting, where=selection.where)


def _cursor(query: Query[Stored], order: Order, place: Place) -> Cursor:
    """Return a place next to a resource as the store knows it."""
    key = () if order.by_name else order.key(place.boundary)
    above = place.after != query.descending
    return Cursor(order=query.order_name, entry=(key, place.boundary.name), above=above)


def _settled(collection: Collection[Stored], query: Query[Stored], place: Place) -> Place | None:
    """Return a place after a number of items as one next to a resource, None if there is none."""
    if not isinstance(place.boundary, int):
        return place
    items = collection.page(query, size=max(place.boundary, 1)).items
    if not items:
        return None
    after = place.boundary > 0
    return replace(place, inclusive=place.forward != after, boundary=items[-1].message)


def _fitting(items: Sequence[bytes]) -> int:
    """Return how many of the items fit into one reply, at least one."""
    return max(sum(end <= PAGE_BYTES for end in accumulate(map(len, items))), 1)
