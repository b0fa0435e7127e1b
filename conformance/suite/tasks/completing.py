"""What checks of input schemas share: types with a schema, tasks of them, verdicts on input."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from conformance.failures import Nonconformance
from conformance.judging import Refused, attempt, by_depth, expect, refused
from conformance.oracles.tasks.model import Task, Type
from conformance.suite.tasks.families import INVALID, UNUSABLE, same
from conformance.targets.tasks import TasksTarget

T = TypeVar("T")
Input = Mapping[str, Any]


def claimed(tasks: TasksTarget, type: Type, **fields: Any) -> Task:
    """A task of a type, in progress."""
    return tasks.fresh_task(type, state="IN_PROGRESS", **fields)


def accepts(tasks: TasksTarget, type: Type, input: Input | None) -> None:
    """Fail unless a fresh task of the type is completed with the input."""
    completes(tasks, claimed(tasks, type), input)


def completes(tasks: TasksTarget, task: Task, input: Input | None) -> None:
    """Fail unless the task is completed with the input."""
    try:
        done = tasks.complete(task.name, input)
    except Refused as refusal:
        refusal.what = f"completion with input {input}, which follows the schema"
        raise
    expect(done.state == "COMPLETED", f"state after input {input}", got=done.state)


def rejects(tasks: TasksTarget, task: Task, input: Input | None) -> Refused:
    """Fail unless the input is refused as breaking the schema; the refusal."""
    what = f"completion with input {input}, which breaks the schema"
    return refused(lambda: tasks.complete(task.name, input), INVALID, what)


def unchanged(tasks: TasksTarget, task: Task) -> None:
    """Fail unless a task is as it was."""
    same(tasks.get_task(task.name), task, "the task after a completion that was refused")


def unusable(call: Callable[[], T], what: str) -> T | Refused:
    """What a call gives, or a refusal that says that a template or schema cannot be used."""
    result = attempt(call)
    if isinstance(result, Refused) and result.code not in UNUSABLE:
        got = f"{result.code.name}: {result.details}"
        raise Nonconformance(what, got=got, wanted=UNUSABLE)
    return result


def prompt(call: Callable[[], T], within_s: float, what: str) -> tuple[T | Refused, float]:
    """The result or refusal of a call that has to be answered in time, and the time it took.

    A machine may be busy with other things for a moment: what is late only once is in time.
    """
    for _ in range(by_depth(full=3, staging=2)):
        result, took_s = timed(call)
        if took_s <= within_s:
            return result, took_s
    raise Nonconformance(
        f"time of the {what}", got=f"{took_s:.1f} s", wanted=f"within {within_s:g} s"
    )


def timed(call: Callable[[], T]) -> tuple[T | Refused, float]:
    """The result or refusal of a call, and how many seconds it took."""
    began = time.monotonic()
    try:
        result: T | Refused = call()
    except Refused as refusal:
        result = refusal
    return result, time.monotonic() - began
