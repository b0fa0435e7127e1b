"""One change of a collection: what a watcher is told, with its bytes made once.

A change is complete in itself: the states before and after let any filter decide whether it
is a creation, an update, a deletion or nothing at all for the watcher behind that filter.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

V = TypeVar("V")


class Kind(Enum):
    """What happened to an item."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change(Generic[V]):
    """A committed change. Values are shared with the collection and must never be modified."""

    revision: int
    """Position in the history of the collection: 1, 2, 3 and so on without a gap."""
    batch: int
    """Revision of the first change that was committed together with this one."""
    kind: Kind
    key: Hashable
    before: V | None
    """The state replaced; None when the item was created."""
    after: V
    """The new state; of a deletion the last state, as watchers shall see it."""
    item: bytes
    """`after`, encoded as an item."""
    frame: bytes
    """The dialect's ready-made stream message."""
    mark: bytes = b""
    """Digest of the history up to here: equal for equal histories, and for no others."""


def seen_through(change: Change[V], where: Callable[[V], bool]) -> Kind | None:
    """Tell what a change is to someone who only sees items for which `where` is true.

    An update that enters the filter is CREATED, one that leaves it is DELETED, and a change
    that happens wholly outside of it is None.
    """
    was_seen = change.before is not None and where(change.before)
    is_seen = change.kind is not Kind.DELETED and where(change.after)
    if was_seen:
        return Kind.UPDATED if is_seen else Kind.DELETED
    return Kind.CREATED if is_seen else None
