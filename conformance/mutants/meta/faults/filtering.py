"""Faults in filters: their grammar, their meaning, and what they are applied to."""
# ruff: noqa: D102 - what the overridden methods do is said in `filters`, how they err by the class

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.meta import straight
from conformance.mutants.meta.book import Book, Code, Refuse, invalid
from conformance.mutants.meta.filters import ABSENT, Parser, Path, Predicate
from conformance.mutants.meta.making import fault, reading
from conformance.mutants.meta.query import Query
from conformance.oracles.meta.fields import Field
from conformance.oracles.meta.model import Data, Kind


class OrBindsTighter(Parser):
    """OR binds tighter than AND."""

    def alternatives(self) -> Predicate:
        found = [self.conjunction()]
        while self.accept("AND", "+") or self.starts_unit():
            found.append(self.conjunction())
        return found[0] if len(found) == 1 else self.both(found)

    def conjunction(self) -> Predicate:
        found = [self.unit()]
        while self.accept("OR", "|"):
            found.append(self.unit())
        return found[0] if len(found) == 1 else self.either(found)


class OrIsLast(Parser):
    """Of alternatives only the last one counts."""

    def either(self, found: Sequence[Predicate]) -> Predicate:
        return found[-1]


class ChainIsPair(Parser):
    """Of a chain of ANDs only the first two parts count."""

    def both(self, found: Sequence[Predicate]) -> Predicate:
        return super().both(found[:2])


class Ascii(Parser):
    """Letters beyond ASCII are all the same."""

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        if not isinstance(wanted, str) or sign not in ("=", "=="):
            return super().compares(path, sign, wanted)
        asked = wanted.encode("ascii", "replace")

        def holds(data: Data) -> bool:
            value = self.lookup(data, path)
            return isinstance(value, str) and value.encode("ascii", "replace") == asked

        return holds


class BoundsSwapped(Parser):
    """`<=` is read as `<`."""

    def ordering(self, sign: str) -> Callable[[Any, Any], bool]:
        return operator.lt if sign == "<=" else super().ordering(sign)


class NotIgnored(Parser):
    """NOT before a term has no effect."""

    def negation(self, test: Predicate) -> Predicate:
        return test


class NotOfFirst(Parser):
    """NOT before parentheses negates only the first alternative inside."""

    def unit(self) -> Predicate:
        if not self.accept("NOT"):
            return super().unit()
        if not self.accept("("):
            return self.negation(self.unit())
        found = [self.negation(self.conjunction())]
        while self.accept("OR", "|"):
            found.append(self.conjunction())
        self.expect(")")
        return self.either(found)


class CapitalsOnly(Parser):
    """Keywords are capitals."""

    def word(self, text: str, kind: str) -> str:
        if kind == "word" and text.upper() in self.keywords and text != text.upper():
            raise invalid(f"filter: unknown field {text!r}")
        return super().word(text, kind)


class InIsFirst(Parser):
    """IN compares with the first of several values only."""

    def among(self, path: Path, values: Sequence[Any]) -> Predicate:
        return super().among(path, values[:1])


class NotInIsIn(Parser):
    """NOT IN means IN."""

    def not_among(self, path: Path, values: Sequence[Any]) -> Predicate:
        return self.among(path, values)


class NullIsAbsentOnly(Parser):
    """An empty list is neither NULL nor not."""

    def null(self, path: Path, wanted: bool) -> Predicate:
        test = super().null(path, wanted)
        return lambda data: test(data) and self.lookup(data, path) != []


class NullMatchesAll(Parser):
    """IS NOT NULL holds for everything."""

    def null(self, path: Path, wanted: bool) -> Predicate:
        return super().null(path, wanted) if wanted else self.everything()


class ContainsPrefix(Parser):
    """CONTAINS is satisfied with the beginning of an element."""

    def element(self, value: Sequence[Any], wanted: Any) -> bool:
        return any(str(element).startswith(str(wanted)) for element in value)


class AllIsAny(Parser):
    """CONTAINS ALL means ANY."""

    def contains(self, path: Path, values: Sequence[Any], *, every: bool) -> Predicate:
        return super().contains(path, values, every=False)


