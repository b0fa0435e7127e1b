"""Types as they are made: what is kept, and what is refused (seed 001, Type)."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.judging import Refused, attempt, expect, explore, requirement, sampled
from conformance.oracles.tasks.model import WRITABLE, LinkTemplate
from conformance.strategies.tasks import (
    BAD_TEMPLATES,
    TEMPLATE_FIELDS,
    types,
    with_template,
)
from conformance.suite.tasks.families import INVALID, invalid, of_types, same
from conformance.suite.tasks.updating import expect_fields
from conformance.targets.tasks import TasksTarget

OLD_NS = 1_000_000_000
TEXT_TEMPLATES = ("description_template", "recommended_action_template")

WHOLE: tuple[dict[str, Any], ...] = (
    {
        "display_name": " Größe 🙂 e\u0301 ",
        "category": "Gridproof",
        "sub_category": "a  b",
        "description_template": '\n{{index .Metadata "n"}}\t<b>&amp;</b> ',
        "recommended_action_template": "  {{- /* trimmed */ -}} Look.\r\n",
        "input_schema": ' {"type" : "object" ,\n "properties":{"a": {"const": 1.50}} }\n',
        "links": (
            LinkTemplate(name="z", uri_template="https://a.test/{{.Stage}}z?a=b&c=%20d"),
            LinkTemplate(name="a", uri_template="https://a.test/{{ .Name }}"),
        ),
    },
    {"display_name": "only a name"},
)
"""What is lost or changed where texts are trimmed, parsed or put in order."""

NO_SCHEMAS = (
    '{"type": "strin"}',
    "no JSON",
    '{"type": 5}',
    "[",
    '{"properties": []}',
    "{}}",
    '{"type": []}',
    '{"type": ["string", "string"]}',
    '{"minimum": "5"}',
    '{"exclusiveMinimum": true}',
    '{"multipleOf": 0}',
    '{"maxLength": -1}',
    '{"minItems": 1.5}',
    '{"uniqueItems": 1}',
    '{"pattern": 5}',
    '{"enum": 5}',
    '{"required": "a"}',
    '{"required": ["a", "a"]}',
    '{"dependentRequired": {"a": "b"}}',
    '{"allOf": []}',
    '{"anyOf": {"type": "string"}}',
    '{"not": "x"}',
    '{"items": [{"type": "string"}]}',
    '{"properties": {"a": {"items": {"type": "strin"}}}}',
    '{"patternProperties": {"a": 5}}',
    '{"$defs": {"a": {"type": "strin"}}}',
    '{"allOf": [{}, {"type": "strin"}]}',
)
"""Texts without placeholders that are no schema, as the meta-schema of draft 2020-12 says."""


def _kept(api: TasksTarget, fields: dict[str, Any]) -> None:
    made = api.create_type(**fields)
    expect_fields(made, fields, "answer of CreateType")
    same(api.get_type(made.name), made, f"Get of {made.name}")


@requirement("TSK-TYP-002")
def test_types_are_kept_as_they_are(tasks: TasksTarget) -> None:
    directed = [{"fields": fields} for fields in WHOLE]
    explore(partial(_kept, tasks), examples=40, directed=directed, fields=types())


@requirement("TSK-TYP-002")
def test_long_texts_are_whole_or_refused(tasks: TasksTarget) -> None:
    for field in ("display_name", "category", *TEXT_TEMPLATES):
        fields = {field: f"begin {'long ' * 60}end"}
        answer = attempt(partial(_kept, tasks, fields))
        if isinstance(answer, Refused):
            what = f"a type with {len(fields[field])} characters of {field}"
            expect(answer.code in INVALID, what, got=answer.code.name, wanted=INVALID)


@requirement("TSK-TYP-003")
def test_bad_templates_are_invalid(tasks: TasksTarget) -> None:
    family = of_types(tasks)
    for field in TEMPLATE_FIELDS:
        for source in (BAD_TEMPLATES[0], *sampled(BAD_TEMPLATES[1:], 1)):
            fields = with_template(field, source)
            invalid(partial(family.make, **fields), f"a type with {source!r} in {field}")


@requirement("TSK-TYP-004")
def test_what_is_no_schema_is_invalid(tasks: TasksTarget) -> None:
    for source in (*NO_SCHEMAS[:2], *sampled(NO_SCHEMAS[2:], 2)):
        call = partial(tasks.create_type, input_schema=source)
        invalid(call, f"a type with the input schema {source!r}")


@requirement("TSK-TYP-005")
def test_sub_category_needs_a_category(tasks: TasksTarget) -> None:
    call = partial(tasks.create_type, sub_category="fire")
    invalid(call, "a type with a sub-category and no category")


@requirement("TSK-TYP-006")
def test_times_of_types_are_the_servers(tasks: TasksTarget) -> None:
    made = tasks.create_type(create_time=OLD_NS, update_time=OLD_NS, display_name="old")
    for type in (made, tasks.get_type(made.name)):
        for field in ("create_ns", "update_ns"):
            got = getattr(type, field)
            expect(got is not None, f"{field} of a new type", got="absent", wanted="present")
            what = f"{field} that the caller sent"
            expect(got != OLD_NS, what, got="kept", wanted="the server's")
    second = tasks.create_type(display_name="new")
    expect(
        (second.create_ns or 0) >= (made.create_ns or 0),
        "creation times of two types one after the other",
        got=(made.create_ns, second.create_ns),
        wanted="in their order",
    )
    missing = [name for name in WRITABLE if name != "display_name" and getattr(second, name)]
    expect(not missing, "fields of a type that were not sent", got=missing, wanted="empty")
