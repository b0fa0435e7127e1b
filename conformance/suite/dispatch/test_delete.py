"""Deleting: what Delete answers and what it leaves (seed 000, DeleteMicrogridDispatchRequest)."""

from __future__ import annotations

from conformance.judging import ABSENT, HIDDEN, background, by_depth, expect, refused, requirement
from conformance.patience import AHEAD_S
from conformance.suite.dispatch.listing import some
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import SECOND_US

RUNNING_S = 3600
"""Duration of a dispatch that is still running when it is deleted."""


@requirement("DSP-DEL-001")
def test_answer_names_what_was_removed(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    answer = dispatch.delete(created.id)
    wanted = (dispatch.microgrid, created.id)
    expect(answer == wanted, "microgrid and dispatch id of the answer", got=answer, wanted=wanted)


@requirement("DSP-DEL-002")
def test_deleted_dispatch_is_gone(dispatch: DispatchTarget) -> None:
    kept, gone = dispatch.create(), dispatch.create()
    dispatch.delete(gone.id)
    refused(lambda: dispatch.get(gone.id), ABSENT, "getting a deleted dispatch")
    listed = {item.id for item in dispatch.list_all()}
    expect(gone.id not in listed, "deleted dispatch in the list", got="listed", wanted="left out")
    expect(kept.id in listed, "the other dispatch in the list", got="left out", wanted="listed")


@requirement("DSP-DEL-003")
def test_second_delete_finds_nothing(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    dispatch.delete(created.id)
    refused(lambda: dispatch.delete(created.id), ABSENT, "deleting the same dispatch again")


@requirement("DSP-DEL-004")
def test_delete_under_another_microgrid_removes_nothing(dispatch: DispatchTarget) -> None:
    (created,) = dispatch.prepared(some, 1)
    other = dispatch.other_microgrid
    refused(
        lambda: dispatch.delete(created.id, microgrid=other),
        HIDDEN,
        "deleting a dispatch under another microgrid",
    )
    shown = dispatch.get(created.id)
    expect(shown == created, "dispatch after the refused delete", got=shown, wanted=created)


@requirement("DSP-DEL-005")
def test_ids_are_not_given_out_again(dispatch: DispatchTarget) -> None:
    used = set()
    for _ in range(by_depth(full=3, staging=2)):
        created = dispatch.create()
        dispatch.delete(created.id)
        expect(created.id not in used, "id of a new dispatch", got=created.id, wanted="a fresh one")
        used.add(created.id)


@requirement("DSP-DEL-006")
def test_inactive_dispatch_can_be_deleted(dispatch: DispatchTarget) -> None:
    created = dispatch.create(active=False)
    dispatch.delete(created.id)
    _expect_unlisted(dispatch, created.id, "inactive")


@requirement("DSP-DEL-006", needs=["simulated_site"])
@background(lasts_s=AHEAD_S + 3)
def test_running_and_finished_dispatches_can_be_deleted(dispatch: DispatchTarget) -> None:
    soon_us = (dispatch.clock.now_us() // SECOND_US + AHEAD_S) * SECOND_US
    running = dispatch.create(start_us=soon_us, duration_s=RUNNING_S, active=True, dry_run=True)
    finished = dispatch.create(start_us=soon_us, duration_s=0, active=True, dry_run=True)
    dispatch.clock.sleep_until(soon_us + SECOND_US // 2)
    dispatch.delete(running.id)
    _expect_unlisted(dispatch, running.id, "running")
    dispatch.delete(finished.id)
    _expect_unlisted(dispatch, finished.id, "finished")


def _expect_unlisted(dispatch: DispatchTarget, id: int, kind: str) -> None:
    listed = {item.id for item in dispatch.list_all()}
    expect(id not in listed, f"deleted {kind} dispatch", got="still listed", wanted="gone")
