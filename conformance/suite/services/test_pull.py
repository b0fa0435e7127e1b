"""PullService: the current value, changes of it, its end, and what it costs (seed 004)."""

from __future__ import annotations

from typing import TypeVar

import grpc

from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    by_depth,
    expect,
    observe,
    passive,
    requirement,
)
from conformance.oracles.services.model import Change, Service
from conformance.suite.services.pulling import MASK, agrees, masked_reading, running, shows
from conformance.suite.services.reading import between_equal, some
from conformance.targets.services import Pull, ServicesTarget, ValueChange, brief

C = TypeVar("C", Change, ValueChange)

ENDS = {grpc.StatusCode.OK: "OK", grpc.StatusCode.NOT_FOUND: "NOT_FOUND"}
"""Statuses with which the deletion of its service may end a pull."""

REORDERED_S = 0.05
"""How long a value may come after a later one where a server sends from several threads."""


@requirement("SVC-PUL-001")
@passive
def test_first_message_is_the_current_value(services: ServicesTarget) -> None:
    own = some(services)
    _judge_first(services, own.id)
    if services.owns(own.id):
        running(services, own.id)
        _judge_first(services, own.id)


def _judge_first(services: ServicesTarget, id: str) -> None:
    def first() -> Service | None:
        with services.pull(id, ready=False) as pull:
            return pull.next_change(what="the current value").service

    shown, held = between_equal(services, id, first)
    expect(shown == held, "first value of a pull", got=shown, wanted=held)


@requirement("SVC-PUL-002")
@passive
def test_updates_only_is_silent_at_first(services: ServicesTarget) -> None:
    own = some(services)

    def heard() -> list[ValueChange]:
        with services.pull(own.id, updates_only=True) as pull:
            return pull.changes

    changes, _ = between_equal(services, own.id, heard)
    expect(not changes, "pull of updates while nothing happens", got=changes, wanted="silence")


@requirement("SVC-PUL-002", "SVC-PUL-003")
def test_updates_only_shows_a_start(services: ServicesTarget) -> None:
    made = services.make()
    with services.pull(made.id, updates_only=True) as pull:
        silent = not pull.changes
        expect(silent, "pull before the start", got=pull.changes, breaks="SVC-PUL-002")
        services.start(made.id)
        came = pull.holds(lambda changes: any(map(shows(lambda s: s.active), changes)))
        what = "pull of updates after a start"
        expect(came, what, got=pull.silence(0), wanted="an active one", breaks="SVC-PUL-003")


@requirement("SVC-PUL-003")
def test_each_change_of_state_is_shown(services: ServicesTarget) -> None:
    made = services.make()
    with services.pull(made.id) as pull:
        for _ in range(by_depth(full=3, staging=1)):
            running(services, made.id)
            pull.next_change(shows(lambda s: s.active), what="an active service after a start")
            services.stop(made.id)
            pull.next_change(shows(lambda s: not s.active), what="an inactive one after a stop")


@requirement("SVC-PUL-003")
def test_configurations_are_shown(services: ServicesTarget) -> None:
    made = services.make(configured=False)
    text = services.recipe().config
    with services.pull(made.id) as pull:
        services.configure(made.id, text)
        pull.next_change(shows(lambda s: s.config_raw == text), what="the new configuration")


@requirement("SVC-PUL-004")
def test_last_value_is_that_of_get(services: ServicesTarget) -> None:
    made, rounds, stale = services.make(), by_depth(full=20, staging=2), 0
    with services.pull(made.id) as pull:
        for number in range(rounds):
            running(services, made.id) if number % 2 == 0 else services.stop(made.id)
            held = services.settle(made.id)
            if _comes_right(pull, held):
                continue
            stale += 1
            if not services.quirky("stream-reorder"):
                last = pull.changes[-1].service if pull.changes else None
                expect(False, "last value of a pull", got=last, wanted=held)
    observe(f"{stale} of {rounds} rounds ended with an old value" if stale else "always right")


def _comes_right(pull: Pull[ValueChange], held: Service) -> bool:
    """Whether the last value of a pull becomes what Get shows, and stays so for a moment."""

    def right(changes: list[ValueChange]) -> bool:
        last = changes[-1].service if changes else None
        return last is not None and agrees(last, held)

    if not pull.holds(right):
        return False
    pull.ended(REORDERED_S)
    return right(pull.changes)


