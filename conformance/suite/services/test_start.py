"""StartService: what becomes active, what is refused, and the times that move (seed 004)."""

from __future__ import annotations

from functools import partial

import grpc

from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    Refused,
    expect,
    not_applicable,
    refused,
    requirement,
)
from conformance.oracles.services.model import Service, State
from conformance.suite.services.loading import (
    failed,
    loading,
    recipes,
    tick,
    unchanged,
    waiting,
)
from conformance.suite.services.reading import BAD_REQUEST
from conformance.targets.services import TOLERATED, ServicesTarget, brief

STARTED = frozenset({grpc.StatusCode.FAILED_PRECONDITION})
"""How a start of what is active is refused; no other status will do."""


@requirement("SVC-STA-001")
def test_start_makes_it_active(services: ServicesTarget) -> None:
    made = services.make()
    started = services.start(made.id)
    expect(started.active, "active in the answer of Start", got=brief(started), wanted="active")
    settled = services.settle(made.id)
    right = settled.state == State.ACTIVE and not settled.error
    expect(right, "settled service", got=brief(settled), wanted="active, without an error")
    kept = (settled.id, settled.type, settled.config_raw)
    wanted = (made.id, made.type, made.config_raw)
    expect(kept == wanted, "id, type and configuration", got=kept, wanted=wanted)


@requirement("SVC-STA-001")
def test_start_without_configuration(services: ServicesTarget) -> None:
    made = services.make(configured=False)
    services.start(made.id)
    settled = services.settle(made.id)
    if settled.state == State.ERROR:
        not_applicable("the type needs a configuration")
    expect(settled.active, "settled service", got=brief(settled), wanted="active")


@requirement("SVC-STA-002")
def test_start_of_an_active_service(services: ServicesTarget) -> None:
    made = services.make(active=True)
    for allow in (None, False):
        refused(
            partial(services.start, made.id, allow_active=allow),
            STARTED,
            "Start of an active service",
        )
    unchanged(services, made, "a start that was refused")


@requirement("SVC-STA-003")
def test_allow_active_has_no_effect(services: ServicesTarget) -> None:
    made = services.make(active=True)
    with services.pull(made.id) as pull:
        before = pull.mark()
        answer = services.start(made.id, allow_active=True)
        expect(answer == made, "answer of Start", got=answer, wanted=made)
        pull.ended(services.profile.quiet)
        told = pull.changes[before:]
    expect(not told, "changes told after the start", got=told, wanted="none")
    unchanged(services, made, "a start with allow_active")


@requirement("SVC-STA-003")
def test_allow_active_starts_what_is_inactive(services: ServicesTarget) -> None:
    made = services.make()
    services.start(made.id, allow_active=True)
    settled = services.settle(made.id)
    expect(settled.active, "settled service", got=brief(settled), wanted="active")


@requirement("SVC-STA-004")
def test_start_of_nothing(services: ServicesTarget) -> None:
    for allow in (None, True):
        refused(
            partial(services.start, services.fresh_id(), allow_active=allow),
            ABSENT,
            "Start of an unknown id",
        )
        refused(
            partial(services.start, "", allow_active=allow),
            BAD_ARGUMENT,
            "Start without an id",
        )


@requirement("SVC-STA-005")
def test_start_moves_the_time_of_becoming_active(services: ServicesTarget) -> None:
    before = services.make()
    for _ in range(2):
        tick(before)
        started = services.start(before.id)
        _became_active(before, started)
        settled = services.settle(before.id)
        kept = (settled.last_active_time, settled.last_inactive_time)
        wanted = (started.last_active_time, before.last_inactive_time)
        expect(kept == wanted, "both times after the load", got=kept, wanted=wanted)
        before = services.stop(before.id)
        if not before.settled:
            before = services.settle(before.id)


@requirement("SVC-STA-006", needs=["slow"])
def test_loading_counts_as_active(services: ServicesTarget) -> None:
    made = loading(services, services.recipe("slow"))
    refused(lambda: services.start(made.id), STARTED, "Start of a service that is loading")
    answer = services.start(made.id, allow_active=True)
    expect(answer.active, "answer with allow_active", got=brief(answer), wanted="active")
    settled = services.settle(made.id)
    _not_restarted(made, settled)
    begun = (made.last_loading_start_time, settled.last_loading_start_time)
    expect(begun[0] == begun[1], "begin of the load", got=begun[1], wanted=begun[0])


@requirement("SVC-STA-006", needs=["retry"])
def test_waiting_counts_as_active(services: ServicesTarget) -> None:
    made = services.make("retry", active=True, settled=False)
    shown = waiting(services, made.id)
    refused(
        lambda: services.start(made.id), STARTED, "Start of a service that waits for an attempt"
    )
    answer = services.start(made.id, allow_active=True)
    expect(answer.active, "answer with allow_active", got=brief(answer), wanted="active")
    _not_restarted(shown, services.get(made.id))


@requirement("SVC-STA-007")
def test_start_of_what_could_not_be_parsed(services: ServicesTarget) -> None:
    recipe = services.recipe("bad")
    accepted = [
        made
        for made in (_created_bad(services), _configured_bad(services))
        if made is not None and made.state == State.ERROR
    ]
    if not accepted:
        not_applicable("what cannot be parsed is refused by Create and Configure")
    for made in accepted:
        what = f"Start of a service of type {recipe.type} whose configuration is no text for it"
        refused(partial(services.start, made.id), STARTED | TOLERATED, what)
        after = services.get(made.id)
        expect(not after.active, "service after the refusal", got=brief(after), wanted="inactive")


@requirement("SVC-STA-008")
def test_start_clears_the_error(services: ServicesTarget) -> None:
    both = recipes(services, "fail", "ok")
    made = failed(services, both["fail"])
    services.configure(made.id, both["ok"].config)
    services.start(made.id)
    settled = services.settle(made.id)
    right = settled.state == State.ACTIVE and not settled.error
    expect(right, "service that was started again", got=brief(settled), wanted="active, no error")


def _became_active(before: Service, started: Service) -> None:
    expect(
        started.last_inactive_time == before.last_inactive_time,
        "last_inactive_time after Start",
        got=started.last_inactive_time,
        wanted=before.last_inactive_time,
    )
    earlier = max(filter(None, (before.last_inactive_time, before.last_active_time)), default=0)
    became = started.last_active_time or 0
    expect(
        became > earlier,
        "last_active_time after Start",
        got=started.last_active_time,
        wanted=f"later than {earlier}",
    )
    begin = started.last_loading_start_time
    if started.loading and begin is not None:
        expect(became <= begin, "last_active_time after Start", got=became, wanted=f"up to {begin}")


def _not_restarted(before: Service, after: Service) -> None:
    expect(after.active, "service after both starts", got=brief(after), wanted="active")
    expect(
        after.last_active_time == before.last_active_time,
        "last_active_time after both starts",
        got=after.last_active_time,
        wanted=before.last_active_time,
    )


def _created_bad(services: ServicesTarget) -> Service | None:
    try:
        return services.make("bad")
    except Refused as refusal:
        _is_refusal(refusal)
        return None


def _configured_bad(services: ServicesTarget) -> Service | None:
    made = services.make("bad", configured=False)
    try:
        return services.configure(made.id, services.recipe("bad").config)
    except Refused as refusal:
        _is_refusal(refusal)
        return None


def _is_refusal(refusal: Refused) -> None:
    expect(refusal.code in BAD_REQUEST, "refusal", got=refusal.code, wanted=BAD_REQUEST)
