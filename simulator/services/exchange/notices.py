"""Notices to whoever listens for a topic: exports and uploads that are there, points published.

A topic is a log of its latest notices, so listeners hold no queue: one that is too slow falls off
the log and is told so, without slowing others. The latest notice of a topic can be kept for those
who come after it: the published SDK 0.0.24 subscribes at the same time as it orders an export, and
waits in vain for what was over by then.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

from simulator.store import Collection

KEPT: Final = 10_000
"""Topics without a listener whose latest notice is kept (our choice)."""
BACKLOG: Final = 256
"""Notices of a topic that a listener may lie behind (our choice)."""


class Notices:
    """Topics and their listeners; all of it belongs to one event loop.

    Args:
        kept: topics without a listener that are kept; those that were used longest ago go first.
        backlog: notices that a listener may lie behind.
    """

    def __init__(self, kept: int = KEPT, backlog: int = BACKLOG) -> None:
        self.lose: Callable[[Hashable, Any], bool] = lambda topic, notice: False
        """Asked before each notice is given out; true: it is lost."""
        self._kept = kept
        self._backlog = backlog
        self._topics: dict[Hashable, _Topic] = {}
        self._idle: OrderedDict[Hashable, None] = OrderedDict()

    def heard(self, topic: Hashable) -> bool:
        """Whether anyone listens to a topic now."""
        known = self._topics.get(topic)
        return known is not None and known.listeners > 0

    def publish(self, topic: Hashable, notice: Any, *, keep: bool = False) -> None:
        """Tell all listeners of a topic; with `keep`, also each one who comes until the next."""
        if not (keep or self.heard(topic)) or self.lose(topic, notice):
            return
        known = self._topic(topic)
        known.kept = keep
        known.log.put(None, notice)
        self._tidy(topic)

    def withdraw(self, topic: Hashable) -> None:
        """Let nobody who comes later be told what was kept."""
        known = self._topics.get(topic)
        if known is not None:
            known.kept = False
            self._tidy(topic)

    def listen(self, topic: Hashable, allowed: Callable[[], object] = lambda: None) -> Listener:
        """Return what yields the notices of a topic from now on, and first the one that is kept.

        `allowed` is called before each notice is handed out; what it raises ends the listening.
        """
        known = self._topic(topic)
        known.listeners += 1
        self._tidy(topic)
        return Listener(known, allowed, lambda: self._left(topic, known))

    def clear(self) -> None:
        """Forget all topics; their listeners come to an end."""
        topics, self._topics = self._topics, {}
        self._idle.clear()
        for topic in topics.values():
            topic.ended = True
            topic.log.wakeup.notify()

    def _topic(self, name: Hashable) -> _Topic:
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = _Topic(self._backlog)
        return topic

    def _left(self, name: Hashable, topic: _Topic) -> None:
        topic.listeners -= 1
        if self._topics.get(name) is topic:
            self._tidy(name)

    def _tidy(self, name: Hashable) -> None:
        """Drop a topic that nobody needs, and kept ones that were idle for longest."""
        topic = self._topics[name]
        self._idle.pop(name, None)
        if topic.listeners:
            return
        if not topic.kept:
            del self._topics[name]
            return
        self._idle[name] = None
        while len(self._idle) > self._kept:
            oldest, _ = self._idle.popitem(last=False)
            del self._topics[oldest]


class _Topic:
    def __init__(self, backlog: int) -> None:
        self.log: Collection[Any] = Collection(
            orders={}, encode=lambda notice: b"", log_size=backlog
        )
        self.listeners = 0
        self.kept = False
        self.ended = False


class Listener:
    """Yields the notices of a topic, in order; to be closed by whoever asked for it."""

    def __init__(
        self, topic: _Topic, allowed: Callable[[], object], closed: Callable[[], None]
    ) -> None:
        after = topic.log.revision - (1 if topic.kept else 0)
        self._subscription = topic.log.subscribe(after=after)
        self._topic = topic
        self._allowed = allowed
        self._closed: Callable[[], None] | None = closed

    @property
    def lag(self) -> int:
        """How many notices there are that were not handed out yet."""
        return self._subscription.lag

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> Any:
        """Return the next notice, waiting for it.

        Raises:
            FellBehind: this listener was too slow; it has missed some.
            StopAsyncIteration: the topic is gone, or this listener is closed.
        """
        while not self._subscription.lag:
            if self._topic.ended or self._closed is None:
                raise StopAsyncIteration
            await self._topic.log.wakeup.wait()
        (change,) = self._subscription.pending(1)
        self._allowed()
        return change.after

    def close(self) -> None:
        """Listen no more; again is nothing."""
        if self._closed is not None:
            self._closed()
            self._closed = None
            self._topic.log.wakeup.notify()
