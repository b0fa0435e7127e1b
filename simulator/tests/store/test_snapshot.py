import pytest

from simulator.tests.store.things import Thing, encode, filled


def test_a_snapshot_does_not_change() -> None:
    things = filled(1, 2, 3)
    snapshot = things.snapshot()
    things.put(1, Thing(id=1, rank=9))
    things.put(4, Thing(id=4))
    things.delete(2)
    assert snapshot.revision == 3
    assert len(snapshot) == 3
    assert dict(snapshot.items()) == {id_: Thing(id=id_, rank=id_) for id_ in (1, 2, 3)}
    assert snapshot.get(2) == Thing(id=2, rank=2)
    assert snapshot.get(4) is None
    assert things.get(1) == Thing(id=1, rank=9)


def test_snapshots_of_one_revision_are_one() -> None:
    things = filled(1)
    first = things.snapshot()
    assert things.snapshot() is first
    things.put(2, Thing(id=2))
    assert things.snapshot() is not first


def test_an_iterator_outlives_its_snapshot() -> None:
    things = filled(1, 2, 3)
    items, chunks = things.items(), things.snapshot().chunks(1)
    assert next(items)[0] == 1
    assert next(chunks) == encode(Thing(id=1, rank=1))
    things.put(4, Thing(id=4))
    things.delete(2)
    assert [key for key, _ in items] == [2, 3]
    assert list(chunks) == [encode(Thing(id=id_, rank=id_)) for id_ in (2, 3)]


def test_an_iterator_not_yet_begun_shows_the_time_of_asking() -> None:
    things = filled(1, 2)
    items = things.items()
    things.put(3, Thing(id=3))
    assert [key for key, _ in items] == [1, 2]


def test_nothing_is_copied_once_a_snapshot_is_dropped() -> None:
    things = filled(1, 2)
    table = things._items
    things.snapshot()
    things.put(1, Thing(id=1))
    assert things._items is table
    kept = things.snapshot()
    things.put(1, Thing(id=1))
    assert things._items is not table
    assert len(kept) == 2


@pytest.mark.parametrize(("size", "lengths"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_chunks_are_joined_encodings(size: int, lengths: list[int]) -> None:
    chunks = list(filled(5, 4, 3, 2, 1).snapshot().chunks(size))
    assert [chunk.count(b"(") for chunk in chunks] == lengths
    assert b"".join(chunks) == b"(1 5 )(2 4 )(3 3 )(4 2 )(5 1 )"


def test_chunks_are_filled_with_what_matches() -> None:
    chunks = filled(9, 0, 9, 0, 9).snapshot().chunks(2, where=lambda thing: thing.rank > 5)
    assert list(chunks) == [b"(1 9 )(3 9 )", b"(5 9 )"]


def test_nothing_makes_no_chunk() -> None:
    assert list(filled().snapshot().chunks(3)) == []
    assert list(filled(1).snapshot().chunks(3, where=lambda thing: False)) == []


def test_a_chunk_has_a_size() -> None:
    with pytest.raises(ValueError, match="size must be at least 1, not 0"):
        next(filled(1).snapshot().chunks(0))
