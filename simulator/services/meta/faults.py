"""Legal but rare behaviour that watches are ordered to show, as data.

What the mutation hook may order (meta_control.proto, InjectFault). Only stateless watches know
resets, expired tokens and size checks; to a stateful watch and to a watch of one resource those
orders change nothing that can be seen (our choice: a stateful stream shows no resets, seed 003, and
needs none to recover). Pausing and dropping concern all watches.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from simulator.services.errors import Code


class Verb(Enum):
    """What is ordered."""

    SOFT_RESET = "soft_reset"
    HARD_RESET = "hard_reset"
    DROP = "drop_stream"
    EXPIRE = "expire_resume_tokens"
    SIZE = "send_snapshot_size"
    SPLIT = "split_changeset"
    PAUSE = "pause_emission"
    RESUME = "resume_emission"


CAPABILITIES: Final = (
    "fault.soft",
    "fault.hard",
    "fault.drop",
    "fault.expire",
    "fault.size",
    "fault.split",
    "fault.pause",
)
"""What these are called where an endpoint lists what it can do."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One order."""

    verb: Verb
    tag: str = ""
    """Which watches it concerns; empty: all."""
    after: int = 0
    """How many messages with changes a watch may still send before."""
    code: Code | None = Code.UNAVAILABLE
    """DROP: with which status the stream ends; None: cleanly."""
    count: int | None = None
    """SIZE: the number sent; None: the true one."""
    most: int = 1
    """SPLIT: how many changes a message of the next changeset holds at most."""
    for_s: float = 0.0
    """PAUSE: for how long, in seconds; 0: until told otherwise."""


class Orders:
    """The faults that wait to happen to one watch."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Let a fault happen once its messages were sent."""
        self._waiting.append((fault, fault.after))

    def due(self) -> Fault | None:
        """Return the fault to happen now, size checks last: those wait for others to finish."""
        ready = [fault for fault, left in self._waiting if left == 0]
        return min(ready, key=lambda fault: fault.verb is Verb.SIZE, default=None)

    def done(self, fault: Fault) -> None:
        """Forget a fault that has happened."""
        index = next(i for i, (waiting, _) in enumerate(self._waiting) if waiting is fault)
        del self._waiting[index]

    def sent(self) -> None:
        """Count a message with changes."""
        self._waiting = [(fault, max(left - 1, 0)) for fault, left in self._waiting]
