"""Input schemas with input that follows them and input that breaks them.

A schema is put together from parts, each of which knows values of both kinds, so nothing has to
be solved and no validator is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

DRAFT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What one property may be, with values that follow it and values that break it."""

    schema: Mapping[str, Any]
    good: tuple[Any, ...]
    bad: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A schema with objects that follow it and objects that break it, and where they do.

    `bad` pairs an object with the property at fault; "" is the object itself.
    """

    schema: Mapping[str, Any]
    good: tuple[Mapping[str, Any], ...]
    bad: tuple[tuple[Mapping[str, Any], str], ...]

    @property
    def source(self) -> str:
        """The schema as text."""
        return json.dumps(self.schema)


PARTS = (
    Part(schema={"type": "string", "minLength": 1}, good=("a", "ä🙂"), bad=("", 1, None, ["a"])),
    Part(schema={"type": "integer", "minimum": 0}, good=(0, 3.0, 2**40), bad=(-1, 0.5, "1")),
    Part(schema={"type": "number", "exclusiveMinimum": 0}, good=(0.5, 17), bad=(0, -3, "7", True)),
    Part(schema={"type": "boolean"}, good=(True, False), bad=(0, "true", None)),
    Part(schema={"enum": ["reset", "replace", 7]}, good=("reset", 7), bad=("Reset", 8, None)),
    Part(schema={"const": {"a": [1]}}, good=({"a": [1]},), bad=({"a": [2]}, {"a": 1}, "a")),
    Part(schema={"pattern": "^[0-9]{3}$", "type": "string"}, good=("123",), bad=("12", "12a", 123)),
    Part(
        schema={"type": "array", "items": {"type": "number"}, "minItems": 1, "uniqueItems": True},
        good=([1], [1, 2.5]),
        bad=([], ["1"], [1, 1], "1"),
    ),
    Part(
        schema={"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1},
        good=({"1-0:1.8.0": 4.5},),
        bad=({}, {"a": "b"}, [1]),
    ),
    Part(
        schema={"prefixItems": [{"type": "string"}, {"type": "number"}], "items": False},
        good=(["a", 1], ["a"], []),
        bad=([1, "a"], ["a", 1, 2]),
    ),
    Part(schema={"type": ["string", "null"]}, good=("a", None), bad=(1, False)),
    Part(schema={"not": {"type": "string"}}, good=(1, None, []), bad=("a",)),
    Part(
        schema={"anyOf": [{"type": "number", "maximum": 5}, {"type": "string", "maxLength": 2}]},
        good=(5, "ab"),
        bad=(6, "abc", None),
    ),
)
"""Parts of schemas; integral doubles are integers, and truth values are no numbers."""

NAMES = ("action", "new_number", "values", "größe", "a.b")


@st.composite
def schemas(draw: st.DrawFn) -> Drawn:
    """A schema of one to three properties, some of them required, perhaps with no others."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    parts = {name: draw(st.sampled_from(PARTS)) for name in names}
    required = [name for name in names if draw(st.booleans())]
    closed = draw(st.booleans())
    schema: dict[str, Any] = {
        "$schema": DRAFT,
        "type": "object",
        "properties": {name: dict(part.schema) for name, part in parts.items()},
        "required": required,
    }
    if closed:
        schema["additionalProperties"] = False
    whole = {name: draw(st.sampled_from(part.good)) for name, part in parts.items()}
    least = {name: whole[name] for name in required}
    good = [whole, least] if closed else [whole, {**least, "more": draw(st.integers(0, 9))}]
    bad = [({**whole, name: draw(st.sampled_from(part.bad))}, name) for name, part in parts.items()]
    bad += [({key: whole[key] for key in whole if key != name}, "") for name in required]
    if closed:
        bad.append(({**whole, "more": 1}, ""))
    return Drawn(schema=schema, good=tuple(good), bad=tuple(bad))
