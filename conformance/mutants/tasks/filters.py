"""Filters read by tokens into functions: one method per rule, so that a fault overrides one.

The grammar is that of AIP-160 with IN and quoted texts of SQL (seed 001).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from conformance.mutants.tasks.book import Collection, Refuse
from conformance.mutants.tasks.literals import (
    ABSENT,
    EQUAL,
    ORDERED,
    UNEQUAL,
    Token,
    bad,
    instant,
    leaf,
    snake,
    stars,
    unquoted,
)
from conformance.oracles.tasks.model import STATES

Predicate = Callable[[Any], bool]

FIELDS: Mapping[Collection, Mapping[str, tuple[str, str]]] = {
    "tasks": {
        "name": ("text", "name"),
        "state": ("state", "state"),
        "type": ("text", "type"),
        "description": ("text", "description"),
        "recommended_action": ("text", "recommended_action"),
        "links": ("links", "links"),
        "metadata": ("struct", "metadata"),
        "annotations": ("struct", "annotations"),
        "completion_time": ("time", "completion_ns"),
        "create_time": ("time", "create_ns"),
        "update_time": ("time", "update_ns"),
    },
    "types": {
        "name": ("text", "name"),
        "display_name": ("text", "display_name"),
        "category": ("text", "category"),
        "sub_category": ("text", "sub_category"),
        "description_template": ("text", "description_template"),
        "recommended_action_template": ("text", "recommended_action_template"),
        "input_schema": ("text", "input_schema"),
        "links": ("links", "links"),
        "create_time": ("time", "create_ns"),
        "update_time": ("time", "update_ns"),
    },
}
"""What a field is, and where it stands in the plain value."""

SEARCHED = {
    "tasks": ("name", "type", "description", "recommended_action"),
    "types": ("name", "display_name", "category", "sub_category"),
}
MAX_LENGTH, MAX_RESTRICTIONS, MAX_DEPTH = 4096, 64, 16

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")
    | (?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?(?![\w-]))
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]))
    | (?P<sign><=|>=|<>|!=|==|[=<>:()])
    | (?P<comma>,)
    | (?P<minus>-(?=[A-Za-z_(]))
    | (?P<dot>\.)
    | (?P<word>[\w*/](?:[\w*/]|\\\*|-)*)
    )""",
    re.VERBOSE,
)


