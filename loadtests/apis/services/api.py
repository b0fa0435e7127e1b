"""The services API as a run loads it: collections as scopes, three kinds of pulls side by side.

Where no type of service may be made the run is read-only, which it says: the wire rules and the
agreement with List and Get are judged, and openings are timed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any

from conformance.oracles.services.model import Metadata, Service
from loadtests import marks
from loadtests.apis.base import Api, Context, Route, route_of
from loadtests.apis.services.desk import ServicesDesk
from loadtests.apis.services.watching import MetadataPull, Pull, ServicePull, ServicesPull
from loadtests.apis.services.wire import (
    PULL_METADATA,
    PULL_SERVICE,
    PULL_SERVICES,
    Decoder,
    Wire,
)
from loadtests.apis.services.writing import Listing, Places, ServicesAuthor
from loadtests.calls import Caller
from loadtests.course import Course
from loadtests.target import Target
from loadtests.watching import Fleet

MIX = ("all", "counts", "one", "updates", "all")
"""What the streams pull, in turn: a collection, its counts, a service, changes of a collection."""
STREAMS = {"all": "services", "updates": "services", "one": "service", "counts": "service_metadata"}
"""The part of the metric names, by what is pulled."""


class ServicesApi(Api):
    """One process's view of the services API of the target."""

    name = "services"
    how_to_write = "a type with an ok_config in services.services.types of the target profile"
    # Others may use the collections, whose counts are then worth another look.
    is_quiet = False

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        options, said = context.options, context.target.services
        _, token, count = marks.parts_of(context.run)
        self._reads = context.target.of_services()
        self._reads_only = not said.kind
        self.places = Places(
            names=said.names[: max(count, options.microgrids)],
            generated=said.generated,
            token=token,
        )
        self.wire = Wire(
            self.run,
            package="v0" if said.package == "v0" else "v1",
            kind=said.kind,
            configs=said.configs,
            verify=options.verify,
            padding=options.padding,
        )
        if self._reads_only:
            self.has_sentinels = False
            why = said.unusable or "the profile names no type that may be made"
            self.notes = (f"read-only, as {why}: judged are INT-PROTO and INT-CONV, timed is open",)
        self._residents: list[tuple[int, str]] = []
        self._sizes: Mapping[str, int] = {}
        self._route = cache(self._new_route)

    @staticmethod
    def can_write(target: Target) -> bool:
        """Only where the profile names a type that may be made."""
        return bool(target.services.kind)

    @property
    def watched(self) -> Target:
        """The target with the metadata of its services API."""
        return self._reads

    @property
    def scopes(self) -> tuple[int, ...]:
        """Numbers of the collections."""
        return tuple(range(len(self.places.names)))

    def routes(self) -> Mapping[str, Route]:
        """The unary methods."""
        return {
            name: route_of(method, self._reads)
            for name, method in self.wire.methods.items()
            if not method.server_streaming
        }

    def watcher(self, number: int, fleet: Fleet) -> Pull:
        """Streams take kinds of pulls and collections in turn."""
        behaviour = self.context.entry.behaviour
        what = "all" if behaviour.stalls else MIX[number % len(MIX)]
        scope = number // len(MIX) % len(self.scopes)
        # Two pulls of everything in one round of the mix are of different collections.
        scope = (scope + (number % len(MIX) == len(MIX) - 1)) % len(self.scopes)
        if what == "updates" and self._reads_only:
            what = "all"
        ids = [id_ for where, id_ in self._residents if where == scope]
        if what == "one" and not ids:
            what = "all"
        method = {"one": PULL_SERVICE, "counts": PULL_METADATA}.get(what, PULL_SERVICES)
        common: dict[str, Any] = {
            "wire": self.wire,
            "stream": STREAMS[what],
            "reads_only": self._reads_only,
            "quirks": self.target.services.quirks,
        }
        name = self.places.names[scope]
        args = (f"stream {number} ({method} of {name})", scope, name, fleet)
        course, route = Course(behaviour, number), self._route(method)
        made: Pull
        if what == "one":
            id_ = ids[number // len(MIX) // len(self.scopes) % len(ids)]
            made = ServicePull(*args, course, route, id_=id_, **common)
        elif what == "counts":
            made = MetadataPull(*args, course, route, **common)
        else:
            made = ServicesPull(*args, course, route, updates_only=what == "updates", **common)
        # An empty collection sends nothing at all.
        made.is_live = self._reads_only and self._sizes.get(str(scope)) == 0
        return made

    def author(self, name: str, number: int, chance: random.Random) -> ServicesAuthor:
        """A writer, which has its share of the population to itself."""
        context = self.context

        def residents() -> list[tuple[int, str]]:
            return self._residents[context.index :: context.nodes][number : number + 1]

        return ServicesAuthor(
            name,
            self.wire,
            self.places,
            residents,
            first=number,
            is_bare="bare-errors" in self.target.services.quirks,
            chance=chance,
        )

    def desk(self, call: Caller) -> ServicesDesk:
        """The calls of the main process."""
        return ServicesDesk(self.places, self.wire, call, reads_only=self._reads_only)

    def listing(self, data: Mapping[str, Any]) -> Listing:
        """Services and counts by collection."""
        services = {
            int(scope): tuple(Service(**each) for each in shown["services"])
            for scope, shown in data.items()
        }
        numbers = {
            scope: {each.id: mark.number for each in found if (mark := self.wire.mark_of(each))}
            for scope, found in services.items()
        }
        counts = {int(scope): Metadata(**shown["counts"]) for scope, shown in data.items()}
        return Listing(services=services, numbers=numbers, counts=counts)

    def begin(self, population: Mapping[str, Any]) -> None:
        """Note what the desk made, or found."""
        self._residents = [(scope, id_) for scope, id_ in population.get("residents", ())]
        self._sizes = population.get("sizes", {})

    def _new_route(self, method: str) -> Route:
        contract = self.wire.methods[method]
        return Route(
            path=contract.path,
            encode=contract.request.SerializeToString,
            decode=Decoder(self.wire, method),
            target=self._reads,
        )
