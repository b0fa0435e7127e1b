"""A versioned collection: immutable items by key, their history, and ordered views of them.

Each change gets the next revision, is encoded once, appended to the change log and announced by
one shared wake-up; pages, snapshots and subscriptions are all read from here. Nothing in this
file waits or knows a schema, and all of it belongs to one thread.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from itertools import zip_longest
from typing import Any, Final, Generic
from weakref import ref

from sortedcontainers import SortedList

from simulator.store.change import Change, Kind, V
from simulator.store.log import ChangeLog
from simulator.store.page import Cursor, Entry, Page, cut
from simulator.store.query import Order, Query
from simulator.store.snapshot import Item, Snapshot
from simulator.store.subscription import Subscription
from simulator.store.wakeup import Wakeup

LOG_SIZE: Final = 10_000
LOG_BYTES: Final = 64 * 1024 * 1024
_MARK_BYTES: Final = 8


def _bare_item(kind: Kind, value: object, item: bytes) -> bytes:
    return item


class Collection(Generic[V]):
    """Items by key, with `orders` kept sorted for paging.

    Keys are numbers, strings, or tuples of them, all of one shape. Values are never None and
    never modified once handed in. `orders` maps names to key functions; what they may return is
    said at `Order`. `encode` makes an item's bytes and `frame` a change's stream message, out
    of its kind, the value shown and that value's bytes; both are called at most once per change,
    before anything is changed. The log keeps the latest `log_size` changes, fewer if their bytes
    would exceed `log_bytes`.
    """

    def __init__(
        self,
        *,
        orders: Mapping[str, Callable[[V], tuple[Any, ...]]],
        encode: Callable[[V], bytes],
        frame: Callable[[Kind, V, bytes], bytes] = _bare_item,
        log_size: int = LOG_SIZE,
        log_bytes: int = LOG_BYTES,
    ) -> None:
        self.wakeup = Wakeup()
        """Announces every commit."""
        self._order_keys = tuple(orders.values())
        self._indexes = {name: SortedList() for name in orders}
        self._encode = encode
        self._frame = frame
        self._log: ChangeLog[V] = ChangeLog(size=log_size, max_bytes=log_bytes)
        self._items: dict[Hashable, Item[V]] = {}
        self._snapshot: ref[Snapshot[V]] | None = None
        self._batch: int | None = None

    @property
    def revision(self) -> int:
        """The number of changes so far."""
        return self._log.newest

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._items

    def get(self, key: Hashable) -> V | None:
        """Return the item, or None when there is none."""
        item = self._items.get(key)
        return None if item is None else item.value

    def items(self) -> Iterator[tuple[Hashable, V]]:
        """Yield each key with its value, as of now, whatever changes meanwhile."""
        return self.snapshot().items()

    def snapshot(self) -> Snapshot[V]:
        """Return all items at the present revision; asking again before a change costs nothing."""
        snapshot = None if self._snapshot is None else self._snapshot()
        if snapshot is None:
            snapshot = Snapshot(self._items, self.revision)
            self._snapshot = ref(snapshot)
        return snapshot

    def put(self, key: Hashable, value: V) -> Change[V]:
        """Create or replace an item.

        Raises:
            TypeError: an order cannot compare it with the others; nothing was changed.
        """
        encoded = self._encode(value)
        places = tuple([(order_key(value), key) for order_key in self._order_keys])
        old = self._items.get(key)
        kind = Kind.CREATED if old is None else Kind.UPDATED
        frame = self._frame(kind, value, encoded)

        before = None if old is None else old.value
        self._move(() if old is None else old.places, places)
        self._writable()[key] = Item(value, encoded, places)
        return self._commit(kind, key, before, value, encoded, frame)

    def delete(self, key: Hashable, final: V | None = None) -> Change[V]:
        """Remove an item; watchers are shown `final`, or its last state.

        Raises:
            KeyError: there is no such item.
        """
        old = self._items[key]
        value, encoded = (old.value, old.encoded) if final is None else (final, self._encode(final))
        frame = self._frame(Kind.DELETED, value, encoded)

        self._move(old.places, ())
        del self._writable()[key]
        return self._commit(Kind.DELETED, key, old.value, value, encoded, frame)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Commit all changes made inside together: one wake-up, read whole or not at all.

        The changes take effect one by one for `get`, pages and snapshots, and stay if the block
        raises: a batch groups, it does not roll back. A batch inside a batch joins it.
        """
        if self._batch is not None:
            yield
            return
        self._batch = self.revision + 1
        try:
            yield
        finally:
            self._batch = None
            self._publish()

    def page(
        self, query: Query[V], *, size: int, after: Cursor | None = None, backward: bool = False
    ) -> Page[V]:
        """Return up to `size` items from `after` on, or those before it if `backward`.

        Without `after` a page is the first one, backward the last one. Without a filter the cost
        grows with `size`; a filter or an order without index takes a walk through all items.

        Raises:
            BadCursor: `after` was made by a query with another order.
        """
        entries = self._entries(query)
        stretch = cut(entries, query, size=size, after=after, backward=backward)
        items = [self._items[key] for _, key in stretch.entries]
        return Page(
            items=tuple([item.value for item in items]),
            encoded=tuple([item.encoded for item in items]),
            total=len(entries),
            offset=stretch.offset,
            revision=self.revision,
            previous=stretch.previous,
            next=stretch.next,
        )

    def mark(self, revision: int) -> bytes | None:
        """Return the digest of the history up to `revision`, empty at 0; None if it is forgotten.

        Another collection that gives the same one went through the same states: its readers can go
        on here, and those of no other.
        """
        return self._log.mark(revision)

    def before(self, stands: Callable[[Change[V]], bool]) -> int | None:
        """Return the revision before the first change for which `stands` is true, now if for none.

        `stands` must hold for all changes after one for which it holds, as a bound in time does.
        None: it holds for the oldest change that the log still has, and older ones are gone.
        """
        return self._log.before(stands)

    def subscribe(
        self, *, after: int | None = None, where: Callable[[V], bool] | None = None
    ) -> Subscription[V]:
        """Read all changes after revision `after`, by default those that are still to come.

        Raises:
            FellBehind: the log no longer reaches back to `after`, or never got there.
        """
        after = self.revision if after is None else after
        return Subscription(self._log, self.wakeup, after=after, where=where)

    def _entries(self, query: Query[V]) -> Sequence[Entry]:
        """Return the places of all items that match, ascending."""
        order, where, items = query.order, query.where, self._items
        if isinstance(order, Order):
            return sorted(
                (order.key(item.value), key)
                for key, item in items.items()
                if where is None or where(item.value)
            )
        if order not in self._indexes:
            raise ValueError(f"no order {order!r} is kept, only {', '.join(self._indexes)}")
        index: Sequence[Entry] = self._indexes[order]
        if where is None:
            return index
        return [entry for entry in index if where(items[entry[1]].value)]

    def _move(self, old: tuple[Entry, ...], new: tuple[Entry, ...]) -> None:
        """Take an item from its old place in each order to its new one, where they differ."""
        entered = []
        try:
            for index, leave, enter in zip_longest(self._indexes.values(), old, new):
                if enter is not None and enter != leave:
                    index.add(enter)
                    entered.append((index, enter))
        except TypeError:  # a place that cannot be compared must not stay in other orders
            for index, enter in entered:
                index.remove(enter)
            raise
        for index, leave, enter in zip_longest(self._indexes.values(), old, new):
            if leave is not None and leave != enter:
                index.remove(leave)

    def _writable(self) -> dict[Hashable, Item[V]]:
        """Return the table of items, leaving the present one to a snapshot that is in use."""
        if self._snapshot is not None:
            if self._snapshot() is not None:
                self._items = self._items.copy()
            self._snapshot = None
        return self._items

    def _commit(
        self, kind: Kind, key: Hashable, before: V | None, after: V, item: bytes, frame: bytes
    ) -> Change[V]:
        revision = self.revision + 1
        past = self._log.mark(self.revision) or b""
        mark = blake2b(past + kind.value.encode() + item, digest_size=_MARK_BYTES).digest()
        change = Change(
            revision=revision,
            batch=self._batch or revision,
            kind=kind,
            key=key,
            before=before,
            after=after,
            item=item,
            frame=frame,
            mark=mark,
        )
        self._log.append(change)
        if self._batch is None:
            self._publish()
        return change

    def _publish(self) -> None:
        self._log.publish()
        self.wakeup.notify()
