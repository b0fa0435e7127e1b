from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from conformance.oracles.events import Code, Kind, Listed
from loadtests import marks
from loadtests.apis.dispatch.watching import listing_from_json, listing_to_json
from loadtests.apis.dispatch.wire import Decoder, Delivery, Wire
from loadtests.marks import Mark
from loadtests.stats import Stats
from loadtests.tests.apis.dispatch.frames import GRIDS, RUN, Backend, api, authors, written
from loadtests.watching import (
    SAVED_VIOLATIONS,
    STUCK_US,
    Fleet,
    Watcher,
)

WIRE = Wire()
LATER = STUCK_US * 2


def fleet(width: int, *, verify: str = "full") -> Fleet:
    """A fleet of that many watchers on each microgrid, all live, everything measured."""
    stats = Stats()
    stats.measure(0, 1 << 60)
    made = Fleet(stats, api(verify), is_alone=True, judges=verify != "off")
    for number in range(width * len(GRIDS)):
        watcher = made.join(number)
        watcher.opening(0)
        watcher.take(sentinel(watcher.scope, 0, marks.OPEN, verify=verify), 1)
    return made


def sentinel(grid: int, number: int, role: str, *, verify: str = "full") -> Delivery:
    mark = Mark(
        run=RUN,
        scope=grid,
        writer=marks.SENTINEL_WRITER,
        object=0,
        number=number,
        due_us=0,
        role=role,
    )
    request = WIRE.create(mark, duration_s=0)
    backend = Backend(WIRE)
    shown = WIRE.contract.message("frequenz.api.dispatch.v1.Dispatch")(data=request.dispatch_data)
    shown.metadata.dispatch_id = 1_000_000 + grid  # type: ignore[attr-defined]
    data = backend.frame(2 if number else 1, shown)
    return Decoder(WIRE, RUN, verify=verify)(data)


def play(made: Fleet, frames: Iterable[tuple[int, bytes]], *, verify: str = "full") -> None:
    decoder = Decoder(WIRE, RUN, verify=verify)
    by_grid: dict[int, list[Watcher]] = {grid: [] for grid in GRIDS}
    for watcher in made.watchers:
        by_grid[watcher.scope].append(watcher)
    for at, (grid, data) in enumerate(frames, 10):
        for watcher in by_grid[grid]:
            watcher.take(decoder(data), at)


def codes(made: Fleet) -> Counter[str]:
    counts = made.stats.flush()["counts"]
    return Counter(
        {name.removeprefix("integrity."): n for name, n in counts.items() if "INT-" in name}
    )


def listing_with_sentinels(backend: Backend) -> dict[int, dict[int, Listed]]:
    listing = backend.listing()
    for grid in GRIDS:
        event = sentinel(grid, 0, marks.OPEN).event
        assert event is not None
        assert event.mark is not None
        listing[grid][1_000_000 + grid] = Listed(number=0, state=event.state)
    return listing


def test_a_hundred_thousand_clean_deliveries_raise_no_alarm() -> None:
    backend, made = Backend(WIRE), fleet(100)
    play(made, written(backend, authors(WIRE, 8), 1000))
    made.settle(listing_with_sentinels(backend), {}, LATER)
    assert sum(watcher.seen for watcher in made.watchers) == 100_000
    assert codes(made) == {}


def faulty(kind: str, period: int) -> tuple[Counter[str], int]:
    """Codes found on one stream when one event in `period` is tampered with; how many were."""
    backend, made = Backend(WIRE), fleet(1)
    frames = [f for f in written(backend, authors(WIRE, 4), 2000) if f[0] == GRIDS[0]]
    sent: list[tuple[int, bytes]] = []
    tampered = 0
    for number, (grid, data) in enumerate(frames):
        if number % period != period - 1:
            sent.append((grid, data))
            continue
        tampered += 1
        if kind == "repeat":
            sent += [(grid, data), (grid, data)]
        elif kind == "misroute":
            sent += [(grid, data), (GRIDS[1], data)]
    # What the second microgrid's writers did arrives there untouched.
    backend_frames = [f for f in written(Backend(WIRE), authors(WIRE, 4), 2000) if f[0] == GRIDS[1]]
    play(made, [*sent, *backend_frames])
    made.settle(listing_with_sentinels(backend), {}, LATER)
    return codes(made), tampered


@pytest.mark.parametrize(
    ("kind", "code"),
    [("skip", Code.GAP), ("repeat", Code.DUP), ("misroute", Code.FOREIGN)],
)
def test_each_fault_in_a_hundred_events_is_caught_as_its_own_code(kind: str, code: Code) -> None:
    found, tampered = faulty(kind, 100)
    assert tampered >= 9
    assert found[code] == tampered
    # A skipped deletion also leaves the fold different from the listing; nothing else is blamed.
    assert set(found) <= {code, Code.CONV} if kind == "skip" else set(found) == {code}


