"""What a tenant holds: its tasks, its types, its log of events, and its time.

Instants of a tenant are strictly increasing: two changes at the same simulated instant are one
microsecond apart (our choice), so that an order by creation is total.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from simulator.services.tasks.events import LOG_SIZE, Event, EventLog
from simulator.services.tasks.memory import Memory
from simulator.services.tasks.names import is_tenant, name_of
from simulator.services.tasks.refusals import not_found
from simulator.services.tasks.resources import TASK, TYPE, Kind, Stored, StoredTask, StoredType
from simulator.store import Collection

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.tasks.policy import Policy

CREATION: Final = "create_time"
"""The order that is kept, and that of a list that names none."""

_KEPT: Final = 16

S = TypeVar("S", bound=StoredTask | StoredType)

Observer = Callable[[Event], None]
"""Told each event after its commit."""


class Tenant:
    """One tenant.

    Args:
        id: as it stands in names.
        clock: what time it is.
        observers: told each event, in the order of commits.
        log_size: events that are kept for readers.
    """

    def __init__(
        self, id: str, clock: Clock, observers: list[Observer], log_size: int = LOG_SIZE
    ) -> None:
        self.id = id
        self.tasks: Collection[StoredTask] = Collection(
            orders={CREATION: _created}, encode=_item, log_size=1
        )
        self.types: Collection[StoredType] = Collection(
            orders={CREATION: _created}, encode=_item, log_size=1
        )
        self.log = EventLog(id, log_size)
        self.remembered = lru_cache(maxsize=_KEPT)(Memory[Any])
        """What the filters and orders that were used last made of tasks and types."""
        self._clock = clock
        self._observers = observers
        self._latest_us = 0
        self._committed_us = 0

    def collection(self, kind: Kind) -> Collection[Stored]:
        """Return the resources of a kind, by id."""
        found: object = self.tasks if kind is TASK else self.types
        return found  # type: ignore[return-value]  # read only as a collection of either kind

    def next_us(self) -> int:
        """Return an instant for a change: now, but later than any other of this tenant."""
        self._latest_us = max(self._clock.now_us(), self._latest_us + 1)
        return self._latest_us

    def commit(self, id: str, stored: Stored, event: str) -> Event:
        """Keep a new state and tell the world; `event` is the short name of what happened."""
        if isinstance(stored, StoredTask):
            self.tasks.put(id, stored)
        else:
            self.types.put(id, stored)
        # A change whose texts took long to make may be overtaken by a later one.
        self._committed_us = max(stored.update_us, self._committed_us + 1)
        told = self.log.append(event, stored, self._committed_us)
        for observer in self._observers:
            observer(told)
        return told

    def stored(self, kind: Kind, id: str) -> Stored:
        """Return a resource.

        Raises:
            ServiceError: NOT_FOUND.
        """
        return self._found(kind, id, self.collection(kind).get(id), "name")

    def task(self, id: str) -> StoredTask:
        """Return a task.

        Raises:
            ServiceError: NOT_FOUND.
        """
        return self._found(TASK, id, self.tasks.get(id), "name")

    def type(self, id: str) -> StoredType:
        """Return a type that is to be updated.

        Raises:
            ServiceError: NOT_FOUND.
        """
        return self._found(TYPE, id, self.types.get(id), "type.name")

    def _found(self, kind: Kind, id: str, found: S | None, field: str) -> S:
        """Return what was found; `field` is where the request names it."""
        if found is None:
            raise not_found(kind.noun, name_of(self.id, kind.plural, id), field)
        return found


class Tenants:
    """All tenants of a service, made when they are first named."""

    def __init__(self, clock: Clock, policy: Policy, log_size: int = LOG_SIZE) -> None:
        self.observers: list[Observer] = []
        """Told each event of any tenant after its commit."""
        self._clock = clock
        self._log_size = log_size
        self.clear(policy)

    def clear(self, policy: Policy) -> None:
        """Drop everything. Open feeds see nothing any more."""
        self._policy = policy
        self._tenants: dict[str, Tenant] = {}

    def get(self, id: str, field: str) -> Tenant:
        """Return a tenant.

        Raises:
            ServiceError: NOT_FOUND; `field` is where the request names it.
        """
        tenant = self._tenants.get(id)
        if tenant is None:
            if not self._exists(id):
                raise not_found("Tenant", f"tenants/{id}", field)
            tenant = Tenant(id, self._clock, self.observers, self._log_size)
            self._tenants[id] = tenant
        return tenant

    def _exists(self, id: str) -> bool:
        if id in self._policy.tenants:
            return True
        return self._policy.create_unknown_tenants and is_tenant(id)

    @property
    def committed(self) -> int:
        """How many changes were made so far, over all tenants."""
        return sum(tenant.log.newest for tenant in self._tenants.values())


def _created(stored: Stored) -> tuple[int]:
    return (stored.create_us,)


def _item(stored: Stored) -> bytes:
    return stored.item
