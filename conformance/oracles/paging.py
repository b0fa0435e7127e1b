"""Whether a recorded walk over pages is right, for any API that lists in pages.

A walk is a sequence of pages, each asked for with the token of the one before. The law: whatever
existed throughout appears exactly once, nothing twice, nothing foreign; pages are not larger than
asked; totals agree; the walk ends, and only its last page has no token. Tokens are not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from itertools import chain

from conformance.oracles.model import Page, Violation

SPARE_PAGES = 5
"""Pages beyond the needed ones after which a walk counts as endless (empty pages are legal)."""


def page_limit(total: int, size: int = 1) -> int:
    """How many pages a walk over `total` items may take before it is called endless."""
    return -(-total // max(1, size)) + SPARE_PAGES


def judge_walk(
    pages: Sequence[Page],
    *,
    throughout: Collection[Hashable] | None = None,
    allowed: Collection[Hashable] | None = None,
    order: Sequence[Hashable] | None = None,
    total: int | None = None,
    static: bool = True,
) -> list[Violation]:
    """Everything wrong with a walk that was followed until a page had no token or was given up.

    Args:
        pages: in the order received; the first one's `asked` is the page size asked for.
        throughout: keys that existed from before the first to after the last page; each has to
            appear exactly once. None: not known, not judged.
        allowed: keys that may appear at all (existed at some time); None: any.
        order: the exact sequence of a walk during which nothing changed; None: not judged.
        total: the number of matches every page should state; None: only that they agree.
        static: nothing changed during the walk, so totals have to agree with each other.

    Codes: `duplicate`, `missing`, `foreign`, `order`, `too_large`, `endless`, `needless_token`
    (nothing changed, yet a token led to no more items), `empty_token`, `total_differs`,
    `total_wrong`. `empty_token` is a warning: present but empty ends a walk too.
    """
    return [
        *_content(pages, throughout, allowed),
        *_sequence(pages, order),
        *_sizes(pages),
        *_ending(pages, static),
        *_totals(pages, total, static),
    ]


def _keys(pages: Sequence[Page]) -> list[Hashable]:
    return list(chain.from_iterable(page.keys for page in pages))


def _content(
    pages: Sequence[Page],
    throughout: Collection[Hashable] | None,
    allowed: Collection[Hashable] | None,
) -> Iterator[Violation]:
    counts = Counter(_keys(pages))
    for key, count in counts.items():
        if count > 1:
            where = [at for at, page in enumerate(pages, 1) if key in page.keys]
            yield Violation(code="duplicate", text=f"{key} appears {count} times, on pages {where}")
    for key in throughout or ():
        if key not in counts:
            yield Violation(code="missing", text=f"{key} existed throughout but never appears")
    if allowed is not None:
        for key in counts.keys() - set(allowed):
            yield Violation(code="foreign", text=f"{key} appears and does not belong here")


def _sequence(pages: Sequence[Page], order: Sequence[Hashable] | None) -> Iterator[Violation]:
    if order is None:
        return
    shown = _keys(pages)
    for at, (key, wanted) in enumerate(zip(shown, order, strict=False)):
        if key != wanted:
            yield Violation(code="order", text=f"item {at} is {key}, expected {wanted}")
            return


def _sizes(pages: Sequence[Page]) -> Iterator[Violation]:
    asked = pages[0].asked if pages else None
    if not asked:
        return
    for at, page in enumerate(pages, 1):
        if len(page.keys) > asked:
            yield Violation(
                code="too_large", text=f"page {at} has {len(page.keys)} items, asked were {asked}"
            )


def _ending(pages: Sequence[Page], static: bool) -> Iterator[Violation]:
    if not pages:
        return
    last = pages[-1]
    if last.next_token:
        yield Violation(
            code="endless", text=f"page {len(pages)} still has a token; the walk was given up"
        )
    if last.next_token == "":
        yield Violation(code="empty_token", text="the last page has a token, though an empty one")
    if static and len(pages) > 1 and not last.keys:
        yield Violation(
            code="needless_token", text=f"the token of page {len(pages) - 1} leads to an empty page"
        )
    seen: set[str] = set()
    for at, page in enumerate(pages, 1):
        if page.next_token and page.next_token in seen and not page.keys:
            yield Violation(code="endless", text=f"page {at} is empty and repeats a token")
            return
        seen.add(page.next_token or "")


def _totals(pages: Sequence[Page], total: int | None, static: bool) -> Iterator[Violation]:
    stated = [page.total for page in pages]
    if static and len(set(stated)) > 1:
        yield Violation(code="total_differs", text=f"the pages state totals {stated}")
    if total is not None:
        for at, value in enumerate(stated, 1):
            if value is not None and value != total:
                yield Violation(
                    code="total_wrong", text=f"page {at} states {value} items, there are {total}"
                )
                return
