"""What administrators of the platform do."""

from typing import Any

import pytest

from simulator.tests.services.exchange.exchange import Exchange, refused

CALLS: dict[str, tuple[Any, ...]] = {
    "create_organization": ("New",),
    "delete_organization": ("organization-elsewhere",),
    "create_user": ("a@b.example", "A", "B", "organization-elsewhere"),
    "update_user": ("user-owner",),
    "delete_user": ("user-pending",),
    "create_collaborative": ("New",),
    "delete_collaborative": ("collaborative-campus",),
    "add_collaborative_member": ("collaborative-campus", "user-outsider"),
    "update_collaborative_member": ("collaborative-campus", "user-owner", "READ_ONLY"),
    "remove_collaborative_member": ("collaborative-campus", "user-owner"),
}
MICROGRID = "collaborative-microgrid"


@pytest.fixture
def admin(exchange: Exchange) -> Any:
    return exchange.user("admin")


def states(exchange: Exchange, collaborative: Any) -> dict[str, str]:
    return {
        each.organization_id: each.member_state.value
        for each in exchange.sharing.member_organizations(collaborative)
    }


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("role", ["owner", "outsider", "read_only"])
def test_it_takes_an_administrator(exchange: Exchange, name: str, role: str) -> None:
    with refused():
        getattr(exchange.administration, name)(exchange.user(role), *CALLS[name])


def test_an_administrator_sees_nobodys_data(exchange: Exchange, admin: Any) -> None:
    with refused():
        exchange.storage.get_data_store(admin, exchange.store("owner").data_store_id)
    assert exchange.sharing.list_collaboratives(admin) == []


def test_organizations_come_and_go(exchange: Exchange, admin: Any) -> None:
    made = exchange.administration.create_organization(admin, "Newcomers")
    assert (made.name, made.host_organization) == ("Newcomers", False)
    assert exchange.people.organization(made.organization_id) == made
    assert exchange.administration.delete_organization(admin, made.organization_id) == made
    with refused():
        exchange.administration.delete_organization(admin, made.organization_id)
    with refused("ValidationError"):
        exchange.administration.create_organization(admin, "")
    hosting = exchange.administration.create_organization(admin, "Hosts", True)
    assert hosting.host_organization


def test_an_organization_with_users_or_a_collaborative_stays(
    exchange: Exchange, admin: Any
) -> None:
    with refused("ConflictException"):
        exchange.administration.delete_organization(admin, "organization-elsewhere")
    exchange.administration.create_collaborative(admin, "Hosted")
    for user in list(exchange.people.users()):
        if user.organization_id == "organization-utility":
            exchange.people.remove_user(user.user_id)
    with refused("ConflictException"):
        exchange.administration.delete_organization(admin, "organization-utility")


def test_users_come_and_go(exchange: Exchange, admin: Any) -> None:
    roles = ["DATA_CONSUMER", "DATA_PROVIDER", "DATA_CONSUMER"]
    made = exchange.administration.create_user(
        admin, "n@new.example", "Nina", "New", "organization-elsewhere", "+1", roles
    )
    assert (made.email, made.mobile, made.user_account_state) == ("n@new.example", "+1", "ACTIVE")
    assert list(made.user_roles) == ["DATA_CONSUMER", "DATA_PROVIDER"]
    assert exchange.people.user(made.user_id) == made
    assert exchange.administration.delete_user(admin, made.user_id) == made
    with refused():
        exchange.administration.delete_user(admin, made.user_id)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"email": "no address"}, "ValidationError"),
        ({"email": "@x"}, "ValidationError"),
        ({"email": "a@"}, "ValidationError"),
        ({"email": "a@b/c"}, "ValidationError"),
        ({"email": "olive.owner@utility.example"}, "ConflictException"),
        ({"first_name": ""}, "ValidationError"),
        ({"last_name": "a\n"}, "ValidationError"),
        ({"mobile": ""}, "ValidationError"),
        ({"organization_id": "organization-none"}, "Unauthorized"),
    ],
)
def test_bad_users_are_refused(
    exchange: Exchange, admin: Any, changed: dict[str, str], kind: str
) -> None:
    good = {
        "email": "n@new.example",
        "first_name": "Nina",
        "last_name": "New",
        "organization_id": "organization-elsewhere",
    }
    before = list(exchange.people.users())
    with refused(kind):
        exchange.administration.create_user(admin, **{**good, **changed})
    assert list(exchange.people.users()) == before


