"""A service, the counts of a collection and its changes as plain values; times in nanoseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Literal

SECOND_NS = 1_000_000_000

Ns = int | None
"""Nanoseconds since the epoch, None where nothing has happened yet."""


class State(StrEnum):
    """What a service is doing; no field of it says so, several together do."""

    INACTIVE = "inactive"
    LOADING = "loading"
    ACTIVE = "active"
    RETRYING = "retrying"
    ERROR = "error"
    STOPPING = "stopping"


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A service as a server shows it, in the names of the contract."""

    id: str = ""
    type: str = ""
    active: bool = False
    last_inactive_time: Ns = None
    last_active_time: Ns = None
    loading: bool = False
    last_loading_start_time: Ns = None
    last_loading_end_time: Ns = None
    error: str = ""
    last_error_time: Ns = None
    config_raw: str = ""
    last_config_time: Ns = None
    failed_attempts: int = 0
    next_attempt_time: Ns = None

    @property
    def state(self) -> State:
        """What it is doing."""
        if self.active and self.loading:
            return State.RETRYING if self.next_attempt_time is not None else State.LOADING
        if self.active:
            return State.ACTIVE
        if self.loading:
            return State.STOPPING
        return State.ERROR if self.error else State.INACTIVE

    @property
    def settled(self) -> bool:
        """Whether nothing is under way and nothing will be tried again."""
        return not self.loading and self.next_attempt_time is None


FIELDS = tuple(each.name for each in fields(Service))
"""Top-level paths of a service, in the order of the contract."""

TIMES = tuple(name for name in FIELDS if name.endswith("_time"))
"""Those that are times."""

SETTLED_FIELDS = ("active", "loading", "error", "config_raw")
"""What the last message of a pull has to agree with once nothing is under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """The counts of a collection; `type_counts` may have zeros."""

    total_count: int = 0
    type_counts: Mapping[str, int] = field(default_factory=dict)
    total_active_count: int = 0
    total_error_count: int = 0


Kind = Literal["add", "update", "remove", "replace", "unspecified"]
KINDS: tuple[Kind, ...] = ("unspecified", "add", "update", "remove", "replace")
"""Kinds of changes by their numbers on the wire."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of a collection; `kind` is an undefined number as text where it is one."""

    name: str
    kind: str
    new: Service | None
    old: Service | None
    change_time: Ns

    @property
    def id(self) -> str:
        """Of the service that the change is about."""
        shown = self.new or self.old
        return shown.id if shown is not None else ""
