"""The tolerant assembler goes on where the strict ones complain."""

from conformance.oracles.meta.assembly import Asked
from conformance.oracles.meta.model import Message
from conformance.oracles.meta.tolerant import Tolerant
from conformance.tests.oracles.meta.watching import (
    HARD,
    SOFT,
    added,
    change,
    chunk,
    closing,
    current,
    ids,
    removed,
    size,
)


def test_sizes_unknown_removals_and_other_kinds_are_taken_as_they_come():
    watch = Tolerant()
    watch.feed_all(
        [
            chunk(*current("a"), snapshot_size=0),
            closing(*added("b"), *removed("nobody"), snapshot_size=0),
            size(99),
            closing(change("modified", "a", "new"), token=""),
        ]
    )
    assert ids(watch.committed) == ["a", "b"]
    assert watch.committed[0]["title"] == "new"
    assert (watch.token, watch.phase, len(watch.emitted)) == ("T1", "live", 2)


def test_changes_inside_resets_are_kept():
    watch = Tolerant()
    watch.feed_all([closing(*current("a")), chunk(*removed("a")), SOFT, closing(*current("b"))])
    assert ids(watch.committed) == ["a", "b"]
    watch.feed_all([Message(hard_reset=True, changes=current("c")), closing(*current("d"))])
    assert ids(watch.committed) == ["c", "d"]


def test_streams_that_were_cut_lose_only_what_was_open():
    watch = Tolerant()
    watch.feed_all([closing(*current("a")), chunk(*current("gone"))])
    watch.open(Asked(resumed=True))
    watch.feed(closing(*current("b"), token="T2"))
    assert (ids(watch.committed), watch.token) == (["a", "b"], "T2")
    watch.feed_all([HARD, closing()])
    assert watch.committed == []


def test_indices_are_hints():
    watch = Tolerant(Asked(stateful=True))
    watch.feed(closing(*added("a", "b"), change("added", "c", at=9)))
    assert ids(watch.committed) == ["a", "b", "c"]
    watch.feed(closing(change("modified", "c", at=0, was=7), change("added", "a", at=-3)))
    assert ids(watch.committed) == ["a", "c", "b"]
