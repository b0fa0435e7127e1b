"""Walks over the pages of a meta list, for the laws of paging, over either transport."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.judging import by_depth, expect, sampled
from conformance.oracles import model
from conformance.oracles.meta.model import Page
from conformance.strategies.paging import directed_sizes
from conformance.suite.meta.reading import TEXTS, everything, names
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

FEW = 8
"""Up to so many resources are walked over in small pages where calls are few."""


@dataclass
class MetaListing:
    """The list of a population; new entries come from a source of resources to make.

    Args:
        api: to ask, over either transport.
        population: what is listed.
        order: order_by.
        fresh: resources not yet made.
    """

    api: MetaTarget
    population: Population
    order: str = ""
    fresh: Iterator[Any] = field(default_factory=lambda: iter(()))
    _changed: bool = False

    def page(self, size: int | None, token: str | None) -> model.Page:
        """One page, as the law of all APIs sees it."""
        if self._changed:
            self.api.hook.barrier()
            self._changed = False
        shown = self.turn(size or 0, token or "")
        return model.Page(
            keys=tuple(names(shown.items)), next_token=shown.next or None, total=None, asked=size
        )

    def turn(self, size: int, token: str, info: bool = False) -> Page:
        """One page, as this API gives it; 0 is no size."""
        return self.api.list(
            self.population.kind,
            **self.population.scope,
            size=size or None,
            token=token,
            order=self.order,
            info=info,
        )

    def make(self) -> Hashable:
        """Make the next fresh resource; its name."""
        data = next(self.fresh)
        self.api.hook.upsert(data)
        self._changed = True
        return str(data["name"])

    def drop(self, key: Hashable) -> None:
        """Delete a resource."""
        self.api.hook.delete(str(key))
        self._changed = True


def sizes(number: int) -> tuple[int, ...]:
    """Page sizes at which paging breaks, for so many resources."""
    few = (2, max(1, number - 1)) if number <= FEW else (number // 3, number - 1)
    return by_depth(full=directed_sizes(number), staging=tuple(sampled(few, 1)))


def tied(population: Population) -> str:
    """An order in which several resources of the population are equal but for their names."""
    return TEXTS[population.kind]


def sequence(api: MetaTarget, population: Population, order: str = "") -> list[str]:
    """The names of a population as pages as large as possible show them."""
    number = len(population.items)
    return names(everything(api, population, order=order, size=number + 1))


def first_of_several(
    api: MetaTarget, population: Population, *, size: int = 1, **query: Any
) -> Page:
    """A first page that cannot be the only one."""
    page = api.list(population.kind, **{**population.scope, **query}, size=size)
    expect(
        page.next,
        f"first page of {size} of {len(population.items)} {population.kind}",
        got="no next token",
        wanted="a token, since there is more",
    )
    return page


def steps_forward(
    api: MetaTarget, population: Population, size: int, *, info: bool = False, **query: Any
) -> list[Page]:
    """All pages of a walk forward; it is given up when there are far more than resources."""
    turn = _turner(api, population, size, info, query)
    pages = [turn("")]
    while pages[-1].next and len(pages) < len(population.items) + 4:
        pages.append(turn(pages[-1].next))
    return pages


def steps_back(
    api: MetaTarget,
    population: Population,
    size: int,
    last: Page,
    *,
    info: bool = False,
    **query: Any,
) -> list[Page]:
    """The pages before a page, the nearest one first."""
    turn = _turner(api, population, size, info, query)
    pages = [last]
    while pages[-1].prev and len(pages) < len(population.items) + 4:
        pages.append(turn(pages[-1].prev))
    return pages[1:]


def _turner(
    api: MetaTarget, population: Population, size: int, info: bool, query: dict[str, Any]
) -> Callable[[str], Page]:
    arguments = {**population.scope, **query}
    return lambda token: api.list(population.kind, **arguments, size=size, token=token, info=info)
