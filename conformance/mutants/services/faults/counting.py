"""Faults in the counts of a collection."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.mutants.services import straight
from conformance.mutants.services.book import Collection, State, Totals
from conformance.mutants.services.making import fault
from conformance.mutants.services.telling import Parts

BELOW = 2**32 - 1
"""What an unsigned count becomes below zero."""

States = Sequence[State]


def one_more(collection: Collection, states: States) -> Totals:
    """The total is too large by one."""
    return {**straight.totals(collection, states), "total_count": len(states) + 1}


def idle_total(collection: Collection, states: States) -> Totals:
    """What is active is not in the total."""
    idle = sum(not state["active"] for state in states)
    return {**straight.totals(collection, states), "total_count": idle}


def nameless(collection: Collection, states: States) -> Totals:
    """All services are counted as of one type."""
    return {**straight.totals(collection, states), "type_counts": {"service": len(states)}}


def loaded_only(collection: Collection, states: States) -> Totals:
    """What is loading is not counted as active."""
    active = sum(state["active"] and not state["loading"] for state in states)
    return {**straight.totals(collection, states), "total_active_count": active}


def ever_active(collection: Collection, states: States) -> Totals:
    """What has been active is counted as active."""
    active = sum(state["last_active_time"] is not None for state in states)
    return {**straight.totals(collection, states), "total_active_count": active}


def any_error(collection: Collection, states: States) -> Totals:
    """What is tried again is counted as an error."""
    errors = sum(bool(state["error"]) for state in states)
    return {**straight.totals(collection, states), "total_error_count": errors}


def no_errors(collection: Collection, states: States) -> Totals:
    """Errors are not counted."""
    return {**straight.totals(collection, states), "total_error_count": 0}


def stopped_errors(collection: Collection, states: States) -> Totals:
    """What was stopped is counted as an error."""
    errors = sum(not s["active"] and s["last_active_time"] is not None for s in states)
    return {**straight.totals(collection, states), "total_error_count": errors}


def below_zero(collection: Collection, states: States) -> Totals:
    """Where nothing is active one less is counted."""
    totals = straight.totals(collection, states)
    return {**totals, "total_active_count": totals["total_active_count"] or BELOW}


def whole_types(totals: Totals, mask: frozenset[str] | None) -> Totals:
    """The path of a type leaves nothing."""
    return straight.masked_totals(totals, mask and frozenset(p for p in mask if "." not in p))


def unmasked(totals: Totals, mask: frozenset[str] | None) -> Totals:
    """Masks of the counts are ignored."""
    return totals


def always(last: Totals | None, totals: Totals) -> list[Parts]:
    """Every change of a service tells the counts."""
    return [{"metadata": totals}]


def keeping(last: Totals | None, totals: Totals) -> list[Parts]:
    """Counts of fewer services are not told."""
    fewer = last is not None and totals["total_count"] < last["total_count"]
    return [{"metadata": totals}] if totals != last and not fewer else []


def growing(last: Totals | None, totals: Totals) -> list[Parts]:
    """Only growing counts are told."""
    less = last is not None and totals["total_active_count"] < last["total_active_count"]
    return [{"metadata": totals}] if totals != last and not less else []


MUTANTS = (
    fault("counts-one-more", "The total is too large.", {"totals": one_more}, "SVC-MET-001"),
    fault(
        "counts-idle",
        "The total lacks active services.",
        {"totals": idle_total},
        "SVC-MET-006",
    ),
    fault("counts-nameless", "All types are one.", {"totals": nameless}, "SVC-MET-002"),
    fault("counts-loaded", "What loads is not counted.", {"totals": loaded_only}, "SVC-MET-004"),
    fault(
        "counts-ever-active",
        "Stops move no count.",
        {"totals": ever_active},
        "SVC-MET-004",
        "SVC-MET-006",
    ),
    fault("counts-any-error", "Retries are errors.", {"totals": any_error}, "SVC-MET-005"),
    fault("counts-no-errors", "Errors are not counted.", {"totals": no_errors}, "SVC-MET-005"),
    fault("counts-stopped", "Stops are errors.", {"totals": stopped_errors}, "SVC-MET-005"),
    fault(
        "counts-whole-types",
        "A mask cannot name a type.",
        {"masked_totals": whole_types},
        "SVC-MET-007",
    ),
    fault("counts-unmasked", "Masks are ignored.", {"masked_totals": unmasked}, "SVC-MET-007"),
    fault(
        "counts-not-first",
        "A pull does not begin with the counts.",
        {"totals_first": lambda totals: []},
        "SVC-MET-008",
    ),
    fault("counts-again", "Counts are repeated.", {"totals_change": always}, "SVC-MET-009"),
    fault(
        "counts-keep-deleted",
        "A pull tells no deletions.",
        {"totals_change": keeping},
        "SVC-MET-010",
    ),
    fault("counts-growing", "A pull tells no stops.", {"totals_change": growing}, "SVC-MET-010"),
    fault("counts-below-zero", "Counts go below zero.", {"totals": below_zero}, "SVC-MET-011"),
)
