"""What becomes of several callers who want the same at one moment (published Go service)."""

from __future__ import annotations

import time
from collections.abc import Sequence

import grpc

from conformance.judging import (
    Refused,
    by_depth,
    expect,
    observe,
    requirement,
    untestable,
)
from conformance.oracles.services.model import SECOND_NS, Service
from conformance.strategies.services import config_text
from conformance.suite.services.reading import ANY_REFUSAL
from conformance.targets.services import TOLERATED, ServicesTarget, brief, together

STARTED = grpc.StatusCode.FAILED_PRECONDITION

BUSY = TOLERATED | {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}
"""How a configuration is turned away while another one loads."""

SHORTEST_S = 0.4
"""A load that is over sooner tells nothing about who ended it."""

EARLY = 0.75
"""A load that ends before this part of its usual time was ended by somebody else."""


@requirement("SVC-CON-001")
def test_one_of_several_starts_succeeds(services: ServicesTarget) -> None:
    made, callers = services.make(), by_depth(full=8, staging=4)
    for number in range(by_depth(full=20, staging=2)):
        answers = together([lambda: services.start(made.id)] * callers)
        started = _succeeded(answers)
        what = f"round {number}: starts that succeed, of {callers} at once"
        expect(len(started) == 1, what, got=len(started), wanted=1)
        codes = {answer.code for answer in answers if isinstance(answer, Refused)}
        expect(codes <= {STARTED}, f"round {number}: refusals", got=codes, wanted=STARTED.name)
        services.settle(made.id)
        services.stop(made.id)


@requirement("SVC-CON-002")
def test_services_created_at_once_are_all_there(services: ServicesTarget) -> None:
    count = by_depth(full=12, staging=4)
    ids = [services.fresh_id() for _ in range(count)]
    answers = together([lambda id_=id_: services.make(id=id_, settled=False) for id_ in ids])  # type: ignore[misc]
    for id_, answer in zip(ids, answers, strict=True):
        if isinstance(answer, Refused):
            raise answer
        expect(answer.id == id_, "id in the answer", got=answer.id, wanted=id_)
    missing = set(ids) - {item.id for item in services.list_all()}
    what = f"{count} services created at once"
    expect(not missing, what, got=f"without {sorted(missing)}", wanted="all in the list")


@requirement("SVC-CON-003")
def test_several_creates_of_one_id(services: ServicesTarget) -> None:
    id_, callers = services.fresh_id(), by_depth(full=8, staging=4)
    answers = together([lambda: services.make(id=id_, settled=False)] * callers)
    for answer in answers:
        if isinstance(answer, Refused):
            expect(answer.code in ANY_REFUSAL, "refusal", got=answer.code, wanted=ANY_REFUSAL)
    number = len(_succeeded(answers))
    expect(number, "creates that succeed", got=0, wanted="one at least")
    there = [item.id for item in services.list_all()].count(id_)
    expect(there == 1, f"{id_} in the list", got=f"{there} times", wanted="once")
    observe("one succeeds" if number == 1 else "several succeed", trait="S20")


@requirement("SVC-CON-004")
def test_several_configurations_at_once(services: ServicesTarget) -> None:
    config, callers = services.recipe().config, by_depth(full=8, staging=4)
    made = services.make(active=True)
    texts = [config_text(config, f"caller {number}", "") for number in range(callers)]
    for _ in range(by_depth(full=3, staging=1)):
        answers = together([lambda t=t: services.configure(made.id, t) for t in texts])  # type: ignore[misc]
        for answer in answers:
            if isinstance(answer, Refused):
                expect(answer.code in BUSY, "refusal", got=answer.code, wanted=BUSY)
        taken = {
            text
            for text, answer in zip(texts, answers, strict=True)
            if not isinstance(answer, Refused)
        }
        expect(taken, "configurations at once", got="all refused", wanted="one accepted at least")
        kept = services.settle(made.id).config_raw
        expect(kept in taken, "configuration kept", got=kept, wanted=taken)
        some_refused = len(_succeeded(answers)) < callers
        observe("some are refused" if some_refused else "all are accepted", trait="S21")


@requirement("SVC-CON-005")
def test_earlier_load_does_not_end_a_later_one(services: ServicesTarget) -> None:
    made = services.make("slow")
    # The first load may take longer than all others.
    for _ in range(by_depth(full=2, staging=1)):
        services.start(made.id)
        began = time.monotonic()
        usual_s = _load_s(services.settle(made.id))
        seen_s = time.monotonic() - began
        services.stop(made.id)
    if seen_s < SHORTEST_S:
        untestable(f"the load that is declared to be slow ends after {seen_s:.1f} s")
    services.start(made.id)
    time.sleep(min(seen_s, usual_s) / 2)
    services.stop(made.id)
    services.start(made.id)
    took_s = _load_s(services.settle(made.id))
    if took_s < EARLY * usual_s and services.quirky("late-load-end"):
        observe("the earlier load ends the later one")
        return
    wanted = f"about {usual_s:.2f} s"
    expect(took_s >= EARLY * usual_s, "load after a stop", got=f"{took_s:.2f} s", wanted=wanted)
    after = services.settle(made.id)
    expect(after.active, "service after its second start", got=brief(after), wanted="active")


def _load_s(settled: Service) -> float:
    """How long the last load took, by the clock of the server."""
    began, ended = settled.last_loading_start_time, settled.last_loading_end_time
    if began is None or ended is None:
        untestable("no times of a load are shown")
    return (ended - began) / SECOND_NS


def _succeeded(answers: Sequence[Service | Refused]) -> list[Service]:
    return [answer for answer in answers if not isinstance(answer, Refused)]
