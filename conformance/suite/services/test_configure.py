"""ConfigureService: what is kept, loaded, refused, and what it never changes (seed 004)."""

from __future__ import annotations

import json
import time
from functools import partial

import grpc

from conformance.judging import (
    ABSENT,
    Refused,
    expect,
    not_applicable,
    observe,
    refused,
    requirement,
)
from conformance.oracles.services.model import Service, State
from conformance.strategies.services import config_text
from conformance.suite.services.loading import (
    failed,
    loading,
    made_by,
    recipes,
    slow_load_s,
    tick,
    unchanged,
    waiting,
)
from conformance.suite.services.reading import BAD_REQUEST
from conformance.suite.services.retrying import retried
from conformance.targets.services import TOLERATED, ServicesTarget, brief

BUSY = TOLERATED | {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.UNAVAILABLE,
}
"""How a configuration is refused while another one loads."""


@requirement("SVC-CFG-001")
def test_configure_does_not_start(services: ServicesTarget) -> None:
    recipe = services.recipe()
    made = services.make(configured=False)
    for text in (recipe.config, config_text(recipe.config, "again", " ")):
        before = services.get(made.id)
        tick(before)
        answer = services.configure(made.id, text)
        for shown in (answer, services.settle(made.id)):
            expect(not shown.active, "service after Configure", got=brief(shown), wanted="inactive")
            expect(shown.config_raw == text, "config_raw", got=shown.config_raw, wanted=text)
            _config_time_moved(before, shown)


@requirement("SVC-CFG-001")
def test_configure_does_not_start_what_was_stopped(services: ServicesTarget) -> None:
    made = services.make(active=True)
    services.stop(made.id)
    _stays_inactive(services, made.id, services.recipe().config)


@requirement("SVC-CFG-001")
def test_configure_does_not_start_what_has_failed(services: ServicesTarget) -> None:
    both = recipes(services, "ok", "fail")
    made = made_by(services, both["fail"])
    services.start(made.id)
    services.settle(made.id)
    _stays_inactive(services, made.id, both["ok"].config)


def _stays_inactive(services: ServicesTarget, id_: str, text: str) -> None:
    answer = services.configure(id_, config_text(text, "mended", " "))
    for shown in (answer, services.settle(id_)):
        expect(not shown.active, "service after Configure", got=brief(shown), wanted="inactive")


@requirement("SVC-CFG-001")
def test_configuration_is_used_by_the_next_start(services: ServicesTarget) -> None:
    both = recipes(services, "ok", "fail")
    made = made_by(services, both["ok"])
    services.configure(made.id, both["fail"].config)
    services.start(made.id)
    settled = services.settle(made.id)
    expect(settled.state == State.ERROR, "start with it", got=brief(settled), wanted="an error")


@requirement("SVC-CFG-002")
def test_configure_of_an_active_service(services: ServicesTarget) -> None:
    text = config_text(services.recipe().config, "another", " ")
    made = services.make(active=True)
    tick(made)
    with services.pull(made.id) as pull:
        answer = services.configure(made.id, text)
        settled = services.settle(made.id)
        pull.holds(lambda changes: bool(changes) and changes[-1].service == settled)
        told = [change.service for change in pull.changes if change.service is not None]
    for shown in (answer, settled, *told):
        expect(shown.active, "service after Configure", got=brief(shown), wanted="active")
        expect(
            shown.last_active_time == made.last_active_time,
            "last_active_time after Configure",
            got=shown.last_active_time,
            wanted=made.last_active_time,
        )
    right = settled.state == State.ACTIVE and settled.config_raw == text
    expect(right, "settled service", got=brief(settled), wanted=f"active with {text}")
    begun = (made.last_loading_start_time or 0, settled.last_loading_start_time or 0)
    expect(begun[1] > begun[0], "begin of the load", got=begun[1], wanted=f"later than {begun[0]}")


@requirement("SVC-CFG-003")
def test_every_configuration_has_its_time(services: ServicesTarget) -> None:
    recipe = services.recipe()
    for active in (False, True):
        before = services.make(active=active)
        for _ in range(2):
            tick(before)
            services.configure(before.id, recipe.config)
            settled = services.settle(before.id)
            _config_time_moved(before, settled)
            before = settled


@requirement("SVC-CFG-004")
def test_working_configuration_stays_in_force(services: ServicesTarget) -> None:
    both = recipes(services, "ok", "bad")
    for active in (True, False):
        made = made_by(services, both["ok"], active=active)
        refused(
            partial(services.configure, made.id, both["bad"].config),
            BAD_REQUEST,
            "Configure with what cannot be parsed",
        )
        unchanged(services, made, "a configuration that was refused")


@requirement("SVC-CFG-005")
def test_first_configuration_that_cannot_be_parsed(services: ServicesTarget) -> None:
    made = services.make("bad", configured=False)
    observe(_odd_text(services, made, services.recipe("bad").config), trait="S9")


@requirement("SVC-CFG-006")
def test_configure_while_loading(services: ServicesTarget) -> None:
    both = recipes(services, "slow", "ok")
    patience_s = slow_load_s(services)
    text = config_text(both["ok"].config, "newest", " ")
    made = loading(services, both["slow"])
    observe(_overtaken(services, made, text, patience_s), trait="S10")


@requirement("SVC-CFG-006", needs=["retry"])
def test_configure_between_attempts(services: ServicesTarget) -> None:
    both = recipes(services, "retry", "ok")
    patience_s = 2 * retried(services).pause_s
    text = config_text(both["ok"].config, "newest", " ")
    made = services.create(
        id=services.fresh_id(), type=both["retry"].type, config_raw=both["retry"].config
    )
    services.start(made.id)
    shown = waiting(services, made.id)
    observe(f"{_overtaken(services, shown, text, patience_s)} between attempts")


