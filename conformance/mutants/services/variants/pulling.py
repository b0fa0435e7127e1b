"""Legal variants of pulls and counts, and what the published service is known for there."""

from __future__ import annotations

import time
from collections.abc import Sequence

from conformance.mutants.services import straight, telling
from conformance.mutants.services.book import (
    EMPTY,
    Code,
    Collection,
    Commit,
    Record,
    Refuse,
    State,
    Totals,
)
from conformance.mutants.services.making import variant
from conformance.mutants.services.telling import Parts

UNSPECIFIED, REPLACE = 0, 4


def whole(mask: frozenset[str] | None) -> frozenset[str] | None:
    """Masks of pulls are ignored."""
    return None


def last_word(before: State) -> list[Parts]:
    """A pull shows the last state once more when its service is deleted."""
    return [{"service": before}]


def not_found(before: State) -> list[Parts]:
    """A deletion ends a pull as not found."""
    raise Refuse(Code.NOT_FOUND, "the service was deleted")


def unspecified(states: list[State]) -> list[Parts]:
    """What there is comes as changes of no kind."""
    return [{"type": UNSPECIFIED, "new_value": state} for state in states]


def replacing(states: list[State]) -> list[Parts]:
    """What there is replaces everything."""
    return [{"type": REPLACE, "new_value": state} for state in states]


def together(changes: list[Parts]) -> list[list[Parts]]:
    """Changes of one moment come in one message."""
    return [changes] if changes else []


def seen_only(updates_only: bool, seen: bool) -> bool:
    """The first update of a service that this pull has not told of has no old value."""
    return seen


def at_once(record: Record, now_ns: int) -> dict[str, object]:
    """A deletion is no stop that anybody sees."""
    return {}


def told_inactive(state: State) -> State:
    """The answer of a deletion tells the end all the same."""
    if not state["active"]:
        return straight.deleted(state)
    ended = {"active": False, "loading": False, "next_attempt_time": None}
    return straight.deleted({**state, **ended, "last_inactive_time": time.time_ns()})


def no_zeros(collection: Collection, states: Sequence[State]) -> Totals:
    """Types without services are not counted."""
    totals = straight.totals(collection, states)
    kept = {name: number for name, number in totals["type_counts"].items() if number}
    return {**totals, "type_counts": kept}


def replaces(collection: Collection, id_: str) -> None:
    """A create under an existing id replaces the service; nobody is told of its removal.

    Where a type has one service, its id is not asked for, and a second one is refused as ever.
    """
    if collection.ids == "kind":
        straight.check_new(collection, id_)
    replaced = collection.records.pop(id_, None)
    if replaced is not None:
        replaced.load += 1


def keeps_refused(collection: Collection, given: State) -> str:
    """A service of an unknown type is refused, and stays with an error all the same."""
    id_ = straight.new_id(collection, given)
    if given["type"] not in collection.types:
        error = {"error": f"no type {given['type']!r}", "last_error_time": 1}
        state = {**EMPTY, "id": id_, "type": given["type"], **error}
        collection.records[id_] = Record(state=state)
        raise Refuse(Code.INVALID_ARGUMENT, "unknown type")
    return id_


def ghost(collection: Collection, given: State) -> str:
    """A service of an unknown type is refused, but its addition was told."""
    id_ = straight.new_id(collection, given)
    if given["type"] not in collection.types and collection.log:
        last = collection.log[-1]
        state = {**EMPTY, "id": id_, "type": given["type"], "last_inactive_time": last.at_ns}
        told = Commit(id=id_, before=None, after=state, at_ns=last.at_ns, totals=last.totals)
        collection.log.append(told)
    return id_


def stale_one(before: State, after: State, id_: str, commit: Commit) -> list[Parts]:
    """The end of a quick load overtakes its begin."""
    changes = telling.one_update(before, after, id_, commit)
    overtaken = changes and before["loading"] and not after["loading"] and after["active"]
    return [{"service": after}, {"service": before}] if overtaken else changes


