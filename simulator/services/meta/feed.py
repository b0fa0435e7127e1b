"""A watch as a server takes it: what its source says, paused, dropped or disturbed as ordered.

Orders take effect between two messages. Waiting is on the collection's wake-up, which orders use
too; there is no queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.services.errors import Code, ServiceError
from simulator.services.meta.faults import Fault, Orders, Verb

if TYPE_CHECKING:
    from simulator.services.meta.changesets import Message
    from simulator.services.meta.registry import Stored
    from simulator.services.meta.source import Source
    from simulator.store import Collection

_TAKEN: Final = 16
"""Messages handed out at once; few, so that orders reach a slow reader soon."""


class WatchFeed:
    """The messages of one watch.

    Args:
        source: what it has to say.
        collection: what it watches.
        tag: what its caller calls it; empty: nothing.
    """

    def __init__(self, source: Source, collection: Collection[Stored], tag: str) -> None:
        self.tag = tag
        self.paused = False
        """Whether nothing is sent until further notice."""
        self._source = source
        self._collection = collection
        self._orders = Orders()
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._waits = False

    @property
    def position(self) -> int:
        """Revision up to which everything was taken; before the newest while an order is due."""
        position = self._source.position
        return min(position, self.newest - 1) if self._orders.due() else position

    @property
    def newest(self) -> int:
        """Revision of the newest change."""
        return self._collection.revision

    async def take(self) -> Sequence[bytes]:
        """Return the messages that are due, oldest first, at most a few, once there are any.

        Nothing, if and only if the feed was stopped.

        Raises:
            ServiceError: the stream was ordered to end so.
            StopAsyncIteration: the stream was ordered to end cleanly.
        """
        while not self._stopped:
            if taken := self._due():
                return taken
            self._waits = True
            try:
                await self._collection.wakeup.wait()
            finally:
                self._waits = False
        return ()

    def stop(self) -> None:
        """Let `take` return nothing, now and from now on."""
        self._stopped = True
        if self._waits:  # the wake-up is everyone's, and many streams may end at once
            self._collection.wakeup.notify()

    @property
    def stopped(self) -> bool:
        """Whether it was."""
        return self._stopped

    def let_go(self) -> bool:
        """Release what is kept for a reader that does not read; False if that cannot be."""
        return self._source.let_go()

    def order(self, fault: Fault) -> None:
        """Let a fault happen, which concerns this watch."""
        if fault.verb is Verb.RESUME:
            self._resume()
        elif fault.verb is Verb.PAUSE and not fault.after:
            self._pause(fault.for_s)
        else:
            self._orders.add(fault)
        self._collection.wakeup.notify()

    def _due(self) -> list[bytes]:
        taken: list[bytes] = []
        while len(taken) < _TAKEN:
            fault = self._orders.due()
            if fault is not None and fault.verb is Verb.DROP:
                if not taken:  # what was sent before it arrives before it
                    self._orders.done(fault)
                    raise _end(fault.code)
                break
            if self.paused:
                break
            message = self._source.next() if fault is None else self._obey(fault)
            if message is not None:
                taken.append(message.data)
                if message.changes:
                    self._orders.sent()
            elif fault is None:
                break
        return taken

    def _obey(self, fault: Fault) -> Message | None:
        """Do what is ordered; returns what is to be sent because of it, or before it."""
        source = self._source
        # Published clients count what they have received: a size check waits for a whole changeset.
        if fault.verb is Verb.SIZE and (message := source.next()) is not None:
            return message
        self._orders.done(fault)
        match fault.verb:
            case Verb.SOFT_RESET:
                return source.soft_reset()
            case Verb.HARD_RESET:
                return source.hard_reset()
            case Verb.SIZE:
                return source.size_check(fault.count)
            case Verb.SPLIT:
                source.split(fault.most)
            case Verb.PAUSE:
                self._pause(fault.for_s)
        return None

    def _pause(self, for_s: float) -> None:
        self._resume()
        self.paused = True
        if for_s:
            self._timer = asyncio.get_running_loop().call_later(for_s, self._resume)

    def _resume(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.paused = False
        self._collection.wakeup.notify()


def _end(code: Code | None) -> Exception:
    if code is None:
        return StopAsyncIteration()
    return ServiceError(code, "the stream was dropped, as ordered")