class ContainIsNot(Parser):
    """CONTAIN and HAVE are read, but hold for everything."""

    keywords = Parser.keywords | {"CONTAIN", "HAVE"}

    def operand(self) -> Predicate:
        if any(text in ("CONTAIN", "HAVE") for _, text, _ in self.tokens[self.at : self.at + 2]):
            self.at += 3
            return self.everything()
        return super().operand()


class Unanchored(Parser):
    """LIKE finds its pattern anywhere."""

    def pattern(self, like: str) -> str:
        return ".*" + super().pattern(like).removesuffix(r"\Z")


class TopLevelOnly(Parser):
    """Nested fields are never there."""

    def lookup(self, data: Data, path: Path) -> Any:
        return ABSENT if len(path[0]) > 1 else super().lookup(data, path)


class AnyKey(Parser):
    """The key of a map does not matter: its first value is compared."""

    def lookup(self, data: Data, path: Path) -> Any:
        names = path[0]
        held = super().lookup(data, (names[:-1], path[1]))
        if len(names) == 3 and isinstance(held, dict) and names[-2] in ("labels", "annotations"):
            return next(iter(held.values()), ABSENT)
        return super().lookup(data, path)


class MapsCrash(Parser):
    """CONTAINS on a map brings the server down."""

    def contains(self, path: Path, values: Sequence[Any], *, every: bool) -> Predicate:
        if path[1] is not None and path[1].shape == "map":
            raise Refuse(Code.UNAVAILABLE, "connection reset")
        return super().contains(path, values, every=every)


class TimesInverted(Parser):
    """Times are ordered the wrong way round."""

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        if path[1] is not None and path[1].type == "timestamp":
            sign = turned.get(sign, sign)
        return super().compares(path, sign, wanted)


class OffsetIgnored(Parser):
    """The offset of a time is not counted."""

    def instant(self, text: str) -> int:
        return super().instant(re.sub(r"[+-]\d\d:\d\d$", "Z", text))


class SyntaxIsInternal(Parser):
    """A filter that cannot be read is an internal error."""

    def wrong(self, why: str) -> Refuse:
        return Refuse(Code.INTERNAL, f"SyntaxError: {why}")


class UnknownIsAbsent(Parser):
    """A field that does not exist is one that is not set."""

    def path(self, text: str) -> Path:
        try:
            return super().path(text)
        except Refuse:
            return (text,), Field(name=text, type="string")


class NoUnit(Parser):
    """`()` is no filter."""

    def read(self) -> Predicate:
        if "".join(self.text.split()) == "()":
            raise invalid("filter: at 1: expected a field")
        return super().read()


class EmptyIsNothing(Parser):
    """The empty filter matches nothing."""

    def everything(self) -> Predicate:
        return lambda data: False


class EscapesStay(Parser):
    """Backslashes stay in strings."""

    def unescaped(self, text: str) -> str:
        return text


class NameAsText(Parser):
    """A wildcard in a name matches every second resource."""

    def compares(self, path: Path, sign: str, wanted: Any) -> Predicate:
        test = super().compares(path, sign, wanted)
        if not str(wanted).endswith("/-"):
            return test
        return lambda data: test(data) and len(data["name"]) % 2 == 0


def ignored(kind: Kind, text: str) -> Predicate:
    """The filter is checked, and that is all."""
    straight.read_filter(kind, text)
    return lambda data: True


def syntax_matches_all(kind: Kind, text: str) -> Predicate:
    """A filter that cannot be read matches everything."""
    try:
        return straight.read_filter(kind, text)
    except Refuse as refusal:
        if "unknown field" in str(refusal) or "fits" in str(refusal):
            raise
        return lambda data: True


def first_page_only(book: Book, query: Query, token: str) -> Query:
    """Further pages are not filtered."""
    return replace(query, test=lambda data: True) if token else query


def of_shown(query: Query, data: Data) -> bool:
    """The filter is asked about what the mask shows."""
    return query.test(straight.shown(query.kind, data, query.mask, query.view, "list"))


