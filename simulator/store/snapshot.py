"""A snapshot: all items of a collection as they were at one revision.

Taking one is free; the collection copies its table of items before its next write if the
snapshot is still in use by then. Streams read a snapshot chunk by chunk, pausing as they like,
and then subscribe after its revision: no gap, no repetition.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import islice
from typing import Generic, NamedTuple

from simulator.store.change import V
from simulator.store.page import Entry


class Item(NamedTuple, Generic[V]):
    """An item as it is kept: its value, its bytes, and its place in each kept order."""

    value: V
    encoded: bytes
    places: tuple[Entry, ...]


class Snapshot(Generic[V]):
    """Items at `revision`, in the order of their creation; never changes.

    Its iterators keep the snapshot in use until they are dropped themselves.
    """

    # Collections hold their latest snapshot weakly, to know whether anyone still uses it.
    __slots__ = ("__weakref__", "_items", "revision")

    def __init__(self, items: Mapping[Hashable, Item[V]], revision: int) -> None:
        self.revision = revision
        """The revision of the collection that is shown."""
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: Hashable) -> V | None:
        """Return the item, or None when there was none."""
        item = self._items.get(key)
        return None if item is None else item.value

    def items(self) -> Iterator[tuple[Hashable, V]]:
        """Yield each key with its value."""
        for key, item in self._items.items():
            yield key, item.value

    def chunks(self, size: int, where: Callable[[V], bool] | None = None) -> Iterator[bytes]:
        """Yield the encoded items that match, joined by `size`; the last chunk may be shorter."""
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        encoded = (
            item.encoded for item in self._items.values() if where is None or where(item.value)
        )
        while chunk := tuple(islice(encoded, size)):
            yield b"".join(chunk)
