"""Pages that fit into one reply, however large their items are."""

from collections.abc import Callable
from itertools import accumulate
from typing import Final, TypeVar

from simulator.store import Collection, Cursor, Page, Query

V = TypeVar("V")

PAGE_BYTES: Final = 3 * 1024 * 1024
"""Where a page is cut short, so that replies stay below the 4 MiB that clients receive."""


def bounded_page(
    collection: Collection[V],
    query: Query[V],
    *,
    size: int,
    after: Cursor | None,
    encode: Callable[[bytes], bytes] = lambda item: item,
) -> tuple[Page[V], bytes]:
    """Return a page and its joined items; it is shorter than asked for if they are very large.

    `encode` makes what a reply holds out of an item's bytes.

    Raises:
        BadCursor: `after` belongs to another order.
    """
    page = collection.page(query, size=size, after=after)
    items = [encode(item) for item in page.encoded]
    fitting = max(sum(end <= PAGE_BYTES for end in accumulate(map(len, items))), 1)
    if fitting < len(items):
        page = collection.page(query, size=fitting, after=after)
        items = items[:fitting]
    return page, b"".join(items)
