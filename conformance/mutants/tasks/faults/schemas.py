"""Faults in the checks of input against schemas."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.request import urlopen

from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError

from conformance.mutants.tasks import schemas, straight
from conformance.mutants.tasks.book import Code, Refuse, precondition
from conformance.mutants.tasks.making import fault
from conformance.oracles.tasks.model import Task, Type


def unchecked(type_: Type, task: Task, value: Any) -> None:
    """Input is not checked."""


def older_draft(type_: Type, task: Task, value: Any) -> None:
    """Schemas are read by draft 7."""
    text = straight.rendered_schema(type_, task)
    try:
        schema = {**schemas.read_schema(text or "{}"), "$schema": ""}
        found = list(Draft7Validator(schema).iter_errors(value or {}))
    except SchemaError:
        return
    if found:
        fields = [("input", error.message) for error in found]
        raise Refuse(Code.INVALID_ARGUMENT, "input", "INPUT_INVALID", fields=fields)


def absent_passes(type_: Type, task: Task, value: Any) -> None:
    """Input that is absent is not checked."""
    if value is not None:
        straight.check_input(type_, task, value)


def always_needed(type_: Type, task: Task, value: Any) -> None:
    """A completion needs input even without a schema."""
    if value is None:
        raise Refuse(Code.INVALID_ARGUMENT, "input is required", "FIELD_REQUIRED",
                     fields=[("input", "is required")])  # fmt: skip
    straight.check_input(type_, task, value)


def not_rendered(type_: Type, task: Task, value: Any) -> None:
    """Placeholders in a schema are taken as they stand."""
    plain = type_.input_schema.replace("{{", "<").replace("}}", ">").replace('\\"', "")
    straight.check_input(replace(type_, input_schema=plain), task, value)


def no_doubles(type_: Type, task: Task, value: Any) -> None:
    """A number with a point is no integer."""
    fields = [("input", "is no integer") for item in (value or {}).values()
              if isinstance(item, float) and '"integer"' in type_.input_schema]  # fmt: skip
    if fields:
        raise Refuse(Code.INVALID_ARGUMENT, "input", "INPUT_INVALID", fields=fields)
    straight.check_input(type_, task, value)


def at_root(type_: Type, task: Task, value: Any) -> None:
    """Paths of violations do not begin with the input."""
    try:
        straight.check_input(type_, task, value)
    except Refuse as refusal:
        refusal.fields = tuple((path[5:] or "$", text) for path, text in refusal.fields)
        raise


def rejects_everything(type_: Type, task: Task, value: Any) -> None:
    """No schema lets anything pass."""
    if type_.input_schema:
        raise Refuse(Code.INVALID_ARGUMENT, "no", "INPUT_INVALID", fields=[("input", "no")])


def _hostile(type_: Type, task: Task) -> bool:
    return "+)+" in straight.rendered_schema(type_, task)


def slow_patterns(type_: Type, task: Task, value: Any) -> None:
    """Patterns that repeat what repeats take long."""
    if _hostile(type_, task):
        time.sleep(6)
    straight.check_input(type_, task, value)


def busy_patterns(type_: Type, task: Task, value: Any) -> None:
    """While a pattern is matched everybody waits."""
    if _hostile(type_, task):
        time.sleep(3)
    straight.check_input(type_, task, value)


def pattern_passes(type_: Type, task: Task, value: Any) -> None:
    """Patterns that are hard to match fit everything."""
    if not _hostile(type_, task):
        straight.check_input(type_, task, value)


def without_prefixes(type_: Type, task: Task, value: Any) -> None:
    """The validator does not know prefixItems."""
    plain = type_.input_schema.replace('"prefixItems"', '"x-prefix"')
    straight.check_input(replace(type_, input_schema=plain), task, value)


def shallow(type_: Type, task: Task, value: Any) -> None:
    """Only what stands at the top of the input is looked at."""
    try:
        straight.check_input(type_, task, value)
    except Refuse as refusal:
        if not refusal.fields or any(path.count(".") < 2 for path, _ in refusal.fields):
            raise


def counting_bytes(type_: Type, task: Task, value: Any) -> None:
    """Lengths of texts count bytes."""
    straight.check_input(type_, task, _bytewise(value))


def _bytewise(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").decode("latin-1")
    if isinstance(value, dict):
        return {key: _bytewise(item) for key, item in value.items()}
    return [_bytewise(item) for item in value] if isinstance(value, list) else value


@cache
def _first_rendered(name: str, made_ns: int) -> list[str]:
    return []


def rendered_once(type_: Type, task: Task, value: Any) -> None:
    """All tasks have the schema of the first one that was completed."""
    kept = _first_rendered(type_.name, type_.create_ns)
    if type_.input_schema and not kept:
        kept.append(straight.rendered_schema(type_, task))
    straight.check_input(replace(type_, input_schema="".join(kept)), task, value)


def vague(type_: Type, task: Task, value: Any) -> None:
    """A refusal says that the input is wrong, and not what."""
    try:
        straight.check_input(type_, task, value)
    except Refuse as refusal:
        if refusal.reason == "INPUT_INVALID":
            refusal.fields = (("input", "is invalid"),)
        raise


def no_times(type_: Type, task: Task, value: Any) -> None:
    """No text is a time of day or an instant."""
    straight.check_input(type_, task, value)
    timed = re.compile(r"\d\d:\d\d:\d\d").search
    if '"format"' in type_.input_schema and any(timed(str(v)) for v in (value or {}).values()):
        raise Refuse(Code.INVALID_ARGUMENT, "no time", "INPUT_INVALID", fields=[("input", "no")])


def broken_internal(type_: Type, task: Task, value: Any) -> None:
    """A schema that cannot be used is an internal error."""
    try:
        straight.check_input(type_, task, value)
    except Refuse as refusal:
        if refusal.reason == "INPUT_SCHEMA_INVALID":
            refusal.code = Code.INTERNAL
        raise


def fetching(type_: Type, task: Task, value: Any) -> None:
    """References to other documents are fetched."""
    for url in re.findall(r'"\$ref"\s*:\s*"(http[^"]+)"', type_.input_schema):
        with suppress(OSError):
            urlopen(url, timeout=1).close()
        raise precondition(type_.name, f"cannot fetch {url}", "INPUT_SCHEMA_INVALID")
    straight.check_input(type_, task, value)


def input_(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault in the checks of input."""
    return fault(f"input-{id_}", sentence, {"check_input": change}, *kills)


