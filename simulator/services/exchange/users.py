"""What users do for themselves: `user_*`. They see who they are and manage their own tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.services.exchange.errors import invalid, limit, unauthorized
from simulator.services.exchange.people import User
from simulator.services.exchange.texts import check_name
from simulator.services.exchange.tokens import AuthenticationToken, Tokens

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock

MOST_DAYS: Final = 3650
"""Longest life of a token (our choice)."""
MOST_TOKENS: Final = 100
"""Tokens of one user (our choice)."""
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, kw_only=True)
class UserSession:
    """Who is calling."""

    user: User


class Users:
    """The operations."""

    def __init__(self, clock: Clock, tokens: Tokens) -> None:
        self._clock = clock
        self._tokens = tokens

    def get_user_session(self, caller: User) -> UserSession:
        """Return who the caller is."""
        return UserSession(user=caller)

    def list_authentication_tokens(self, caller: User) -> list[AuthenticationToken]:
        """Return the caller's tokens without their values, oldest first."""
        return self._tokens.of_user(caller.user_id)

    def create_authentication_token(
        self, caller: User, name: str, days_before_expiration: int
    ) -> AuthenticationToken:
        """Make a token of full access for the caller; its value is told only here.

        Raises:
            ExchangeError: ValidationError, not 1 to 3650 days; LimitExceeded, more than 100 tokens.
        """
        check_name("name", name)
        if not 1 <= days_before_expiration <= MOST_DAYS:
            raise invalid(
                f"daysBeforeExpiration: {days_before_expiration} is not within 1 to {MOST_DAYS}"
            )
        if len(self._tokens.of_user(caller.user_id)) >= MOST_TOKENS:
            raise limit(f"a user has at most {MOST_TOKENS} tokens")
        now_us = self._clock.now_us()
        expires_us = now_us + days_before_expiration * _DAY_US
        return self._tokens.issue(caller.user_id, name, now_us, expires_us)

    def delete_authentication_token(self, caller: User, token_id: str) -> AuthenticationToken:
        """Take one of the caller's tokens out of use, and return it as it was.

        Raises:
            ExchangeError: Unauthorized; the caller has none of that id.
        """
        for token in self._tokens.of_user(caller.user_id):
            if token.token_id == token_id:
                self._tokens.remove(token_id)
                return token
        raise unauthorized()
