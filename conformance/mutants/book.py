"""What the naive endpoint remembers, and the one error with which it refuses.

Refuse            a call is refused; its kind is turned into a status at the edge
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from conformance.oracles.model import DispatchView

Kind = Literal["invalid", "not_found", "unauthenticated", "denied", "exhausted"]
EventKind = Literal[1, 2, 3]
CREATED: EventKind = 1
UPDATED: EventKind = 2
DELETED: EventKind = 3

Event = tuple[int, DispatchView]
"""The number of the event and the dispatch it shows."""


class Refuse(Exception):
    """The call is refused, and why."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(eq=False, kw_only=True)
class Subscriber:
    """One open stream; None in its queue ends it."""

    microgrid: int
    events: queue.SimpleQueue[Event | None] = field(default_factory=queue.SimpleQueue)


@dataclass(kw_only=True)
class Book:
    """Everything the endpoint knows, guarded by one lock; dispatches by microgrid and id.

    `scratch` belongs to whatever replaces a policy and needs to remember something.
    """

    auth_key: str | None = None
    sign_secret: str | None = None
    secret: bytes = b"signs the page tokens of one endpoint"
    dispatches: dict[int, dict[int, DispatchView]] = field(default_factory=dict)
    subscribers: list[Subscriber] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)
    scratch: dict[str, Any] = field(default_factory=dict)

    def of(self, microgrid: int) -> dict[int, DispatchView]:
        """The dispatches of a microgrid by id, in the order of their creation."""
        return self.dispatches.get(microgrid, {})

    def everywhere(self) -> dict[int, DispatchView]:
        """The dispatches of all microgrids by id."""
        return {id_: view for grid in self.dispatches.values() for id_, view in grid.items()}

    def put(self, microgrid: int, view: DispatchView) -> None:
        """Keep a dispatch."""
        self.dispatches.setdefault(microgrid, {})[view.id] = view

    def sign(self, text: bytes) -> str:
        """A signature of the endpoint's own."""
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()[:32]
