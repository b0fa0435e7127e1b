"""Legal variants of the life of services: errors, counts, stops, and how long loads take."""

from __future__ import annotations

import time
from typing import Any

from conformance.mutants.services import living, straight
from conformance.mutants.services.book import Code, Config, Record, Refuse, State
from conformance.mutants.services.making import variant
from conformance.mutants.services.wire import SECOND_NS

Changed = dict[str, Any]


def whole_seconds(last_ns: int) -> int:
    """A clock that knows no fractions of a second."""
    return time.time_ns() // SECOND_NS * SECOND_NS


def left_over(state: State, now_ns: int) -> Changed:
    """A stop between two attempts leaves what told of them, as the published service does."""
    if state["next_attempt_time"] is None:
        return living.stopped(state, now_ns)
    return {"active": False, "last_inactive_time": now_ns}


def absorbed(record: Record | None, refusal: Refuse, now_ns: int) -> Changed:
    """A first configuration that cannot be parsed makes an error."""
    if record is not None and record.config is not None:
        raise Refuse(Code.UNKNOWN, str(refusal))
    changed = {"error": str(refusal), "last_error_time": now_ns}
    if record is not None and record.state["active"]:
        changed |= {"active": False, "last_inactive_time": now_ns}
    return changed


def needs_a_text(state: State, allow: bool) -> bool:
    """What has an error and no configuration does not start."""
    if state["error"] and not state["config_raw"]:
        raise Refuse(Code.UNKNOWN, state["error"])
    return living.check_start(state, allow)


def any_time(state: State) -> None:
    """A configuration is accepted at any time; the newest wins."""


def sticky_stop(state: State, now_ns: int) -> Changed:
    """A stop keeps the count of failed attempts."""
    return {**living.stopped(state, now_ns), "failed_attempts": state["failed_attempts"]}


def sticky_config(state: State, text: str, now_ns: int) -> Changed:
    """A configuration keeps the count of failed attempts."""
    kept = state["failed_attempts"]
    return {**living.configured(state, text, now_ns), "failed_attempts": kept}


def error_until_start(state: State, text: str, now_ns: int) -> Changed:
    """A configuration leaves the error to the next start."""
    return {**living.configured(state, text, now_ns), "error": state["error"]}


def wants_text(text: str) -> Config | None:
    """An empty text cannot be parsed."""
    if not text:
        raise Refuse(Code.INVALID_ARGUMENT, "config: it is empty")
    return straight.parse(text)


def bare_parse(text: str) -> Config | None:
    """What cannot be parsed is answered without a proper status."""
    try:
        return straight.parse(text)
    except Refuse as refusal:
        raise Refuse(Code.UNKNOWN, str(refusal)) from None


def bare_busy(state: State) -> None:
    """A configuration at the wrong time is answered without a proper status."""
    if state["loading"]:
        raise Refuse(Code.UNKNOWN, "already loading")


def busy_unavailable(state: State) -> None:
    """A configuration at the wrong time is to be sent again later."""
    if state["loading"]:
        raise Refuse(Code.UNAVAILABLE, "already loading")


def residue(state: State, now_ns: int) -> Changed:
    """A success keeps error and count of the attempts before, as the published service does."""
    kept = {"error": state["error"], "failed_attempts": state["failed_attempts"]}
    return {**living.succeeded(state, now_ns), **kept}


def count_stays(state: State, now_ns: int) -> Changed:
    """A success keeps the count of the attempts before."""
    kept = state["failed_attempts"]
    return {**living.succeeded(state, now_ns), "failed_attempts": kept}


def error_stays(state: State, now_ns: int) -> Changed:
    """A success after other attempts keeps their error."""
    return {**living.succeeded(state, now_ns), "error": state["error"]}


