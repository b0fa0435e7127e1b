"""One condition of a filter: bound to a path, typed, and true, false or open for a resource.

Semantics are those of the evaluator in the published Go client with the corrections that the
documents ask for (timestamps are ordered by time). Where readings differ, the term says which
point is open for a given resource: a trait of the ledger, or words where none is observed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.oracles.meta import names
from conformance.oracles.meta.fields import Field
from conformance.oracles.meta.filter_text import FilterError, Literal, Test
from conformance.oracles.meta.model import KINDS, Data, Kind
from conformance.oracles.meta.paths import Path, PathError, look, resolve
from conformance.oracles.meta.times import parse_time

READINGS: Mapping[str, tuple[str, ...]] = {
    "M14": ("not null", "null"),
    "M15": ("chronological", "sdk"),
    # Unknown as in SQL, which NOT leaves unknown; or plainly false, which NOT makes true.
    "M39": ("as zero", "never", "false"),
    "M40": ("never true", "bytewise"),
    "wildcard": ("honoured", "exact"),
    "empty map": ("null", "not null"),
    "nan": ("false", "negated"),
    "open": ("false", "true"),
}
"""Points that the documents leave open, with the accepted readings, the preferred one first."""

ORDERING = frozenset({"<", "<=", ">", ">="})
_INTEGER = re.compile(r"-?[0-9]+")
_RANGES = {"int32": 1 << 31, "int64": 1 << 63}


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A condition on one path.

    Attributes:
        path: what is looked at.
        op: as in `filter_text.Test`; a comparison with NULL has become `null`.
        values: typed as in `Data`.
        negated: IS NOT, NOT IN, != NULL.
        refusable: why a server may refuse the condition.
        is_open: its outcome is anyone's guess.
    """

    path: Path
    op: str
    values: tuple[Any, ...] = ()
    negated: bool = False
    refusable: frozenset[str] = frozenset()
    is_open: bool = False

    @property
    def is_name(self) -> bool:
        """Whether it compares resource names."""
        return self.path.leaf.type == "name" and self.op not in ("null", "nan")

    @property
    def features(self) -> frozenset[str]:
        """What it uses, in the words of `filter.Filter.features`."""
        leaf = self.path.leaf
        used = {
            "null": self.op == "null",
            "nan": self.op == "nan",
            "like": self.op == "like",
            "name": self.is_name,
            "name order": self.is_name and self.op in ORDERING,
            "timestamp": leaf.type == "timestamp",
            "map": leaf.shape == "map",
            "list": leaf.shape == "list" or self.path.through_list,
            "nested": len(self.path.fields) > 1,
        }
        return frozenset(feature for feature, holds in used.items() if holds)

    def points(self, data: Data) -> frozenset[str]:
        """The open points on which the outcome for this resource may depend."""
        state, _ = look(data, self.path)
        if self.is_open or state == "repeated":
            return frozenset({"open"})
        if self.op == "nan":
            return frozenset({"nan"})
        if self.op == "null":
            if state != "unset" or self.path.leaf.shape == "list":
                return frozenset()
            return frozenset({"empty map" if self.path.leaf.shape == "map" else "M14"})
        found = {"M39"} if state == "absent" else set()
        if self.op in ORDERING and self.path.leaf.type == "timestamp":
            found.add("M15")
        if self.is_name:
            if self.op in ORDERING:
                found.add("M40")
            elif any(names.has_wildcard(value) for value in self.values):
                found.add("wildcard")
        return frozenset(found)

    def outcome(self, data: Data, readings: Mapping[str, str]) -> bool | None:
        """True, False or unknown under these readings; points not given take the preferred one."""
        taken = {point: choices[0] for point, choices in READINGS.items()} | dict(readings)
        state, value = look(data, self.path)
        if self.is_open or state == "repeated":
            return taken["open"] == "true"
        if self.op == "nan":
            return self.negated and taken["nan"] == "negated"
        if self.op == "null":
            return self._is_null(state, taken) != self.negated
        if state == "absent" and taken["M39"] != "as zero":
            return None if taken["M39"] == "never" else False
        if self.op in ("in", "contains", "any", "all", "like"):
            return self._among(value) != self.negated
        return self._compare(value, taken)

    def _is_null(self, state: str, taken: Mapping[str, str]) -> bool:
        if state != "unset":
            return state == "absent"
        if self.path.leaf.shape == "list":
            return True
        return taken["empty map" if self.path.leaf.shape == "map" else "M14"] == "null"

    def _among(self, value: Any) -> bool:
        if self.op == "in":
            return value in self.values
        if self.op == "like":
            return _like(value, self.values[0])
        held = [element in value for element in self.values]
        return any(held) if self.op == "any" else all(held)

    def _compare(self, value: Any, taken: Mapping[str, str]) -> bool:
        wanted = self.values[0]
        if self.op in ("=", "!="):
            honoured = self.is_name and taken["wildcard"] == "honoured"
            equal = names.fits(wanted, value) if honoured else value == wanted
            return bool(equal == (self.op == "="))
        if self.is_name and taken["M40"] == "never true":
            return False
        if self.path.leaf.type == "timestamp":
            if taken["M15"] == "sdk":
                return value is None and self.op in ("<", "<=")
            if value is None:
                return False
        # Python compares texts by code points, which is the order of their bytes in UTF-8.
        if self.op[0] == "<":
            return bool(value < wanted or (self.op == "<=" and value == wanted))
        return bool(value > wanted or (self.op == ">=" and value == wanted))


