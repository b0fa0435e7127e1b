"""Filter texts as trees, before any field is looked up.

`read` is the only door: text in, tree or `FilterError` out. What a literal means depends on the
field that it is compared with, see `literals`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from lark import Token, Transformer, UnexpectedToken, v_args

from simulator.services.errors import shown
from simulator.services.tasks.filters.errors import FilterError
from simulator.services.tasks.filters.grammar import SEGMENTS, described, parser

LONGEST: Final = 4096
"""Characters (our choice)."""
MOST_RESTRICTIONS: Final = 64
"""Comparisons and bare words in one filter (our choice)."""

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", ":", "IN", "NOT IN"]
_OPERATORS: Final[dict[str, Operator]] = {"==": "=", "<>": "!="}

_QUOTES: Final = ("'", '"')
_CHARACTER: Final = re.compile(r"\\.|''|.", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A name, text, number or time: on the left of an operator a path, on the right a literal."""

    kind: Literal["name", "quoted", "number", "time", "call"]
    parts: tuple[str, ...]
    """Segments between dots, without quotes and escapes; of all but paths one."""
    pieces: tuple[str, ...]
    """The whole text between its wildcards."""
    column: int

    @property
    def text(self) -> str:
        """The whole text, stars being nothing but stars."""
        return "*".join(self.pieces)

    @property
    def is_star(self) -> bool:
        """Whether it is a lone `*` without quotes."""
        return self.kind == "name" and self.pieces == ("", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bare:
    """A literal that stands alone."""

    word: Word


@dataclass(frozen=True, kw_only=True, slots=True)
class Restriction:
    """One comparison of one field; `==` is `=`, and `<>` is `!=`.

    `values` are several for IN and NOT IN only; otherwise the value may be an expression of bare
    words, over which the operator is to be distributed.
    """

    path: Word
    operator: Operator
    column: int
    """Where the operator stands."""
    values: tuple[Word | Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """The opposite of a part."""

    part: Node
    minus: bool = False
    """Whether it is spelled so; before a number that something is compared with, it is a sign."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Parts of which all, or any, must hold."""

    every: bool
    parts: tuple[Node, ...]


Node: TypeAlias = Bare | Restriction | Not | Group


def read(text: str, *, sql_precedence: bool = False) -> Node | None:
    """Return the tree of a filter, or None if it is blank and lets everything pass.

    Raises:
        FilterError: not a filter, or above one of the limits.
    """
    if len(text) > LONGEST:
        raise FilterError(f"{len(text)} characters are more than {LONGEST}", LONGEST + 1)
    try:
        tree: Any = parser(_SQL if sql_precedence else _AIP).parse(text)
    except UnexpectedToken as error:
        raise _refusal(error, text) from None
    if tree is not None and (found := count(tree)) > MOST_RESTRICTIONS:
        raise FilterError(f"{found} restrictions are more than {MOST_RESTRICTIONS}", 1)
    root: Node | None = tree
    return root


def count(node: Word | Node) -> int:
    """Return how many restrictions a tree has, those counted too that come of distribution."""
    match node:
        case Restriction(values=values):
            return max(sum(count(value) for value in values if not isinstance(value, Word)), 1)
        case Not(part=part):
            return count(part)
        case Group(parts=parts):
            return sum(map(count, parts))
        case _:
            return 1


def _refusal(error: UnexpectedToken, text: str) -> FilterError:
    token, expected = error.token, described(frozenset(error.expected))
    if token.type == "$END":
        return FilterError(f"the text ends, expected {expected}", len(text) + 1)
    column = (token.start_pos or 0) + 1
    if token in ('"', "'"):
        return FilterError("a text without its closing quote", column)
    return FilterError(f"found {shown(str(token))}, expected {expected}", column)


def _word(token: Token) -> Word:
    """Return what a path token stands for: segments with and without quotes."""
    segments = SEGMENTS.findall(str(token))
    pieces: list[str] = [""]
    parts = []
    for index, segment in enumerate(segments):
        between = _pieces(segment)
        parts.append("*".join(between))
        pieces[-1] += ("." if index else "") + between[0]
        pieces += between[1:]
    quoted = len(segments) == 1 and segments[0][0] in "\"'"
    return Word(
        kind="quoted" if quoted else "name",
        parts=tuple(parts),
        pieces=tuple(pieces),
        column=(token.start_pos or 0) + 1,
    )


def _pieces(segment: str) -> list[str]:
    """Return a segment's text between its stars; an escaped star is a character like any."""
    quote = segment[0]
    if quote not in _QUOTES:
        return segment.split("*")
    pieces = [""]
    for character in _CHARACTER.findall(segment[1:-1]):
        if character == "*":
            pieces.append("")
        elif character == "''":
            pieces[-1] += "'" if quote == "'" else "''"
        else:
            pieces[-1] += character[-1]
    return pieces


def _plain(kind: Literal["number", "time"], token: Token, sign: str = "") -> Word:
    text = f"{sign}{token}"
    return Word(kind=kind, parts=(text,), pieces=(text,), column=(token.start_pos or 0) + 1)


@v_args(inline=True)
class _Meaning(Transformer[Token, Any]):
    """What each rule of the grammar makes of its parts; called while parsing.

    Args:
        tighter: which word binds its neighbours first, AND or OR.
    """

    def __init__(self, tighter: Literal["AND", "OR"]) -> None:
        super().__init__()
        self._tighter = tighter

    def start(self, tree: Node | None = None) -> Node | None:
        return tree

    def expression(self, *items: Node | Token) -> Node:
        runs: list[list[Node]] = [[]]
        word = None  # what stands between two terms: mere juxtaposition is AND
        for item in items:
            if isinstance(item, Token):
                word = item.type
                continue
            if runs[-1] and (word or "AND") != self._tighter:
                runs.append([])
            runs[-1].append(item)
            word = None
        every = self._tighter == "AND"
        groups = [_group(every, run) for run in runs]
        return _group(not every, groups)

    def negation(self, sign: Token, part: Node) -> Node:
        return Not(part=part, minus=sign.type == "MINUS")

    def bare(self, word: Word) -> Node:
        return Bare(word=word)

    def comparison(self, path: Word, sign: Token, value: Word | Node) -> Node:
        operator: Any = _OPERATORS.get(str(sign), str(sign))
        column = (sign.start_pos or 0) + 1
        return Restriction(path=path, operator=operator, column=column, values=(value,))

    def membership(self, path: Word, word: Token, *values: Word) -> Node:
        operator: Any = "NOT IN" if word.type == "NOT_IN" else "IN"
        column = (word.start_pos or 0) + 1
        return Restriction(path=path, operator=operator, column=column, values=values)

    def path(self, token: Token) -> Word:
        return _word(token)

    def call(self, token: Token, *_: Any) -> Word:
        return replace(_word(token), kind="call")

    def number(self, token: Token) -> Word:
        return _plain("number", token)

    def negative(self, sign: Token, token: Token) -> Word:
        return _plain("number", token, "-")

    def time(self, token: Token) -> Word:
        return _plain("time", token)


def _group(every: bool, parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Group(every=every, parts=tuple(parts))


_AIP: Final = _Meaning("OR")
_SQL: Final = _Meaning("AND")
