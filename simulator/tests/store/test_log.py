import pytest

from simulator.store import Change, FellBehind, Kind
from simulator.store.log import ChangeLog


def log(revisions: int, *, size: int = 100, max_bytes: int = 10_000) -> ChangeLog[str]:
    """Return a log of changes that weigh ten bytes each."""
    made: ChangeLog[str] = ChangeLog(size=size, max_bytes=max_bytes)
    for _ in range(revisions):
        extend(made)
        made.publish()
    return made


def extend(made: ChangeLog[str], weight: int = 10) -> None:
    revision = made.newest + 1
    change = Change(
        revision=revision,
        batch=revision,
        kind=Kind.CREATED,
        key=revision,
        before=None,
        after="",
        item=b"." * (weight // 2),
        frame=b"." * (weight - weight // 2),
    )
    made.append(change)


def revisions(changes: list[Change[str]]) -> list[int]:
    return [change.revision for change in changes]


def test_since_returns_what_follows() -> None:
    assert revisions(log(5).since(2)) == [3, 4, 5]
    assert revisions(log(5).since(2, limit=2)) == [3, 4]
    assert revisions(log(5).since(5)) == []
    assert revisions(log(0).since(0)) == []


def test_the_count_is_bounded() -> None:
    ring = log(25, size=10)
    assert (len(ring), ring.oldest, ring.newest) == (10, 15, 25)
    assert revisions(ring.since(15)) == list(range(16, 26))


def test_the_bytes_are_bounded() -> None:
    ring = log(25, max_bytes=49)
    assert revisions(ring.since(ring.oldest)) == [22, 23, 24, 25]


def test_the_bytes_may_reach_their_bound() -> None:
    assert len(log(25, max_bytes=50)) == 5


def test_the_newest_change_is_kept_however_large() -> None:
    ring = log(3, max_bytes=50)
    extend(ring, weight=1000)
    ring.publish()
    assert revisions(ring.since(3)) == [4]
    extend(ring)
    assert (ring.oldest, ring.newest) == (4, 5)


@pytest.mark.parametrize("revision", [-1, 0, 14, 26, 1000])
def test_whoever_is_not_on_the_ring_fell_behind(revision: int) -> None:
    with pytest.raises(FellBehind, match=f"after revision {revision}: .* from 15 to 25") as caught:
        log(25, size=10).since(revision)
    assert (caught.value.revision, caught.value.oldest, caught.value.newest) == (revision, 15, 25)


def test_appended_changes_are_read_once_published() -> None:
    ring = log(2)
    extend(ring)
    extend(ring)
    assert revisions(ring.since(0)) == [1, 2]
    assert revisions(ring.since(3)) == []
    ring.publish()
    assert revisions(ring.since(0)) == [1, 2, 3, 4]


@pytest.mark.parametrize("bounds", [{"size": 0}, {"max_bytes": 0}])
def test_bounds_are_positive(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"at least 1, not 0"):
        log(0, **bounds)
