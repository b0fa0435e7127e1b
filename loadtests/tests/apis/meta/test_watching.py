from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from conformance.oracles.events import Code
from conformance.oracles.meta.model import KINDS, Message
from fixtures.contracts import load
from loadtests.apis.meta.desk import MetaDesk
from loadtests.apis.meta.watching import PROTO, MetaWatcher
from loadtests.apis.meta.wire import Delivery
from loadtests.course import Schedule
from loadtests.stats import Stats
from loadtests.tests.apis.meta.frames import Stand, api, authors, write
from loadtests.tests.apis.meta.registry import METHODS, NO_FAULT, Fault, Registry, View
from loadtests.watching import STUCK_US, Fleet


def fleet(scenario: str = "L-META-2", **options: Any) -> Fleet:
    stats = Stats()
    stats.measure(0, 1 << 60)
    made = api(scenario, **options)
    return Fleet(stats, made, is_alone=True, judges=made.context.options.verify != "off")


EMPTY = {
    f"List{kind.message}s": load("meta").methods(kind.service)[f"List{kind.message}s"].response()
    for kind in KINDS.values()
}


class Straight:
    """Calls that a registry answers at once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __call__(self, method: str, request: Any) -> Any:
        if method == "GetCapabilities":
            return type("Reply", (), {"capabilities": ["mutate"]})
        if method != "ListDeployments":
            return EMPTY[method]
        return METHODS[method].response(deployments=self.registry.listed(request))


def listing(made: Fleet, registry: Registry) -> Any:
    desk = made.api.desk(Straight(registry))  # type: ignore[arg-type]  # answers like a caller
    assert isinstance(desk, MetaDesk)
    return made.api.listing(desk.listing())


def codes(made: Fleet) -> Counter[str]:
    counts = made.stats.flush()["counts"]
    return Counter(
        {name.removeprefix("integrity."): n for name, n in counts.items() if "INT-" in name}
    )


def played(
    made: Fleet, *, count: int, steps: int, fault: Fault = NO_FAULT, writers: int = 8
) -> Stand:
    """Watchers that follow so many steps, each sent at once, and are settled at the end."""
    registry = Registry()
    stand = Stand(made, registry, count, fault)
    for step in write(registry, authors(made.api, writers), steps):  # type: ignore[arg-type]
        stand.written[step.scope] += 1
        stand.emit()
    made.settle(listing(made, registry), {}, stand.now_us + 2 * STUCK_US)
    return stand


@pytest.mark.parametrize(
    ("scenario", "streams", "steps"), [("L-META-2", 40, 400), ("L-META-3", 12, 120)]
)
def test_a_clean_run_raises_no_alarm(scenario: str, streams: int, steps: int) -> None:
    made = fleet(scenario, subscribers=streams)
    played(made, count=streams, steps=steps)
    assert made.changes > streams * steps / 4
    assert made.state()["live"] == streams
    assert codes(made) == {}


@pytest.mark.parametrize(
    ("scenario", "kind", "code"),
    [
        ("L-META-2", "skip", Code.GAP),
        ("L-META-2", "repeat", Code.DUP),
        ("L-META-2", "swap", Code.ORD),
        ("L-META-2", "misroute", Code.FOREIGN),
        ("L-META-3", "index", PROTO),
    ],
)
def test_each_fault_is_caught_as_its_own_code(scenario: str, kind: str, code: str) -> None:
    made = fleet(scenario, subscribers=10)
    stand = played(made, count=10, steps=300, fault=Fault(kind=kind, period=15))
    found = codes(made)
    assert stand.tampered >= 10
    assert found[code] >= (1 if kind == "skip" else stand.tampered)
    # What was lost, is foreign or stands elsewhere also differs from the list.
    also: set[str] = set() if kind == "repeat" else {Code.CONV}
    also |= {Code.GAP} if kind == "swap" else set()
    assert set(found) <= {code} | also


def test_one_fault_in_a_thousand_changes_is_enough() -> None:
    for kind, code in (("repeat", Code.DUP), ("misroute", Code.FOREIGN)):
        made = fleet(subscribers=2)
        stand = played(made, count=2, steps=2400, fault=Fault(kind=kind, period=1000))
        assert stand.tampered >= 2
        assert codes(made)[code] == stand.tampered


def watcher_of(stand: Stand, number: int = 0) -> MetaWatcher:
    found = stand.fleet.watchers[number]
    assert isinstance(found, MetaWatcher)
    return found


def test_changes_are_timed_from_their_due_time_and_removals_are_not() -> None:
    made = fleet(subscribers=2)
    played(made, count=2, steps=200)
    flushed = made.stats.flush()
    deliver = sum(n for _, n in flushed["distributions"]["deliver.meta_stateless"]["buckets"])
    assert 0 < deliver < flushed["counts"].get("changes", made.changes)
    assert {"open.meta_stateless", "sync.meta_stateless", "batch.meta_stateless"} <= set(
        flushed["distributions"]
    )


def test_a_watch_that_shows_all_knows_how_many_writes_it_saw() -> None:
    made = fleet(subscribers=2)
    stand = played(made, count=2, steps=200, writers=3)
    # A deletion is only counted with the write that follows it, one for each writer at most.
    assert stand.written[0] - 3 <= watcher_of(stand).seen <= stand.written[0]


def test_what_is_resumed_is_judged_from_its_token_on() -> None:
    made = fleet("L-META-4", subscribers=2)
    registry = Registry()
    stand = Stand(made, registry, 2)
    writers = authors(made.api, 4)  # type: ignore[arg-type]
    for _ in write(registry, writers, 50):
        stand.emit()
    made.cut(stand.now_us)
    for watcher in made.watchers:
        watcher.ended("CANCELLED", stand.now_us, is_ours=True)
        assert watcher.opens_again_us(stand.now_us) == stand.now_us
    list(write(registry, writers, 50))
    for watcher in made.watchers:
        request = watcher.request()
        assert 45 < int(request.resume_token) <= 50
        watcher.opening(stand.now_us)
        # Some of what it knows comes again, which is no fault.
        for message in View(registry, request, since=45).increments():
            stand.hand(watcher, message)
    made.settle(listing(made, registry), {}, stand.now_us + 2 * STUCK_US)
    flushed = made.stats.flush()
    assert not [name for name in flushed["counts"] if "INT-" in name]
    assert flushed["counts"]["resume.resumed"] == 2
    assert 1 <= flushed["counts"]["resume.replayed"] <= 5
    assert flushed["counts"].get("resume.hard", 0) == 0
    assert flushed["distributions"]["resume.meta_stateless"]["sum"] > 0


def cut(made: Fleet) -> tuple[Stand, MetaWatcher]:
    stand = Stand(made, Registry(), 1)
    list(write(stand.registry, authors(made.api, 1), 5))  # type: ignore[arg-type]
    stand.emit()
    made.cut(stand.now_us)
    return stand, watcher_of(stand)


def test_a_hard_reset_after_a_storm_is_counted_and_the_view_is_whole() -> None:
    made = fleet("L-META-4", subscribers=1)
    stand, watcher = cut(made)
    request = watcher.request()
    watcher.opening(stand.now_us)
    reset = Delivery(size=1, message=Message(hard_reset=True))
    watcher.take(reset, stand.now_us)
    for message in View(stand.registry, request).snapshot():
        stand.hand(watcher, message)
    made.settle(listing(made, stand.registry), {}, stand.now_us + 2 * STUCK_US)
    counts = made.stats.flush()["counts"]
    assert (counts["resume.hard"], counts["resume.resets"]) == (1, 1)
    assert not [name for name in counts if "INT-" in name]


def test_a_refused_token_leads_to_a_new_snapshot_and_other_ends_to_a_violation() -> None:
    made = fleet("L-META-4", subscribers=1)
    stand, watcher = cut(made)
    assert watcher.request().resume_token == "5"
    watcher.ended("OUT_OF_RANGE", stand.now_us, is_ours=False)
    assert watcher.opens_again_us(stand.now_us) is not None
    assert watcher.request().resume_token == ""
    watcher.ended("UNAVAILABLE", stand.now_us, is_ours=False)
    assert not watcher.has_ended
    watcher.ended("INTERNAL", stand.now_us, is_ours=False)
    assert watcher.opens_again_us(stand.now_us) is None
    assert codes(made) == {Code.FEED: 1}


def test_a_stalled_watch_may_be_ended_and_others_may_not() -> None:
    made = fleet("L-META-5", subscribers=2)
    stand = Stand(made, Registry(), 2)
    made.begin(
        {
            "measure_us": 0,
            "end_us": 9_000,
            "quiet_until_us": 3_000,
            "storms_us": [],
            "stall_us": [3_000, 5_000],
        }
    )
    stalled, other = (watcher_of(stand, number) for number in (0, 1))
    assert (stalled.course.nap_us(2_999), stalled.course.nap_us(3_500)) == (0, 1_500)
    assert (stalled.course.nap_us(3_600), other.course.nap_us(3_600)) == (0, 0)
    stalled.ended("RESOURCE_EXHAUSTED", stand.now_us, is_ours=False)
    assert codes(made) == {}
    other.ended("RESOURCE_EXHAUSTED", stand.now_us, is_ours=False)
    assert codes(made) == {Code.FEED: 1}


def test_a_snapshot_that_is_not_the_list_is_found_where_streams_begin_anew() -> None:
    made = fleet("L-META-1", subscribers=1, population=5)
    registry = Registry()
    list(write(registry, authors(made.api, 3), 9))  # type: ignore[arg-type]
    stand = Stand(made, registry, 1)
    assert watcher_of(stand).is_done
    made.settle(listing(made, registry), {}, stand.now_us + 2 * STUCK_US)
    assert codes(made) == {}
    registry.put(next(iter(registry.objects)), None)
    made.settle(listing(made, registry), {}, stand.now_us + 2 * STUCK_US)
    assert codes(made) == {Code.CONV: 1, Code.GAP: 1}


def test_sizes_are_only_judged_where_the_published_client_needs_them() -> None:
    for profile, found in (("sdk", {PROTO: 1}), ("doc", {})):
        made = fleet(subscribers=1)
        target = made.api.target
        meta = target.meta.model_copy(update={"profile": profile})
        made.api.target = target.model_copy(update={"meta": meta})
        watcher = made.join(0)
        watcher.request()
        sized = Message(is_current=True, resume_token="1", snapshot_size=0)
        watcher.take(Delivery(size=1, message=sized), 1)
        assert codes(made) == found


def test_without_a_hook_only_the_rules_and_the_list_are_judged() -> None:
    made = fleet(is_hooked=False, subscribers=4)
    watcher = made.join(0)
    assert isinstance(watcher, MetaWatcher)
    request = watcher.request()
    assert (request.parent, watcher.query.kind) == ("regions/-", "deployments")
    registry = Registry()
    list(write(registry, authors(api(), 2), 9))
    for message in View(registry, request).snapshot():
        watcher.take(watcher.route.decode(message), 1)
    shown = [[name, -1, "x"] for name in registry.objects]
    other = {watcher.query.key: shown}
    assert made.outstanding(made.api.listing(other)) == len(registry.objects)
    # It has agreed once, so it does not matter what others write from then on.
    assert made.outstanding(listing(made, registry)) == 0
    assert made.settle(made.api.listing(other), {}, 2 * STUCK_US) == []
    assert codes(made) == {}


def test_what_cannot_be_decoded_breaks_the_feed() -> None:
    made = fleet(subscribers=1)
    watcher = made.join(0)
    watcher.take(watcher.route.decode(b"\xff\xff\xff"), 5)
    assert codes(made) == {Code.FEED: 1}


def test_without_verification_messages_are_counted_and_streams_become_live() -> None:
    made = fleet(subscribers=4, verify="off")
    registry = Registry()
    stand = Stand(made, registry, 4)
    for _ in write(registry, authors(made.api, 2), 40):  # type: ignore[arg-type]
        stand.emit()
    assert made.changes >= 40
    assert made.state()["live"] == 4
    assert made.settle(listing(made, registry), {}, 2 * STUCK_US) == []
    assert codes(made) == {}


def test_with_marks_only_digests_are_not_compared() -> None:
    made = fleet(subscribers=10, verify="marks")
    played(made, count=10, steps=200)
    assert codes(made) == {}


def test_a_watch_that_is_still_busy_lags() -> None:
    made = fleet(subscribers=1)
    stand = Stand(made, Registry(), 1)
    list(write(stand.registry, authors(made.api, 1), 3))  # type: ignore[arg-type]
    lagging = made.settle(listing(made, stand.registry), {}, stand.now_us)
    assert lagging == [{"stream": made.watchers[0].name, "distance": 1}]
    assert codes(made) == {}


def test_the_schedule_reaches_streams_that_join_late() -> None:
    made = fleet("L-META-5", subscribers=1)
    made.schedule = Schedule(end_us=9, stall_us=(1, 5))
    assert made.join(0).course.nap_us(2) == 3


def test_violations_are_kept_with_what_came_before() -> None:
    made = fleet(subscribers=2)
    played(made, count=2, steps=300, fault=Fault(kind="repeat", period=20))
    kept = made.saved[0]
    assert kept["scope"] in (0, 1)
    assert kept["last"][-1]["changes"] == 2
