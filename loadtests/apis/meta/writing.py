"""What a writer does: lives of deployments, one step at a time, each step marked and numbered.

An author creates a deployment, changes it a few times so that it enters and leaves filters and
moves in windows, deletes it, and begins anew under the next parent. Numbers count what the author
did under a parent, so they ascend for each object, and the newest tells how far a watch is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from loadtests import marks
from loadtests.apis.base import NO_EFFECT, Step
from loadtests.apis.meta.queries import CLASSES, Query, parent_of
from loadtests.apis.meta.wire import Wire
from loadtests.marks import Mark

MOST_UPDATES = 4
SERVICES = tuple(f"services/gp-{name}.load" for name in ("east", "north", "west"))
RANKS = 100

Listing = Mapping[str, Mapping[str, tuple[int, str]]]
"""Number and digest of each listed resource, by the key of its query and its name, in order."""


class MetaAuthor:
    """One writer, which makes one call at a time.

    Args:
        name: unique in the run; part of every mark and every name.
        wire: builds the requests.
        run, token: the id of the run, and its random part.
        scopes: the parents by number, used in turn.
        first: where it begins.
        chance: seeded; decides the lengths of lives and what they look like.
    """

    def __init__(
        self,
        name: str,
        wire: Wire,
        run: str,
        token: str,
        scopes: tuple[int, ...],
        *,
        first: int,
        chance: random.Random,
    ) -> None:
        self.name = name
        self.confirmed: dict[int, dict[str, int]] = {}
        """Number of the last confirmed write by scope and name, living ones only."""
        self.unclear: set[str] = set()
        """Names whose state a failed call left unclear."""
        self._wire = wire
        self._run = run
        self._token = token
        self._scopes = scopes
        self._chance = chance
        self._lives = first
        self._left = 0
        self._is_alive = False
        self._numbers: Counter[int] = Counter()

    @property
    def scope(self) -> int:
        """Where the current deployment lives."""
        return self._scopes[self._lives % len(self._scopes)]

    @property
    def object_name(self) -> str:
        """The name of the current deployment."""
        parent = parent_of(self._token, self.scope)
        return f"{parent}/deployments/w{self.name}-{self._lives}"

    def next(self, due_us: int) -> Step:
        """The next step of the current life."""
        scope, name = self.scope, self.object_name
        if not self._is_alive:
            self._left = self._chance.randint(1, MOST_UPDATES) + 1
        number = self._numbers[scope]
        self._numbers[scope] += 1
        if not self._left:
            return self._deletion(scope, name)
        mark = Mark(
            run=self._run,
            scope=scope,
            writer=self.name,
            object=self._lives,
            number=number,
            due_us=due_us,
        )
        request = self._wire.upsert(looks(self._wire, mark, name, self._chance))
        return Step(method="Upsert", request=request, scope=scope, mark=mark, key=name)

    def succeeded(self, step: Step, reply: Any) -> None:
        """The hook confirmed the step."""
        living = self.confirmed.setdefault(step.scope, {})
        if step.mark is None:
            del living[step.key]
            self._begin_anew()
            return
        living[step.key] = step.mark.number
        self._is_alive = True
        self._left -= 1

    def failed(self, step: Step, status: str) -> None:
        """The step failed with this status."""
        if status in NO_EFFECT and status != "NOT_FOUND" and self._is_alive:
            return
        # If something was made after all, the clean-up finds it under its parent.
        self.unclear.add(step.key)
        self._begin_anew()

    def leftovers(self) -> Iterator[Step]:
        """Deletions of everything that was confirmed and still lives."""
        for scope, living in self.confirmed.items():
            for name in living:
                yield self._deletion(scope, name)

    def differences(self, listing: Listing) -> Iterator[tuple[int, str]]:
        """Scope and words for what the hook confirmed and List does not show."""
        for scope, living in self.confirmed.items():
            listed = listing[whole(self._token, scope).key]
            for name, number in living.items():
                shown = listed[name][0] if name in listed else None
                if name not in self.unclear and shown != number:
                    what = "nothing" if shown is None else f"number {shown}"
                    yield (
                        scope,
                        f"{name}: number {number} was confirmed, the listing shows {what}",
                    )

    def _deletion(self, scope: int, name: str) -> Step:
        request = self._wire.delete(name)
        return Step(method="Delete", request=request, scope=scope, mark=None, key=name)

    def _begin_anew(self) -> None:
        self._is_alive = False
        self._lives += 1


def whole(token: str, scope: int) -> Query:
    """Everything under a parent of the run."""
    return Query(parent=parent_of(token, scope), scope=scope)


def looks(wire: Wire, mark: Mark, name: str, chance: random.Random) -> dict[str, Any]:
    """A deployment with this mark and a random class, rank and service."""
    return wire.resource(
        mark,
        name,
        kind=chance.choice(CLASSES),
        rank=f"{chance.randrange(RANKS):02d}",
        service=chance.choice(SERVICES),
    )


def resident(wire: Wire, run: str, token: str, scope: int, number: int) -> dict[str, Any]:
    """A deployment of the population, which nobody is going to touch."""
    mark = Mark(
        run=run,
        scope=scope,
        writer=marks.POPULATION_WRITER,
        object=number,
        number=0,
        due_us=0,
    )
    name = f"{parent_of(token, scope)}/deployments/p{number:05d}"
    return looks(wire, mark, name, random.Random(f"{run}/{number}"))
