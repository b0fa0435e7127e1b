"""What checks of UpdateType share: whole types, updates by mask, and what must not change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.judging import Codes, expect, refused
from conformance.oracles.tasks.model import WRITABLE, LinkTemplate, Type
from conformance.strategies.tasks import types
from conformance.suite.tasks.families import same
from conformance.targets.tasks import TasksTarget

FULL: Mapping[str, Any] = {
    "display_name": "before",
    "category": "gridproof",
    "sub_category": "part",
    "description_template": 'Unit {{index .Metadata "n"}}.',
    "recommended_action_template": "Wait.",
    "input_schema": '{"type": "object"}',
    "links": (LinkTemplate(name="a", uri_template="https://a.test/"),),
}
"""All fields that a caller writes, each with a value."""

OTHER: Mapping[str, Any] = {
    "display_name": "after",
    "category": "gridproof too",
    "sub_category": "another part",
    "description_template": "Nothing.",
    "recommended_action_template": '{{index .Metadata "n"}}',
    "input_schema": '{"type": "object", "required": ["a"]}',
    "links": (
        LinkTemplate(name="b", uri_template="https://b.test/"),
        LinkTemplate(name="a", uri_template="https://a.test/2"),
    ),
}
"""The same fields with other values."""


def values() -> st.SearchStrategy[dict[str, Any]]:
    """All writable fields; every mixture of two of them is legal, as both have a category."""
    return types().map(lambda fields: {**fields, "category": fields["category"] or "Gridproof"})


def masks() -> st.SearchStrategy[list[str]]:
    """Some of the writable fields."""
    return st.lists(st.sampled_from(WRITABLE), min_size=1, unique=True)


def cleared(field: str) -> Any:
    """What a field is that is not set."""
    return () if field == "links" else ""


def merged(before: Type, sent: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """All writable fields after an update."""
    return {
        field: sent.get(field, cleared(field)) if field in paths else getattr(before, field)
        for field in WRITABLE
    }


def expect_fields(type: Type, wanted: Mapping[str, Any], what: str) -> None:
    """Fail unless fields of a type are what is wanted, byte for byte."""
    for field, right in wanted.items():
        got = getattr(type, field)
        expect(got == right, f"{field} in the {what}", got=repr(got), wanted=repr(right))


def updated(api: TasksTarget, before: Type, paths: Sequence[str], sent: Mapping[str, Any]) -> Type:
    """Update a type; fail unless the answer and what is stored are what the mask leads to."""
    after = api.update_type(before.name, paths, **sent)
    what = f"answer to an update of {', '.join(paths)}"
    fields = WRITABLE if "*" in paths else paths
    expect_fields(after, merged(before, sent, fields), what)
    expect(after.name == before.name, f"name in the {what}", got=after.name, wanted=before.name)
    same(api.get_type(before.name), after, f"{before.name} after an update of {', '.join(paths)}")
    return after


def without_trace(
    api: TasksTarget, before: Type, call: Callable[[], Any], codes: Codes, what: str
) -> None:
    """Fail unless a call is refused and the type stays as it is, update time included."""
    refused(call, codes, what)
    same(api.get_type(before.name), before, f"{before.name} after {what} was refused")
