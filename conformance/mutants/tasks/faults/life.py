"""Faults in claims and completions."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import straight
from conformance.mutants.tasks.book import Code, Refuse
from conformance.mutants.tasks.listing import Query
from conformance.mutants.tasks.making import RACE_S, crowded, fault, recoded, slowly
from conformance.oracles.tasks.model import Task, Type


def claims_again(task: Task, at_ns: int) -> Task:
    """A task in progress may be claimed."""
    return (
        straight.claimed(replace(task, state="NEW"), at_ns)
        if (task.state == "IN_PROGRESS")
        else straight.claimed(task, at_ns)
    )


def reopens(task: Task, at_ns: int) -> Task:
    """A completed task may be claimed."""
    return replace(task, state="IN_PROGRESS", update_ns=at_ns, completion_ns=None)


def claims_in_vain(task: Task, at_ns: int) -> Task:
    """A claim changes only the update time."""
    return replace(straight.claimed(task, at_ns), state="NEW")


def claims_quietly(task: Task, at_ns: int) -> Task:
    """A claim leaves the update time."""
    return replace(straight.claimed(task, at_ns), update_ns=task.update_ns)


def claims_anew(task: Task, at_ns: int) -> Task:
    """A claim moves the creation time."""
    return replace(straight.claimed(task, at_ns), create_ns=at_ns)


def claims_clean(task: Task, at_ns: int) -> Task:
    """A claim clears the annotations."""
    return replace(straight.claimed(task, at_ns), annotations=None)


def claims_unspecified(task: Task, at_ns: int) -> Task:
    """A claimed task shows no state."""
    return replace(straight.claimed(task, at_ns), state="STATE_UNSPECIFIED")


def completes_early(task: Task, at_ns: int) -> Task:
    """The completion time is long ago."""
    return replace(straight.completed(task, at_ns), completion_ns=1_000_000_000)


def completes_untimed(task: Task, at_ns: int) -> Task:
    """A completed task has no completion time."""
    return replace(straight.completed(task, at_ns), completion_ns=None)


def completes_again(task: Task, at_ns: int) -> Task:
    """Completing twice moves the completion time."""
    return replace(task, state="COMPLETED", update_ns=at_ns, completion_ns=at_ns)


def completes_half(task: Task, at_ns: int) -> Task:
    """A completion leaves the task in progress."""
    return replace(straight.completed(task, at_ns), state="IN_PROGRESS")


def new_is_internal(task: Task, at_ns: int) -> Task:
    """Completing a new task is an internal error."""
    if task.state == "NEW":
        raise Refuse(Code.INTERNAL, "AssertionError", "BUG")
    return straight.completed(task, at_ns)


def awaits_patterns(type_: Type, task: Task, value: Any) -> None:
    """Input is held against patterns elsewhere."""
    straight.check_input(type_, task, value)
    if '"pattern"' in type_.input_schema:
        time.sleep(RACE_S)


def awaits_texts(type_: Type, task: Task) -> Task:
    """Templates that define others are rendered elsewhere."""
    if "define" in type_.description_template:
        time.sleep(RACE_S)
    return straight.texts(type_, task)


def reopens_all(type_: Type, task: Task) -> Task:
    """An update of a type makes its claimed tasks new."""
    return replace(task, state="NEW") if task.state == "IN_PROGRESS" else task


def stale(query: Query, item: Any) -> Any:
    """Lists show every task as new."""
    return replace(item, state="NEW") if isinstance(item, Task) else item


def claim(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault of ClaimTask."""
    return fault(f"claim-{id_}", sentence, {"claimed": change}, *kills)


def complete(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault of CompleteTask."""
    return fault(f"complete-{id_}", sentence, {"completed": change}, *kills)


MUTANTS = (
    claim(claims_again, "again", "A task in progress may be claimed.", "CLM-002", "CLM-005"),
    claim(reopens, "reopens", "A completed task may be claimed.", "CLM-003", "STA-001"),
    claim(claims_in_vain, "in-vain", "A claim leaves the state.", "CLM-001"),
    claim(claims_quietly, "quietly", "A claim leaves the update time.", "CLM-006"),
    claim(claims_anew, "anew", "A claim moves the creation time.", "CLM-006"),
    claim(claims_clean, "clean", "A claim clears the annotations.", "CLM-006"),
    claim(claims_unspecified, "unspecified", "A claimed task has no state.", "STA-002"),
    claim(recoded(straight.claimed, Code.ABORTED), "aborted", "A wrong state is ABORTED.",
          "CLM-003", "ERR-001"),
    fault("claim-race", "Of several claims at once several succeed.",
          {"alone": crowded, "claimed": slowly(straight.claimed)}, "CLM-005"),
    complete(completes_early, "early", "The completion time is long ago.", "STA-003"),
    complete(completes_untimed, "untimed", "A completed task has no completion time.", "CMP-002"),
    complete(completes_again, "again", "A task may be completed twice.", "CMP-003"),
    complete(completes_half, "half", "A completion leaves the task in progress.", "CMP-001"),
    complete(new_is_internal, "new-internal", "Completing a new task is INTERNAL.", "CMP-004"),
    fault("complete-race", "Of several completions at once several succeed.",
          {"alone": crowded, "completed": slowly(straight.completed)}, "CMP-015"),
    fault("claim-race-texts", "While texts are rendered a task may be claimed again.",
          {"alone": crowded, "texts": awaits_texts}, "CLM-005"),
    fault("complete-race-input", "While input is checked a task may be completed again.",
          {"alone": crowded, "check_input": awaits_patterns}, "CMP-015"),
    fault("update-reopens", "An update of a type makes its claimed tasks new.",
          {"task_after": reopens_all}, "STA-001", "TPL-010"),
    fault("list-states", "Lists show every task as new.", {"listed": stale}, "STA-001"),
)  # fmt: skip
