"""Faults in what holds throughout, and in what happens at one moment."""

from __future__ import annotations

import time
from typing import Any

from conformance.mutants.services import living, straight
from conformance.mutants.services.book import Code, Collection, Record, Refuse, State
from conformance.mutants.services.living import Changed
from conformance.mutants.services.making import fault

MOMENT_NS = 50_000_000
"""What happens within this time happens at once."""


def waits_inactive(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """What waits for its next attempt is not active."""
    return {**living.retrying(state, error, next_ns, now_ns), "active": False}


def uncounted(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """Attempts that fail are not counted."""
    return {**living.retrying(state, error, next_ns, now_ns), "failed_attempts": 0}


def started_never(state: State, now_ns: int) -> Changed:
    """A start leaves no time."""
    return {**living.started(state, now_ns), "last_active_time": None}


def forgets(state: State, now_ns: int) -> Changed:
    """A stop clears the time of the start."""
    return {**living.stopped(state, now_ns), "last_active_time": None}


def backwards(state: State, now_ns: int) -> Changed:
    """The time of a second load lies before that of the first."""
    begun = state["last_loading_start_time"]
    return {
        **living.loading(state, now_ns),
        "last_loading_start_time": begun - 1_000_000 if begun else now_ns,
    }


def untimed(state: State, now_ns: int) -> Changed:
    """A stop leaves no time."""
    changed = living.stopped(state, now_ns)
    return {**changed, "last_inactive_time": state["last_inactive_time"]}


def gone_away(method: str, request: Any) -> None:
    """A call without an id is not answered."""
    if method == "StopService" and not request.id:
        raise Refuse(Code.UNAVAILABLE, "connection reset")


def bare(state: State, allow: bool) -> bool:
    """A second start is an unknown error."""
    if state["active"] and not allow:
        raise Refuse(Code.UNKNOWN, "already started")
    return living.check_start(state, allow)


class Racing:
    """A start that comes with another one succeeds, too."""

    def __init__(self) -> None:
        self.last_ns = 0

    def started(self, state: State, now_ns: int) -> Changed:
        """Notes the moment."""
        self.last_ns = now_ns
        return living.started(state, now_ns)

    def check_start(self, state: State, allow: bool) -> bool:
        """Looks whether it is the same one."""
        began = state["last_active_time"]
        if state["active"] and state["loading"] and began == self.last_ns:
            return True
        return living.check_start(state, allow)


def keeps_attempt(state: State, now_ns: int) -> Changed:
    """A stop leaves the time of the next attempt, and counts attempts from 0."""
    return {**living.stopped(state, now_ns), "next_attempt_time": state["next_attempt_time"]}


def loses_others(collection: Collection, id_: str) -> None:
    """Of services created at one moment the last one stays."""
    straight.check_new(collection, id_)
    last = collection.log[-1] if collection.log else None
    if last is None or last.before is not None or last.id not in collection.records:
        return
    if time.time_ns() - last.at_ns < MOMENT_NS:
        del collection.records[last.id]


def any_load(record: Record, load: int) -> bool:
    """The end of an earlier load counts for the present one."""
    return True


RACING = Racing()

MUTANTS = (
    fault(
        "retry-inactive",
        "What waits for an attempt is not active.",
        {"retrying": waits_inactive},
        "SVC-INV-001",
    ),
    fault("retry-uncounted", "Attempts are not counted.", {"retrying": uncounted}, "SVC-INV-002"),
    fault(
        "stop-keeps-attempt",
        "A stop keeps the time of the next attempt.",
        {"stopped": keeps_attempt},
        "SVC-INV-002",
    ),
    fault("start-timeless", "A start leaves no time.", {"started": started_never}, "SVC-INV-003"),
    fault(
        "stop-forgets", "A stop clears the time of the start.", {"stopped": forgets}, "SVC-INV-004"
    ),
    fault("load-backwards", "A time goes backwards.", {"loading": backwards}, "SVC-INV-004"),
    fault("stop-timeless", "A stop leaves no time.", {"stopped": untimed}, "SVC-INV-005"),
    fault("stop-gone-away", "A call is not answered.", {"admits": gone_away}, "SVC-INV-006"),
    fault("start-bare", "A second start is unknown.", {"check_start": bare}, "SVC-INV-007"),
    fault(
        "start-races",
        "Starts at one moment succeed together.",
        {"started": RACING.started, "check_start": RACING.check_start},
        "SVC-CON-001",
    ),
    fault(
        "create-races",
        "Creates at one moment lose each other.",
        {"check_new": loses_others},
        "SVC-CON-002",
    ),
    fault(
        "load-late-end",
        "An earlier load ends a later one.",
        {"is_current": any_load},
        "SVC-CON-005",
    ),
)
