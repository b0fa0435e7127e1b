"""Filter texts as trees, before any field is looked up.

`read` is the only door: text in, tree or `FilterError` out. Values keep their spelling; what a
spelling means depends on the field it is compared with, see `literals`.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from lark import Token, Transformer, UnexpectedToken, v_args

from simulator.services.errors import shown
from simulator.services.meta.filters.errors import FilterError
from simulator.services.meta.filters.grammar import described, parser

LONGEST: Final = 16 * 1024
"""Most bytes of a filter in UTF-8; our choice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A field path as it was written, and where."""

    text: str
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A literal: its kind, its spelling and where it begins.

    The spelling of a string has its quotes still on. Maps have `entries` instead, in order.
    """

    kind: Literal["null", "bool", "number", "string", "map"]
    text: str
    position: int
    entries: "tuple[tuple[Value, Value], ...]" = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One condition on one field.

    Comparisons have their sign as operator, `==` being `=`; membership of a collection is
    `CONTAINS`, with `every` set for ALL. `values` is empty for NULL and NAN.
    """

    path: Path
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "NULL", "NAN", "IN", "CONTAINS", "LIKE"]
    operator_position: int
    values: tuple[Value, ...] = ()
    negated: bool = False
    every: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """The opposite of a part."""

    part: "Node"


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Parts of which all, or any, must hold."""

    every: bool
    parts: "tuple[Node, ...]"


Node: TypeAlias = Condition | Not | Group


def read(text: str) -> Node | None:
    """Return the tree of a filter, or None if it lets everything pass: "" and "()".

    Raises:
        FilterError: not a filter, longer than `LONGEST`, or nested too deeply.
    """
    _check_size(text)
    if not text:
        return None
    try:
        tree: Any = parser(_Meaning).parse(text)
    except UnexpectedToken as error:
        raise _refusal(error, text) from None
    return tree if isinstance(tree, Node) else None


def _check_size(text: str) -> None:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise FilterError("half of a surrogate pair, which is no character", error.start) from None
    if len(encoded) > LONGEST:
        fitting = len(encoded[:LONGEST].decode(errors="ignore"))
        raise FilterError(f"{len(encoded)} bytes are more than {LONGEST}", fitting)


def _refusal(error: UnexpectedToken, text: str) -> FilterError:
    token = error.token
    expected = described(frozenset(error.expected))
    if token.type == "$END":
        return FilterError(f"the text ends, expected {expected}", len(text))
    if token == '"':
        return FilterError("a string without its closing quote", token.start_pos)
    hint = "; strings take double quotes" if token == "'" else ""
    return FilterError(f"found {shown(str(token))}, expected {expected}{hint}", token.start_pos)


def _path(token: Token) -> Path:
    return Path(text=str(token), position=token.start_pos or 0)


def _condition(path: Token, operator: Any, word: Token, *values: Value, **more: bool) -> Condition:
    return Condition(
        path=_path(path),
        operator=operator,
        operator_position=word.start_pos or 0,
        values=values,
        **more,
    )


def _value(kind: Any, token: Token) -> Value:
    return Value(kind=kind, text=str(token), position=token.start_pos or 0)


@v_args(inline=True)
class _Meaning(Transformer[Token, Any]):
    """What each rule of the grammar makes of its parts; called while parsing."""

    def start(self, tree: Node) -> Node:
        return tree

    def everything(self) -> None:
        return None

    def expr(self, *parts: Node) -> Node:
        return Group(every=False, parts=parts)

    def conj(self, *parts: Node) -> Node:
        return Group(every=True, parts=parts)

    def negation(self, part: Node) -> Node:
        return Not(part=part)

    def comparison(self, path: Token, sign: Token, value: Value) -> Node:
        return _condition(path, "=" if sign == "==" else str(sign), sign, value)

    def is_null(self, path: Token, word: Token, _: Token) -> Node:
        return _condition(path, "NULL", word)

    def is_not_null(self, path: Token, word: Token, _: Token) -> Node:
        return _condition(path, "NULL", word, negated=True)

    def is_nan(self, path: Token, word: Token) -> Node:
        return _condition(path, "NAN", word)

    def is_not_nan(self, path: Token, word: Token) -> Node:
        return _condition(path, "NAN", word, negated=True)

    def is_in(self, path: Token, word: Token, values: tuple[Value, ...]) -> Node:
        return _condition(path, "IN", word, *values)

    def is_not_in(self, path: Token, word: Token, values: tuple[Value, ...]) -> Node:
        return _condition(path, "IN", word, *values, negated=True)

    def contains(self, path: Token, word: Token, value: Value) -> Node:
        return _condition(path, "CONTAINS", word, value)

    def contains_any(self, path: Token, word: Token, values: tuple[Value, ...]) -> Node:
        return _condition(path, "CONTAINS", word, *values)

    def contains_all(self, path: Token, word: Token, values: tuple[Value, ...]) -> Node:
        return _condition(path, "CONTAINS", word, *values, every=True)

    def like(self, path: Token, word: Token, pattern: Token) -> Node:
        return _condition(path, "LIKE", word, _value("string", pattern))

    def list(self, *values: Value) -> tuple[Value, ...]:
        return values

    def entry(self, key: Value, value: Value) -> tuple[Value, Value]:
        return key, value

    def map(self, brace: Token, *entries: tuple[Value, Value]) -> Value:
        return Value(kind="map", text="{", position=brace.start_pos or 0, entries=entries)

    def null(self, token: Token) -> Value:
        return _value("null", token)

    def true(self, token: Token) -> Value:
        return _value("bool", token)

    def false(self, token: Token) -> Value:
        return _value("bool", token)

    def number(self, token: Token) -> Value:
        return _value("number", token)

    def string(self, token: Token) -> Value:
        return _value("string", token)
