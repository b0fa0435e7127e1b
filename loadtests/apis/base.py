"""What an API has to bring so that it can be loaded: how to write, watch, list and judge it.

The machinery (arrivals, planes, phases, reports) knows nothing else of an API. `Step` is one
write, an `Author` strings steps together, a `Desk` makes the calls of the main process, and the
watchers of `loadtests.watching` prove what a stream brought.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from loadtests.catalogue import Entry
from loadtests.marks import Mark
from loadtests.options import Options
from loadtests.target import Target

if TYPE_CHECKING:
    from loadtests.calls import Caller, Gate
    from loadtests.watching import Fleet, Watcher

NO_EFFECT = frozenset({"INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED"})
"""Status codes that tell that nothing was changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What an API is told of the run: its id, scenario, options and target.

    `index` is that of its process among the `nodes` that drive load.
    """

    run: str
    entry: Entry
    options: Options
    target: Target
    index: int = 0
    nodes: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """Where the calls of a method go and how their messages become bytes and back.

    `target` is another than that of the run where an API is written to through a second address;
    `targets` gives it for each request, where the credentials depend on what is asked for.
    """

    path: str
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    target: Target
    targets: Callable[[Any], Target] | None = None

    def target_of(self, request: Any) -> Target:
        """The target as the sender of a request has to appear there."""
        return self.targets(request) if self.targets else self.target


def route_of(method: Any, target: Target, targets: Callable[[Any], Target] | None = None) -> Route:
    """The route of a method of a contract, whose replies are taken as messages."""
    return Route(
        path=method.path,
        encode=method.request.SerializeToString,
        decode=method.response.FromString,
        target=target,
        targets=targets,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One call to make: method, request and the mark it leaves (None for a deletion).

    `scope` is the part of the target that a watcher may watch alone; `key` names the object, None
    while it has no name. `excuses` are statuses that are a normal result, each with the name under
    which it is counted; `counts` is False for what watchers cannot tell from other changes.
    """

    method: str
    request: Any  # a message of a private pool
    scope: int
    mark: Mark | None
    key: Any = None
    excuses: Mapping[str, str] = field(default_factory=dict)
    counts: bool = True


class Author(Protocol):
    """One writer, which makes one call at a time and remembers what was confirmed."""

    name: str

    def next(self, due_us: int) -> Step:
        """The next thing to do."""

    def succeeded(self, step: Step, reply: Any) -> None:
        """The step was confirmed."""

    def failed(self, step: Step, status: str) -> None:
        """The step failed with this status."""

    def leftovers(self) -> Iterable[Step]:
        """Deletions of everything of this writer that still lives."""

    def differences(self, listing: Any) -> Iterator[tuple[int, str]]:
        """Scope and words for whatever was confirmed and is not what the listing shows."""


class Desk(ABC):
    """The calls that belong to no user of the run, made by the main process."""

    @abstractmethod
    def check(self) -> None:
        """Make one harmless call.

        Raises:
            Unreachable: nobody answers, or not with this API.
            UsageError: the target refuses our credentials or what we would do.
        """

    @abstractmethod
    def populate(self, count: int) -> Mapping[str, Any]:
        """Make objects before any stream is open; told to `Api.begin` of every process.

        Raises:
            Inconclusive: one could not be made.
        """

    def sentinel(self, role: str) -> bool:
        """Write sentinels of a role that every watcher is going to see; whether all are written."""
        return True

    @abstractmethod
    def listing(self) -> Any:
        """What the target lists now, as plain values; `Api.listing` understands them.

        Raises:
            Inconclusive: it cannot be listed.
        """

    @abstractmethod
    def sweep(self) -> tuple[int, int]:
        """Remove what the run made; how many objects were removed and how many are left."""

    def hear(self, fact: Mapping[str, Any]) -> None:  # noqa: B027 most are told nothing
        """Take a fact that a user of some process told (`Run.tell`)."""

    def findings(self, listing: Any) -> Iterable[tuple[str, str, int]]:
        """Code, words and scope of what the facts and the final listing contradict."""
        return ()

    def remarks(self) -> Iterable[str]:
        """What has to be said after the run, one sentence each."""
        return ()


class Api(ABC):
    """One API in one process of a run.

    Attributes:
        name: for people and for the built-in server.
        has_sentinels: watchers see sentinels; without, they are live and done by their own signs.
        is_quiet: nobody but the run writes what is watched, so one listing at the end suffices.
        settle_s: how long streams may take to agree with the listing after the closing barrier.
        removal: what a clean-up does to the objects of a run.
        how_to_write: what a user has to name so that a run may write.
        notes: what has to be said about this run, one sentence each.
        protocol: of its calls, for locust's tables.
    """

    name: ClassVar[str]
    has_sentinels: bool = True
    removal: ClassVar[str] = "deleted"
    protocol: ClassVar[str] = "grpc"
    how_to_write: ClassVar[str] = ""
    is_quiet = True
    settle_s = 1.0
    notes: tuple[str, ...] = ()

    def __init__(self, context: Context) -> None:
        self.context = context
        self.run = context.run
        self.target = context.target

    @staticmethod
    def can_write(target: Target) -> bool:
        """Whether a run may write to this target; else it only reads what others write."""
        return True

    @property
    def watched(self) -> Target:
        """Where the streams are opened."""
        return self.target

    @property
    def stream(self) -> str:
        """The part of the metric names that tells which stream."""
        return self.context.entry.stream

    @property
    @abstractmethod
    def scopes(self) -> tuple[int, ...]:
        """The parts of the target over which the run spreads."""

    def routes(self) -> Mapping[str, Route]:
        """The unary gRPC methods that are called, by name."""
        return {}

    def caller(self, gate: Gate, *, timeout_s: float) -> Caller:
        """Makes the unary calls; of gRPC unless the API brings another one."""
        from loadtests.calls import Caller  # which knows the routes of this module

        return Caller(self.routes(), gate, timeout_s=timeout_s)

    def watcher(self, number: int, fleet: Fleet) -> Watcher:
        """The watcher behind the stream of this number, if any scenario keeps streams open."""
        raise LookupError(f"{self.name} has no streams to keep open")

    @abstractmethod
    def author(self, name: str, number: int, chance: random.Random) -> Author:
        """A writer; `number` counts those of its process."""

    @abstractmethod
    def desk(self, call: Caller) -> Desk:
        """What the main process does."""

    @abstractmethod
    def listing(self, data: Any) -> Any:
        """The listing that a desk described, for the watchers and authors of this API."""

    def begin(self, population: Mapping[str, Any]) -> None:  # noqa: B027 most need nothing
        """Streams are about to open; `population` is what the desk made."""
