"""Authentication tokens: texts that tell who calls, good until their date.

Only digests of the texts are kept, so that no listing, log or dump of this state can show one; a
token's value is told once, by the call that makes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from simulator.services.exchange.ids import Ids
from simulator.services.exchange.texts import iso

FULL_ACCESS: Final = "USER_FULL_ACCESS"
"""The only type of token there is without devices and data capture."""


@dataclass(frozen=True, kw_only=True)
class AuthenticationToken:
    """A token as it is listed."""

    token_id: str
    user_id: str
    name: str
    token_value: str | None = None
    """Only in the answer of the call that makes it."""
    token_type: str = FULL_ACCESS
    scope: str = "*"
    """What it may be used for; our tokens may be used for everything."""
    date_created: str
    date_expires: str | None
    """None: never. ISO 8601, UTC, like all dates here."""
    last_active: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Kept:
    token: AuthenticationToken
    digest: bytes
    expires_us: int | None


class Tokens:
    """All tokens of all users.

    Args:
        ids: of the tokens.
        new_value: makes texts that nobody can guess.
    """

    def __init__(self, ids: Ids, new_value: Callable[[], str]) -> None:
        self._ids = ids
        self._new_value = new_value
        self._kept: dict[str, _Kept] = {}
        self._by_digest: dict[bytes, str] = {}

    def issue(
        self,
        user_id: str,
        name: str,
        now_us: int,
        expires_us: int | None,
        *,
        value: str | None = None,
    ) -> AuthenticationToken:
        """Make a token and return it with its value.

        Args:
            user_id: whom it belongs to.
            name: what its owner calls it.
            now_us: when it is made.
            expires_us: the first instant at which it is not good any more; None: it stays good.
            value: its text, one that no other token has; a new one by default.
        """
        value = self._new_value() if value is None else value
        token = AuthenticationToken(
            token_id=self._ids.new("token"),
            user_id=user_id,
            name=name,
            date_created=iso(now_us),
            date_expires=None if expires_us is None else iso(expires_us),
        )
        kept = _Kept(token=token, digest=_digest(value), expires_us=expires_us)
        if kept.digest in self._by_digest:
            raise ValueError("a token's text belongs to one token")
        self._kept[token.token_id] = kept
        self._by_digest[kept.digest] = token.token_id
        return replace(token, token_value=value)

    def find(self, value: str, now_us: int) -> AuthenticationToken | None:
        """Return the token of a text; None: there is none, or its date has come."""
        # A digest as the key: what a look-up compares, byte by byte, is nothing a caller can steer.
        kept = self._kept.get(self._by_digest.get(_digest(value), ""))
        if kept is None or (kept.expires_us is not None and now_us >= kept.expires_us):
            return None
        return kept.token

    def used(self, token_id: str, when: str) -> None:
        """Note when a token was used last."""
        kept = self._kept[token_id]
        if kept.token.last_active != when:
            self._kept[token_id] = replace(kept, token=replace(kept.token, last_active=when))

    def of_user(self, user_id: str) -> list[AuthenticationToken]:
        """Return a user's tokens without their values, oldest first, expired ones too."""
        return [each.token for each in self._kept.values() if each.token.user_id == user_id]

    def remove(self, token_id: str) -> None:
        """Forget a token. KeyError: there is none."""
        kept = self._kept.pop(token_id)
        del self._by_digest[kept.digest]

    def drop(self, user_id: str) -> None:
        """Forget all tokens of a user."""
        for token in self.of_user(user_id):
            self.remove(token.token_id)


def _digest(value: str) -> bytes:
    return sha256(value.encode(errors="surrogatepass")).digest()
