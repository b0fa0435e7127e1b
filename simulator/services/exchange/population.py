"""Fills an exchange with the accounts that it begins with, in the order in which they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.services.exchange.collaboratives import (
    Collaborative,
    Member,
    MemberOrganization,
    MemberState,
)
from simulator.services.exchange.people import Organization, User
from simulator.services.exchange.texts import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.services.exchange.accounts import Accounts, CollaborativeAccount, UserAccount
    from simulator.services.exchange.service import ExchangeService
    from simulator.services.exchange.tokens import Tokens

_FIRST_TOKEN: Final = "Given with the account"

Shareable = tuple[str, str]
"""A service that an account comes with: its owner's id and its own."""


def populate(service: ExchangeService, tokens: Tokens, accounts: Accounts) -> None:
    """Let everyone and everything be there that the accounts name."""
    for organization in accounts.organizations:
        service.people.put_organization(
            Organization(
                organization_id=organization.id,
                name=organization.name,
                host_organization=organization.host,
            )
        )
    services: dict[str, Shareable] = {}
    for account in accounts.users:
        services.update(_add_user(service, tokens, account))
    for collaborative in accounts.collaboratives:
        _add_collaborative(service, collaborative, services)


def _add_user(
    service: ExchangeService, tokens: Tokens, account: UserAccount
) -> Mapping[str, Shareable]:
    """Add a user with tokens and services; returns the services by their names."""
    user = service.people.put_user(
        User(
            user_id=account.id,
            email=account.email,
            first_name=account.first_name,
            last_name=account.last_name,
            organization_id=account.organization,
            mobile=account.mobile,
            user_account_state=account.state,
            user_roles=account.roles,
        )
    )
    now_us = service.clock.now_us()
    for token in account.tokens:
        expires_us = None if token.expires is None else int(token.expires.timestamp() * 1_000_000)
        tokens.issue(user.user_id, _FIRST_TOKEN, now_us, expires_us, value=token.value)
    services = {}
    for store in account.stores:
        made = service.storage.create_data_store(user, store.name, store.description)
        services[store.name] = user.user_id, made.data_store_id
    for database in account.databases:
        db = service.series.create_database(user.user_id, database.name, database.description)
        services[database.name] = user.user_id, db.time_series_db_id
    return services


def _add_collaborative(
    service: ExchangeService, account: CollaborativeAccount, services: Mapping[str, Shareable]
) -> None:
    group = service.collaboratives.add(
        Collaborative(
            collaborative_id=account.id,
            name=account.name,
            description=account.description,
            host_organization_id=account.host,
        )
    )
    states = {account.host: MemberState.HOST_ORGANIZATION}
    states.update((each.id, each.state) for each in account.organizations)
    when = iso(service.clock.now_us())
    for organization_id, state in states.items():
        group.organizations[organization_id] = MemberOrganization(
            collaborative_id=account.id,
            organization_id=organization_id,
            member_state=state,
            submitted_timestamp=when,
        )
    for member in account.members:
        group.members[member.user] = Member(
            collaborative_id=account.id,
            user_id=member.user,
            organization_id=service.people.user(member.user).organization_id,
            permission=member.permission,
        )
    for name in account.services:
        owner_user_id, service_id = services[name]
        group.services[service_id] = owner_user_id
