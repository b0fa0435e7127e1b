"""Faults in who is known, and what callers are told of themselves and of others' things."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.mutants.exchange import access
from conformance.mutants.exchange.book import Book, Database, Refuse, Store, User
from conformance.mutants.exchange.making import always, fault, looks, nothing, reworded


def anybody(book: Book, token: str) -> User | None:
    """An unknown token is the owner's."""
    return access.user_of(book, token) or (book.users["user-owner"] if token else None)


def nobody_is_somebody(book: Book, token: str) -> User | None:
    """Without a token a caller is the owner."""
    return access.user_of(book, token) if token else book.users["user-owner"]


def in_any_case(book: Book, token: str) -> User | None:
    """Case does not matter in a token."""
    return access.user_of(book, next((t for t in book.tokens if t.lower() == token.lower()), token))


def beginning(book: Book, token: str) -> User | None:
    """A token may go on after its end."""
    return access.user_of(book, next((t for t in book.tokens if token.startswith(t)), token))


def bearer(header: str | None) -> str:
    """The token stands behind a word."""
    return (header or "").partition("Bearer ")[2]


def forever(book: Book, token: str) -> User | None:
    """Tokens never expire."""
    known = book.tokens.get(token)
    return book.users.get(known.user) if known else None


def by_token(book: Book, token: str) -> User | None:
    """Each token is a user of its own."""
    user = access.user_of(book, token)
    return user and replace(user, id=book.tokens[token].id)


def colleagues(book: Book, user: User, service: Store | Database) -> bool:
    """Users of an organization read each other's services."""
    owner = book.users[service.owner]
    return access.may_read(book, user, service) or user.organization == owner.organization


def not_found(what: str, id_: str) -> Refuse:
    """What does not exist is refused in its own way."""
    return Refuse("NotFound", f"There is no {what} {id_}.")


def betrayed(what: str, id_: str) -> Refuse:
    """What is forbidden is said to exist."""
    return Refuse("Unauthorized", f"The {what} {id_} belongs to somebody else.")


def told(call: Any, kind: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Everybody has the same id."""
    return {**answer, "userId": "user-owner"} if kind == "User" else answer


MUTANTS = (
    fault("anybody", "An unknown token is taken for the owner's.",
          {"user_of": anybody}, "AU-001"),
    fault("any-case", "Tokens are known in capitals, too.",
          {"user_of": in_any_case}, "AU-001"),
    fault("token-goes-on", "A token is known with something behind it.",
          {"user_of": beginning}, "AU-001"),
    fault("nobody", "A call without a token is the owner's.",
          {"user_of": nobody_is_somebody}, "AU-001"),
    fault("unknown-200", "Unknown callers are answered with status 200.",
          {"unauthenticated": always((200, access.unauthenticated()[1]))}, "AU-001"),
    fault("unknown-untyped", "Unknown callers get another errorType.",
          {"unauthenticated": always((401, Refuse("Unauthorized", "Who are you?")))}, "AU-001"),
    fault("unknown-data", "Unknown callers get data beside the error.",
          {"unknown": lambda answer: {**answer, "data": {"user_getUserSession": {"user": {
              "userId": "user-owner"}}}}}, "AU-001"),
    fault("bearer", "The token has to stand behind Bearer.", {"token_in": bearer}, "AU-002"),
    fault("expired-lives", "Tokens never expire.", {"user_of": forever}, "AU-003"),
    fault("deleted-lives", "A deleted token goes on.", {"drop_token": nothing}, "AU-003"),
    fault("disabled-lives", "A disabled account goes on.", {"is_open": always(True)}, "AU-006"),
    fault("everybody-reads", "Everybody may read everything.",
          {"may_read": always(True)}, "AU-004"),
    fault("colleagues-read", "Users of an organization read each other's services.",
          {"may_read": colleagues}, "AU-004"),
    fault("missing-differs", "What does not exist has an errorType of its own.",
          {"absent": not_found}, "AU-005"),
    fault("forbidden-differs", "What is forbidden has a message of its own.",
          {"forbidden": betrayed}, "AU-005"),
    fault("session-nameless", "The session has no names.",
          looks("User", firstName=None, lastName=None), "US-001"),
    fault("session-homeless", "The session has no organization.",
          looks("User", organization=None), "US-001"),
    fault("session-by-token", "Each token is a user of its own.",
          {"user_of": by_token}, "US-002"),
    fault("session-of-one", "All users have one id.", {"shown": told}, "US-002"),
    fault("roles-odd", "Roles are words that nobody knows.",
          reworded(lambda text: text.replace('"DATA_PROVIDER"', '"SUPPLIER"')), "US-003"),
    fault("state-odd", "The state of an account is a word that nobody knows.",
          reworded(lambda text: text.replace('"ACTIVE"', '"OK"')), "US-003"),
)  # fmt: skip
