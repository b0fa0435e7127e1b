"""Tasks endpoints that fill templates and read schemas in another way, and are right."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.tasks import schemas, straight
from conformance.mutants.tasks.book import Refuse, invalid, precondition
from conformance.mutants.tasks.making import variant
from conformance.oracles.tasks.model import Task, Type

_REMOTE = re.compile(r'"\$(?:ref|dynamicRef)"\s*:\s*"https?:')


def strict_missing(type_: Type, task: Task) -> Task:
    """A key that is missing refuses the task."""
    filled = straight.texts(type_, task)
    if "<no value>" in filled.description + filled.recommended_action:
        raise precondition(type_.name, "a key is missing", "TEMPLATE_EXECUTION_FAILED")
    return filled


def production(type_: Type, task: Task) -> Task:
    """The stage is empty."""
    plain = tuple(
        replace(link, uri_template=re.sub(r"\{\{\s*\.Stage\s*\}\}", "", link.uri_template))
        for link in type_.links
    )
    return straight.texts(replace(type_, links=plain), task)


def long_stage(type_: Type, task: Task) -> Task:
    """The stage has a dot inside, too."""
    filled = straight.texts(type_, task)
    links = tuple(replace(x, uri=x.uri.replace("dev.", "test.eu.")) for x in filled.links)
    return replace(filled, links=links)


def left_empty(type_: Type, task: Task) -> Task:
    """A template that fails leaves a task without texts."""
    try:
        return straight.texts(type_, task)
    except Refuse:
        return task


def plain_numbers(type_: Type, task: Task) -> Task:
    """Large numbers have all their digits."""
    filled = straight.texts(type_, task)
    plain = re.sub(r"\d(?:\.\d+)?e\+\d\d", lambda x: f"{float(x[0]):.0f}", filled.description)
    return replace(filled, description=plain)


def schema_first(type_: Type, task: Task) -> Task:
    """A task whose schema cannot be used is not made."""
    if type_.input_schema:
        try:
            schemas.read_schema(straight.rendered_schema(type_, task))
        except schemas.BadSchema as error:
            raise precondition(type_.name, str(error), "INPUT_SCHEMA_INVALID") from None
    return straight.texts(type_, task)


def local_only(type_: Type) -> None:
    """A type whose schema refers to another document is refused."""
    if _REMOTE.search(type_.input_schema):
        raise invalid("type.input_schema", "refers to another document")
    straight.check_type(type_)


def _simpler(text: str) -> str:
    return text.replace("(a+)+", "a+")


def matched_type(type_: Type) -> None:
    """Patterns that backtrack are no reason to refuse a type."""
    straight.check_type(replace(type_, input_schema=_simpler(type_.input_schema)))


def matched(type_: Type, task: Task, value: Any) -> None:
    """Every pattern is matched in linear time."""
    text = _simpler(straight.rendered_schema(type_, task))
    straight.check_against(type_, text, value)


def formats_told(type_: Type, task: Task, value: Any) -> None:
    """Formats are annotations."""
    text = straight.rendered_schema(type_, task)
    straight.check_against(type_, text, value, formats=False)


VARIANTS: tuple[Variant, ...] = (
    variant("missing-refused", "A missing key refuses the task.", "TSK-TPL-006",
            {"texts": strict_missing}, "TPL-006", "TPL-005"),
    variant("failures-empty", "A template that fails leaves no text.", "template_error",
            {"texts": left_empty}, "TPL-005", "TPL-011"),
    variant("production", "The stage is empty.", "TSK-TPL-004", {"texts": production}, "TPL-004"),
    variant("stage-long", "The stage is of two parts.", "TSK-TPL-004", {"texts": long_stage},
            "TPL-004", "TPL-003"),
    variant("numbers-plain", "Large numbers have all digits.", "TSK-TPL-009",
            {"texts": plain_numbers}, "TPL-009", "TPL-005"),
    variant("schema-first", "A task with an unusable schema is not made.", "TSK-CMP-014",
            {"texts": schema_first}, "CMP-014", "CMP-013", "CMP-016"),
    variant("references-refused", "A type with a remote reference is refused.", "TSK-CMP-013",
            {"check_type": local_only}, "CMP-013"),
    variant("patterns-matched", "Patterns are matched in linear time.", "TSK-CMP-016",
            {"check_type": matched_type, "check_input": matched}, "CMP-016"),
    variant("formats-free", "Formats are annotations.", "JSON Schema 2020-12",
            {"check_input": formats_told}, "CMP-010", "CMP-005"),
)  # fmt: skip
