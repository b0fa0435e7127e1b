"""What a stream of dispatch events tells (seed 000, StreamMicrogridDispatchesResponse)."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from conformance.judging import (
    BAD_START,
    HIDDEN,
    Refused,
    attempt,
    background,
    by_depth,
    expect,
    observe,
    refused,
    requirement,
)
from conformance.oracles.semantic import differences
from conformance.patience import AHEAD_S, EVENT_S
from conformance.suite.dispatch.listing import some
from conformance.suite.laws.streams import Told, judge_once
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import HOUR_US, SECOND_US, Dispatch, Event

KINDS = ("CREATED", "UPDATED", "DELETED")
REPLAY_S = 1.0
"""How long a new stream is watched for dispatches that exist already."""


def told(events: list[Event]) -> list[Told]:
    return [(event.kind, event.dispatch.id if event.dispatch else None) for event in events]


@requirement("DSP-STR-001")
def test_each_change_is_announced_once(dispatch: DispatchTarget) -> None:
    with dispatch.stream() as stream:
        one, other = dispatch.create(), dispatch.create()
        dispatch.update(one.id, duration_s=900)
        dispatch.delete(one.id)
        done: list[Told] = [
            ("CREATED", one.id),
            ("CREATED", other.id),
            ("UPDATED", one.id),
            ("DELETED", one.id),
        ]
        judge_once(told(stream.barrier()), done, "events of two dispatches")


@requirement("DSP-STR-001")
def test_the_first_event_of_a_stream_tells_what_happened(dispatch: DispatchTarget) -> None:
    changed, *others = [dispatch.create(duration_s=600).id for _ in range(4)]
    with dispatch.stream(ready=False) as stream:
        # Without a marker, whose creation would be the first event and hide what comes first.
        for duration_s, patience_s in enumerate((0.3, 0.5, 1.0, 2.0, 3.0, 3.0), start=1):
            dispatch.update(changed, duration_s=duration_s)
            stream.hold(patience_s)
            if stream.events:
                break
        stream.barrier()
        heard = [e.kind for e in stream.events if e.dispatch and _updated(e.dispatch, changed)]
        if heard[:1] == ["CREATED"]:
            stream.hold(EVENT_S)
        replayed = any(id in others for _, id in told(stream.events))
    # A replay of what exists may have begun after an update, and shows the others, too.
    if heard and not replayed:
        what = "first event, of an update"
        expect(heard[0] == "UPDATED", what, got=heard[0], wanted="UPDATED")


def _updated(shown: Dispatch, id: int) -> bool:
    return shown.id == id and shown.duration_s != 600


@requirement("DSP-STR-002")
def test_events_carry_what_the_calls_answered(dispatch: DispatchTarget) -> None:
    with dispatch.stream() as stream:
        created = dispatch.create(payload={"level": 3})
        seen = stream.next(created.id, "CREATED").dispatch
        expect(seen == created, "dispatch of the creation event", got=seen, wanted=created)
        updated = dispatch.update(created.id, duration_s=900)
        seen = stream.next(created.id, "UPDATED").dispatch
        expect(seen == updated, "dispatch of the update event", got=seen, wanted=updated)
        dispatch.delete(created.id)
        last = stream.next(created.id, "DELETED").dispatch
        expect(last, "dispatch of the deletion event", got="none", wanted=updated)
        if last is not None:
            wrong = differences(updated.data, last)
            expect(not wrong, "dispatch of the deletion event", got=wrong, wanted="the last state")


@requirement("DSP-STR-003")
def test_only_the_subscribed_microgrid(dispatch: DispatchTarget) -> None:
    with dispatch.stream() as stream:
        foreign = dispatch.create(microgrid=dispatch.other_microgrid)
        own = dispatch.create()
        dispatch.update(foreign.id, microgrid=dispatch.other_microgrid, duration_s=900)
        dispatch.delete(foreign.id, microgrid=dispatch.other_microgrid)
        heard = told(stream.barrier())
    leaked = [event for event in heard if event[1] == foreign.id]
    expect(not leaked, "events of another microgrid", got=leaked, wanted="none")
    what = "event of the subscribed microgrid"
    expect(("CREATED", own.id) in heard, what, got=heard, wanted=("CREATED", own.id))


@requirement("DSP-STR-007")
def test_failed_calls_are_not_announced(dispatch: DispatchTarget) -> None:
    past_us = dispatch.clock.now_us() - HOUR_US
    unwanted = f"refused {dispatch.random_id()}"
    created = dispatch.create()
    with dispatch.stream() as stream:
        refused(lambda: dispatch.create(start_us=past_us, type=unwanted), BAD_START, "a past start")
        refused(
            lambda: dispatch.update(created.id, ["start_time", "duration"], start_us=past_us),
            BAD_START,
            "an update with a past start",
        )
        other = dispatch.other_microgrid
        refused(
            lambda: dispatch.update(created.id, microgrid=other, duration_s=5), HIDDEN, "an update"
        )
        refused(lambda: dispatch.delete(created.id, microgrid=other), HIDDEN, "a deletion")
        heard = told(stream.barrier())
        made = [e for e in stream.all_events if e.dispatch and e.dispatch.type == unwanted]
    expect(not heard, "events after refused changes", got=heard, wanted="none")
    expect(not made, "events after a refused creation", got=told(made), wanted="none")


@requirement("DSP-STR-008")
def test_no_event_is_empty(dispatch: DispatchTarget) -> None:
    with dispatch.stream() as stream:
        created = dispatch.create()
        dispatch.update(created.id, duration_s=900)
        dispatch.delete(created.id)
        stream.barrier()
        for event in stream.all_events:
            expect(event.kind in KINDS, "kind of an event", got=event.kind, wanted=KINDS)
            shown = event.dispatch
            expect(shown and shown.id, "dispatch of an event", got=shown, wanted="one with an id")


@requirement("DSP-STR-011")
def test_get_after_an_event_shows_its_state(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    with dispatch.stream() as stream:
        for duration_s in by_depth(full=(60, 120, 180, 240, 300), staging=(60, 120)):
            dispatch.update(created.id, duration_s=duration_s)
            event = stream.next(created.id, "UPDATED").dispatch
            now = dispatch.get(created.id)
            expect(
                event is not None and now.update_us >= event.update_us,
                "update time got after an event",
                got=now.update_us,
                wanted=event and event.update_us,
                times=True,
            )


@requirement("DSP-STR-012", needs=["simulated_site"])
@background(lasts_s=AHEAD_S + 4)
def test_occurrences_are_not_announced(dispatch: DispatchTarget) -> None:
    with dispatch.stream() as stream:
        soon_us = (dispatch.clock.now_us() // SECOND_US + AHEAD_S) * SECOND_US
        made = dispatch.create(start_us=soon_us, duration_s=1, active=True, dry_run=True)
        dispatch.clock.sleep_until(soon_us + SECOND_US + SECOND_US // 2)
        heard = [event for event in told(stream.barrier()) if event[1] == made.id]
    wanted = [("CREATED", made.id)]
    expect(heard == wanted, "events of a dispatch that ran for 1 s", got=heard, wanted=wanted)


@requirement("DSP-STR-013")
def test_what_a_new_stream_shows_of_the_past(dispatch: DispatchTarget) -> None:
    (existing,) = dispatch.prepared(some, 1)
    with dispatch.stream(ready=False) as stream:
        stream.hold(REPLAY_S)
        replayed = any(e.dispatch and e.dispatch.id == existing.id for e in stream.all_events)
    observe("replay" if replayed else "no replay", trait="A24")


@requirement("DSP-STR-016", needs=["simulated_site"])
def test_switching_on_and_off_is_an_update(dispatch: DispatchTarget) -> None:
    created = dispatch.create(active=False)
    with dispatch.stream() as stream:
        for active in (True, False):
            dispatch.update(created.id, active=active)
            event = stream.next(created.id)
            shown = (event.kind, event.dispatch and event.dispatch.active)
            wanted = ("UPDATED", active)
            expect(shown == wanted, "event of a switched dispatch", got=shown, wanted=wanted)


@requirement("DSP-STR-018")
def test_deletion_carries_a_newer_update_time(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    with dispatch.stream() as stream:
        dispatch.delete(created.id)
        last = stream.next(created.id, "DELETED").dispatch
    expect(last, "dispatch of the deletion event", got="none", wanted="the last state")
    newer = last is not None and last.update_us > created.update_us
    older = last is not None and last.update_us < created.update_us
    expect(not older, "update time of the deletion event", got="older", wanted="not older")
    observe("deletion time" if newer else "last state", trait="A27")


@requirement("DSP-STR-010")
def test_stream_ends_at_the_deadline(dispatch: DispatchTarget) -> None:
    dispatch.prepared(some, 1)
    with dispatch.stream(ready=False, deadline_s=0.5) as stream:
        stream.hold(5)
        name = stream.status.name if stream.status else "still open"
    expect(
        name == "DEADLINE_EXCEEDED",
        "stream with a deadline of 0.5 s, after 5 s",
        got=name,
        wanted="DEADLINE_EXCEEDED",
    )


@requirement("DSP-STR-010", needs=["full"])
def test_cancelled_streams_leave_nothing_behind(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    for _ in range(200):
        with suppress(Refused), dispatch.stream(ready=False):
            pass
    answer = attempt(partial(dispatch.get, created.id, deadline_s=5))
    expect(
        not isinstance(answer, Refused),
        "a get after 200 cancelled streams",
        got=answer,
        wanted="OK",
    )
    with dispatch.stream() as stream:
        made = dispatch.create()
        stream.next(made.id, "CREATED")
