"""Legal variants in listing, paging, streaming and access."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import grpc

from conformance.mutants import straight
from conformance.mutants.book import CREATED, Book, Event, Refuse
from conformance.mutants.change import Changes, Variant
from conformance.oracles.filter import Reading, matches
from conformance.oracles.model import DispatchView, Filter, SortField, SortOrder

Content = Mapping[str, Any]


def reading(**choices: Any) -> Changes:
    """Another accepted reading of the filter."""
    chosen = Reading(**choices)
    return {"finds": lambda where, view: matches(where, view, chosen)}


def hash_is_text(where: Filter, view: DispatchView) -> bool:
    """A query `#abc` looks for abc."""
    queries = tuple(
        q[1:] if q.startswith("#") and not q[1:].isdigit() else q for q in where.queries
    )
    return matches(replace(where, queries=queries), view)


def inverted_refused(where: Filter, view: DispatchView) -> bool:
    """Intervals that end before they begin are refused."""
    for interval in (where.start, where.end, where.update):
        bounds = (interval.from_us, interval.to_us) if interval else ()
        if None not in bounds and bounds != tuple(sorted(b for b in bounds if b is not None)):
            raise Refuse("invalid", "the interval ends before it begins")
    return matches(where, view)


def ascending_by_default(
    views: list[DispatchView], field: int, order: int, cursor: Sequence[int] | None
) -> list[DispatchView]:
    """A field without an order is ascending."""
    if field and not order:
        order = SortOrder.ASCENDING
    return straight.arrange(views, field, order, cursor)


def undefined_is_default(
    views: list[DispatchView], field: int, order: int, cursor: Sequence[int] | None
) -> list[DispatchView]:
    """Sort numbers that are not defined count as unspecified."""
    known_field = field if field in tuple(SortField) else 0
    known_order = order if order in tuple(SortOrder) else 0
    return straight.arrange(views, known_field, known_order, cursor)


def zero_refused(asked: int | None) -> int:
    """A page size of 0 is refused."""
    if asked == 0:
        raise Refuse("invalid", "page_size is 0")
    return straight.size(asked)


def token_wins(content: Content, asked: Content) -> Content:
    """A token's own query counts, whatever the request says; its microgrid has to agree."""
    if content["microgrid"] != asked["microgrid"]:
        raise Refuse("invalid", "page_token belongs to another microgrid")
    return content


def remembered(book: Book, microgrid: int) -> list[DispatchView]:
    """What was there on page one of this walk."""
    number = book.scratch.pop("walk", None)
    walks: list[list[DispatchView]] = book.scratch.setdefault("walks", [])
    if number is None:
        number = len(walks)
        walks.append(straight.listed(book, microgrid))
    book.scratch["walking"] = number
    return walks[number]


def token_of_walk(book: Book, content: Content, more: bool) -> str | None:
    """A token that knows its walk."""
    return straight.next_token(book, {**content, "walk": book.scratch["walking"]}, more)


def continued_walk(book: Book, token: str) -> Content:
    """The walk that a token belongs to."""
    content = straight.open_token(book, token)
    book.scratch["walk"] = content["walk"]
    return content


def replayed(book: Book, microgrid: int) -> Sequence[Event]:
    """Everything that exists, as if it were created now."""
    return tuple((CREATED, view) for view in book.of(microgrid).values())


def unknown_refused(kind: Any) -> Changes:
    """Microgrids are known from their first dispatch on."""

    def refuses_microgrid(book: Book, microgrid: int, where: str) -> None:
        straight.refuses_microgrid(book, microgrid, where)
        if where != "create" and microgrid not in book.dispatches:
            raise Refuse(kind, f"no microgrid {microgrid}")

    return {"refuses_microgrid": refuses_microgrid}


def denied_elsewhere(book: Book, microgrid: int, dispatch_id: int) -> DispatchView | None:
    """A dispatch of another microgrid is denied, not hidden."""
    view = straight.find(book, microgrid, dispatch_id)
    if view is None and dispatch_id in book.everywhere():
        raise Refuse("denied", "not yours")
    return view


def late(
    book: Book, kind: int, before: DispatchView | None, after: DispatchView
) -> Sequence[Event]:
    """Changes take a little longer."""
    time.sleep(0.02)
    return ((kind, after),)


def bad_key_denied(refusal: Refuse) -> grpc.StatusCode:
    """A key that is not known is denied."""
    if refusal.kind == "unauthenticated" and "known" in str(refusal):
        return grpc.StatusCode.PERMISSION_DENIED
    return straight.status(refusal)


