"""Faults in starting and stopping services."""

from __future__ import annotations

from typing import Any

from conformance.mutants.services import living, straight
from conformance.mutants.services.book import Code, Collection, Record, Refuse, State
from conformance.mutants.services.making import fault

Changed = dict[str, Any]


def stays_inactive(state: State, now_ns: int) -> Changed:
    """A start does not make it active."""
    return {**living.started(state, now_ns), "active": False}


def always_allowed(state: State, allow: bool) -> bool:
    """A start of what is active is accepted, whatever the caller allows."""
    return living.check_start(state, allow=True)


def exists_already(state: State, allow: bool) -> bool:
    """A start of what is active is refused with another status."""
    if state["active"] and not allow:
        raise Refuse(Code.ALREADY_EXISTS, "already started")
    return living.check_start(state, allow)


def starts_again(state: State, allow: bool) -> bool:
    """A start that is allowed for what is active starts it again."""
    living.check_start(state, allow)
    return True


def loading_may_start(state: State, allow: bool) -> bool:
    """What loads may be started again."""
    return state["loading"] or living.check_start(state, allow)


def once_only(state: State, allow: bool) -> bool:
    """What was started and stopped cannot be started again."""
    if not state["active"] and state["last_active_time"] is not None and not state["error"]:
        raise Refuse(Code.FAILED_PRECONDITION, "worn out")
    return living.check_start(state, allow)


def old_time(state: State, now_ns: int) -> Changed:
    """Only the first start has a time."""
    first = state["last_active_time"] or now_ns
    return {**living.started(state, now_ns), "last_active_time": first}


def both_times(state: State, now_ns: int) -> Changed:
    """A start moves the time of becoming inactive, too."""
    return {**living.started(state, now_ns), "last_inactive_time": now_ns - 1}


def error_stays(state: State, now_ns: int) -> Changed:
    """A start keeps the error."""
    return {"active": True, "last_active_time": now_ns}


def load_keeps_error(state: State, now_ns: int) -> Changed:
    """A load that succeeds keeps the error."""
    return {**living.succeeded(state, now_ns), "error": state["error"]}


def config_keeps_error(state: State, text: str, now_ns: int) -> Changed:
    """A configuration keeps the error."""
    return {**living.configured(state, text, now_ns), "error": state["error"]}


def stop_always_allowed(state: State, allow: bool) -> bool:
    """A stop of what is inactive is accepted, whatever the caller allows."""
    return living.check_stop(state, allow=True)


def failed_may_stop(state: State, allow: bool) -> bool:
    """A stop of what failed is accepted."""
    return living.check_stop(state, allow or bool(state["error"]))


def stops_again(state: State, allow: bool) -> bool:
    """A stop that is allowed for what is inactive stops it again."""
    living.check_stop(state, allow)
    return True


def still_active(state: State, now_ns: int) -> Changed:
    """A stop tells its time and nothing else."""
    return {**living.stopped(state, now_ns), "active": state["active"]}


def without_time(state: State, now_ns: int) -> Changed:
    """A stop has no time."""
    before = state["last_inactive_time"]
    return {**living.stopped(state, now_ns), "last_inactive_time": before}


def forgets_config(state: State, now_ns: int) -> Changed:
    """A stop empties the configuration."""
    return {**living.stopped(state, now_ns), "config_raw": ""}


def goes_on(record: Record) -> bool:
    """A stop does not end a load, nor attempts to come."""
    return False


def revived(state: State, now_ns: int) -> Changed:
    """The end of a load makes it active, whatever happened meanwhile."""
    return {**living.succeeded(state, now_ns), "active": True}


def absorbed(record: Record | None, refusal: Refuse, now_ns: int) -> Changed:
    """A first configuration that cannot be parsed makes an error, and nothing else."""
    if record is not None and record.config is not None:
        raise refusal
    return {"error": str(refusal), "last_error_time": now_ns}


