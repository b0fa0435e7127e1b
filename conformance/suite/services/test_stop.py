"""StopService: what becomes inactive, what is refused, and what is kept (seed 004)."""

from __future__ import annotations

import time
from functools import partial

import grpc
from hypothesis import strategies as st

from conformance.judging import expect, explore, observe, refused, requirement
from conformance.oracles.services import life
from conformance.oracles.services.life import Command, Model, differences
from conformance.oracles.services.model import State
from conformance.strategies.services import commands
from conformance.suite.services.loading import (
    failed,
    loading,
    recipes,
    slow_load_s,
    tick,
    unchanged,
    waiting,
)
from conformance.suite.services.retrying import retried
from conformance.targets.services import ServicesTarget, brief

STOPPED = frozenset({grpc.StatusCode.FAILED_PRECONDITION})
"""How a stop of what is inactive is refused; no other status will do."""


@requirement("SVC-STO-001")
def test_stop_makes_it_inactive(services: ServicesTarget) -> None:
    made = services.make(active=True)
    tick(made)
    stopped = services.stop(made.id)
    expect(not stopped.active, "answer of Stop", got=brief(stopped), wanted="inactive")
    settled = services.settle(made.id)
    right = settled.state == State.INACTIVE
    expect(right, "settled service", got=brief(settled), wanted="inactive, without an error")
    times = (made.last_active_time, settled.last_active_time)
    expect(times[0] == times[1], "last_active_time", got=times[1], wanted=times[0])
    for shown in (stopped, settled):
        moved = shown.last_inactive_time or 0
        before = max(made.last_inactive_time or 0, made.last_active_time or 0)
        what = "last_inactive_time after Stop"
        expect(moved > before, what, got=moved, wanted=f"later than {before}")


@requirement("SVC-STO-002")
def test_stop_of_an_inactive_service(services: ServicesTarget) -> None:
    made = services.make()
    for allow in (None, False):
        refused(
            partial(services.stop, made.id, allow_inactive=allow),
            STOPPED,
            "Stop of an inactive service",
        )
    unchanged(services, made, "a stop that was refused")


@requirement("SVC-STO-003")
def test_stop_of_a_failed_service(services: ServicesTarget) -> None:
    made = failed(services, services.recipe("fail"))
    refused(lambda: services.stop(made.id), STOPPED, "Stop of a service that failed")
    unchanged(services, made, "a stop that was refused")


@requirement("SVC-STO-004")
def test_allow_inactive_has_no_effect(services: ServicesTarget) -> None:
    made = services.make()
    answer = services.stop(made.id, allow_inactive=True)
    expect(answer == made, "answer of Stop", got=answer, wanted=made)
    unchanged(services, made, "a stop with allow_inactive")


@requirement("SVC-STO-004", needs=["fail"])
def test_allow_inactive_keeps_the_error(services: ServicesTarget) -> None:
    made = failed(services, services.recipe("fail"))
    answer = services.stop(made.id, allow_inactive=True)
    expect(answer == made, "answer of Stop", got=answer, wanted=made)
    unchanged(services, made, "a stop with allow_inactive")


@requirement("SVC-STO-004")
def test_allow_inactive_stops_what_is_active(services: ServicesTarget) -> None:
    made = services.make(active=True)
    services.stop(made.id, allow_inactive=True)
    settled = services.settle(made.id)
    expect(not settled.active, "settled service", got=brief(settled), wanted="inactive")


@requirement("SVC-STO-005")
def test_stop_keeps_type_and_configuration(services: ServicesTarget) -> None:
    made = services.make(active=True)
    wanted = (made.id, made.type, made.config_raw)
    for shown in (services.stop(made.id), services.settle(made.id)):
        got = (shown.id, shown.type, shown.config_raw)
        expect(got == wanted, "id, type and configuration after Stop", got=got, wanted=wanted)


@requirement("SVC-STO-006")
def test_stop_while_loading(services: ServicesTarget) -> None:
    patience_s = slow_load_s(services)
    made = loading(services, services.recipe("slow"))
    stopped = services.stop(made.id)
    expect(not stopped.active, "answer of Stop", got=brief(stopped), wanted="inactive")
    settled = services.settle(made.id)
    expect(not settled.active, "settled service", got=brief(settled), wanted="inactive")
    time.sleep(patience_s)  # until the load would have ended
    after = services.get(made.id)
    right = not after.active and not after.loading
    expect(right, "service after the end of its load", got=brief(after), wanted="inactive")


@requirement("SVC-STO-007")
def test_stop_between_attempts(services: ServicesTarget) -> None:
    pause_s = retried(services).pause_s
    made = services.make("retry", active=True, settled=False)
    waiting(services, made.id)
    stopped = services.stop(made.id)
    expect(not stopped.active, "answer of Stop", got=brief(stopped), wanted="inactive")
    with services.pull(made.id) as pull:
        told = [change.service for change in pull.heard_for(3 * pause_s)]
    after = services.get(made.id)
    for shown in (*filter(None, told), after):
        tried = shown.failed_attempts > stopped.failed_attempts
        right = not shown.active and not tried
        expect(right, "service after Stop", got=brief(shown), wanted=brief(stopped))
    cleared = after.settled and not after.failed_attempts
    observe("cleared" if cleared else "left over", trait="S8")


@requirement("SVC-STO-008")
def test_any_number_of_starts_and_stops(services: ServicesTarget) -> None:
    recipe = services.recipe()

    def body(steps: list[Command]) -> None:
        model = life.create(recipe.config, "ok", active=False)
        id_ = services.make().id
        for step in steps:
            model = _followed(services, id_, model, step)
        services.delete(id_)

    often = [Command(verb=verb) for _ in range(5) for verb in ("start", "stop")]
    explore(
        body,
        examples=8,
        directed=[{"steps": often}],
        steps=st.lists(commands(1, ("ok",), ("start", "stop")), min_size=2, max_size=10),
    )


@requirement("SVC-STO-008")
def test_what_failed_can_be_started_and_stopped(services: ServicesTarget) -> None:
    both = recipes(services, "fail", "ok")
    made = failed(services, both["fail"])
    for config in (both["ok"].config, both["fail"].config, both["ok"].config):
        services.configure(made.id, config)
        services.start(made.id)
        shown = services.settle(made.id)
        wanted = config == both["ok"].config
        expect(shown.active == wanted, "active once settled", got=brief(shown), wanted=wanted)
        services.stop(made.id, allow_inactive=True)


def _followed(services: ServicesTarget, id: str, model: Model, step: Command) -> Model:
    """Give one command, and compare what becomes of the service with the model."""
    call = (
        partial(services.start, id, allow_active=step.flag)
        if step.verb == "start"
        else partial(services.stop, id, allow_inactive=step.flag)
    )
    after = life.follow(model, step, {})
    if isinstance(after, str) or after is None:
        refused(call, STOPPED, f"{step.verb} of a service that is {model.state}")
        after = model
    else:
        call()
    wrong = differences(after, services.settle(id))
    expect(not wrong, f"service after {step.verb}", got="; ".join(wrong), wanted=after)
    return after
