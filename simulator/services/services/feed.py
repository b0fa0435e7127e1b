"""A pull as a server takes it: its start, then what follows from the log, a cursor and no queue.

All that is pending goes out together, one message holding several changes. A reader that the log
has left behind is refused with RESOURCE_EXHAUSTED; the published Go service would keep everything
for it in memory instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from simulator.services.errors import Code, ServiceError
from simulator.store import FellBehind

if TYPE_CHECKING:
    from simulator.services.services.pulls import Pull
    from simulator.services.services.stored import Stored
    from simulator.store import Collection

MOST_BYTES: Final = 1024 * 1024
"""Where a message is cut, so that it stays below the 4 MiB that clients receive."""
_TAKEN: Final = 100
"""Changes taken at once; few, so that a stalled reader's place stays close to the truth."""


class PullFeed:
    """The messages of one pull.

    Args:
        collection: the store whose log is read, from its present end on.
        pull: what it has to tell.
        where: which services it is told of; all if None.
    """

    def __init__(
        self,
        collection: Collection[Stored],
        pull: Pull,
        where: Callable[[Stored], bool] | None = None,
    ) -> None:
        self._collection = collection
        self._pull = pull
        self._where = where
        self._subscription = collection.subscribe(where=where)
        self._start: Iterator[bytes] | None = pull.start()
        self._passed = 0
        self._stopped = False

    @property
    def position(self) -> int:
        """Revision up to which everything was taken, the start included."""
        return self._passed + self._subscription.cursor - (self._start is not None)

    @property
    def newest(self) -> int:
        """Revision of the newest change."""
        return self._passed + self._collection.revision

    async def take(self) -> Sequence[bytes]:
        """Return the messages that are due, oldest first, once there are any.

        Nothing, if and only if the feed was stopped.

        Raises:
            ServiceError: RESOURCE_EXHAUSTED; the log dropped what was not read yet.
            StopAsyncIteration: what was followed is gone.
        """
        while not self._stopped:
            if self._start is not None or self._subscription.lag:
                if messages := list(_joined(self._due())):
                    return messages
            elif self._pull.ended:
                raise StopAsyncIteration
            else:
                await self._collection.wakeup.wait()
        return ()

    def stop(self) -> None:
        """Let `take` return nothing, now and from now on."""
        self._stopped = True
        self._collection.wakeup.notify()

    def _due(self) -> list[bytes]:
        if self._start is not None:
            frames = list(islice(self._start, _TAKEN))
            if len(frames) < _TAKEN:
                self._start = None
            return frames
        try:
            changes = self._subscription.pending(_TAKEN)
        except FellBehind as error:
            raise ServiceError(
                Code.RESOURCE_EXHAUSTED,
                f"the stream is too slow: {error.newest - error.revision} changes behind, "
                "list again and open a new one",
            ) from None
        frames = self._pull.tell(changes)
        if self._pull.elsewhere is not None:
            self._move(*self._pull.elsewhere)
        return frames

    def _move(self, collection: Collection[Stored], after: int) -> None:
        """Read on in another log; positions go on from where they were."""
        self._passed += self._collection.revision
        self._collection = collection
        self._subscription = collection.subscribe(after=after, where=self._where)


def _joined(frames: Iterable[bytes]) -> Iterator[bytes]:
    """Join changes into messages: fields that repeat may follow each other."""
    message: list[bytes] = []
    size = 0
    for frame in frames:
        if message and size + len(frame) > MOST_BYTES:
            yield b"".join(message)
            message, size = [], 0
        message.append(frame)
        size += len(frame)
    if message:
        yield b"".join(message)
