"""Blocking streams that are never left open (greenlet plane).

Killing a greenlet that waits for a message ends the greenlet but not the call: the server keeps
the stream. So every stream lives in a `stream_call`, which cancels in any case, and a counter
tells at the end whether one was forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Call(Protocol):
    """What is used of a streaming gRPC call."""

    def __iter__(self) -> Iterator[Any]:
        """Messages as they come."""

    def cancel(self) -> bool:
        """End the call."""


class Streams:
    """The open streams of a process; `opened` and `closed` have to agree at the end."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0
        self._active: set[Stream] = set()

    def add(self, stream: Stream) -> None:
        """Count a stream as open."""
        self.opened += 1
        self._active.add(stream)

    def remove(self, stream: Stream) -> None:
        """Count a stream as closed."""
        self.closed += 1
        self._active.discard(stream)

    def cancel_all(self) -> None:
        """Cancel every open stream; their readers see the end of their call."""
        for stream in list(self._active):
            stream.cancel()


class Stream:
    """One open stream; `is_ours` tells whether we were the ones who ended it."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.is_ours = False

    def cancel(self) -> None:
        """End the stream; what the reader then sees is a normal end."""
        self.is_ours = True
        self.call.cancel()


@contextmanager
def stream_call(start: Callable[[], Call], streams: Streams) -> Iterator[Stream]:
    """A stream that is cancelled when the block is left, by whatever way."""
    stream = Stream(start())
    streams.add(stream)
    try:
        yield stream
    finally:
        stream.cancel()
        streams.remove(stream)
