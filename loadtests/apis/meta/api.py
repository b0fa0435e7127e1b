"""The meta API as a run loads it: private parents as scopes, writes through the mutation hook.

Without a hook the run is read-only, which it says: only the wire rules and the agreement with
List are judged, and only openings are timed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from conformance.oracles.meta.model import KINDS
from loadtests import marks
from loadtests.apis.base import Api, Context, Route, route_of
from loadtests.apis.meta.desk import MetaDesk
from loadtests.apis.meta.queries import SEVERAL, Query, found, written
from loadtests.apis.meta.watching import MetaWatcher
from loadtests.apis.meta.wire import Decoder, Wire
from loadtests.apis.meta.writing import Listing, MetaAuthor
from loadtests.calls import Caller
from loadtests.course import Course
from loadtests.errors import UsageError
from loadtests.target import Target
from loadtests.watching import Fleet

LARGEST_CHUNK = 100


class MetaApi(Api):
    """One process's view of the meta API of the target.

    Raises:
        UsageError: the chunk size asked for is not a legal one.
    """

    name = "meta"
    has_sentinels = False
    how_to_write = "the mutation hook with --hook HOST:PORT or in the target profile"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        options = context.options
        if options.chunk > LARGEST_CHUNK:
            raise UsageError(
                f"--chunk {options.chunk}: meta allows 0 (the server's default) to {LARGEST_CHUNK}"
            )
        self._reads = context.target.of_meta()
        self._hook = context.target.of_hook()
        self.wire = Wire(self.run, verify=options.verify, padding=options.padding)
        self.settle_s = options.drain
        self.is_quiet = self._hook is not None
        if self._hook is None:
            why = context.target.meta.unusable or "there is no mutation hook"
            self.notes = (
                f"read-only, as {why}: judged are INT-PROTO and INT-CONV, timed are open and sync",
            )
            self.settle_s = 0.0
        _, self._token, self._count = marks.parts_of(self.run)
        self._route = cache(self._new_route)

    @staticmethod
    def can_write(target: Target) -> bool:
        """Only through a hook."""
        return target.meta.hook is not None

    @property
    def watched(self) -> Target:
        """The target with the metadata of its meta API."""
        return self._reads

    @cached_property
    def scopes(self) -> tuple[int, ...]:
        """Numbers of private parents; without a hook those of the kinds."""
        return tuple(range(self._count if self._hook else len(KINDS)))

    def routes(self) -> Mapping[str, Route]:
        """List of each kind, and the verbs of the hook."""
        found: dict[str, Route] = {}
        for plural, methods in self.wire.methods.items():
            name = f"List{KINDS[plural].message}s"
            found[name] = route_of(methods[name], self._reads)
        if self._hook:
            for name, method in self.wire.hook.items():
                found[name] = route_of(method, self._hook)
        return found

    def query(self, number: int) -> Query:
        """What the stream of this number watches."""
        options, entry = self.context.options, self.context.entry
        stateful = entry.stream == "meta_stateful"
        if self._hook is None:
            return found(number, stateful=stateful, chunk=options.chunk)
        return written(
            number,
            run=self.run,
            token=self._token,
            scopes=self._count,
            stateful=stateful,
            chunk=options.chunk,
            plain=entry.behaviour.cycles,
        )

    def watcher(self, number: int, fleet: Fleet) -> MetaWatcher:
        """Streams take parents and shapes of queries in turn."""
        options, query = self.context.options, self.query(number)
        gap_us = round(1e6 * options.subscribers / options.flaps) if options.flaps else 0
        return MetaWatcher(
            f"stream {number} ({query.key})",
            query,
            fleet,
            Course(self.context.entry.behaviour, number, gap_us=gap_us),
            self._route(query.kind),
            wire=self.wire,
            is_sdk=self.target.meta.profile == "sdk",
            scopes=self._shown_by(query),
            is_quiet=self.is_quiet,
        )

    def author(self, name: str, number: int, chance: random.Random) -> MetaAuthor:
        """A writer that begins under the parent of its number."""
        return MetaAuthor(
            name, self.wire, self.run, self._token, self.scopes, first=number, chance=chance
        )

    def desk(self, call: Caller) -> MetaDesk:
        """The calls of the main process."""
        queries = [self.query(number) for number in range(self.context.options.subscribers)]
        return MetaDesk(
            self.run,
            self._token,
            self.scopes,
            queries,
            self.wire,
            call,
            is_hooked=self._hook is not None,
            padding=self.context.options.padding,
        )

    def listing(self, data: Mapping[str, Any]) -> Listing:
        """Number and digest by query and name."""
        return {
            key: {name: (number, state) for name, number, state in items}
            for key, items in data.items()
        }

    def _shown_by(self, query: Query) -> tuple[int, ...]:
        if self._hook is None:
            return ()
        return self.scopes if query.scope == SEVERAL else (query.scope,)

    def _new_route(self, plural: str) -> Route:
        method = self.wire.methods[plural][f"Watch{KINDS[plural].message}s"]
        decoder = Decoder(self.wire, plural, verify=self.context.options.verify)
        return Route(
            path=method.path,
            encode=method.request.SerializeToString,
            decode=decoder,
            target=self._reads,
        )
