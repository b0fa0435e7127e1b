"""Filters read by hand: one method per rule of the grammar, one per construct of its meaning.

The grammar and the readings are those of the published Go client, repaired where the documents
say more: times are ordered, LIKE works if it is allowed. A fault or variant overrides a method.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from conformance.mutants.meta.book import Code, Refuse, fits, invalid, kind_of
from conformance.mutants.meta.literals import instant, unescaped
from conformance.oracles.meta.fields import TABLES, Field, find
from conformance.oracles.meta.model import Data, Kind

Predicate = Callable[[Data], bool]
Path = tuple[tuple[str, ...], Field | None]
"""The names on the way, the key of a map included, and the last field; None below a list."""

_TOKEN = re.compile(
    r"""\s*(?:--[^\n]*\n?\s*)*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_][\w/-]*(?:\.[\w/-]+)*)
    | (?P<sign><=|>=|==|!=|[=<>()\[\]{},:|+])
    )""",
    re.VERBOSE,
)
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ABSENT = object()
"""The value at the end of a path that leads nowhere."""


class Parser:
    """One filter being read; `read` gives what decides about resources of the kind."""

    keywords = frozenset(
        {"AND", "OR", "NOT", "IS", "IN", "NULL", "NAN", "TRUE", "FALSE", "CONTAINS", "HAS", "LIKE"}
        | {"ANY", "ALL", "VALUE"}
    )
    like_allowed = True
    aliases: dict[str, str] = {"HAS": "CONTAINS"}  # noqa: RUF012 - replaced, never changed

    def __init__(self, kind: Kind, text: str) -> None:
        self.kind = kind
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        self.at = 0

    def read(self) -> Predicate:
        """The predicate that the text stands for.

        Raises:
            Refuse: it does not follow the grammar, or does not fit the kind's fields.
        """
        if not self.text:
            return self.everything()
        self._tokenize()
        if [text for _, text, _ in self.tokens] == ["(", ")"]:
            return self.everything()
        try:
            found = self.alternatives()
        except RecursionError:
            raise self.wrong("nested too deeply") from None
        if self.at < len(self.tokens):
            raise self.wrong("unexpected text")
        return found

    def everything(self) -> Predicate:
        """No filter."""
        return lambda data: True

    # The grammar.

    def alternatives(self) -> Predicate:
        """Terms joined by OR."""
        found = [self.conjunction()]
        while self.accept("OR", "|"):
            found.append(self.conjunction())
        return found[0] if len(found) == 1 else self.either(found)

    def conjunction(self) -> Predicate:
        """Terms joined by AND, or just following each other."""
        found = [self.unit()]
        while self.accept("AND", "+") or self.starts_unit():
            found.append(self.unit())
        return found[0] if len(found) == 1 else self.both(found)

    def starts_unit(self) -> bool:
        """Whether the next token begins another term."""
        kind, text = self.peek()
        return text in ("(", "NOT") or (kind == "word" and text not in self.keywords)

    def unit(self) -> Predicate:
        """One term."""
        if self.accept("NOT"):
            return self.negation(self.unit())
        if self.accept("("):
            found = self.alternatives()
            self.expect(")")
            return found
        return self.operand()

    def operand(self) -> Predicate:
        """A path and what is asked of it."""
        kind, text = self.peek()
        if kind != "word" or text in self.keywords:
            raise self.wrong("expected a field")
        self.at += 1
        path = self.path(text)
        if self.accept("IS"):
            wanted = not self.accept("NOT")
            what = self.expect("NULL", "NAN")
            return self.null(path, wanted) if what == "NULL" else (lambda data: False)
        if self.accept("NOT"):
            self.expect("IN")
            return self.not_among(path, self.values(path))
        if self.accept("IN"):
            return self.among(path, self.values(path))
        if self.accept("CONTAINS"):
            return self._containing(path)
        if self.accept("LIKE"):
            return self.like(path, self.string())
        return self._comparison(path, self.expect(*_ORDERED))

    def _containing(self, path: Path) -> Predicate:
        every = self.peek()[1] == "ALL"
        if self.accept("ANY", "ALL"):
            return self.contains(path, self.values(path), every=every)
        self.accept("VALUE")
        return self.contains(path, [self.value(path)], every=False)

    def _comparison(self, path: Path, sign: str) -> Predicate:
        if self.accept("NULL"):
            if sign not in ("=", "==", "!="):
                raise self.wrong("NULL has no order")
            return self.null(path, sign != "!=")
        if sign not in ("=", "==", "!=") and path[1] and path[1].type == "message":
            raise self.wrong("messages have no order")
        return self.compares(path, sign, self.value(path))

    def values(self, path: Path) -> list[Any]:
        """A list in parentheses or brackets."""
        closing = {"(": ")", "[": "]"}[self.expect("(", "[")]
        found = [self.value(path)]
        while self.accept(","):
            found.append(self.value(path))
        self.expect(closing)
        return found

    def value(self, path: Path) -> Any:
        """One value, as the field at the end of the path holds it."""
        kind, text = self.peek()
        field = path[1]
        if kind == "string":
            return self.typed(field, self.string())
        self.at += 1
        if kind == "number":
            whole = re.fullmatch(r"-?\d+", text)
            if field is None or (field.type in ("int32", "int64", "enum") and whole):
                return int(text) if whole else float(text)
        elif text in ("TRUE", "FALSE") and (field is None or field.type == "bool"):
            return text == "TRUE"
        self.at -= 1
        raise self.wrong("expected a value that fits the field")

    def typed(self, field: Field | None, text: str) -> Any:
        """A string literal as a value of the field."""
        if field is None or field.type in ("string", "name"):
            return text
        if field.type == "timestamp":
            return self.instant(text)
        if field.enum is not None and text in field.enum:
            return field.enum[text]
        self.at -= 1
        raise self.wrong("expected a value that fits the field")

    def instant(self, text: str) -> int:
        """An RFC 3339 time in nanoseconds since the epoch."""
        if (at_ns := instant(text)) is None:
            raise self.wrong("expected a time like 2024-01-01T00:00:00Z")
        return at_ns

    def string(self) -> str:
        """A string literal without quotes and escapes."""
        kind, text = self.peek()
        if kind != "string":
            raise self.wrong("expected a string")
        self.at += 1
        return self.unescaped(text[1:-1])

    def unescaped(self, text: str) -> str:
        """What stands between the quotes, escapes resolved."""
        return unescaped(text)

    def path(self, text: str) -> Path:
        """The field that a path names, in any spelling.

        Raises:
            Refuse: there is none.
        """
        table, names, field = TABLES[self.kind.message], [], None
        parts = text.split(".")
        for at, part in enumerate(parts):
            field = find(table, part)
            if field is None:
                raise self.wrong(f"unknown field {part!r}")
            names.append(field.name)
            rest = parts[at + 1 :]
            if not rest:
                break
            if field.shape == "map" and len(rest) == 1:
                return (*names, rest[0]), Field(name=rest[0], type=field.type)
            if field.shape == "list" and field.message:
                return tuple(names), None
            if field.type != "message" or field.shape != "one":
                raise self.wrong(f"{field.name} holds no fields")
            table = TABLES[field.message]
        return tuple(names), field

    # The meaning.

    def either(self, found: Sequence[Predicate]) -> Predicate:
        """OR."""
        return lambda data: any(test(data) for test in found)

    def both(self, found: Sequence[Predicate]) -> Predicate:
        """AND."""
        return lambda data: all(test(data) for test in found)

    def negation(self, test: Predicate) -> Predicate:
        """NOT."""
        return lambda data: not test(data)

    def lookup(self, data: Data, path: Path) -> Any:
        """What stands at the end of a path; ABSENT if the way there is missing."""
        value: Any = data
        for name in path[0]:
            if not isinstance(value, dict) or name not in value:
                return ABSENT
            value = value[name]
        return ABSENT if path[1] is None else value

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        """A comparison; absent scalars count as their zero, absent times match `!=` only."""
        field = path[1]
        if field is not None and field.type == "name" and field.shape == "one":
            return self._name_compares(path, sign, wanted)
        compare = self.ordering(sign)

        def test(data: Data) -> bool:
            value = self.lookup(data, path)
            if value is ABSENT:
                if field is None or field.has_presence:
                    return sign == "!="
                value = field.zero
            if isinstance(value, list | dict):
                return sign == "!="
            return compare(value, wanted)

        return test

    def ordering(self, sign: str) -> Callable[[Any, Any], bool]:
        """What a sign of comparison means."""
        return _ORDERED[sign]

    def _name_compares(self, path: Path, sign: str, wanted: str) -> Predicate:
        if kind_of(wanted) is None:
            raise self.wrong(f"{wanted!r} is no resource name")
        if sign not in ("=", "==", "!="):
            return lambda data: False

        def test(data: Data) -> bool:
            value = self.lookup(data, path)
            same = value is not ABSENT and fits(value, wanted)
            return same != (sign == "!=")

        return test

    def null(self, path: Path, wanted: bool) -> Predicate:
        """IS NULL, or IS NOT NULL: absent messages and keys and empty lists are."""

        def test(data: Data) -> bool:
            return (self.lookup(data, path) in (ABSENT, [], {})) == wanted

        return test

    def among(self, path: Path, values: Sequence[Any]) -> Predicate:
        """IN."""

        def test(data: Data) -> bool:
            value = self.lookup(data, path)
            if value is ABSENT and path[1] is not None and not path[1].has_presence:
                value = path[1].zero
            return value in values

        return test

    def not_among(self, path: Path, values: Sequence[Any]) -> Predicate:
        """NOT IN."""
        inside = self.among(path, values)
        return lambda data: not inside(data)

    def contains(self, path: Path, values: Sequence[Any], *, every: bool) -> Predicate:
        """CONTAINS, with ANY or ALL of several."""
        field = path[1]
        if field is None or field.shape != "list" or field.type == "message":
            raise self.wrong("CONTAINS needs a list of values")
        join = all if every else any

        def test(data: Data) -> bool:
            value = self.lookup(data, path)
            return value is not ABSENT and join(self.element(value, v) for v in values)

        return test

    def element(self, value: Sequence[Any], wanted: Any) -> bool:
        """Whether a list holds a value."""
        return wanted in value

    def like(self, path: Path, pattern: str) -> Predicate:
        """LIKE with `%` and `_`; refused unless it is allowed."""
        if not self.like_allowed:
            raise Refuse(Code.UNIMPLEMENTED, "filter: LIKE is not supported")
        if path[1] is None or path[1].type not in ("string", "name"):
            raise self.wrong("LIKE needs a text")
        regex = re.compile(self.pattern(pattern), re.DOTALL)

        def test(data: Data) -> bool:
            value = self.lookup(data, path)
            return regex.match("" if value is ABSENT else value) is not None

        return test

    def pattern(self, like: str) -> str:
        """The regular expression of a LIKE pattern."""
        wild = {"%": ".*", "_": "."}
        return "".join(wild.get(c) or re.escape(c) for c in like) + r"\Z"

    # Tokens.

    def _tokenize(self) -> None:
        position, text = 0, self.text
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            if found is None:
                rest = re.match(r"\s*--[^\n]*\Z", text[position:])
                if rest is not None:
                    break
                raise invalid(f"filter: at {position}: unreadable text")
            kind = str(found.lastgroup)
            self.tokens.append((kind, self.word(found[kind], kind), found.start(kind)))
            position = found.end()
        if not self.tokens:
            raise invalid("filter: at 0: nothing but white space")

    def word(self, text: str, kind: str) -> str:
        """A token's text; keywords in capitals, aliases resolved."""
        if kind == "word" and text.upper() in self.keywords:
            return self.aliases.get(text.upper(), text.upper())
        return text

    def peek(self) -> tuple[str, str]:
        """Kind and text of the next token, both empty at the end."""
        return self.tokens[self.at][:2] if self.at < len(self.tokens) else ("", "")

    def accept(self, *wanted: str) -> bool:
        """Take the next token if it is one of these."""
        kind, text = self.peek()
        if kind in ("word", "sign") and text in wanted:
            self.at += 1
            return True
        return False

    def expect(self, *wanted: str) -> str:
        """Take the next token, which has to be one of these."""
        text = self.peek()[1]
        if not self.accept(*wanted):
            raise self.wrong(f"expected {' or '.join(wanted)}")
        return text

    def wrong(self, why: str) -> Refuse:
        """The refusal of the filter at the next token."""
        position = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        return invalid(f"filter: at {position}: {why}")
