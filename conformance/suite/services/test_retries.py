"""Loads that are tried again: counts, times and pauses between attempts (seed 004)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from conformance.judging import expect, observe, requirement
from conformance.oracles.services.model import SECOND_NS, Service, State
from conformance.suite.services.retrying import Sight, retried, slack_ns
from conformance.targets.services import ServicesTarget, brief


@requirement("SVC-RTY-001")
def test_between_attempts(services: ServicesTarget) -> None:
    trail = retried(services)
    for sight in (*trail.got, *trail.waits):
        if sight.state.next_attempt_time is not None:
            right = sight.state.failed_attempts >= 1
            expect(right, "failed_attempts", got=brief(sight.state), wanted="1 at least")
    for sight in trail.waits:
        at, told = sight.state.next_attempt_time, sight.change_time
        if at is not None and told is not None:
            expect(at > told, "next_attempt_time", got=at, wanted=f"later than the change, {told}")


@requirement("SVC-RTY-002")
def test_waiting_is_loading(services: ServicesTarget) -> None:
    trail = retried(services)
    for sight in (*trail.got, *trail.waits):
        shown = sight.state
        if shown.next_attempt_time is not None:
            right = shown.active and shown.loading
            got = f"active {shown.active}, loading {shown.loading}"
            expect(right, "service that waits for an attempt", got=got, wanted="both")


@requirement("SVC-RTY-003")
def test_pauses_do_not_shrink(services: ServicesTarget) -> None:
    waits = retried(services).waits
    most = int(services.profile.max_retry_delay * SECOND_NS)
    delays = [delay for sight in waits[:1] if (delay := _delay(sight)) is not None]
    delays += [_next(after) - _next(before) for before, after in pairwise(waits)]
    spare = 2 * _coarse_ns(waits)  # Each of the two may be off.
    for shorter, longer in pairwise(delays):
        right = longer >= shorter - slack_ns(shorter) - spare
        expect(right, "pause before an attempt", got=longer, wanted=f"{shorter} ns at least")
    for delay in delays:
        right = delay <= most + slack_ns(most)
        expect(right, "pause before an attempt", got=delay, wanted=f"{most} ns at most")


@requirement("SVC-RTY-003")
def test_attempts_keep_their_time(services: ServicesTarget) -> None:
    waits = retried(services).waits
    for before, after in pairwise(waits):
        delay, told = _delay(before), after.change_time
        if delay is not None and told is not None:
            earliest = _next(before) - slack_ns(delay) - _coarse_ns(waits)
            what = "end of an attempt"
            expect(told >= earliest, what, got=told, wanted=f"{_next(before)} or later")


def _coarse_ns(waits: Sequence[Sight]) -> int:
    """By how much times may be early: a second where the clock of the target knows no less."""
    return SECOND_NS if all((sight.change_time or 0) % SECOND_NS == 0 for sight in waits) else 0


@requirement("SVC-RTY-004")
def test_each_attempt_is_counted(services: ServicesTarget) -> None:
    counts = [sight.state.failed_attempts for sight in retried(services).waits]
    wanted = list(range(1, len(counts) + 1))
    expect(counts == wanted, "failed_attempts after each attempt", got=counts, wanted=wanted)


@requirement("SVC-RTY-005")
def test_success_ends_the_attempts(services: ServicesTarget) -> None:
    last = retried(services).last
    expect(last.state == State.ACTIVE, "service after success", got=brief(last), wanted="active")
    at = last.next_attempt_time
    expect(at is None, "next_attempt_time after success", got=at, wanted="absent")


@requirement("SVC-RTY-006")
def test_what_success_leaves(services: ServicesTarget) -> None:
    trail = retried(services)
    before, last = trail.waits[-1].state, trail.last
    errors, counts = ("", before.error), (0, before.failed_attempts)
    expect(last.error in errors, "error after success", got=last.error, wanted=errors)
    got = last.failed_attempts
    expect(got in counts, "failed_attempts after success", got=got, wanted=counts)
    observe(_left(last), trait="S14")


def _left(last: Service) -> str:
    if not last.error:
        return "error cleared" if last.failed_attempts else "cleared"
    return "kept" if last.failed_attempts else "count cleared"


def _next(sight: Sight) -> int:
    return sight.state.next_attempt_time or 0


def _delay(sight: Sight) -> int | None:
    """From the change that told of the next attempt to that; None if it was not told."""
    return None if sight.change_time is None else _next(sight) - sight.change_time
