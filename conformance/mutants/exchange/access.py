"""Who a caller is and what they may do: the defaults of the hooks about rights (one rule each)."""

from __future__ import annotations

import uuid
from typing import Any

from conformance.mutants.exchange.book import (
    Book,
    Collaborative,
    Database,
    Refuse,
    Store,
    Token,
    User,
    invalid,
    kind_of,
)

ADMITTED = ("APPROVED", "HOST_ORGANIZATION")


def token_in(header: str | None) -> str:
    """The token in the `Authorization` header, as it stands there."""
    return header or ""


def user_of(book: Book, token: str) -> User | None:
    """The user of a token that is known and has not ended."""
    known = book.tokens.get(token)
    if known is None or (known.expires_ns is not None and known.expires_ns <= book.now()):
        return None
    return book.users.get(known.user)


def is_open(user: User) -> bool:
    """Whether an account may call at all."""
    return user.state == "ACTIVE"


def unauthenticated() -> tuple[int, Refuse]:
    """Status and refusal of callers that nobody knows."""
    return 401, Refuse("UnauthorizedException", "You are not authorized to make this call.")


def absent(what: str, id_: str) -> Refuse:
    """The refusal of what does not exist: the same as of what is forbidden."""
    return Refuse("Unauthorized", "Not authorized to access this resource.")


def forbidden(what: str, id_: str) -> Refuse:
    """The refusal of what exists and is not the caller's."""
    return Refuse("Unauthorized", "Not authorized to access this resource.")


def finds(book: Book, kind: str, id_: str) -> Any:
    """The service, directory, file or collaborative of an id; None if there is none."""
    if kind == "service":
        return book.service(id_)
    held: dict[str, dict[str, Any]] = {
        "directory": book.directories,
        "file": book.files,
        "collaborative": book.collaboratives,
    }
    return held[kind].get(id_)


def is_admin(user: User) -> bool:
    """Whether a user may administer the platform."""
    return "PLATFORM_ADMIN" in user.roles


def standing(collaborative: Collaborative, user: User) -> str | None:
    """The permission of a user in a collaborative; None without any, or until it is approved."""
    if collaborative.organizations.get(user.organization) not in ADMITTED:
        return None
    return collaborative.members.get(user.id)


def permissions(book: Book, user: User, service: str) -> list[str]:
    """The permissions by which a service is shared with a user."""
    found = [
        standing(collaborative, user)
        for collaborative in book.collaboratives.values()
        if service in collaborative.services
    ]
    return [permission for permission in found if permission]


def may_read(book: Book, user: User, service: Store | Database) -> bool:
    """Whether a user may read a service and what is in it."""
    return service.owner == user.id or bool(permissions(book, user, service.id))


def may_write(book: Book, user: User, service: Store | Database) -> bool:
    """Whether a user may upload, delete and publish: the owner alone."""
    return service.owner == user.id


def may_own(book: Book, user: User, service: Store | Database) -> bool:
    """Whether a user may rename, delete, share and unshare a service, and list where it is."""
    return service.owner == user.id


def may_share(collaborative: Collaborative, user: User) -> bool:
    """Whether a user may share services of their own in a collaborative."""
    return standing(collaborative, user) == "READ_WRITE"


def may_look(collaborative: Collaborative, user: User) -> bool:
    """Whether a user may see a collaborative and list what is shared in it."""
    return standing(collaborative, user) is not None


def may_approve(collaborative: Collaborative, user: User) -> bool:
    """Whether a user may let organizations in."""
    return user.organization == collaborative.host


def check_kind(service_type: str, service: str) -> None:
    """Refuse a service type that is not that of the id."""
    if kind_of(service) not in (None, service_type):
        raise invalid(f"{service} is not of the type {service_type}")


def shared(collaborative: Collaborative, service: str) -> None:
    """Share a service; a second time nothing changes."""
    if service not in collaborative.services:
        collaborative.services.append(service)


def unshared(collaborative: Collaborative, service: str) -> None:
    """Share a service no longer; what is not shared is refused."""
    if service not in collaborative.services:
        raise Refuse("ConflictException", "The service is not shared there.")
    collaborative.services.remove(service)


def permits(collaborative: Collaborative, user_id: str, permission: str) -> None:
    """Change what a member may do."""
    collaborative.members[user_id] = permission


def takes_out(collaborative: Collaborative, user_id: str) -> None:
    """Take a member out; what was shared stays."""
    del collaborative.members[user_id]


def own_stores(book: Book, user: User) -> list[Store]:
    """The stores that a user lists: their own, oldest first."""
    return [store for store in book.stores.values() if store.owner == user.id]


def own_databases(book: Book, user: User) -> list[Database]:
    """The databases that a user lists: their own, oldest first."""
    return [database for database in book.databases.values() if database.owner == user.id]


def joined(book: Book, user: User) -> list[Collaborative]:
    """The collaboratives that a user lists."""
    return [c for c in book.collaboratives.values() if standing(c, user) is not None]


def shared_with(book: Book, service: str) -> list[Collaborative]:
    """The collaboratives in which a service is shared."""
    return [c for c in book.collaboratives.values() if service in c.services]


def make_id(kind: str) -> str:
    """An id that nothing has: `dataStore-…`, `timeSeriesDb-…`."""
    return f"{kind}-{uuid.uuid4()}"


def drop_token(book: Book, token: Token) -> None:
    """Remove a token; it is unknown from now on."""
    book.tokens.pop(token.value, None)


def kept(text: str | None) -> str | None:
    """A text of a caller as it is kept."""
    return text
