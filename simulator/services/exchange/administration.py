"""What administrators of the platform do: `platformAdmin_*`. They need the role PLATFORM_ADMIN.

The platform's own names, so that a harness can make what the SDK only uses (published clients).
Being an administrator gives no right to anyone's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.services.errors import shown
from simulator.services.exchange.collaboratives import (
    Collaborative,
    Collaboratives,
    Member,
    MemberOrganization,
    MemberState,
    Permission,
)
from simulator.services.exchange.errors import conflict, invalid, unauthorized
from simulator.services.exchange.people import (
    Organization,
    People,
    User,
    UserAccountState,
    UserRole,
)
from simulator.services.exchange.texts import check_description, check_name, iso

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.exchange.ids import Ids
    from simulator.services.exchange.registry import Registry
    from simulator.services.exchange.tree import Tree


class Administration:
    """The operations.

    Args:
        clock: what time it is.
        ids: of what is made.
        people: users and organizations.
        held: the collaboratives.
        registry: which services there are.
        tree: what stands in data stores.
    """

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        people: People,
        held: Collaboratives,
        registry: Registry,
        tree: Tree,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._people = people
        self._held = held
        self._registry = registry
        self._tree = tree

    def create_organization(
        self, caller: User, name: str, host_organization: bool | None = None
    ) -> Organization:
        """Make an organization.

        Raises:
            ExchangeError: Unauthorized; ValidationError, name.
        """
        _check(caller)
        check_name("name", name)
        return self._people.put_organization(
            Organization(
                organization_id=self._ids.new("organization"),
                name=name,
                host_organization=bool(host_organization),
            )
        )

    def delete_organization(self, caller: User, organization_id: str) -> Organization:
        """Remove an organization, and return it as it was.

        Raises:
            ExchangeError: Unauthorized; ConflictException, it has users or hosts a collaborative.
        """
        _check(caller)
        organization = self._people.organization(organization_id)
        if any(each.organization_id == organization_id for each in self._people.users()):
            raise conflict(f"{organization_id} has users")
        if any(organization_id in each.organizations for each in self._held.all()):
            raise conflict(f"{organization_id} hosts a collaborative")
        self._people.remove_organization(organization_id)
        return organization

    def create_user(
        self,
        caller: User,
        email: str,
        first_name: str,
        last_name: str,
        organization_id: str,
        mobile: str | None = None,
        user_roles: Sequence[str] | None = None,
    ) -> User:
        """Make an active user, who has no token yet.

        Raises:
            ExchangeError: Unauthorized, also for an unknown organization; ValidationError, address
                or names; ConflictException, a user has that address.
        """
        _check(caller)
        self._people.organization(organization_id)
        before, at, after = email.partition("@")
        if not (before and at and after):
            raise invalid(f"email: {shown(email)} is no address")
        if any(each.email == email for each in self._people.users()):
            raise conflict(f"email: a user has {shown(email)} already")
        if mobile is not None:
            check_name("mobile", mobile)
        return self._people.put_user(
            User(
                user_id=self._ids.new("user"),
                email=check_name("email", email),
                first_name=check_name("firstName", first_name),
                last_name=check_name("lastName", last_name),
                organization_id=organization_id,
                mobile=mobile,
                user_roles=_roles(user_roles or ()),
            )
        )

    def update_user(
        self,
        caller: User,
        user_id: str,
        first_name: str | None = None,
        last_name: str | None = None,
        user_account_state: str | None = None,
        user_roles: Sequence[str] | None = None,
    ) -> User:
        """Change what is given of a user. Only tokens of ACTIVE accounts are good.

        Raises:
            ExchangeError: Unauthorized; ValidationError, names; ConflictException, callers who
                would lock themselves out.
        """
        _check(caller)
        user = self._people.user(user_id)
        if first_name is not None:
            user = replace(user, first_name=check_name("firstName", first_name))
        if last_name is not None:
            user = replace(user, last_name=check_name("lastName", last_name))
        if user_account_state is not None:
            user = replace(user, user_account_state=UserAccountState(user_account_state))
        if user_roles is not None:
            user = replace(user, user_roles=_roles(user_roles))
        is_lost = (
            user.user_account_state is not UserAccountState.ACTIVE
            or UserRole.PLATFORM_ADMIN not in user.user_roles
        )
        if user_id == caller.user_id and is_lost:
            raise conflict("administrators neither close their own account nor drop their role")
        return self._people.put_user(user)

    def delete_user(self, caller: User, user_id: str) -> User:
        """Remove a user with tokens and memberships, and return them as they were.

        Raises:
            ExchangeError: Unauthorized; ConflictException, the caller, or one who owns something.
        """
        _check(caller)
        user = self._people.user(user_id)
        if user_id == caller.user_id:
            raise conflict("administrators do not remove themselves")
        if self._registry.owns(user_id) or self._tree.owns(user_id):
            raise conflict(f"{user_id} owns data stores, databases or files")
        for group in self._held.all():
            if user_id in group.members:
                group.leave(user_id)
        self._people.remove_user(user_id)
        return user

    def create_collaborative(
        self, caller: User, name: str, description: str | None = None
    ) -> Collaborative:
        """Make a collaborative without members; its host is the caller's organization.

        Raises:
            ExchangeError: Unauthorized; ValidationError, name or description; ConflictException,
                the organization is none that hosts.
        """
        _check(caller)
        if not self._people.organization(caller.organization_id).host_organization:
            raise conflict(f"{caller.organization_id} hosts no collaboratives")
        collaborative = Collaborative(
            collaborative_id=self._ids.new("collaborative"),
            name=check_name("name", name),
            description=check_description(description),
            host_organization_id=caller.organization_id,
        )
        group = self._held.add(collaborative)
        group.organizations[caller.organization_id] = self._joining(
            caller, collaborative, caller.organization_id, MemberState.HOST_ORGANIZATION
        )
        return collaborative

    def delete_collaborative(self, caller: User, collaborative_id: str) -> Collaborative:
        """Remove a collaborative; what was shared there stays with its owners.

        The answer is the collaborative as it was, but nobody is in it any more.

        Raises:
            ExchangeError: Unauthorized.
        """
        _check(caller)
        group = self._held.get(collaborative_id)
        self._held.remove(collaborative_id)
        return group.collaborative

    def add_collaborative_member(
        self, caller: User, collaborative_id: str, user_id: str, permission: str | None = None
    ) -> Collaborative:
        """Take a user in, READ_ONLY by default.

        An organization that comes in with its first member waits for approval.

        Raises:
            ExchangeError: Unauthorized; ConflictException, the user is in it already.
        """
        _check(caller)
        group, user = self._held.get(collaborative_id), self._people.user(user_id)
        if user_id in group.members:
            raise conflict(f"{user_id} is in {collaborative_id} already")
        if user.organization_id not in group.organizations:
            group.organizations[user.organization_id] = self._joining(
                caller, group.collaborative, user.organization_id, MemberState.PENDING_APPROVAL
            )
        group.members[user_id] = Member(
            collaborative_id=collaborative_id,
            user_id=user_id,
            organization_id=user.organization_id,
            permission=Permission(permission or Permission.READ_ONLY),
        )
        return group.collaborative

    def update_collaborative_member(
        self, caller: User, collaborative_id: str, user_id: str, permission: str
    ) -> Collaborative:
        """Give a member another permission.

        Raises:
            ExchangeError: Unauthorized, also for a user who is not in it.
        """
        _check(caller)
        group = self._held.get(collaborative_id)
        if user_id not in group.members:
            raise unauthorized()
        group.members[user_id] = replace(group.members[user_id], permission=Permission(permission))
        return group.collaborative

    def remove_collaborative_member(
        self, caller: User, collaborative_id: str, user_id: str
    ) -> Collaborative:
        """Take a member out, with what they share there.

        Raises:
            ExchangeError: Unauthorized, also for a user who is not in it.
        """
        _check(caller)
        group = self._held.get(collaborative_id)
        if user_id not in group.members:
            raise unauthorized()
        group.leave(user_id)
        return group.collaborative

    def _joining(
        self,
        caller: User,
        collaborative: Collaborative,
        organization_id: str,
        state: MemberState,
    ) -> MemberOrganization:
        return MemberOrganization(
            collaborative_id=collaborative.collaborative_id,
            organization_id=organization_id,
            member_state=state,
            submitted_by_user_id=caller.user_id,
            submitted_timestamp=iso(self._clock.now_us()),
        )


def _check(caller: User) -> None:
    if UserRole.PLATFORM_ADMIN not in caller.user_roles:
        raise unauthorized()


def _roles(roles: Sequence[str]) -> tuple[UserRole, ...]:
    return tuple(dict.fromkeys(UserRole(each) for each in roles))
