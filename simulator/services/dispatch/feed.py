"""What a stream of one microgrid hands out: each change as its own ready-made message.

A response of this API holds one dispatch, so changes are never joined. A reader that the change
log has left behind is refused with RESOURCE_EXHAUSTED, never ended as if all were well: clients
list again after an error, and stop for good after OK.
"""

from collections.abc import Sequence
from typing import Final

from simulator.services.dispatch.stored import Stored
from simulator.services.errors import Code, ServiceError
from simulator.store import Collection, FellBehind

_TAKEN: Final = 64
"""Messages handed out at once; few, so that a stalled reader's place stays close to the truth."""


class DispatchFeed:
    """The changes of a collection from now on, after messages that come first."""

    def __init__(self, grid: Collection[Stored], first: Sequence[bytes] = ()) -> None:
        self._grid = grid
        self._first = first
        self._subscription = grid.subscribe()
        self._stopped = False

    @property
    def position(self) -> int:
        """Revision up to which everything was taken."""
        return self._subscription.cursor

    @property
    def newest(self) -> int:
        """Revision of the newest change."""
        return self._grid.revision

    async def take(self) -> Sequence[bytes]:
        """Return the messages that are due, oldest first, at most a few dozen, once there are any.

        Nothing, if and only if the feed was stopped.

        Raises:
            ServiceError: RESOURCE_EXHAUSTED; the log dropped what was not read yet.
        """
        while not self._stopped:
            if self._first:
                first, self._first = self._first, ()
                return first
            if self._subscription.lag:
                return self._changes()
            await self._grid.wakeup.wait()
        return ()

    def stop(self) -> None:
        """Let `take` return nothing, now and from now on."""
        self._stopped = True
        self._grid.wakeup.notify()

    def _changes(self) -> list[bytes]:
        try:
            return [change.frame for change in self._subscription.pending(_TAKEN)]
        except FellBehind as error:
            raise ServiceError(
                Code.RESOURCE_EXHAUSTED,
                f"the stream is too slow: {error.newest - error.revision} changes behind, "
                "list again and open a new one",
            ) from None
