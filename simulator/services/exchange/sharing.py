"""What members of a collaborative do: `collaborative_*`.

Whoever has no part in a collaborative learns nothing of it; only an owner shares a service, only
with a collaborative in which they may write. Rights are our decision table (see `rights`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.services.exchange.collaboratives import (
    Collaborative,
    Collaboratives,
    Group,
    Member,
    MemberOrganization,
    MemberState,
    Permission,
)
from simulator.services.exchange.errors import conflict, invalid, unauthorized
from simulator.services.exchange.people import User, UserRole
from simulator.services.exchange.registry import Registered, Registry, ServiceType
from simulator.services.exchange.rights import Need, Rights


@dataclass(frozen=True, kw_only=True)
class Service:
    """A shared service."""

    service_id: str
    service_type: ServiceType


class Sharing:
    """The operations.

    Args:
        held: the collaboratives.
        registry: which services there are.
        rights: who may share them.
    """

    def __init__(self, held: Collaboratives, registry: Registry, rights: Rights) -> None:
        self._held = held
        self._registry = registry
        self._rights = rights

    def list_collaboratives(self, caller: User) -> list[Collaborative]:
        """Return those that the caller has part in, oldest first."""
        return [each.collaborative for each in self._held.of(caller)]

    def get_collaborative(self, caller: User, collaborative_id: str) -> Collaborative:
        """Return one that the caller has part in.

        Raises:
            ExchangeError: Unauthorized.
        """
        return self._entered(caller, collaborative_id).collaborative

    def list_collaborative_services(self, caller: User, collaborative_id: str) -> list[Service]:
        """Return what is shared with a collaborative, in the order in which it was.

        Raises:
            ExchangeError: Unauthorized.
        """
        found = map(self._registry.get, self._entered(caller, collaborative_id).services)
        return [_service(each) for each in found if each is not None]

    def list_collaboratives_service_shared_with(
        self, caller: User, service_type: str, service_id: str
    ) -> list[Collaborative]:
        """Return what a service of the caller is shared with.

        Raises:
            ExchangeError: Unauthorized, not the caller's; ValidationError, not of that type.
        """
        self._owned(caller, service_type, service_id)
        return [each.collaborative for each in self._held.sharing(service_id)]

    def add_service_to_collaborative(
        self, caller: User, collaborative_id: str, service_type: str, service_id: str
    ) -> Service:
        """Share a service of the caller; nothing changes if it is shared there already.

        Raises:
            ExchangeError: Unauthorized, not the caller's or no right to write there;
                ValidationError, not of that type.
        """
        group = self._entered(caller, collaborative_id)
        service = self._owned(caller, service_type, service_id)
        if group.permission(caller) is not Permission.READ_WRITE:
            raise unauthorized()
        group.services.setdefault(service_id, caller.user_id)
        return _service(service)

    def remove_service_from_collaborative(
        self, caller: User, collaborative_id: str, service_type: str, service_id: str
    ) -> Service:
        """Share a service of the caller no longer; its owner may do so whatever their part is.

        Raises:
            ExchangeError: Unauthorized, not the caller's; ValidationError, not of that type;
                ConflictException, it is not shared there.
        """
        service = self._owned(caller, service_type, service_id)
        group = self._held.get(collaborative_id)
        if service_id not in group.services:
            # Who has no part in it is not to learn that there is such a collaborative.
            self._entered(caller, collaborative_id)
            raise conflict(f"{service_id} is not shared with {collaborative_id}")
        del group.services[service_id]
        return _service(service)

    def update_collaborative_member_organization(
        self, caller: User, collaborative_id: str, organization_id: str, member_state: str
    ) -> MemberOrganization:
        """Let an organization in, or not: for members of the host organization that may write.

        An administrator of the platform who belongs to the host may, too.

        Raises:
            ExchangeError: Unauthorized; ConflictException, there is one host and it stays.
        """
        group = self._held.get(collaborative_id)
        host = group.collaborative.host_organization_id
        is_trusted = (
            group.permission(caller) is Permission.READ_WRITE
            or UserRole.PLATFORM_ADMIN in caller.user_roles
        )
        if caller.organization_id != host or not is_trusted:
            raise unauthorized()
        if organization_id not in group.organizations:
            raise unauthorized()
        state = MemberState(member_state)
        if (organization_id == host) is not (state is MemberState.HOST_ORGANIZATION):
            raise conflict("memberState: a collaborative has one host, and it stays the host")
        approver = caller.user_id if state is MemberState.APPROVED else None
        group.organizations[organization_id] = replace(
            group.organizations[organization_id],
            member_state=state,
            access_approved_by_user_id=approver,
        )
        return group.organizations[organization_id]

    def member_organizations(self, collaborative: Collaborative) -> list[MemberOrganization]:
        """Return the organizations of a collaborative that was given to its reader."""
        group = self._held.find(collaborative.collaborative_id)
        return [] if group is None else list(group.organizations.values())

    def users_in_collaborative(self, organization: MemberOrganization) -> list[Member]:
        """Return the members that an organization has in a collaborative."""
        group = self._held.find(organization.collaborative_id)
        members = [] if group is None else group.members.values()
        return [each for each in members if each.organization_id == organization.organization_id]

    def _entered(self, caller: User, collaborative_id: str) -> Group:
        group = self._held.get(collaborative_id)
        if group.permission(caller) is None:
            raise unauthorized()
        return group

    def _owned(self, caller: User, service_type: str, service_id: str) -> Registered:
        service = self._rights.require(caller, service_id, Need.OWN)
        if service.type != service_type:
            raise invalid(f"serviceType: {service_id} is a {service.type}, not a {service_type}")
        return service


def _service(service: Registered) -> Service:
    return Service(service_id=service.service_id, service_type=service.type)
