from typing import NoReturn

import pytest

from simulator import store
from simulator.store import Collection, Kind, Query
from simulator.tests.store.things import Thing, collection, encode, filled, frame


def test_the_front_door_is_sorted_and_open() -> None:
    assert store.__all__ == sorted(store.__all__)
    assert all(hasattr(store, name) for name in store.__all__)


def test_put_creates_then_updates() -> None:
    things, first, second = collection(), Thing(id=1, rank=1), Thing(id=1, rank=2)
    created, updated = things.put(1, first), things.put(1, second)
    assert (created.revision, created.kind, created.before, created.after) == (
        1,
        Kind.CREATED,
        None,
        first,
    )
    assert (updated.revision, updated.kind, updated.before, updated.after) == (
        2,
        Kind.UPDATED,
        first,
        second,
    )
    assert (things.revision, len(things), things.get(1), 1 in things) == (2, 1, second, True)


def test_a_change_carries_its_bytes() -> None:
    thing = Thing(id=1, rank=7)
    change = filled(1).put(1, thing)
    assert change.item == encode(thing)
    assert change.frame == frame(Kind.UPDATED, thing, encode(thing))


def test_without_a_frame_function_the_item_is_the_frame() -> None:
    things: Collection[Thing] = Collection(orders={}, encode=encode)
    change = things.put(1, Thing(id=1))
    assert change.frame is change.item


def test_delete_shows_the_last_state() -> None:
    change = filled(1, 2).delete(2)
    assert (change.revision, change.kind) == (3, Kind.DELETED)
    assert change.before is change.after
    assert change.after == Thing(id=2, rank=2)
    assert change.item == encode(change.after)


def test_delete_shows_another_final_state_if_told() -> None:
    final = Thing(id=2, rank=2, label="gone")
    change = filled(1, 2).delete(2, final)
    assert (change.before, change.after) == (Thing(id=2, rank=2), final)
    assert change.frame == frame(Kind.DELETED, final, encode(final))


def test_deleting_what_is_not_there_is_an_error_and_no_change() -> None:
    things = filled(1)
    with pytest.raises(KeyError, match="7"):
        things.delete(7)
    assert things.revision == 1


def test_a_deleted_key_may_be_created_again() -> None:
    things = filled(1)
    things.delete(1)
    assert things.get(1) is None
    assert things.put(1, Thing(id=1)).kind is Kind.CREATED


def test_an_encoder_or_order_that_fails_changes_nothing() -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("no")

    things = filled(1, 2)
    reader = things.subscribe()
    for broken in ("_encode", "_frame"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(things, broken, fail)
            with pytest.raises(RuntimeError):
                things.put(1, Thing(id=1, rank=9))
            with pytest.raises(RuntimeError):
                things.delete(1, Thing(id=1))
    with pytest.raises(TypeError):
        things.put(1, Thing(id=1, rank=9, label=None))  # type: ignore[arg-type]
    assert dict(things.items()) == {1: Thing(id=1, rank=1), 2: Thing(id=2, rank=2)}
    assert things.page(Query(order="rank"), size=9).items == (
        Thing(id=1, rank=1),
        Thing(id=2, rank=2),
    )
    assert (things.revision, reader.lag) == (2, 0)


def test_a_batch_is_contiguous_and_marked() -> None:
    things = filled(0)
    with things.batch():
        changes = [things.put(2, Thing(id=2)), things.put(3, Thing(id=3)), things.delete(1)]
        assert things.get(2) is not None  # what is written can be read at once
    changes.append(things.put(4, Thing(id=4)))
    assert [change.revision for change in changes] == [2, 3, 4, 5]
    assert [change.batch for change in changes] == [2, 2, 2, 5]


def test_a_batch_notifies_once(monkeypatch: pytest.MonkeyPatch) -> None:
    things, notified = collection(), []
    monkeypatch.setattr(things.wakeup, "notify", lambda: notified.append(things.revision))
    with things.batch():
        things.put(1, Thing(id=1))
        with things.batch():
            things.put(2, Thing(id=2))
        assert notified == []
    assert notified == [2]
    things.put(3, Thing(id=3))
    assert notified == [2, 3]


def test_a_batch_that_fails_keeps_what_it_did() -> None:
    things = collection()
    reader = things.subscribe()

    def fail_halfway() -> None:
        with things.batch():
            things.put(1, Thing(id=1))
            things.delete(2)

    with pytest.raises(KeyError):
        fail_halfway()
    assert [change.revision for change in reader.pending()] == [1]
    assert things.put(2, Thing(id=2)).batch == 2


def test_an_update_that_keeps_its_place_leaves_the_index_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    things, moved = filled(1, 2), []
    for name, index in things._indexes.items():
        monkeypatch.setattr(index, "remove", lambda entry, name=name: moved.append(name))
        monkeypatch.setattr(index, "add", lambda entry: None)
    things.put(1, Thing(id=1, rank=1))
    assert moved == []
    things.put(1, Thing(id=1, rank=1, label="b"))
    assert moved == ["label"]


def test_marks_are_equal_for_equal_histories_only() -> None:
    first, second, other = filled(1, 2), filled(1, 2), filled(1, 3)
    assert first.mark(0) == b""
    assert first.mark(1) == second.mark(1) == other.mark(1)
    assert first.mark(2) == second.mark(2) != other.mark(2)
    assert first.mark(3) is None
    first.delete(1)
    second.put(1, Thing(id=1, rank=1))
    assert first.mark(3) != second.mark(3)
    third = filled(5, 2)
    third.put(1, Thing(id=1, rank=1))
    assert third.mark(3) != second.mark(3)  # the same state after another past


def test_marks_last_as_long_as_a_reader_can_continue() -> None:
    whole, ring = filled(1, 2, 3, 4, 5), filled(1, 2, 3, 4, 5, log_size=2)
    assert [ring.mark(number) for number in range(3)] == [None, None, None]
    assert [ring.mark(number) for number in range(3, 6)] == [
        whole.mark(number) for number in range(3, 6)
    ]


def test_before_finds_a_bound_in_the_history() -> None:
    whole, ring = filled(10, 20, 20, 30), filled(10, 20, 20, 30, log_size=2)
    found = {
        bound: (
            whole.before(lambda change, bound=bound: change.after.rank >= bound),
            ring.before(lambda change, bound=bound: change.after.rank >= bound),
        )
        for bound in (5, 15, 20, 25, 31)
    }
    assert found == {5: (0, None), 15: (1, None), 20: (1, None), 25: (3, 3), 31: (4, 4)}
    assert collection().before(lambda change: True) == 0
