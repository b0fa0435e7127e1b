"""Getting: what Get shows and what it hides (seed 000, GetMicrogridDispatchRequest)."""

from __future__ import annotations

import grpc

from conformance.judging import (
    ABSENT,
    HIDDEN,
    expect,
    passive,
    refused,
    requirement,
    untestable,
)
from conformance.oracles.semantic import differences
from conformance.suite.dispatch.listing import some
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import DAILY, Dispatch, Rule


def _expect_same(shown: Dispatch, answered: Dispatch, after: str) -> None:
    found = differences(answered, shown, strict=True)
    expect(not found, f"get after {after}", got=found, wanted="what the call answered")


@requirement("DSP-GET-001")
def test_get_shows_what_create_answered(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=3, count=3)
    created = dispatch.create(rule=rule, payload={"a": {"b": [1.0, None]}})
    _expect_same(dispatch.get(created.id), created, "create")


@requirement("DSP-GET-001")
def test_get_shows_what_update_answered(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    updated = dispatch.update(created.id, duration_s=1200, payload={"changed": True})
    _expect_same(dispatch.get(created.id), updated, "update")


@requirement("DSP-GET-002")
def test_answer_repeats_the_microgrid(dispatch: DispatchTarget) -> None:
    (created,) = dispatch.prepared(some, 1)
    request = dispatch.message("GetMicrogridDispatchRequest")()
    request.microgrid_id, request.dispatch_id = dispatch.microgrid, created.id
    got = dispatch.call("GetMicrogridDispatch", request).microgrid_id
    expect(
        got == dispatch.microgrid, "microgrid id of the answer", got=got, wanted=dispatch.microgrid
    )


@requirement("DSP-GET-003")
@passive
def test_unknown_id_is_not_found(dispatch: DispatchTarget) -> None:
    if dispatch.writes:
        # So that the microgrid is known, whatever the target does about others.
        dispatch.prepared(some, 1)
    unknown = dispatch.random_id()
    refusal = refused(lambda: dispatch.get(unknown), HIDDEN, "getting an id that does not exist")
    if refusal.code is grpc.StatusCode.PERMISSION_DENIED and not dispatch.writes:
        untestable("the target denies access to unknown microgrids; declare microgrid_ids")
    expect(refusal.code in ABSENT, "status", got=refusal.code, wanted=grpc.StatusCode.NOT_FOUND)


@requirement("DSP-GET-004")
def test_other_microgrid_does_not_show_it(dispatch: DispatchTarget) -> None:
    (created,) = dispatch.prepared(some, 1)
    other = dispatch.other_microgrid
    dispatch.create(microgrid=other)
    refused(
        lambda: dispatch.get(created.id, microgrid=other),
        HIDDEN,
        "getting a dispatch under another microgrid",
    )
