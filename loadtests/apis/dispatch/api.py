"""The dispatch API as a run loads it: microgrids as scopes, sentinels as barriers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from loadtests import marks
from loadtests.apis.base import Api, Context, Route, route_of
from loadtests.apis.dispatch import wire
from loadtests.apis.dispatch.desk import DispatchDesk
from loadtests.apis.dispatch.watching import DispatchWatcher, Listing, listing_from_json
from loadtests.apis.dispatch.wire import Decoder, Wire
from loadtests.apis.dispatch.writing import DispatchAuthor
from loadtests.book import Book
from loadtests.calls import Caller
from loadtests.course import Course
from loadtests.watching import Fleet


class DispatchApi(Api):
    """One process's view of the dispatch API of the target.

    Attributes:
        wire: builds requests and reads replies.
        book: which dispatches stand still, for walks over pages.
        is_exclusive: the microgrids are of this run alone, not from a pool of the target.
    """

    name = "dispatch"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        said = context.target.dispatch
        self.wire = Wire(said.generation, padding=context.options.padding)
        self.book = Book()
        self.is_exclusive = not said.microgrid_ids

    @cached_property
    def scopes(self) -> tuple[int, ...]:
        """The microgrids of the run."""
        return microgrids_of(self.run, self.target.dispatch.microgrid_ids)

    @cached_property
    def decoder(self) -> Decoder:
        """Understands stream messages as far as the verification level asks."""
        return Decoder(self.wire, self.run, verify=self.context.options.verify)

    def routes(self) -> Mapping[str, Route]:
        """Create, update, delete, list."""
        return {
            name: route_of(method, self.target)
            for name, method in self.wire.methods.items()
            if not method.server_streaming
        }

    def subscription(self) -> Route:
        """The stream of events; what it decodes to is a `Delivery`."""
        method = self.wire.methods[wire.STREAM]
        return Route(
            path=method.path,
            encode=method.request.SerializeToString,
            decode=self.decoder,
            target=self.target,
        )

    def watcher(self, number: int, fleet: Fleet) -> DispatchWatcher:
        """Streams take the microgrids in turn."""
        return DispatchWatcher(
            f"stream {number}",
            self.scopes[number % len(self.scopes)],
            fleet,
            Course(self.context.entry.behaviour, number),
            route=self.subscription(),
            wire=self.wire,
            is_exclusive=self.is_exclusive,
        )

    def author(self, name: str, number: int, chance: random.Random) -> DispatchAuthor:
        """A writer that begins on the microgrid of its number."""
        return DispatchAuthor(name, self.wire, self.run, self.scopes, first=number, chance=chance)

    def desk(self, call: Caller) -> DispatchDesk:
        """The calls of the main process."""
        return DispatchDesk(
            self.run,
            self.scopes,
            self.wire,
            call,
            compares_states=self.context.options.verify == "full",
        )

    def listing(self, data: Mapping[str, Any]) -> Listing:
        """Listed dispatches by microgrid and id."""
        return listing_from_json(data)

    def begin(self, population: Mapping[str, Any]) -> None:
        """Note what stands still from the beginning."""
        for microgrid, ids in population.items():
            self.book.add(int(microgrid), ids, 0)


def microgrids_of(run: str, pool: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The microgrids of a run: from the pool if there is one, else derived from the id.

    Raises:
        ValueError: not a run id.
    """
    _, token, count = marks.parts_of(run)
    if pool:
        return pool[:count]
    # 48 random bits and a digit or two: far from ids that anybody uses, and below 2^53, which
    # survives JSON readers that keep numbers as doubles.
    base = int(token, 16) >> 4
    return tuple(base * 100 + index for index in range(count))