def test_swapped_events_of_a_dispatch_are_caught_as_lost_order() -> None:
    backend, made = Backend(WIRE), fleet(1)
    frames = list(written(backend, authors(WIRE, 1), 200))
    swapped = [*frames[:50], frames[51], frames[50], *frames[52:]]
    assert frames[50][0] == frames[51][0]
    play(made, swapped)
    made.settle(listing_with_sentinels(backend), {}, LATER)
    assert set(codes(made)) == {Code.ORD}


def test_only_the_first_violations_of_a_code_are_kept_with_what_came_before() -> None:
    backend, made = Backend(WIRE), fleet(1)
    frames = list(written(backend, authors(WIRE, 2), 100))
    play(made, [frame for frame in frames for _ in range(2)])
    kept = [saved for saved in made.saved if saved["code"] == Code.DUP]
    assert len(kept) == SAVED_VIOLATIONS
    assert kept[3]["last"][-1]["key"]
    assert codes(made)[Code.DUP] == 100


def test_latency_counts_from_the_due_time_and_not_for_deletions() -> None:
    backend, made = Backend(WIRE), fleet(1)
    frames = list(written(backend, authors(WIRE, 1), 300))
    events = [Decoder(WIRE, RUN)(data).event for _, data in frames]
    deletions = sum(1 for event in events if event is not None and event.kind == Kind.DELETED)
    play(made, frames)
    deliver = made.stats.flush()["distributions"]["deliver.dispatch"]
    assert deletions > 20
    assert sum(times for _, times in deliver["buckets"]) == 300 - deletions
    assert deliver["max"] == 10


def test_what_is_due_in_the_quiet_part_is_told_apart() -> None:
    backend, made = Backend(WIRE), fleet(1)
    made.quiet_until_us = 150
    play(made, written(backend, authors(WIRE, 1), 300))
    found = made.stats.flush()["distributions"]
    assert found["deliver.dispatch.quiet"]["sum"]
    assert found["deliver.dispatch"]["sum"]


def test_the_spread_is_taken_when_the_last_subscriber_has_the_change() -> None:
    backend, made = Backend(WIRE), fleet(3)
    decoder = Decoder(WIRE, RUN)
    ((grid, data),) = written(backend, authors(WIRE, 1), 1)
    for at, watcher in enumerate(w for w in made.watchers if w.scope == grid):
        watcher.take(decoder(data), 100 + at)
    assert made.stats.flush()["distributions"]["spread.dispatch"]["max"] == 2


def test_a_stream_that_is_still_busy_lags_and_a_silent_one_has_lost() -> None:
    backend, made = Backend(WIRE), fleet(1)
    frames = list(written(backend, authors(WIRE, 1), 10))
    grid = frames[0][0]
    seen = sum(1 for other, _ in frames[:4] if other == grid)
    play(made, frames[:4])
    busy_us = 20
    lagging = made.settle(listing_with_sentinels(backend), {grid: 10}, busy_us)
    assert {"stream": "stream 0", "distance": 10 - seen} in lagging
    assert codes(made) == {}
    assert made.settle(listing_with_sentinels(backend), {grid: 10}, LATER) == []
    assert Code.GAP in codes(made)


def test_the_closing_sentinel_is_reached() -> None:
    made = fleet(1)
    for watcher in made.watchers:
        watcher.take(sentinel(watcher.scope, 1, marks.CLOSE), 5)
    assert made.state() == {"watchers": 2, "live": 2, "reached": 2, "ended": 0}


def test_an_end_that_is_not_ours_breaks_the_feed() -> None:
    made = fleet(1)
    made.watchers[0].ended("OK", 5, is_ours=False)
    made.watchers[1].ended("CANCELLED", 5, is_ours=True)
    assert codes(made) == {Code.FEED: 1}
    assert made.state()["ended"] == 1


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"", b"\x10\x01"])
def test_what_is_no_event_breaks_the_feed(data: bytes) -> None:
    made = fleet(1)
    made.watchers[0].take(Decoder(WIRE, RUN)(data), 5)
    assert codes(made) == {Code.FEED: 1}


def test_without_verification_messages_are_counted_and_barriers_still_work() -> None:
    backend, made = Backend(WIRE), fleet(2, verify="off")
    play(made, written(backend, authors(WIRE, 2), 50), verify="off")
    assert made.state()["live"] == 4
    assert sum(watcher.seen for watcher in made.watchers) == 100
    assert made.settle(backend.listing(), {}, LATER) == []
    assert codes(made) == {}


def test_with_marks_only_states_are_not_compared() -> None:
    backend, made = Backend(WIRE), fleet(1, verify="marks")
    play(made, written(backend, authors(WIRE, 2), 50), verify="marks")
    listing = {
        grid: {key: Listed(number=seen.number) for key, seen in shown.items()}
        for grid, shown in listing_with_sentinels(backend).items()
    }
    made.settle(listing, {}, LATER)
    assert codes(made) == {}


def test_a_listing_survives_the_way_to_another_process() -> None:
    backend = Backend(WIRE)
    list(written(backend, authors(WIRE, 2), 50))
    assert listing_from_json(listing_to_json(backend.listing())) == backend.listing()
