"""DX-CO-001 to 004, 009 and 011: collaboratives, and what sharing shows in both lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.judging import (
    Refused,
    attempt,
    expect,
    not_applicable,
    observe,
    passive,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.exchange.model import (
    Collaborative,
    CollaborativeMember,
    Service,
    User,
    steady,
)
from conformance.suite.exchange.callers import others
from conformance.targets.exchange import REFUSED, ExchangeTarget
from conformance.targets.exchange_contract import schema
from conformance.targets.exchange_people import SERVICE_TYPES, service_type_of
from conformance.targets.naming import is_tagged


def _steady(found: Collaborative) -> Collaborative:
    """A collaborative without what every call may change."""

    def of(user: User | None) -> User | None:
        return None if user is None else steady(user)

    def member(each: CollaborativeMember) -> CollaborativeMember:
        return replace(each, user=of(each.user))

    organizations = (
        replace(
            each,
            submitted_by_user=of(each.submitted_by_user),
            users_in_collaborative=tuple(map(member, each.users_in_collaborative or ())),
        )
        for each in found.member_organizations or ()
    )
    return replace(found, member_organizations=tuple(organizations))


def _joined(view: ExchangeTarget) -> list[Collaborative]:
    """The collaboratives that a caller lists, without those that runs make and remove."""
    return [each for each in view.list_collaboratives() if not is_tagged(each.name)]


@requirement("DX-CO-001")
@passive
def test_single_collaboratives_are_as_listed(exchange: ExchangeTarget) -> None:
    listed = _joined(exchange)
    if not listed:
        not_applicable("the owner of the profile is in no collaborative")
    for each in listed[:3]:
        shown = exchange.get_collaborative(each.collaborative_id)
        got, wanted = _steady(shown), _steady(each)
        expect(got == wanted, "collaborative by its id", got=got, wanted=wanted)


@requirement("DX-CO-001")
@passive
def test_callers_are_members_of_what_they_list(exchange: ExchangeTarget) -> None:
    for view in [exchange, *others(exchange)]:
        for each in _joined(view):
            permission = each.permission_of(view.me.user_id)
            expect(
                permission is not None,
                f"members of a collaborative that {view.role} lists",
                got=[m.users_in_collaborative for m in each.member_organizations or ()],
                wanted=f"{view.role} among them",
            )
        ids = [each.collaborative_id for each in _joined(view)]
        expect(len(ids) == len(set(ids)), f"collaboratives of {view.role}", got=ids, wanted="once")


@requirement("DX-CO-001")
@passive
def test_members_stand_below_their_organization(exchange: ExchangeTarget) -> None:
    for each in _joined(exchange):
        seen: set[str] = set()
        for organization in each.member_organizations or ():
            told = organization.organization
            for member in organization.users_in_collaborative or ():
                user = member.user
                if user is None:
                    continue
                expect(user.user_id not in seen, "member", got=f"{user.user_id} twice")
                seen.add(user.user_id)
                if user.organization is not None and told is not None:
                    got, wanted = user.organization.organization_id, told.organization_id
                    expect(got == wanted, "organization of a member", got=got, wanted=wanted)


@requirement("DX-CO-011")
@passive
def test_permissions_and_states_are_known_words(exchange: ExchangeTarget) -> None:
    enums = schema().enums
    found = [(view, each) for view in [exchange, *others(exchange)] for each in _joined(view)]
    if not found:
        not_applicable("nobody whose token the profile has is in a collaborative")
    for _, collaborative in found:
        for organization in collaborative.member_organizations or ():
            state, states = organization.member_state, enums["CollaborativeMemberOrganizationState"]
            expect(state in (None, *states), "memberState", got=state, wanted=states)
            for member in organization.users_in_collaborative or ():
                words = enums["CollaborativeMemberPermission"]
                got = member.permission
                expect(got in words, "permission of a member", got=got, wanted=words)


@requirement("DX-CO-011")
@passive
def test_lists_of_collaboratives_are_never_null(exchange: ExchangeTarget) -> None:
    # The adapter makes a finding of each null in the place of a list.
    for view in [exchange, *others(exchange)]:
        for each in _joined(view):
            view.list_services(each.collaborative_id)
        for store in view.list_data_stores()[:1]:
            view.list_shared_with(store.data_store_id)


@requirement("DX-CO-011", needs=["administration"])
def test_lists_are_empty_where_nothing_is(exchange: ExchangeTarget) -> None:
    found = exchange.list_shared_with(exchange.fresh_store().data_store_id)
    expect(found == (), "where a new store is shared", got=found, wanted=[])


def _services(exchange: ExchangeTarget) -> Mapping[str, str]:
    """A store and a database of the owner's own, by what each is; one unless all is asked."""
    make = {
        "store": lambda: exchange.own_store().data_store_id,
        "database": lambda: exchange.own_database().time_series_db_id,
    }
    return {what: make[what]() for what in sampled(sorted(make), 1)}


