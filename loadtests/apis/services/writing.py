"""What a writer does: services are created, configured, started, stopped and deleted.

An author may have a service of the population to itself, which lives through the whole run so that
it can be pulled alone; most of its work goes there. Every configuration carries a mark; a start or
a stop has none, so it is not timed, but what it leads to is compared in the end. Numbers count the
marked writes of an author in a collection, so they ascend for each service.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.oracles.services.model import Metadata, Service
from loadtests.apis.base import NO_EFFECT, Step
from loadtests.apis.services.wire import Wire
from loadtests.marks import Mark

MOST_STEPS = 6
RESIDENT_SHARE = 0.8
"""How much of the work of an author who has services of the population goes to them."""
BUSY = {"FAILED_PRECONDITION": "busy", "ABORTED": "busy"}
"""How a server may refuse to configure what is still loading, which is a normal result."""
CREATE, CONFIGURE, DELETE = "CreateService", "ConfigureService", "DeleteService"


@dataclass(frozen=True, kw_only=True)
class Places:
    """The collections of a run by number; in those of `generated` the server chooses the ids."""

    names: tuple[str, ...]
    generated: tuple[str, ...]
    token: str

    def id_for(self, scope: int, text: str) -> str:
        """The id to ask for; empty where the server chooses."""
        return "" if self.names[scope] in self.generated else f"gp-{self.token}-{text}"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a server lists at the end, by collection.

    Attributes:
        services: what is compared: of this run, or everything where a run only reads.
        numbers: in the marks of the services, by id.
        counts: of whole collections.
    """

    services: Mapping[int, tuple[Service, ...]]
    numbers: Mapping[int, Mapping[str, int]]
    counts: Mapping[int, Metadata]


@dataclass(kw_only=True)
class _Life:
    """A service of an author; `id` is empty until the server has said it."""

    scope: int
    object: int
    id: str
    left: int = 0
    exists: bool = False
    active: bool = False
    stays: bool = False


class ServicesAuthor:
    """One writer, which makes one call at a time.

    Args:
        name: unique in the run; part of every mark.
        wire: builds the requests.
        places: the collections, used in turn.
        residents: gives, once the run has begun, scope and id of the services of the population
            that nobody else touches.
        first: where it begins.
        is_bare: the target answers mistakes of clients with UNKNOWN, too.
        chance: seeded; decides what is done next.
    """

    def __init__(
        self,
        name: str,
        wire: Wire,
        places: Places,
        residents: Callable[[], Iterable[tuple[int, str]]],
        *,
        first: int,
        is_bare: bool,
        chance: random.Random,
    ) -> None:
        self.name = name
        self.confirmed: dict[int, dict[str, int]] = {}
        """Number of the last confirmed configuration by scope and id, living services only."""
        self.unclear: set[str] = set()
        """Ids of services whose state a failed call left unclear."""
        self._wire = wire
        self._places = places
        self._told = residents
        self._excuses = {**BUSY, "UNKNOWN": "busy"} if is_bare else BUSY
        self._chance = chance
        self._lives = first
        self._numbers: Counter[int] = Counter()
        self._own = self._born()
        self._at = self._own

    @cached_property
    def _residents(self) -> list[_Life]:
        return [
            _Life(scope=scope, object=-1, id=id_, exists=True, stays=True)
            for scope, id_ in self._told()
        ]

    def next(self, due_us: int) -> Step:
        """The next step of a service of the population, or of the own life."""
        chance = self._chance
        self._at = life = (
            chance.choice(self._residents)
            if self._residents and chance.random() < RESIDENT_SHARE
            else self._own
        )
        name = self._places.names[life.scope]
        if not life.exists:
            return self._marked(life, name, due_us)
        if not life.stays and not life.left:
            return self._plain(life, DELETE, self._wire.delete(name, life.id))
        if chance.random() < 0.5:
            return self._marked(life, name, due_us)
        if life.active:
            return self._plain(life, "StopService", self._wire.stop(name, life.id))
        return self._plain(life, "StartService", self._wire.start(name, life.id))

    def succeeded(self, step: Step, reply: Any) -> None:
        """The target confirmed the step."""
        life = self._at
        if step.method == DELETE:
            self.confirmed.get(step.scope, {}).pop(step.key, None)
            if step.key == self._own.id:
                self._own = self._born()
            return
        life.left -= 1
        if step.method == CREATE:
            life.id, life.exists = reply.id, True
        if step.mark is not None:
            self.confirmed.setdefault(step.scope, {})[life.id] = step.mark.number
        else:
            life.active = step.method == "StartService"

    def failed(self, step: Step, status: str) -> None:
        """The step failed with this status."""
        is_without_effect = status in NO_EFFECT and status != "NOT_FOUND"
        if status in step.excuses or (is_without_effect and self._at.exists):
            return
        # If something was made after all, the clean-up finds it by its mark.
        if self._at.id:
            self.unclear.add(self._at.id)
        if self._at is self._own:
            self._own = self._born()

    def leftovers(self) -> Iterator[Step]:
        """Deletions of everything that was confirmed and still lives."""
        for scope, living in self.confirmed.items():
            name = self._places.names[scope]
            for id_ in living:
                request = self._wire.delete(name, id_)
                yield Step(method=DELETE, request=request, scope=scope, mark=None, key=id_)

    def differences(self, listing: Listing) -> Iterator[tuple[int, str]]:
        """Scope and words for what was confirmed and is not listed."""
        for scope, living in self.confirmed.items():
            listed = listing.numbers[scope]
            for id_, number in living.items():
                if id_ not in self.unclear and listed.get(id_) != number:
                    shown = f"number {listed[id_]}" if id_ in listed else "nothing"
                    text = f"{id_}: number {number} was confirmed, the listing shows {shown}"
                    yield scope, text

    def _born(self) -> _Life:
        self._lives += 1
        scope = self._lives % len(self._places.names)
        text = f"{self.name.replace('.', '-')}-{self._lives}"
        return _Life(
            scope=scope,
            object=self._lives,
            id=self._places.id_for(scope, text),
            left=self._chance.randint(2, MOST_STEPS),
        )

    def _marked(self, life: _Life, name: str, due_us: int) -> Step:
        number = self._numbers[life.scope]
        self._numbers[life.scope] += 1
        mark = Mark(
            run=self._wire.run,
            scope=life.scope,
            writer=self.name,
            object=life.object,
            number=number,
            due_us=due_us,
        )
        config = self._chance.choice(self._wire.configs)
        method, excuses = (CONFIGURE, self._excuses) if life.exists else (CREATE, {})
        build = self._wire.configure if life.exists else self._wire.create
        return Step(
            method=method,
            request=build(mark, name, life.id, config),
            scope=life.scope,
            mark=mark,
            key=life.id,
            excuses=excuses,
        )

    def _plain(self, life: _Life, method: str, request: Any) -> Step:
        return Step(
            method=method, request=request, scope=life.scope, mark=None, key=life.id, counts=False
        )