def key_told_apart(book: Book, method: str, metadata: Mapping[str, str], request: Any) -> None:
    """A missing key and an unknown one are told apart."""
    if "key" not in metadata:
        raise Refuse("unauthenticated", "no key")
    straight.guard(book, method, metadata, request)


def _variant(id_: str, sentence: str, trait: str, changes: Changes) -> Variant:
    return Variant(id=id_, sentence=sentence, trait=trait, changes=changes)


VARIANTS = (
    Variant(
        id="interval-ends-included",
        sentence="Upper bounds of intervals are included, as the release candidates say.",
        trait="A3",
        changes=reading(end_inclusive=True),
        generation="1.0-rc",
    ),
    _variant(
        "endless-pass-upper-bounds",
        "A dispatch without end time passes an upper bound on it.",
        "A11",
        reading(endless_passes_upper=True),
    ),
    _variant(
        "targets-all", "All targets of a filter have to match.", "A12", reading(targets_all=True)
    ),
    _variant(
        "target-equal",
        "A target matches an equal one only.",
        "A13",
        reading(target_match="equal"),
    ),
    _variant(
        "target-superset",
        "A target has to contain the one in the filter.",
        "A13",
        reading(target_match="superset"),
    ),
    _variant(
        "target-category",
        "A category without type matches any type of it.",
        "A13",
        reading(target_match="category"),
    ),
    _variant(
        "field-alone-ascends",
        "A sort field without an order is ascending.",
        "A20",
        {"arrange": ascending_by_default},
    ),
    _variant(
        "undefined-sort-is-default",
        "Sort numbers that are not defined count as unspecified.",
        "DSP-SRT-007",
        {"arrange": undefined_is_default},
    ),
    _variant("size-zero-refused", "A page size of 0 is refused.", "A21", {"size": zero_refused}),
    _variant(
        "token-wins",
        "A token under another filter or order continues its own.",
        "A22",
        {"continues": token_wins},
    ),
    _variant(
        "pages-of-snapshot",
        "A walk shows what was there when it began.",
        "A23",
        {"listed": remembered, "next_token": token_of_walk, "open_token": continued_walk},
    ),
    _variant(
        "stream-replays",
        "A new stream begins with what exists.",
        "A24",
        {"greeting": replayed},
    ),
    _variant(
        "unknown-microgrid-absent",
        "A microgrid without any dispatch so far is NOT_FOUND.",
        "A25",
        unknown_refused("not_found"),
    ),
    _variant(
        "unknown-microgrid-denied",
        "A microgrid without any dispatch so far is PERMISSION_DENIED.",
        "A25",
        unknown_refused("denied"),
    ),
    _variant(
        "deletion-shows-last-state",
        "A deletion event shows the last state unchanged.",
        "A27",
        {"deleted": lambda before, at_us: before},
    ),
    _variant("case-ignored", "Queries ignore case.", "A29", reading(ignore_case=True)),
    _variant(
        "hash-is-text",
        "A query #abc looks for abc in the type.",
        "A29",
        {"finds": hash_is_text},
    ),
    _variant(
        "recurrence-filter-restricts",
        "An empty RecurrenceFilter finds recurring dispatches only.",
        "DSP-FLT-006",
        reading(recurring_only=True),
    ),
    _variant(
        "inverted-refused",
        "Intervals that end before they begin are refused.",
        "DSP-FLT-022",
        {"finds": inverted_refused},
    ),
    _variant(
        "pages-small",
        "Pages hold seven items at most.",
        "DSP-PAG-015",
        {"size": lambda asked: min(7, straight.size(asked))},
    ),
    _variant(
        "last-token-empty",
        "The last page has an empty token; a warning, no more.",
        "DSP-PAG-003",
        {"next_token": lambda book, content, more: straight.next_token(book, content, more) or ""},
    ),
    _variant(
        "elsewhere-denied",
        "Reading a dispatch of another microgrid is denied instead of not found.",
        "DSP-GET-004",
        {"find": denied_elsewhere},
    ),
    _variant("slow", "Every change takes 20 ms longer.", "DSP-STR-001", {"announce": late}),
    Variant(
        id="unknown-key-denied",
        sentence="An unknown key is denied instead of unauthenticated.",
        trait="DSP-AUT-002",
        changes={"guard": key_told_apart, "status": bad_key_denied},
        credentials="key",
    ),
)
