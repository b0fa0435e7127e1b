"""Input against the schema of a type (seed 001, Type.input_schema; JSON Schema 2020-12)."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.tasks.schemas import SchemaCase, by_draft, schema_cases
from conformance.strategies.tasks_schemas import Drawn, schemas
from conformance.suite.tasks.completing import accepts, claimed, completes, rejects, unchanged
from conformance.suite.tasks.families import INVALID
from conformance.targets.tasks import TasksTarget, rich

NESTED = (
    '{"type": "object", "required": ["device"], "properties": {'
    '"device": {"type": "object", "properties": {"serial": {"type": "string"}}},'
    '"values": {"type": "array", "items": {"type": "number"}}}}'
)
"""A schema with something to break at the top, in an object and in a list."""

INTEGER = '{"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}'


def _ordinary() -> list[SchemaCase]:
    """Cases that mean the same in every draft."""
    return [case for case in schema_cases() if case.since is None and not case.format]


def _drawn(case: SchemaCase) -> Drawn:
    """A case in the form of drawn ones, of which nobody knows where they break."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}
    bad = tuple((value, "") for value in case.bad)
    return Drawn(schema={**schema, **case.schema}, good=case.good, bad=bad)


@requirement("TSK-CMP-005")
def test_input_that_breaks_the_schema_is_invalid(tasks: TasksTarget) -> None:
    def body(case: Drawn) -> None:
        task = claimed(tasks, tasks.fresh_type(input_schema=case.source))
        for input, _ in case.bad:
            rejects(tasks, task, input)
        unchanged(tasks, task)

    explore(
        body,
        examples=by_depth(full=25, staging=1),
        directed=[{"case": _drawn(case)} for case in _ordinary()],
        case=schemas(),
    )


@requirement("TSK-CMP-006")
def test_input_that_follows_the_schema_completes(tasks: TasksTarget) -> None:
    def body(case: Drawn) -> None:
        type = tasks.fresh_type(input_schema=case.source)
        for input in case.good:
            accepts(tasks, type, input)

    explore(
        body,
        examples=by_depth(full=25, staging=1),
        directed=[{"case": _drawn(case)} for case in _ordinary()],
        case=schemas(),
    )


@requirement("TSK-CMP-006")
def test_refused_input_may_be_mended(tasks: TasksTarget) -> None:
    task = claimed(tasks, tasks.fresh_type(input_schema=INTEGER))
    rejects(tasks, task, {"n": "seven"})
    completes(tasks, task, {"n": 7})


@requirement("TSK-CMP-007")
def test_absent_input_lacks_what_is_required(tasks: TasksTarget) -> None:
    task = claimed(tasks, tasks.fresh_type(input_schema=INTEGER))
    empty: dict[str, Any] = {}
    for input in (None, empty):
        rejects(tasks, task, input)
    unchanged(tasks, task)


@requirement("TSK-CMP-009")
def test_violations_are_listed_below_input(tasks: TasksTarget) -> None:
    task = claimed(tasks, tasks.fresh_type(input_schema=NESTED))
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"device": {"serial": 5}}, "serial"),
        ({"device": {}, "values": [1, "x"]}, "values"),
        ({"values": []}, "device"),
        ({"device": "x", "values": "y"}, "device"),
    )
    for input, culprit in sampled(cases, 2):
        details = rich(rejects(tasks, task, input))
        if not details.present and not tasks.profile.error_details_required:
            not_applicable("refusals carry no details, and the profile does not promise any")
        what = f"violations of {input}"
        listed = details.violations
        strange = [path for path in details.fields if path.split(".")[0].split("[")[0] != "input"]
        expect(listed and not strange, what, got=details.fields, wanted="paths below input")
        # A missing property is at fault in its object: then the words have to name it.
        named = [path for path, text in listed if culprit in path or culprit in text]
        expect(named, what, got=listed, wanted=f"one that names {culprit}")


@requirement("TSK-CMP-010")
def test_schemas_are_of_draft_2020_12(tasks: TasksTarget) -> None:
    for case in sampled(by_draft(), 4):
        type = tasks.fresh_type(input_schema=case.source)
        task = claimed(tasks, type)
        for input in case.bad:
            rejects(tasks, task, input)
        first, *more = case.good
        completes(tasks, task, first)
        for input in by_depth(full=more, staging=[]):
            accepts(tasks, type, input)


@requirement("TSK-CMP-010")
def test_formats_are_asserted_or_not(tasks: TasksTarget) -> None:
    readings = []
    for case in (case for case in schema_cases() if case.format):
        type = tasks.fresh_type(input_schema=case.source)
        for input in by_depth(full=case.good, staging=case.good[:1]):
            accepts(tasks, type, input)
        result = attempt(partial(tasks.complete, claimed(tasks, type).name, case.bad[0]))
        if isinstance(result, Refused):
            what = f"input {case.bad[0]} of a wrong format"
            expect(result.code in INVALID, what, got=result.code, wanted=INVALID)
        readings.append(f"{case.name} {'refused' if isinstance(result, Refused) else 'accepted'}")
    observe(f"wrong formats: {', '.join(readings)}")


@requirement("TSK-CMP-012")
def test_numbers_without_fraction_are_integers(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(input_schema=INTEGER)
    for number in sampled((3.0, -2.0, 0.0, 2.0**40, 12345678.0), 2):
        accepts(tasks, type, {"n": number})
    task = claimed(tasks, type)
    for value in (3.5, "3"):
        rejects(tasks, task, {"n": value})
