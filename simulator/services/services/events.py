"""Changes as streams tell them: something came, changed or went; and how some streams garble them.

In order, an event is what its change says. The published Go service publishes each state from a
thread of its own, so that two states of one instant may arrive swapped, and the last one told may
be stale; `Garbler` does that on request, the same way on every stream and in every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from simulator.services.services.wire import ADD, REMOVE, UPDATE
from simulator.store import Change, Kind

if TYPE_CHECKING:
    from simulator.services.services.stored import Stored

AT_ONCE_US: Final = 1000
"""How far apart states may be that can arrive swapped."""
_ONE_IN: Final = 4
"""How many of the pairs that could be swapped are there for one that is."""


class Event(NamedTuple):
    """What a stream tells of one change."""

    kind: int
    """ADD, UPDATE or REMOVE of ChangeType."""
    id: str
    """Which service it is about."""
    old: Stored | None
    new: Stored | None
    at_us: int
    revision: int = 0
    """Of the change; 0 where an event is not what its change says."""


def events(changes: Iterable[Change[Stored]]) -> list[Event]:
    """Return what changes tell; nothing of a ghost's end."""
    found = []
    for change in changes:
        after, before = change.after, change.before
        service_id, at_us, revision = after.state.id, after.at_us, change.revision
        if change.kind is Kind.DELETED:
            if not after.ghost:
                found.append(Event(REMOVE, service_id, after, None, at_us, revision))
        elif before is not None and before.number == after.number:
            found.append(Event(UPDATE, service_id, before, after, at_us, revision))
        else:
            found.append(Event(ADD, service_id, None, after, at_us, revision))
    return found


class Garbler:
    """Swaps some states that followed each other at once, for one stream."""

    def __init__(self) -> None:
        self._told: dict[str, Stored] = {}
        """What was told last of each service that changed."""

    def garbled(self, told: Sequence[Event]) -> list[Event]:
        """Return events in the order of their arrival, each following from the one before."""
        found = list(told)
        index = 0
        while index + 1 < len(found):
            first, second = found[index], found[index + 1]
            if _swaps(first, second) and first.old is not None:
                self._told.setdefault(first.id, first.old)
                found[index : index + 2] = second, first
                index += 1
            index += 1
        return [self._chained(event) for event in found]

    def _chained(self, event: Event) -> Event:
        """Let the old value be what was told last."""
        if event.new is None:
            self._told.pop(event.id, None)
            return event
        old = self._told.get(event.id, event.old) if event.kind == UPDATE else None
        self._told[event.id] = event.new
        return event if old is event.old else event._replace(old=old, revision=0)


def _swaps(first: Event, second: Event) -> bool:
    return (
        first.kind == second.kind == UPDATE
        and first.id == second.id
        and second.at_us - first.at_us < AT_ONCE_US
        and crc32(str(second.revision).encode()) % _ONE_IN == 0
    )
