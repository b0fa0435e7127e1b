import pytest

from conformance.oracles.exchange.rights import ACTIONS, Standing, allowed

READER = Standing(permission="READ_ONLY", state="APPROVED", shared=True)
WRITER = Standing(permission="READ_WRITE", state="APPROVED", shared=True)
OWNER = Standing(owns=True, permission="READ_WRITE", state="HOST_ORGANIZATION")
WAITING = Standing(permission="READ_WRITE", state="PENDING_APPROVAL", shared=True)
STRANGER = Standing(shared=True)


@pytest.mark.parametrize(
    ("who", "actions"),
    [
        (OWNER, {"read", "write", "own", "share", "unshare", "list services", "list shared with"}),
        (READER, {"read", "list services"}),
        (WRITER, {"read", "list services"}),
        (WAITING, set()),
        (STRANGER, set()),
    ],
)
def test_who_may_do_what(who, actions):
    assert {a for a in ACTIONS if allowed(who, a, shared_write=False)} == actions


def test_writing_to_what_others_own_is_a_setting():
    assert allowed(WRITER, "write", shared_write=True) is True
    assert allowed(WRITER, "write", shared_write=None) is None
    assert allowed(READER, "write", shared_write=True) is False


def test_what_is_not_shared_is_hidden_from_members():
    assert not allowed(
        Standing(permission="READ_ONLY", state="APPROVED"), "read", shared_write=True
    )


def test_an_owner_who_only_reads_cannot_share():
    reader = Standing(owns=True, permission="READ_ONLY", state="APPROVED")
    assert not allowed(reader, "share", shared_write=None)
