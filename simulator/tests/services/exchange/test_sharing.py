"""What members of a collaborative do."""

from typing import Any

import pytest

from simulator.tests.services.exchange.exchange import Exchange, refused

MICROGRID, CAMPUS = "collaborative-microgrid", "collaborative-campus"
STORE, DATABASE = "DATA_STORE", "TIME_SERIES_DB"
OUTSIDE = ("pending", "denied", "outsider", "same_organization", "admin")


def ids(found: Any) -> list[str]:
    return [each.service_id for each in found]


def shared_with(exchange: Exchange, role: str, type: str, id: str) -> list[str]:
    user = exchange.user(role)
    found = exchange.sharing.list_collaboratives_service_shared_with(user, type, id)
    return [each.collaborative_id for each in found]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("owner", [MICROGRID, CAMPUS]),
        ("second_owner", [MICROGRID, CAMPUS]),
        ("read_write", [MICROGRID]),
        ("read_only", [MICROGRID]),
        *((role, []) for role in OUTSIDE),
    ],
)
def test_who_sees_which_collaboratives(exchange: Exchange, role: str, expected: list[str]) -> None:
    user = exchange.user(role)
    found = exchange.sharing.list_collaboratives(user)
    assert [each.collaborative_id for each in found] == expected
    for each in found:
        assert exchange.sharing.get_collaborative(user, each.collaborative_id) == each
    for id in {MICROGRID, CAMPUS} - set(expected):
        with refused():
            exchange.sharing.get_collaborative(user, id)
        with refused():
            exchange.sharing.list_collaborative_services(user, id)


def test_members_stand_under_their_organizations(exchange: Exchange) -> None:
    found = exchange.sharing.get_collaborative(exchange.user("read_only"), MICROGRID)
    members = {
        (each.organization_id, each.member_state.value): [
            (member.user_id, member.permission.value)
            for member in exchange.sharing.users_in_collaborative(each)
        ]
        for each in exchange.sharing.member_organizations(found)
    }
    assert members == {
        ("organization-utility", "HOST_ORGANIZATION"): [("user-owner", "READ_WRITE")],
        ("organization-university", "APPROVED"): [("user-second-owner", "READ_WRITE")],
        ("organization-vendor", "APPROVED"): [
            ("user-read-write", "READ_WRITE"),
            ("user-read-only", "READ_ONLY"),
        ],
        ("organization-applicant", "PENDING_APPROVAL"): [("user-pending", "READ_WRITE")],
        ("organization-refused", "DENIED_ACCESS"): [("user-denied", "READ_WRITE")],
    }


def test_sharing_shows_in_both_lists_and_removal_in_neither(exchange: Exchange) -> None:
    owner, reader = exchange.user("second_owner"), exchange.user("read_only")
    store_id = exchange.store("second_owner").data_store_id
    with refused():
        exchange.storage.get_data_store(reader, store_id)
    shared = exchange.sharing.add_service_to_collaborative(owner, MICROGRID, STORE, store_id)
    assert (shared.service_id, shared.service_type.value) == (store_id, STORE)
    assert shared in exchange.sharing.list_collaborative_services(reader, MICROGRID)
    assert shared_with(exchange, "second_owner", STORE, store_id) == [MICROGRID]
    assert exchange.storage.get_data_store(reader, store_id).data_store_id == store_id
    removed = exchange.sharing.remove_service_from_collaborative(owner, MICROGRID, STORE, store_id)
    assert removed == shared
    assert shared not in exchange.sharing.list_collaborative_services(reader, MICROGRID)
    assert shared_with(exchange, "second_owner", STORE, store_id) == []
    with refused():
        exchange.storage.get_data_store(reader, store_id)


def test_databases_are_shared_alike(exchange: Exchange) -> None:
    owner, db_id = exchange.user("owner"), exchange.database("owner").time_series_db_id
    assert shared_with(exchange, "owner", DATABASE, db_id) == [MICROGRID]
    exchange.sharing.add_service_to_collaborative(owner, CAMPUS, DATABASE, db_id)
    assert shared_with(exchange, "owner", DATABASE, db_id) == [MICROGRID, CAMPUS]


def test_sharing_twice_is_sharing_once(exchange: Exchange) -> None:
    owner, store_id = exchange.user("owner"), exchange.store("owner").data_store_id
    before = exchange.sharing.list_collaborative_services(owner, MICROGRID)
    exchange.sharing.add_service_to_collaborative(owner, MICROGRID, STORE, store_id)
    assert exchange.sharing.list_collaborative_services(owner, MICROGRID) == before
    assert ids(before).count(store_id) == 1


def test_what_is_not_shared_there_cannot_be_removed(exchange: Exchange) -> None:
    owner, store_id = exchange.user("owner"), exchange.store("owner").data_store_id
    with refused("ConflictException"):
        exchange.sharing.remove_service_from_collaborative(owner, CAMPUS, STORE, store_id)
    outsider, own_id = exchange.user("outsider"), exchange.store("outsider").data_store_id
    for collaborative_id in (CAMPUS, "collaborative-none"):
        with refused():
            exchange.sharing.remove_service_from_collaborative(
                outsider, collaborative_id, STORE, own_id
            )


