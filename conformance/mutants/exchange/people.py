"""Operations about users: the session, personal tokens, and the administration of the platform."""

from __future__ import annotations

import secrets
from typing import Any

from conformance.mutants.exchange.book import (
    Collaborative,
    Organization,
    Token,
    User,
    conflict,
    invalid,
)
from conformance.mutants.exchange.calls import (
    Answer,
    Call,
    Operations,
    collaborative_view,
    organization_view,
    user_view,
)
from conformance.mutants.exchange.storage import remove_store
from conformance.mutants.exchange.times import iso

DAY_NS = 86_400 * 10**9


def session(call: Call) -> Answer:
    """Who the caller is."""
    return {"user": user_view(call, call.user)}


def list_tokens(call: Call) -> list[Answer]:
    """The caller's tokens, without their values."""
    mine = [token for token in call.book.tokens.values() if token.user == call.user.id]
    return [token_view(call, token, None) for token in mine]


def create_token(call: Call, name: str, daysBeforeExpiration: int) -> Answer:
    """A new token; its value is told this once."""
    if daysBeforeExpiration < 1:
        raise invalid("daysBeforeExpiration: 1 at least")
    now_ns = call.book.now()
    token = Token(
        id=call.policy.make_id("token"),
        value=secrets.token_urlsafe(24),
        user=call.user.id,
        name=name,
        created_ns=now_ns,
        expires_ns=now_ns + daysBeforeExpiration * DAY_NS,
    )
    call.book.tokens[token.value] = token
    return token_view(call, token, token.value)


def delete_token(call: Call, tokenId: str) -> Answer:
    """Remove one of the caller's tokens."""
    for token in list(call.book.tokens.values()):
        if token.id == tokenId and token.user == call.user.id:
            call.policy.drop_token(call.book, token)
            return token_view(call, token, None)
    raise call.policy.absent("token", tokenId)


def token_view(call: Call, token: Token, value: str | None) -> Answer:
    """An AuthenticationToken."""
    return {
        "tokenId": token.id,
        "userId": token.user,
        "name": token.name,
        "tokenValue": value,
        "tokenType": "USER_FULL_ACCESS",
        "scope": None,
        "dateCreated": iso(token.created_ns),
        "dateExpires": None if token.expires_ns is None else iso(token.expires_ns),
        "lastActive": None,
    }


def create_organization(call: Call, name: str, hostOrganization: bool | None = False) -> Answer:
    """A new organization."""
    _admin(call)
    id_ = call.policy.make_id("organization")
    made = Organization(id=id_, name=name, host=bool(hostOrganization))
    call.book.organizations[id_] = made
    return organization_view(call, made) or {}


def delete_organization(call: Call, organizationId: str) -> Answer | None:
    """Remove an organization that nobody is in."""
    _admin(call)
    found = call.book.organizations.get(organizationId)
    if found is None:
        raise call.policy.absent("organization", organizationId)
    if any(user.organization == organizationId for user in call.book.users.values()):
        raise conflict("the organization has users")
    if any(c.host == organizationId for c in call.book.collaboratives.values()):
        raise conflict("the organization hosts a collaborative")
    del call.book.organizations[organizationId]
    for collaborative in call.book.collaboratives.values():
        collaborative.organizations.pop(organizationId, None)
    return organization_view(call, found)


def create_user(
    call: Call,
    email: str,
    firstName: str,
    lastName: str,
    organizationId: str,
    mobile: str | None = None,
    userRoles: list[str] | None = None,
) -> Answer | None:
    """A new account."""
    _admin(call)
    if organizationId not in call.book.organizations:
        raise call.policy.absent("organization", organizationId)
    if any(user.email == email for user in call.book.users.values()):
        raise conflict("the address is taken")
    id_ = call.policy.make_id("user")
    made = User(
        id=id_,
        email=email,
        first_name=firstName,
        last_name=lastName,
        organization=organizationId,
        roles=list(userRoles or ()),
        mobile=mobile,
    )
    call.book.users[id_] = made
    return user_view(call, made)


