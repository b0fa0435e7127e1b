"""The law of pages of the meta API (seed 003, page tokens): walks forward, backward and to and fro.

Pages may be shorter than asked and one empty page may end a walk, so boundaries are taken as
observed: a page is judged by where it has to begin (or, backwards, to end) and by the order of what
it shows. Forward walks whose items may change use the law that all APIs share.

Codes of the violations: those of `conformance.oracles.paging`, and
    first_prev   the first page has a previous token
    start        a page does not begin where a step forward leads
    back         a page is not the one before, or not in the order of the list
    again        a token used again leads elsewhere
    no_prev      a page with items before it has no previous token
    offset_wrong current_offset is not the number of items before the page
    total_wrong  total_results_count is not the number of items of the query
    counters     counters without having been asked for
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.oracles.meta.model import Page
from conformance.oracles.model import Page as Keys
from conformance.oracles.model import Violation
from conformance.oracles.paging import judge_walk

RULES: Mapping[str, str] = {
    "duplicate": "META-PAG-001",
    "missing": "META-PAG-001",
    "foreign": "META-LST-001",
    "order": "META-PAG-001",
    "too_large": "META-LST-004",
    "endless": "META-PAG-002",
    "first_prev": "META-PAG-003",
    "no_prev": "META-PAG-004",
    "start": "META-PAG-005",
    "back": "META-PAG-004",
    "again": "META-PAG-006",
    "offset_wrong": "META-PAG-013",
    "total_wrong": "META-PAG-012",
    "counters": "META-PAG-011",
}
"""Which requirement each code breaks."""

Way = Literal["first", "next", "prev", "again"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a walk: which way it went, with which page size (0: none), and what came.

    `first` asks without token, `next` and `prev` with the token of the step before, `again` with
    the same token as the step before.
    """

    way: Way
    page: Page
    size: int = 0
    info: bool = False


def names(page: Page) -> tuple[str, ...]:
    """The names on a page."""
    return tuple(item["name"] for item in page.items)


def judge_forward(
    pages: Sequence[Page], *, size: int = 0, order: Sequence[str] | None = None
) -> list[Violation]:
    """What is wrong with a walk by next tokens until there was none or it was given up.

    Args:
        pages: in the order received.
        size: the page size of every request, 0 for none.
        order: names of all items as they have to come; None: only that none comes twice.
    """
    keys = [
        Keys(keys=names(page), next_token=page.next or None, asked=size or None) for page in pages
    ]
    found = judge_walk(keys, throughout=order, allowed=order, order=order, static=False)
    if pages and pages[0].prev:
        found.append(Violation(code="first_prev", text="the first page has a previous token"))
    empty = [at for at, page in enumerate(pages[:-1], 1) if not page.items]
    if empty and not pages[-1].items:
        text = f"pages {[*empty, len(pages)]} are empty, one at the end is allowed"
        found.append(Violation(code="endless", text=text))
    return found


def judge_zigzag(
    steps: Sequence[Step], order: Sequence[str], *, total: int | None = None
) -> list[Violation]:
    """What is wrong with a walk to and fro over a list that stays as it is.

    Args:
        steps: the first one is `first`; `next` and `prev` follow tokens that were there.
        order: names of all items in the order of the list.
        total: the number that pages have to state when asked; None: the length of `order`.
    """
    return list(_zigzag(steps, order, len(order) if total is None else total))


def _zigzag(steps: Sequence[Step], order: Sequence[str], total: int) -> Iterator[Violation]:
    start = end = 0  # positions in `order` of the page before
    way: Way = "first"
    for number, step in enumerate(steps, 1):
        where = f"step {number} ({step.way}, size {step.size})"
        shown = names(step.page)
        if step.size and len(shown) > step.size:
            yield Violation(code="too_large", text=f"{where} shows {len(shown)} items")
        way = step.way if step.way != "again" else way
        if way == "first":
            wanted = 0
        elif step.way == "again":
            wanted = start if way == "next" else end - len(shown)
        else:
            wanted = end if way == "next" else start - len(shown)
        if wanted < 0 or tuple(order[wanted : wanted + len(shown)]) != shown:
            near = list(order[max(0, wanted) : max(0, wanted) + len(shown)])
            code = {"prev": "back", "again": "again"}.get(step.way, "start")
            yield Violation(code=code, text=f"{where} shows {list(shown)} where {near} stand")
            return
        start, end = wanted, wanted + len(shown)
        yield from _ends(step, start, end, len(order), where)
        yield from _counters(step, start, total, where)


def _ends(step: Step, start: int, end: int, count: int, where: str) -> Iterator[Violation]:
    if step.way == "first" and step.page.prev:
        yield Violation(code="first_prev", text=f"{where} has a previous token")
    if start > 0 and not step.page.prev:
        yield Violation(code="no_prev", text=f"{where}: {start} items before and no token to them")
    if end < count and not step.page.next:
        yield Violation(code="missing", text=f"{where}: {count - end} items left and no next token")


def _counters(step: Step, start: int, total: int, where: str) -> Iterator[Violation]:
    page = step.page
    if not step.info:
        if page.offset or page.total:
            text = f"{where} states {page.offset} and {page.total} unasked"
            yield Violation(code="counters", text=text)
        return
    if page.total != total:
        text = f"{where} states {page.total} items, there are {total}"
        yield Violation(code="total_wrong", text=text)
    if page.offset != start:
        yield Violation(code="offset_wrong", text=f"{where} states {page.offset}, {start} precede")
