"""The state of a service and the transitions of its life cycle, pure functions of it.

Seed 004, Service; where it is silent, the published Go service. There is no state on the wire:
loading, retrying, active or failed is what `active`, `loading`, `error` and `next_attempt_time`
make of it together. Nothing here checks whether a transition may be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulator.services import instants
from simulator.services.services.wire import Service

if TYPE_CHECKING:
    from simulator.services.services.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """The fields of a service. Instants in microseconds since the epoch, None if it never was."""

    id: str
    type: str
    active: bool = False
    last_inactive_us: int | None = None
    last_active_us: int | None = None
    loading: bool = False
    last_loading_start_us: int | None = None
    last_loading_end_us: int | None = None
    error: str = ""
    last_error_us: int | None = None
    config_raw: str = ""
    last_config_us: int | None = None
    failed_attempts: int = 0
    next_attempt_us: int | None = None

    @property
    def retrying(self) -> bool:
        """Whether a load waits for its next attempt."""
        return self.active and self.next_attempt_us is not None

    @property
    def failed(self) -> bool:
        """Whether it is inactive because of an error, as `total_error_count` counts."""
        return bool(self.error) and not self.active


def message(state: State) -> Any:
    """Return a state as a Service of the wire."""
    filled = Service(
        id=state.id,
        type=state.type,
        active=state.active,
        loading=state.loading,
        error=state.error,
        config_raw=state.config_raw,
        failed_attempts=state.failed_attempts,
    )
    for field, t_us in (
        ("last_inactive_time", state.last_inactive_us),
        ("last_active_time", state.last_active_us),
        ("last_loading_start_time", state.last_loading_start_us),
        ("last_loading_end_time", state.last_loading_end_us),
        ("last_error_time", state.last_error_us),
        ("last_config_time", state.last_config_us),
        ("next_attempt_time", state.next_attempt_us),
    ):
        if t_us is not None:
            instants.write(getattr(filled, field), t_us)
    return filled


def created(service_id: str, kind: str, now_us: int) -> State:
    """Return a new, inactive service."""
    return State(id=service_id, type=kind, last_inactive_us=now_us)


def foreign(service_id: str, kind: str, error: str, now_us: int) -> State:
    """Return what is kept of a service of a type that does not exist."""
    return State(id=service_id, type=kind, error=error, last_error_us=now_us)


def configured(state: State, raw: str, now_us: int, policy: Policy) -> State:
    """Take a readable config; an active service loads it."""
    taken = replace(
        state,
        config_raw=raw,
        last_config_us=now_us,
        error=state.error if policy.configure_keeps_error else "",
        failed_attempts=0 if policy.resets_attempts else state.failed_attempts,
    )
    return loading(taken, now_us) if state.active else taken


def unreadable(state: State, error: str, now_us: int) -> State:
    """Note that a first config could not be read; an active service ends."""
    return replace(
        state,
        active=False,
        last_inactive_us=now_us if state.active else state.last_inactive_us,
        error=error,
        last_error_us=now_us,
    )


def touched(state: State, now_us: int) -> State:
    """Note that a service was active for no time at all."""
    return replace(state, last_active_us=now_us, last_inactive_us=now_us)


def started(state: State, now_us: int, *, loads: bool) -> State:
    """Activate, with a config to load or without any."""
    begun = replace(
        state,
        active=True,
        last_active_us=now_us,
        loading=False,
        error="",
        next_attempt_us=None,
    )
    return loading(begun, now_us) if loads else begun


def loading(state: State, now_us: int) -> State:
    """Begin to apply a config."""
    return replace(state, loading=True, last_loading_start_us=now_us)


def loaded(state: State, now_us: int, failures: int, policy: Policy) -> State:
    """Note that a config was applied, after so many failures of the same load."""
    residue = policy.retry_keeps_error and failures > 0
    return replace(
        state,
        loading=False,
        last_loading_end_us=now_us,
        error=state.error if residue else "",
        failed_attempts=state.failed_attempts if policy.resets_attempts else failures,
        next_attempt_us=None,
    )


def retrying(
    state: State, error: str, now_us: int, next_us: int, failures: int, policy: Policy
) -> State:
    """Note that an attempt failed, and when the next one is made."""
    return replace(
        state,
        error=error,
        last_error_us=now_us if policy.retry_moves_error_time else state.last_error_us,
        failed_attempts=_counted(state, failures, policy),
        next_attempt_us=next_us,
    )


def failed(state: State, error: str, now_us: int, failures: int, policy: Policy) -> State:
    """End because a config, or the lack of one, could not be applied."""
    return replace(
        state,
        active=False,
        last_inactive_us=now_us,
        loading=False,
        last_loading_end_us=now_us if state.loading else state.last_loading_end_us,
        error=error,
        last_error_us=now_us,
        failed_attempts=_counted(state, failures, policy),
        next_attempt_us=None,
    )


def stopped(state: State, now_us: int, policy: Policy) -> State:
    """Deactivate. A load ends with it, unless it does not notice, or its residue stays."""
    ended = replace(
        state,
        active=False,
        last_inactive_us=now_us,
        failed_attempts=0 if policy.resets_attempts else state.failed_attempts,
    )
    if state.retrying:
        return replace(unloaded(ended, now_us), error="") if policy.stop_ends_backoff else ended
    return unloaded(ended, now_us) if policy.load_notices_stop else ended


def unloaded(state: State, now_us: int) -> State:
    """Note that a load, if there is one, ended without any effect."""
    if not state.loading:
        return state
    return replace(state, loading=False, last_loading_end_us=now_us, next_attempt_us=None)


def _counted(state: State, failures: int, policy: Policy) -> int:
    return state.failed_attempts + 1 if policy.resets_attempts else failures
