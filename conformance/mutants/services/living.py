"""How the state of a service changes in a correct endpoint (seed 004): commands, loads, retries.

Each function gives what changes; an empty change is none. Times are given, never looked up.
"""

from __future__ import annotations

from typing import Any

from conformance.mutants.services.book import Code, Config, Record, Refuse, State

Changed = dict[str, Any]

INSTANT_S = 0.01
SLOW_S = 1.0
FIRST_DELAY_S = 0.3
FACTOR = 1.5
FAILURES = 3
"""So often a load fails that is retried, before it succeeds."""


def created(given: State, id_: str, now_ns: int) -> State:
    """A new service, inactive and without a configuration; what only a server tells is ignored."""
    return {"id": id_, "type": given["type"], "last_inactive_time": now_ns}


def check_start(state: State, allow: bool) -> bool:
    """Whether a start has anything to do."""
    if not state["active"]:
        return True
    if not allow:
        raise Refuse(Code.FAILED_PRECONDITION, "already started")
    return False


def check_stop(state: State, allow: bool) -> bool:
    """Whether a stop has anything to do."""
    if state["active"]:
        return True
    if not allow:
        raise Refuse(Code.FAILED_PRECONDITION, "already stopped")
    return False


def check_configure(state: State) -> None:
    """Refuse a configuration at the wrong time."""
    if state["loading"]:
        raise Refuse(Code.FAILED_PRECONDITION, "already loading")


def bad_config(record: Record | None, refusal: Refuse, now_ns: int) -> Changed:
    """A text that cannot be parsed, for a service that exists or, None, is to be created."""
    raise refusal


def configured(state: State, text: str, now_ns: int) -> Changed:
    """A configuration is accepted."""
    return {"config_raw": text, "last_config_time": now_ns, "error": "", "failed_attempts": 0}


def started(state: State, now_ns: int) -> Changed:
    """A service becomes active."""
    return {"active": True, "last_active_time": now_ns, "error": ""}


def loads(config: Config | None) -> bool:
    """Whether something has to be loaded."""
    return config is not None


def loading(state: State, now_ns: int) -> Changed:
    """A load begins."""
    return {"loading": True, "last_loading_start_time": now_ns, "next_attempt_time": None}


def load_s(config: Config) -> float:
    """How long an attempt takes."""
    return SLOW_S if config.does == "slow" else INSTANT_S


def fails(config: Config, attempt: int) -> bool:
    """Whether an attempt fails, the first one being 1."""
    return config.does == "fail" or (config.does == "retry" and attempt <= FAILURES)


def retries(config: Config, attempt: int) -> bool:
    """Whether there is another attempt after one that failed."""
    return config.does == "retry"


def delay_s(attempt: int) -> float:
    """The pause after an attempt that failed."""
    return FIRST_DELAY_S * float(FACTOR ** (attempt - 1))


def succeeded(state: State, now_ns: int) -> Changed:
    """A load succeeds."""
    return {
        "loading": False,
        "last_loading_end_time": now_ns,
        "error": "",
        "failed_attempts": 0,
        "next_attempt_time": None,
    }


def retrying(state: State, error: str, next_ns: int, now_ns: int) -> Changed:
    """An attempt failed and there will be another."""
    return {
        "error": error,
        "last_error_time": now_ns,
        "failed_attempts": state["failed_attempts"] + 1,
        "next_attempt_time": next_ns,
    }


def failed(state: State, error: str, now_ns: int) -> Changed:
    """A load failed for good."""
    return {
        "active": False,
        "loading": False,
        "last_inactive_time": now_ns,
        "last_loading_end_time": now_ns,
        "error": error,
        "last_error_time": now_ns,
        "failed_attempts": state["failed_attempts"] + 1,
        "next_attempt_time": None,
    }


def stopped(state: State, now_ns: int) -> Changed:
    """A service is stopped; a load under way or to come is given up."""
    ended = {"last_loading_end_time": now_ns} if state["loading"] else {}
    return {
        "active": False,
        "last_inactive_time": now_ns,
        "loading": False,
        "next_attempt_time": None,
        "failed_attempts": 0,
        "error": "",
        **ended,
    }


def gives_up(record: Record) -> bool:
    """Whether a stop ends what is being loaded or tried again."""
    return True


def is_current(record: Record, load: int) -> bool:
    """Whether the end of a load counts, by its number; otherwise it is void."""
    return record.load == load


def removed(record: Record, now_ns: int) -> Changed:
    """What happens to a service before it is deleted."""
    return stopped(record.state, now_ns) if record.state["active"] else {}
