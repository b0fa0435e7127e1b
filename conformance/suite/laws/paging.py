"""The law of paging: whatever exists throughout a walk over the pages appears exactly once.

For every list of every API: an adapter says how to get a page, make an entry and remove one.
Populations and page sizes are those around which implementations break: 0, 1, n-1, n, n+1, 2n+1.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from conformance.judging import advise, by_depth, expect
from conformance.oracles.model import Page, Violation
from conformance.oracles.paging import judge_walk
from conformance.strategies.paging import directed_sizes, near_sizes
from conformance.targets.pages import walked

POPULATIONS = (0, 1, 3, 7)
"""How many entries there are when walks of all directed sizes are taken."""

FEW_POPULATIONS = (4,)
"""The same where calls are few."""

CONTENT = frozenset({"missing", "duplicate", "foreign", "order"})
TOTALS = frozenset({"total_differs", "total_wrong"})
SIZE = frozenset({"too_large"})
ENDING = frozenset({"needless_token", "endless"})
WEAK = frozenset({"empty_token"})
"""Violations that are warnings: a token that is present but empty ends a walk, too."""


class Listing(Protocol):
    """A list of some API, empty at first, in which only the check makes and removes entries."""

    def page(self, size: int | None, token: str | None) -> Page:
        """One page: the keys on it, the next token, the stated total, the size asked for."""

    def make(self) -> Hashable:
        """Make an entry; return its key."""

    def drop(self, key: Hashable) -> None:
        """Remove an entry."""


Populated = tuple[Listing, Sequence[Hashable]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Something done between two pages: an entry is made, or one that exists is removed."""

    what: Literal["make", "drop"]
    which: int = 0
    """For `drop`: position among the present entries, counted round."""


def take(listing: Listing, size: int | None) -> list[Page]:
    """All pages of a walk, or fail if it has no end."""
    return walked(lambda token: listing.page(size, token), size=size)


def judge_populations(of: Callable[[int], Populated], codes: Iterable[str]) -> None:
    """Take walks of directed sizes over several populations; fail on violations in `codes`.

    Args:
        of: a list of so many entries, which nobody changes, and the keys of these.
        codes: of the violations that matter.
    """
    sizes = by_depth(full=directed_sizes, staging=near_sizes)
    for count in by_depth(full=POPULATIONS, staging=FEW_POPULATIONS):
        listing, keys = of(count)
        for size in sizes(count):
            judge_static(listing, keys, size, codes)


def judge_static(
    listing: Listing, keys: Sequence[Hashable], size: int | None, codes: Iterable[str]
) -> None:
    """Take one walk during which nothing changes; fail on violations whose code is in `codes`."""
    found = judge_walk(take(listing, size), throughout=keys, allowed=keys, total=len(keys))
    _fail_on(found, codes, f"walk over {len(keys)} entries with page size {size}")


def judge_changing(
    listing: Listing, count: int, size: int, script: Sequence[Sequence[Step]]
) -> None:
    """Take a walk and, after each page, one stage of the script; judge what stayed throughout."""
    present = [listing.make() for _ in range(count)]
    throughout, ever = set(present), set(present)
    stages: Iterator[Sequence[Step]] = iter(script)
    pages: list[Page] = []

    def page(token: str | None) -> Page:
        if token is not None:
            for step in next(stages, ()):
                _take_step(listing, step, present, throughout, ever)
        pages.append(listing.page(size, token))
        return pages[-1]

    # Entries made meanwhile may lengthen the walk by a page each, and pages may be empty.
    walked(page, size=None, max_pages=2 * (count + sum(map(len, script))) + 5)
    found = judge_walk(pages, throughout=throughout, allowed=ever, static=False)
    _fail_on(found, CONTENT | {"endless"}, f"walk with page size {size} while entries come and go")


def _take_step(
    listing: Listing,
    step: Step,
    present: list[Hashable],
    throughout: set[Hashable],
    ever: set[Hashable],
) -> None:
    if step.what == "make":
        key = listing.make()
        present.append(key)
        ever.add(key)
    elif present:
        key = present.pop(step.which % len(present))
        listing.drop(key)
        throughout.discard(key)


def _fail_on(found: Sequence[Violation], codes: Iterable[str], what: str) -> None:
    wanted = frozenset(codes)
    for violation in found:
        if violation.code in wanted & WEAK:
            advise(False, what, got=violation.text, wanted="no token at all")
        elif violation.code in wanted:
            expect(False, what, got=violation.text, wanted=_RULES[violation.code])


_RULES = {
    "missing": "every entry exactly once",
    "duplicate": "every entry exactly once",
    "foreign": "only entries that match",
    "order": "the order of the list",
    "too_large": "at most as many entries as asked for",
    "endless": "an end",
    "needless_token": "no token where no further page exists",
    "total_differs": "one total on all pages",
    "total_wrong": "the number of matches",
}