@pytest.mark.parametrize("state", ["DISABLED", "PENDING"])
def test_a_closed_account_is_refused_until_it_is_opened(
    exchange: Exchange, admin: Any, state: str
) -> None:
    exchange.administration.update_user(admin, "user-owner", user_account_state=state)
    assert exchange.service.caller("owner") is None
    exchange.administration.update_user(admin, "user-owner", user_account_state="ACTIVE")
    assert exchange.user("owner").first_name == "Olive"


def test_an_update_changes_what_is_given(exchange: Exchange, admin: Any) -> None:
    exchange.administration.update_user(admin, "user-owner", first_name="Olga")
    user = exchange.administration.update_user(admin, "user-owner", user_roles=[])
    assert (user.first_name, user.last_name, user.user_roles) == ("Olga", "Owner", ())
    with refused("ValidationError"):
        exchange.administration.update_user(admin, "user-owner", last_name="")
    with refused():
        exchange.administration.update_user(admin, "user-none")


@pytest.mark.parametrize(
    "change", [{"user_account_state": "DISABLED"}, {"user_roles": ["DATA_CONSUMER"]}]
)
def test_administrators_do_not_lock_themselves_out(
    exchange: Exchange, admin: Any, change: dict[str, Any]
) -> None:
    with refused("ConflictException"):
        exchange.administration.update_user(admin, "user-admin", **change)
    with refused("ConflictException"):
        exchange.administration.delete_user(admin, "user-admin")
    assert exchange.user("admin") == admin


def test_who_owns_services_stays(exchange: Exchange, admin: Any) -> None:
    with refused("ConflictException"):
        exchange.administration.delete_user(admin, "user-outsider")


async def test_who_has_made_files_of_others_stays(exchange: Exchange) -> None:
    exchange.reset("shared-write")
    admin, store = exchange.user("admin"), exchange.store("owner")
    made = exchange.administration.create_user(
        admin, "n@new.example", "Nina", "New", "organization-vendor"
    )
    exchange.administration.add_collaborative_member(admin, MICROGRID, made.user_id, "READ_WRITE")
    file = exchange.storage.create_data_store_file(
        made, store.home_directory_id, store.data_store_id, "a", "csv"
    )
    with refused("ConflictException"):
        exchange.administration.delete_user(admin, made.user_id)
    await exchange.storage.delete_data_store_file(made, file.item_id)
    assert exchange.administration.delete_user(admin, made.user_id) == made


def test_a_removed_user_leaves_collaboratives_and_tokens(exchange: Exchange, admin: Any) -> None:
    exchange.administration.delete_user(admin, "user-pending")
    assert exchange.service.caller("pending") is None
    found = exchange.sharing.get_collaborative(exchange.user("owner"), MICROGRID)
    assert "organization-applicant" not in states(exchange, found)


def test_a_new_collaborative_has_its_host_and_nobody_else(exchange: Exchange, admin: Any) -> None:
    made = exchange.administration.create_collaborative(admin, "New", "For a trial.")
    assert (made.name, made.description) == ("New", "For a trial.")
    assert made.host_organization_id == "organization-utility"
    (host,) = exchange.sharing.member_organizations(made)
    assert (host.member_state, host.submitted_by_user_id) == ("HOST_ORGANIZATION", "user-admin")
    assert host.submitted_timestamp == "2027-01-15T08:00:00.000Z"
    assert exchange.sharing.users_in_collaborative(host) == []
    with refused():
        exchange.sharing.get_collaborative(admin, made.collaborative_id)


