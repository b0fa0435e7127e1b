"""Templates as Go's text/template fills them (seed 001; golden results of a Go binary)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from conformance.failures import Nonconformance
from conformance.judging import Refused, attempt, expect, observe, requirement, sampled
from conformance.oracles.tasks.model import Task, Type
from conformance.oracles.tasks.templates import Case, errors, joined, metadata, parted, texts
from conformance.suite.tasks.completing import unusable
from conformance.suite.tasks.families import UNUSABLE
from conformance.targets.tasks import TasksTarget

TOGETHER = 14
"""Templates in one type."""


def _made(tasks: TasksTarget, source: str) -> Type | Task | Refused:
    """A task described by a template; or the type, or the refusal, as far as it came."""
    what = f"type with the template {source}"
    type = unusable(partial(tasks.create_type, description_template=source), what)
    if isinstance(type, Refused):
        return type
    what = f"task of a type with the template {source}"
    return unusable(partial(tasks.create_task, type, metadata=metadata()), what)


def _compare(tasks: TasksTarget, cases: Sequence[Case]) -> None:
    """Fail unless one task shows the golden results of all cases."""
    made = _made(tasks, joined(cases))
    if isinstance(made, Task):
        for case, got in zip(cases, parted(made.description, len(cases)), strict=True):
            what = f"text from {case.template}"
            expect(got == case.text, what, got="nothing" if got is None else repr(got),
                   wanted=repr(case.text))  # fmt: skip
    elif len(cases) > 1:
        # One of them is to blame: which?
        for case in cases:
            _compare(tasks, [case])
    elif isinstance(made, Refused):
        raise Nonconformance(
            f"template {cases[0].template}", got=f"{made.code.name}: {made.details}", wanted="taken"
        )


@requirement("TSK-TPL-005")
def test_templates_give_what_go_gives(tasks: TasksTarget) -> None:
    cases = texts()
    for at in range(0, len(cases), TOGETHER):
        _compare(tasks, cases[at : at + TOGETHER])


def _fails(made: Type | Task | Refused, tasks: TasksTarget) -> bool:
    """Whether a template counts as failed: refused, or where the profile allows it empty."""
    if isinstance(made, Task):
        return made.description == "" and tasks.profile.template_error != "reject"
    return True


@requirement("TSK-TPL-005")
def test_templates_fail_where_go_fails(tasks: TasksTarget) -> None:
    for case in sampled(errors("execution"), 4):
        made = _made(tasks, case.template)
        got = made.description if isinstance(made, Task) else ""
        what = f"task of a type with the template {case.template}"
        expect(_fails(made, tasks), what, got=f"the text {got!r}", wanted=UNUSABLE)


@requirement("TSK-TPL-006")
def test_missing_keys_leave_a_mark_or_refuse_the_task(tasks: TasksTarget) -> None:
    readings = set()
    for case in sampled(texts("missing"), 3):
        made = _made(tasks, f"[{case.template}]")
        if isinstance(made, Refused):
            readings.add("refused")
            continue
        got = made.description if isinstance(made, Task) else ""
        wanted = f"[{case.text}]"
        what = f"text from [{case.template}], which names what is missing"
        expect(got == wanted or _fails(made, tasks), what, got=repr(got), wanted=repr(wanted))
        readings.add("left empty" if got == "" else "marked")
    observe(f"missing keys: {' or '.join(sorted(readings))}")


@requirement("TSK-TPL-009")
def test_large_numbers(tasks: TasksTarget) -> None:
    type = tasks.create_type(description_template='{{index .Metadata "big"}}')
    task = attempt(partial(tasks.create_task, type, metadata=metadata()))
    observe(task.code.name if isinstance(task, Refused) else f"12345678 as {task.description!r}")