def drifting(last: Totals | None, totals: Totals) -> list[Parts]:
    """Changes are added up, and one too many is."""
    shown = {**totals, "total_active_count": totals["total_active_count"] + 1}
    return [{"metadata": shown}] if totals != last else []


def any_load(record: Record, load: int) -> bool:
    """The end of an earlier load counts for the present one, if there is one."""
    return record.load == load or bool(record.state["active"])


VARIANTS = (
    variant(
        "pull-ignores-mask",
        "Pulls of services ignore their mask.",
        "S17",
        {"stream_mask": whole},
        "SVC-PUL-007",
        "SVC-PLS-011",
        quirks=("pull-ignores-mask",),
    ),
    variant(
        "pull-last-word",
        "A deletion shows the last state.",
        "SVC-PUL-006",
        {"one_removed": last_word},
        "SVC-PUL-003",
        "SVC-PUL-006",
    ),
    variant(
        "pull-ends-not-found",
        "A deletion ends a pull as not found.",
        "S23",
        {"one_removed": not_found},
        "SVC-PUL-006",
    ),
    variant(
        "pulls-unspecified",
        "What there is comes as changes of no kind.",
        "SVC-PLS-001",
        {"all_first": unspecified},
        "SVC-PLS-001",
        "SVC-PLS-003",
        "SVC-PLS-006",
    ),
    variant(
        "pulls-replacing",
        "What there is comes in one message that replaces everything.",
        "SVC-PLS-001",
        {"all_first": replacing, "grouped": together},
        "SVC-PLS-001",
        "SVC-PLS-006",
    ),
    variant(
        "pulls-first-without-old",
        "The first update under updates_only has no old value.",
        "SVC-PLS-003",
        {"tells_old": seen_only},
        "SVC-PLS-003",
        "SVC-PLS-014",
        quirks=("first-update-without-old",),
    ),
    variant(
        "pulls-removal-alone",
        "The deletion of an active service is a removal alone.",
        "S19",
        {"removed": at_once, "deleted": told_inactive},
        "SVC-PLS-004",
        "SVC-PLS-008",
    ),
    variant(
        "pulls-reordered",
        "The last value of a pull may be an old one.",
        "SVC-PUL-004",
        {"one_update": stale_one},
        "SVC-PUL-003",
        "SVC-PUL-004",
        quirks=("stream-reorder",),
    ),
    variant(
        "pulls-ghost",
        "The addition of a service that was refused is told.",
        "SVC-CRE-008",
        {"new_id": ghost},
        "SVC-PLS-001",
        "SVC-PLS-006",
        quirks=("ghost-add",),
    ),
    variant(
        "create-replaces",
        "A create under an existing id replaces the service.",
        "S5",
        {"check_new": replaces},
        "SVC-CRE-006",
        "SVC-PLS-006",
        "SVC-CON-003",
        quirks=("create-replaces",),
    ),
    variant(
        "create-refused-stays",
        "A service that was refused stays, and is counted under its type.",
        "S6",
        {"new_id": keeps_refused},
        "SVC-CRE-008",
        "SVC-MET-002",
        "SVC-INV-003",
        quirks=("refused-create-keeps-record", "foreign-type-counts"),
    ),
    variant(
        "counts-without-zeros",
        "Types without services are not counted.",
        "S22",
        {"totals": no_zeros},
        "SVC-MET-002",
        "SVC-MET-003",
        "SVC-MET-007",
    ),
    variant(
        "counts-drift",
        "The counts of a pull go astray.",
        "S26",
        {"totals_change": drifting},
        "SVC-MET-010",
        quirks=("metadata-drift",),
    ),
    variant(
        "load-late-end-declared",
        "An earlier load ends a later one.",
        "SVC-CON-005",
        {"is_current": any_load},
        "SVC-CON-005",
        quirks=("late-load-end",),
    ),
)
