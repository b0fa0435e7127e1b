"""The operations and types of the exchange API, read from its schema text.

The judge reads the schema by itself: of SDL only what that one file uses (types, inputs, enums,
fields with arguments; no directives, interfaces or unions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from fixtures.contracts import exchange_schema

Kind = Literal["query", "mutation", "subscription"]
KINDS: Mapping[str, Kind] = {
    "Query": "query",
    "Mutation": "mutation",
    "Subscription": "subscription",
}

SCALARS = frozenset({"ID", "String", "Int", "Float", "Boolean"})

_WORDS = re.compile(r'"[^"\n]*"|#[^\n]*|[\w]+|[^\s\w]')


@dataclass(frozen=True, kw_only=True)
class Type:
    """A type as it is written: `[DataStore!]!` is a list that is never null."""

    name: str
    is_list: bool
    required: bool

    def __str__(self) -> str:
        inner = f"[{self.name}!]" if self.is_list else self.name
        return f"{inner}!" if self.required else inner


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a type; `arguments` by name, in the order of the schema."""

    name: str
    type: Type
    arguments: Mapping[str, Type]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A field of Query, Mutation or Subscription."""

    kind: Kind
    field: Field

    @property
    def name(self) -> str:
        """The name of the field, which is also that of the document."""
        return self.field.name


@dataclass(frozen=True, kw_only=True)
class Schema:
    """Object and input types with their fields, enums with their words."""

    types: Mapping[str, Mapping[str, Field]]
    inputs: Mapping[str, Mapping[str, Field]]
    enums: Mapping[str, tuple[str, ...]]

    def is_leaf(self, name: str) -> bool:
        """Whether values of a type are plain: a scalar or an enum."""
        return name in SCALARS or name in self.enums

    def operation(self, name: str) -> Operation:
        """The operation of a name.

        Raises:
            KeyError: there is none (a fault of the check).
        """
        for type_name, kind in KINDS.items():
            if name in self.types[type_name]:
                return Operation(kind=kind, field=self.types[type_name][name])
        raise KeyError(f"the exchange API has no operation {name}")

    def operations(self, kind: Kind | None = None) -> tuple[Operation, ...]:
        """All operations, or those of a kind."""
        return tuple(
            Operation(kind=found, field=field)
            for type_name, found in KINDS.items()
            if kind in (None, found)
            for field in self.types[type_name].values()
        )


@cache
def schema() -> Schema:
    """The contract that ships."""
    return parse(exchange_schema())


def parse(text: str) -> Schema:
    """Read a schema; what it cannot read is a fault of that file."""
    return _Reader(text).schema()


class _Reader:
    """Goes through the words of a schema once, from the first to the last."""

    def __init__(self, text: str) -> None:
        words: list[str] = _WORDS.findall(text)
        self._words = [word for word in words if word[0] not in '"#,']
        self._at = 0

    def schema(self) -> Schema:
        found: dict[str, dict[str, Mapping[str, Field]]] = {"type": {}, "input": {}}
        enums: dict[str, tuple[str, ...]] = {}
        while self._at < len(self._words):
            kind = self._next()
            if kind == "schema":
                self._skip_block()
            elif kind == "enum":
                name = self._next()
                enums[name] = self._enum()
            elif kind in found:
                name = self._next()
                found[kind][name] = self._fields()
            else:
                raise ValueError(f"exchange schema: {kind!r} where a definition begins")
        return Schema(types=found["type"], inputs=found["input"], enums=enums)

    def _enum(self) -> tuple[str, ...]:
        self._expect("{")
        words = []
        while self._peek() != "}":
            words.append(self._next())
        self._next()
        return tuple(words)

    def _fields(self, end: str = "}") -> dict[str, Field]:
        self._next()
        fields: dict[str, Field] = {}
        while self._peek() != end:
            name = self._next()
            arguments: dict[str, Type] = {}
            if self._peek() == "(":
                inner = self._fields(")")
                arguments = {each.name: each.type for each in inner.values()}
            self._expect(":")
            fields[name] = Field(name=name, type=self._type(), arguments=arguments)
            if self._peek() == "=":
                self._next()
                self._next()
        self._next()
        return fields

    def _type(self) -> Type:
        is_list = self._peek() == "["
        if is_list:
            self._next()
        name = self._next()
        if is_list:
            self._skip("!")
            self._expect("]")
        return Type(name=name, is_list=is_list, required=self._skip("!"))

    def _skip_block(self) -> None:
        while self._next() != "}":
            pass

    def _skip(self, word: str) -> bool:
        if self._at < len(self._words) and self._words[self._at] == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        found = self._next()
        if found != word:
            raise ValueError(f"exchange schema: {found!r} where {word!r} was expected")

    def _peek(self) -> str:
        return self._words[self._at]

    def _next(self) -> str:
        self._at += 1
        return self._words[self._at - 1]
