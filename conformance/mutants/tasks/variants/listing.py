"""Tasks endpoints that filter, sort and page in another way, and are right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.tasks import listing
from conformance.mutants.tasks.book import invalid
from conformance.mutants.tasks.filters import Parser, Predicate
from conformance.mutants.tasks.listing import Key, Query
from conformance.mutants.tasks.making import reading, variant


class Sql(Parser):
    """AND binds tighter than OR."""

    def conjunction(self) -> Predicate:
        """Choices of sequences."""
        parts = [self.joined()]
        while self.accept("OR"):
            parts.append(self.joined())
        return lambda item: any(part(item) for part in parts)

    def joined(self) -> Predicate:
        """Terms joined by AND, or by nothing."""
        parts = [self.term()]
        while self.accept("AND") or self.peek()[1] not in ("", ")", "OR", ","):
            parts.append(self.term())
        return lambda item: all(part(item) for part in parts)


class AbsentIsUnknown(Parser):
    """What is absent is neither equal nor unequal, negated or not."""

    def negated(self, test: Predicate) -> Predicate:
        """The opposite, but for items without any metadata."""
        return lambda item: not test(item) and getattr(item, "metadata", True) is not None


def short_pages(query: Query, items: Sequence[Any]) -> tuple[int, int]:
    """Pages hold three items at most."""
    begin, end = listing.cut(query, items)
    return begin, min(end, begin + 3)


def newest_first(collection: Any, text: str) -> list[Key]:
    """Without an order the newest come first."""
    if text.strip():
        return listing.read_order(collection, text)
    return [(("create_time",), True), (("name",), False)]


def names_last(collection: Any, text: str) -> list[Key]:
    """Ties are broken by the name, downward."""
    *keys, last = listing.read_order(collection, text)
    return [*keys, last if "name" in text else (("name",), True)]


def no_alias(collection: Any, text: str) -> list[Key]:
    """There is no created_time."""
    if re.search(r"\b(created|updated)_time\b", text):
        raise invalid("order_by", "no such field", "ORDER_BY_INVALID")
    return listing.read_order(collection, text)


VARIANTS: tuple[Variant, ...] = (
    variant("sql", "AND binds tighter than OR.", "TSK-FLT-006", reading(Sql), "FLT-005"),
    variant("absent-unknown", "NOT leaves out what has no metadata.", "TSK-FLT-008",
            reading(AbsentIsUnknown), "FLT-005", "FLT-009"),
    variant("short-pages", "Pages hold three items at most.", "AIP-158", {"cut": short_pages},
            "LST-006", "LST-005", "LST-007"),
    variant("pages-small-maximum", "No page holds more than ten items.", "AIP-158",
            {"size": lambda asked: min(listing.size(asked), 10)}, "LST-004", "LST-006"),
    variant("pages-small-default", "Pages hold four items unless asked.", "AIP-158",
            {"size": lambda asked: listing.size(asked or 4)}, "LST-002", "LST-012", "LST-014"),
    variant("newest-first", "Without an order the newest come first.", "default order",
            {"read_order": newest_first}, "LST-006", "LST-014"),
    variant("names-downward", "Ties are broken downward.", "TSK-ORD-007",
            {"read_order": names_last}, "ORD-004", "ORD-007"),
    variant("no-alias", "There is no created_time.", "TSK-ORD-008", {"read_order": no_alias},
            "ORD-008"),
)  # fmt: skip
