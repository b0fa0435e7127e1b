"""Keyset pages: a page begins at a place between two items, not at a number.

A cursor names the gap just below or just above an item, by that item's place in the order. The
gap exists whether or not the item still does, so that a walk survives any change: an item that
keeps its place throughout is met exactly once, forward as well as backward.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

from simulator.store.change import V
from simulator.store.errors import BadCursor
from simulator.store.query import Query

Entry: TypeAlias = tuple[tuple[Any, ...], Any]
"""A place in an order: (order key, item key)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """A gap in an order, next to the place of an item that was there once."""

    order: str
    entry: Entry
    above: bool
    """True: the gap after the item in ascending order, False: the one before it."""

    def to_json(self) -> list[Any]:
        """Return the cursor as JSON values, to be put into a signed token."""
        return [self.order, *self.entry, self.above]

    @classmethod
    def from_json(cls, payload: object) -> "Cursor":
        """Return the cursor that `to_json` made into `payload`.

        Raises:
            BadCursor: `payload` is something else.
        """
        match payload:
            case [str(order), [*key], item, bool(above)]:
                return cls(order=order, entry=(_tuples(key), _tuples(item)), above=above)
            case _:
                raise BadCursor("this is no cursor")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[V]):
    """A stretch of a query's items, in the order of the query whichever way it was reached."""

    items: tuple[V, ...]
    encoded: tuple[bytes, ...]
    """The items' bytes as they were made at commit: a response is a join."""
    total: int
    """How many items the whole query has now."""
    offset: int
    """How many of them lie before this page."""
    revision: int
    """The revision of the collection that this page shows."""
    previous: Cursor | None
    """Where this page begins, for a page backward from there; None at the beginning."""
    next: Cursor | None
    """Where this page ends, for a page forward from there; None at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A page before it is filled with items; the fields are those of `Page`."""

    entries: Sequence[Entry]
    offset: int
    previous: Cursor | None
    next: Cursor | None


def cut(
    entries: Sequence[Entry],
    query: Query[Any],
    *,
    size: int,
    after: Cursor | None,
    backward: bool,
) -> Cut:
    """Cut a page out of `entries`, which are those of the whole query, in ascending order.

    Forward the page begins at `after`, or at the query's beginning; backward it ends at `after`,
    or at the query's end.

    Raises:
        BadCursor: `after` belongs to another order.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    upward = query.descending == backward
    total, order = len(entries), query.order_name
    start = 0 if upward else total
    gap = start if after is None else _find(entries, order, after)
    low, high = (gap, min(gap + size, total)) if upward else (max(gap - size, 0), gap)
    chosen = entries[low:high]
    # An empty page keeps its reader's place: all there is lies on one side of it.
    bottom = Cursor(order=order, entry=chosen[0], above=False) if chosen else after
    top = Cursor(order=order, entry=chosen[-1], above=True) if chosen else after
    below = bottom if low > 0 else None
    above = top if high < total else None
    if query.descending:
        return Cut(entries=chosen[::-1], offset=total - high, previous=above, next=below)
    return Cut(entries=chosen, offset=low, previous=below, next=above)


def _find(entries: Sequence[Entry], order: str, cursor: Cursor) -> int:
    if cursor.order != order:
        raise BadCursor(f"a cursor for the order {cursor.order!r} cannot be used for {order!r}")
    find = bisect_right if cursor.above else bisect_left
    try:
        return find(entries, cursor.entry)
    except TypeError as error:
        raise BadCursor(f"the cursor does not fit the order {order!r}: {error}") from error


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
