"""The whole store against a model: a dictionary, and the list of all changes."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulator.store import Change, Cursor, FellBehind, Kind, Query, Snapshot, Subscription
from simulator.tests.store.things import ORDERS, Thing, collection, encode, repeatable

LOG_SIZE, LOG_BYTES = 12, 330

Where = Callable[[Thing], bool] | None
WHERES: list[Where] = [None, lambda thing: thing.rank > 1, lambda thing: "x" in thing.label]

ids = st.integers(0, 7)
things = st.builds(
    Thing, id=ids, rank=st.integers(0, 3), label=st.sampled_from(["", "x", "y", "x" * 200])
)
steps = things | ids  # put this, or delete that
wheres = st.sampled_from(WHERES)
sizes = st.integers(1, 5)
indexes = st.integers(0, len(WHERES) - 1)
queries = st.builds(
    Query[Thing], order=st.sampled_from(list(ORDERS)), descending=st.booleans(), where=wheres
)
walks = st.tuples(queries, sizes, st.booleans())


@dataclass
class Past:
    """A change, as the model remembers it."""

    batch: int
    kind: Kind
    key: int
    before: Thing | None
    after: Thing
    weight: int

    def concerns(self, where: Where) -> bool:
        shown = [self.before, None if self.kind is Kind.DELETED else self.after]
        return where is None or any(thing is not None and where(thing) for thing in shown)


@dataclass
class Walk:
    """A traversal by pages, and the items that have kept their place since it began."""

    query: Query[Thing]
    size: int
    backward: bool
    steady: dict[int, Any]
    cursor: Cursor | None = None
    seen: list[Any] = field(default_factory=list)


class StoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.store = collection(log_size=LOG_SIZE, log_bytes=LOG_BYTES)
        self.model: dict[int, Thing] = {}
        self.past: list[Past] = []
        self.snapshots: list[tuple[Snapshot[Thing], int, dict[int, Thing]]] = []
        self.readers: list[tuple[Subscription[Thing], Where]] = []
        self.iterations: list[tuple[Iterator[Any], list[Any]]] = []
        self.walks: list[Walk] = []

    @initialize(some=st.lists(things, min_size=4, max_size=12), walks=st.lists(walks, max_size=3))
    def begin(self, some: list[Thing], walks: list[tuple[Query[Thing], int, bool]]) -> None:
        for thing in some:
            self.take(thing, None, batch=len(self.past) + 1)
        for walk in walks:
            self.begin_walk(walk)
        for where in WHERES:
            self.subscribe(where)

    # Changing

    @rule(step=steps, final=st.none() | things)
    def change(self, step: Thing | int, final: Thing | None) -> None:
        self.take(step, final, batch=len(self.past) + 1)

    @rule(steps=st.lists(steps, max_size=LOG_SIZE + 2))
    def change_together(self, steps: list[Thing | int]) -> None:
        first = len(self.past) + 1
        with self.store.batch():
            for step in steps:
                self.take(step, None, batch=first)

    def take(self, step: Thing | int, final: Thing | None, batch: int) -> None:
        if isinstance(step, Thing):
            before = self.model.get(step.id)
            kind = Kind.CREATED if before is None else Kind.UPDATED
            self.model[step.id] = step
            self.record(self.store.put(step.id, step), batch, kind, step.id, before, step)
        elif step in self.model:
            before = self.model.pop(step)
            made = self.store.delete(step, final)
            self.record(made, batch, Kind.DELETED, step, before, final or before)
        else:
            with pytest.raises(KeyError):
                self.store.delete(step, final)

    def record(
        self,
        change: Change[Thing],
        batch: int,
        kind: Kind,
        key: int,
        before: Thing | None,
        after: Thing,
    ) -> None:
        weight = 2 * len(encode(after)) + len(kind.value)
        self.past.append(Past(batch, kind, key, before, after, weight))
        self.compare(change, len(self.past))
        for walk in self.walks:
            place = self.places(walk.query).get(key)
            if walk.steady.get(key) != place:
                walk.steady.pop(key, None)

    def compare(self, change: Change[Thing], revision: int) -> None:
        past = self.past[revision - 1]
        assert change.revision == revision
        assert (change.batch, change.kind, change.key) == (past.batch, past.kind, past.key)
        assert (change.before, change.after) == (past.before, past.after)
        assert change.item == encode(past.after)
        assert change.frame == past.kind.value.encode() + change.item

    # Subscribing

    def oldest(self) -> int:
        """Return the oldest revision to continue from, by weighing all changes anew."""
        revision, weight = len(self.past), 0
        for past in reversed(self.past[-LOG_SIZE:]):
            weight += past.weight
            if weight > LOG_BYTES and revision < len(self.past):
                break
            revision -= 1
        return revision

    def subscribe(self, where: Where) -> None:
        reader = self.store.subscribe(where=where)
        assert reader.cursor == len(self.past)
        self.readers.append((reader, where))

    @rule(index=indexes, where=wheres)
    def resume(self, index: int, where: Where) -> None:
        """Go on with another subscription, from where a reader is, or from now."""
        cursor = self.readers[index][0].cursor
        if cursor < self.oldest():
            with pytest.raises(FellBehind):
                self.store.subscribe(after=cursor, where=where)
            cursor = len(self.past)
        self.readers[index] = self.store.subscribe(after=cursor, where=where), where

    @rule(index=indexes, limit=st.none() | sizes)
    def read(self, index: int, limit: int | None) -> None:
        subscription, where = self.readers[index]
        start = subscription.cursor
        if start < self.oldest():
            with pytest.raises(FellBehind):
                subscription.pending(limit)
            assert subscription.cursor == start
            return
        expected = [
            revision
            for revision in range(start + 1, len(self.past) + 1)
            if self.past[revision - 1].concerns(where)
        ]
        got = subscription.pending(limit)
        assert [change.revision for change in got] == expected[:limit]
        for change in got:
            self.compare(change, change.revision)
        if limit is not None and len(expected) >= limit:
            assert subscription.cursor == expected[limit - 1]
        else:
            assert subscription.cursor == len(self.past)
        following = self.past[subscription.cursor :][:1]
        assert subscription.between_batches is all(
            past.batch == subscription.cursor + 1 for past in following
        )

    @invariant()
    def the_ring_reaches_as_far_as_it_should(self) -> None:
        oldest, newest = self.oldest(), len(self.past)
        assert self.store.subscribe(after=oldest).lag == newest - oldest
        for revision in (oldest - 1, newest + 1):
            with pytest.raises(FellBehind):
                self.store.subscribe(after=revision)

    # Snapshots

    @rule(kept=st.integers(0, 3))
    def take_snapshot(self, kept: int) -> None:
        self.snapshots.append((self.store.snapshot(), len(self.past), dict(self.model)))
        del self.snapshots[: -kept or None]

    @rule(another=st.booleans())
    def iterate(self, another: bool) -> None:
        if another:
            self.iterations.append((self.store.items(), list(self.model.items())))
        for items, expected in self.iterations:
            assert next(items, None) == (expected.pop(0) if expected else None)

    @invariant()
    def snapshots_stand_still(self) -> None:
        for snapshot, revision, model in self.snapshots:
            assert snapshot.revision == revision
            assert list(snapshot.items()) == list(model.items())
            assert b"".join(snapshot.chunks(3)) == b"".join(map(encode, model.values()))

    # Pages

    def places(self, query: Query[Thing]) -> dict[int, Any]:
        assert isinstance(query.order, str)
        where = query.where or (lambda thing: True)
        return {
            key: (ORDERS[query.order](thing), key)
            for key, thing in self.model.items()
            if where(thing)
        }

    @rule(walk=walks)
    def begin_walk(self, walk: tuple[Query[Thing], int, bool]) -> None:
        self.walks.append(Walk(*walk, steady=self.places(walk[0])))

    @rule()
    def step_walks(self) -> None:
        self.walks = [walk for walk in self.walks if self.goes_on(walk)]

    def goes_on(self, walk: Walk) -> bool:
        page = self.store.page(
            walk.query, size=walk.size, after=walk.cursor, backward=walk.backward
        )
        places = self.places(walk.query)
        everything = sorted(places, key=places.__getitem__, reverse=walk.query.descending)
        found = [thing.id for thing in page.items]
        assert found == everything[page.offset : page.offset + len(found)]
        assert page.items == tuple(self.model[key] for key in found)
        assert page.encoded == tuple(map(encode, page.items))
        assert (page.total, page.revision) == (len(everything), len(self.past))
        assert (page.previous is None) == (page.offset == 0)
        assert (page.next is None) == (page.offset + len(found) == len(everything))

        walk.seen += [places[key] for key in (reversed(found) if walk.backward else found)]
        walk.cursor = page.previous if walk.backward else page.next
        if walk.cursor is not None:
            assert len(found) == walk.size
            return True
        downward = walk.query.descending != walk.backward
        assert walk.seen == sorted(set(walk.seen), reverse=downward)
        times = Counter(key for _, key in walk.seen)
        assert all(times[key] == 1 for key in walk.steady)
        return False

    @invariant()
    def items_agree(self) -> None:
        assert (len(self.store), self.store.revision) == (len(self.model), len(self.past))
        assert all(self.store.get(key) == self.model.get(key) for key in range(8))


StoreMachine.TestCase.settings = settings(repeatable, max_examples=150, stateful_step_count=50)
TestStoreMachine = StoreMachine.TestCase
