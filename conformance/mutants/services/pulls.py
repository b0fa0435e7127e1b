"""Streams of the naive services endpoint: each walks the log of its collection at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.mutants.services.book import EMPTY, Book, Collection, Commit, Totals
from conformance.mutants.services.policy import Policy
from conformance.mutants.services.telling import without_old
from conformance.mutants.services.wire import TOTALS, paths_of, pulled

Alive = Callable[[], bool]
Parts = dict[str, Any]


class Pulls:
    """The three streaming methods; each gives the messages of its stream."""

    def __init__(self, policy: Policy, book: Book) -> None:
        self.policy = policy
        self.book = book

    def one(self, request: Any, alive: Alive) -> Iterator[Any]:
        """PullService: ends when the service is deleted."""
        policy, method = self.policy, "PullService"
        with self.book.news:
            collection = policy.resolve(self.book, request.name)
            record = policy.find(collection, request.id)
            mask = policy.stream_mask(policy.read_mask(paths_of(request), EMPTY))
            at, state = len(collection.log), policy.masked(record.state, mask)
            now_ns = self.book.now_ns()
        if policy.wants_first(request.updates_only, method):
            yield from self._messages(method, request.name, policy.one_first(state), now_ns)
        for commit in self._commits(collection, at, alive):
            if commit.after is None and commit.id == request.id:
                last = policy.masked(commit.before or EMPTY, mask)
                yield from self._messages(
                    method, request.name, policy.one_removed(last), commit.at_ns
                )
                if policy.one_ends():
                    return
            elif commit.before is not None and commit.after is not None:
                before, after = (
                    policy.masked(commit.before, mask),
                    policy.masked(commit.after, mask),
                )
                parts = policy.one_update(before, after, request.id, commit)
                yield from self._messages(method, request.name, parts, commit.at_ns)

    def all(self, request: Any, alive: Alive) -> Iterator[Any]:
        """PullServices: every service, then every change."""
        policy, method = self.policy, "PullServices"
        with self.book.news:
            collection = policy.resolve(self.book, request.name)
            mask = policy.stream_mask(policy.read_mask(paths_of(request), EMPTY))
            at = len(collection.log)
            states = [policy.masked(r.state, mask) for r in collection.records.values()]
            seen = set() if request.updates_only else set(collection.records)
            now_ns = self.book.now_ns()
        if policy.wants_first(request.updates_only, method):
            yield from self._messages(method, request.name, policy.all_first(states), now_ns)
        for commit in self._commits(collection, at, alive):
            before = commit.before and policy.masked(commit.before, mask)
            after = commit.after and policy.masked(commit.after, mask)
            parts = policy.all_change(before, after, commit)
            if not policy.tells_old(request.updates_only, commit.id in seen):
                parts = [without_old(part) for part in parts]
            seen.add(commit.id)
            yield from self._messages(method, request.name, parts, commit.at_ns)

    def totals(self, request: Any, alive: Alive) -> Iterator[Any]:
        """PullServiceMetadata: the counts, whenever they change."""
        policy, method = self.policy, "PullServiceMetadata"
        with self.book.news:
            collection = policy.resolve(self.book, request.name)
            mask = policy.read_mask(paths_of(request), TOTALS)
            at = len(collection.log)
            states = [record.state for record in collection.records.values()]
            now = policy.masked_totals(policy.totals(collection, states), mask)
            now_ns = self.book.now_ns()
        last: Totals | None = None
        if policy.wants_first(request.updates_only, method):
            yield from self._messages(method, request.name, policy.totals_first(now), now_ns)
            last = now
        for commit in self._commits(collection, at, alive):
            shown = policy.masked_totals(commit.totals, mask)
            parts = policy.totals_change(last, shown)
            if parts:
                last = shown
            yield from self._messages(method, request.name, parts, commit.at_ns)

    def _commits(self, collection: Collection, at: int, alive: Alive) -> Iterator[Commit]:
        reader = object()
        try:
            while True:
                with self.book.news:
                    collection.readers[reader] = at
                    self.book.news.notify_all()
                    while at >= len(collection.log):
                        if self.book.closed or (self.policy.frees() and not alive()):
                            return
                        self.book.news.wait(1.0)
                    fresh = collection.log[at:]
                yield from fresh
                at += len(fresh)
        finally:
            collection.readers.pop(reader, None)

    def _messages(self, method: str, name: str, changes: list[Parts], at_ns: int) -> Iterator[Any]:
        head = {"name": self.policy.named(name), "change_time": self.policy.stamped(at_ns)}
        for group in self.policy.grouped(changes):
            yield pulled(method, [head | change for change in group])
