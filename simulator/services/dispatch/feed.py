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
        self._first = list(first)
        self._subscription = grid.subscribe()
        self._nudged = False

    @property
    def position(self) -> int:
        """Revision up to which everything was taken."""
        return self._subscription.cursor

    @property
    def newest(self) -> int:
        """Revision of the newest change."""
        return self._grid.revision

    def take(self) -> list[bytes]:
        """Return the messages that are due, oldest first, at most a few dozen.

        Raises:
            ServiceError: RESOURCE_EXHAUSTED; the log dropped what was not read yet.
        """
        if self._first:
            first, self._first = self._first, []
            return first
        try:
            return [change.frame for change in self._subscription.pending(_TAKEN)]
        except FellBehind as error:
            raise ServiceError(
                Code.RESOURCE_EXHAUSTED,
                f"the stream is too slow: {error.newest - error.revision} changes behind, "
                "list again and open a new one",
            ) from None

    async def wait(self) -> None:
        """Return when a change lies ahead, or after `nudge`."""
        while not self._subscription.lag and not self._nudged:
            await self._grid.wakeup.wait()

    def nudge(self) -> None:
        """Let `wait` return at once, now and from now on."""
        self._nudged = True
        self._grid.wakeup.notify()
