"""DeleteService: what is gone, what is answered, and ids that are used again (seed 004)."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import grpc

from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    Refused,
    by_depth,
    expect,
    refused,
    requirement,
)
from conformance.oracles.services.model import Service
from conformance.suite.services.loading import failed, loading, slow_load_s
from conformance.targets.services import ServicesTarget, brief, together

ROUNDS = 20


@requirement("SVC-DEL-001")
def test_deleted_service_is_gone(services: ServicesTarget) -> None:
    other, made = services.make(), services.make()
    services.delete(made.id)
    refused(lambda: services.get(made.id), ABSENT, "Get of a deleted service")
    listed = {item.id for item in services.list_all()}
    expect(made.id not in listed, "deleted service", got="listed", wanted="not listed")
    expect(other.id in listed, "another service", got="not listed", wanted="listed")
    refused(lambda: services.delete(made.id), ABSENT, "Delete of a deleted service")


@requirement("SVC-DEL-002")
def test_delete_of_nothing(services: ServicesTarget) -> None:
    for allow in (None, False):
        refused(
            partial(services.delete, services.fresh_id(), allow_missing=allow),
            ABSENT,
            "Delete of an unknown id",
        )
    services.delete(services.fresh_id(), allow_missing=True)


@requirement("SVC-DEL-002")
def test_allow_missing_deletes_what_is_there(services: ServicesTarget) -> None:
    made = services.make()
    answer = services.delete(made.id, allow_missing=True)
    expect(answer.id == made.id, "id in the answer", got=answer.id, wanted=made.id)
    refused(lambda: services.get(made.id), ABSENT, "Get of a deleted service")


@requirement("SVC-DEL-003")
def test_delete_without_an_id(services: ServicesTarget) -> None:
    for allow in (None, True):
        refused(
            partial(services.delete, "", allow_missing=allow),
            BAD_ARGUMENT,
            f"Delete without an id, allow_missing {allow}",
        )


@requirement("SVC-DEL-004")
def test_delete_of_an_active_service(services: ServicesTarget) -> None:
    made = services.make(active=True)
    answer = services.delete(made.id)
    expect(not answer.active, "answer of Delete", got=brief(answer), wanted="inactive")
    refused(lambda: services.get(made.id), ABSENT, "Get of a deleted service")


@requirement("SVC-DEL-004", needs=["slow"])
def test_delete_while_loading(services: ServicesTarget) -> None:
    patience_s = slow_load_s(services)
    made = loading(services, services.recipe("slow"))
    answer = services.delete(made.id)
    expect(not answer.active, "answer of Delete", got=brief(answer), wanted="inactive")
    time.sleep(patience_s)  # until the load would have ended
    refused(lambda: services.get(made.id), ABSENT, "Get of a deleted service after its load")


@requirement("SVC-DEL-005")
def test_delete_answers_with_the_last_state(services: ServicesTarget) -> None:
    _answers_with(services, services.make())


@requirement("SVC-DEL-005", needs=["fail"])
def test_delete_answers_with_the_error(services: ServicesTarget) -> None:
    _answers_with(services, failed(services, services.recipe("fail")))


@requirement("SVC-DEL-006")
def test_id_can_be_used_again(services: ServicesTarget) -> None:
    made = services.make(active=True)
    gone = services.delete(made.id)
    _is_fresh(services.make(id=made.id, configured=False), after=gone)
    started = services.start(made.id)
    expect(started.id == made.id, "id of the new service", got=started.id, wanted=made.id)


@requirement("SVC-DEL-006", needs=["slow"])
def test_load_of_a_deleted_service_brings_nothing_back(services: ServicesTarget) -> None:
    patience_s = slow_load_s(services)
    made = loading(services, services.recipe("slow"))
    gone = services.delete(made.id)
    fresh = services.make("slow", id=made.id, configured=False)
    time.sleep(patience_s)  # until the load would have ended
    after = services.get(made.id)
    expect(after == fresh, "new service after the old load", got=brief(after), wanted=brief(fresh))
    _is_fresh(after, after=gone)


@requirement("SVC-DEL-007")
def test_two_deletes_at_once(services: ServicesTarget) -> None:
    wanted = ["NOT_FOUND", "OK"]
    for _ in range(by_depth(full=ROUNDS, staging=5)):
        id_ = services.make().id
        answers = together([partial(services.delete, id_)] * 2)
        got = sorted(_status(answer) for answer in answers)
        expect(got == wanted, "two deletes at once", got=got, wanted=wanted)


def _status(answer: Service | Refused) -> str:
    code = answer.code if isinstance(answer, Refused) else grpc.StatusCode.OK
    return str(code.name)


def _answers_with(services: ServicesTarget, made: Service) -> None:
    answer = services.delete(made.id)
    expect(answer.type in ("", made.type), "type in the answer", got=answer.type, wanted=made.type)
    # The published service leaves the type out, which is no part of the state.
    shown = replace(answer, type=made.type)
    expect(shown == made, "answer of Delete", got=answer, wanted=made)


def _is_fresh(shown: Service, *, after: Service) -> None:
    """Fail if a new service that was never configured nor started shows anything of an old one."""
    since = max(filter(None, (after.last_inactive_time, after.last_active_time)), default=0)
    born = shown.last_inactive_time or since
    expect(born >= since, "last_inactive_time", got=born, wanted=f"{since} or later")
    plain = Service(id=shown.id, type=shown.type, last_inactive_time=shown.last_inactive_time)
    expect(shown == plain, "service under an id that was used before", got=shown, wanted=plain)
