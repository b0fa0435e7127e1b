"""Loads that fail for good: what a service shows then, and after its recovery (seed 004)."""

from __future__ import annotations

from conformance.judging import expect, requirement
from conformance.oracles.services.model import Service, State
from conformance.suite.services.loading import failed, recipes, tick
from conformance.targets.services import ServicesTarget, brief


@requirement("SVC-ERR-001")
def test_load_that_failed(services: ServicesTarget) -> None:
    _shows_the_failure(failed(services, services.recipe("fail")))


@requirement("SVC-ERR-001")
def test_start_that_failed(services: ServicesTarget) -> None:
    made = services.make("fail")
    expect(not made.error, "error before the start", got=made.error, wanted="none")
    tick(made)
    services.start(made.id)
    settled = services.settle(made.id)
    _shows_the_failure(settled)
    earlier = made.last_inactive_time or 0
    moved = settled.last_inactive_time or 0
    expect(moved > earlier, "last_inactive_time", got=moved, wanted=f"later than {earlier}")


@requirement("SVC-ERR-002")
def test_failure_is_counted(services: ServicesTarget) -> None:
    made = failed(services, services.recipe("fail"))
    got = made.failed_attempts
    expect(got >= 1, "failed_attempts after a failure", got=got, wanted="1 at least")
    services.start(made.id)
    again = services.settle(made.id).failed_attempts
    expect(again >= 1, "failed_attempts after another one", got=again, wanted="1 at least")


@requirement("SVC-ERR-003")
def test_recovery(services: ServicesTarget) -> None:
    both = recipes(services, "fail", "ok")
    made = failed(services, both["fail"])
    services.configure(made.id, both["ok"].config)
    services.start(made.id)
    settled = services.settle(made.id)
    right = settled.state == State.ACTIVE and not settled.error
    expect(right, "service after its recovery", got=brief(settled), wanted="active, no error")
    expect(
        settled.last_error_time == made.last_error_time,
        "last_error_time after a recovery",
        got=settled.last_error_time,
        wanted=made.last_error_time,
    )


def _shows_the_failure(shown: Service) -> None:
    expect(shown.state == State.ERROR, "settled service", got=brief(shown), wanted="an error")
    begun = shown.last_active_time or 0
    for name in ("last_error_time", "last_inactive_time"):
        at = getattr(shown, name)
        right = at is not None and at >= begun
        expect(right, f"{name} after a failure", got=at, wanted=f"{begun} or later")
