"""Tasks endpoints that read the documents differently and are right all the same."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.tasks import listing, straight
from conformance.mutants.tasks.book import Book, Code, invalid, precondition
from conformance.mutants.tasks.filters import Parser, Predicate
from conformance.mutants.tasks.listing import Key, Query
from conformance.mutants.tasks.making import reading, recoded, variant
from conformance.oracles.tasks.model import Task, Type


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


def from_new(task: Task, at_ns: int) -> Task:
    """A task may be completed that nobody claimed."""
    state: Any = "IN_PROGRESS" if task.state == "NEW" else task.state
    return straight.completed(replace(task, state=state), at_ns)


def short_pages(query: Query, items: Sequence[Any]) -> tuple[int, int]:
    """Pages hold three items at most."""
    begin, end = listing.cut(query, items)
    return begin, min(end, begin + 3)


def hex_id(book: Book) -> str:
    """An id of digits and letters."""
    return uuid.uuid4().hex[:20]


def newest_first(collection: Any, text: str) -> list[Key]:
    """Without an order the newest come first."""
    if text.strip():
        return listing.read_order(collection, text)
    return [(("create_time",), True), (("name",), False)]


def names_last(collection: Any, text: str) -> list[Key]:
    """Ties are broken by the name, downward."""
    *keys, (path, down) = listing.read_order(collection, text)
    return [*keys, (path, not down if path == ("name",) and keys else down)]


def no_alias(collection: Any, text: str) -> list[Key]:
    """There is no created_time."""
    if re.search(r"\b(created|updated)_time\b", text):
        raise invalid("order_by", "no such field", "ORDER_BY_INVALID")
    return listing.read_order(collection, text)


def strict_missing(type_: Type, task: Task) -> Task:
    """A key that is missing refuses the task."""
    filled = straight.texts(type_, task)
    if "<no value>" in filled.description + filled.recommended_action:
        raise precondition(type_.name, "a key is missing", "TEMPLATE_EXECUTION_FAILED")
    return filled


def production(type_: Type, task: Task) -> Task:
    """The stage is empty."""
    plain = tuple(
        replace(link, uri_template=re.sub(r"\{\{\s*\.Stage\s*\}\}", "", link.uri_template))
        for link in type_.links
    )
    return straight.texts(replace(type_, links=plain), task)


def scheme_ignored(book: Book, metadata: Mapping[str, str]) -> str | None:
    """The case of the scheme does not matter."""
    given = metadata.get("authorization", "")
    return straight.authenticates(book, {"authorization": re.sub("(?i)bearer", "Bearer", given)})


VARIANTS: tuple[Variant, ...] = (
    variant("straight", "The naive endpoint as it is, asking for tokens.", "none", {},
            "GET-001", "LST-006", "FLT-005", "UPD-001", "TPL-005", "EVT-001", auth=True),
    variant("scheme-ignored", "The scheme has any case.", "authentication",
            {"authenticates": scheme_ignored}, "AUT-001", auth=True),
    variant("sql", "AND binds tighter than OR.", "TSK-FLT-006", reading(Sql), "FLT-005"),
    variant("absent-unknown", "NOT leaves out what has no metadata.", "TSK-FLT-008",
            reading(AbsentIsUnknown), "FLT-005", "FLT-009"),
    variant("from-new", "A new task may be completed.", "TSK-CMP-004", {"completed": from_new},
            "STA-001", "CMP-003"),
    variant("short-pages", "Pages hold three items at most.", "AIP-158", {"cut": short_pages},
            "LST-006", "LST-005", "LST-007"),
    variant("hex-ids", "Ids made by the server are hexadecimal.", "TSK-CRT-002",
            {"make_id": hex_id}, "CRT-002"),
    variant("newest-first", "Without an order the newest come first.", "default order",
            {"read_order": newest_first}, "LST-006", "LST-014"),
    variant("names-downward", "Ties are broken downward.", "TSK-ORD-007",
            {"read_order": names_last}, "ORD-004", "ORD-007"),
    variant("no-alias", "There is no created_time.", "TSK-ORD-008", {"read_order": no_alias},
            "ORD-008"),
    variant("missing-refused", "A missing key refuses the task.", "TSK-TPL-006",
            {"texts": strict_missing}, "TPL-006"),
    variant("production", "The stage is empty.", "TSK-TPL-004", {"texts": production}, "TPL-004"),
    variant("type-unknown-invalid", "An unknown type is INVALID_ARGUMENT.", "TSK-CRT-010",
            {"type_for": recoded(straight.type_for, Code.INVALID_ARGUMENT)}, "CRT-010"),
    variant("type-unknown-precondition", "An unknown type is FAILED_PRECONDITION.", "TSK-CRT-010",
            {"type_for": recoded(straight.type_for, Code.FAILED_PRECONDITION,
                                 of=Code.NOT_FOUND)}, "CRT-010"),
    variant("pages-small-maximum", "No page holds more than ten items.", "AIP-158",
            {"size": lambda asked: min(listing.size(asked), 10)}, "LST-004", "LST-006"),
)  # fmt: skip
"""One for each other accepted reading, and for freedoms that single requirements leave."""
