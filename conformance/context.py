"""The check that is running: what it judges, what it has seen, and what it may spend.

The functions of `judging` and `exploring` find it through a context variable, so that checks do
not have to pass it along; each thread that runs a check enters its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from conformance.recorder import Recorder
from conformance.requirements import Ledger

ProfileName = Literal["smoke", "staging", "full"]

SHRINK_CALLS: Mapping[ProfileName, int] = {"smoke": 50, "staging": 200, "full": 2000}
"""Calls granted after a first failure to make it smaller, as far as the budget has them."""

SHARE: Mapping[ProfileName, int] = {"smoke": 20, "staging": 20, "full": 1}
"""Generated examples are divided by this."""

DIRECTED: Mapping[ProfileName, int | None] = {"smoke": 2, "staging": 2, "full": None}
"""So many of the directed examples are run, the first ones; None is all."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """A reading that the target takes, of a trait or in words."""

    reading: str
    trait: str | None = None
    preferred: bool = True


@dataclass(kw_only=True)
class Check:
    """One run of one check.

    Attributes:
        node: the pytest node id, without parametrisation noise.
        ids: the requirements judged.
        seed: of the whole run; `seed_here` is this check's own.
        pins: trait readings that the profile fixes.
        shrink_calls: 0 in a re-run, where the first failure is enough.
        shrunk: calls spent on making a failure smaller.
    """

    node: str
    ids: tuple[str, ...]
    ledger: Ledger
    recorder: Recorder
    seed: int
    profile: ProfileName = "full"
    pins: Mapping[str, str] = field(default_factory=dict)
    shrink_calls: int = 200
    shrunk: int = 0
    observations: list[Observation] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def seed_here(self) -> int:
        """Stable for the run's seed and the check's name; independent of order and workers."""
        return zlib.crc32(f"{self.seed}/{self.node}".encode())


_current: ContextVar[Check] = ContextVar("check")


def current() -> Check:
    """The running check; LookupError outside of one."""
    return _current.get()


def by_depth(*, full: T, staging: T) -> T:
    """What the running check may afford: all of it, or what calls to a shared system allow."""
    return full if current().profile == "full" else staging


@contextmanager
def entered(check: Check) -> Iterator[Check]:
    """Make `check` the running one."""
    token = _current.set(check)
    try:
        yield check
    finally:
        _current.reset(token)