def update_user(
    call: Call,
    userId: str,
    firstName: str | None = None,
    lastName: str | None = None,
    userAccountState: str | None = None,
    userRoles: list[str] | None = None,
) -> Answer | None:
    """Change an account."""
    user = _user(call, userId)
    user.first_name = firstName or user.first_name
    user.last_name = lastName or user.last_name
    user.state = userAccountState or user.state
    user.roles = user.roles if userRoles is None else list(userRoles)
    return user_view(call, user)


def delete_user(call: Call, userId: str) -> Answer | None:
    """Remove an account, and all that it owns."""
    user = _user(call, userId)
    book = call.book
    shown = user_view(call, user) or {}
    shown["organization"] = organization_view(call, book.organizations.get(user.organization))
    for store in [s for s in book.stores.values() if s.owner == userId]:
        remove_store(call, store)
    for database in [d for d in book.databases.values() if d.owner == userId]:
        del book.databases[database.id]
    for token in [t for t in book.tokens.values() if t.user == userId]:
        del book.tokens[token.value]
    for collaborative in book.collaboratives.values():
        collaborative.members.pop(userId, None)
        collaborative.services = [s for s in collaborative.services if book.service(s)]
    del book.users[userId]
    return shown


def create_collaborative(call: Call, name: str, description: str | None = None) -> Answer:
    """A new collaborative of the caller's organization."""
    _admin(call)
    host = call.user.organization
    made = Collaborative(
        id=call.policy.make_id("collaborative"),
        name=name,
        description=description,
        host=host,
        organizations={host: "HOST_ORGANIZATION"},
    )
    call.book.collaboratives[made.id] = made
    return collaborative_view(call, made)


def delete_collaborative(call: Call, collaborativeId: str) -> Answer:
    """Remove a collaborative; what was shared stays with its owners."""
    found = _collaborative(call, collaborativeId)
    del call.book.collaboratives[found.id]
    return collaborative_view(call, found)


def add_member(
    call: Call, collaborativeId: str, userId: str, permission: str | None = "READ_ONLY"
) -> Answer:
    """Let a user in; an organization that is new here waits for approval."""
    found, user = _collaborative(call, collaborativeId), _user(call, userId)
    found.members[user.id] = permission or "READ_ONLY"
    if user.organization not in found.organizations:
        found.organizations[user.organization] = "PENDING_APPROVAL"
        found.submitted[user.organization] = (call.user.id, call.book.now())
    return collaborative_view(call, found)


def update_member(call: Call, collaborativeId: str, userId: str, permission: str) -> Answer:
    """Change what a member may do."""
    found = _collaborative(call, collaborativeId)
    if userId not in found.members:
        raise call.policy.absent("member", userId)
    call.policy.permits(found, userId, permission)
    return collaborative_view(call, found)


def remove_member(call: Call, collaborativeId: str, userId: str) -> Answer:
    """Let a user out."""
    found = _collaborative(call, collaborativeId)
    if userId not in found.members:
        raise call.policy.absent("member", userId)
    call.policy.takes_out(found, userId)
    return collaborative_view(call, found)


def _admin(call: Call) -> None:
    if not call.policy.is_admin(call.user):
        raise call.policy.forbidden("platform", "")


def _user(call: Call, id_: str) -> User:
    _admin(call)
    if id_ not in call.book.users:
        raise call.policy.absent("user", id_)
    return call.book.users[id_]


def _collaborative(call: Call, id_: str) -> Collaborative:
    _admin(call)
    if id_ not in call.book.collaboratives:
        raise call.policy.absent("collaborative", id_)
    return call.book.collaboratives[id_]


def _named(prefix: str, operations: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": operation for name, operation in operations.items()}


OPERATIONS: Operations = {
    "user_getUserSession": session,
    "user_listAuthenticationTokens": list_tokens,
    "user_createAuthenticationToken": create_token,
    "user_deleteAuthenticationToken": delete_token,
    **_named(
        "platformAdmin",
        {
            "createOrganization": create_organization,
            "deleteOrganization": delete_organization,
            "createUser": create_user,
            "updateUser": update_user,
            "deleteUser": delete_user,
            "createCollaborative": create_collaborative,
            "deleteCollaborative": delete_collaborative,
            "addCollaborativeMember": add_member,
            "updateCollaborativeMember": update_member,
            "removeCollaborativeMember": remove_member,
        },
    ),
}
