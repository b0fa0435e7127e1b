"""Faults in lists, pages, tokens and orders."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import listing, straight
from conformance.mutants.tasks.book import Book, Refuse, invalid
from conformance.mutants.tasks.listing import Key, Query
from conformance.mutants.tasks.making import fault

Items = Sequence[Any]


def everyone(book: Book, query: Query) -> list[Any]:
    """The items of all tenants."""
    return list(book.of(query.collection).values())


def without_last(book: Book, query: Query) -> list[Any]:
    """All but the last item."""
    return listing.children(book, query)[:-1]


def one_more(query: Query, items: Items) -> tuple[int, int]:
    """A page is one item too long."""
    return listing.cut(replace(query, size=query.size + 1), items)


def skips(query: Query, items: Items) -> tuple[int, int]:
    """Further pages skip an item."""
    begin, end = listing.cut(query, items)
    return min(begin + (query.after is not None), end), end


def repeats(query: Query, items: Items) -> tuple[int, int]:
    """Further pages begin with the last item of the one before."""
    begin, end = listing.cut(query, items)
    back = 1 if query.after is not None and query.size > 1 else 0
    return begin - back, max(begin, end - back)


def by_number(query: Query, items: Items) -> tuple[int, int]:
    """Pages begin at multiples of their size."""
    begin, _ = listing.cut(query, items)
    begin -= begin % query.size
    return begin, min(begin + query.size, len(items))


def by_ties(query: Query, items: Items) -> tuple[int, int]:
    """The next page begins behind all items that sort like the last one."""
    begin, _ = listing.cut(query, items)
    keys = [key for key in query.keys if key[0] != ("name",)]
    tied = replace(query, keys=keys)
    while query.after is not None and keys and 0 < begin < len(items):
        if listing.compared(tied, items[begin - 1], items[begin]):
            break
        begin += 1
    return begin, min(begin + query.size, len(items))


def offset_token(query: Query, items: Items, end: int) -> str:
    """The token of the next page is a number."""
    return "" if end >= len(items) else listing.seal(query, [[end]])


def offset_cut(query: Query, items: Items) -> tuple[int, int]:
    """A page begins after so many items, whatever came meanwhile."""
    begin = 0 if query.after is None else int(query.after[0][0])
    return min(begin, len(items)), min(begin + query.size, len(items))


def always_token(query: Query, items: Items, end: int) -> str:
    """The last page has a token, too."""
    token = listing.next_token(query, items, end)
    return token or (listing.seal(query, listing._place(query, items[-1])) if items else "")


def ends_early(query: Query, items: Items, end: int) -> str:
    """A last page of one item is not announced."""
    return "" if end == len(items) - 1 else listing.next_token(query, items, end)


def spaced(query: Query, items: Items, end: int) -> str:
    """Tokens hold what a URL cannot."""
    token = listing.next_token(query, items, end)
    return f"+/{base64.b64encode(token.encode()).decode()} &" if token else ""


def from_spaced(query: Query, token: str) -> Any:
    """Reads such a token."""
    try:
        return listing.open_token(query, base64.b64decode(token[2:-2]).decode())
    except ValueError:
        raise invalid("page_token", "is none", "PAGE_TOKEN_INVALID") from None


def first_page(query: Query, token: str) -> Any:
    """What is no token leads to the first page."""
    try:
        return listing.open_token(query, token)
    except Refuse:
        return None


def once(query: Query, token: str) -> Any:
    """A token works once."""
    place = listing.open_token(query, token)
    if token in _used:
        raise invalid("page_token", "was used", "PAGE_TOKEN_INVALID")
    _used.add(token)
    return place


_used: set[str] = set()


def default_for_negative(asked: int) -> int:
    """A negative size is none."""
    return listing.size(max(0, asked))


def large_refused(asked: int) -> int:
    """Large sizes are refused."""
    if asked > listing.MAX_SIZE:
        raise invalid("page_size", "is too large")
    return listing.size(asked)


def zero_empty(asked: int) -> int:
    """Without a size there is none."""
    if asked == 0:
        raise invalid("page_size", "is required", "FIELD_REQUIRED")
    return listing.size(asked)


def stale(query: Query, item: Any) -> Any:
    """Lists leave out what people wrote."""
    return replace(item, annotations=None) if hasattr(item, "annotations") else item


def total_of_page(query: Query, matching: Items, everything: Items) -> int:
    """The total counts a page."""
    return min(len(matching), query.size)


def total_of_all(query: Query, matching: Items, everything: Items) -> int:
    """The total counts what the filter leaves out."""
    return len(everything)


def unsorted(query: Query, items: Items) -> list[Any]:
    """Items in the order in which they were made."""
    return sorted(items, key=lambda item: item.create_ns)


def upward(collection: Any, text: str) -> list[Key]:
    """Nothing sorts downward."""
    return [(path, False) for path, _ in listing.read_order(collection, text)]


def last_first(collection: Any, text: str) -> list[Key]:
    """The last key decides first."""
    *keys, name = listing.read_order(collection, text)
    return [*keys[::-1], name]


def no_minus(collection: Any, text: str) -> list[Key]:
    """A minus is a mistake."""
    if "-" in text:
        raise invalid("order_by", "what is a minus", "ORDER_BY_INVALID")
    return listing.read_order(collection, text)


def no_words(collection: Any, text: str) -> list[Key]:
    """A word after a field is a mistake."""
    if "desc" in text:
        raise invalid("order_by", "what is desc", "ORDER_BY_INVALID")
    return listing.read_order(collection, text)


def no_blanks(collection: Any, text: str) -> list[Key]:
    """A blank before a key is a mistake."""
    if text != text.strip() or ", " in text:
        raise invalid("order_by", "what is a blank", "ORDER_BY_INVALID")
    return listing.read_order(collection, text)


def lenient(collection: Any, text: str) -> list[Key]:
    """What cannot be read is no order."""
    try:
        return listing.read_order(collection, text)
    except Refuse:
        return listing.read_order(collection, "")


MUTANTS = (
    fault("list-everyone", "Lists hold all tenants' tasks.", {"children": everyone}, "LST-001"),
    fault("list-forgets", "Lists forget the newest task.", {"children": without_last}, "LST-001"),
    fault("size-needed", "A page size is needed.", {"size": zero_empty}, "LST-002"),
    fault("size-negative", "A negative size is none.", {"size": default_for_negative}, "LST-003"),
    fault("size-large", "Large sizes are refused.", {"size": large_refused}, "LST-004"),
    fault("page-long", "A page is one item too long.", {"cut": one_more}, "LST-005"),
    fault("page-skips", "Further pages skip an item.", {"cut": skips}, "LST-006"),
    fault("page-repeats", "Further pages repeat an item.", {"cut": repeats}, "LST-006"),
    fault("page-by-number", "Pages begin at multiples.", {"cut": by_number}, "LST-008"),
    fault("page-by-ties", "Pages skip what sorts alike.", {"cut": by_ties}, "ORD-007"),
    fault("page-by-offset", "Pages shift when something is inserted.",
          {"next_token": offset_token, "cut": offset_cut}, "LST-014"),
    fault("token-always", "The last page has a token.", {"next_token": always_token}, "LST-007"),
    fault("token-never", "A last single item is lost.", {"next_token": ends_early}, "LST-006"),
    fault("token-spaced", "Tokens are not for URLs.",
          {"next_token": spaced, "open_token": from_spaced}, "LST-011"),
    fault("token-any", "What is no token is the first page.", {"open_token": first_page},
          "LST-010"),
    fault("token-once", "A token works once.", {"open_token": once}, "LST-017"),
    fault("token-forgets", "A token goes with any query.",
          {"digest": lambda parent, filter_, order: ""}, "LST-009"),
    fault("list-stale", "Lists leave annotations out.", {"listed": stale}, "LST-013"),
    fault("total-page", "The total counts a page.", {"total": total_of_page}, "LST-012"),
    fault("total-all", "The total ignores the filter.", {"total": total_of_all}, "LST-012",
          "FLT-013", "LST-016"),
    fault("order-none", "Lists are not sorted.", {"arrange": unsorted}, "ORD-002", "ORD-004"),
    fault("order-backward", "Upward is downward.",
          {"read_order": lambda c, t: [(p, not d) for p, d in listing.read_order(c, t)]},
          "ORD-001"),
    fault("order-upward", "Nothing sorts downward.", {"read_order": upward}, "ORD-002",
          "ORD-003"),
    fault("order-last-first", "The last key decides first.", {"read_order": last_first},
          "ORD-004"),
    fault("order-no-minus", "A minus is refused.", {"read_order": no_minus}, "ORD-002"),
    fault("order-no-words", "The word desc is refused.", {"read_order": no_words}, "ORD-003"),
    fault("order-no-blanks", "Blanks are refused.", {"read_order": no_blanks}, "ORD-006"),
    fault("order-lenient", "What is no order is none.", {"read_order": lenient}, "ORD-005",
          "ORD-009"),
    fault("tenant-unknown-empty", "An unknown tenant is empty.",
          {"tenant_exists": lambda book, parent: None, "check_parent": straight.check_parent},
          "LST-015"),
)  # fmt: skip