@requirement("SVC-CFG-007")
def test_configure_changes_neither_id_nor_type(services: ServicesTarget) -> None:
    recipe, other = services.recipe(), services.fresh_id()
    for active in (False, True):
        made = services.make(active=active)
        for text in (recipe.config, _naming(recipe.config, other)):
            try:
                answer = services.configure(made.id, text)
            except Refused as refusal:
                # A server may well refuse a text that contradicts its service.
                expect(refusal.code in BAD_REQUEST, "refusal", got=refusal.code, wanted=BAD_REQUEST)
                answer = services.get(made.id)
            for shown in (answer, services.settle(made.id)):
                got, wanted = (shown.id, shown.type), (made.id, made.type)
                expect(got == wanted, "id and type after Configure", got=got, wanted=wanted)
    refused(lambda: services.get(other), ABSENT, "Get of the id in the text")


@requirement("SVC-CFG-008")
def test_failing_configuration_of_an_active_service(services: ServicesTarget) -> None:
    both = recipes(services, "ok", "fail")
    made = made_by(services, both["ok"], active=True)
    tick(made)
    services.configure(made.id, both["fail"].config)
    settled = services.settle(made.id)
    expect(settled.state == State.ERROR, "settled service", got=brief(settled), wanted="an error")
    for name in ("last_error_time", "last_inactive_time"):
        at = getattr(settled, name)
        right = at is not None and at > (made.last_active_time or 0)
        expect(right, name, got=at, wanted=f"later than {made.last_active_time}")


@requirement("SVC-CFG-009")
def test_configure_and_the_count_of_failed_attempts(services: ServicesTarget) -> None:
    before, after = _reconfigured(services)
    if not before.failed_attempts:
        not_applicable("the load that failed was not counted")
    got, legal = after.failed_attempts, (0, before.failed_attempts)
    expect(got in legal, "failed_attempts after Configure", got=got, wanted=legal)
    observe("kept" if got else "reset", trait="S11")


@requirement("SVC-CFG-010")
def test_configure_and_the_error(services: ServicesTarget) -> None:
    before, after = _reconfigured(services)
    got, legal = after.error, ("", before.error)
    expect(got in legal, "error after Configure", got=got, wanted=legal)
    observe("kept" if got else "cleared", trait="S12")


@requirement("SVC-CFG-011")
def test_empty_configuration_of_a_service_with_one(services: ServicesTarget) -> None:
    made = services.make()
    reading = _odd_text(services, made, "")
    # Over a configuration that works, what cannot be parsed is refused.
    right = reading != "a service with an error"
    expect(right, "an empty configuration", got=reading, wanted="kept as empty, or refused")
    observe(f"{reading} over one that works")


@requirement("SVC-CFG-011")
def test_empty_configuration_of_a_service_without_one(services: ServicesTarget) -> None:
    observe(_odd_text(services, services.make(configured=False), ""), trait="S13")


def _overtaken(services: ServicesTarget, made: Service, text: str, patience_s: float) -> str:
    """What becomes of a configuration that comes while another one is being applied.

    Args:
        services: the target.
        made: the service, which is at it.
        text: of the configuration that comes.
        patience_s: how long the older one may be at work if the newer one is accepted.
    """
    try:
        services.configure(made.id, text)
        reading, wanted = "accepted", text
        time.sleep(patience_s)  # whatever the older one still does must have no effect
    except Refused as refusal:
        expect(refusal.code in BUSY, "refusal", got=refusal.code, wanted=BUSY)
        reading, wanted = "refused", made.config_raw
    settled = services.settle(made.id)
    right = settled.state == State.ACTIVE and settled.config_raw == wanted
    got = f"{brief(settled)}, config_raw {settled.config_raw!r}"
    expect(right, f"service once settled, Configure {reading}", got=got, wanted=f"active: {wanted}")
    return reading


def _naming(config: str, name: str) -> str:
    """A configuration that calls its service something else; as it is if it is no JSON object."""
    try:
        value = json.loads(config)
    except ValueError:
        return config
    return json.dumps({**value, "name": name, "type": name}) if isinstance(value, dict) else config


def _reconfigured(services: ServicesTarget) -> tuple[Service, Service]:
    """A service after its load has failed, and after a configuration that works."""
    both = recipes(services, "fail", "ok")
    made = failed(services, both["fail"])
    return made, services.configure(made.id, both["ok"].config)


def _odd_text(services: ServicesTarget, made: Service, text: str) -> str:
    """What an inactive service makes of a text that need not be a configuration."""
    try:
        services.configure(made.id, text)
    except Refused as refusal:
        expect(refusal.code in BAD_REQUEST, "refusal", got=refusal.code, wanted=BAD_REQUEST)
        unchanged(services, made, "a configuration that was refused")
        return "refused"
    after = services.get(made.id)
    expect(not after.active, "service after Configure", got=brief(after), wanted="inactive")
    if text or after.error:
        got, wanted = after.config_raw, made.config_raw
        expect(
            after.error, "a text that is accepted and is none", got="no error", wanted="an error"
        )
        expect(got == wanted, "config_raw", got=got, wanted=wanted)
        return "a service with an error"
    expect(after.config_raw == text, "config_raw", got=after.config_raw, wanted=text)
    return "kept as empty"


def _config_time_moved(before: Service, after: Service) -> None:
    moved, was = after.last_config_time, before.last_config_time or before.last_inactive_time or 0
    right = moved is not None and moved > was
    expect(right, "last_config_time after Configure", got=moved, wanted=f"later than {was}")
