"""Walking a list of any API: follow the tokens, but not for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from conformance.failures import Nonconformance

UNSIZED_PAGES = 200
"""Pages of a walk without page size after which it is given up."""


class AnyPage(Protocol):
    """What a walk needs to know of a page."""

    @property
    def total(self) -> int | None:
        """Matches over all pages, as the page says; None where the API states none."""

    @property
    def next_token(self) -> str | None:
        """Where to go on; None or "" at the end."""


P = TypeVar("P", bound=AnyPage)


def walked(
    page: Callable[[str | None], P], *, size: int | None, max_pages: int | None = None
) -> list[P]:
    """All pages in order.

    Args:
        page: one page by its token; None is the first.
        size: asked for in the first request, for the bound on the number of pages.
        max_pages: stop after these without complaint.

    Raises:
        Nonconformance: a token comes back, or there are far more pages than entries.
    """
    pages = [page(None)]
    seen: set[str] = set()
    while token := pages[-1].next_token:
        if max_pages is not None and len(pages) >= max_pages:
            return pages
        # A server may give shorter pages than asked for, but not more pages than entries. These
        # may grow in number meanwhile, and a total of 0 may mean that nobody counts them.
        stated = max((page.total or 0 for page in pages), default=0) if size else 0
        bound = (stated or UNSIZED_PAGES) + 5
        if token in seen:
            raise Nonconformance(
                "walk over the pages", got="a token that came before", wanted="an end"
            )
        if len(pages) > bound:
            raise Nonconformance(
                "walk over the pages", got=f"{len(pages)} pages and more", wanted="an end"
            )
        seen.add(token)
        pages.append(page(token))
    return pages
