"""What the naive meta endpoint remembers, and the one error with which it refuses.

Refuse            a call is refused, with a status
"""

from __future__ import annotations

import copy
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc

from conformance.oracles.meta.model import KINDS, Data, Kind

if TYPE_CHECKING:
    from conformance.mutants.meta.stream import Open

Code = grpc.StatusCode


class Refuse(Exception):
    """The call is refused, and why."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


def invalid(text: str) -> Refuse:
    """The refusal of a request that is wrong in itself."""
    return Refuse(Code.INVALID_ARGUMENT, text)


def absent(name: str) -> Refuse:
    """The refusal of a request for something that does not exist."""
    return Refuse(Code.NOT_FOUND, f"no resource {name!r}")


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One revision: when it happened, and each resource before and after it by name."""

    revision: int
    at_ns: int
    changes: Mapping[str, tuple[Data | None, Data | None]]


@dataclass(kw_only=True)
class Fault:
    """A fault that was ordered for streams.

    Attributes:
        kind: as `MetaFaultRequest.fault` names it.
        tag: of the streams it concerns, "" for all.
        after: messages with changes that a stream may still send before.
    """

    kind: str
    tag: str = ""
    after: int = 0
    code: int = 14
    value: int | None = None
    n: int = 0
    ms: int = 0


def stamped(data: Data, before: Data | None, at_ns: int, revision: int) -> Data:
    """The resource as it is stored, with the metadata that only a server writes."""
    stored = copy.deepcopy(data)
    metadata = stored.get("metadata")
    if metadata is None:
        return stored
    was = (before or {}).get("metadata", {})
    metadata.setdefault("create_time", was.get("create_time", at_ns))
    metadata.setdefault("update_time", at_ns)
    metadata["generation"] = metadata["generation"] or was.get("generation", 0) + 1
    metadata["resource_version"] = str(revision)
    return stored


@dataclass(eq=False, kw_only=True)
class Book:
    """Everything the endpoint knows, guarded by `news`, which is notified of every change.

    `scratch` belongs to whatever replaces a policy and needs to remember something.

    Attributes:
        objects: by name, of all kinds.
        log: every commit, oldest first; the revision of a commit is its position, from 1 on.
        epoch: number of times that all resume tokens were declared dead.
        permissions: by bearer token; None asks for no credentials.
        now_ns: the clock, in nanoseconds since the epoch.
        stamped: makes what is stored of what is written; see the function of that name.
        waiting: faults for streams that are not open yet.
    """

    permissions: Mapping[str, frozenset[str]] | None = None
    now_ns: Callable[[], int] = time.time_ns
    stamped: Callable[[Data, Data | None, int, int], Data] = stamped
    objects: dict[str, Data] = field(default_factory=dict)
    log: list[Commit] = field(default_factory=list)
    epoch: int = 0
    secret: bytes = field(default_factory=lambda: uuid.uuid4().bytes)
    streams: list[Open] = field(default_factory=list)
    waiting: list[Fault] = field(default_factory=list)
    closed: bool = False
    news: threading.Condition = field(default_factory=threading.Condition)
    scratch: dict[str, Any] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        """Number of the latest commit."""
        return len(self.log)

    def of(self, kind: Kind) -> list[Data]:
        """All resources of a kind, by name."""
        return [self.objects[name] for name in sorted(self.objects) if kind_of(name) is kind]

    def commit(self, changes: Sequence[tuple[str, Data | None]]) -> int:
        """Make changes as one revision: a resource by its name, or None to remove it.

        Raises:
            Refuse: nothing was changed.
        """
        with self.news:
            at_ns = self.now_ns()
            kept = dict(self.objects)
            for name, data in changes:
                if data is None and kept.pop(name, None) is None:
                    raise absent(name)
                if data is not None:
                    kept[name] = self.stamped(data, kept.get(name), at_ns, self.revision + 1)
            names = dict.fromkeys(name for name, _ in changes)
            made = {name: (self.objects.get(name), kept.get(name)) for name in names}
            self.objects = kept
            self.log.append(Commit(revision=self.revision + 1, at_ns=at_ns, changes=made))
            self.news.notify_all()
            return self.revision

    def wake(self) -> None:
        """Let every stream look around."""
        with self.news:
            self.news.notify_all()

    def close(self) -> None:
        """End every stream."""
        with self.news:
            self.closed = True
            self.news.notify_all()


def kind_of(name: str) -> Kind | None:
    """The kind whose names look like this one, by their collections; None if none does."""
    parts = name.split("/")
    for kind in KINDS.values():
        if parts[::2] == [s.collection for s in kind.segments] and len(parts) % 2 == 0:
            return kind
    return None


def parent_of(name: str) -> str:
    """The name without its last collection and id."""
    return "/".join(name.split("/")[:-2])


def fits(name: str, pattern: str) -> bool:
    """Whether a name or parent is the one given, whose ids may be wildcards."""
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(
        w in ("-", part) for part, w in zip(parts, wanted, strict=True)
    )
