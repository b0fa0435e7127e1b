"""Legal variants in names, lists, pages and views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.meta import following, paging, straight
from conformance.mutants.meta.book import Book, Code, Refuse, absent, invalid
from conformance.mutants.meta.making import holding, item, showing, variant
from conformance.mutants.meta.order import NAME, Key, project
from conformance.mutants.meta.paging import Cursor
from conformance.mutants.meta.query import Mask, Query
from conformance.oracles.meta.model import Data, Kind

Items = Sequence[Data]


Cursors = tuple[Cursor | None, Cursor | None]


def wide_region(resources: list[Data]) -> None:
    """A region has an id that only the published client allows."""
    resources.append({**item(resources, "regions"), "name": "regions/US_West.2"})
    resources[-1]["is_default"] = False


def mask_alone(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """A mask without a view shows what it names and nothing else."""
    return project(kind.message, data, mask) if mask and view not in (NAME, 4) else right


def mask_on_top(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """A mask adds to the view, which is the full one by default."""
    return data if view != NAME else right


def basic_names(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """BASIC and DETAIL are like NAME."""
    return straight.shown(kind, data, mask, NAME if view in (2, 3) else view, where)


def basic_between(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """BASIC and DETAIL show the texts."""
    if view not in (2, 3):
        return right
    texts = [(name,) for name, value in data.items() if isinstance(value, str)]
    return project(kind.message, data, [*texts, *(mask or ())])


def name_alone(kind: Kind, data: Data, right: Data, mask: Mask, view: int, where: str) -> Data:
    """The NAME view of a service is its name."""
    return project(kind.message, data, [("name",), *(mask or ())]) if view == NAME else right


def looks_not_ahead(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """A full page is never the last one."""
    before, after = straight.cursors(items, query, begin, end)
    back = query.cursor is not None and query.cursor.backward
    if after is None and not back and end - begin == query.size:
        after = Cursor(boundary=items[end - 1])
    return before, after


def by_offset(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """Tokens count items."""
    before = Cursor(backward=True, boundary=begin) if begin else None
    return before, Cursor(inclusive=True, boundary=end) if end < len(items) else None


def _query_text(query: Query) -> str:
    request = query.request
    return f"{query.parent}|{request.filter}|{request.order_by}"


def knowing(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """Cursors that know their query."""
    marked = []
    for cursor in straight.cursors(items, query, begin, end):
        if cursor is not None and isinstance(cursor.boundary, dict):
            cursor = replace(cursor, boundary={**cursor.boundary, "#": _query_text(query)})
        marked.append(cursor)
    return marked[0], marked[1]


def remembered(book: Book, kind: Kind, cursor: Cursor, keys: Sequence[Key]) -> str:
    """A token whose query is remembered."""
    token = paging.sealed(book, kind, cursor, keys)
    if isinstance(cursor.boundary, dict) and "#" in cursor.boundary:
        book.scratch[token] = cursor.boundary["#"]
    return token


def same_query(book: Book, query: Query, token: str) -> Query:
    """Refuse a token of another query."""
    if book.scratch.get(token, _query_text(query)) != _query_text(query):
        raise invalid("page_token belongs to another query")
    return query


def newest_first(kind: Kind, text: str) -> list[Key]:
    """Without an order the last name comes first."""
    return straight.read_order(kind, text or "name desc")


def repeated(book: Book, kind: Kind, names: Sequence[str]) -> tuple[list[Data], list[str]]:
    """A name that was given twice is answered twice."""
    _, missing = straight.batch(book, kind, names)
    return [book.objects[name] for name in names if name in book.objects], missing


def reversed_batch(book: Book, kind: Kind, names: Sequence[str]) -> tuple[list[Data], list[str]]:
    """A batch is answered in an order of the server's own."""
    found, missing = straight.batch(book, kind, names)
    return found[::-1], missing


def needs_names(book: Book, kind: Kind, names: Sequence[str]) -> tuple[list[Data], list[str]]:
    """A batch needs names."""
    if not names:
        raise invalid("names is empty")
    return straight.batch(book, kind, names)


def malformed_missing(book: Book, kind: Kind, names: Sequence[str]) -> tuple[list[Data], list[str]]:
    """A malformed name is one that is missing."""
    asked = list(dict.fromkeys(names))
    found = [book.objects[name] for name in asked if name in book.objects]
    return found, [name for name in asked if name not in book.objects]


def parent_needed(book: Book, kind: Kind, parent: str) -> list[Data]:
    """A parent that does not exist is not found."""
    found = straight.children(book, kind, parent)
    if kind.parent and not parent.endswith("/-") and parent not in book.objects:
        raise absent(parent)
    return found


def no_parent_is_all(book: Book, kind: Kind, parent: str) -> list[Data]:
    """Without a parent all resources of the kind are meant."""
    return straight.children(book, kind, parent) if parent else book.of(kind)


def known_views(view: int) -> None:
    """Refuse views that are not defined."""
    if view > 4:
        raise invalid("no such view")


