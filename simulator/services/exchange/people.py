"""People: users with their organizations, and whom a token belongs to.

Seed 002 names what a user is; states and roles are those of the published clients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from simulator.services.exchange.errors import unauthorized
from simulator.services.exchange.texts import iso

if TYPE_CHECKING:
    from simulator.services.exchange.tokens import Tokens

_MINUTE_US: Final = 60_000_000


@unique
class UserRole(StrEnum):
    """What a user is on the platform; names as on the wire."""

    DATA_COMPLIANCE = "DATA_COMPLIANCE"
    DATA_CONSUMER = "DATA_CONSUMER"
    DATA_PROVIDER = "DATA_PROVIDER"
    PLATFORM_ADMIN = "PLATFORM_ADMIN"


@unique
class UserAccountState(StrEnum):
    """Whether a user's tokens are good: only those of ACTIVE accounts are."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    PENDING = "PENDING"


@dataclass(frozen=True, kw_only=True)
class Organization:
    """A company or institution."""

    organization_id: str
    name: str
    host_organization: bool = False
    """Whether it may host collaboratives."""


@dataclass(frozen=True, kw_only=True)
class User:
    """A person with an account."""

    user_id: str
    email: str
    first_name: str
    last_name: str
    organization_id: str
    mobile: str | None = None
    user_account_state: UserAccountState = UserAccountState.ACTIVE
    user_roles: tuple[UserRole, ...] = ()
    last_active: str | None = None
    """ISO 8601, UTC, to the minute, so that an answer does not change with each call."""


class People:
    """Users and organizations by id, in the order in which they came.

    Args:
        tokens: of the users.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._users: dict[str, User] = {}
        self._organizations: dict[str, Organization] = {}

    def user_of(self, token: str, now_us: int) -> User | None:
        """Return whose token it is, noting the use; None: unknown, expired, or a closed account."""
        found = self._tokens.find(token, now_us)
        user = None if found is None else self._users.get(found.user_id)
        if found is None or user is None:
            return None
        if user.user_account_state is not UserAccountState.ACTIVE:
            return None
        minute = iso(now_us - now_us % _MINUTE_US)
        self._tokens.used(found.token_id, minute)
        if user.last_active != minute:
            user = replace(user, last_active=minute)
            self.put_user(user)
        return user

    def user(self, user_id: str) -> User:
        """Return a user.

        Raises:
            ExchangeError: Unauthorized; there is none.
        """
        if (found := self._users.get(user_id)) is None:
            raise unauthorized()
        return found

    def organization(self, organization_id: str) -> Organization:
        """Return an organization.

        Raises:
            ExchangeError: Unauthorized; there is none.
        """
        if (found := self._organizations.get(organization_id)) is None:
            raise unauthorized()
        return found

    def users(self) -> Iterator[User]:
        """Yield all users."""
        yield from self._users.values()

    def put_user(self, user: User) -> User:
        """Keep a user, new or changed."""
        self._users[user.user_id] = user
        return user

    def put_organization(self, organization: Organization) -> Organization:
        """Keep an organization, new or changed."""
        self._organizations[organization.organization_id] = organization
        return organization

    def remove_user(self, user_id: str) -> None:
        """Forget a user, whose tokens are good for nothing then."""
        del self._users[user_id]
        self._tokens.drop(user_id)

    def remove_organization(self, organization_id: str) -> None:
        """Forget an organization."""
        del self._organizations[organization_id]