def _free(exchange: ExchangeTarget, collaborative: str) -> Mapping[str, str]:
    """Those of these that are not shared yet.

    Raises:
        NotApplicable: all of them are.
    """
    shared = {each.service_id for each in exchange.list_services(collaborative)}
    free = {what: id_ for what, id_ in _services(exchange).items() if id_ not in shared}
    if not free:
        not_applicable("all that the owner of the profile has is shared already")
    return free


def _entries(exchange: ExchangeTarget, collaborative: str, service: str) -> list[Service]:
    return [s for s in exchange.list_services(collaborative) if s.service_id == service]


def _shared(exchange: ExchangeTarget, collaborative: str, service: str) -> Service:
    """Share what is not shared yet, and wait until the collaborative shows it."""
    if found := _entries(exchange, collaborative, service):
        return found[0]
    told = exchange.share(collaborative, service)
    _well_formed(told, service, "answer to sharing")
    return exchange.settled(
        lambda: next(iter(_entries(exchange, collaborative, service)), None),
        what="shared service in the list of the collaborative",
    )


def _well_formed(service: Service, id_: str, what: str) -> None:
    kind = service_type_of(id_)
    got = (
        service.service_id,
        service.service_type,
        service.data_store and service.data_store.data_store_id,
        service.time_series_db and service.time_series_db.time_series_db_id,
    )
    of_store = kind == "DATA_STORE"
    wanted = (id_, kind, id_ if of_store else None, None if of_store else id_)
    expect(got == wanted, f"{what}: id, type, store and database", got=got, wanted=wanted)


def _places(exchange: ExchangeTarget, service: str) -> list[str]:
    return [each.collaborative_id for each in exchange.list_shared_with(service)]


def _stands(exchange: ExchangeTarget, collaborative: str, service: str) -> bool:
    """Whether a collaborative is among those in which a service is shared."""
    return collaborative in _places(exchange, service)


