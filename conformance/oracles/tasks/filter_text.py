"""Filters as text (AIP-160 with the IN of SQL): read by hand into trees, and written from them.

`parse` gives a tree or says where the text breaks; `write` gives a text that groups everything, so
that it means the same to every reader, whichever of AND and OR binds tighter for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ValueKind = Literal["quoted", "word", "number", "time"]
SIGNS = ("<=", ">=", "<>", "!=", "==", "=", "<", ">", ":")
KEYWORDS = ("AND", "OR", "NOT", "IN", "in")


class FilterError(ValueError):
    """The text is no filter; `at` counts characters from 1."""

    def __init__(self, at: int, text: str) -> None:
        super().__init__(f"at {at}: {text}")
        self.at = at


@dataclass(frozen=True, slots=True)
class Value:
    r"""A literal: its text without quotes and escapes, but with `\*` where a star is meant."""

    text: str
    kind: ValueKind = "quoted"


@dataclass(frozen=True, slots=True)
class Compare:
    """A field compared with a value."""

    path: tuple[str, ...]
    sign: str
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """A field that is, or is not, one of several values."""

    path: tuple[str, ...]
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A text to be found anywhere."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; `minus` is how it is written."""

    inner: Node
    minus: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of several."""

    parts: tuple[Node, ...]


Node = Compare | In | Word | Not | And | Or


def parse(text: str, *, sql: bool = False) -> Node | None:
    """The tree of a filter, None for an empty one.

    Args:
        text: the filter.
        sql: AND binds tighter than OR; else it is the other way round, as AIP-160 has it.

    Raises:
        FilterError: the text is none.
    """
    reader = _Reader(text, sql)
    if reader.ended():
        return None
    node = reader.whole()
    if not reader.ended():
        raise reader.error("unexpected text")
    return node


class _Reader:
    def __init__(self, text: str, sql: bool) -> None:
        self.text = text
        self.at = 0
        self.sql = sql

    def error(self, text: str) -> FilterError:
        return FilterError(self.at + 1, text)

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def ended(self) -> bool:
        self.blanks()
        return self.at >= len(self.text)

    def sees(self, sign: str) -> bool:
        self.blanks()
        return self.text.startswith(sign, self.at)

    def takes(self, sign: str) -> bool:
        if self.sees(sign):
            self.at += len(sign)
            return True
        return False

    def needs(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.error(f"{sign} expected")

    def sees_word(self, word: str) -> bool:
        if not self.sees(word):
            return False
        after = self.text[self.at + len(word) : self.at + len(word) + 1]
        return not (after.isalnum() or after in tuple("_*/-."))

    def takes_word(self, word: str) -> bool:
        if self.sees_word(word):
            self.at += len(word)
            return True
        return False

    def whole(self) -> Node:
        return self.sql_or() if self.sql else self.aip_and()

    def sql_or(self) -> Node:
        parts = [self.joined()]
        while self.takes_word("OR"):
            parts.append(self.joined())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def joined(self) -> Node:
        parts = [self.negation()]
        while self.takes_word("AND") or self.begins():
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def aip_and(self) -> Node:
        parts = [self.choice()]
        while self.takes_word("AND") or self.begins():
            parts.append(self.choice())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def choice(self) -> Node:
        parts = [self.negation()]
        while self.takes_word("OR"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def begins(self) -> bool:
        """Whether another term follows without AND."""
        return not (self.ended() or self.sees(")") or self.sees(",") or self.sees_word("OR"))

    def negation(self) -> Node:
        if self.takes_word("NOT"):
            return Not(self.single())
        self.blanks()
        follows = self.text[self.at + 1 : self.at + 2]
        if self.sees("-") and (follows.isalpha() or follows in ("(", "_")):
            self.at += 1
            return Not(self.single(), minus=True)
        return self.single()

    def single(self) -> Node:
        if self.takes("("):
            node = self.whole()
            self.needs(")")
            return node
        path = self.path()
        if self.sees("(") and self.text[self.at - 1 : self.at] != " ":
            raise self.error("there are no functions")
        for sign in SIGNS:
            if self.takes(sign):
                return self.compared(path, sign)
        start = self.at
        if self.takes_word("IN") or self.takes_word("in"):
            return In(path, self.values())
        if self.takes_word("NOT"):
            if self.takes_word("IN") or self.takes_word("in"):
                return In(path, self.values(), negated=True)
            self.at = start
        return Word(".".join(path))

    def compared(self, path: tuple[str, ...], sign: str) -> Node:
        if not self.takes("("):
            return Compare(path, sign, self.value())
        parts = [self.compared(path, sign)]
        word = next((word for word in ("OR", "AND") if self.sees_word(word)), "")
        while word and self.takes_word(word):
            parts.append(self.compared(path, sign))
        self.needs(")")
        if len(parts) == 1:
            return parts[0]
        return Or(tuple(parts)) if word == "OR" else And(tuple(parts))

    def values(self) -> tuple[Value, ...]:
        self.needs("(")
        found = [self.value()]
        while self.takes(","):
            found.append(self.value())
        self.needs(")")
        return tuple(found)

    def path(self) -> tuple[str, ...]:
        if any(self.sees_word(word) for word in KEYWORDS):
            raise self.error("a field expected")
        names = [self.name()]
        while self.at < len(self.text) and self.text[self.at] == ".":
            self.at += 1
            names.append(self.name())
        return tuple(names)

    def name(self) -> str:
        self.blanks()
        if self.sees("'") or self.sees('"'):
            return self.quoted()
        start = self.at
        while self.at < len(self.text) and self.in_name(self.at, self.at == start):
            self.at += 2 if self.text.startswith("\\*", self.at) else 1
        if self.at == start:
            raise self.error("a name expected")
        return self.text[start : self.at]

    def in_name(self, at: int, first: bool) -> bool:
        char = self.text[at]
        if char == "\\":
            return self.text[at + 1 : at + 2] == "*"
        return char.isalnum() or char in "_*/" or (char == "-" and not first)

    def quoted(self) -> str:
        quote = self.text[self.at]
        start, self.at = self.at, self.at + 1
        chars: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == "\\" and self.at < len(self.text):
                follows = self.text[self.at]
                chars.append("\\*" if follows == "*" else follows)
                self.at += 1
            elif char != quote:
                chars.append(char)
            elif quote == "'" and self.text.startswith("'", self.at):
                chars.append(char)
                self.at += 1
            else:
                return "".join(chars)
        self.at = start
        raise self.error("the quote is never closed")

    def value(self) -> Value:
        self.blanks()
        if self.sees("'") or self.sees('"'):
            text = self.quoted()
            if self.text.startswith(".", self.at):
                self.at += 1
                return Value(".".join((text, *self.path())), "word")
            return Value(text)
        end = self.at
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] in "+-:._"):
            end += 1
        whole = self.text[self.at : end]
        for kind, fits in (("time", is_time), ("number", is_number)):
            if fits(whole):
                self.at = end
                return Value(whole, "time" if kind == "time" else "number")
        return Value(".".join(self.path()), "word")


def is_time(text: str) -> bool:
    """Whether a text looks like a date or a time in RFC 3339."""
    date, _, clock = text.partition("T")
    parts = date.split("-")
    if [len(part) for part in parts] != [4, 2, 2] or not all(part.isdigit() for part in parts):
        return False
    return "T" not in text or clock[:8].replace(":", "").isdigit()


def is_number(text: str) -> bool:
    """Whether a text is a number as JSON writes one."""
    body = text.removeprefix("-")
    if not body[:1].isdigit() or not all(char.isdigit() or char in ".eE+-" for char in body):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def write(node: Node) -> str:
    """A text that means the tree, with parentheses around every group."""
    match node:
        case Compare(path, sign, value):
            return f"{written_path(path)} {sign} {written(value)}"
        case In(path, values, negated):
            listed = ", ".join(map(written, values))
            return f"{written_path(path)} {'NOT ' * negated}IN ({listed})"
        case Word(text):
            return text
        case Not(inner, minus):
            return f"{'-' if minus else 'NOT '}({write(inner)})"
        case And(parts):
            return _joined("AND", parts)
        case Or(parts):
            return _joined("OR", parts)


def _joined(word: str, parts: Sequence[Node]) -> str:
    return f" {word} ".join(f"({write(part)})" for part in parts)


def written(value: Value) -> str:
    """A literal as text; quoted ones in single quotes."""
    return quoted(value.text) if value.kind == "quoted" else value.text


def quoted(text: str, quote: str = "'") -> str:
    r"""A text in quotes; `\*` stays what it is, other backslashes and quotes are escaped."""
    parts = text.split("\\*")
    return quote + "\\*".join(_escaped(part, quote) for part in parts) + quote


def _escaped(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, f"\\{quote}")


def literally(text: str) -> str:
    """A text as that of a value which means just this text: stars are no wildcards."""
    return text.replace("*", "\\*")


def written_path(path: Sequence[str]) -> str:
    """A path as text; keys that are no names in double quotes."""
    plain = [name if name.isidentifier() and name not in KEYWORDS else "" for name in path]
    return ".".join(name or quoted(key, '"') for name, key in zip(plain, path, strict=True))