def _other_code(code: Code, other: Code, call: Callable[..., Any]) -> Callable[..., Any]:
    def changed(*arguments: Any) -> Any:
        try:
            return call(*arguments)
        except Refuse as refusal:
            raise (Refuse(other, str(refusal)) if refusal.code is code else refusal) from None

    return changed


_FINER = _other_code(Code.INVALID_ARGUMENT, Code.OUT_OF_RANGE, straight.size)


VARIANTS = (
    variant(
        "region-id-wide",
        "A region has an id that only the published client allows.",
        "M2",
        holding(wide_region),
        "META-NAM-001",
        "META-NAM-002",
        "META-NAM-003",
    ),
    variant(
        "mask-alone",
        "A mask shows what it names and nothing else.",
        "M5",
        showing(mask_alone),
        "META-VMK-005",
        "META-VMK-010",
        "META-GET-005",
        "META-CHK-017",
        "META-CHK-018",
    ),
    variant(
        "mask-on-top",
        "A mask adds to the full view.",
        "M5",
        showing(mask_on_top),
        "META-VMK-005",
        "META-VMK-008",
        "META-VMK-010",
        "META-CHK-018",
        "META-WS1-004",
    ),
    variant("basic-names", "BASIC is NAME.", "M6", showing(basic_names), "META-VMK-006"),
    variant("basic-texts", "BASIC shows texts.", "M6", showing(basic_between), "META-VMK-006"),
    variant(
        "service-name-alone",
        "The NAME view of a service is its name.",
        "M7",
        showing(name_alone),
        "META-VMK-002",
        "META-VMK-003",
    ),
    variant(
        "page-of-fifty",
        "A page without a size holds 50 items.",
        "M8",
        {"size": lambda asked: straight.size(asked or 50)},
        "META-LST-005",
    ),
    variant(
        "pages-short",
        "No page holds more than four items.",
        "META-LST-007",
        {"size": lambda asked: min(4, straight.size(asked))},
        "META-PAG-001",
        "META-PAG-002",
        "META-PAG-004",
        "META-LST-004",
        "META-LST-007",
    ),
    variant(
        "walk-ends-empty",
        "A walk may end with an empty page.",
        "M9",
        {"cursors": looks_not_ahead},
        "META-PAG-001",
        "META-PAG-002",
        "META-PAG-004",
        "META-PAG-005",
        "META-FLT-024",
    ),
    variant(
        "tokens-offset",
        "Page tokens are offsets.",
        "META-PAG-007",
        {"cursors": by_offset},
        "META-PAG-001",
        "META-PAG-004",
        "META-PAG-005",
        "META-PAG-007",
        "META-PAG-008",
        "META-PAG-010",
        "META-PAG-014",
        profile="sdk",
    ),
    variant(
        "token-knows-query",
        "A page token under another query is refused.",
        "M10",
        {"cursors": knowing, "seal": remembered, "continues": same_query},
        "META-PAG-001",
        "META-PAG-006",
        "META-PAG-009",
    ),
    variant(
        "order-last-first",
        "Without an order the last name comes first.",
        "M11",
        {"read_order": newest_first},
        "META-ORD-001",
        "META-PAG-001",
        "META-WST-001",
    ),
    variant(
        "offset-zero",
        "The current offset is always 0.",
        "META-PAG-013",
        {"counters": lambda wanted, items, all_, begin, end: (0, len(items) * wanted)},
        "META-PAG-011",
        "META-PAG-012",
        "META-PAG-013",
    ),
    variant(
        "batch-reversed",
        "A batch is answered in an order of the server's own.",
        "M16",
        {"batch": reversed_batch},
        "META-BAT-001",
        "META-BAT-004",
        "META-BAT-007",
    ),
    variant(
        "batch-twice",
        "A name given twice is answered twice.",
        "M16a",
        {"batch": repeated},
        "META-BAT-003",
        "META-BAT-005",
    ),
    variant(
        "batch-needs-names",
        "A batch of no names is refused.",
        "M16b",
        {"batch": needs_names},
        "META-BAT-009",
    ),
    variant(
        "batch-malformed-missing",
        "A malformed name is missing.",
        "META-BAT-008",
        {"batch": malformed_missing},
        "META-BAT-002",
        "META-BAT-008",
    ),
    variant(
        "parent-needed",
        "A parent that does not exist is not found.",
        "M38",
        {"children": parent_needed},
        "META-LST-001",
        "META-LST-003",
    ),
    variant(
        "no-parent-is-all",
        "Without a parent all resources are meant.",
        "M41",
        {
            "children": no_parent_is_all,
            "watches": lambda book, kind, parent, name: (
                not parent or following.watches(book, kind, parent, name)
            ),
        },
        "META-LST-001",
        "META-LST-002",
        "META-CHK-003",
    ),
    variant(
        "view-known",
        "Unknown views are refused.",
        "M42",
        {"check_view": known_views},
        "META-WIRE-005",
    ),
    variant(
        "size-out-of-range",
        "Bad sizes are out of range.",
        "META-LST-006",
        {"size": _FINER},
        "META-LST-006",
    ),
)
