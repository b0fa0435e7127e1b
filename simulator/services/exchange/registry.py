"""Which services there are, and whose: data stores and time series databases.

The one place where rights and sharing look up what an id denotes, so that neither knows how a kind
of service keeps its content.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class ServiceType(StrEnum):
    """Kinds of services that can be owned and shared; names as on the wire."""

    DATA_STORE = "DATA_STORE"
    TIME_SERIES_DB = "TIME_SERIES_DB"


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A service and its owner."""

    service_id: str
    type: ServiceType
    owner_user_id: str


class Registry:
    """All services by id, in the order in which they were made."""

    def __init__(self) -> None:
        self.removed: list[Callable[[str], None]] = []
        """Told the id of each service right after it was removed."""
        self._services: dict[str, Registered] = {}

    def add(self, service_id: str, type: ServiceType, owner_user_id: str) -> Registered:
        """Note a new service. ValueError: the id is taken."""
        if service_id in self._services:
            raise ValueError(f"there is a service {service_id} already")
        service = Registered(service_id=service_id, type=type, owner_user_id=owner_user_id)
        self._services[service_id] = service
        return service

    def remove(self, service_id: str) -> None:
        """Forget a service. KeyError: there is none."""
        del self._services[service_id]
        for told in self.removed:
            told(service_id)

    def get(self, service_id: str) -> Registered | None:
        """Return what an id denotes; None: nothing."""
        return self._services.get(service_id)

    def owned(self, user_id: str, type: ServiceType) -> list[str]:
        """Return the ids of the services of a kind that a user owns, oldest first."""
        return [
            each.service_id
            for each in self._services.values()
            if each.owner_user_id == user_id and each.type is type
        ]

    def owns(self, user_id: str) -> bool:
        """Whether a user owns any service."""
        return any(each.owner_user_id == user_id for each in self._services.values())

    def clear(self) -> None:
        """Forget everything; nobody is told."""
        self._services.clear()