class Parser:
    """One filter being read; `read` gives what decides about items of the collection."""

    def __init__(self, collection: Collection, text: str) -> None:
        self.collection: Collection = collection
        self.fields = FIELDS[collection]
        self.text = text
        self.tokens: list[Token] = []
        self.places: list[int] = []
        self.at = self.depth = self.restrictions = 0

    def read(self) -> Predicate:
        """The filter as a function."""
        if len(self.text) > MAX_LENGTH:
            raise bad(f"longer than {MAX_LENGTH} characters")
        if not self.text.strip():
            return lambda item: True
        self.cut()
        test = self.conjunction()
        if self.at < len(self.tokens):
            raise self.unexpected()
        return test

    def cut(self) -> None:
        """Cut the text into tokens."""
        place = 0
        text = self.text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise bad(f"unexpected {text[place]!r}", place)
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            self.places.append(found.start(str(found.lastgroup)))
            place = found.end()

    def peek(self, ahead: int = 0) -> Token:
        """A token that is to come."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else ("end", "")

    def next(self) -> Token:
        """The next token."""
        token = self.peek()
        self.at += 1
        return token

    def accept(self, *texts: str) -> bool:
        """Take the next token if it is one of these, and no quoted text."""
        kind, text = self.peek()
        if kind in ("word", "sign", "minus", "comma", "dot") and text in texts:
            self.at += 1
            return True
        return False

    def need(self, text: str) -> None:
        """Take this token."""
        if not self.accept(text):
            raise self.unexpected()

    def unexpected(self) -> Refuse:
        """What comes cannot stand here."""
        kind, text = self.peek()
        place = self.places[self.at] if self.at < len(self.places) else len(self.text)
        return bad("unexpected end" if kind == "end" else f"unexpected {text!r}", place)

    def conjunction(self) -> Predicate:
        """Sequences joined by AND."""
        parts = [self.sequence()]
        while self.accept("AND"):
            parts.append(self.sequence())
        return lambda item: all(part(item) for part in parts)

    def sequence(self) -> Predicate:
        """Choices side by side."""
        parts = [self.choice()]
        while self.peek()[0] != "end" and self.peek()[1] not in ("AND", ")", "OR", ","):
            parts.append(self.choice())
        return lambda item: all(part(item) for part in parts)

    def choice(self) -> Predicate:
        """Terms joined by OR, which binds tighter than AND."""
        parts = [self.term()]
        while self.accept("OR"):
            parts.append(self.term())
        return lambda item: any(part(item) for part in parts)

    def term(self) -> Predicate:
        """A restriction or a group, perhaps negated."""
        if self.accept("NOT", "-"):
            return self.negated(self.simple())
        return self.simple()

    def negated(self, test: Predicate) -> Predicate:
        """The opposite."""
        return lambda item: not test(item)

    def simple(self) -> Predicate:
        """A group or a restriction."""
        if not self.accept("("):
            return self.restriction()
        self.deeper()
        test = self.conjunction()
        self.need(")")
        self.depth -= 1
        return test

    def deeper(self) -> None:
        """Go into a group."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise bad(f"nested more than {MAX_DEPTH} deep")

    def restriction(self) -> Predicate:
        """A comparison, a membership, or a word to look for."""
        self.restrictions += 1
        if self.restrictions > MAX_RESTRICTIONS:
            raise bad(f"more than {MAX_RESTRICTIONS} restrictions")
        start = self.at
        path = self.path()
        if self.accept("("):
            raise bad(f"no function {'.'.join(path)}", self.places[start])
        sign = self.peek()
        if sign[0] == "sign" and sign[1] not in "()":
            self.at += 1
            return self.compared(path, sign[1], self.value())
        if self.accept("IN", "in"):
            return self.member(path, self.members())
        if self.peek() == ("word", "NOT") and self.peek(1) in (("word", "IN"), ("word", "in")):
            self.at += 2
            return self.negated_member(path, self.members())
        return self.searched(".".join(path))

    def path(self) -> list[str]:
        """Names joined by dots; the first one is no keyword."""
        kind, text = self.next()
        if kind not in ("word", "quoted", "number", "time") or (
            kind == "word" and text in ("AND", "OR", "NOT", "IN", "in")
        ):
            self.at -= 1
            raise self.unexpected()
        names = [unquoted(text) if kind == "quoted" else text]
        while self.accept("."):
            kind, text = self.next()
            if kind not in ("word", "quoted", "number"):
                self.at -= 1
                raise self.unexpected()
            names.append(unquoted(text) if kind == "quoted" else text)
        return names

    def value(self) -> Any:
        """A token with its kind, or a group of several that are tried."""
        if self.accept("("):
            self.deeper()
            options = [self.value()]
            while self.accept("OR"):
                options.append(self.value())
            self.need(")")
            self.depth -= 1
            return options
        if self.peek()[0] in ("time", "number"):
            return self.next()
        if self.accept("-"):
            raise self.unexpected()
        if self.peek()[0] == "quoted" and self.peek(1) != ("dot", "."):
            kind, text = self.next()
            return kind, unquoted(text)
        return "word", ".".join(self.path())

    def members(self) -> list[Token]:
        """The values of a list."""
        self.need("(")
        found = [self.value()]
        while self.accept(","):
            found.append(self.value())
        self.need(")")
        return found

    def compared(self, path: list[str], sign: str, value: Any) -> Predicate:
        """A comparison with a value, or with any of several."""
        if isinstance(value, list):
            parts = [self.compared(path, sign, one) for one in value]
            return lambda item: any(part(item) for part in parts)
        kind, read = self.field(path)
        return self.kinds()[kind](read, path, sign, value)

    def member(self, path: list[str], values: list[Token]) -> Predicate:
        """Whether a field is one of several values, in which stars are stars."""
        plain = [(k, v.replace("*", r"\*")) if isinstance(v, str) else (k, v) for k, v in values]
        parts = [self.compared(path, "=", value) for value in plain]
        return lambda item: any(part(item) for part in parts)

    def negated_member(self, path: list[str], values: list[Token]) -> Predicate:
        """Whether a field is there and none of several values."""
        test, (_, read) = self.member(path, values), self.field(path)
        return lambda item: read(item) is not ABSENT and not test(item)

    def searched(self, text: str) -> Predicate:
        """A word anywhere in the texts of an item."""
        fields = SEARCHED[self.collection]
        return lambda item: any(text.lower() in getattr(item, f).lower() for f in fields)

    def field(self, path: list[str]) -> tuple[str, Callable[[Any], Any]]:
        """The kind of a field, and how it is read from an item."""
        known = self.fields.get(snake(path[0]))
        if known is None:
            raise bad(f"unknown field {path[0]!r}")
        kind, name = known
        rest = path[1:]
        if rest and kind not in ("struct", "links"):
            raise bad(f"{path[0]} has no fields")
        if kind != "struct":
            return kind, lambda item: _present(getattr(item, name))

        def read(item: Any) -> Any:
            value = _present(getattr(item, name))
            for key in rest:
                if not isinstance(value, Mapping) or key not in value:
                    return ABSENT
                value = value[key]
            return value

        return kind, read

    def kinds(self) -> Mapping[str, Callable[..., Predicate]]:
        """How values of each kind are compared."""
        return {
            "text": self.text_compared,
            "state": self.state_compared,
            "time": self.time_compared,
            "struct": self.struct_compared,
            "links": self.links_compared,
        }

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Texts: equal with stars, ordered by code points."""
        if sign == ":" and value == ("word", "*"):
            return lambda item: bool(read(item))
        if sign in (*EQUAL, *UNEQUAL, ":"):
            fits = stars(value[1])
            return lambda item: fits(read(item)) != (sign in UNEQUAL)
        plain = value[1].replace("\\*", "*")
        return lambda item: ORDERED[sign](read(item), plain)

    def state_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """States by their names."""
        if sign not in (*EQUAL, *UNEQUAL, ":") or value[1] not in STATES:
            raise bad(f"state cannot be {sign} {value[1]}")
        return lambda item: (read(item) == value[1]) != (sign in UNEQUAL)

    def time_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Times as instants."""
        if sign == ":" and value == ("word", "*"):
            return lambda item: read(item) is not ABSENT
        at_ns, test = instant(value[1]), ORDERED["=" if sign == ":" else sign]
        return lambda item: read(item) is not ABSENT and test(read(item), at_ns)

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Values of metadata by their kinds."""
        if sign == ":" and value == ("word", "*"):
            return lambda item: read(item) is not ABSENT
        if sign == ":" and len(path) == 1:
            return lambda item: isinstance(read(item), Mapping) and value[1] in read(item)
        if len(path) == 1:
            raise bad(f"{path[0]} cannot be compared")
        return lambda item: leaf(read(item), "=" if sign == ":" else sign, value)

    def links_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Whether any link has a value."""
        if sign != ":":
            raise bad("lists are only asked with a colon")
        name = path[1] if len(path) > 1 else "name"
        fits = stars(value[1])
        return lambda item: any(fits(getattr(link, name, "")) for link in read(item))


def _present(value: Any) -> Any:
    return ABSENT if value is None else value
