"""A subscription: a reader's place in the change log.

It is a number and nothing else: it needs no closing, holds no queue, and continues elsewhere by
subscribing after its `cursor`. A reader that is too slow is not known to anyone until it asks
for what the log no longer holds.
"""

from collections.abc import Callable
from typing import Generic

from simulator.store.change import Change, V, seen_through
from simulator.store.log import ChangeLog
from simulator.store.wakeup import Wakeup


class Subscription(Generic[V]):
    """Reads every change after a revision once, in order, without a gap.

    With `where`, changes of items that match neither before nor after are passed over;
    `seen_through` tells what one of the others means to this reader.
    """

    def __init__(
        self,
        log: ChangeLog[V],
        wakeup: Wakeup,
        *,
        after: int,
        where: Callable[[V], bool] | None = None,
    ) -> None:
        log.check(after)
        self.cursor = after
        """Revision up to which everything was handed out (or passed over)."""
        self._log = log
        self._wakeup = wakeup
        self._where = where

    @property
    def lag(self) -> int:
        """How many published changes lie ahead, matching `where` or not."""
        return max(self._log.head - self.cursor, 0)

    @property
    def between_batches(self) -> bool:
        """Whether what was read so far ends with a whole batch: a state that existed.

        Raises:
            FellBehind: the log dropped changes that were not read yet.
        """
        if self.lag:
            (ahead,) = self._log.since(self.cursor, 1)
            return ahead.batch == ahead.revision
        return self.cursor == self._log.head

    def pending(self, limit: int | None = None) -> list[Change[V]]:
        """Return what has happened since the last call, at most `limit` changes, and move on.

        The list may be empty after `wait`, when nothing of it matched `where`.

        Raises:
            FellBehind: the log dropped changes that were not read yet; the cursor stays.
        """
        if limit is not None and limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        if self._where is None:
            changes = self._log.since(self.cursor, limit)
            self.cursor += len(changes)
            return changes
        return self._matching(self._where, limit)

    def _matching(self, where: Callable[[V], bool], limit: int | None) -> list[Change[V]]:
        log, cursor = self._log, self.cursor
        log.check(cursor)
        found: list[Change[V]] = []
        while cursor < log.head and len(found) != limit:
            cursor += 1
            change = log[cursor]
            if seen_through(change, where) is not None:
                found.append(change)
        self.cursor = cursor
        return found

    async def wait(self) -> None:
        """Return as soon as a change lies ahead, at once if one does already."""
        while not self.lag:
            await self._wakeup.wait()