def absent_precondition(collection: Collection, id_: str) -> Record:
    """What does not exist is in the wrong state."""
    if id_ and id_ not in collection.records:
        raise Refuse(Code.FAILED_PRECONDITION, "no such service")
    return straight.find(collection, id_)


def start_without_id(method: str, request: Any) -> None:
    """A start or a delete without an id finds nothing."""
    if method in ("StartService", "DeleteService") and not request.id:
        raise Refuse(Code.NOT_FOUND, "no service ''")


MUTANTS = (
    fault(
        "start-stays-inactive",
        "A start does not make a service active.",
        {"started": stays_inactive},
        "SVC-STA-001",
    ),
    fault(
        "start-always-allowed",
        "A start of an active service is accepted.",
        {"check_start": always_allowed},
        "SVC-STA-002",
        "SVC-STA-006",
    ),
    fault(
        "start-exists",
        "A start of an active service is refused as if it were made twice.",
        {"check_start": exists_already},
        "SVC-STA-002",
    ),
    fault(
        "start-again",
        "A start that is allowed for an active service loads it again.",
        {"check_start": starts_again},
        "SVC-STA-003",
    ),
    fault(
        "start-absent-precondition",
        "A service that does not exist is in the wrong state.",
        {"find": absent_precondition},
        "SVC-STA-004",
        "SVC-DEL-002",
    ),
    fault(
        "start-without-id",
        "A start or a delete without an id finds nothing.",
        {"admits": start_without_id},
        "SVC-STA-004",
        "SVC-DEL-003",
    ),
    fault(
        "start-old-time",
        "Only the first start moves the time of becoming active.",
        {"started": old_time},
        "SVC-STA-005",
    ),
    fault(
        "start-both-times",
        "A start moves the time of becoming inactive.",
        {"started": both_times},
        "SVC-STA-005",
    ),
    fault(
        "start-while-loading",
        "A service that is loading can be started again.",
        {"check_start": loading_may_start},
        "SVC-STA-006",
    ),
    fault(
        "start-unparsed",
        "A service starts although its configuration could not be parsed.",
        {"bad_config": absorbed},
        "SVC-STA-007",
    ),
    fault(
        "start-keeps-error",
        "Nothing clears an error.",
        {"started": error_stays, "succeeded": load_keeps_error, "configured": config_keeps_error},
        "SVC-STA-008",
        "SVC-ERR-003",
    ),
    fault(
        "stop-still-active",
        "A stop leaves the service active.",
        {"stopped": still_active},
        "SVC-STO-001",
        "SVC-STO-006",
    ),
    fault("stop-without-time", "A stop has no time.", {"stopped": without_time}, "SVC-STO-001"),
    fault(
        "stop-always-allowed",
        "A stop of an inactive service is accepted.",
        {"check_stop": stop_always_allowed},
        "SVC-STO-002",
        "SVC-STO-003",
    ),
    fault(
        "stop-failed-allowed",
        "A stop of a service that failed is accepted.",
        {"check_stop": failed_may_stop},
        "SVC-STO-003",
    ),
    fault(
        "stop-again",
        "A stop that is allowed for an inactive service clears its error and moves its time.",
        {"check_stop": stops_again},
        "SVC-STO-004",
    ),
    fault(
        "stop-forgets-config",
        "A stop empties the configuration.",
        {"stopped": forgets_config},
        "SVC-STO-005",
    ),
    fault(
        "stop-revived",
        "A load that was stopped makes the service active when it ends.",
        {"gives_up": goes_on, "succeeded": revived},
        "SVC-STO-006",
    ),
    fault(
        "stop-goes-on",
        "Attempts go on after a stop.",
        {"gives_up": goes_on},
        "SVC-STO-007",
    ),
    fault(
        "start-once",
        "A service can be started once.",
        {"check_start": once_only},
        "SVC-STO-008",
    ),
)
