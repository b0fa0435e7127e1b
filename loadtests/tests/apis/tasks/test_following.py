from __future__ import annotations

from typing import Any

import pytest

from loadtests.apis.tasks.following import WIDEST_GAP, FeedWatcher
from loadtests.tests.apis.tasks.frames import Stand, api
from loadtests.tests.apis.tasks.ledger import EVENT


@pytest.mark.parametrize("verify", ["full", "marks", "off"])
def test_a_clean_run_raises_no_alarm(verify: str) -> None:
    stand = Stand(api(verify=verify), 12)
    stand.write(200)
    stand.close()
    assert stand.fleet.state() == {"watchers": 12, "live": 12, "reached": 12, "ended": 0}
    assert stand.fleet.changes > 900
    assert stand.codes() == {}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("skip", "INT-GAP"),
        ("repeat", "INT-DUP"),
        ("swap", "INT-ORD"),
        ("misroute", "INT-FOREIGN"),
    ],
)
def test_every_fault_of_a_feed_is_its_own_code(kind: str, code: str) -> None:
    stand = Stand(api(), 6, kind, 40)
    stand.write(400)
    stand.close()
    assert stand.tampered >= 10
    found = stand.codes()
    assert found[code] >= stand.tampered // 2
    assert set(found) <= {code, "INT-CONV"}


def test_a_feed_that_was_cut_goes_on_with_its_last_number() -> None:
    stand = Stand(api(), 6)
    stand.write(30)
    for watcher in stand.fleet.cut(stand.now_us, 1):
        watcher.ended("CANCELLED", stand.now_us, is_ours=True)
        del stand.views[watcher]
    (cut,) = [watcher for watcher in stand.fleet.watchers if watcher.cut_us]
    assert cut is stand.fleet.watchers[1]
    stand.write(30, writers=8)
    assert cut.opens_again_us(stand.now_us + 5) is not None
    stand.open(cut)
    stand.write(9, writers=9)
    stand.close()
    flushed = stand.fleet.stats.flush()
    assert not [name for name in flushed["counts"] if "INT-" in name]
    assert flushed["counts"]["resume.resumed"] == flushed["counts"]["resume.replayed"] == 1
    assert flushed["distributions"]["resume.tasks"]["sum"] > 0


def test_what_still_comes_after_a_cut_is_no_sign_of_a_return() -> None:
    stand = Stand(api(), 1)
    (watcher,) = stand.fleet.watchers
    stand.write(12)
    stand.fleet.cut(stand.now_us + 1)
    stand.write(2)
    watcher.ended("CANCELLED", stand.now_us, is_ours=True)
    assert watcher.opens_again_us(stand.now_us) == stand.now_us
    stand.open(watcher)
    stand.close()
    counts = stand.fleet.stats.flush()["counts"]
    assert counts["resume.resumed"] == counts["resume.replayed"] == 1
    assert not [name for name in counts if "INT-" in name]


def test_what_is_lost_across_a_resume_is_a_gap() -> None:
    stand = Stand(api(), 2)
    watcher = stand.fleet.watchers[0]
    assert isinstance(watcher, FeedWatcher)
    stand.write(12)
    stand.fleet.cut(stand.now_us, 0)
    watcher.ended("CANCELLED", stand.now_us, is_ours=True)
    stand.open(watcher)
    stand.emit()
    del stand.views[watcher]
    before = len(stand.ledger.log["t1"])
    stand.write(24)
    stand.fleet.cut(stand.now_us, 0)
    watcher.ended("CANCELLED", stand.now_us, is_ours=True)
    stand.open(watcher)
    # The last event comes again, as asked; of what follows three are left out.
    stand.hand(watcher, next(stand.views[watcher].pending()))
    stand.views[watcher]._at = before + 3
    stand.close()
    assert stand.codes()["INT-GAP"] >= 1
    assert set(stand.codes()) <= {"INT-GAP", "INT-CONV"}


def test_only_the_last_event_may_come_again_after_a_resume() -> None:
    stand = Stand(api(), 1)
    (watcher,) = stand.fleet.watchers
    stand.write(12)
    stand.fleet.cut(stand.now_us)
    watcher.ended("CANCELLED", stand.now_us, is_ours=True)
    stand.open(watcher)
    stand.views[watcher]._at -= 2
    stand.emit()
    # It begins two events too early.
    assert stand.codes()["INT-DUP"] >= 2


def test_a_feed_that_is_too_slow_resumes_and_other_ends_break_it() -> None:
    stand = Stand(api(), 2)
    first, second = stand.fleet.watchers
    first.ended("RESOURCE_EXHAUSTED", 9, is_ours=False)
    assert first.opens_again_us(10) is not None
    second.ended("OUT_OF_RANGE", 9, is_ours=False)
    assert second.opens_again_us(10) is None
    assert stand.codes() == {"INT-FEED": 1}


def test_what_was_not_asked_for_is_foreign() -> None:
    stand = Stand(api(), 6)
    stand.write(6)
    watcher = stand.fleet.watchers[4]  # only what is created
    claimed = next(e for e in stand.ledger.log["t1"] if e.type.endswith("TaskClaimed"))
    stand.hand(watcher, claimed.SerializeToString())
    assert stand.codes() == {"INT-FOREIGN": 1}


def test_numbers_far_ahead_are_one_gap() -> None:
    stand = Stand(api(), 1)
    (watcher,) = stand.fleet.watchers
    event: Any = EVENT()
    event.CopyFrom(stand.ledger.log["t1"][-1])
    event.id = str(WIDEST_GAP + 50)
    event.type = "enpowerx.tasks.v3.TypeUpdated"
    stand.hand(watcher, event.SerializeToString())
    assert stand.codes() == {"INT-GAP": 1}


@pytest.mark.parametrize("message", [b"\xff\xff", b"", EVENT(id="x1").SerializeToString()])
def test_what_is_no_event_breaks_the_feed(message: bytes) -> None:
    stand = Stand(api(), 1)
    stand.hand(stand.fleet.watchers[0], message)
    assert stand.codes() == {"INT-FEED": 1}


def test_creations_are_timed_and_all_events_are_counted() -> None:
    stand = Stand(api(), 2)
    stand.write(90, writers=2)
    flushed = stand.fleet.stats.flush()
    timed = sum(n for _, n in flushed["distributions"]["deliver.tasks"]["buckets"])
    assert timed == 30
    assert sum(watcher.seen for watcher in stand.fleet.watchers) == 90
