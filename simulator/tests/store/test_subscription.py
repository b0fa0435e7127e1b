import asyncio

import pytest

from simulator.store import Change, FellBehind
from simulator.tests.store.things import Thing, collection, filled


def revisions(changes: list[Change[Thing]]) -> list[int]:
    return [change.revision for change in changes]


def test_a_subscription_begins_now() -> None:
    things = filled(1, 2)
    reader = things.subscribe()
    assert (reader.cursor, reader.lag, reader.pending()) == (2, 0, [])
    made = things.put(9, Thing(id=9))
    assert reader.lag == 1
    assert reader.pending() == [made]
    assert (reader.cursor, reader.lag, reader.pending()) == (3, 0, [])


def test_readers_are_independent() -> None:
    things = filled(1, 2, 3)
    slow, fast = things.subscribe(after=0), things.subscribe(after=0)
    assert revisions(fast.pending()) == [1, 2, 3]
    assert revisions(slow.pending(limit=2)) == [1, 2]
    assert (fast.lag, slow.lag) == (0, 1)


def test_a_reader_resumes_elsewhere() -> None:
    things = filled(1, 2, 3, 4)
    first = things.subscribe(after=1)
    first.pending(limit=2)
    second = things.subscribe(after=first.cursor)
    assert revisions(second.pending()) == [4]


def test_a_lagging_reader_falls_off_the_ring() -> None:
    things = collection(log_size=3)
    reader = things.subscribe()
    for rank in range(3):
        things.put(1, Thing(id=1, rank=rank))
    assert reader.lag == 3
    things.put(1, Thing(id=1, rank=3))
    assert reader.lag == 4
    for _ in range(2):  # it stays fallen: nothing is skipped silently
        with pytest.raises(FellBehind):
            reader.pending()
    assert reader.cursor == 0


@pytest.mark.parametrize("revision", [-1, 0, 3])
def test_a_revision_off_the_ring_is_refused_at_once(revision: int) -> None:
    things = filled(1, 2, log_size=1)
    with pytest.raises(FellBehind):
        things.subscribe(after=revision)
    with pytest.raises(FellBehind):
        things.subscribe(after=revision, where=lambda thing: True)


def test_a_filter_passes_what_matches_before_or_after() -> None:
    things = collection()
    reader = things.subscribe(where=lambda thing: thing.rank > 5)
    for rank in (1, 9, 8, 2, 3):  # outside, enter, stay, leave, outside
        things.put(1, Thing(id=1, rank=rank))
    things.put(2, Thing(id=2, rank=7))
    things.delete(2)
    assert revisions(reader.pending()) == [2, 3, 4, 6, 7]
    assert reader.cursor == 7


def test_a_limit_counts_what_matches() -> None:
    things = filled(0, 9, 0, 9, 0, 9, 0)
    reader = things.subscribe(after=0, where=lambda thing: thing.rank > 5)
    assert revisions(reader.pending(limit=2)) == [2, 4]
    assert reader.cursor == 4
    assert revisions(reader.pending(limit=2)) == [6]
    assert (reader.cursor, reader.lag) == (7, 0)


def test_a_filter_that_fails_moves_nobody() -> None:
    things = filled(9, 9, 0)
    reader = things.subscribe(after=0, where=lambda thing: 1 // thing.rank == 0)
    with pytest.raises(ZeroDivisionError):
        reader.pending()
    assert reader.cursor == 0


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_positive(limit: int) -> None:
    with pytest.raises(ValueError, match="limit must be at least 1"):
        filled(1).subscribe().pending(limit=limit)


def test_a_limit_may_cut_a_batch_and_the_reader_knows() -> None:
    things = filled(0)
    with things.batch():
        for id_ in (2, 3, 4):
            things.put(id_, Thing(id=id_))
    things.put(5, Thing(id=5))
    reader = things.subscribe(after=0)
    whole = []
    while reader.pending(limit=1):
        whole.append(reader.between_batches)
    assert whole == [True, False, False, True, True]


def test_the_end_of_a_batch_is_seen_through_a_filter_that_hides_it() -> None:
    things = collection()
    reader = things.subscribe(where=lambda thing: thing.rank > 5)
    with things.batch():
        things.put(1, Thing(id=1, rank=9))
        things.put(2, Thing(id=2, rank=0))
    assert revisions(reader.pending()) == [1]
    assert reader.between_batches


def test_an_open_batch_is_invisible() -> None:
    things = filled(0)
    before = things.subscribe()
    with things.batch():
        things.put(2, Thing(id=2))
        within = things.subscribe()
        things.put(3, Thing(id=3))
        assert (before.lag, before.pending(), before.between_batches) == (0, [], True)
        assert (within.lag, within.pending(), within.between_batches) == (0, [], False)
    assert revisions(before.pending()) == [2, 3]
    assert revisions(within.pending()) == [3]


async def test_wait_returns_at_once_when_something_lies_ahead() -> None:
    things = filled(1)
    await asyncio.wait_for(things.subscribe(after=0).wait(), 1)


async def test_wait_ends_with_the_next_commit() -> None:
    things = filled(1)
    reader = things.subscribe()
    task = asyncio.create_task(reader.wait())
    await asyncio.sleep(0.01)
    assert not task.done()
    things.delete(1)
    await asyncio.wait_for(task, 1)
    assert revisions(reader.pending()) == [2]


async def test_a_fallen_reader_is_woken_to_learn_it() -> None:
    things = collection(log_size=1)
    reader = things.subscribe()
    things.put(1, Thing(id=1))
    things.put(2, Thing(id=2))
    await asyncio.wait_for(reader.wait(), 1)
    with pytest.raises(FellBehind):
        reader.pending()


async def test_many_readers_get_every_change_once_and_bursts_together() -> None:
    things, bursts, size, readers = collection(), 10, 20, 50
    last = bursts * size

    async def read() -> list[list[int]]:
        reader, got = things.subscribe(), []
        while reader.cursor < last:
            await reader.wait()
            got.append(revisions(reader.pending()))
        return got

    tasks = [asyncio.create_task(read()) for _ in range(readers)]
    await asyncio.sleep(0)
    for _ in range(bursts):
        for id_ in range(size):
            things.put(id_, Thing(id=id_))
        for _ in range(3):
            await asyncio.sleep(0)
    for got in await asyncio.wait_for(asyncio.gather(*tasks), 5):
        assert [revision for burst in got for revision in burst] == list(range(1, last + 1))
        assert len(got) == bursts
