"""The registry: all resources of the four kinds, in one history.

Changes are applied together or not at all, and get one revision. The API itself has no writes:
they come from the world and from a mutation hook. What a writer leaves to the server (times,
uuid, generation, resource version) is filled in here; the rules of a legal registry are our
choice where seed 003 is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID, uuid5

from simulator.services import instants
from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.meta.kinds import KINDS, REGIONS, Kind
from simulator.services.meta.names import NARROW, Ids, check_name, kind_of
from simulator.services.wire import delimited
from simulator.store import Collection

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock

LARGEST: Final = 32 * 1024
"""Bytes of a resource, so that the largest chunk, 100 of them, fits the 4 MiB clients receive."""
LOG_SIZE: Final = 10_000
_UUIDS: Final = UUID("6f1d7c1e-0a53-4b6c-9f0b-5a8f0f6d2c11")


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """A resource as it is kept. Never modified: each change makes another one."""

    name: str
    message: Any
    item: bytes
    """The encoded message as field 1 of any message that carries it there."""
    revision: int
    """Revision of the registry that made it, or removed it."""
    commit_us: int
    """When that was; never less than before, even if the clock was set back."""


@dataclass(frozen=True, kw_only=True)
class Upsert:
    """Create a resource, or replace the one of that name; its kind follows from its type."""

    message: Any


@dataclass(frozen=True, kw_only=True)
class Remove:
    """Remove a resource."""

    name: str


Change: TypeAlias = Upsert | Remove


class Registry:
    """Resources by name, one collection for each kind.

    Args:
        clock: says what time it is for create and update times.
        ids: patterns of legal ids.
        log_size: changes that each collection's log keeps for its watches.
    """

    def __init__(self, clock: Clock, *, ids: Ids = NARROW, log_size: int = LOG_SIZE) -> None:
        self.ids = ids
        self.revision = 0
        """How many times changes were applied so far."""
        self.observers: list[Callable[[int], None]] = []
        """Told each new revision after its commit."""
        self._clock = clock
        self._committed_us = instants.MIN_US
        self._collections: dict[Kind, Collection[Stored]] = {
            kind: Collection(
                # Resources are found by name in any case, so an order by nothing else is one.
                orders={"name": lambda stored: ()},
                encode=lambda stored: stored.item,
                log_size=log_size,
            )
            for kind in KINDS.values()
        }

    def collection(self, kind: Kind) -> Collection[Stored]:
        """Return the resources of a kind, by name, in the one order `name`."""
        return self._collections[kind]

    def get(self, name: str) -> Stored | None:
        """Return the resource of that name, of whatever kind."""
        for collection in self._collections.values():
            if (stored := collection.get(name)) is not None:
                return stored
        return None

    def apply(self, changes: Sequence[Change]) -> int:
        """Apply changes in their order, all or none, and return the revision that they made.

        Several changes of one resource leave one trace, that of the last. Nothing to apply makes
        no revision.

        Raises:
            ServiceError: INVALID_ARGUMENT, a resource without a legal name, with a reference that
                is no name, or too large; NOT_FOUND, nothing to remove; FAILED_PRECONDITION, two
                default regions. The text begins with the place of the change.
        """
        if not changes:
            return self.revision
        now_us = self._clock.now_us()
        draft = _Draft(self, now_us=now_us, commit_us=max(now_us, self._committed_us))
        for index, change in enumerate(changes):
            place = f"changes[{index}]" if len(changes) > 1 else "change"
            if isinstance(change, Upsert):
                draft.upsert(change.message, place)
            else:
                draft.remove(change.name, place)
        draft.check()
        self._commit(draft)
        return self.revision

    def clear(self) -> None:
        """Remove everything, as one revision that watches see like any other."""
        self.apply(
            [
                Remove(name=str(name))
                for collection in self._collections.values()
                for name, _ in collection.items()
            ]
        )

    def _commit(self, draft: _Draft) -> None:
        with ExitStack() as batches:
            for kind in {kind for kind, _ in draft.changed}:
                batches.enter_context(self._collections[kind].batch())
            for (kind, name), stored in draft.changed.items():
                collection = self._collections[kind]
                old = collection.get(name)
                if stored is not None:
                    collection.put(name, stored)
                elif old is not None:
                    final = replace(old, revision=draft.revision, commit_us=draft.commit_us)
                    collection.delete(name, final)
            self.revision, self._committed_us = draft.revision, draft.commit_us
        for observer in self.observers:
            observer(self.revision)


class _Draft:
    """What a registry would hold after some changes, before it holds it."""

    def __init__(self, registry: Registry, *, now_us: int, commit_us: int) -> None:
        self.revision = registry.revision + 1
        self.now_us = now_us
        self.commit_us = commit_us
        self.changed: dict[tuple[Kind, str], Stored | None] = {}
        """The new state of each resource that changed; None if it is gone."""
        self._registry = registry

    def upsert(self, given: Any, place: str) -> None:
        """Put a resource in, completed."""
        kind = next((each for each in KINDS.values() if isinstance(given, each.message)), None)
        if kind is None:
            raise invalid(f"{place}: {given.DESCRIPTOR.full_name} is no resource")
        check_name(kind, given.name, f"{place}.name", self._registry.ids)
        self._check_references(kind, given, place)
        message = kind.message()
        message.CopyFrom(given)
        message.DiscardUnknownFields()
        old = self._get(kind, given.name)
        self._complete(message, None if old is None else old.message)
        encoded = message.SerializeToString(deterministic=True)
        if len(encoded) > LARGEST:
            raise invalid(f"{place}: {shown(given.name)} has {len(encoded)} bytes, above {LARGEST}")
        self.changed[kind, given.name] = Stored(
            name=given.name,
            message=message,
            item=delimited(1, encoded),
            revision=self.revision,
            commit_us=self.commit_us,
        )

    def remove(self, name: str, place: str) -> None:
        """Take a resource out."""
        kind = kind_of(name, f"{place}.name")
        if self._get(kind, name) is None:
            raise ServiceError(Code.NOT_FOUND, f"{place}.name: there is no {shown(name)}")
        self.changed[kind, name] = None

    def check(self) -> None:
        """Refuse what no registry may hold as a whole: seed 003, Region.is_default."""
        entering = [
            stored.name
            for (kind, _), stored in self.changed.items()
            if kind is REGIONS and stored is not None and stored.message.is_default
        ]
        if not entering:
            return
        staying = (
            stored.name
            for name, stored in self._registry.collection(REGIONS).items()
            if stored.message.is_default and (REGIONS, name) not in self.changed
        )
        defaults = [*staying, *entering]
        if len(defaults) > 1:
            raise ServiceError(
                Code.FAILED_PRECONDITION,
                f"is_default: only one region may be the default, not {' and '.join(defaults[:2])}",
            )

    def _get(self, kind: Kind, name: str) -> Stored | None:
        if (kind, name) in self.changed:
            return self.changed[kind, name]
        return self._registry.collection(kind).get(name)

    def _check_references(self, kind: Kind, message: Any, place: str) -> None:
        """Refuse references that are no names, since published clients cannot read them."""
        for path, plural in kind.references:
            for reference in _values(message, path):
                if reference:
                    check_name(KINDS[plural], reference, f"{place}.{path}", self._registry.ids)

    def _complete(self, message: Any, old: Any) -> None:
        """Fill in what is the server's to say, and forget what the writer said of it."""
        metadata = message.metadata
        metadata.ClearField("delete_time")
        if old is None:
            instants.write(metadata.create_time, self.now_us)
            metadata.uuid = str(uuid5(_UUIDS, f"{message.name}@{self.revision}"))
            metadata.generation = metadata.generation or 1
        else:
            metadata.create_time.CopyFrom(old.metadata.create_time)
            metadata.uuid = old.metadata.uuid
            if metadata.generation in (0, old.metadata.generation):
                metadata.generation = old.metadata.generation + _differ(message, old)
        instants.write(metadata.update_time, self.now_us)
        metadata.resource_version = str(self.revision)


def _differ(message: Any, old: Any) -> bool:
    """Whether two states of a resource differ in more than their metadata."""
    states = []
    for each in (message, old):
        state = type(each)()
        state.CopyFrom(each)
        state.ClearField("metadata")
        states.append(state)
    return bool(states[0] != states[1])


def _values(message: Any, path: str) -> Iterator[str]:
    """Yield the texts at a path, through lists of messages."""
    name, _, rest = path.partition(".")
    value = getattr(message, name)
    if not rest:
        yield value
    elif hasattr(value, "DESCRIPTOR"):
        yield from _values(value, rest)
    else:
        for each in value:
            yield from _values(each, rest)
