"""Faults in lists, pages, tokens and counters."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

from conformance.mutants.meta import paging, straight
from conformance.mutants.meta.book import Book, Refuse, invalid
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.order import Key, compare
from conformance.mutants.meta.paging import Cursor
from conformance.mutants.meta.query import Query
from conformance.oracles.meta.model import Data, Kind

Items = Sequence[Data]


Cursors = tuple[Cursor | None, Cursor | None]


def fewer_when_watched(book: Book, kind: Kind, parent: str) -> list[Data]:
    """With many watches open the last item is left out."""
    found = straight.children(book, kind, parent)
    return found[:-1] if len(book.streams) >= 5 else found


def one_too_many(items: Items, query: Query) -> tuple[int, int]:
    """A page holds one item more than asked for."""
    return straight.cut(items, replace(query, size=query.size + 1))


def skips_one(items: Items, query: Query) -> tuple[int, int]:
    """Each further page leaves out its first item."""
    begin, end = straight.cut(items, query)
    further = query.cursor is not None and not query.cursor.backward
    return min(begin + further, end), end


def skips_ties(items: Items, query: Query) -> tuple[int, int]:
    """The next page begins behind all items that sort like the last one, but for their names."""
    begin, end = straight.cut(items, query)
    cursor, keys = query.cursor, [key for key in query.keys if key[0] != ("name",)]
    if cursor is None or cursor.backward or isinstance(cursor.boundary, int) or not keys:
        return begin, end
    while begin < len(items) and compare(items[begin], cursor.boundary, keys) == 0:
        begin += 1
    return begin, min(begin + query.size, len(items))


def by_page_number(items: Items, query: Query) -> tuple[int, int]:
    """A page begins at a multiple of its size."""
    begin, _ = straight.cut(items, query)
    begin -= begin % query.size
    return begin, min(begin + query.size, len(items))


def counting(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """Cursors that know how many items came before, beside the item that they show."""
    before, after = paging.cursors(items, begin, end, None)
    if begin:
        before = Cursor(backward=True, inclusive=True, boundary=items[begin - 1])
    counted = replace(after, boundary={**items[end - 1], "#": end}) if after else None
    return before, counted


def remembering(book: Book, kind: Kind, cursor: Cursor, keys: Sequence[Key]) -> str:
    """A token that shows an item, and for which an offset is remembered."""
    token = paging.sealed(book, kind, cursor, keys)
    if isinstance(cursor.boundary, dict) and "#" in cursor.boundary:
        book.scratch[token] = cursor.boundary["#"]
    return token


def at_offset(book: Book, query: Query, token: str) -> Query:
    """A token leads to the offset that was remembered for it."""
    if token not in book.scratch:
        return query
    return replace(query, cursor=Cursor(inclusive=True, boundary=book.scratch[token]))


def repeats_boundary(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """The next page begins with the last item of the one before."""
    before, after = straight.cursors(items, query, begin, end)
    # With one item a page this would never end.
    return before, replace(after, inclusive=end - begin > 1) if after else None


def endless(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """The last page leads to the first one."""
    before, after = straight.cursors(items, query, begin, end)
    return before, after or (Cursor(inclusive=True, boundary=items[0]) if items else None)


def ends_early(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """A page that would hold just one item is not announced."""
    before, after = straight.cursors(items, query, begin, end)
    return before, None if end == len(items) - 1 else after


def first_has_previous(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """The first page has a previous one."""
    before, after = straight.cursors(items, query, begin, end)
    return before or (Cursor(backward=True, boundary=items[0]) if items else None), after


def previous_too_early(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """The previous page ends one item too early."""
    before, after = straight.cursors(items, query, begin, end)
    return replace(before, inclusive=False) if before else None, after


def no_way_forth(items: Items, query: Query, begin: int, end: int) -> Cursors:
    """On the way back the two tokens are not exchanged."""
    before, after = straight.cursors(items, query, begin, end)
    return (after, before) if query.cursor and query.cursor.backward else (before, after)


def backwards(items: Items, query: Query, begin: int, end: int) -> list[Data]:
    """Pages before are answered in reverse."""
    page = list(items[begin:end])
    return page[::-1] if query.cursor and query.cursor.backward else page


def once(book: Book, query: Query, token: str) -> Query:
    """A token works once."""
    used: set[str] = book.scratch.setdefault("used", set())
    if token in used:
        raise invalid("page_token was used before")
    used |= {token} - {""}
    return query


def old_filter(book: Book, query: Query, token: str) -> Query:
    """A token continues the filter with which the walk began, whatever is asked for now."""
    walks: dict[str, Query] = book.scratch.setdefault("walks", {})
    if token and query.kind.plural in walks:
        return replace(query, test=walks[query.kind.plural].test)
    walks[query.kind.plural] = query
    return query


def opaque(book: Book, kind: Kind, cursor: Cursor, keys: Sequence[Key]) -> str:
    """A token in a format of the server's own."""
    return base64.b64encode(paging.sealed(book, kind, cursor, keys).encode()).decode()


def open_opaque(book: Book, kind: Kind, text: str) -> Cursor:
    """The cursor of such a token."""
    try:
        return paging.opened(book, kind, base64.b64decode(text, validate=True).decode())
    except ValueError:
        raise invalid("page_token: not a token") from None


