"""Who may do what with a service: its owner everything, members of collaboratives what they may.

Which rights a member has is defined nowhere public; this is our decision table. A READ_WRITE member
writes to services of others only where the policy says so, and only an owner may share.
"""

from enum import Enum, unique
from typing import Protocol

from simulator.services.exchange.errors import unauthorized
from simulator.services.exchange.people import User
from simulator.services.exchange.registry import Registered, Registry, ServiceType


@unique
class Need(Enum):
    """What an operation wants to do with a service."""

    READ = "read"
    """See its metadata and content."""
    WRITE = "write"
    """Upload, delete, publish."""
    OWN = "own"
    """Rename, delete or share it, and see where it is shared."""


class Shares(Protocol):
    """Knows which services are shared with whom."""

    def grants(self, caller: User, service_id: str) -> frozenset[Need]:
        """Return what a service's being shared lets a user do with it; empty: nothing."""
        ...


class _Nothing:
    def grants(self, caller: User, service_id: str) -> frozenset[Need]:
        """Nothing is shared."""
        return frozenset()


class Rights:
    """Decides for each caller and service.

    Args:
        registry: the services and their owners.
        shares: what is shared; nothing by default.
    """

    def __init__(self, registry: Registry, shares: Shares | None = None) -> None:
        self._registry = registry
        self._shares: Shares = shares or _Nothing()

    def require(
        self, caller: User, service_id: str, need: Need, type: ServiceType | None = None
    ) -> Registered:
        """Return the service if the caller may do that with it.

        Args:
            caller: who asks.
            service_id: of any kind, or of none.
            need: what for.
            type: what the service must be; None: any.

        Raises:
            ExchangeError: Unauthorized, the same whether it is missing, forbidden or another kind.
        """
        service = self._registry.get(service_id)
        if service is None or (type is not None and service.type is not type):
            raise unauthorized()
        if service.owner_user_id == caller.user_id:
            return service
        if need not in self._shares.grants(caller, service_id):
            raise unauthorized()
        return service

    def may(self, caller: User, service_id: str, need: Need) -> bool:
        """Whether the caller may do that with the service."""
        service = self._registry.get(service_id)
        if service is None:
            return False
        owns = service.owner_user_id == caller.user_id
        return owns or need in self._shares.grants(caller, service_id)