MUTANTS = (
    input_(unchecked, "unchecked", "Input is not checked.", "CMP-005", "CMP-007", "CMP-011"),
    input_(older_draft, "draft-7", "Schemas are read by draft 7.", "CMP-010"),
    input_(absent_passes, "absent-passes", "Absent input passes.", "CMP-007"),
    input_(always_needed, "needed", "Input is always needed.", "CMP-008"),
    input_(not_rendered, "not-rendered", "Schemas are not rendered.", "CMP-011"),
    input_(no_doubles, "no-doubles", "A double is no integer.", "CMP-012"),
    input_(at_root, "paths", "Paths of violations do not name the input.", "CMP-009"),
    input_(rejects_everything, "rejected", "No input passes a schema.", "CMP-006"),
    input_(slow_patterns, "pattern-hangs", "A bad pattern hangs the call.", "CMP-016"),
    input_(broken_internal, "schema-internal", "An unusable schema is INTERNAL.", "CMP-014",
           "ERR-001"),
    input_(fetching, "fetches", "References are fetched.", "CMP-013"),
    input_(busy_patterns, "pattern-blocks", "A bad pattern holds everybody up.", "CMP-016"),
    input_(pattern_passes, "pattern-passes", "A bad pattern fits everything.", "CMP-016"),
    input_(without_prefixes, "no-prefix-items", "There is no prefixItems.", "CMP-010"),
    input_(no_times, "no-times", "No text is a time of day or an instant.", "CMP-010"),
    input_(shallow, "shallow", "Only the top of the input is looked at.", "CMP-005"),
    input_(counting_bytes, "bytes", "Lengths of texts count bytes.", "CMP-006"),
    input_(rendered_once, "rendered-once", "The first task's schema is everybody's.", "CMP-011"),
    input_(vague, "vague", "A refusal does not say what is wrong.", "CMP-009"),
)  # fmt: skip
