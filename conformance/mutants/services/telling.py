"""What a correct services endpoint sends on its streams (seed 004).

A change is a pair: its parts by the names of the contract, and the time it tells. An empty list
sends nothing.
"""

from __future__ import annotations

from typing import Any

from conformance.mutants.services.book import Commit, State, Totals

Parts = dict[str, Any]
ADD, UPDATE, REMOVE = 1, 2, 3


def named(name: str) -> str:
    """The collection name in a change, from that of the request."""
    return name


def stamped(at_ns: int) -> int | None:
    """The time in a change."""
    return at_ns


def stream_mask(mask: frozenset[str] | None) -> frozenset[str] | None:
    """What a read mask leaves on a pull of services, None for everything."""
    return mask


def frees() -> bool:
    """Whether a pull ends that its caller has given up."""
    return True


def waits_for_readers() -> bool:
    """Whether a change waits until every pull has sent what came before."""
    return False


def one_first(state: State) -> list[Parts]:
    """How a pull of one service begins."""
    return [{"service": state}]


def one_update(before: State, after: State, id_: str, commit: Commit) -> list[Parts]:
    """A change on a pull of one service, masked already; `commit` may be about another one."""
    return [{"service": after}] if commit.id == id_ and before != after else []


def one_removed(before: State) -> list[Parts]:
    """What a pull says when its service is deleted."""
    return []


def one_ends() -> bool:
    """Whether a pull ends when its service is deleted."""
    return True


def all_first(states: list[State]) -> list[Parts]:
    """How a pull of a collection begins."""
    return [{"type": ADD, "new_value": state} for state in states]


def all_change(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """A change on a pull of a collection, masked already."""
    if before is None:
        return [{"type": ADD, "new_value": after}]
    if after is None:
        return [{"type": REMOVE, "old_value": before}]
    if before == after:
        return []
    return [{"type": UPDATE, "new_value": after, "old_value": before}]


def tells_old(updates_only: bool, seen: bool) -> bool:
    """Whether an update has its old value; `seen` is what this pull has told of before."""
    return True


def without_old(change: Parts) -> Parts:
    """An update without its old value; other changes as they are."""
    return {**change, "old_value": None} if change["type"] == UPDATE else change


def totals_first(totals: Totals) -> list[Parts]:
    """How a pull of the counts begins."""
    return [{"metadata": totals}]


def totals_change(last: Totals | None, totals: Totals) -> list[Parts]:
    """A change on a pull of the counts; `last` are the latest sent, None if none."""
    return [{"metadata": totals}] if totals != last else []


def grouped(changes: list[Parts]) -> list[list[Parts]]:
    """Changes as messages."""
    return [[change] for change in changes]


def wants_first(updates_only: bool, method: str) -> bool:
    """Whether a pull begins with what there is."""
    return not updates_only
