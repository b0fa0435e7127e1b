"""Completing tasks, whatever their input (seed 001, CompleteTask)."""

from __future__ import annotations

from functools import partial

import grpc

from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    not_applicable,
    observe,
    refused,
    requirement,
)
from conformance.oracles.tasks.life import judge_step, judge_task
from conformance.suite.tasks.completing import claimed, unusable
from conformance.suite.tasks.families import WRONG_STATE, same
from conformance.targets.tasks import TasksTarget

BRANCHING = '{"type": "object", "properties": {"code": {"pattern": "^(a|b)*c$"}}}'
"""A schema whose pattern repeats a choice, which some servers evaluate with care."""

CODE = f"{'ab' * 8}c"
"""A text that the pattern fits."""

LOST = WRONG_STATE | {grpc.StatusCode.ABORTED}
"""How whoever comes too late is refused."""


@requirement("TSK-CMP-001")
def test_task_in_progress_is_completed(tasks: TasksTarget) -> None:
    before = tasks.fresh_task(state="IN_PROGRESS")
    completed = tasks.complete(before.name)
    wrong = judge_step(before, completed, "complete")
    expect(not wrong, "task after its completion", got=[v.text for v in wrong])
    same(tasks.get_task(before.name), completed, "Get after the completion")


@requirement("TSK-CMP-002")
def test_completion_time_is_there_then_and_only_then(tasks: TasksTarget) -> None:
    task = tasks.fresh_task()
    for shown in (task, tasks.claim(task.name), tasks.complete(task.name)):
        wrong = [v.text for v in judge_task(shown) if v.code == "completion"]
        expect(not wrong, f"task in state {shown.state}", got=wrong)


@requirement("TSK-CMP-003")
def test_completed_task_is_not_completed_again(tasks: TasksTarget) -> None:
    completed = tasks.fresh_task(state="COMPLETED")
    refused(lambda: tasks.complete(completed.name), WRONG_STATE, "completing a task twice")
    same(tasks.get_task(completed.name), completed, "the completed task after that")


@requirement("TSK-CMP-004")
def test_completing_a_new_task(tasks: TasksTarget) -> None:
    task = tasks.fresh_task()
    result = attempt(lambda: tasks.complete(task.name))
    declared = tasks.profile.complete_from_new
    if isinstance(result, Refused):
        what = "completing a task that nobody claimed"
        expect(result.code in WRONG_STATE, what, got=result.code.name, wanted=WRONG_STATE)
        expect(declared is not True, what, got="refused", wanted="accepted, as declared")
        same(tasks.get_task(task.name), task, "the new task after that")
        observe("refused")
    else:
        what = "completing a task that nobody claimed"
        expect(declared is not False, what, got="accepted", wanted="refused, as declared")
        expect(result.state == "COMPLETED", "state after that", got=result.state)
        observe("accepted")


@requirement("TSK-CMP-008")
def test_without_a_schema_no_input_is_needed(tasks: TasksTarget) -> None:
    type = tasks.plain_type()
    for input in (None, {}, {"anything": [1, None]}):
        task = tasks.fresh_task(type, state="IN_PROGRESS")
        done = tasks.complete(task.name, input)
        expect(done.state == "COMPLETED", f"state after input {input}", got=done.state)


@requirement("TSK-CMP-015")
def test_completions_at_once_have_one_winner(tasks: TasksTarget) -> None:
    schema = '{"type": "object", "required": ["crew"]}'
    for type in (tasks.fresh_type(input_schema=schema), tasks.fresh_type()):
        _race(tasks, tasks.fresh_task(type, state="IN_PROGRESS").name)


@requirement("TSK-CMP-015")
def test_completions_with_costly_input_have_one_winner(tasks: TasksTarget) -> None:
    # What a server checks elsewhere, to stay quick, comes back to a task that may have moved.
    type = unusable(partial(tasks.create_type, input_schema=BRANCHING), "a type with a pattern")
    if isinstance(type, Refused):
        not_applicable("the target does not take patterns with a choice that repeats")
    first = claimed(tasks, type)
    alone = unusable(partial(tasks.complete, first.name, {"code": CODE}), "one completion")
    if isinstance(alone, Refused):
        not_applicable("the target does not evaluate patterns with a choice that repeats")
    _race(tasks, claimed(tasks, type).name)


def _race(tasks: TasksTarget, name: str) -> None:
    count = by_depth(full=16, staging=6)
    calls = [
        partial(tasks.complete, name, {"crew": number, "code": CODE}) for number in range(count)
    ]
    if tasks.session.lacks("feed"):
        results = tasks.together(calls)
    else:
        with tasks.feed() as feed:
            results = tasks.together(calls)
            events = feed.settled()
        # Delivery is at least once: the number tells an event from its repetition.
        told = {e.sequence for e in events if (e.subject, e.type) == (name, "TaskCompleted")}
        what = f"events of {count} completions at once"
        expect(len(told) == 1, what, got=len(told), wanted="one")
    won = [result for result in results if not isinstance(result, Refused)]
    what = f"{count} completions of one task at once"
    expect(len(won) == 1, what, got=f"{len(won)} succeed", wanted="one succeeds")
    strange = [f"{r.code.name}: {r.details}" for r in results
               if isinstance(r, Refused) and r.code not in LOST]  # fmt: skip
    expect(not strange, what, got=strange, wanted=LOST)
    same(tasks.get_task(name), won[0], "the task that was completed")
