"""Faults in claims, completions and the checks of their input."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.request import urlopen

from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError

from conformance.mutants.tasks import schemas, straight
from conformance.mutants.tasks.book import Code, Refuse, precondition
from conformance.mutants.tasks.making import crowded, fault, recoded, slowly
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


def slow_patterns(type_: Type, task: Task, value: Any) -> None:
    """Patterns that repeat what repeats take long."""
    if "+)+" in type_.input_schema:
        time.sleep(8)
    straight.check_input(type_, task, value)


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


def claim(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault of ClaimTask."""
    return fault(f"claim-{id_}", sentence, {"claimed": change}, *kills)


def complete(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault of CompleteTask."""
    return fault(f"complete-{id_}", sentence, {"completed": change}, *kills)


def input_(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault in the checks of input."""
    return fault(f"input-{id_}", sentence, {"check_input": change}, *kills)


MUTANTS = (
    claim(claims_again, "again", "A task in progress may be claimed.", "CLM-002", "CLM-005"),
    claim(reopens, "reopens", "A completed task may be claimed.", "CLM-003", "STA-001"),
    claim(claims_in_vain, "in-vain", "A claim leaves the state.", "CLM-001"),
    claim(claims_quietly, "quietly", "A claim leaves the update time.", "CLM-006"),
    claim(claims_anew, "anew", "A claim moves the creation time.", "CLM-006"),
    claim(claims_clean, "clean", "A claim clears the annotations.", "CLM-006"),
    claim(claims_unspecified, "unspecified", "A claimed task has no state.", "STA-002"),
    claim(recoded(straight.claimed, Code.ABORTED), "aborted", "A wrong state is ABORTED.",
          "CLM-003"),
    fault("claim-race", "Of several claims at once several succeed.",
          {"alone": crowded, "claimed": slowly(straight.claimed)}, "CLM-005"),
    complete(completes_early, "early", "The completion time is long ago.", "STA-003"),
    complete(completes_untimed, "untimed", "A completed task has no completion time.", "CMP-002"),
    complete(completes_again, "again", "A task may be completed twice.", "CMP-003"),
    complete(completes_half, "half", "A completion leaves the task in progress.", "CMP-001"),
    complete(new_is_internal, "new-internal", "Completing a new task is INTERNAL.", "CMP-004"),
    fault("complete-race", "Of several completions at once several succeed.",
          {"alone": crowded, "completed": slowly(straight.completed)}, "CMP-015"),
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
)  # fmt: skip