def test_only_hosting_organizations_host(exchange: Exchange, admin: Any) -> None:
    exchange.administration.update_user(admin, "user-outsider", user_roles=["PLATFORM_ADMIN"])
    with refused("ConflictException"):
        exchange.administration.create_collaborative(exchange.user("outsider"), "New")
    with refused("ValidationError"):
        exchange.administration.create_collaborative(admin, "a/b")


def test_a_removed_collaborative_is_gone_and_what_was_shared_stays(
    exchange: Exchange, admin: Any
) -> None:
    made = exchange.administration.delete_collaborative(admin, MICROGRID)
    assert made.name == "Shared microgrid"
    assert exchange.sharing.member_organizations(made) == []
    with refused():
        exchange.sharing.get_collaborative(exchange.user("owner"), MICROGRID)
    store = exchange.store("owner")
    with refused():
        exchange.storage.get_data_store(exchange.user("read_only"), store.data_store_id)
    with refused():
        exchange.administration.delete_collaborative(admin, MICROGRID)


def test_members_of_the_host_are_in_at_once_others_wait(exchange: Exchange, admin: Any) -> None:
    made = exchange.administration.create_collaborative(admin, "New")
    id = made.collaborative_id
    exchange.administration.add_collaborative_member(admin, id, "user-owner", "READ_WRITE")
    exchange.administration.add_collaborative_member(admin, id, "user-outsider")
    assert states(exchange, made) == {
        "organization-utility": "HOST_ORGANIZATION",
        "organization-elsewhere": "PENDING_APPROVAL",
    }
    assert made in exchange.sharing.list_collaboratives(exchange.user("owner"))
    outsider = exchange.user("outsider")
    assert exchange.sharing.list_collaboratives(outsider) == []
    exchange.sharing.update_collaborative_member_organization(
        exchange.user("owner"), id, "organization-elsewhere", "APPROVED"
    )
    assert exchange.sharing.list_collaboratives(outsider) == [made]
    host, guest = exchange.sharing.member_organizations(made)
    (member,) = exchange.sharing.users_in_collaborative(guest)
    assert member.permission == "READ_ONLY"
    assert len(exchange.sharing.users_in_collaborative(host)) == 1


def test_a_member_is_taken_in_once(exchange: Exchange, admin: Any) -> None:
    with refused("ConflictException"):
        exchange.administration.add_collaborative_member(admin, MICROGRID, "user-owner")
    with refused():
        exchange.administration.add_collaborative_member(admin, MICROGRID, "user-none")
    with refused():
        exchange.administration.add_collaborative_member(admin, "collaborative-none", "user-owner")


def test_a_permission_counts_from_the_next_call_on(exchange: Exchange, admin: Any) -> None:
    change, store = (
        exchange.administration.update_collaborative_member,
        exchange.store("read_write"),
    )
    change(admin, MICROGRID, "user-read-write", "READ_ONLY")
    args = (MICROGRID, "DATA_STORE", store.data_store_id)
    with refused():
        exchange.sharing.add_service_to_collaborative(exchange.user("read_write"), *args)
    change(admin, MICROGRID, "user-read-write", "READ_WRITE")
    exchange.sharing.add_service_to_collaborative(exchange.user("read_write"), *args)
    with refused():
        change(admin, MICROGRID, "user-outsider", "READ_WRITE")


def test_a_removed_member_sees_and_shares_nothing(exchange: Exchange, admin: Any) -> None:
    exchange.administration.remove_collaborative_member(admin, MICROGRID, "user-owner")
    assert [
        each.collaborative_id
        for each in exchange.sharing.list_collaboratives(exchange.user("owner"))
    ] == ["collaborative-campus"]
    reader = exchange.user("read_only")
    assert exchange.sharing.list_collaborative_services(reader, MICROGRID) == []
    with refused():
        exchange.storage.get_data_store(reader, exchange.store("owner").data_store_id)
    with refused():
        exchange.administration.remove_collaborative_member(admin, MICROGRID, "user-owner")
