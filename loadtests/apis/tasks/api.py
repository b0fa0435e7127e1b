"""The tasks API as a run loads it: tenants as scopes, each with the credentials of its own."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from loadtests import marks
from loadtests.apis.base import Api, Context, Route, route_of
from loadtests.apis.tasks.desk import TasksDesk
from loadtests.apis.tasks.following import MIX, FeedWatcher
from loadtests.apis.tasks.wire import SUBSCRIBE, Decoder, Wire
from loadtests.apis.tasks.writing import Listing, TasksAuthor
from loadtests.book import Book
from loadtests.calls import Caller
from loadtests.course import Course
from loadtests.errors import UsageError
from loadtests.target import Target
from loadtests.watching import Fleet


class TasksApi(Api):
    """One process's view of the tasks API of the target.

    Attributes:
        wire: builds requests and reads replies.
        book: which tasks exist, for walks over pages; none ever moves or goes.

    Raises:
        UsageError: the profile names no tenants, or no feed where one is needed.
    """

    name = "tasks"
    removal = "completed"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        said, options = context.target.tasks, context.options
        if not said.tenants:
            raise UsageError(
                "the tasks API has tenants: name those that may be loaded in "
                "services.tasks.tenants of the target profile"
            )
        self.follows = context.entry.behaviour.cuts
        if self.follows and not said.has_feed:
            raise UsageError(
                f"{context.entry.id} follows an event feed: name it in the target profile as "
                "services.tasks.event_adapter: {kind: feed}"
            )
        _, token, count = marks.parts_of(context.run)
        self.wire = Wire(
            self.run,
            token,
            said.tenants[: max(count, options.grids)],
            service_names=said.service_names,
            padding=options.padding,
        )
        self.book = Book()
        self._starts: Mapping[str, int] = {}

    @property
    def watched(self) -> Target:
        """The target; each stream brings the credentials of its tenant."""
        return self._seen_by(0)

    @property
    def scopes(self) -> tuple[int, ...]:
        """Numbers of the tenants."""
        return tuple(range(len(self.wire.tenants)))

    @cached_property
    def decoder(self) -> Decoder:
        """Understands events as far as the verification level asks."""
        return Decoder(self.wire, verify=self.context.options.verify)

    def routes(self) -> Mapping[str, Route]:
        """The methods of both services, and the feed."""
        found: dict[str, Route] = {}
        for name, method in self.wire.methods.items():
            route = route_of(method, self._seen_by(0), self._target_of)
            found[name] = Route(
                path=self.wire.path(name),
                encode=route.encode,
                decode=route.decode,
                target=route.target,
                targets=route.targets,
            )
        found[SUBSCRIBE] = route_of(self.wire.feed, self._seen_by(0), self._target_of)
        return found

    def watcher(self, number: int, fleet: Fleet) -> FeedWatcher:
        """Streams take tenants and kinds of events in turn."""
        options = self.context.options
        scope = number % len(self.scopes)
        types = MIX[number // len(self.scopes) % len(MIX)]
        what = ", ".join(types) or "everything"
        return FeedWatcher(
            f"stream {number} ({what} of {self.wire.tenants[scope]})",
            scope,
            fleet,
            Course(self.context.entry.behaviour, number),
            Route(
                path=self.wire.feed.path,
                encode=self.wire.feed.request.SerializeToString,
                decode=self.decoder,
                target=self._seen_by(scope),
            ),
            wire=self.wire,
            types=types,
            since=self._starts.get(str(scope), 0),
            judges=options.verify != "off",
        )

    def author(self, name: str, number: int, chance: random.Random) -> TasksAuthor:
        """A writer that begins in the tenant of its number."""
        return TasksAuthor(name, self.wire, self.scopes, first=number, takes_lives=self.follows)

    def desk(self, call: Caller) -> TasksDesk:
        """The calls of the main process."""
        return TasksDesk(
            self.scopes,
            self.wire,
            call,
            follows=self.follows,
            digests=self.context.options.verify == "full",
        )

    def listing(self, data: Mapping[str, Any]) -> Listing:
        """State and digest by tenant's number and name."""
        return {
            int(scope): {name: (state, digest) for name, (state, digest) in tasks.items()}
            for scope, tasks in data.items()
        }

    def begin(self, population: Mapping[str, Any]) -> None:
        """Note what is there from the beginning, and where the feeds begin."""
        self._starts = population["starts"]
        for scope, names in population["tasks"].items():
            self.book.add(int(scope), names, 0)

    def _seen_by(self, scope: int) -> Target:
        return self.target.of_tasks(self.wire.tenants[scope])

    def _target_of(self, request: Any) -> Target:
        return self.target.of_tasks(self.wire.tenant_of(request))