@requirement("SVC-PUL-005")
@passive
def test_pulls_of_nothing_are_refused(services: ServicesTarget) -> None:
    patience_s = services.profile.deadline
    for id_, codes in ((services.fresh_id(), ABSENT), ("", BAD_ARGUMENT)):
        for updates_only in by_depth(full=(False, True), staging=(False,)):
            with services.pull(id_, updates_only=updates_only, ready=False) as pull:
                status = pull.ended(patience_s)
                got = status.name if status else f"open after {patience_s:g} s"
                what = "end of a pull of an unknown id" if id_ else "end of a pull without id"
                expect(status in codes, what, got=got, wanted=codes)


@requirement("SVC-PUL-006")
def test_deletion_ends_the_pull(services: ServicesTarget) -> None:
    for active in (False, True):
        made = services.make(active=active)
        with services.pull(made.id) as pull:
            services.delete(made.id)
            patience_s = services.profile.latency
            status = pull.ended(patience_s)
            got = status.name if status else f"open after {patience_s:g} s"
            expect(status in ENDS, "pull of a service that was deleted", got=got, wanted=set(ENDS))
            if status is not None:
                observe(ENDS[status], trait="S23")


@requirement("SVC-PUL-007")
@passive
def test_mask_on_a_pull(services: ServicesTarget) -> None:
    own = some(services)
    shown = [_first_under_mask(services, own.id)]
    if services.owns(own.id):
        running(services, own.id)
        shown.append(_first_under_mask(services, own.id))
    # Nothing is told by a service of which the mask leaves everything there is.
    observe(masked_reading(shown), trait="S17")


def _first_under_mask(services: ServicesTarget, id: str) -> tuple[Service, Service]:
    def first() -> Service | None:
        with services.pull(id, mask=MASK, ready=False) as pull:
            return pull.next_change(what="the current value").service

    value, held = between_equal(services, id, first)
    return value or Service(), held


@requirement("SVC-PUL-008")
@passive
def test_first_messages_are_complete(services: ServicesTarget) -> None:
    own = some(services)
    with services.pull(own.id) as one, services.pull_all() as all_:
        _judge_form(services, one)
        _judge_form(services, all_)
    with services.pull_metadata() as counts:
        _judge_form(services, counts)


@requirement("SVC-PUL-008")
def test_later_messages_are_complete(services: ServicesTarget) -> None:
    made = services.make()
    with services.pull(made.id) as one, services.pull_all() as all_:
        running(services, made.id)
        services.stop(made.id)
        one.next_change(shows(lambda s: s.last_active_time is not None), what="a change")
        all_.holds(lambda changes: sum(change.id == made.id for change in changes) > 1)
        services.delete(made.id)
        one.ended(services.profile.latency)
        _judge_form(services, one)
        _judge_form(services, all_)


def _judge_form(services: ServicesTarget, pull: Pull[C]) -> None:
    for batch in pull.messages:
        expect(batch.changes, f"message of {pull.method}", got="no change", wanted="one or more")
        for change in batch.changes:
            right = change.name == services.name and change.change_time is not None
            expect(right, f"change of {pull.method}", got=change, wanted="its name and time")


@requirement("SVC-PUL-009")
def test_pulls_that_are_cancelled_are_freed(services: ServicesTarget) -> None:
    made, count = services.make(), by_depth(full=100, staging=8)
    for number in range(count):
        with services.pull(made.id, ready=False) as pull:
            pull.next_change(what=f"a first message after {number} cancelled pulls")
    after = services.get(made.id)
    expect(after == made, f"Get after {count} cancelled pulls", got=brief(after), wanted=made)


@requirement("SVC-PUL-010")
def test_other_services_are_not_shown(services: ServicesTarget) -> None:
    made = services.make()
    other = services.make(id=f"{made.id}0")  # which begins like the first one
    with services.pull(made.id) as pull:
        running(services, other.id)
        services.stop(other.id)
        running(services, made.id)
        pull.next_change(shows(lambda s: s.active), what="an active service after a start")
        services.delete(other.id)
        pull.ended(REORDERED_S)
        shown = {change.service.id for change in pull.changes if change.service is not None}
        expect(shown == {made.id}, "ids on a pull", got=shown, wanted={made.id})
        expect(pull.status is None, "pull after another was deleted", got="ended", wanted="open")
