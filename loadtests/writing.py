"""What a writer does: lives of dispatches, one step at a time, each step marked and numbered.

An author creates a dispatch, updates it a few times, deletes it and begins anew on the next
microgrid. It knows what the server confirmed, so that the final listing can be compared with it;
after a failure whose effect is unknown it gives the dispatch up and leaves it to the clean-up.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from loadtests import dispatch
from loadtests.dispatch import Wire
from loadtests.marks import Mark

MOST_UPDATES = 4
LONGEST_S = 3600
DURATION_CHANGES = 0.3
"""Share of updates that change the duration too, so that not only the payload moves."""

NO_EFFECT = frozenset({"INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED"})
"""Status codes that tell that nothing was changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One call to make: method, request and the mark it leaves (None for a deletion)."""

    method: str
    request: Any  # a message of a private pool
    microgrid: int
    mark: Mark | None
    dispatch_id: int = 0


class Author:
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
            return Step(
                method=dispatch.CREATE, request=request, microgrid=self.microgrid, mark=mark
            )
        if self._number >= self._updates:
            return Step(
                method=dispatch.DELETE,
                request=self._wire.delete(self.microgrid, self._dispatch_id),
                microgrid=self.microgrid,
                mark=None,
                dispatch_id=self._dispatch_id,
            )
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
            microgrid=self.microgrid,
            mark=mark,
            dispatch_id=self._dispatch_id,
        )

    def succeeded(self, step: Step, reply: Any) -> None:
        """The server confirmed the step."""
        living = self.confirmed.setdefault(step.microgrid, {})
        if step.mark is None:
            del living[step.dispatch_id]
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
            self.unclear.add(step.dispatch_id)
            self._begin_anew()

    def _mark(self, due_us: int) -> Mark:
        return Mark(
            run=self._run,
            microgrid=self.microgrid,
            writer=self.name,
            object=self._lives,
            number=self._number,
            due_us=due_us,
        )

    def _begin_anew(self) -> None:
        self._dispatch_id = 0
        self._lives += 1