def garbage_is_first(book: Book, kind: Kind, text: str) -> Cursor:
    """What cannot be read as a token leads to page one."""
    try:
        return straight.open_token(book, kind, text)
    except Refuse:
        return Cursor(inclusive=True, boundary=0)


def negative_is_default(asked: int) -> int:
    """A negative size is no size."""
    return straight.size(max(asked, 0))


def large_refused(asked: int) -> int:
    """More than a thousand items are refused."""
    if asked > straight.LARGEST_SIZE:
        raise invalid("page_size is too large")
    return straight.size(asked)


def unfiltered_total(
    wanted: bool, items: Items, everything: Items, begin: int, end: int
) -> tuple[int, int]:
    """The total counts what the filter leaves out."""
    return (begin, len(everything)) if wanted else (0, 0)


def total_of_page(
    wanted: bool, items: Items, everything: Items, begin: int, end: int
) -> tuple[int, int]:
    """The total counts the page."""
    return (begin, end - begin) if wanted else (0, 0)


def offset_behind(
    wanted: bool, items: Items, everything: Items, begin: int, end: int
) -> tuple[int, int]:
    """The offset counts the page itself, too."""
    return (end, len(items)) if wanted else (0, 0)


def offset_rounded(
    wanted: bool, items: Items, everything: Items, begin: int, end: int
) -> tuple[int, int]:
    """The offset is a multiple of what the page holds."""
    held = max(1, end - begin)
    return (begin // held * held, len(items)) if wanted else (0, 0)


MUTANTS = (
    fault(
        "page-one-too-many", "A page is one item too long.", {"cut": one_too_many}, "META-LST-004"
    ),
    fault(
        "size-zero-empty",
        "Without a page size pages are empty.",
        {"size": lambda asked: straight.size(asked) if asked else 0},
        "META-LST-005",
    ),
    fault(
        "size-negative-default",
        "A negative page size is no page size.",
        {"size": negative_is_default},
        "META-LST-006",
    ),
    fault(
        "size-large-refused",
        "Large page sizes are refused.",
        {"size": large_refused},
        "META-LST-007",
    ),
    fault(
        "list-minds-watches",
        "Lists lose an item while five watches are open.",
        {"children": fewer_when_watched},
        "META-LST-008",
    ),
    fault("page-skips", "Further pages skip an item.", {"cut": skips_one}, "META-PAG-001"),
    fault(
        "page-skips-ties",
        "A page border inside of ties skips the rest of them.",
        {"cut": skips_ties},
        "META-PAG-001",
    ),
    fault(
        "next-repeats-boundary",
        "The next page repeats the last item of the one before.",
        {"cursors": repeats_boundary},
        "META-PAG-001",
    ),
    fault(
        "walk-endless", "The last page leads to the first.", {"cursors": endless}, "META-PAG-002"
    ),
    fault(
        "walk-ends-early", "A last single item is lost.", {"cursors": ends_early}, "META-PAG-001"
    ),
    fault(
        "first-has-previous",
        "The first page has a previous one.",
        {"cursors": first_has_previous},
        "META-PAG-003",
    ),
    fault(
        "previous-too-early",
        "The previous page ends an item too early.",
        {"cursors": previous_too_early},
        "META-PAG-004",
    ),
    fault("previous-reversed", "Pages before are reversed.", {"page": backwards}, "META-PAG-004"),
    fault(
        "tokens-not-exchanged",
        "On the way back previous and next are exchanged.",
        {"cursors": no_way_forth},
        "META-PAG-005",
    ),
    fault("token-once", "A page token works once.", {"continues": once}, "META-PAG-006"),
    fault(
        "token-opaque",
        "Page tokens have a format of their own.",
        {"seal": opaque, "open_token": open_opaque},
        "META-PAG-007",
    ),
    fault(
        "token-garbage-first-page",
        "A token that cannot be read leads to page one.",
        {"open_token": garbage_is_first},
        "META-PAG-008",
    ),
    fault(
        "token-keeps-filter",
        "A token keeps the filter of its first page.",
        {"continues": old_filter},
        "META-PAG-009",
    ),
    fault(
        "page-by-number",
        "Pages begin at multiples of their size.",
        {"cut": by_page_number},
        "META-PAG-010",
    ),
    fault(
        "counters-unasked",
        "Paging info is always there.",
        {"counters": lambda wanted, items, all_, begin, end: (begin, len(items))},
        "META-PAG-011",
    ),
    fault(
        "total-ignores-filter",
        "The total counts what the filter leaves out.",
        {"counters": unfiltered_total},
        "META-PAG-012",
    ),
    fault(
        "total-counts-page",
        "The total counts the page.",
        {"counters": total_of_page},
        "META-PAG-012",
    ),
    fault(
        "offset-behind",
        "The offset counts its own page.",
        {"counters": offset_behind},
        "META-PAG-013",
    ),
    fault(
        "offset-rounded",
        "The offset is a multiple of the size.",
        {"counters": offset_rounded},
        "META-PAG-013",
    ),
    fault(
        "token-shifts",
        "Tokens shift when something is inserted before them.",
        {"cursors": counting, "seal": remembering, "continues": at_offset},
        "META-PAG-014",
    ),
)
