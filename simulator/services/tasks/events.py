"""The events of a tenant: one log, in the order of commits, numbered from 1 without a gap.

Seed 001 names the five event messages and no transport; the envelope follows CloudEvents 1.0 and
is our choice. An event carries the resource as the call returned it: its bytes are the reply's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from simulator.services import instants
from simulator.services.tasks import wire
from simulator.services.tasks.resources import Stored, full_name
from simulator.services.wire import delimited
from simulator.store import Change, Kind, Subscription, Wakeup
from simulator.store.log import ChangeLog

TYPES: Final = ("TaskCreated", "TaskClaimed", "TaskCompleted", "TypeCreated", "TypeUpdated")
"""Short names of the event messages."""
LOG_SIZE: Final = 10_000
LOG_BYTES: Final = 64 * 1024 * 1024
_RESOURCE: Final = 1
"""The field of each event message that carries the resource."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event, and all that the world may want to know of it."""

    sequence: int
    tenant: str
    type: str
    """Short name of the event message."""
    time_us: int
    resource: Stored
    """The resource after the change."""
    frame: bytes
    """The encoded envelope."""


class EventLog:
    """The latest events of one tenant, and who waits for more."""

    def __init__(self, tenant: str, log_size: int = LOG_SIZE) -> None:
        self.tenant = tenant
        self.wakeup = Wakeup()
        """Announces every event."""
        self._log: ChangeLog[Event] = ChangeLog(size=log_size, max_bytes=LOG_BYTES)

    @property
    def newest(self) -> int:
        """Sequence number of the newest event, 0 before the first one."""
        return self._log.newest

    @property
    def oldest(self) -> int:
        """Sequence number of the oldest event that is still known, or of the first to come."""
        return self._log.oldest + 1

    def append(self, type: str, resource: Stored, time_us: int) -> Event:
        """Add an event of a committed change and return it."""
        sequence = self.newest + 1
        frame = _envelope(sequence, self.tenant, type, resource, time_us)
        event = Event(
            sequence=sequence,
            tenant=self.tenant,
            type=type,
            time_us=time_us,
            resource=resource,
            frame=frame,
        )
        change = Change(
            revision=sequence,
            batch=sequence,
            kind=Kind.CREATED,
            key=sequence,
            before=None,
            after=event,
            item=b"",
            frame=frame,
        )
        self._log.append(change)
        self._log.publish()
        self.wakeup.notify()
        return event

    def subscribe(
        self, *, after: int, where: Callable[[Event], bool] | None
    ) -> Subscription[Event]:
        """Read all events after a sequence number that the log still reaches back to.

        Raises:
            FellBehind: it does not.
        """
        return Subscription(self._log, self.wakeup, after=after, where=where)


def chosen(types: Collection[str], first: int) -> Callable[[Event], bool] | None:
    """Return the test for events of some types, any if none is named, from a number on."""
    if not types and first <= 1:
        return None
    return lambda event: event.sequence >= first and (not types or event.type in types)


def _envelope(sequence: int, tenant: str, type: str, resource: Stored, time_us: int) -> bytes:
    event = wire.Event(
        id=str(sequence),
        source=f"//tasks/tenants/{tenant}",
        type=full_name(type),
        subject=resource.name,
        datacontenttype="application/protobuf",
        dataschema=full_name(type),
        data=delimited(_RESOURCE, resource.item),
    )
    instants.write(event.time, time_us)
    return bytes(event.SerializeToString(deterministic=True))
