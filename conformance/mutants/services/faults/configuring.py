"""Faults in configuring services, in loads that fail, and in those that are tried again."""

from __future__ import annotations

import json
from typing import Any

from conformance.mutants.services import living
from conformance.mutants.services.book import Code, Record, Refuse, State
from conformance.mutants.services.making import fault
from conformance.mutants.services.wire import SECOND_NS

Changed = dict[str, Any]


def starts(state: State, text: str, now_ns: int) -> Changed:
    """A configuration makes its service active."""
    return {**living.configured(state, text, now_ns), "active": True, "last_active_time": now_ns}


def starts_again(state: State, text: str, now_ns: int) -> Changed:
    """A configuration makes a service active that has been active before."""
    again = state["active"] or state["last_active_time"] is not None
    return starts(state, text, now_ns) if again else living.configured(state, text, now_ns)


def keeps_old(state: State, text: str, now_ns: int) -> Changed:
    """An inactive service keeps its first configuration."""
    kept = state["config_raw"] or text
    changed = living.configured(state, text, now_ns)
    return changed if state["active"] else {**changed, "config_raw": kept}


def pauses(state: State, now_ns: int) -> Changed:
    """A load makes the service inactive until it ends."""
    return {**living.loading(state, now_ns), "active": False, "last_inactive_time": now_ns}


def resumes(state: State, now_ns: int) -> Changed:
    """The end of a load makes it active."""
    return {**living.succeeded(state, now_ns), "active": True, "last_active_time": now_ns}


def restarts(state: State, text: str, now_ns: int) -> Changed:
    """A configuration of an active service moves the time of becoming active."""
    changed = living.configured(state, text, now_ns)
    return {**changed, "last_active_time": now_ns} if state["active"] else changed


def same_is_nothing(state: State, text: str, now_ns: int) -> Changed:
    """The same configuration once more has no time."""
    changed = living.configured(state, text, now_ns)
    if text == state["config_raw"]:
        changed["last_config_time"] = state["last_config_time"]
    return changed


def swallowed(record: Record | None, refusal: Refuse, now_ns: int) -> Changed:
    """What cannot be parsed is accepted and has no effect."""
    return {}


def fails_it(record: Record | None, refusal: Refuse, now_ns: int) -> Changed:
    """What cannot be parsed is refused, but stops the service."""
    if record is not None:
        record.state = {**record.state, "active": False, "last_inactive_time": now_ns}
    raise refusal


def busy_not_found(state: State) -> None:
    """While it loads, a service cannot be found."""
    if state["loading"]:
        raise Refuse(Code.NOT_FOUND, "not there yet")


def ignored_while_loading(state: State, text: str, now_ns: int) -> Changed:
    """What comes while another configuration loads is accepted and forgotten."""
    kept = state["config_raw"] if state["loading"] else text
    return {**living.configured(state, text, now_ns), "config_raw": kept}


def any_time(state: State) -> None:
    """A configuration is accepted at any time."""


def renamed(state: State, text: str, now_ns: int) -> Changed:
    """A type in the text becomes that of the service."""
    type_ = json.loads(text or "{}").get("type", state["type"])
    return {**living.configured(state, text, now_ns), "type": type_}


def counts_configs(state: State, text: str, now_ns: int) -> Changed:
    """A configuration counts as a failed attempt."""
    count = state["failed_attempts"] + 1
    return {**living.configured(state, text, now_ns), "failed_attempts": count}


def tells_configs(state: State, text: str, now_ns: int) -> Changed:
    """A configuration is told as an error."""
    return {**living.configured(state, text, now_ns), "error": "not loaded yet"}


def empty_is_object(state: State, text: str, now_ns: int) -> Changed:
    """An empty configuration is shown as one that is not."""
    return living.configured(state, text or "{}", now_ns)


def runs_on(state: State, error: str, now_ns: int) -> Changed:
    """A load that failed leaves the service active."""
    return {**living.failed(state, error, now_ns), "active": state["active"]}


def without_error_time(state: State, error: str, now_ns: int) -> Changed:
    """A failure has no time."""
    before = state["last_error_time"]
    return {**living.failed(state, error, now_ns), "last_error_time": before}


def keeps_loading_time(state: State, error: str, now_ns: int) -> Changed:
    """A failure does not move the time of becoming inactive."""
    before = state["last_inactive_time"]
    return {**living.failed(state, error, now_ns), "last_inactive_time": before}


def uncounted(state: State, error: str, now_ns: int) -> Changed:
    """A failure is not counted."""
    return {**living.failed(state, error, now_ns), "failed_attempts": 0}


def clean_slate(state: State, now_ns: int) -> Changed:
    """A success forgets when the last error was."""
    return {**living.succeeded(state, now_ns), "last_error_time": None}


