"""Who has part in a collaborative, and what being shared there grants."""

import pytest

from simulator.services.exchange.collaboratives import (
    Collaborative,
    Collaboratives,
    Group,
    Member,
    MemberOrganization,
    MemberState,
    Permission,
)
from simulator.services.exchange.people import User
from simulator.services.exchange.rights import Need
from simulator.tests.services.exchange.exchange import refused

READ, WRITE = Permission.READ_ONLY, Permission.READ_WRITE


def user(id: str, organization: str) -> User:
    return User(user_id=id, email="", first_name="", last_name="", organization_id=organization)


def join(group: Group, who: User, state: MemberState, permission: Permission) -> None:
    collaborative_id = group.collaborative.collaborative_id
    group.organizations[who.organization_id] = MemberOrganization(
        collaborative_id=collaborative_id, organization_id=who.organization_id, member_state=state
    )
    group.members[who.user_id] = Member(
        collaborative_id=collaborative_id,
        user_id=who.user_id,
        organization_id=who.organization_id,
        permission=permission,
    )


HOST, GUEST = user("h", "host"), user("g", "guest")


@pytest.fixture
def held() -> Collaboratives:
    return Collaboratives()


def group(
    held: Collaboratives, id: str = "c1", *, state: MemberState, permission: Permission
) -> Group:
    made = held.add(
        Collaborative(collaborative_id=id, name=id, description=None, host_organization_id="host")
    )
    join(made, HOST, MemberState.HOST_ORGANIZATION, WRITE)
    join(made, GUEST, state, permission)
    made.services["s1"] = "h"
    return made


@pytest.mark.parametrize("state", MemberState)
@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("shared_write", [False, True])
def test_what_sharing_grants(
    held: Collaboratives, state: MemberState, permission: Permission, shared_write: bool
) -> None:
    held.clear(shared_write=shared_write)
    made = group(held, state=state, permission=permission)
    inside = state in (MemberState.APPROVED, MemberState.HOST_ORGANIZATION)
    wanted = {Need.READ} if inside else set()
    if inside and shared_write and permission is WRITE:
        wanted.add(Need.WRITE)
    assert held.grants(GUEST, "s1") == wanted
    assert held.grants(GUEST, "s2") == set()
    assert held.grants(user("x", "guest"), "s1") == set()
    assert (made in held.of(GUEST)) is inside
    assert made.permission(GUEST) is (permission if inside else None)


def test_the_best_of_several_collaboratives_counts(held: Collaboratives) -> None:
    held.clear(shared_write=True)
    group(held, "c1", state=MemberState.APPROVED, permission=READ)
    group(held, "c2", state=MemberState.APPROVED, permission=WRITE)
    group(held, "c3", state=MemberState.DENIED_ACCESS, permission=WRITE)
    assert held.grants(GUEST, "s1") == {Need.READ, Need.WRITE}
    assert [each.collaborative.collaborative_id for each in held.sharing("s1")] == [
        "c1",
        "c2",
        "c3",
    ]


def test_who_leaves_takes_their_services_and_an_empty_organization_along(
    held: Collaboratives,
) -> None:
    made = group(held, state=MemberState.APPROVED, permission=WRITE)
    made.services["s2"] = "g"
    other = user("o", "guest")
    join(made, other, MemberState.APPROVED, READ)
    made.leave("g")
    assert made.services == {"s1": "h"}
    assert set(made.organizations) == {"host", "guest"}
    made.leave("o")
    assert set(made.organizations) == {"host"}
    made.leave("h")
    assert set(made.organizations) == {"host"}
    with pytest.raises(KeyError):
        made.leave("h")


def test_a_forgotten_service_is_shared_nowhere(held: Collaboratives) -> None:
    made = group(held, state=MemberState.APPROVED, permission=WRITE)
    held.forget_service("s1")
    held.forget_service("s2")
    assert made.services == {}


def test_removed_and_unknown_ones_look_the_same(held: Collaboratives) -> None:
    made = group(held, state=MemberState.APPROVED, permission=WRITE)
    assert held.get("c1") is made
    held.remove("c1")
    assert list(held.all()) == []
    assert held.find("c1") is None
    with refused():
        held.get("c1")
