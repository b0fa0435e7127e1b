"""What a writer does: lives of dispatches, one step at a time, each step marked and numbered.

An author creates a dispatch, updates it a few times, deletes it and begins anew on the next
microgrid. It knows what the server confirmed, so that the final listing can be compared with it;
after a failure whose effect is unknown it gives the dispatch up and leaves it to the clean-up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from loadtests.apis.base import NO_EFFECT, Step
from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.watching import Listing
from loadtests.apis.dispatch.wire import Wire
from loadtests.marks import Mark

MOST_UPDATES = 4
LONGEST_S = 3600
DURATION_CHANGES = 0.3
"""Share of updates that change the duration too, so that not only the payload moves."""


class DispatchAuthor:
    """One writer, which makes one call at a time.

    Args:
        name: unique in the run; part of every mark.
        wire: builds the requests.
        run: the run's id.
        microgrids: used in turn, beginning with the one that `first` selects.
        chance: seeded; decides the lengths of lives and which fields change.
    """

    def __init__(
        self,
        name: str,
        wire: Wire,
        run: str,
        microgrids: tuple[int, ...],
        *,
        first: int,
        chance: random.Random,
    ) -> None:
        self.name = name
        self.confirmed: dict[int, dict[int, int]] = {}
        """Number of the last confirmed write by microgrid and dispatch id, living ones only."""
        self.unclear: set[int] = set()
        """Dispatches whose state a failed call left unclear."""
        self._wire = wire
        self._run = run
        self._microgrids = microgrids
        self._chance = chance
        self._lives = first
        self._dispatch_id = 0
        self._number = 0
        self._updates = 0

    @property
    def microgrid(self) -> int:
        """Where the current dispatch lives."""
        return self._microgrids[self._lives % len(self._microgrids)]

    def next(self, due_us: int) -> Step:
        """The next step of the current life."""
        if not self._dispatch_id:
            self._number = 0
            self._updates = self._chance.randint(1, MOST_UPDATES)
            mark = self._mark(due_us)
            duration_s = self._chance.randint(0, LONGEST_S)
            request = self._wire.create(mark, duration_s=duration_s)
            return Step(method=dispatch.CREATE, request=request, scope=self.microgrid, mark=mark)
        if self._number >= self._updates:
            return self._deletion(self.microgrid, self._dispatch_id)
        self._number += 1
        mark = self._mark(due_us)
        changed = self._chance.random() < DURATION_CHANGES
        duration_s = self._chance.randint(0, LONGEST_S)
        request = self._wire.update(
            mark, self._dispatch_id, duration_s=duration_s if changed else None
        )
        return Step(
            method=dispatch.UPDATE,
            request=request,
            scope=self.microgrid,
            mark=mark,
            key=self._dispatch_id,
        )

    def succeeded(self, step: Step, reply: Any) -> None:
        """The server confirmed the step."""
        living = self.confirmed.setdefault(step.scope, {})
        if step.mark is None:
            del living[step.key]
            self._begin_anew()
            return
        if step.method == dispatch.CREATE:
            self._dispatch_id = reply.dispatch.metadata.dispatch_id
        living[self._dispatch_id] = step.mark.number

    def failed(self, step: Step, status: str) -> None:
        """The step failed with this status."""
        if step.method == dispatch.CREATE:
            # Nothing to give up: if the dispatch was made after all, the clean-up finds its mark.
            self._lives += 1
            return
        if status in NO_EFFECT and step.method == dispatch.UPDATE:
            self._number -= 1
        if status not in NO_EFFECT or status == "NOT_FOUND":
            self.unclear.add(step.key)
            self._begin_anew()

    def leftovers(self) -> Iterator[Step]:
        """Deletions of every dispatch that was confirmed and still lives."""
        for microgrid, living in self.confirmed.items():
            for dispatch_id in living:
                yield self._deletion(microgrid, dispatch_id)

    def differences(self, listing: Listing) -> Iterator[tuple[int, str]]:
        """Microgrid and words for what the server confirmed and does not list."""
        for microgrid, living in self.confirmed.items():
            listed = listing.get(microgrid, {})
            for key, number in living.items():
                shown = listed.get(key)
                if key in self.unclear or (shown is not None and shown.number == number):
                    continue
                what = f"number {shown.number}" if shown else "nothing"
                yield (
                    microgrid,
                    f"{key}: number {number} was confirmed, the listing shows {what}",
                )

    def _deletion(self, microgrid: int, dispatch_id: int) -> Step:
        request = self._wire.delete(microgrid, dispatch_id)
        return Step(
            method=dispatch.DELETE, request=request, scope=microgrid, mark=None, key=dispatch_id
        )

    def _mark(self, due_us: int) -> Mark:
        return Mark(
            run=self._run,
            scope=self.microgrid,
            writer=self.name,
            object=self._lives,
            number=self._number,
            due_us=due_us,
        )

    def _begin_anew(self) -> None:
        self._dispatch_id = 0
        self._lives += 1
