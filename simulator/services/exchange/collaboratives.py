"""Collaboratives: who works together, and which services are shared there.

A collaborative has a host organization, member organizations with a state, members with a
permission, and services that their owners share. Of a member only counts who belongs to the host or
to an approved organization. State alone, no rules of operations: those are in `sharing`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from simulator.services.exchange.errors import unauthorized
from simulator.services.exchange.people import User
from simulator.services.exchange.rights import Need


@unique
class Permission(StrEnum):
    """What a member may do; names as on the wire."""

    READ_ONLY = "READ_ONLY"
    READ_WRITE = "READ_WRITE"


@unique
class MemberState(StrEnum):
    """How an organization stands in a collaborative; names as on the wire."""

    APPROVED = "APPROVED"
    DENIED_ACCESS = "DENIED_ACCESS"
    HOST_ORGANIZATION = "HOST_ORGANIZATION"
    PENDING_APPROVAL = "PENDING_APPROVAL"


@dataclass(frozen=True, kw_only=True)
class Collaborative:
    """A group that shares services."""

    collaborative_id: str
    name: str
    description: str | None
    host_organization_id: str


@dataclass(frozen=True, kw_only=True)
class MemberOrganization:
    """An organization in a collaborative."""

    collaborative_id: str
    organization_id: str
    member_state: MemberState
    access_approved_by_user_id: str | None = None
    submitted_by_user_id: str | None = None
    """Who brought it in."""
    submitted_timestamp: str | None = None
    """ISO 8601, UTC."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A user in a collaborative."""

    collaborative_id: str
    user_id: str
    organization_id: str
    permission: Permission


_INSIDE: Final = frozenset({MemberState.APPROVED, MemberState.HOST_ORGANIZATION})
_READ: Final = frozenset({Need.READ})
_WRITE: Final = frozenset({Need.READ, Need.WRITE})
_NOTHING: Final[frozenset[Need]] = frozenset()


@dataclass(kw_only=True)
class Group:
    """A collaborative with all that is in it, each in the order in which it came."""

    collaborative: Collaborative
    organizations: dict[str, MemberOrganization] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    """Whose each shared service is, by its id."""

    def permission(self, user: User) -> Permission | None:
        """Return what a user may do here; None: they have no part in it."""
        member = self.members.get(user.user_id)
        if member is None:
            return None
        organization = self.organizations[member.organization_id]
        return member.permission if organization.member_state in _INSIDE else None

    def leave(self, user_id: str) -> None:
        """Take a member out, with what they share, and their organization if it was its last one.

        The host stays. KeyError: no such member.
        """
        member = self.members.pop(user_id)
        for service_id in [each for each, owner in self.services.items() if owner == user_id]:
            del self.services[service_id]
        organization_id = member.organization_id
        if organization_id == self.collaborative.host_organization_id:
            return
        if all(each.organization_id != organization_id for each in self.members.values()):
            del self.organizations[organization_id]


class Collaboratives:
    """All collaboratives by id, in the order in which they were made."""

    def __init__(self) -> None:
        self.clear()

    def clear(self, *, shared_write: bool = False) -> None:
        """Forget everything.

        Args:
            shared_write: whether READ_WRITE members write to services of others, from now on.
        """
        self._granted = {
            None: _NOTHING,
            Permission.READ_ONLY: _READ,
            Permission.READ_WRITE: _WRITE if shared_write else _READ,
        }
        self._groups: dict[str, Group] = {}

    def add(self, collaborative: Collaborative) -> Group:
        """Keep a new collaborative with nothing in it."""
        group = Group(collaborative=collaborative)
        self._groups[collaborative.collaborative_id] = group
        return group

    def remove(self, collaborative_id: str) -> None:
        """Forget a collaborative. KeyError: there is none."""
        del self._groups[collaborative_id]

    def get(self, collaborative_id: str) -> Group:
        """Return a collaborative.

        Raises:
            ExchangeError: Unauthorized; there is none.
        """
        if (found := self.find(collaborative_id)) is None:
            raise unauthorized()
        return found

    def find(self, collaborative_id: str) -> Group | None:
        """Return a collaborative; None: there is none."""
        return self._groups.get(collaborative_id)

    def all(self) -> Iterator[Group]:
        """Yield all of them."""
        yield from self._groups.values()

    def of(self, user: User) -> list[Group]:
        """Return those that a user has part in."""
        return [each for each in self._groups.values() if each.permission(user) is not None]

    def sharing(self, service_id: str) -> list[Group]:
        """Return those that a service is shared with."""
        return [each for each in self._groups.values() if service_id in each.services]

    def grants(self, caller: User, service_id: str) -> frozenset[Need]:
        """Return what a service's being shared lets a user do with it; empty: nothing."""
        needs = (self._granted[each.permission(caller)] for each in self.sharing(service_id))
        return _NOTHING.union(*needs)

    def forget_service(self, service_id: str) -> None:
        """Share a service nowhere any more, because there is none of that id."""
        for group in self.sharing(service_id):
            del group.services[service_id]
