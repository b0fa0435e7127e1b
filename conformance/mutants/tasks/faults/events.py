"""Faults in the events that calls cause, and in the feed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import telling
from conformance.mutants.tasks.book import Book, Entry, Item
from conformance.mutants.tasks.making import RACE_S, crowded, fault
from conformance.oracles.tasks.model import Task

Told = Sequence[tuple[str, Item]]


def claims_untold(method: str, before: Item | None, after: Item) -> Told:
    """A claim causes no event."""
    return [] if method == "ClaimTask" else telling.tells(method, before, after)


def told_twice(method: str, before: Item | None, after: Item) -> Told:
    """A completion causes two events."""
    told = telling.tells(method, before, after)
    return [*told, *told] if method == "CompleteTask" else told


def updates_as_creations(method: str, before: Item | None, after: Item) -> Told:
    """An update is told as a creation."""
    return telling.tells("CreateType" if method == "UpdateType" else method, before, after)


def nothing_told(method: str, before: Item | None, after: Item) -> Told:
    """An update that changes nothing is told."""
    return [(telling.KINDS[method], after)]


def old_state(method: str, before: Item | None, after: Item) -> Told:
    """Events hold the resource as it was before."""
    told = telling.tells(method, before, after)
    return [(kind, before or item) for kind, item in told]


def bare(method: str, before: Item | None, after: Item) -> Told:
    """Events leave metadata out."""
    return [
        (kind, replace(item, metadata=None) if isinstance(item, Task) else item)
        for kind, item in telling.tells(method, before, after)
    ]


def half_done(
    book: Book, item: Item, told: Sequence[tuple[str, Item]], alive: Callable[[], bool]
) -> None:
    """A creation whose caller leaves stays without its event and its text."""
    if isinstance(item, Task) and item.state == "NEW":
        with book.news:
            book.tasks[item.name] = replace(item, description="")
        time.sleep(RACE_S)
        if not alive():
            return
    telling.commits(book, item, told, alive)


def held_back(book: Book, tenant: str, position: int) -> Sequence[Entry]:
    """Claims are told after what follows them."""
    found = list(telling.pending(book, tenant, position))
    if found and found[0].kind == "TaskClaimed":
        return found[1:2] and [replace(found[1], sequence=found[0].sequence),
                               replace(found[0], sequence=found[1].sequence)]  # fmt: skip
    return found[:1]


def all_tenants(book: Book, tenant: str, position: int) -> Sequence[Entry]:
    """A feed shows the events of other tenants, too."""
    own = list(telling.pending(book, tenant, position))
    others = [e for t, log in book.log.items() if t != tenant for e in log]
    return [*(replace(e, sequence=own[0].sequence) for e in others), *own] if own else []


def after_asked(book: Book, tenant: str, asked: int) -> int:
    """A feed begins behind the sequence asked for."""
    return telling.begins(book, tenant, asked) + (asked > 1)


def _fault(hook: str, change: Any, id_: str, sentence: str, *kills: str) -> Any:
    return fault(f"event-{id_}", sentence, {hook: change}, *kills)


MUTANTS = (
    _fault("tells", claims_untold, "claims", "A claim causes no event.", "EVT-001"),
    _fault("tells", told_twice, "twice", "A completion causes two events.", "EVT-001"),
    _fault("tells", updates_as_creations, "kinds", "An update is told as a creation.", "EVT-001"),
    _fault("tells", nothing_told, "no-change", "A change of nothing is told.", "EVT-002"),
    _fault("tells", old_state, "old", "Events hold what was before.", "EVT-003"),
    _fault("tells", bare, "bare", "Events leave metadata out.", "EVT-003"),
    _fault("pending", held_back, "swapped", "Claims are told late.", "EVT-004"),
    _fault("pending", all_tenants, "tenants", "A feed shows other tenants.", "EVT-005"),
    fault("create-half", "A creation that is cut short stays half done.",
          {"commits": half_done, "alone": crowded}, "ERR-005"),
    _fault("begins", after_asked, "gap", "A resumed feed skips an event.", "EVT-006"),
)  # fmt: skip
