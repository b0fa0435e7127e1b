"""Schemas as templates (seed 001, Type.input_schema): placeholders, and data that breaks them."""

from __future__ import annotations

import json
from functools import partial

from conformance.judging import (
    Refused,
    by_depth,
    expect,
    explore,
    observe,
    requirement,
    sampled,
)
from conformance.strategies.tasks import words
from conformance.suite.tasks.completing import (
    claimed,
    completes,
    rejects,
    unchanged,
    unusable,
)
from conformance.suite.tasks.families import UNUSABLE
from conformance.targets.tasks import TasksTarget

OTHER_NUMBER = (
    '{"type": "object", "required": ["number"], "properties": {"number": {"type": "string", '
    '"not": {"const": "{{index .Metadata "n"}}"}}}}'
)
"""The form of the published page: any number but that of the task."""

QUOTED = OTHER_NUMBER.replace('"{{index .Metadata "n"}}"', '{{printf "%q" (index .Metadata "n")}}')
"""The same for data with quotes in it."""

REGISTERS = (
    '{"type": "object", "additionalProperties": {"type": "number"}, "required": ['
    '{{range $i, $r := index .Metadata "registers"}}{{if $i}}, {{end}}{{printf "%q" $r}}{{end}}]}'
)
"""No JSON at all before it is rendered."""

BREAKING = ('a"b', "a\\", '"', '"}, "x": {')
"""Data that a bare placeholder between quotes turns into what is no JSON."""


@requirement("TSK-CMP-011")
def test_schema_holds_data_of_the_task(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(input_schema=OTHER_NUMBER)

    def body(number: str) -> None:
        task = claimed(tasks, type, metadata={"n": number})
        rejects(tasks, task, {"number": number})
        unchanged(tasks, task)
        completes(tasks, task, {"number": f"{number}x"})

    explore(
        body,
        examples=by_depth(full=10, staging=0),
        directed=[{"number": "4711"}, {"number": "größe 7"}],
        number=words,
    )


@requirement("TSK-CMP-011")
def test_each_task_has_a_schema_of_its_own(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(input_schema=OTHER_NUMBER)
    first, second = (claimed(tasks, type, metadata={"n": number}) for number in ("1", "2"))
    completes(tasks, first, {"number": "2"})
    rejects(tasks, second, {"number": "2"})
    completes(tasks, second, {"number": "1"})


@requirement("TSK-TPL-005")
def test_schema_may_be_a_whole_program(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(input_schema=REGISTERS)
    metadata = {"n": "1", "registers": ["1-0:1.8.0", "1-0:2.8.0"]}
    task = claimed(tasks, type, metadata=metadata)
    rejects(tasks, task, {"1-0:1.8.0": 4.5})
    completes(tasks, task, {"1-0:1.8.0": 4.5, "1-0:2.8.0": 0})
    quoted = tasks.fresh_type(input_schema=QUOTED)
    task = claimed(tasks, quoted, metadata={"n": 'a"b'})
    rejects(tasks, task, {"number": 'a"b'})
    completes(tasks, task, {"number": "ab"})


@requirement("TSK-CMP-014")
def test_data_that_breaks_the_schema_is_the_callers_error(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(input_schema=OTHER_NUMBER)
    for number in sampled(BREAKING, 2):
        shown = json.dumps(number)
        made = unusable(
            partial(tasks.create_task, type, metadata={"n": number}),
            f"creation of a task whose number is {shown}",
        )
        if isinstance(made, Refused):
            observe("refused when the task is created")
            continue
        task = tasks.claim(made.name)
        what = f"completion of a task whose number is {shown}"
        result = unusable(partial(tasks.complete, task.name, {"number": "x"}), what)
        expect(isinstance(result, Refused), what, got="accepted", wanted=UNUSABLE)
        unchanged(tasks, task)
