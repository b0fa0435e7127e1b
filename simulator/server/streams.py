"""Open streams: what each was handed, and how it is ended from outside.

A stream ends by a status that its own handler sends. A handler that is stuck in a write to a
reader that does not read cannot do that; it is detached at once and aborted in the background.
Handlers are never cancelled: a cancelled handler sends no status, and its client waits for ever.

A feed may be `Steered`: then it can be paused, which nobody takes for a stalled reader, and some
get along with a reader that has stopped reading, so that its stream need not end.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

import grpc

from simulator.server.status import STATUS, fault, trailers
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Dialect, Feed

MAX_PENDING: Final = 1000
"""Changes that may lie before a reader that has stopped reading (our choice)."""
SWEEP_S: Final = 0.5
"""How often stalled readers are looked for."""
_POLITE_S: Final = 0.2
"""How long a handler may take to end its own stream."""
_ABORT_S: Final = 30.0
"""How long an abort may wait for a reader; then the connection's end has to do."""
_UNREAD_S: Final = 1.0
"""How long nothing is handed over before a reader counts as not reading (our choice)."""
_POLL_S: Final = 0.005


@runtime_checkable
class Steered(Feed, Protocol):
    """A feed that behaves as it is ordered to, and knows when its stream has ended."""

    paused: bool
    """Whether nothing is handed out until further notice."""

    def let_go(self) -> bool:
        """Release what is kept for a reader that does not read; False if it cannot go on then."""
        ...


class OpenStream:
    """One stream: its feed, its call, and how far it has come."""

    def __init__(self, dialect: Dialect, feed: Feed, context: Any) -> None:
        self.dialect = dialect
        self.feed = feed
        self.steered = feed if isinstance(feed, Steered) else None
        self.context = context
        self.ending: ServiceError | None = None
        """Why it is to end; set from outside."""
        self.waiting = False
        """Whether all that was taken is handed over, and more of it awaited."""
        self.messages = 0
        """How many messages were handed over."""
        self.finished = asyncio.Event()
        self._written = feed.position
        self._seen = 0

    @property
    def api(self) -> str:
        """Short name of the API that it belongs to."""
        return self.dialect.api

    @property
    def written(self) -> int:
        """Revision up to which everything was handed to the connection."""
        return self.feed.position if self.waiting else self._written

    @property
    def paused(self) -> bool:
        """Whether it was ordered to hand out nothing."""
        return self.steered is not None and self.steered.paused

    async def take(self) -> Sequence[bytes]:
        """Return what is to be written next, all before it being written."""
        self.waiting = True
        try:
            return await self.feed.take()
        finally:
            self.waiting = False

    def wrote(self) -> None:
        """Note that all that was taken is handed over."""
        self._written = self.feed.position

    @property
    def pending(self) -> int:
        """Changes that were not handed over yet."""
        return max(self.feed.newest - self.written, 0)

    async def abort(self, reason: ServiceError) -> None:
        """End the call with a status."""
        told = self.dialect.explain(reason)
        await self.context.abort(STATUS[told.code], told.text, trailers(told))

    def stalled(self) -> bool:
        """Whether nothing was handed over since the last call, although there was something."""
        stalled = self.pending > 0 and self._seen == self.messages and not self.paused
        self._seen = self.messages
        return stalled