def without_error_time(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """Failures that are tried again have no time, as in the published service."""
    before = state["last_error_time"]
    return {**living.retrying(state, error, next_ns, now_ns), "last_error_time": before}


def lets_it_end(record: Record) -> bool:
    """A stop waits for the end of a slow load."""
    return record.config is None or record.config.does != "slow"


def stopping(state: State, now_ns: int) -> Changed:
    """While a load is awaited, a stopped service is loading."""
    changed = living.stopped(state, now_ns)
    if not state["loading"] or state["next_attempt_time"] is not None:
        return changed
    kept = ("loading", "last_loading_end_time", "error", "failed_attempts")
    return {**changed, **{name: state[name] for name in kept}}


def steady(attempt: int) -> float:
    """Pauses are about equal."""
    return 0.5 if attempt % 2 else 0.45


def takes_long(config: Config) -> float:
    """Every load takes a while."""
    return 1.5 if config.does == "slow" else 0.4


def answers_late(method: str, request: Any) -> None:
    """Every answer takes a while."""
    time.sleep(0.2)


def takes_nothing(config: Config) -> float:
    """Loads that are not slow are over at once."""
    return living.load_s(config) if config.does == "slow" else 0.0


VARIANTS = (
    variant(
        "stop-left-over",
        "A stop between two attempts leaves what told of them.",
        "S8",
        {"stopped": left_over},
        "SVC-STO-007",
        quirks=("stop-in-backoff-sticky",),
    ),
    variant(
        "stop-awaits-load",
        "A stopped service is loading until its load has ended.",
        "SVC-STO-006",
        {"gives_up": lets_it_end, "stopped": stopping},
        "SVC-STO-006",
        "SVC-STO-007",
        "SVC-DEL-004",
    ),
    variant(
        "bad-absorbed",
        "A first configuration that cannot be parsed makes an error.",
        "S9",
        {"bad_config": absorbed, "check_start": needs_a_text},
        "SVC-CRE-012",
        "SVC-STA-007",
        "SVC-CFG-004",
        "SVC-CFG-005",
        quirks=("absorb-parse-error", "bare-errors"),
    ),
    variant(
        "empty-absorbed",
        "An empty first configuration makes an error.",
        "S13",
        {"bad_config": absorbed, "check_start": needs_a_text, "parse": wants_text},
        "SVC-CFG-005",
        "SVC-CFG-011",
        quirks=("absorb-parse-error", "bare-errors"),
    ),
    variant(
        "empty-refused",
        "An empty configuration cannot be parsed.",
        "S13",
        {"parse": wants_text},
        "SVC-CFG-011",
    ),
    variant(
        "configure-while-loading",
        "A configuration is accepted while another one loads.",
        "S10",
        {"check_configure": any_time},
        "SVC-CFG-006",
    ),
    variant(
        "configure-busy-unavailable",
        "A configuration while another one loads is to be sent again later.",
        "SVC-CFG-006",
        {"check_configure": busy_unavailable},
        "SVC-CFG-006",
    ),
    variant(
        "bare-errors",
        "Mistakes in configurations are answered with UNKNOWN.",
        "SVC-CFG-004",
        {"parse": bare_parse, "check_configure": bare_busy},
        "SVC-CRE-012",
        "SVC-CFG-004",
        "SVC-CFG-005",
        "SVC-CFG-006",
        quirks=("bare-errors",),
    ),
    variant(
        "attempts-sticky",
        "Neither Stop nor Configure resets the count of failed attempts.",
        "S11",
        {"stopped": sticky_stop, "configured": sticky_config},
        "SVC-STO-007",
        "SVC-CFG-009",
        "SVC-ERR-002",
        "SVC-RTY-004",
        quirks=("attempts-sticky",),
    ),
    variant(
        "error-until-start",
        "A configuration leaves the error to the next start.",
        "S12",
        {"configured": error_until_start},
        "SVC-STA-008",
        "SVC-CFG-010",
        "SVC-ERR-003",
    ),
    variant(
        "retry-residue",
        "A success keeps error and count of the attempts before.",
        "S14",
        {"succeeded": residue},
        "SVC-RTY-005",
        "SVC-RTY-006",
        quirks=("retry-residue",),
    ),
    variant(
        "retry-count-stays",
        "A success keeps the count of the attempts before.",
        "S14",
        {"succeeded": count_stays},
        "SVC-RTY-006",
    ),
    variant(
        "retry-error-stays",
        "A success keeps the error of the attempts before.",
        "S14",
        {"succeeded": error_stays},
        "SVC-RTY-006",
        quirks=("retry-residue",),
    ),
    variant(
        "retry-no-error-time",
        "Failures that are tried again have no time.",
        "SVC-RTY-001",
        {"retrying": without_error_time},
        "SVC-RTY-001",
        quirks=("retry-no-error-time",),
    ),
    variant(
        "retry-steady",
        "Pauses between attempts are about equal.",
        "SVC-RTY-003",
        {"delay_s": steady},
        "SVC-RTY-003",
        "SVC-STO-007",
    ),
    variant(
        "loads-take-long",
        "Every load takes a while.",
        "SVC-STA-001",
        {"load_s": takes_long},
        "SVC-STA-003",
        "SVC-STA-005",
        "SVC-STO-001",
        "SVC-STO-007",
        "SVC-CFG-001",
        "SVC-CFG-002",
        "SVC-CFG-008",
        "SVC-RTY-003",
    ),
    variant(
        "clock-whole-seconds",
        "Times are whole seconds.",
        "SVC-STA-005",
        {"clock": whole_seconds},
        "SVC-STA-005",
        "SVC-STO-001",
        "SVC-CFG-003",
        "SVC-ERR-001",
        "SVC-RTY-003",
    ),
    variant(
        "answers-late",
        "Every answer takes a while.",
        "SVC-STA-006",
        {"admits": answers_late},
        "SVC-STA-006",
        "SVC-STO-007",
        "SVC-CFG-006",
        "SVC-RTY-001",
    ),
    variant(
        "loads-at-once",
        "Loads are over before the answer is read.",
        "SVC-STA-001",
        {"load_s": takes_nothing},
        "SVC-STA-001",
        "SVC-STO-001",
        "SVC-CFG-002",
        "SVC-ERR-001",
        "SVC-RTY-004",
    ),
)
