"""Reads the text of a filter (seed 003, filter fields; grammar as in the published Go client).

A lexer and a recursive descent parser by hand, with a position for every error. Nothing is known
of fields here: `filter` binds paths and values to a kind. What some servers may refuse though
others accept it is accepted and noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from typing import Literal as Either

MAX_LENGTH = 16 * 1024
MAX_DEPTH = 64
"""Bounds beyond which a server may refuse a filter; the published client has none (our choice)."""

HARD_DEPTH = 200
"""Depth at which this parser gives up."""

KEYWORDS = frozenset(
    {
        *("NOT", "AND", "OR", "IN", "IS", "NULL", "NAN", "ANY", "ALL", "VALUE", "LIKE"),
        *("CONTAINS", "CONTAIN", "HAS", "HAVE", "TRUE", "FALSE"),
    }
)
COMPARISONS = frozenset({"=", "==", "!=", "<", "<=", ">", ">="})


class FilterError(ValueError):
    """A text is no filter.

    Attributes:
        position: 0-based index of the character where it goes wrong.
        reason: what is wrong there.
        demanded: a server ought to refuse it; False where servers may see it differently.
    """

    def __init__(self, position: int, reason: str, *, demanded: bool = True) -> None:
        super().__init__(f"at {position}: {reason}")
        self.position = position
        self.reason = reason
        self.demanded = demanded


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal:
    """A value as written: numbers as text, maps as a tuple of pairs."""

    type: Either["null", "bool", "number", "string", "map"]
    value: Any
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """One condition on one path.

    `op` is a comparison (`==` has become `=`), `null`, `nan`, `in`, `contains`, `any`, `all` or
    `like`; `negated` belongs to IS NOT and NOT IN.
    """

    path: tuple[str, ...]
    op: str
    values: tuple[Literal, ...] = ()
    negated: bool = False
    at: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """The negation of an expression."""

    inner: Syntax


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Two or more expressions joined by the same word."""

    word: Either["AND", "OR"]
    parts: tuple[Syntax, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Everything:
    """The filter that is always true: no text, or empty parentheses."""


Syntax: TypeAlias = "Test | Not | Group | Everything"


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A text that was read: its syntax, and why a server may nevertheless refuse it."""

    syntax: Syntax
    refusable: frozenset[str]


def read(text: str) -> Read:
    """The syntax of a filter.

    Raises:
        FilterError: the text is not a filter.
    """
    if not text:
        return Read(syntax=Everything(), refusable=frozenset())
    return _Parser(text).filter()


TokenType = Either["path", "word", "string", "number", "sign", "end"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    type: TokenType
    text: str
    at: int
    value: Any = None


_IDENT = r"[A-Za-z_](?:[A-Za-z0-9_/-]*[A-Za-z0-9_/])?"
_SPACE = re.compile(r"(?:\s|--[^\n]*)+")
_PATH = re.compile(rf"{_IDENT}(?:\\?\.{_IDENT})*")
_NUMBER = re.compile(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?")
_SIGNED = re.compile(r"[+-][0-9.]|\.[0-9]")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SIGN = re.compile(r"==|!=|<=|>=|[=<>()\[\]{},:|+]")
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))",
    re.DOTALL,
)
_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34}


def _tokens(text: str, notes: set[str]) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if found := _SPACE.match(text, at):
            at = found.end()
            continue
        token = _token(text, at, notes)
        yield token
        at += len(token.text)
    yield _Token(type="end", text="", at=len(text))


def _token(text: str, at: int, notes: set[str]) -> _Token:
    if text[at].isdigit() or _SIGNED.match(text, at):
        return _number(text, at)
    if found := _PATH.match(text, at):
        return _path(found, text, notes)
    if text[at] == '"':
        if found := _STRING.match(text, at):
            if "\n" in found[1]:
                notes.add("line break in a text")
            return _Token(type="string", text=found[0], at=at, value=_unescape(found[1], at))
        raise FilterError(at, "a text without its closing quote")
    if found := _SIGN.match(text, at):
        return _Token(type="sign", text=found[0], at=at)
    raise FilterError(at, f"unexpected {text[at]!r}", demanded=not text[at].isalpha())


def _number(text: str, at: int) -> _Token:
    found = _NUMBER.match(text, at)
    if found is None:
        raise FilterError(at, f"unexpected {text[at]!r}", demanded=text[at].isascii())
    end = found.end()
    if text[end : end + 1].isalpha() or text[end : end + 1] == "_":
        raise FilterError(end, "a number runs into a word", demanded=False)
    return _Token(type="number", text=found[0], at=at)


def _path(found: re.Match[str], text: str, notes: set[str]) -> _Token:
    if text[found.end() : found.end() + 1] in (".", "\\", "-") and not text.startswith(
        "--", found.end()
    ):
        raise FilterError(found.end(), "a path ends before its last name")
    if found[0].upper() in KEYWORDS:
        return _Token(type="word", text=found[0], at=found.start(), value=found[0].upper())
    if "\\" in found[0]:
        notes.add("escaped dot")
    parts = tuple(re.split(r"\\?\.", found[0]))
    return _Token(type="path", text=found[0], at=found.start(), value=parts)


def _unescape(body: str, at: int) -> str:
    """The text that a literal stands for; escapes are those of Go's quoted strings.

    Raises:
        FilterError: an escape is unknown or the result is not Unicode.
    """
    parts: list[bytes] = []
    end = 0
    for found in _ESCAPE.finditer(body):
        parts.append(body[end : found.start()].encode())
        end = found.end()
        simple, byte, short, long, octal, other = found.groups()
        position = at + 1 + found.start()
        if other is not None:
            raise FilterError(position, f"unknown escape \\{other}", demanded=False)
        if simple:
            parts.append(bytes([_SIMPLE[simple]]))
        elif byte or octal:
            number = int(byte, 16) if byte else int(octal, 8)
            if number > 255:
                raise FilterError(position, "escape beyond a byte", demanded=False)
            parts.append(bytes([number]))
        else:
            code = int(short or long, 16)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000:
                raise FilterError(position, "escape that is no character", demanded=False)
            parts.append(chr(code).encode())
    parts.append(body[end:].encode())
    try:
        return b"".join(parts).decode()
    except UnicodeDecodeError:
        raise FilterError(at, "a text that is not Unicode", demanded=False) from None


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.notes: set[str] = set()
        if len(text) > MAX_LENGTH:
            self.notes.add("length")
        try:
            self.tokens = list(_tokens(text, self.notes))
        except UnicodeEncodeError as error:
            raise FilterError(0, "a text that is not Unicode", demanded=False) from error
        self.index = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.index]

    def take(self) -> _Token:
        token = self.next
        self.index += 1
        return token

    def is_word(self, *words: str) -> bool:
        return self.next.type == "word" and self.next.value in words

    def is_sign(self, *signs: str) -> bool:
        return self.next.type == "sign" and self.next.text in signs

    def accept(self, word: str) -> bool:
        if self.is_word(word) or self.is_sign(word):
            self.take()
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.accept(sign):
            self.fail(repr(sign))

    def fail(self, wanted: str) -> None:
        got = repr(self.next.text) if self.next.text else "the end"
        raise FilterError(self.next.at, f"{got} where {wanted} should stand")

    def filter(self) -> Read:
        if [token.text for token in self.tokens] == ["(", ")", ""]:
            syntax: Syntax = Everything()
        else:
            syntax = self.expression()
            if self.next.type != "end":
                self.fail("AND, OR or the end")
        return Read(syntax=syntax, refusable=frozenset(self.notes))

    def expression(self) -> Syntax:
        parts = [self.conjunction()]
        while self.accept("OR") or self.accept("|"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Group(word="OR", parts=tuple(parts))

    def conjunction(self) -> Syntax:
        parts = [self.unit()]
        while True:
            joined = self.accept("AND") or self.accept("+")
            if not joined and not (
                self.next.type == "path" or self.is_word("NOT") or self.is_sign("(")
            ):
                break
            parts.append(self.unit())
        return parts[0] if len(parts) == 1 else Group(word="AND", parts=tuple(parts))

    def unit(self) -> Syntax:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.notes.add("depth")
        if self.depth > HARD_DEPTH:
            raise FilterError(self.next.at, "nested too deeply", demanded=False)
        try:
            if self.accept("NOT"):
                return Not(inner=self.unit())
            if self.accept("("):
                inner = self.expression()
                self.need(")")
                return inner
            return self.operand()
        finally:
            self.depth -= 1

    def operand(self) -> Syntax:
        if self.next.type != "path":
            self.fail("a field")
        token = self.take()
        path, at = token.value, token.at
        if self.next.type == "sign" and self.next.text in COMPARISONS:
            op = self.take().text
            value = self.value()
            return Test(path=path, op="=" if op == "==" else op, values=(value,), at=at)
        if self.accept("IS"):
            negated = self.accept("NOT")
            if not self.is_word("NULL", "NAN"):
                self.fail("NULL or NaN")
            return Test(path=path, op=self.take().value.lower(), negated=negated, at=at)
        if self.is_word("NOT", "IN"):
            negated = self.accept("NOT")
            if not self.accept("IN"):
                self.fail("IN")
            return Test(path=path, op="in", values=self.several(), negated=negated, at=at)
        if self.is_word("CONTAINS", "HAS", "CONTAIN", "HAVE"):
            if self.take().value in ("CONTAIN", "HAVE"):
                self.notes.add("M13a")
            return self.contents(path, at)
        if self.accept("LIKE"):
            if self.next.type != "string":
                self.fail("a text")
            self.notes.add("M13")
            return Test(path=path, op="like", values=(self.value(),), at=at)
        self.fail("an operator")
        raise AssertionError("unreachable")

    def contents(self, path: tuple[str, ...], at: int) -> Syntax:
        if self.is_word("ANY", "ALL"):
            op = self.take().value.lower()
            return Test(path=path, op=op, values=self.several(), at=at)
        self.accept("VALUE")
        return Test(path=path, op="contains", values=(self.value(),), at=at)

    def several(self) -> tuple[Literal, ...]:
        if not self.is_sign("(", "["):
            self.fail("a list")
        closing = ")" if self.take().text == "(" else "]"
        values = [self.value()]
        while self.accept(","):
            values.append(self.value())
        self.need(closing)
        return tuple(values)

    def value(self) -> Literal:
        token = self.next
        if self.is_word("NULL", "TRUE", "FALSE"):
            word = self.take().value
            if word == "NULL":
                return Literal(type="null", value=None, at=token.at)
            return Literal(type="bool", value=word == "TRUE", at=token.at)
        if token.type == "string":
            return Literal(type="string", value=self.take().value, at=token.at)
        if token.type == "number":
            return Literal(type="number", value=self.take().text, at=token.at)
        if self.is_sign("{"):
            return self.map()
        self.fail("a value")
        raise AssertionError("unreachable")

    def map(self) -> Literal:
        at = self.take().at
        self.depth += 1
        if self.depth > HARD_DEPTH:
            raise FilterError(at, "nested too deeply", demanded=False)
        pairs: list[tuple[Literal, Literal]] = []
        while not self.is_sign("}"):
            if pairs:
                self.accept(",")
            key = self.value()
            self.accept(":")
            pairs.append((key, self.value()))
        self.take()
        self.depth -= 1
        return Literal(type="map", value=tuple(pairs), at=at)
