"""A service as it is kept: one state with its bytes, and what the collection adds up to by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.services.services.states import State, message
from simulator.services.services.totals import Totals


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """One state of a service. Never modified: each change makes another one."""

    state: State
    number: int
    """Which service it is: another one under the same id has another number."""
    message: Any
    """The state as Service of the wire."""
    item: bytes
    """The encoded message."""
    totals: Totals
    """What the collection adds up to after this change."""
    at_us: int
    """When the change was made; never less than that of a change before it."""
    ghost: bool = False
    """Whether its creation was refused, though told to streams."""
    orphan_at: int | None = None
    """If it took the id of a service that goes on unseen: where in the log of those that begins."""


def stored(state: State, number: int, totals: Totals, at_us: int, **marks: Any) -> Stored:
    """Return a state ready to be kept, with its message made; `marks` are further fields."""
    made = message(state)
    return Stored(
        state=state,
        number=number,
        message=made,
        item=made.SerializeToString(),
        totals=totals,
        at_us=at_us,
        **marks,
    )
