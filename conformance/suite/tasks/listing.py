"""Walks over the pages of tasks and types, for the laws of paging."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

from conformance.judging import expect
from conformance.oracles import model
from conformance.oracles.paging import judge_walk
from conformance.oracles.tasks.model import Type
from conformance.strategies.paging import near_sizes
from conformance.suite.laws.paging import CONTENT, TOTALS, judge_populations, judge_static, take
from conformance.suite.tasks.populations import FEW_FOUND, Kind, Population, makes, some
from conformance.targets.tasks import TasksTarget

EACH_ONCE = CONTENT | {"endless"}
"""What breaks a walk; a last page without items is legal, as long as it is the last one."""


@dataclass
class Pages:
    """The list of a population; new entries are tasks of one type.

    Args:
        population: what is listed.
        order: order_by; None sends none.
        totals: whether totals are looked at; else a wrong one must not end a walk early.
        type: of new tasks.
    """

    population: Population
    order: str | None = None
    totals: bool = False
    type: Type | None = None

    def page(self, size: int | None, token: str | None) -> model.Page:
        """One page, as the law of all APIs sees it."""
        shown = self.population.page(size=size, token=token, order=self.order)
        return model.Page(
            keys=shown.names,
            next_token=shown.next_token or None,
            total=shown.total if self.totals else None,
            asked=size,
        )

    def make(self) -> Hashable:
        """Make a task."""
        return self.population.family.api.create_task(self.type).name

    def drop(self, key: Hashable) -> None:
        """Claim a task: nothing can be removed, but it is not the same any more."""
        self.population.family.api.claim(str(key))


def exact(api: TasksTarget) -> bool:
    """Whether totals are numbers and no estimates."""
    return api.profile.total_size_exact


def judge_kind(api: TasksTarget, kind: Kind, codes: Collection[str]) -> None:
    """Walks of directed sizes over several populations; fail on violations in `codes`."""
    if makes(api):
        judge_populations(partial(_populated, api, kind, bool(TOTALS & set(codes))), codes)
        return
    population = some(api, kind)
    count = len(population.items)
    for size in near_sizes(count) if count <= FEW_FOUND else (count // 3, count + 1):
        judge(population, size, codes)


def _populated(
    api: TasksTarget, kind: Kind, totals: bool, count: int
) -> tuple[Pages, Sequence[str]]:
    population = some(api, kind, count)
    return Pages(population, totals=totals), population.names


def judge(
    population: Population, size: int | None, codes: Collection[str], order: str | None = None
) -> None:
    """One walk over a population; fail on violations in `codes`."""
    listing = Pages(population, order, totals=bool(TOTALS & set(codes)))
    if population.own:
        judge_static(listing, population.names, size, codes)
        return
    found = judge_walk(take(listing, size), throughout=population.names, static=False)
    for violation in (v for v in found if v.code in codes):
        what = f"walk over what exists, with page size {size}"
        expect(False, what, got=violation.text, wanted="each item once, on pages as asked")
