"""Writes documents of the exchange API, arguments inlined or as variables.

Inlined is what the published SDK 0.0.24 sends: everything in the text, strings between quotes,
enums bare. `Raw` puts a piece of text in the place of a literal, for what no value can say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.targets.exchange_contract import Operation, Schema, Type, schema

CONTENTS = 2
"""How deep contents of directories are asked for, as the published SDK does."""


class Raw(str):
    """Text that stands in a document as it is, without quotes: `Raw("unknown")`."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """What is sent: text, variables and the name of the operation, as far as the form has them."""

    operation: Operation
    query: str
    variables: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """The JSON object of a POST: `query` alone where nothing is variable."""
        if self.variables is None:
            return {"query": self.query}
        return {
            "query": self.query,
            "variables": dict(self.variables),
            "operationName": self.operation.name,
        }


def inlined(
    name: str, arguments: Mapping[str, Any], *, selection: str | None = None, contents: int = 1
) -> Document:
    """A document that holds its arguments.

    Args:
        name: of the operation.
        arguments: by name; None leaves one out.
        selection: with its braces, instead of everything that the result has.
        contents: how deep contents of directories are asked for.
    """
    operation = schema().operation(name)
    types = operation.field.arguments
    parts = [
        f"{key}: {literal(value, types.get(key), schema())}"
        for key, value in arguments.items()
        if value is not None
    ]
    call = f"{name}({', '.join(parts)})" if parts else name
    chosen = selected(operation, contents=contents) if selection is None else selection
    return Document(
        operation=operation, query=f"{operation.kind} {name} {{ {call} {chosen} }}".rstrip()
    )


def with_variables(
    name: str, arguments: Mapping[str, Any], *, selection: str | None = None, contents: int = 1
) -> Document:
    """A document whose arguments are variables; what `inlined` says of its arguments holds."""
    operation = schema().operation(name)
    given = {key: value for key, value in arguments.items() if value is not None}
    types = operation.field.arguments
    declared = ", ".join(f"${key}: {types[key]}" for key in given)
    passed = ", ".join(f"{key}: ${key}" for key in given)
    chosen = selected(operation, contents=contents) if selection is None else selection
    head = f"{operation.kind} {name}({declared})" if given else f"{operation.kind} {name}"
    call = f"{name}({passed})" if given else name
    return Document(
        operation=operation, query=f"{head} {{ {call} {chosen} }}".rstrip(), variables=given
    )


def literal(value: Any, type: Type | None, known: Schema) -> str:
    """A value as GraphQL writes it; the type tells enums from texts."""
    if isinstance(value, Raw):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, str):
        is_enum = type is not None and type.name in known.enums
        return value if is_enum else quoted(value)
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Mapping):
        fields = known.inputs.get(type.name, {}) if type is not None else {}
        parts = (
            f"{key}: {literal(item, fields[key].type if key in fields else None, known)}"
            for key, item in value.items()
        )
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(item, type, known) for item in value)}]"
    raise TypeError(f"no GraphQL literal: {value!r}")


def quoted(text: str) -> str:
    """A string literal; what JSON escapes GraphQL does too, and a surrogate pair stays whole."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(c):04x}" if "\x7f" <= c <= "\x9f" else c for c in escaped)


def selected(operation: Operation, *, contents: int = 1) -> str:
    """Everything that the result has, contents of directories to a depth; "" for plain values."""
    return _selected(operation.field.type.name, contents)


def _selected(type_name: str, contents: int) -> str:
    # Types lead back to themselves through contents alone.
    known = schema()
    if known.is_leaf(type_name):
        return ""
    parts = []
    for field in known.types[type_name].values():
        deeper = contents
        if field.name == "contents":
            if not contents:
                continue
            deeper = contents - 1
        if known.is_leaf(field.type.name):
            parts.append(field.name)
        else:
            parts.append(f"{field.name} {_selected(field.type.name, deeper)}")
    return f"{{ {' '.join(parts)} }}"
