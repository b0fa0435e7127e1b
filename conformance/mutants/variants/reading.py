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


def _variant(id_: str, sentence: str, trait: str, changes: Changes, *near: str) -> Variant:
    return Variant(id=id_, sentence=sentence, trait=trait, changes=changes, near=near)


VARIANTS = (
    Variant(
        id="interval-ends-included",
        sentence="Upper bounds of intervals are included, as the release candidates say.",
        trait="A3",
        changes=reading(end_inclusive=True),
        generation="1.0-rc",
        near=(
            "DSP-FLT-008",
            "DSP-FLT-014",
            "DSP-PAG-007",
        ),
    ),
    _variant(
        "endless-pass-upper-bounds",
        "A dispatch without end time passes an upper bound on it.",
        "A11",
        reading(endless_passes_upper=True),
        "DSP-FLT-010",
        "DSP-FLT-012",
        "DSP-FLT-014",
    ),
    _variant(
        "targets-all",
        "All targets of a filter have to match.",
        "A12",
        reading(targets_all=True),
        "DSP-FLT-016",
        "DSP-FLT-014",
    ),
    _variant(
        "target-equal",
        "A target matches an equal one only.",
        "A13",
        reading(target_match="equal"),
        "DSP-FLT-015",
        "DSP-FLT-014",
    ),
    _variant(
        "target-superset",
        "A target has to contain the one in the filter.",
        "A13",
        reading(target_match="superset"),
        "DSP-FLT-015",
        "DSP-FLT-014",
    ),
    _variant(
        "target-category",
        "A category without type matches any type of it.",
        "A13",
        reading(target_match="category"),
        "DSP-FLT-015",
        "DSP-FLT-014",
    ),
    _variant(
        "field-alone-ascends",
        "A sort field without an order is ascending.",
        "A20",
        {"arrange": ascending_by_default},
        "DSP-SRT-005",
    ),
    _variant(
        "undefined-sort-is-default",
        "Sort numbers that are not defined count as unspecified.",
        "DSP-SRT-007",
        {"arrange": undefined_is_default},
        "DSP-SRT-007",
    ),
    _variant(
        "size-zero-refused",
        "A page size of 0 is refused.",
        "A21",
        {"size": zero_refused},
        "DSP-PAG-001",
        "DSP-PAG-015",
    ),
    _variant(
        "token-wins",
        "A token under another filter or order continues its own.",
        "A22",
        {"continues": token_wins},
        "DSP-PAG-007",
        "DSP-PAG-008",
    ),
    _variant(
        "pages-of-snapshot",
        "A walk shows what was there when it began.",
        "A23",
        {"listed": remembered, "next_token": token_of_walk, "open_token": continued_walk},
        "DSP-PAG-004",
        "DSP-PAG-011",
        "DSP-PAG-012",
    ),
    _variant(
        "stream-replays",
        "A new stream begins with what exists.",
        "A24",
        {"greeting": replayed},
        "DSP-STR-001",
        "DSP-STR-003",
        "DSP-STR-013",
    ),
    _variant(
        "unknown-microgrid-absent",
        "A microgrid without any dispatch so far is NOT_FOUND.",
        "A25",
        unknown_refused("not_found"),
        "DSP-FLT-002",
        "DSP-PAG-002",
        "DSP-PAG-004",
        "DSP-PAG-014",
        "DSP-PAG-017",
        "DSP-STR-003",
    ),
    _variant(
        "unknown-microgrid-denied",
        "A microgrid without any dispatch so far is PERMISSION_DENIED.",
        "A25",
        unknown_refused("denied"),
        "DSP-FLT-002",
        "DSP-PAG-002",
        "DSP-PAG-004",
        "DSP-PAG-014",
        "DSP-PAG-017",
        "DSP-STR-003",
    ),
    _variant(
        "deletion-shows-last-state",
        "A deletion event shows the last state unchanged.",
        "A27",
        {"deleted": lambda before, at_us: before},
        "DSP-STR-001",
        "DSP-STR-002",
        "DSP-STR-018",
    ),
    _variant(
        "case-ignored", "Queries ignore case.", "A29", reading(ignore_case=True), "DSP-FLT-019"
    ),
    _variant(
        "hash-is-text",
        "A query #abc looks for abc in the type.",
        "A29",
        {"finds": hash_is_text},
        "DSP-FLT-018",
        "DSP-FLT-019",
    ),
    _variant(
        "recurrence-filter-restricts",
        "An empty RecurrenceFilter finds recurring dispatches only.",
        "DSP-FLT-006",
        reading(recurring_only=True),
        "DSP-FLT-006",
    ),
    _variant(
        "inverted-refused",
        "Intervals that end before they begin are refused.",
        "DSP-FLT-022",
        {"finds": inverted_refused},
        "DSP-FLT-022",
        "DSP-FLT-014",
    ),
    _variant(
        "pages-small",
        "Pages hold seven items at most.",
        "DSP-PAG-015",
        {"size": lambda asked: min(7, straight.size(asked))},
        "DSP-FLT-001",
        "DSP-PAG-001",
        "DSP-PAG-006",
        "DSP-PAG-015",
    ),
    _variant(
        "last-token-empty",
        "The last page has an empty token; a warning, no more.",
        "DSP-PAG-003",
        {"next_token": lambda book, content, more: straight.next_token(book, content, more) or ""},
        "DSP-PAG-003",
        "DSP-PAG-017",
        "DSP-PAG-018",
    ),
    _variant(
        "elsewhere-denied",
        "Reading a dispatch of another microgrid is denied instead of not found.",
        "DSP-GET-004",
        {"find": denied_elsewhere},
        "DSP-GET-004",
        "DSP-UPD-015",
    ),
    _variant(
        "slow",
        "Every change takes 20 ms longer.",
        "DSP-STR-001",
        {"announce": late},
        "DSP-STR-001",
        "DSP-STR-004",
    ),
    Variant(
        id="unknown-key-denied",
        sentence="An unknown key is denied instead of unauthenticated.",
        trait="DSP-AUT-002",
        changes={"guard": key_told_apart, "status": bad_key_denied},
        credentials="key",
        near=(
            "DSP-AUT-001",
            "DSP-AUT-002",
        ),
    ),
)
