"""Cases of JSON Schema as data: schemas, input that follows them and input that breaks them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

DRAFT = "https://json-schema.org/draft/2020-12/schema"

BROKEN = (
    "not json",
    "{",
    "[]",
    '"text"',
    "7",
    '{"type": "strin"}',
    '{"type": 1}',
    '{"required": "a"}',
    '{"properties": []}',
    '{"minLength": -1}',
    '{"pattern": "("}',
    '{"items": [{"type": "string"}]}',
)
"""Texts without placeholders that are no schema of draft 2020-12."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaCase:
    """A schema with examples.

    Attributes:
        name: what it is about.
        schema: as JSON values.
        good: objects that follow it.
        bad: objects that break it.
        since: the draft since which it means this; None: always.
        format: whether it is about formats that are asserted.
    """

    name: str
    schema: Any
    good: tuple[Mapping[str, Any], ...]
    bad: tuple[Mapping[str, Any], ...]
    since: str | None = None
    format: bool = False

    @property
    def source(self) -> str:
        """The schema as text, with the draft that it means."""
        return json.dumps({"$schema": DRAFT, "type": "object", **self.schema})


@cache
def schema_cases() -> tuple[SchemaCase, ...]:
    """All cases, in the order of the file."""
    text = (resources.files("conformance.oracles.tasks") / "schemas.yaml").read_text("utf-8")
    return tuple(
        SchemaCase(**{**case, "good": tuple(case["good"]), "bad": tuple(case["bad"])})
        for case in yaml.safe_load(text)
    )


def by_draft() -> tuple[SchemaCase, ...]:
    """Those that older drafts decide otherwise."""
    return tuple(case for case in schema_cases() if case.since is not None)