def due_at_once(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """The next attempt is told to be now."""
    return living.retrying(state, error, now_ns, now_ns)


def silent_count(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """Failed attempts are not counted."""
    return {**living.retrying(state, error, next_ns, now_ns), "failed_attempts": 0}


def not_loading(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """What waits for its next attempt is not loading."""
    return {**living.retrying(state, error, next_ns, now_ns), "loading": False}


def far_away(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """The next attempt is told to be in an hour."""
    return living.retrying(state, error, now_ns + 3600 * SECOND_NS, now_ns)


def told_late(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """The next attempt comes sooner than is told."""
    return living.retrying(state, error, now_ns + 2 * (next_ns - now_ns), now_ns)


def in_pairs(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """Each failed attempt counts as two."""
    count = state["failed_attempts"] + 2
    return {**living.retrying(state, error, next_ns, now_ns), "failed_attempts": count}


def only_one(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """All failed attempts count as one."""
    return {**living.retrying(state, error, next_ns, now_ns), "failed_attempts": 1}


def sooner(attempt: int) -> float:
    """Pauses shrink."""
    return 1.2 / attempt


def next_stays(state: State, now_ns: int) -> Changed:
    """A success leaves the time of the next attempt."""
    at = state["next_attempt_time"]
    return {**living.succeeded(state, now_ns), "next_attempt_time": at}


def loads_for_ever(state: State, now_ns: int) -> Changed:
    """A success after failures leaves the service loading."""
    return {**living.succeeded(state, now_ns), "loading": state["failed_attempts"] > 0}


def praised(state: State, now_ns: int) -> Changed:
    """A success after failures is told as an error."""
    text = "it works" if state["failed_attempts"] else ""
    return {**living.succeeded(state, now_ns), "error": text}


MUTANTS = (
    fault(
        "configure-starts",
        "A configuration starts its service.",
        {"configured": starts},
        "SVC-CFG-001",
    ),
    fault(
        "configure-starts-again",
        "A configuration starts a service that has run before.",
        {"configured": starts_again},
        "SVC-CFG-001",
    ),
    fault(
        "configure-keeps-old",
        "An inactive service keeps its first configuration.",
        {"configured": keeps_old},
        "SVC-CFG-001",
    ),
    fault(
        "configure-pauses",
        "A service is inactive while it loads.",
        {"loading": pauses, "succeeded": resumes},
        "SVC-CFG-002",
    ),
    fault(
        "configure-restarts",
        "A configuration of an active service moves the time of becoming active.",
        {"configured": restarts},
        "SVC-CFG-002",
    ),
    fault(
        "configure-same",
        "The same configuration once more has no time.",
        {"configured": same_is_nothing},
        "SVC-CFG-003",
    ),
    fault(
        "configure-swallows",
        "What cannot be parsed is accepted and has no effect.",
        {"bad_config": swallowed},
        "SVC-CFG-004",
        "SVC-CFG-005",
    ),
    fault(
        "configure-refused-stops",
        "A configuration that is refused stops the service.",
        {"bad_config": fails_it},
        "SVC-CFG-004",
    ),
    fault(
        "configure-busy-not-found",
        "A service that is loading is not found by Configure.",
        {"check_configure": busy_not_found},
        "SVC-CFG-006",
    ),
    fault(
        "configure-busy-forgets",
        "What comes while another configuration loads is accepted and forgotten.",
        {"check_configure": any_time, "configured": ignored_while_loading},
        "SVC-CFG-006",
    ),
    fault(
        "configure-renames",
        "A type in a configuration becomes that of the service.",
        {"configured": renamed},
        "SVC-CFG-007",
    ),
    fault(
        "configure-fails-active",
        "A load that failed leaves the service active.",
        {"failed": runs_on},
        "SVC-CFG-008",
        "SVC-ERR-001",
    ),
    fault(
        "configure-counts",
        "A configuration counts as a failed attempt.",
        {"configured": counts_configs},
        "SVC-CFG-009",
    ),
    fault(
        "configure-tells-error",
        "A configuration is told as an error of its own.",
        {"configured": tells_configs},
        "SVC-CFG-010",
    ),
    fault(
        "configure-empty-object",
        "An empty configuration is shown as one that is not.",
        {"configured": empty_is_object},
        "SVC-CFG-011",
    ),
    fault(
        "error-without-time",
        "A failure has no time.",
        {"failed": without_error_time},
        "SVC-ERR-001",
        "SVC-CFG-008",
    ),
    fault(
        "error-inactive-time",
        "A failure does not move the time of becoming inactive.",
        {"failed": keeps_loading_time},
        "SVC-ERR-001",
    ),
    fault("error-uncounted", "A failure is not counted.", {"failed": uncounted}, "SVC-ERR-002"),
    fault(
        "error-clean-slate",
        "A success forgets when the last error was.",
        {"succeeded": clean_slate},
        "SVC-ERR-003",
    ),
    fault(
        "retry-due-at-once",
        "The next attempt is told to be now.",
        {"retrying": due_at_once},
        "SVC-RTY-001",
    ),
    fault(
        "retry-silent-count",
        "Failed attempts are not counted until the last.",
        {"retrying": silent_count},
        "SVC-RTY-001",
        "SVC-RTY-004",
    ),
    fault(
        "retry-not-loading",
        "A service that waits for its next attempt is not loading.",
        {"retrying": not_loading},
        "SVC-RTY-002",
    ),
    fault("retry-sooner", "Pauses shrink.", {"delay_s": sooner}, "SVC-RTY-003"),
    fault(
        "retry-far-away",
        "The next attempt is told to be in an hour.",
        {"retrying": far_away},
        "SVC-RTY-003",
    ),
    fault(
        "retry-told-late",
        "Attempts come sooner than they are told.",
        {"retrying": told_late},
        "SVC-RTY-003",
    ),
    fault(
        "retry-in-pairs",
        "Each failed attempt counts as two.",
        {"retrying": in_pairs},
        "SVC-RTY-004",
    ),
    fault(
        "retry-only-one",
        "All failed attempts count as one.",
        {"retrying": only_one},
        "SVC-RTY-004",
    ),
    fault(
        "retry-next-stays",
        "A success leaves the time of the next attempt.",
        {"succeeded": next_stays},
        "SVC-RTY-005",
    ),
    fault(
        "retry-loads-for-ever",
        "A success after failures leaves the service loading.",
        {"succeeded": loads_for_ever},
        "SVC-RTY-005",
    ),
    fault(
        "retry-praised",
        "A success after failures is told as an error.",
        {"succeeded": praised},
        "SVC-RTY-006",
    ),
)
