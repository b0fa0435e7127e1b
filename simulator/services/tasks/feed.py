"""What a subscriber to the events of a tenant is handed: ready-made envelopes, oldest first.

A subscriber that the log has left behind is refused with RESOURCE_EXHAUSTED and goes on from the
number after the last one it has seen; if that has fallen off the log as well, with OUT_OF_RANGE.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from simulator.services.errors import Code, ServiceError, shown
from simulator.services.tasks.events import TYPES, Event, EventLog, chosen
from simulator.services.tasks.names import is_tenant
from simulator.services.tasks.refusals import collected
from simulator.services.tasks.resources import full_name
from simulator.store import FellBehind

if TYPE_CHECKING:
    from simulator.services.tasks.tenants import Tenants

_TAKEN: Final = 64
"""Events handed out at once; few, so that a stalled reader's place stays close to the truth."""
_PREFIX: Final = "tenants/"
_NAMES: Final = {name: short for short in TYPES for name in (short, full_name(short))}


class EventFeed:
    """The events of a log from a sequence number on."""

    def __init__(
        self, log: EventLog, *, after: int, where: Callable[[Event], bool] | None = None
    ) -> None:
        self._log = log
        self._subscription = log.subscribe(after=after, where=where)
        self._stopped = False

    @property
    def position(self) -> int:
        """Sequence number up to which everything was taken, or passed over."""
        return self._subscription.cursor

    @property
    def newest(self) -> int:
        """Sequence number of the newest event."""
        return self._log.newest

    async def take(self) -> Sequence[bytes]:
        """Return the envelopes that are due, oldest first, at most a few dozen, once there are any.

        Nothing, if and only if the feed was stopped.

        Raises:
            ServiceError: RESOURCE_EXHAUSTED; the log dropped what was not read yet.
        """
        while not self._stopped:
            if self._subscription.lag and (frames := self._frames()):
                return frames
            if not self._subscription.lag:
                await self._log.wakeup.wait()
        return ()

    def stop(self) -> None:
        """Let `take` return nothing, now and from now on."""
        self._stopped = True
        self._log.wakeup.notify()

    def _frames(self) -> list[bytes]:
        try:
            return [change.frame for change in self._subscription.pending(_TAKEN)]
        except FellBehind:
            raise ServiceError(
                Code.RESOURCE_EXHAUSTED,
                f"the reader is too slow: event {self.position + 1} is gone, "
                f"the oldest one is {self._log.oldest}",
            ) from None


def read_tenant(request: Any) -> str:
    """Return whose events a subscription is about, after a look at the rest of it.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    tenant = str(request.tenant).removeprefix(_PREFIX)
    with collected() as violations:
        if not request.tenant:
            violations.missing("tenant")
        elif not is_tenant(tenant):
            violations.add("tenant", f"{shown(request.tenant)} is neither a tenant nor its name")
        if request.from_sequence < 0:
            violations.add("from_sequence", f"{request.from_sequence} is negative")
        for index, name in enumerate(request.types):
            if name not in _NAMES:
                known = ", ".join(TYPES)
                violations.add(f"types[{index}]", f"{shown(name)} is no event, there are {known}")
    return tenant


def subscribe(tenants: Tenants, request: Any) -> EventFeed:
    """Follow the events of a tenant: from a number on, or from the first one.

    Raises:
        ServiceError: INVALID_ARGUMENT, NOT_FOUND, or OUT_OF_RANGE: the number has fallen off the
            log; the text names the oldest one that is there.
    """
    log = tenants.get(read_tenant(request), "tenant").log
    first = max(request.from_sequence, 1)
    if first < log.oldest:
        raise ServiceError(
            Code.OUT_OF_RANGE,
            f"from_sequence: event {first} is gone, the oldest one is {log.oldest}",
        )
    types = frozenset(_NAMES[name] for name in request.types)
    return EventFeed(log, after=min(first - 1, log.newest), where=chosen(types, first))
