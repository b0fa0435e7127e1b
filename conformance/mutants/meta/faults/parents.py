"""Faults in what is below a parent, in lists and watches."""

from __future__ import annotations

from dataclasses import replace

from conformance.mutants.meta import straight
from conformance.mutants.meta.book import Book, Code, Refuse
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.query import Query
from conformance.oracles.meta.model import Data, Kind


def parent_prefix(book: Book, kind: Kind, parent: str) -> list[Data]:
    """What begins like the parent is below it."""
    if not kind.parent or parent.endswith("/-"):
        return straight.children(book, kind, parent)
    return [data for data in book.of(kind) if data["name"].startswith(parent)]


def parent_ignored(book: Book, kind: Kind, parent: str) -> list[Data]:
    """All resources of the kind, whatever the parent."""
    return book.of(kind)


def _anywhere(query: Query) -> Query:
    """The query without its parent if it has a filter."""
    kind = query.kind
    lifted = kind.parent and query.request.filter
    return replace(query, parent=f"{kind.parent}/-") if lifted else query


def list_anywhere(book: Book, query: Query, token: str) -> Query:
    """A list with a filter has no parent; watches are right."""
    query = straight.continues(book, query, token)
    return query if query.digest else _anywhere(query)


def watch_anywhere(book: Book, query: Query, token: str) -> Query:
    """A watch with a filter has no parent; lists are right."""
    query = straight.continues(book, query, token)
    return _anywhere(query) if query.digest else query


def wildcard_nowhere(book: Book, kind: Kind, parent: str) -> list[Data]:
    """A wildcard is the name of a parent that nobody has."""
    return [] if parent.endswith("/-") else straight.children(book, kind, parent)


def unknown_parent_internal(book: Book, kind: Kind, parent: str) -> list[Data]:
    """A parent that does not exist is an internal error."""
    if kind.parent and not parent.endswith("/-") and parent not in book.objects:
        raise Refuse(Code.INTERNAL, f"KeyError: {parent}")
    return straight.children(book, kind, parent)


MUTANTS = (
    fault(
        "parent-prefix",
        "A list shows the children of all parents whose names begin alike.",
        {"children": parent_prefix},
        "META-LST-001",
    ),
    fault(
        "parent-ignored", "Lists ignore the parent.", {"children": parent_ignored}, "META-LST-001"
    ),
    fault(
        "parent-lifted",
        "A list with a filter ignores the parent.",
        {"continues": list_anywhere},
        "META-LST-001",
    ),
    fault(
        "parent-lifted-watch",
        "A watch with a filter ignores the parent.",
        {"continues": watch_anywhere},
        "META-CHK-003",
    ),
    fault(
        "parent-wildcard-empty",
        "A wildcard for the parent finds nothing.",
        {"children": wildcard_nowhere},
        "META-LST-002",
    ),
    fault(
        "parent-unknown-internal",
        "A parent that does not exist is an internal error.",
        {"children": unknown_parent_internal},
        "META-LST-003",
    ),
)
