"""Events as checks compare them: each once, however often it was delivered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from conformance.oracles.tasks.model import Event, Task, Type
from conformance.targets.tasks import TasksTarget
from conformance.targets.tasks_feed import Feed

Done = Sequence[tuple[str, Task | Type]]
"""Kinds of events that calls have to cause, and what the calls answered, in order."""


def once(events: Sequence[Event]) -> list[Event]:
    """Events without those that were delivered again: what has one number is one event."""
    return list({event.sequence or id(event): event for event in events}.values())


def about(feed: Feed, done: Done) -> list[Event]:
    """The events of what calls answered, once they all have come."""
    names = {item.name for _, item in done}
    return [event for event in once(feed.settled()) if event.subject in names]


def told(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Kind and subject of each."""
    return [(event.type, event.subject) for event in events]


@contextmanager
def feed_if_any(api: TasksTarget) -> Iterator[Feed | None]:
    """An open feed, or None where the target has none."""
    if api.session.lacks("feed"):
        yield None
    else:
        with api.feed() as feed:
            yield feed
