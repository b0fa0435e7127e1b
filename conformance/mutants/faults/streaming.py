"""Faults in streams of events."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.mutants import straight
from conformance.mutants.book import CREATED, DELETED, UPDATED, Book, Event, Subscriber
from conformance.mutants.change import Changes, Mutant
from conformance.oracles.model import DispatchView


def announcing(
    change: Callable[[int, DispatchView | None, DispatchView], Sequence[Event]],
) -> Changes:
    """Other events for a change."""
    return {"announce": lambda book, kind, before, after: change(kind, before, after)}


def without(kind: int) -> Changes:
    """Changes of one kind are not announced."""
    return announcing(lambda k, before, after: () if k == kind else ((k, after),))


def swapped_pairs(
    book: Book, kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """Every second update of a dispatch overtakes the one before."""
    held: dict[int, Event] = book.scratch.setdefault("held", {})
    if kind != UPDATED:
        first = held.pop(after.id, None)
        return ((kind, after),) if first is None else (first, (kind, after))
    if after.id in held:
        return ((kind, after), held.pop(after.id))
    held[after.id] = (kind, after)
    return ()


def others_overtake(
    book: Book, kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """An update waits until something happens to another dispatch."""
    held: dict[int, Event] = book.scratch.setdefault("held", {})
    late = [held.pop(id_) for id_ in list(held) if id_ != after.id or kind != UPDATED]
    if kind == UPDATED and after.id not in held:
        held[after.id] = (kind, after)
        return tuple(late)
    return ((kind, after), *late)


def first_subscriber_only(book: Book, subscriber: Subscriber, microgrid: int) -> bool:
    """Only the oldest stream of a microgrid is told."""
    streams = (s for s in book.subscribers if s.microgrid == microgrid)
    return next(streams, None) is subscriber


def not_the_third(book: Book, subscriber: Subscriber, microgrid: int) -> bool:
    """The third event of a stream is lost."""
    if microgrid != subscriber.microgrid:
        return False
    heard: dict[int, int] = book.scratch.setdefault("heard", {})
    heard[id(subscriber)] = heard.get(id(subscriber), 0) + 1
    return heard[id(subscriber)] != 3


def last_told(
    book: Book, kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """Keep what is announced."""
    book.scratch["told"] = after
    return ((kind, after),)


def first_is_a_creation(book: Book, subscriber: Subscriber, microgrid: int) -> bool:
    """The first event of a stream is told as a creation, whatever it is."""
    met: set[int] = book.scratch.setdefault("met", set())
    if microgrid != subscriber.microgrid or id(subscriber) in met:
        return microgrid == subscriber.microgrid
    met.add(id(subscriber))
    subscriber.events.put((CREATED, book.scratch["told"]))
    return False


def backlog_dropped(book: Book, subscriber: Subscriber, microgrid: int) -> bool:
    """What a reader has not taken yet is not more than eight events."""
    return microgrid == subscriber.microgrid and subscriber.events.qsize() < 8


def announced_at_start(
    book: Book, kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """A dispatch that starts soon is announced once more when it does."""
    ahead_us = after.start_us - straight.now_us(book)
    if kind == CREATED and ahead_us < 60_000_000:

        def announce() -> None:
            for subscriber in list(book.subscribers):
                subscriber.events.put((UPDATED, after))

        timer = threading.Timer(max(0.1, ahead_us / 1e6), announce)
        timer.daemon = True
        timer.start()
    return ((kind, after),)


def toggles_are_silent(
    kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """Switching a dispatch on or off is no event."""
    toggled = kind == UPDATED and before is not None and before.active != after.active
    return () if toggled else ((kind, after),)


def remembering(
    book: Book, kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """Keep the previous state of what is updated."""
    if kind == UPDATED and before is not None:
        book.scratch[f"stale {after.id}"] = (before, itertools.count())
    return ((kind, after),)


def stale(book: Book, microgrid: int, dispatch_id: int) -> DispatchView | None:
    """The first Get after an update still shows the state before."""
    before, reads = book.scratch.get(f"stale {dispatch_id}", (None, None))
    current = straight.find(book, microgrid, dispatch_id)
    if before is None or current is None or next(reads) > 0:
        return current
    return before if isinstance(before, DispatchView) else current


def shown_in_stream(change: Callable[[DispatchView], DispatchView]) -> Changes:
    """Events show something else than answers."""

    def shown(book: Book, view: DispatchView, where: str) -> DispatchView:
        return change(view) if where == "stream" else view

    return {"shown": shown}


def _mutant(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=kills)


MUTANTS = (
    _mutant("delete-silent", "Deletions emit no event.", without(DELETED), "DSP-STR-001"),
    _mutant("update-silent", "Updates emit no event.", without(UPDATED), "DSP-STR-001"),
    _mutant(
        "update-twice",
        "Updates emit two events.",
        announcing(lambda k, before, after: ((k, after),) * (2 if k == UPDATED else 1)),
        "DSP-STR-001",
    ),
    _mutant(
        "update-as-created",
        "Updates are announced as creations.",
        announcing(lambda k, before, after: ((CREATED if k == UPDATED else k, after),)),
        "DSP-STR-001",
    ),
    _mutant(
        "first-event-as-created",
        "The first event of a stream is told as a creation, whatever it is.",
        {"announce": last_told, "hears": first_is_a_creation},
        "DSP-STR-001",
    ),
    _mutant(
        "event-shows-old-state",
        "An update event shows the state before.",
        announcing(lambda k, before, after: ((k, before if k == UPDATED and before else after),)),
        "DSP-STR-002",
    ),
    _mutant(
        "event-lacks-end",
        "Events show no end times.",
        shown_in_stream(lambda view: replace(view, end_us=None)),
        "DSP-STR-002",
        "DSP-END-010",
    ),
    _mutant(
        "stream-leaks",
        "A stream shows the events of every microgrid.",
        {"hears": lambda book, subscriber, microgrid: True},
        "DSP-STR-003",
    ),
    _mutant(
        "updates-overtake",
        "Updates of a dispatch overtake each other.",
        {"announce": swapped_pairs},
        "DSP-STR-004",
    ),
    _mutant(
        "dispatches-overtake",
        "Updates of different dispatches overtake each other.",
        {"announce": others_overtake},
        "DSP-STR-005",
    ),
    _mutant(
        "one-subscriber",
        "Only the oldest of several streams receives events.",
        {"hears": first_subscriber_only},
        "DSP-STR-006",
    ),
    _mutant(
        "third-event-lost",
        "Of the events of a stream the third one is lost.",
        {"hears": not_the_third},
        "DSP-STR-015",
    ),
    _mutant(
        "backlog-dropped",
        "A reader who lags loses events and is not told.",
        {"hears": backlog_dropped},
        "DSP-STR-006",
    ),
    _mutant(
        "event-unspecified",
        "Updates are announced without a kind.",
        announcing(lambda k, before, after: ((0 if k == UPDATED else k, after),)),
        "DSP-STR-008",
    ),
    _mutant(
        "event-of-nothing",
        "Deletion events show an empty dispatch.",
        announcing(lambda k, b, after: ((k, DispatchView(id=0) if k == DELETED else after),)),
        "DSP-STR-008",
    ),
    _mutant(
        "idle-stream-ends",
        "A stream that is silent for two seconds is closed with OK.",
        {"patience_s": lambda book: 2.0},
        "DSP-STR-009",
    ),
    _mutant(
        "get-after-event-stale",
        "The first Get after an update shows the state before.",
        {"announce": remembering, "find": stale},
        "DSP-STR-011",
        "DSP-GET-001",
    ),
    _mutant(
        "starts-are-announced",
        "The start of an occurrence emits an event.",
        {"announce": announced_at_start},
        "DSP-STR-012",
    ),
    _mutant(
        "deletion-goes-back",
        "The update time of a deletion event is before that of the last update.",
        {"deleted": lambda before, at_us: replace(before, update_us=before.update_us - 1_000_000)},
        "DSP-STR-018",
    ),
    _mutant(
        "toggle-silent",
        "Switching a dispatch on or off emits no event.",
        announcing(toggles_are_silent),
        "DSP-STR-016",
    ),
)
