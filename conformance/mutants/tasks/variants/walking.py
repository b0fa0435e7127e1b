"""Legal variants of pages, tokens and orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.tasks import listing
from conformance.mutants.tasks.book import invalid
from conformance.mutants.tasks.listing import Key, Query
from conformance.mutants.tasks.making import variant

Items = Sequence[Any]


def empty_end(query: Query, items: Items, end: int) -> str:
    """A full last page has a token, which leads to an empty page."""
    token: str = listing.next_token(query, items, end)
    full = query.after != ["end"] and end == len(items) and end > 0
    return token or (listing.seal(query, ["end"]) if full else "")


def empty_end_cut(query: Query, items: Items) -> tuple[int, int]:
    """That empty page."""
    if query.after == ["end"]:
        return len(items), len(items)
    return listing.cut(query, items)


def halting_token(query: Query, items: Items, end: int) -> str:
    """After every page with items comes one without."""
    if end >= len(items):
        return ""
    place = _place(query, items[end - 1]) if end else []
    pause = query.after is None or query.after[0] != "pause"
    return listing.seal(query, ["pause" if pause else "go", place])


def halting_cut(query: Query, items: Items) -> tuple[int, int]:
    """Pages by turns empty and not."""
    if query.after is None:
        return listing.cut(query, items)
    what, place = query.after
    begin, end = listing.cut(replace(query, after=place or None), items)
    return (begin, begin) if what == "pause" else (begin, end)


def long_token(query: Query, place: Any) -> str:
    """A token with dots, tildes and padding."""
    sealed = listing.seal(query, place)
    return f"v1.{sealed}~{'=' * (-len(sealed) % 4)}"


def long_next(query: Query, items: Items, end: int) -> str:
    """The next of such tokens."""
    return "" if end >= len(items) else long_token(query, _place(query, items[end - 1]))


def long_open(query: Query, token: str) -> Any:
    """Reads such a token."""
    place = listing.open_token(query, token.removeprefix("v1.").rstrip("=").removesuffix("~"))
    if long_token(query, place) != token:
        raise invalid("page_token", "is none", "PAGE_TOKEN_INVALID")
    return place


def few_keys(collection: Any, text: str) -> list[Key]:
    """Only a few fields can be sorted by."""
    keys = listing.read_order(collection, text)
    if {path[0] for path, _ in keys} - {"create_time", "name", "type", "category"}:
        raise invalid("order_by", "cannot be sorted by", "ORDER_BY_INVALID")
    return keys


def absent_last(query: Query, items: Items) -> list[Any]:
    """Absent values stand at the end, whichever the direction."""
    arranged = listing.arrange(query, items)
    for path, _ in reversed(query.keys):
        if path != ("name",) and len(query.keys) == 2:
            arranged.sort(key=lambda item, p=path: _absent(query, item, p))  # type: ignore[misc]
    return arranged


def absent_last_cut(query: Query, items: Items) -> tuple[int, int]:
    """Pages behind the last name shown."""
    if query.after is None:
        return listing.cut(query, items)
    names = [item.name for item in items]
    begin = names.index(query.after[0]) + 1
    return begin, min(begin + query.size, len(items))


def named_token(query: Query, items: Items, end: int) -> str:
    """The token of the next page names the last item."""
    return "" if end >= len(items) else listing.seal(query, [items[end - 1].name])


def _place(query: Query, item: Any) -> tuple[Any, ...]:
    return tuple(listing.sort_value(query.collection, item, path) for path, _ in query.keys)


def _absent(query: Query, item: Any, path: tuple[str, ...]) -> bool:
    return bool(listing.sort_value(query.collection, item, path) == (0,))


VARIANTS: tuple[Variant, ...] = (
    variant("page-empty-last", "The last page may be empty.", "AIP-158",
            {"next_token": empty_end, "cut": empty_end_cut}, "LST-007", "LST-016"),
    variant("page-empty-between", "Every other page is empty.", "AIP-158",
            {"next_token": halting_token, "cut": halting_cut}, "LST-006", "LST-007", "LST-017"),
    variant("token-dotted", "Tokens have dots and padding.", "TSK-LST-011",
            {"next_token": long_next, "open_token": long_open}, "LST-010", "LST-011"),
    variant("order-few-keys", "Few fields can be sorted by.", "TSK-ORD-001",
            {"read_order": few_keys}, "ORD-001", "ORD-002"),
    variant("order-absent-last", "Absent values come last.", "TSK-ORD-001",
            {"arrange": absent_last, "cut": absent_last_cut, "next_token": named_token},
            "ORD-001", "LST-014"),
)  # fmt: skip
