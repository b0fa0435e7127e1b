"""The life of a task as a model: which calls a state allows, and what each of them changes.

Seed 001 says what claiming and completing do; the refusals are those of AIP-216. Whether a task
may be completed without having been claimed is open (`from_new`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import grpc

from conformance.oracles.model import Violation
from conformance.oracles.tasks.model import STATES, State, Task, differences

Call = Literal["claim", "complete"]

RANK: Mapping[str, int] = {"NEW": 0, "IN_PROGRESS": 1, "COMPLETED": 2}
"""The order of the states; none is ever left backwards."""

REFUSED = frozenset({grpc.StatusCode.FAILED_PRECONDITION})

CHANGES: Mapping[Call, frozenset[str]] = {
    "claim": frozenset({"state", "update_ns"}),
    "complete": frozenset({"state", "update_ns", "completion_ns"}),
}
"""Fields in which a task may differ after a call, if its texts depend on metadata alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a call on a task in some state leads to.

    Attributes:
        state: afterwards; that before if the call is refused.
        refused: whether it has to be refused.
        open: whether either is legal.
    """

    state: State
    refused: bool = False
    open: bool = False


def after(state: State, call: Call, *, from_new: bool | None = None) -> Outcome:
    """What a call does to a task in this state.

    Args:
        state: before.
        call: which.
        from_new: whether a task may be completed that nobody has claimed; None: either.
    """
    if call == "claim":
        return (
            Outcome(state="IN_PROGRESS") if state == "NEW" else Outcome(state=state, refused=True)
        )
    if state == "IN_PROGRESS":
        return Outcome(state="COMPLETED")
    if state == "NEW" and from_new is not False:
        return Outcome(state="COMPLETED", open=from_new is None)
    return Outcome(state=state, refused=True)


def judge_task(task: Task) -> list[Violation]:
    """What is wrong with a task by itself: its state, and how its times stand to each other.

    Codes: `state` unknown or unspecified; `times` a time is missing or before an earlier one;
    `completion` a completion time in a state that has none, or none where there has to be one.
    """
    return list(_task(task))


def _task(task: Task) -> Iterator[Violation]:
    def violation(code: str, text: str) -> Violation:
        return Violation(code=code, text=f"{task.name}: {text}")

    if task.state not in STATES or task.state == "STATE_UNSPECIFIED":
        yield violation("state", f"state {task.state}")
    if task.create_ns is None or task.update_ns is None:
        yield violation("times", "create_time or update_time is absent")
    elif task.update_ns < task.create_ns:
        yield violation("times", f"updated {task.create_ns - task.update_ns} ns before created")
    completed = task.state == "COMPLETED"
    if completed != (task.completion_ns is not None):
        there = "absent" if completed else "present"
        yield violation("completion", f"completion_time is {there} in state {task.state}")
    if task.completion_ns is not None and task.completion_ns < (task.create_ns or 0):
        yield violation("times", "completed before created")


def judge_step(before: Task, shown: Task, call: Call) -> list[Violation]:
    """What is wrong with a task after a call that succeeded.

    Codes: `state` not the one that the call leads to; `changed` a field that it leaves alone;
    `update` update_time did not move forward; and those of `judge_task`.
    """
    return [*_step(before, shown, call), *_task(shown)]


def _step(before: Task, shown: Task, call: Call) -> Iterator[Violation]:
    wanted = "IN_PROGRESS" if call == "claim" else "COMPLETED"
    if shown.state != wanted:
        yield Violation(code="state", text=f"state {shown.state} after {call}")
    for name in differences(before, shown):
        if name not in CHANGES[call]:
            old, new = getattr(before, name), getattr(shown, name)
            yield Violation(code="changed", text=f"{name} is {new!r} after {call}, was {old!r}")
    if (shown.update_ns or 0) <= (before.update_ns or 0):
        yield Violation(code="update", text=f"update_time did not move forward with {call}")


def judge_history(history: list[Task]) -> list[Violation]:
    """What is wrong with one task as shown time after time: states only go on, times too.

    Codes: `backwards`, `changed` (what never changes: name, type, metadata, annotations, creation
    time, and a completion time once set), and those of `judge_task`.
    """
    found = [violation for task in history for violation in _task(task)]
    for one, other in pairwise(history):
        if RANK.get(other.state, -1) < RANK.get(one.state, -1):
            text = f"{one.name}: {other.state} after {one.state}"
            found.append(Violation(code="backwards", text=text))
        fixed = {"name", "type", "metadata", "annotations", "create_ns"}
        if one.completion_ns is not None:
            fixed.add("completion_ns")
        for name in sorted(fixed & set(differences(one, other))):
            found.append(Violation(code="changed", text=f"{one.name}: {name} changed"))
    return found
