"""What the three pulls tell: a start, then what follows from each change of the collection.

Seed 004, PullService, PullServices and PullServiceMetadata. Each is a view of the same log, made
when it is taken; what many streams tell alike is framed once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from simulator.services.services.events import Event, Garbler, events
from simulator.services.services.wire import (
    ADD,
    REMOVE,
    UPDATE,
    metadata_change,
    service_change,
    services_change,
)

if TYPE_CHECKING:
    from simulator.services.services.collection import ServiceCollection
    from simulator.services.services.masks import View
    from simulator.services.services.policy import Policy
    from simulator.services.services.stored import Stored
    from simulator.services.services.totals import Totals
    from simulator.store import Change, Collection

_KEPT: Final = 512
"""Frames that are remembered for streams that tell alike."""


class Pull(Protocol):
    """What one stream tells, in encoded changes of its response."""

    def start(self) -> Iterator[bytes]:
        """Yield what it begins with; as of the moment when the pull was made."""
        ...

    def tell(self, changes: Sequence[Change[Stored]]) -> list[bytes]:
        """Return what follows from changes."""
        ...

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to tell, ever."""
        ...

    @property
    def elsewhere(self) -> tuple[Collection[Stored], int] | None:
        """Where to read on instead, and after which revision."""
        ...


class _Endless:
    """A pull that goes on where it is."""

    ended = False
    elsewhere: tuple[Collection[Stored], int] | None = None


class Frames:
    """Framed events of a collection for one name and view, shared by the streams that have both."""

    def __init__(self, name: str, view: View) -> None:
        self.name = name
        self.view = view
        self._kept: dict[tuple[int, bool], bytes] = {}

    def of(self, event: Event) -> bytes:
        """Return an event as a change of PullServicesResponse."""
        key = (event.revision, event.old is None)
        frame = self._kept.get(key)
        if frame is None:
            frame = services_change(
                self.name,
                event.kind,
                new=None if event.new is None else self.view.encoded(event.new),
                old=None if event.old is None else self.view.encoded(event.old),
                at_us=event.at_us,
            )
            if event.revision:  # others are not what their change says
                if len(self._kept) >= _KEPT:
                    self._kept.clear()
                self._kept[key] = frame
        return frame


class AllServices(_Endless):
    """PullServices: every service as ADD, then what happens to each."""

    def __init__(
        self,
        collection: ServiceCollection,
        frames: Frames,
        policy: Policy,
        *,
        updates_only: bool,
    ) -> None:
        self._frames = frames
        self._snapshot = None if updates_only else collection.store.snapshot()
        self._garbler = None if policy.streams_in_order else Garbler()
        # Only who must leave out old values of the unseen has to know what was seen.
        self._unseen = updates_only and not policy.first_update_has_old
        self._seen: set[str] = set()

    def start(self) -> Iterator[bytes]:
        """Yield every service there was."""
        snapshot, self._snapshot = self._snapshot, None
        for _, stored in snapshot.items() if snapshot is not None else ():
            yield self._frames.of(Event(ADD, stored.state.id, None, stored, stored.at_us))

    def tell(self, changes: Sequence[Change[Stored]]) -> list[bytes]:
        """Return one change for each that can be seen."""
        told = events(changes)
        if self._garbler is not None:
            told = self._garbler.garbled(told)
        if self._unseen:
            told = [self._as_seen(event) for event in told]
        return [self._frames.of(event) for event in told if self._shows(event)]

    def _shows(self, event: Event) -> bool:
        """Whether anything of it can be seen through the mask."""
        if event.kind != UPDATE or event.old is None or event.new is None:
            return True
        return not self._frames.view.same(event.old, event.new)

    def _as_seen(self, event: Event) -> Event:
        first = event.id not in self._seen
        if event.kind == REMOVE:
            self._seen.discard(event.id)
            return event
        self._seen.add(event.id)
        return event._replace(old=None) if first else event


class OneService:
    """PullService: its state, then every state that follows, until it is deleted."""

    def __init__(
        self,
        collection: ServiceCollection,
        present: Stored,
        name: str,
        view: View,
        policy: Policy,
        *,
        updates_only: bool,
    ) -> None:
        self.ended = False
        self.elsewhere: tuple[Collection[Stored], int] | None = None
        self._orphans = collection.orphans
        self._name = name
        self._view = view
        self._told = present
        self._updates_only = updates_only
        self._garbler = None if policy.streams_in_order else Garbler()

    def follows(self, stored: Stored) -> bool:
        """Whether it is the service that is followed; another one of its id is not."""
        return stored.number == self._told.number

    def start(self) -> Iterator[bytes]:
        """Yield the state."""
        if not self._updates_only:
            yield self._frame(self._told)

    def tell(self, changes: Sequence[Change[Stored]]) -> list[bytes]:
        """Return each new state that can be seen; the changes are those of this service."""
        told = events(changes)
        if self._garbler is not None:
            told = self._garbler.garbled(told)
        frames = []
        self.elsewhere = None
        for event in told:
            if event.new is None:
                self.ended = True
            elif not self.follows(event.new):
                self.elsewhere = self._orphans, event.new.orphan_at or 0
            elif not self._view.same(self._told, event.new):
                frames.append(self._frame(event.new))
                self._told = event.new
        return frames

    def _frame(self, stored: Stored) -> bytes:
        return service_change(self._name, self._view.encoded(stored), stored.at_us)


class AllTotals(_Endless):
    """PullServiceMetadata: the totals, then those that differ from the ones told last."""

    def __init__(
        self,
        collection: ServiceCollection,
        name: str,
        view: View,
        policy: Policy,
        *,
        updates_only: bool,
    ) -> None:
        self._ledger = collection.ledger
        self._name = name
        self._view = view
        self._told = collection.totals
        self._updates_only = updates_only
        self._garbler = None if policy.metadata_folds_log else Garbler()
        self._added_up = self._told

    def start(self) -> Iterator[bytes]:
        """Yield the totals."""
        if not self._updates_only:
            yield self._frame(self._told)

    def tell(self, changes: Sequence[Change[Stored]]) -> list[bytes]:
        """Return each of the totals that looks different."""
        frames = []
        for totals in self._totals(changes):
            if not self._view.same(self._told, totals):
                frames.append(self._frame(totals))
                self._told = totals
        return frames

    def _totals(self, changes: Sequence[Change[Stored]]) -> Iterator[Totals]:
        if self._garbler is None:
            yield from (change.after.totals for change in changes)
            return
        for event in self._garbler.garbled(events(changes)):
            old = None if event.old is None else event.old.state
            new = None if event.new is None else event.new.state
            self._added_up = self._ledger.after(self._added_up, old, new, event.at_us)
            yield self._added_up

    def _frame(self, totals: Totals) -> bytes:
        return metadata_change(self._name, self._view.encoded(totals), totals.at_us)