@pytest.mark.parametrize("role", ["second_owner", "read_write", "read_only", *OUTSIDE])
def test_only_the_owner_shares_removes_or_asks_where(exchange: Exchange, role: str) -> None:
    user, store_id = exchange.user(role), exchange.store("owner").data_store_id
    with refused():
        exchange.sharing.add_service_to_collaborative(user, MICROGRID, STORE, store_id)
    with refused():
        exchange.sharing.remove_service_from_collaborative(user, MICROGRID, STORE, store_id)
    with refused():
        exchange.sharing.list_collaboratives_service_shared_with(user, STORE, store_id)
    assert shared_with(exchange, "owner", STORE, store_id) == [MICROGRID]


@pytest.mark.parametrize(("role", "may"), [("read_write", True), ("read_only", False)])
def test_only_writers_share_their_own(exchange: Exchange, role: str, may: bool) -> None:
    user, store_id = exchange.user(role), exchange.store(role).data_store_id
    if may:
        exchange.sharing.add_service_to_collaborative(user, MICROGRID, STORE, store_id)
    else:
        with refused():
            exchange.sharing.add_service_to_collaborative(user, MICROGRID, STORE, store_id)
    found = exchange.sharing.list_collaborative_services(exchange.user("owner"), MICROGRID)
    assert (store_id in ids(found)) is may


def test_nobody_shares_where_they_have_no_part(exchange: Exchange) -> None:
    user, store_id = exchange.user("outsider"), exchange.store("outsider").data_store_id
    for collaborative_id in (MICROGRID, "collaborative-none"):
        with refused():
            exchange.sharing.add_service_to_collaborative(user, collaborative_id, STORE, store_id)


def test_the_type_has_to_fit_the_id(exchange: Exchange) -> None:
    owner, store_id = exchange.user("owner"), exchange.store("owner").data_store_id
    for call in (
        exchange.sharing.add_service_to_collaborative,
        exchange.sharing.remove_service_from_collaborative,
    ):
        with refused("ValidationError"):
            call(owner, MICROGRID, DATABASE, store_id)
    with refused("ValidationError"):
        exchange.sharing.list_collaboratives_service_shared_with(owner, DATABASE, store_id)
    with refused():
        exchange.sharing.list_collaboratives_service_shared_with(
            exchange.user("outsider"), DATABASE, store_id
        )


async def test_a_deleted_service_is_shared_nowhere(exchange: Exchange) -> None:
    owner, store_id = exchange.user("owner"), exchange.store("owner").data_store_id
    await exchange.storage.delete_data_store(owner, store_id)
    found = exchange.sharing.list_collaborative_services(owner, MICROGRID)
    assert ids(found) == [exchange.database("owner").time_series_db_id]


def test_an_owner_who_was_removed_may_still_unshare(exchange: Exchange) -> None:
    group = exchange.collaboratives.get(MICROGRID)
    owner, store_id = exchange.user("owner"), exchange.store("owner").data_store_id
    del group.members["user-owner"]
    exchange.sharing.remove_service_from_collaborative(owner, MICROGRID, STORE, store_id)
    assert store_id not in group.services


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_the_host_lets_an_organization_in_and_out(exchange: Exchange, role: str) -> None:
    change = exchange.sharing.update_collaborative_member_organization
    user, pending = exchange.user(role), exchange.user("pending")
    changed = change(user, MICROGRID, "organization-applicant", "APPROVED")
    assert changed.member_state == "APPROVED"
    assert changed.access_approved_by_user_id == user.user_id
    assert exchange.sharing.list_collaboratives(pending)
    store_id = exchange.store("owner").data_store_id
    exchange.storage.get_data_store(pending, store_id)
    changed = change(user, MICROGRID, "organization-applicant", "DENIED_ACCESS")
    assert changed.access_approved_by_user_id is None
    assert exchange.sharing.list_collaboratives(pending) == []
    with refused():
        exchange.storage.get_data_store(pending, store_id)


@pytest.mark.parametrize(
    "role", ["second_owner", "read_write", "read_only", "same_organization", "pending", "outsider"]
)
def test_nobody_else_does(exchange: Exchange, role: str) -> None:
    with refused():
        exchange.sharing.update_collaborative_member_organization(
            exchange.user(role), MICROGRID, "organization-applicant", "APPROVED"
        )
    assert exchange.sharing.list_collaboratives(exchange.user("pending")) == []


def test_there_is_one_host_and_it_stays(exchange: Exchange) -> None:
    change, owner = (
        exchange.sharing.update_collaborative_member_organization,
        exchange.user("owner"),
    )
    with refused("ConflictException"):
        change(owner, MICROGRID, "organization-utility", "DENIED_ACCESS")
    with refused("ConflictException"):
        change(owner, MICROGRID, "organization-vendor", "HOST_ORGANIZATION")
    with refused():
        change(owner, MICROGRID, "organization-elsewhere", "APPROVED")
