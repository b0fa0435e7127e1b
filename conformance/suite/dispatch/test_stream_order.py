"""The order and completeness of dispatch events (seed 000; what the published clients rely on)."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

from conformance.judging import by_depth, expect, requirement
from conformance.suite.dispatch.test_stream import told
from conformance.suite.laws.streams import Told, judge_no_gap, judge_order
from conformance.targets.dispatch import DispatchTarget

SOON_S = 1.0
"""Nineteen in twenty events arrive within this after the answer."""


@requirement("DSP-STR-004")
def test_updates_of_one_dispatch_come_in_order(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    with dispatch.stream() as stream:
        sent = [
            dispatch.update(created.id, duration_s=number + 1).duration_s
            for number in range(by_depth(full=50, staging=6))
        ]
        heard = [e.dispatch for e in stream.barrier() if e.kind == "UPDATED" and e.dispatch]
    shown = [item.duration_s for item in heard]
    expect(shown == sent, "durations of updates in a row", got=shown, wanted=sent)
    for one, other in pairwise(heard):
        expect(
            one.update_us < other.update_us,
            "update times of events in a row",
            got=(one.update_us, other.update_us),
            wanted="ascending",
        )


@requirement("DSP-STR-005")
def test_changes_of_several_dispatches_come_in_order(dispatch: DispatchTarget) -> None:
    done: list[Told] = []
    with dispatch.stream() as stream:
        made = [dispatch.create() for _ in range(3)]
        done += [("CREATED", item.id) for item in made]
        for place in (2, 0, 1):
            dispatch.update(made[place].id, duration_s=900)
            done.append(("UPDATED", made[place].id))
        for place in (1, 2, 0):
            dispatch.delete(made[place].id)
            done.append(("DELETED", made[place].id))
        judge_order(told(stream.barrier()), done, "events of three dispatches")


@requirement("DSP-STR-015")
def test_no_gap_after_the_first_event(dispatch: DispatchTarget) -> None:
    dispatch.create()
    most, enough = by_depth(full=(40, 10), staging=(12, 3))
    made: list[int] = []
    stop = threading.Event()
    failure: list[BaseException] = []

    def write() -> None:
        try:
            while not stop.is_set() and len(made) < most:
                made.append(dispatch.create().id)
        except BaseException as error:
            failure.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with dispatch.stream(ready=False) as stream:
            deadline = time.monotonic() + 10
            while len(told(stream.all_events)) < enough and time.monotonic() < deadline:
                time.sleep(0.01)
            stop.set()
            writer.join()
            if failure:
                raise failure[0]
            stream.barrier()
            heard = [e.dispatch.id for e in stream.all_events if e.dispatch and e.kind == "CREATED"]
    finally:
        stop.set()
        writer.join()
    known = [id for id in heard if id in set(made)]
    judge_no_gap(known, made, "creations from the first one heard on")


@requirement("DSP-STR-017")
def test_events_come_soon(dispatch: DispatchTarget) -> None:
    answered: dict[int | None, float] = {}
    count = by_depth(full=20, staging=6)
    created = dispatch.create()
    with dispatch.stream() as stream:
        for number in range(1, count + 1):
            dispatch.update(created.id, duration_s=number)
            answered[number] = time.monotonic()
        arrived = {e.dispatch.duration_s: e.at_s for e in stream.barrier() if e.dispatch}
    late = sorted(
        (
            arrived[number] - at_s if number in arrived else float("inf")
            for number, at_s in answered.items()
        ),
        reverse=True,
    )
    expect(
        late[1] <= SOON_S,
        f"second slowest of {count} events, seconds after the answer",
        got=f"{late[1]:.3f}",
        wanted=f"at most {SOON_S:g}",
    )
