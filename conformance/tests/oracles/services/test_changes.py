from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.oracles.services.changes import Replay
from conformance.oracles.services.metadata import (
    counts,
    difference,
    is_error,
    moved_by,
    plus,
    same,
)
from conformance.oracles.services.model import Change, Metadata, Service

A, B = Service(id="a", type="t"), Service(id="b", type="t", active=True)
A2 = Service(id="a", type="t", active=True)
FAILED = Service(id="a", type="t", error="x")


def change(kind: str, new: Service | None = None, old: Service | None = None) -> Change:
    return Change(name="n", kind=kind, new=new, old=old, change_time=1)


def codes(violations) -> list[str]:
    return [violation.code for violation in violations]


def test_well_formed_changes_add_up():
    replay = Replay()
    changes = [
        change("add", A),
        change("unspecified", B),
        change("update", A2, A),
        change("remove", None, B),
        change("add", B),
    ]
    assert replay.take_all(changes) == []
    assert replay.services == {"a": A2, "b": B}
    assert (replay.removed, replay.repeated, replay.reports) == (set(), set(), {"a": 2, "b": 3})
    assert replay.missing([A2, B]) == replay.stale([A2, B]) == []


@pytest.mark.parametrize(
    ("before", "wrong", "code"),
    [
        ([], change("add"), "SVC-PLS-002"),
        ([], change("7", A), "SVC-PLS-003"),
        ([change("add", A)], change("update", None, A), "SVC-PLS-003"),
        ([change("add", A)], change("update", A2), "SVC-PLS-003"),
        ([change("add", A)], change("remove", A2, A), "SVC-PLS-004"),
        ([change("add", A)], change("remove"), "SVC-PLS-004"),
        ([change("add", A)], change("update", A2, FAILED), "SVC-PLS-005"),
        ([change("add", A), change("remove", None, A)], change("update", A2, A), "SVC-PLS-007"),
    ],
)
def test_each_mistake_is_told_by_its_requirement(before, wrong, code):
    replay = Replay()
    assert replay.take_all(before) == []
    assert code in codes(replay.take(wrong))


def test_what_was_never_shown_needs_no_old_value():
    assert Replay(updates_only=True).take(change("update", A2)) == []
    assert codes(Replay().take(change("update", A2))) == ["SVC-PLS-003"]


def test_one_message_may_replace_with_several():
    replay = Replay()
    replay.take(change("add", A))
    assert replay.take_message([change("replace", A2), change("replace", B)]) == []
    assert replay.services == {"a": A2, "b": B}


def test_replace_drops_everything_known():
    replay = Replay()
    replay.take_all([change("add", A), change("replace", B)])
    assert replay.services == {"b": B}


def test_foreign_services_are_neither_kept_nor_judged():
    replay = Replay(ids={"a"})
    assert replay.take_all([change("add", A), change("remove", B, B)]) == []
    assert list(replay.services) == ["a"]


def test_differences_from_a_list_are_told():
    replay = Replay()
    replay.take_all([change("add", A), change("add", B)])
    assert codes(replay.missing([A])) == ["SVC-PLS-006"]
    assert "not listed" in replay.missing([A])[0].text
    assert "active of 'a'" in replay.stale([A2, B])[0].text
    replay.take(change("add", A))
    assert replay.repeated == {"a"}


def test_counts_of_services():
    retrying = Service(id="r", type="u", active=True, loading=True, error="x", next_attempt_time=1)
    wanted = Metadata(
        total_count=3, type_counts={"t": 2, "u": 1}, total_active_count=2, total_error_count=1
    )
    assert counts([B, FAILED, retrying]) == wanted
    assert [is_error(item) for item in (B, FAILED, retrying)] == [False, True, False]
    assert same(wanted, replace(wanted, type_counts={"t": 2, "u": 1, "z": 0}))
    assert not same(wanted, counts([B, FAILED]))


services = st.builds(
    Service,
    id=st.sampled_from("abc"),
    type=st.sampled_from("tu"),
    active=st.booleans(),
    error=st.sampled_from(["", "x"]),
)


@given(st.lists(services, max_size=6), services, services)
def test_counts_move_with_the_changes(items, new, old):
    before, after = [*items, old], [*items, new]
    moved = moved_by(change("update", new, old))
    assert same(plus(counts(before), moved), counts(after))
    assert difference(counts(after), counts(before)) == moved
