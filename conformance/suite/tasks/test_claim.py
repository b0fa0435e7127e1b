"""Claiming tasks (seed 001, ClaimTask)."""

from __future__ import annotations

from functools import partial

from conformance.judging import (
    ABSENT,
    Refused,
    by_depth,
    expect,
    not_applicable,
    refused,
    requirement,
)
from conformance.oracles.tasks.life import judge_step
from conformance.oracles.tasks.model import Task
from conformance.suite.tasks.completing import unusable
from conformance.suite.tasks.families import WRONG_STATE, same
from conformance.targets.tasks import TasksTarget

NESTED = '{{define "n"}}Meter {{index .Metadata "n"}}{{end}}{{template "n" .}}'
"""A template that calls another, which some servers render with care."""


@requirement("TSK-CLM-001")
def test_claim_takes_a_new_task(tasks: TasksTarget) -> None:
    claimed = tasks.claim(tasks.fresh_task().name)
    for what, shown in (("answer", claimed), ("Get", tasks.get_task(claimed.name))):
        wanted = "IN_PROGRESS"
        expect(shown.state == wanted, f"state in the {what} after a claim", got=shown.state,
               wanted=wanted)  # fmt: skip


@requirement("TSK-CLM-002")
def test_task_in_progress_is_not_claimed_again(tasks: TasksTarget) -> None:
    claimed = tasks.fresh_task(state="IN_PROGRESS")
    refused(lambda: tasks.claim(claimed.name), WRONG_STATE, "claiming a task in progress")
    same(tasks.get_task(claimed.name), claimed, "the task in progress after that")


@requirement("TSK-CLM-003")
def test_completed_task_is_not_claimed(tasks: TasksTarget) -> None:
    completed = tasks.fresh_task(state="COMPLETED")
    refused(lambda: tasks.claim(completed.name), WRONG_STATE, "claiming a completed task")
    same(tasks.get_task(completed.name), completed, "the completed task after that")


@requirement("TSK-CLM-004")
def test_unknown_task_is_not_claimed(tasks: TasksTarget) -> None:
    refused(lambda: tasks.claim(tasks.absent("tasks")), ABSENT, "claiming an unknown task")


@requirement("TSK-CLM-005")
def test_claims_at_once_have_one_winner(tasks: TasksTarget) -> None:
    _race(tasks, tasks.fresh_task())


@requirement("TSK-CLM-005")
def test_claims_with_costly_texts_have_one_winner(tasks: TasksTarget) -> None:
    # What a server renders elsewhere, to stay quick, comes back to a task that may have moved.
    create = partial(tasks.create_type, description_template=NESTED)
    type = unusable(create, "a type whose template defines another")
    if isinstance(type, Refused):
        not_applicable("the target does not take templates that define others")
    task = unusable(partial(tasks.create_task, type, metadata={"n": "1"}), "a task of that type")
    if isinstance(task, Refused):
        not_applicable("the target does not render templates that define others")
    _race(tasks, task)


def _race(tasks: TasksTarget, task: Task) -> None:
    count = by_depth(full=32, staging=6)
    results = tasks.together([partial(tasks.claim, task.name)] * count)
    lost = [result for result in results if isinstance(result, Refused)]
    what = f"{count} claims of one task at once"
    expect(len(lost) == count - 1, what, got=f"{count - len(lost)} succeed", wanted="one succeeds")


@requirement("TSK-CLM-006")
def test_claim_changes_state_and_update_time_only(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(
        recommended_action_template='Look at {{index .Metadata "n"}}.',
        links=[{"name": "a", "uri_template": 'https://a.test/{{index .Metadata "n"}}'}],
    )
    task = tasks.create_task(type, metadata={"n": "1"}, annotations={"a": {"b": [None, 1.5]}})
    wrong = judge_step(task, tasks.claim(task.name), "claim")
    expect(not wrong, "task after a claim", got=[v.text for v in wrong], wanted="only its state")
