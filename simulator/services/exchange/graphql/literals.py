"""Documents whose arguments are written into them: the values taken out, the rest made a shape.

The published clients send every value as a literal, so no two of their documents are the same, and
a publish of a hundred records is a hundred times as long as what it asks for. Here the arguments of
an operation's fields become variables: the shape that remains is short, and is prepared once for
all documents that differ in values only. A document that is unusual, or wrong anywhere, is left
as it is, for graphql-core to read and to explain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    Source,
    SourceLocation,
    get_location,
)

from simulator.services.exchange.errors import limit
from simulator.services.exchange.graphql.coercion import Name, Unfit, coercer
from simulator.services.exchange.graphql.limits import Limits, check_list

_TOKEN: Final = re.compile(
    r"""[\s,\ufeff]*+(?:\#[^\r\n]*+[\s,\ufeff]*+)*+
    (?:(?P<name>[_A-Za-z][_0-9A-Za-z]*+)
    |(?P<text>"(?!"")[^"\\\x00-\x1f]*+(?:\\["\\/bfnrt][^"\\\x00-\x1f]*+)*+")
    |(?P<number>-?(?:0|[1-9][0-9]{0,18})(?![\w.]))
    |(?P<sign>[{}()\[\]:])
    |(?P<end>\Z))""",
    re.VERBOSE,
)
"""What usual documents consist of: no variables, directives, block texts, fractions."""
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}
_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}
PREFIX: Final = "_literal"


class _Unusual(Exception):
    """A document that is to be left as it is."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A document without its values."""

    text: str
    """Also a document."""
    values: Mapping[str, Any]
    """What its variables stand for, coerced."""
    cuts: tuple[tuple[int, int], ...]
    """Where pieces of it begin: there, and in the document; each reaches up to the next one."""

    document: str
    """What it is the shape of."""

    def locate(self, position: int) -> SourceLocation:
        """Return where in the document something of the shape stands."""
        here, there = max(cut for cut in self.cuts if cut[0] <= position)
        return get_location(Source(self.document), there + position - here)


def shape_of(text: str, schema: GraphQLSchema, limits: Limits) -> Shape | None:
    """Return the shape of a document; None: it has no arguments, is unusual, or is wrong.

    Raises:
        ExchangeError: LimitExceeded, one of its lists is too long, or it has too many values.
    """
    try:
        return _Reader(text, schema, limits).shape()
    except (_Unusual, Unfit):
        return None


class _Reader:
    """Reads one document from its beginning."""

    def __init__(self, text: str, schema: GraphQLSchema, limits: Limits) -> None:
        self._text = text
        self._schema = schema
        self._limits = limits
        self._tokens = self._read()
        self._kind = self._word = ""
        self._start = self._end = 0
        self._next()
        self._values: dict[str, Any] = {}
        self._types: list[str] = []
        self._spans: list[tuple[int, int]] = []

    def shape(self) -> Shape | None:
        """Return the document's shape."""
        beginning = self._start
        root = self._schema.query_type
        is_bare = self._word == "{"
        if not is_bare:
            if self._word not in ("query", "mutation"):
                raise _Unusual
            if self._word == "mutation":
                root = self._schema.mutation_type
            self._next()
            if self._kind == "name":
                self._next()
        brace = self._start
        self._take("{")
        while self._word != "}":
            self._field({} if root is None else root.fields)
        self._next()
        self._rest()
        return self._cut(beginning if is_bare else brace, "query" if is_bare else "")

    def _field(self, fields: Mapping[str, GraphQLField]) -> None:
        """Read a field of the operation with all that is selected from it."""
        name = self._named()
        if self._word == ":":
            self._next()
            name = self._named()
        if self._word == "(":
            if name not in fields:
                raise _Unusual
            self._next()
            self._arguments(fields[name].args)
        if self._word == "{":
            self._skip()

    def _arguments(self, known: Mapping[str, GraphQLArgument]) -> None:
        given: set[str] = set()
        while self._word != ")":
            name = self._named()
            if name not in known or name in given:
                raise _Unusual
            given.add(name)
            self._take(":")
            start = self._start
            value = self._value(self._limits.nesting)
            kind = known[name].type
            self._values[f"{PREFIX}{len(self._values)}"] = coercer(kind, literal=True)(value)
            self._types.append(str(kind))
            self._spans.append((start, self._before))
        self._next()

    def _value(self, levels: int) -> Any:
        """Read a literal."""
        kind, word = self._kind, self._word
        if levels == 0:
            raise _Unusual
        if kind == "sign":
            if word == "[":
                return self._list(levels - 1)
            if word == "{":
                return self._object(levels - 1)
            raise _Unusual
        self._next()
        if kind == "text":
            return json.loads(word) if "\\" in word else word[1:-1]
        if kind == "number":
            return int(word)
        return _WORDS[word] if word in _WORDS else Name(word)

    def _list(self, levels: int) -> list[Any]:
        self._next()
        found = []
        while self._word != "]" or self._kind != "sign":
            found.append(self._value(levels))
        check_list(len(found), self._limits)
        self._next()
        return found

    def _object(self, levels: int) -> dict[str, Any]:
        self._next()
        found: dict[str, Any] = {}
        while self._word != "}" or self._kind != "sign":
            name = self._named()
            self._take(":")
            if name in found:
                raise _Unusual
            found[name] = self._value(levels)
        self._next()
        return found

    def _skip(self) -> None:
        """Read over a selection, whatever is in it."""
        open_ = 0
        while True:
            if self._kind == "end":
                raise _Unusual
            open_ += (self._word in _CLOSING) - (self._word in _CLOSING.values())
            self._next()
            if not open_:
                return

    def _rest(self) -> None:
        """Read what comes behind the operation: fragments, which it might use."""
        if self._kind != "end":
            raise _Unusual

    def _named(self) -> str:
        if self._kind != "name":
            raise _Unusual
        name = self._word
        self._next()
        return name

    def _take(self, sign: str) -> None:
        if self._word != sign:
            raise _Unusual
        self._next()

    def _next(self) -> None:
        self._before = self._end
        self._kind, self._word, self._start, self._end = next(self._tokens)

    def _read(self) -> Iterator[tuple[str, str, int, int]]:
        position = number = 0
        match = _TOKEN.match
        while (found := match(self._text, position)) is not None:
            kind = found.lastgroup or ""
            start, position = found.span(kind)
            number += 1
            if number > self._limits.literals:
                raise limit(f"the document has more than {self._limits.literals} values and signs")
            yield kind, found[kind], start, position
        raise _Unusual

    def _cut(self, at: int, keyword: str) -> Shape | None:
        """Put variables where values were, and declare them at a place."""
        if not self._values:
            return None
        declared = " ".join(
            f"${name}: {kind}" for name, kind in zip(self._values, self._types, strict=True)
        )
        pieces = [self._text[:at], f"{keyword}({declared})"]
        cuts = [(0, 0)]
        length, position = sum(map(len, pieces)), at
        for name, (start, end) in zip(self._values, self._spans, strict=True):
            cuts.append((length, position))
            pieces += [self._text[position:start], f"${name}"]
            length += start - position + len(name) + 1
            position = end
        cuts.append((length, position))
        pieces.append(self._text[position:])
        return Shape(
            text="".join(pieces), values=self._values, cuts=tuple(cuts), document=self._text
        )
