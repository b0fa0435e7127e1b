from itertools import product

import pytest

from simulator.store import Change, Kind, seen_through
from simulator.tests.store.things import Thing, filled

LOW, HIGH = Thing(id=1, rank=1), Thing(id=1, rank=9)


def is_high(thing: Thing) -> bool:
    return thing.rank > 5


def change(kind: Kind, before: Thing | None, after: Thing) -> Change[Thing]:
    return Change(
        revision=1, batch=1, kind=kind, key=1, before=before, after=after, item=b"", frame=b""
    )


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        (LOW, LOW, None),
        (LOW, HIGH, Kind.CREATED),
        (HIGH, LOW, Kind.DELETED),
        (HIGH, HIGH, Kind.UPDATED),
    ],
)
def test_an_update_may_enter_or_leave_a_filter(before: Thing, after: Thing, seen: Kind) -> None:
    assert seen_through(change(Kind.UPDATED, before, after), is_high) is seen


@pytest.mark.parametrize(("after", "seen"), [(LOW, None), (HIGH, Kind.CREATED)])
def test_a_creation_is_seen_if_it_matches(after: Thing, seen: Kind) -> None:
    assert seen_through(change(Kind.CREATED, None, after), is_high) is seen


@pytest.mark.parametrize(("before", "final"), [*product([LOW, HIGH], repeat=2)])
def test_a_deletion_is_seen_if_the_item_was_whatever_its_final_state(
    before: Thing, final: Thing
) -> None:
    seen = Kind.DELETED if before is HIGH else None
    assert seen_through(change(Kind.DELETED, before, final), is_high) is seen


def test_changes_cannot_be_altered() -> None:
    made = filled().put(1, LOW)
    with pytest.raises(AttributeError):
        made.revision = 5  # type: ignore[misc]
