"""The stateful watch of a collection: a page that is kept up to date, with every place in it.

Seed 003, WatchType STATEFUL. A changeset is the difference between what was shown and what the
window shows now, so a reader of any slowness is brought up to date without the log, and resets are
never needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from simulator.services.meta.changesets import Message, PageTokens
from simulator.services.meta.chunks import cut
from simulator.services.meta.ordered import Rendering, Window
from simulator.services.meta.source import Source


class Stateful(Source):
    """What a stateful watch sends.

    Args:
        window: what it shows.
        compose: makes a response.
        chunk: changes of a message; 0: changesets are not cut, and every message is current.
    """

    def __init__(self, window: Window, compose: Callable[..., Message], *, chunk: int = 0) -> None:
        self._window = window
        self._compose = compose
        self._chunk = chunk
        self._most = chunk
        self._shown: Rendering | None = None
        self._revision = window.collection.revision
        self._open: Iterator[Message] | None = None

    @property
    def position(self) -> int:
        """Revision up to which everything was told."""
        return self._revision - (self._shown is None or self._open is not None)

    def next(self) -> Message | None:
        """Return the next chunk of how the window differs from what was shown."""
        if self._open is None:
            self._open = self._changeset()
        return None if self._open is None else next(self._open)

    def split(self, most: int) -> None:
        """Let messages of the next changeset hold no more than `most` changes, if it is cut."""
        self._most = min(most, self._chunk)

    def let_go(self) -> bool:
        """Keep what was shown: without it no change could be told of."""
        return False

    def _changeset(self) -> Iterator[Message] | None:
        shown, now = self._shown, self._window.rendered()
        self._revision = self._window.collection.revision
        if shown is None:
            return self._messages(self._window.entries(now), now, now.tokens)
        if now is shown:
            return None
        frames = self._window.way(shown, now)
        tokens = None if now.tokens == shown.tokens else now.tokens
        if frames or tokens is not None:
            return self._messages(frames, now, tokens)
        self._shown = now
        return None

    def _messages(
        self, frames: Iterable[bytes], rendering: Rendering, tokens: PageTokens | None
    ) -> Iterator[Message]:
        """Yield a changeset; with its last message the rendering counts as shown."""
        most, self._most = self._most, self._chunk
        for chunk, is_last in cut(frames, most or None):
            if not is_last:
                yield self._compose(chunk, is_current=most == 0)
                continue
            self._shown, self._open = rendering, None
            yield self._compose(chunk, is_current=True, page_tokens=tokens)
