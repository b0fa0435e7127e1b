"""What a new task holds: Structs as they were sent, and times of its creation."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from conformance.judging import by_depth, expect, explore, requirement, sampled
from conformance.oracles.tasks.model import Task
from conformance.oracles.tasks.values import same_json
from conformance.strategies.tasks import NOT_FINITE, STRUCTS, structs
from conformance.suite.tasks.families import invalid, not_stored, of_tasks
from conformance.targets.tasks import TasksTarget

FIELDS = ("metadata", "annotations")


@requirement("TSK-CRT-012")
def test_structs_are_stored_exactly(tasks: TasksTarget) -> None:
    type = tasks.plain_type()

    def body(metadata: Mapping[str, Any], annotations: Mapping[str, Any]) -> None:
        made = tasks.create_task(type, metadata=metadata, annotations=annotations)
        for shown in (made, tasks.get_task(made.name)):
            for field, sent in zip(FIELDS, (metadata, annotations), strict=True):
                got = getattr(shown, field)
                expect(same_json(got, sent), f"{field} as shown", got=got, wanted=sent)

    explore(
        body,
        examples=by_depth(full=20, staging=0),
        directed=[
            {"metadata": value, "annotations": other}
            for value, other in zip(STRUCTS[::-1], STRUCTS, strict=True)
        ],
        metadata=structs(),
        annotations=structs(4),
    )


@requirement("TSK-CRT-013")
def test_empty_and_absent_structs_stay_different(tasks: TasksTarget) -> None:
    type = tasks.plain_type()
    sent: tuple[dict[str, Any], ...] = ({}, {"metadata": {}}, {"annotations": {}})
    for fields in sent:
        made = tasks.create_task(type, **fields)
        for shown in (made, tasks.get_task(made.name)):
            got = {field: getattr(shown, field) for field in FIELDS}
            wanted = {field: fields.get(field) for field in FIELDS}
            expect(got == wanted, "Structs, None where absent", got=got, wanted=wanted)


def _timed(tasks: TasksTarget) -> tuple[int, Task, int]:
    """When a creation began, the task, and when it was answered."""
    type = tasks.fresh_type()
    began = time.time_ns()
    task = tasks.create_task(type, metadata={"n": "1"})
    return began, task, time.time_ns()


@requirement("TSK-CRT-014")
def test_new_task_has_the_time_of_its_creation(tasks: TasksTarget) -> None:
    began, task, ended = _timed(tasks)
    slack = int(tasks.profile.clock_tolerance * 1e9)
    for field in ("create_ns", "update_ns"):
        at = getattr(task, field)
        expect(at is not None, f"{field} of a new task", got="absent", wanted="present")
        good = began - slack <= at <= ended + slack
        off_s = (at - began) / 1e9
        expect(good, f"{field} of a new task", got=f"{off_s:.1f} s from the call", wanted="near")
    got = task.completion_ns
    expect(got is None, "completion_time of a new task", got=got, wanted="absent")


@requirement("TSK-CRT-015")
def test_new_task_was_updated_when_created(tasks: TasksTarget) -> None:
    task = tasks.fresh_task()
    expect(
        task.create_ns == task.update_ns,
        "update_time of a new task",
        got=task.update_ns,
        wanted=task.create_ns,
    )


@requirement("TSK-CRT-017")
def test_numbers_that_json_cannot_say_are_invalid(tasks: TasksTarget) -> None:
    type = tasks.plain_type()
    for value in sampled(NOT_FINITE, 2):
        for field in FIELDS:
            id = tasks.fresh_id()
            sent: dict[str, Any] = {field: value}
            call = partial(tasks.create_task, type, id=id, **sent)
            invalid(call, f"creating a task with {value} as {field}")
            not_stored(of_tasks(tasks), f"{tasks.parent}/tasks/{id}", "the refused task")
