"""Who is there from the beginning: organizations, users with their tokens, stores, collaboratives.

The same form stands under `exchange:` in the file that `--auth` names and in the population that
ships with the tool, whose tokens are well known: it is for trying things out, not for secrets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from fixtures.documents.yaml_lines import read
from simulator.services.exchange.collaboratives import MemberState, Permission
from simulator.services.exchange.people import UserAccountState, UserRole

_Text = Annotated[str, Field(strict=True, min_length=1, max_length=255)]
_Place = tuple[str | int, ...]
_Mistake = tuple[_Place, str, str]
"""Where, what stands there, and what is expected."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OrganizationAccount(_Section):
    """An organization."""

    id: _Text
    name: _Text
    host: bool = False
    """Whether it may host collaboratives."""


class TokenAccount(_Section):
    """A token of a user."""

    value: Annotated[str, Field(strict=True, min_length=1, repr=False)]
    expires: AwareDatetime | None = None
    """None: never."""


class OwnedService(_Section):
    """A store or a database of a user."""

    name: _Text
    description: str | None = None


class UserAccount(_Section):
    """A user."""

    id: _Text
    email: _Text
    first_name: _Text
    last_name: _Text
    organization: _Text
    mobile: _Text | None = None
    roles: tuple[UserRole, ...] = ()
    state: UserAccountState = UserAccountState.ACTIVE
    tokens: tuple[TokenAccount, ...] = ()
    stores: tuple[OwnedService, ...] = ()
    databases: tuple[OwnedService, ...] = ()


class MemberOrganizationAccount(_Section):
    """An organization in a collaborative."""

    id: _Text
    state: MemberState = MemberState.APPROVED


class MemberAccount(_Section):
    """A user in a collaborative."""

    user: _Text
    permission: Permission = Permission.READ_ONLY


class CollaborativeAccount(_Section):
    """A collaborative; its host is in it, whether it is listed or not."""

    id: _Text
    name: _Text
    description: str | None = None
    host: _Text
    organizations: tuple[MemberOrganizationAccount, ...] = ()
    members: tuple[MemberAccount, ...] = ()
    services: tuple[_Text, ...] = ()
    """Names of stores and databases that their owners, members of it, share there."""


class Accounts(_Section):
    """All of them. What refers to something that is not there is a mistake at its place."""

    organizations: Annotated[tuple[OrganizationAccount, ...], Field(min_length=1)]
    users: Annotated[tuple[UserAccount, ...], Field(min_length=1)]
    collaboratives: tuple[CollaborativeAccount, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = [*_repeated(self), *_loose_ends(self)]
        if found:
            details = [_detail(*each) for each in found]
            raise ValidationError.from_exception_data("Accounts", details)
        return self


@cache
def shipped_accounts() -> Accounts:
    """Return the population that ships with the tool; its tokens are words such as `owner`."""
    text = (resources.files("fixtures") / "data" / "exchange_people.yaml").read_text("utf-8")
    return Accounts.model_validate(read(text).value)


def _detail(place: _Place, value: str, text: str) -> InitErrorDetails:
    return InitErrorDetails(
        type="value_error", loc=place, input=value, ctx={"error": ValueError(text)}
    )


def _repeated(accounts: Accounts) -> Iterator[_Mistake]:
    """Yield what stands a second time where it may stand once."""
    users = accounts.users
    tokens = [
        (("users", at, "tokens", number, "value"), token.value)
        for at, user in enumerate(users)
        for number, token in enumerate(user.tokens)
    ]
    services = [
        (("users", at, kind, number, "name"), service.name)
        for at, user in enumerate(users)
        for kind in ("stores", "databases")
        for number, service in enumerate(getattr(user, kind))
    ]
    named: list[tuple[str, list[tuple[_Place, str]]]] = [
        ("id", [(("organizations", n, "id"), e.id) for n, e in enumerate(accounts.organizations)]),
        ("id", [(("users", n, "id"), e.id) for n, e in enumerate(users)]),
        ("email", [(("users", n, "email"), e.email) for n, e in enumerate(users)]),
        (
            "id",
            [(("collaboratives", n, "id"), e.id) for n, e in enumerate(accounts.collaboratives)],
        ),
        ("token", [*tokens]),
        ("name among stores and databases", [*services]),
    ]
    for what, entries in named:
        seen: Counter[str] = Counter()
        for place, value in entries:
            seen[value] += 1
            if seen[value] > 1:
                shown = "a token" if what == "token" else value
                yield place, shown, f"another {what}, this one is taken"


def _loose_ends(accounts: Accounts) -> Iterator[_Mistake]:
    """Yield what refers to something that is not there, or does not fit it."""
    organizations = {each.id: each for each in accounts.organizations}
    users = {each.id: each for each in accounts.users}
    owners = {
        service.name: user.id
        for user in accounts.users
        for service in (*user.stores, *user.databases)
    }
    for at, user in enumerate(accounts.users):
        if user.organization not in organizations:
            yield ("users", at, "organization"), user.organization, "the id of an organization"
    for at, group in enumerate(accounts.collaboratives):
        here: _Place = ("collaboratives", at)
        if group.host not in organizations or not organizations[group.host].host:
            yield (*here, "host"), group.host, "the id of an organization with `host: true`"
        for number, organization in enumerate(group.organizations):
            place = (*here, "organizations", number)
            if organization.id not in organizations:
                yield (*place, "id"), organization.id, "the id of an organization"
            is_host = organization.state is MemberState.HOST_ORGANIZATION
            if is_host is not (organization.id == group.host):
                text = "HOST_ORGANIZATION for the host, and for it alone"
                yield (*place, "state"), organization.state, text
        inside = {group.host, *(each.id for each in group.organizations)}
        for number, member in enumerate(group.members):
            if member.user not in users or users[member.user].organization not in inside:
                place = (*here, "members", number, "user")
                yield place, member.user, "the id of a user of one of the organizations here"
        members = {each.user for each in group.members}
        for number, name in enumerate(group.services):
            if owners.get(name) not in members:
                place = (*here, "services", number)
                yield place, name, "the name of a store or database of a member"
