"""Callers beside the owner, and how each of them stands to what the owner has."""

from __future__ import annotations

from conformance.judging import not_applicable, sampled
from conformance.oracles.exchange.model import Collaborative
from conformance.oracles.exchange.rights import Standing, allowed
from conformance.targets.exchange import ExchangeTarget

OTHERS = ("outsider", "same_organization", "pending", "second_owner", "read_write", "read_only")
"""Roles of other users with an account in use; what an administrator may read is open."""


def strangers(exchange: ExchangeTarget, service: str) -> list[ExchangeTarget]:
    """Callers who may not read a service of the owner; a few of them unless all is asked.

    Raises:
        NotApplicable: the profile gives no token of such a caller.
    """
    shared = exchange.list_shared_with(service)
    found = [
        view
        for view in _all(exchange)
        if not any(
            allowed(standing(each, view, shared=True), "read", shared_write=None) for each in shared
        )
    ]
    if not found:
        not_applicable("the profile gives no token of a caller without rights")
    return sampled(found, 1)


def others(exchange: ExchangeTarget) -> list[ExchangeTarget]:
    """The other callers of whom there is a token; one of them unless all is asked."""
    return sampled(_all(exchange), 1)


def _all(exchange: ExchangeTarget) -> list[ExchangeTarget]:
    return [exchange.as_role(role) for role in OTHERS if role in exchange.roles]


def members(exchange: ExchangeTarget) -> list[ExchangeTarget]:
    """Other members of the collaborative in which checks share; one unless all is asked.

    Raises:
        NotApplicable: there is none of whom there is a token.
    """
    there = exchange.collaborative()
    found = [view for view in _all(exchange) if standing(there, view).is_member]
    if not found:
        not_applicable("the profile gives no token of another member of the collaborative")
    return sampled(found, 1)


def standing(
    collaborative: Collaborative, view: ExchangeTarget, *, shared: bool = False
) -> Standing:
    """How a caller stands to a collaborative, and to a service that is shared in it or not."""
    user = view.me.user_id
    return Standing(
        permission=collaborative.permission_of(user),
        state=state_of(collaborative, user),
        shared=shared,
    )


def state_of(collaborative: Collaborative, user_id: str) -> str | None:
    """The state of the organization as whose user somebody is in a collaborative."""
    for organization in collaborative.member_organizations or ():
        for member in organization.users_in_collaborative or ():
            if member.user is not None and member.user.user_id == user_id:
                return organization.member_state
    return None
