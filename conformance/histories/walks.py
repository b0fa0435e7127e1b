"""Walks over pages, put together from calls by the tokens that lead from one to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.histories.history import Call


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Listed:
    """One page that was answered.

    Attributes:
        call: that it answers.
        scope: whose list it is; pages of one walk have the same.
        query: what was asked besides token and size; a later page with another one is no part of
            the walk. None where a page goes on with whatever was asked before.
        token: that was sent, "" on a first page.
        next: token to the next page, "" without one.
        items: on the page.
        size: that was asked for, 0 for none.
        page: the rest of the answer, for the rules of its API.
    """

    call: Call
    scope: Any
    query: Any
    token: str
    next: str
    items: tuple[Any, ...]
    size: int = 0
    page: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """Pages that follow one another, from a first page on."""

    pages: tuple[Listed, ...]

    @property
    def first(self) -> Listed:
        """The page with which it began."""
        return self.pages[0]

    @property
    def whole(self) -> bool:
        """Whether it was walked to its end."""
        return not self.pages[-1].next

    @property
    def items(self) -> tuple[Any, ...]:
        """Everything on its pages, in their order."""
        return tuple(item for page in self.pages for item in page.items)

    @property
    def began_us(self) -> int:
        """When its first page was asked for."""
        return self.first.call.began_us

    @property
    def ended_us(self) -> int | None:
        """When its last page was there; None if that is not known."""
        return self.pages[-1].call.ended_us

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of its pages."""
        return tuple(page.call for page in self.pages)


def walks(pages: Iterable[Listed]) -> Iterator[Walk]:
    """Every walk in some pages, as far as it was followed; a page may be in several.

    A page follows the one that gave its token, had ended before it began, and asked for the same.
    """
    listed = list(pages)
    givers: dict[str, list[Listed]] = defaultdict(list)
    for page in listed:
        if page.next:
            givers[page.next].append(page)
    parent: dict[int, Listed] = {}
    followed: set[int] = set()
    for page in listed:
        if not page.token:
            continue
        # Tokens may be the same for the same page, so the latest giver is the one meant.
        fitting = [
            giver
            for giver in givers[page.token]
            if giver.call.before(page.call) and _same(giver, page)
        ]
        if fitting:
            parent[id(page)] = max(fitting, key=lambda giver: giver.call.began_us)
            followed.add(id(parent[id(page)]))
    for page in listed:
        if id(page) in followed:
            continue
        chain = [page]
        while chain[-1].token and id(chain[-1]) in parent and len(chain) <= len(listed):
            chain.append(parent[id(chain[-1])])
        if not chain[-1].token:
            yield Walk(pages=tuple(reversed(chain)))


def begun(pages: Iterable[Listed], found: Iterable[Walk]) -> Mapping[int, int | None]:
    """When the walk of each page began, by the number of its line; None if that is not known.

    Later pages may show what was there when the first one was asked for.
    """
    origins: dict[int, int | None] = {
        page.call.line.number: None if page.token else page.call.began_us for page in pages
    }
    for walk in found:
        for page in walk.pages:
            known = origins.get(page.call.line.number)
            origins[page.call.line.number] = min(walk.began_us, known or walk.began_us)
    return origins


def _same(giver: Listed, page: Listed) -> bool:
    unsaid = page.query is None or giver.query is None
    return giver.scope == page.scope and (unsaid or page.query == giver.query)