MUTANTS = (
    fault(
        "filter-ignored",
        "Filters are ignored.",
        {"read_filter": ignored},
        "META-FLT-001",
        "META-CHK-003",
    ),
    fault("filter-or-binds-tighter", "OR binds tighter.", reading(OrBindsTighter), "META-FLT-003"),
    fault("filter-ascii", "Letters beyond ASCII are all the same.", reading(Ascii), "META-FLT-022"),
    fault(
        "filter-chain-is-pair",
        "Of a chain of ANDs only the first two parts count.",
        reading(ChainIsPair),
        "META-FLT-003",
    ),
    fault(
        "filter-or-is-last", "Only the last alternative counts.", reading(OrIsLast), "META-FLT-003"
    ),
    fault("filter-bounds", "`<=` means `<`.", reading(BoundsSwapped), "META-FLT-002"),
    fault(
        "filter-not-ignored",
        "NOT has no effect.",
        reading(NotIgnored),
        "META-FLT-004",
        "META-FLT-026",
    ),
    fault("filter-not-of-first", "NOT of OR is incomplete.", reading(NotOfFirst), "META-FLT-026"),
    fault("filter-capitals", "Keywords are capitals.", reading(CapitalsOnly), "META-FLT-005"),
    fault("filter-in-first", "IN looks at its first value.", reading(InIsFirst), "META-FLT-006"),
    fault("filter-not-in", "NOT IN means IN.", reading(NotInIsIn), "META-FLT-007"),
    fault(
        "filter-null-of-lists",
        "An empty list is neither NULL nor not NULL.",
        reading(NullIsAbsentOnly),
        "META-FLT-008",
    ),
    fault("filter-not-null", "IS NOT NULL always holds.", reading(NullMatchesAll), "META-FLT-008"),
    fault(
        "filter-contains-prefix",
        "CONTAINS is content with a prefix.",
        reading(ContainsPrefix),
        "META-FLT-009",
    ),
    fault("filter-all-is-any", "CONTAINS ALL means ANY.", reading(AllIsAny), "META-FLT-010"),
    fault(
        "filter-contain-alias",
        "CONTAIN and HAVE hold for everything.",
        reading(ContainIsNot),
        "META-FLT-011",
    ),
    fault("filter-like-anywhere", "LIKE is not anchored.", reading(Unanchored), "META-FLT-012"),
    fault(
        "filter-top-level", "Nested fields are never set.", reading(TopLevelOnly), "META-FLT-013"
    ),
    fault("filter-any-key", "Keys of maps do not matter.", reading(AnyKey), "META-FLT-014"),
    fault("filter-map-crash", "CONTAINS on a map crashes.", reading(MapsCrash), "META-FLT-015"),
    fault("filter-times-inverted", "Later times are less.", reading(TimesInverted), "META-FLT-016"),
    fault("filter-offset-ignored", "Offsets are ignored.", reading(OffsetIgnored), "META-FLT-017"),
    fault(
        "filter-syntax-internal",
        "Syntax errors are internal ones.",
        reading(SyntaxIsInternal),
        "META-FLT-018",
    ),
    fault(
        "filter-syntax-matches-all",
        "What cannot be read matches everything.",
        {"read_filter": syntax_matches_all},
        "META-FLT-018",
    ),
    fault(
        "filter-unknown-absent",
        "Unknown fields are unset ones.",
        reading(UnknownIsAbsent),
        "META-FLT-019",
        "META-CHK-027",
    ),
    fault("filter-no-unit", "`()` is refused.", reading(NoUnit), "META-FLT-020"),
    fault(
        "filter-empty-nothing",
        "The empty filter matches nothing.",
        reading(EmptyIsNothing),
        "META-FLT-021",
    ),
    fault("filter-escapes", "Escapes stay in strings.", reading(EscapesStay), "META-FLT-022"),
    fault(
        "filter-name-wildcard",
        "Wildcards in names match half of them.",
        reading(NameAsText),
        "META-FLT-023",
    ),
    fault(
        "filter-first-page",
        "Only the first page is filtered.",
        {"continues": first_page_only},
        "META-FLT-024",
    ),
    fault(
        "filter-of-shown",
        "Filters see only what the mask shows.",
        {"lists": of_shown},
        "META-VMK-011",
    ),
)