class Streams:
    """All open streams of a server."""

    def __init__(self, max_pending: int = MAX_PENDING) -> None:
        self.overflows = 0
        """How many streams were ended because their readers fell behind."""
        self.max_pending = max_pending
        self._open: set[OpenStream] = set()
        self._endings: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[OpenStream]:
        return iter(tuple(self._open))

    @property
    def pending(self) -> int:
        """Changes that all streams together were not handed yet."""
        return sum(stream.pending for stream in self._open)

    async def serve(self, dialect: Dialect, feed: Feed, context: Any) -> None:
        """Hand a feed of an API to a call until the client leaves or the stream must end."""
        stream = OpenStream(dialect, feed, context)
        self._open.add(stream)
        try:
            # Without this a client could not tell that it is subscribed before the first change.
            await context.send_initial_metadata(())
            failure = await _deliver(stream)
            if failure is None:
                return
            if failure.code is Code.RESOURCE_EXHAUSTED and stream.ending is None:
                self.overflows += 1
        except asyncio.CancelledError:
            # The client left. If not, it must hear something: silence or OK would stop it for good.
            failure = ServiceError(Code.UNAVAILABLE, "the stream was interrupted")
        except grpc.aio.BaseError:
            failure = ServiceError(Code.UNAVAILABLE, "the stream broke")
        except Exception as error:
            failure = fault(f"a stream of {stream.api}", error)
        finally:
            self._open.discard(stream)
            stream.finished.set()
            if stream.steered is not None:
                stream.steered.stop()
        if not context.done():
            await stream.abort(failure)

    def end(self, stream: OpenStream, reason: ServiceError) -> None:
        """End a stream with a status: at once if its reader reads, else as soon as it does."""
        if stream.ending is not None or stream not in self._open:
            return
        stream.ending = reason
        self._open.discard(stream)
        stream.feed.stop()
        task = asyncio.create_task(_see_to(stream, reason))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    def end_all(self, reason: ServiceError, api: str = "") -> int:
        """End the streams of an API, or of all if none is named; returns how many."""
        chosen = [stream for stream in self if api in ("", stream.api)]
        for stream in chosen:
            self.end(stream, reason)
        return len(chosen)

    async def ended(self, timeout_s: float) -> None:
        """Return when all streams that were told to end have done so, or after the timeout."""
        if self._endings:
            await asyncio.wait(tuple(self._endings), timeout=timeout_s)

    def sweep(self) -> None:
        """See to streams whose readers have stopped reading and have too much before them.

        They end, unless their feeds can let go of it and start over with whoever reads on.
        """
        for stream in self:
            if stream.stalled() and stream.pending > self.max_pending:
                if stream.steered is not None and stream.steered.let_go():
                    continue
                self.overflows += 1
                text = f"the reader stopped reading, {stream.pending} changes are pending"
                self.end(stream, ServiceError(Code.RESOURCE_EXHAUSTED, text))

    async def barrier(self, timeout_s: float) -> int:
        """Return how many streams there are, once each was handed all that happened before.

        Paused streams are not waited for.

        Raises:
            ServiceError: DEADLINE_EXCEEDED; some were not within the timeout.
        """
        goals = {stream: stream.feed.newest for stream in self}
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while late := self._late(goals):
            if loop.time() >= deadline:
                raise _lagging(len(late), timeout_s)
            await asyncio.sleep(_POLL_S)
        return sum(stream in self._open for stream in goals)

    async def settle(self, api: str, timeout_s: float) -> int:
        """Wait until the streams of an API were handed all that happened before.

        Returns how many were not waited for: paused ones, and those whose readers do not read.

        Raises:
            ServiceError: DEADLINE_EXCEEDED; some are read, but not to the end within the timeout.
        """
        goals = {stream: stream.feed.newest for stream in self if stream.api == api}
        loop = asyncio.get_running_loop()
        start = loop.time()
        moved = {stream: (stream.messages, start) for stream in goals}
        patience_s = min(_UNREAD_S, timeout_s / 2)
        while late := self._late(goals):
            now = loop.time()
            for stream in late:
                if moved[stream][0] != stream.messages:
                    moved[stream] = (stream.messages, now)
            if all(now - moved[stream][1] >= patience_s for stream in late):
                break
            if now - start >= timeout_s:
                raise _lagging(len(late), timeout_s)
            await asyncio.sleep(_POLL_S)
        return len(late) + sum(stream in self._open and stream.paused for stream in goals)

    def _late(self, goals: Mapping[OpenStream, int]) -> list[OpenStream]:
        """Return the open, unpaused streams that were not handed all up to their goals."""
        return [
            stream
            for stream, goal in goals.items()
            if stream in self._open and stream.written < goal and not stream.paused
        ]


def _lagging(count: int, timeout_s: float) -> ServiceError:
    return ServiceError(Code.DEADLINE_EXCEEDED, f"{count} streams lag after {timeout_s:g} s")


async def _deliver(stream: OpenStream) -> ServiceError | None:
    """Write what the feed hands out, until there is a reason to end; None for a clean end."""
    write = stream.context.write
    try:
        while True:
            if not (taken := deque(await stream.take())):
                return stream.ending or ServiceError(Code.UNAVAILABLE, "the stream was stopped")
            # Emptied on the way: an idle stream must not keep what it sent last.
            while taken:
                await write(taken.popleft())
                stream.messages += 1
                if stream.ending is not None:
                    return stream.ending
            stream.wrote()
            if stream.ending is not None:
                return stream.ending
    except ServiceError as error:
        return error
    except StopAsyncIteration:
        return None


async def _see_to(stream: OpenStream, reason: ServiceError) -> None:
    """Wait for a handler to end its stream, then abort it from here."""
    try:
        await asyncio.wait_for(stream.finished.wait(), _POLITE_S)
    except TimeoutError:
        try:
            await asyncio.wait_for(stream.abort(reason), _ABORT_S)
        except (TimeoutError, grpc.aio.BaseError, asyncio.InvalidStateError):
            return
