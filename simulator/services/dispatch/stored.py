"""A dispatch as it is kept: what the client asked for, what the server adds, and its bytes.

Encodings are made once per change. An item is encoded as field 1 of a message, which is where
the replies to list, create and update, and each stream event, carry a dispatch.
"""

from dataclasses import dataclass
from typing import Any, Final

from simulator.microgrid.dispatch import Dispatch
from simulator.services import instants
from simulator.services.dispatch.wire import Metadata
from simulator.services.wire import delimited, uint
from simulator.store.change import Kind

EVENTS: Final = {Kind.CREATED: 1, Kind.UPDATED: 2, Kind.DELETED: 3}
"""Numbers of frequenz.api.common.v1alpha8.streaming.Event, and of 0.15's nested enum."""

TargetKey = tuple[int, frozenset[Any]]
"""A target to compare: number of its variant, and its raw members."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One state of a dispatch; never modified. Instants in microseconds since the epoch."""

    dispatch: Dispatch
    """What the world executes; its id is the dispatch id."""
    data: Any
    """DispatchData as it is answered."""
    target: TargetKey
    create_us: int
    update_us: int
    end_us: int | None
    """End of the last occurrence; None where it cannot be computed."""


def encode(stored: Stored) -> bytes:
    """Return the dispatch as field 1 of any message that carries it there."""
    metadata = Metadata(dispatch_id=stored.dispatch.id)
    instants.write(metadata.create_time, stored.create_us)
    instants.write(metadata.update_time, stored.update_us)
    if stored.end_us is not None:
        instants.write(metadata.end_time, stored.end_us)
    return delimited(
        1,
        delimited(1, metadata.SerializeToString())
        + delimited(2, stored.data.SerializeToString(deterministic=True)),
    )


def frame(kind: Kind, stored: Stored, item: bytes) -> bytes:
    """Return the stream message of a change."""
    return item + uint(2, EVENTS[kind])


ORDERS: Final = {
    "start_time": lambda stored: (stored.dispatch.start_us,),
    "create_time": lambda stored: (stored.create_us,),
    "update_time": lambda stored: (stored.update_us,),
}
"""The orders of a list; equal keys are ordered by id."""
