"""Templates that would run for ever or grow without bound (our choice).

A target that does carry them out must not be harmed by being asked: work and text grow step by
step, what was refused once is not asked for again, and a shared system is asked for little.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from conformance.judging import Refused, by_depth, expect, observe, requirement
from conformance.oracles.tasks.model import Task, Type
from conformance.suite.tasks.completing import prompt, unusable
from conformance.suite.tasks.families import not_stored, of_tasks
from conformance.targets.tasks import TasksTarget

STOPPED_S = 2.0
"""How long it may take to make a type and a task whose template is stopped."""

FOUR = {"n": "1", "list": ["a", "b", "c", "d"], "text": "0123456789abcdef" * 64}

RECURSIVE = '{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}'
MUTUAL = (
    '{{define "a"}}{{template "b" .}}{{end}}{{define "b"}}{{template "a" .}}{{end}}'
    '{{template "a" .}}'
)
TWICE = '{{define "%d"}}{{template "%d" .}}{{template "%d" .}}{{end}}'
DOUBLING = (
    "".join(TWICE % (n, n + 1, n + 1) for n in range(40))
    + '{{define "40"}}x{{end}}{{template "0"}}'
)


def _nested(depth: int, body: str) -> str:
    """A template that does something four times as often with each level."""
    return (
        "{{range .Metadata.list}}"
        + "{{range $.Metadata.list}}" * (depth - 1)
        + body
        + ("{{end}}" * depth)
    )


def _stopped(tasks: TasksTarget, what: str, source: str, metadata: Mapping[str, Any]) -> bool:
    """Whether a template is refused or left empty; fail if an answer takes long."""

    def made() -> Type | Task | Refused:
        type = unusable(
            partial(tasks.create_type, description_template=source), f"type with {what}"
        )
        if isinstance(type, Refused):
            return type
        id = tasks.fresh_id()
        call = partial(tasks.create_task, type, id=id, metadata=metadata)
        task = unusable(call, f"task of a type with {what}")
        if isinstance(task, Refused):
            not_stored(of_tasks(tasks), f"{tasks.parent}/tasks/{id}", "the refused task")
        return task

    result, _ = prompt(made, STOPPED_S, f"answers to {what}")
    if isinstance(result, Task):
        return result.description == "" and tasks.profile.template_error != "reject"
    return True


@requirement("TSK-TPL-011")
def test_rounds_are_bounded(tasks: TasksTarget) -> None:
    for depth in by_depth(full=(5, 8, 10, 12, 14), staging=(5, 8, 10)):
        if _stopped(tasks, f"{4**depth} rounds", _nested(depth, "") + "end", FOUR):
            return
    observe(f"{4**depth} rounds take no time")


@requirement("TSK-TPL-011")
def test_texts_are_bounded(tasks: TasksTarget) -> None:
    body = "{{$.Metadata.text}}"
    # What is stored stays, and a text of many megabytes would be in everybody's lists.
    for depth in by_depth(full=(3, 4, 6, 7), staging=(3, 4)):
        if _stopped(tasks, f"a text of {4**depth} KiB", _nested(depth, body), FOUR):
            return
    reached = f"a text of {4**depth} KiB"
    expect(by_depth(full=False, staging=True), reached, got="stored", wanted="refused")
    observe(f"{reached} is stored")


# A server without any bound might crash.
@requirement("TSK-TPL-011", needs=["full"])
def test_templates_that_call_themselves_are_stopped(tasks: TasksTarget) -> None:
    cases = {
        "a template that calls itself": RECURSIVE,
        "two templates that call each other": MUTUAL,
        "templates that double each other forty times": DOUBLING,
    }
    for what, source in cases.items():
        expect(_stopped(tasks, what, source, FOUR), what, got="carried out", wanted="refused")
