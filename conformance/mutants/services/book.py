"""What the naive services endpoint remembers, and the one error with which it refuses.

Refuse            a call is refused, with a status
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import grpc

Code = grpc.StatusCode

State = dict[str, Any]
"""What is shown of a service, by the names of the contract; times in nanoseconds, None if unset.

A state that was committed is never changed: every change is a new one.
"""

Totals = Mapping[str, Any]
"""The counts of a collection, by the names of the contract."""

EMPTY: State = {
    "id": "",
    "type": "",
    "active": False,
    "last_inactive_time": None,
    "last_active_time": None,
    "loading": False,
    "last_loading_start_time": None,
    "last_loading_end_time": None,
    "error": "",
    "last_error_time": None,
    "config_raw": "",
    "last_config_time": None,
    "failed_attempts": 0,
    "next_attempt_time": None,
}


class Refuse(Exception):
    """The call is refused, and why."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Config:
    """An accepted configuration: its text, and what its load does."""

    text: str
    does: Literal["ok", "fail", "slow", "retry"]


@dataclass(eq=False, kw_only=True)
class Record:
    """A service: what is shown of it, and what is not.

    Attributes:
        config: the one in force; None before the first.
        load: number of the latest load; what an older one brings is void.
    """

    state: State
    config: Config | None = None
    load: int = 0


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One change: a state before and after it, None where there was none, and the counts then."""

    id: str
    before: State | None
    after: State | None
    at_ns: int
    totals: Totals


@dataclass(eq=False, kw_only=True)
class Collection:
    """Services by id, every change ever made, and who chooses the ids."""

    name: str
    ids: Literal["required", "kind", "generated"]
    aliases: tuple[str, ...] = ()
    types: tuple[str, ...] = ("mock", "spare")
    records: dict[str, Record] = field(default_factory=dict)
    log: list[Commit] = field(default_factory=list)
    readers: dict[object, int] = field(default_factory=dict)
    """How much of the log each open pull has sent."""


def collections() -> tuple[Collection, ...]:
    """One for each way in which ids come about."""
    return (
        Collection(name="drivers", ids="required", aliases=("site/drivers",)),
        Collection(name="systems", ids="kind", aliases=("site/systems",)),
        Collection(name="scratch", ids="generated", aliases=("site/scratch",)),
    )


def clock(last_ns: int) -> int:
    """The time, later than the last one that was told."""
    return max(last_ns + 1, time.time_ns())


@dataclass(eq=False, kw_only=True)
class Book:
    """Everything the endpoint knows, guarded by `news`, which is notified of every change.

    `scratch` belongs to whatever replaces a policy and needs to remember something.
    """

    collections: tuple[Collection, ...] = field(default_factory=collections)
    closed: bool = False
    news: threading.Condition = field(default_factory=threading.Condition)
    scratch: dict[str, Any] = field(default_factory=dict)
    clock: Callable[[int], int] = clock
    _last_ns: int = 0

    def now_ns(self) -> int:
        """The time by `clock`, which is told what it said before."""
        self._last_ns = self.clock(self._last_ns)
        return self._last_ns

    def later(self, delay_s: float, call: Callable[[], None]) -> None:
        """Make a call after some time, unless the endpoint is closed by then."""

        def run() -> None:
            with self.news:
                if not self.closed:
                    call()

        timer = threading.Timer(delay_s, run)
        timer.daemon = True
        timer.start()

    def commit(
        self,
        collection: Collection,
        before: State | None,
        after: State | None,
        totals: Totals,
    ) -> None:
        """Write a change down and tell everybody."""
        shown = after or before or EMPTY
        collection.log.append(
            Commit(id=shown["id"], before=before, after=after, at_ns=self.now_ns(), totals=totals)
        )
        self.news.notify_all()

    def wait_for_readers(self, collection: Collection) -> None:
        """Wait until every pull has sent what there is, or the endpoint is closed."""
        told = len(collection.log)
        self.news.wait_for(
            lambda: self.closed or all(sent >= told for sent in collection.readers.values())
        )

    def wake(self) -> None:
        """Let every stream look around."""
        with self.news:
            self.news.notify_all()

    def close(self) -> None:
        """End every stream."""
        with self.news:
            self.closed = True
            self.news.notify_all()
