"""Events of tasks and types: one for each change, with what the call answered (seed 001)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from conformance.judging import Refused, attempt, by_depth, expect, requirement, sampled
from conformance.oracles.tasks.model import Event, Task, Type, differences
from conformance.suite.laws.streams import judge_once, judge_order
from conformance.suite.tasks.telling import Done, about, once, told
from conformance.suite.tasks.updating import FULL
from conformance.targets.tasks import TasksTarget


def _life(api: TasksTarget) -> Done:
    """One call of each kind that changes something."""
    made = api.create_type(**{**FULL, "input_schema": ""})
    task = api.create_task(made, metadata={"n": "1"}, annotations={"a": [None, True]})
    claimed = api.claim(task.name)
    updated = api.update_type(made.name, ["display_name"], display_name="after")
    completed = api.complete(task.name)
    return (
        ("TypeCreated", made),
        ("TaskCreated", task),
        ("TaskClaimed", claimed),
        ("TypeUpdated", updated),
        ("TaskCompleted", completed),
    )


def _named(done: Done) -> list[tuple[str, str]]:
    return [(kind, item.name) for kind, item in done]


@requirement("TSK-EVT-001")
def test_each_change_causes_one_event(tasks: TasksTarget) -> None:
    with tasks.feed() as feed:
        done = _life(tasks)
        judge_once(told(about(feed, done)), _named(done), "events of one life")


@requirement("TSK-EVT-002")
def test_refused_calls_cause_no_event(tasks: TasksTarget) -> None:
    made = tasks.create_type(category="gridproof")
    done, new = (tasks.fresh_task(made, state=state) for state in ("COMPLETED", "NEW"))
    id, absent = new.name.rpartition("/")[2], tasks.absent("types")
    calls: Sequence[Callable[[], Any]] = (
        partial(tasks.create_task, made, id=id),
        partial(tasks.create_task, absent),
        partial(tasks.create_task, None),
        partial(tasks.claim, done.name),
        partial(tasks.complete, done.name),
        partial(tasks.create_type, id=made.name.rpartition("/")[2]),
        partial(tasks.update_type, made.name, ["nope"], display_name="x"),
        partial(tasks.update_type, absent, ["display_name"], display_name="x"),
    )
    with tasks.feed() as feed:
        seen = feed.last
        for call in sampled(calls, 5):
            answer = attempt(call)
            expect(isinstance(answer, Refused), "a call that is wrong", got="accepted",
                   wanted="refused")  # fmt: skip
        names = {made.name, done.name, new.name, absent}
        since = [e for e in feed.settled() if e.subject in names and (e.sequence or 0) > seen]
        expect(not since, "events of refused calls", got=told(since), wanted="none")


@requirement("TSK-EVT-002")
def test_change_of_nothing_causes_no_event(tasks: TasksTarget) -> None:
    made = tasks.create_type(**FULL)
    with tasks.feed() as feed:
        seen = feed.last
        after = tasks.update_type(made.name, ["create_time"], create_time=10**9)
        since = [e for e in feed.settled() if e.subject == made.name and (e.sequence or 0) > seen]
        silent = after.update_ns == made.update_ns
        what = "events of an update that names no field of the caller's"
        expect(not (silent and since), what, got=told(since), wanted="none")


@requirement("TSK-EVT-003")
def test_events_hold_what_was_answered(tasks: TasksTarget) -> None:
    with tasks.feed() as feed:
        done = _life(tasks)
        events = about(feed, done)
    for kind, item in done:
        shown = [e for e in events if (e.type, e.subject) == (kind, item.name)]
        expect(shown, f"events of {item.name}", got=told(events), wanted=kind)
        for event in shown:
            held = event.resource
            found = ("everything",) if held is None else differences(held, item)
            got = {name: getattr(held, name, None) for name in found}
            wanted = {name: getattr(item, name, None) for name in found}
            expect(not found, f"what {kind} of {item.name} holds", got=got, wanted=wanted)


@requirement("TSK-EVT-004")
def test_events_come_in_order(tasks: TasksTarget) -> None:
    made = tasks.plain_type()
    with tasks.feed() as feed:
        done: list[tuple[str, Task | Type]] = []
        for _ in range(by_depth(full=4, staging=2)):
            task = tasks.create_task(made)
            done += [("TaskCreated", task), ("TaskClaimed", tasks.claim(task.name))]
            done.append(("TaskCompleted", tasks.complete(task.name)))
        live = about(feed, done)
    _in_order(live, done)
    # What is sent again to one who comes later stands in the same order.
    first = min((event.sequence or 0 for event in live), default=0)
    with tasks.feed(from_sequence=first) as feed:
        _in_order(about(feed, done), done)


def _in_order(events: Sequence[Event], done: Done) -> None:
    for name in dict.fromkeys(item.name for _, item in done):
        heard = [event for event in events if event.subject == name]
        judge_order(told(heard), [pair for pair in _named(done) if pair[1] == name], "events")
        for one, other in pairwise(heard):
            rising = (other.sequence or 0) > (one.sequence or 0)
            got = (one.sequence, other.sequence)
            expect(rising, f"numbers of the events of {name}", got=got, wanted="rising")


@requirement("TSK-EVT-005", needs=["second_tenant"])
def test_events_stay_within_their_tenant(tasks: TasksTarget) -> None:
    other = tasks.other
    with tasks.feed() as mine, other.feed() as theirs:
        names = {item.name for api in (tasks, other) for _, item in _life(api)}
        for api, feed in ((tasks, mine), (other, theirs)):
            foreign = [
                event.subject
                for event in feed.settled()
                if not event.subject.startswith(f"{api.parent}/")
            ]
            what = f"events of {api.parent}"
            expect(not foreign, what, got=foreign[:3], wanted="none of another tenant")
            own = [e for e in feed.events if e.subject in names]
            expect(own, what, got="none of its own changes", wanted="its own")


@requirement("TSK-EVT-006")
def test_resumed_feed_has_no_gap(tasks: TasksTarget) -> None:
    with tasks.feed() as feed:
        done = (*_life(tasks), *_life(tasks))
        events = about(feed, done)
    numbers = [event.sequence for event in events]
    expect(None not in numbers, "ids of events", got=numbers, wanted="sequence numbers")
    ends = sorted(number for number in numbers if number is not None)
    last = done[-1]
    for number in sampled(ends, 3):
        wanted = [n for n in ends if n >= number]
        with tasks.feed(from_sequence=number) as again:
            if wanted:
                again.wait(last[1].name, last[0])
            names = {item.name for _, item in done}
            heard = [e.sequence for e in once(again.events) if e.subject in names]
        expect(heard == wanted, f"feed resumed at {number}", got=heard, wanted=wanted)
        begun = min((e.sequence or 0 for e in again.events), default=number)
        expect(begun >= number, f"feed resumed at {number}", got=f"event {begun}", wanted="none")
