"""The change log of a collection: a ring of the latest changes, bounded by count and bytes.

Readers hold no place in it: a reader is a revision number, so that thousands of them cost
nothing and none can make the log grow. Revisions follow each other without a gap, which makes
finding a reader's place an addition, and its lag a subtraction.
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import Generic

from simulator.store.change import Change, V
from simulator.store.errors import FellBehind


class ChangeLog(Generic[V]):
    """The latest changes, at most `size` of them and about `max_bytes` of encoded bytes.

    The newest change is always kept, however large it is. Appended changes stay invisible to
    readers until `publish`, so that nobody reads half a batch.
    """

    def __init__(self, *, size: int, max_bytes: int) -> None:
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        if max_bytes < 1:
            raise ValueError(f"max_bytes must be at least 1, not {max_bytes}")
        self.newest = 0
        """Revision of the newest change, published or not; 0 before the first one."""
        self.head = 0
        """Revision of the newest published change: how far a reader can get."""
        self._size = size
        self._max_bytes = max_bytes
        self._bytes = 0
        self._forgotten = b""
        self._changes: dict[int, Change[V]] = {}

    def __len__(self) -> int:
        return len(self._changes)

    def __getitem__(self, revision: int) -> Change[V]:
        return self._changes[revision]

    @property
    def oldest(self) -> int:
        """The oldest revision after which a reader can still continue."""
        return self.newest - len(self._changes)

    def append(self, change: Change[V]) -> None:
        """Take the change that follows the newest one, dropping the oldest ones as needed."""
        changes = self._changes
        self.newest = change.revision
        changes[change.revision] = change
        self._bytes += _weight(change)
        while len(changes) > self._size or (self._bytes > self._max_bytes and len(changes) > 1):
            dropped = changes.pop(self.oldest + 1)
            self._bytes -= _weight(dropped)
            self._forgotten = dropped.mark

    def publish(self) -> None:
        """Show everything appended so far to the readers."""
        self.head = self.newest

    def check(self, revision: int) -> None:
        """Raise FellBehind unless a reader can continue after `revision`."""
        if not self.oldest <= revision <= self.newest:
            raise FellBehind(revision, oldest=self.oldest, newest=self.newest)

    def mark(self, revision: int) -> bytes | None:
        """Return the mark of the history up to `revision`, None where a reader cannot continue."""
        if revision == self.oldest:
            return self._forgotten
        change = self._changes.get(revision)
        return None if change is None else change.mark

    def before(self, stands: Callable[[Change[V]], bool]) -> int | None:
        """Return the revision before the first change that `stands`, as all after it do.

        None if that is the oldest one and others were dropped before it.
        """
        revisions = range(self.oldest + 1, self.newest + 1)
        found = bisect_left(revisions, True, key=lambda number: stands(self._changes[number]))
        return None if found == 0 and self.oldest > 0 else self.oldest + found

    def since(self, revision: int, limit: int | None = None) -> list[Change[V]]:
        """Return the published changes after `revision`, at most `limit`, oldest first.

        Raises:
            FellBehind: the log does not reach back to `revision`, or not yet up to it.
        """
        self.check(revision)
        stop = self.head if limit is None else min(self.head, revision + limit)
        return [self._changes[number] for number in range(revision + 1, stop + 1)]


def _weight(change: Change[V]) -> int:
    return len(change.item) + len(change.frame)