@requirement("DX-CO-002")
def test_shared_services_stand_in_both_lists(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    for what, service in _services(exchange).items():
        entry = _shared(exchange, collaborative, service)
        _well_formed(entry, service, f"shared {what} in the list")
        exchange.settled(
            partial(_stands, exchange, collaborative, service),
            what=f"collaborative where a shared {what} is listed",
        )


@requirement("DX-CO-003")
def test_sharing_twice_shows_it_once(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    for what, service in _services(exchange).items():
        _shared(exchange, collaborative, service)
        again = attempt(partial(exchange.share, collaborative, service))
        refusal = isinstance(again, Refused)
        observe("sharing twice is refused" if refusal else "sharing twice changes nothing")
        for name, count in (
            ("list of the collaborative", len(_entries(exchange, collaborative, service))),
            ("list of the service", _places(exchange, service).count(collaborative)),
        ):
            expect(count == 1, f"{what} that was shared twice, in the {name}", got=count, wanted=1)


@requirement("DX-CO-004")
def test_what_is_taken_back_is_in_neither_list(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    for what, service in _free(exchange, collaborative).items():
        _shared(exchange, collaborative, service)
        exchange.unshare(collaborative, service)
        for name, there in (
            ("collaborative", partial(_entries, exchange, collaborative, service)),
            ("service", partial(_stands, exchange, collaborative, service)),
        ):
            _ends(exchange, there, f"list of the {name} without a {what} that was taken back")


@requirement("DX-CO-004", needs=["administration"])
def test_taking_back_what_is_not_shared(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    service = exchange.fresh_store().data_store_id
    before = {each.service_id for each in exchange.list_services(collaborative)}
    outcome = attempt(lambda: exchange.unshare(collaborative, service))
    refusal = isinstance(outcome, Refused)
    observe(f"taking back what is not shared {'is refused' if refusal else 'has no effect'}")
    after = {each.service_id for each in exchange.list_services(collaborative)}
    lost = {id_ for id_ in before - after if not _is_passing(exchange, id_)}
    expect(not lost, "services after that", got=sorted(after), wanted=sorted(before))


@requirement("DX-CO-004", needs=["administration"])
def test_taking_back_one_service_leaves_the_others(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    gone, kept = (exchange.fresh_store().data_store_id for _ in range(2))
    for service in (gone, kept):
        _shared(exchange, collaborative, service)
    elsewhere = _shared_elsewhere(exchange, collaborative, gone)
    exchange.unshare(collaborative, gone)
    there = partial(_entries, exchange, collaborative, gone)
    _ends(exchange, there, "list of the collaborative without a store that was taken back")
    for where, service in ((collaborative, kept), *((place, gone) for place in elsewhere)):
        got = [len(_entries(exchange, where, service)), _places(exchange, service).count(where)]
        what = "a store that is still shared, in the lists of collaborative and store"
        expect(got == [1, 1], what, got=got, wanted=[1, 1])


def _shared_elsewhere(exchange: ExchangeTarget, collaborative: str, service: str) -> list[str]:
    """Another collaborative in which a service is shared from now on, if there is one."""
    for each in _joined(exchange):
        other = each.collaborative_id
        if other != collaborative and not isinstance(
            attempt(partial(_shared, exchange, other, service)), Refused
        ):
            return [other]
    return []


def _is_passing(exchange: ExchangeTarget, service: str) -> bool:
    """Whether a service is one that checks make and remove meanwhile."""
    names = {each.data_store_id: each.name for each in exchange.list_data_stores()}
    names |= {each.time_series_db_id: each.name for each in exchange.list_databases()}
    return is_tagged(names.get(service, "gp000000-"))


def _ends(exchange: ExchangeTarget, there: Callable[[], Any], what: str) -> None:
    exchange.settled(lambda: not there(), what=what)


def _other_type(service: str) -> str:
    return next(name for _, name in SERVICE_TYPES if name != service_type_of(service))


@requirement("DX-CO-009")
@passive
def test_lists_of_another_type_are_refused(exchange: ExchangeTarget) -> None:
    for what, id_ in {
        "store": exchange.store().data_store_id,
        "database": exchange.database().time_series_db_id,
    }.items():
        type_ = _other_type(id_)
        refused(
            partial(exchange.list_shared_with, id_, type=type_),
            REFUSED,
            f"where a {what} is shared, asked for as {type_}",
        )


@requirement("DX-CO-009")
def test_sharing_as_another_type_is_refused(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    for what, id_ in _free(exchange, collaborative).items():
        type_ = _other_type(id_)
        before = len(_entries(exchange, collaborative, id_))
        refused(
            partial(exchange.share, collaborative, id_, type=type_),
            REFUSED,
            f"sharing a {what} as {type_}",
        )
        after = len(_entries(exchange, collaborative, id_))
        expect(after == before, f"entries of the {what} after that", got=after, wanted=before)
        _shared(exchange, collaborative, id_)
        refused(
            partial(exchange.unshare, collaborative, id_, type=type_),
            REFUSED,
            f"taking back a {what} as {type_}",
        )
        left = len(_entries(exchange, collaborative, id_))
        expect(left == 1, f"entries of the {what} after that", got=left, wanted=1)