def bind(test: Test, kind: Kind) -> Term:
    """The condition on a kind of resource.

    Raises:
        FilterError: the path is unknown or a value does not fit it.
    """
    try:
        path = resolve(test.path, kind.message)
    except PathError as error:
        raise FilterError(test.at, str(error), demanded=error.demanded) from None
    op, values, negated = test.op, test.values, test.negated
    if op in ("=", "!=", *ORDERING) and values[0].type == "null":
        if op in ORDERING:
            raise FilterError(values[0].at, "NULL has no order")
        op, values, negated = "null", (), op == "!="
    notes = _unusual(path, op, values)
    if op == "nan":
        notes.add("nan")
    elif not notes:
        typed = tuple(_value(value, path.leaf, notes) for value in values)
        return Term(
            path=path,
            op=op,
            values=typed,
            negated=negated,
            refusable=frozenset(notes),
            is_open=bool(notes & {"a text that is no name"}),
        )
    if path.leaf.type == "message" and path.leaf.shape == "one":
        _check_message(path, op, values)
    return Term(path=path, op=op, negated=negated, refusable=frozenset(notes), is_open=op != "nan")


def _unusual(path: Path, op: str, values: tuple[Literal, ...]) -> set[str]:
    """Uses about which the documents say nothing, so that any outcome and a refusal are fine."""
    leaf, has_key = path.leaf, path.key is not None
    found: set[str] = set()
    if op in ("null", "nan"):
        return found
    if path.through_list:
        found.add("a path through a list")
    if any(value.type == "null" for value in values):
        found.add("NULL among values")
    is_list = leaf.shape == "list"
    if op in ("contains", "any", "all"):
        if leaf.shape == "map" and not has_key:
            found.add("M13b")
        elif not is_list:
            found.add("contents of a single value")
        elif leaf.type == "message":
            found.add("contents that are messages")
    elif is_list:
        found.add("comparison of a list")
    elif leaf.shape == "map" and not has_key:
        found.add("comparison of a map")
    elif leaf.type == "message":
        found.add("comparison of a message")
    elif op in ORDERING and leaf.type in ("bool", "enum"):
        found.add(f"order of {leaf.type}")
    elif op == "like" and leaf.type not in ("string", "name"):
        found.add("pattern for what is no text")
    return found


def _check_message(path: Path, op: str, values: tuple[Literal, ...]) -> None:
    if op in ORDERING:
        raise FilterError(values[0].at, f"messages such as {path.text} have no order")
    if op in ("=", "!=") and values[0].type != "map":
        raise FilterError(values[0].at, f"{path.text} is a message, not a {values[0].type}")


def _value(literal: Literal, field: Field, notes: set[str]) -> Any:
    wanted = {"bool": "bool", "int32": "number", "int64": "number"}.get(field.type, "string")
    if literal.type != wanted and (field.type, literal.type) != ("enum", "number"):
        raise FilterError(literal.at, f"{field.name} is {field.type}, not a {literal.type}")
    if literal.type == "number":
        return _integer(literal, field, notes)
    if field.type == "enum":
        if field.enum is None or literal.value not in field.enum:
            raise FilterError(literal.at, f"{field.name} is never {literal.value!r}")
        return field.enum[literal.value]
    if field.type == "timestamp":
        return _time(literal)
    if field.type == "name" and not names.is_readable(
        KINDS[field.kind], literal.value, by="sdk", wildcard=True
    ):
        notes.add("a text that is no name")
    return literal.value


def _integer(literal: Literal, field: Field, notes: set[str]) -> int:
    text: str = literal.value
    if not _INTEGER.fullmatch(text):
        raise FilterError(literal.at, f"{text} is not an integer")
    if len(text) > 20:
        raise FilterError(literal.at, f"{text[:20]}… is too large", demanded=False)
    number = int(text)
    if text != str(number):
        notes.add("an integer in an unusual spelling")
    bound = _RANGES.get(field.type, 1 << 31)
    if not -bound <= number < bound:
        raise FilterError(literal.at, f"{text} does not fit {field.type}", demanded=False)
    if field.enum is not None and number not in field.enum.values():
        notes.add("a number that no enum value has")
    return number


def _time(literal: Literal) -> int:
    try:
        return parse_time(literal.value)
    except ValueError as error:
        # Other spellings of a full time may be read by some servers; a bare date or word is not.
        vague = re.match(r"\d{4}-\d\d-\d\d[Tt ]\d", literal.value) is not None
        raise FilterError(literal.at, str(error), demanded=not vague) from None


def _like(text: str, pattern: str) -> bool:
    """LIKE of SQL: `%` stands for any text, `_` for one character, letters as they are."""
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(regex, text, re.DOTALL) is not None
