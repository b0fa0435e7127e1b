"""What an author does: tasks are created and, if it takes whole lives, claimed and completed.

Of what happens to a task only the creation carries a mark of its own, so only that is timed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from loadtests.apis.base import NO_EFFECT, Step
from loadtests.apis.tasks.wire import CLAIM, COMPLETE, CREATE, STATES, Wire
from loadtests.marks import Mark

CALLS = (CREATE, CLAIM, COMPLETE)
"""Each leads to the state of the same place."""

Listing = Mapping[int, Mapping[str, tuple[str, str]]]
"""State and digest of the run's tasks by tenant's number and name."""


class TasksAuthor:
    """One writer, which makes one call at a time.

    Args:
        name: unique in the run; part of every mark and every id.
        wire: builds the requests.
        scopes: numbers of the tenants, used in turn.
        first: where it begins.
        takes_lives: whether it claims and completes what it made, or leaves that to others.
    """

    def __init__(
        self, name: str, wire: Wire, scopes: tuple[int, ...], *, first: int, takes_lives: bool
    ) -> None:
        self.name = name
        self.confirmed: dict[int, dict[str, int]] = {}
        """Place of the last confirmed call by scope and name."""
        self.unclear: set[str] = set()
        """Names of tasks whose state a failed call left unclear."""
        self._wire = wire
        self._scopes = scopes
        self._calls = CALLS if takes_lives else CALLS[:1]
        self._lives = first
        self._place = 0

    def next(self, due_us: int) -> Step:
        """The next step of the current task."""
        scope = self._scopes[self._lives % len(self._scopes)]
        mark = Mark(
            run=self._wire.run,
            scope=scope,
            writer=self.name,
            object=self._lives,
            number=0,
            due_us=due_us,
        )
        name, method = self._wire.name(mark), self._calls[self._place]
        if method == CREATE:
            request = self._wire.create(mark)
        elif method == CLAIM:
            request = self._wire.claim(name)
        else:
            request = self._wire.complete(name, self.name)
        own = mark if method == CREATE else None
        return Step(method=method, request=request, scope=scope, mark=own, key=name)

    def succeeded(self, step: Step, reply: object) -> None:
        """The target confirmed the step."""
        self.confirmed.setdefault(step.scope, {})[step.key] = self._place
        self._place += 1
        if self._place == len(self._calls):
            self._begin_anew()

    def failed(self, step: Step, status: str) -> None:
        """The step failed with this status; the task is left as it is."""
        if status not in NO_EFFECT:
            self.unclear.add(step.key)
        self._begin_anew()

    def leftovers(self) -> Iterator[Step]:
        """Nothing: what was made cannot be deleted, and the desk completes it."""
        return iter(())

    def differences(self, listing: Listing) -> Iterator[tuple[int, str]]:
        """Scope and words for what was confirmed and is not listed, or as something else."""
        for scope, made in self.confirmed.items():
            for name, place in made.items():
                state, _ = listing[scope].get(name, ("nothing", ""))
                is_fine = state == STATES[place] or (len(self._calls) == 1 and state in STATES)
                if name not in self.unclear and not is_fine:
                    wanted = STATES[place]
                    yield scope, f"{name}: {wanted} was confirmed, the listing shows {state}"

    def _begin_anew(self) -> None:
        self._lives += 1
        self._place = 0
