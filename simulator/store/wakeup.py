"""One wake-up shared by everyone who waits for changes of a collection.

A commit costs the same whether one stream waits or a thousand: it hands the waiters over to the
event loop, which wakes them in its next turn, in the order in which they began to wait. Commits
that follow before that turn find nobody waiting, so a burst wakes each stream once. There is no
queue behind this: what has happened stands in the change log.
"""

import asyncio
from collections.abc import Iterable


class Wakeup:
    """Wakes all waiters at once. All waiters live on one event loop, and `notify` on its thread.

    Without a waiter no event loop is needed, so a core can be used without one.
    """

    def __init__(self) -> None:
        # A dictionary for its order and its cheap removal: a cancelled waiter leaves by itself.
        self._waiters: dict[asyncio.Future[None], None] = {}

    def notify(self) -> None:
        """Wake everyone who is waiting now."""
        if self._waiters:
            waiters, self._waiters = self._waiters, {}
            loop = next(iter(waiters)).get_loop()
            loop.call_soon(_release, waiters)

    async def wait(self) -> None:
        """Return after the next `notify`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        try:
            await waiter
        finally:
            self._waiters.pop(waiter, None)


def _release(waiters: Iterable[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
