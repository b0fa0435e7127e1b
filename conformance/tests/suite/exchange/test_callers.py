"""How callers stand to collaboratives, as these show their members."""

from types import SimpleNamespace

from conformance.oracles.exchange.model import (
    Collaborative,
    CollaborativeMember,
    CollaborativeMemberOrganization,
    User,
)
from conformance.suite.exchange import callers


def member(user, permission):
    return CollaborativeMember(permission=permission, user=User(user_id=user))


SHOWN = Collaborative(
    collaborative_id="c",
    name="c",
    host_organization_id="o1",
    member_organizations=(
        CollaborativeMemberOrganization(
            collaborative_id="c",
            member_state="HOST_ORGANIZATION",
            users_in_collaborative=(member("owner", "READ_WRITE"),),
        ),
        CollaborativeMemberOrganization(
            collaborative_id="c",
            member_state="PENDING_APPROVAL",
            users_in_collaborative=(member("pending", "READ_ONLY"), CollaborativeMember()),
        ),
    ),
)


def view(user):
    return SimpleNamespace(me=User(user_id=user))


def test_members_have_the_state_of_their_organization():
    found = callers.standing(SHOWN, view("owner"))
    assert (found.permission, found.state, found.is_member) == (
        "READ_WRITE",
        "HOST_ORGANIZATION",
        True,
    )


def test_who_waits_is_no_member():
    assert callers.state_of(SHOWN, "pending") == "PENDING_APPROVAL"
    assert not callers.standing(SHOWN, view("pending")).is_member


def test_others_have_no_state():
    assert callers.state_of(SHOWN, "outsider") is None
    assert not callers.standing(SHOWN, view("outsider"), shared=True).is_member
