"""Pages of tasks, and of types by the same rules (AIP-158)."""

from __future__ import annotations

from functools import partial
from itertools import cycle
from typing import Any

from hypothesis import strategies as st

from conformance.judging import (
    by_depth,
    expect,
    explore,
    not_applicable,
    passive,
    requirement,
)
from conformance.oracles.paging import judge_walk
from conformance.strategies.paging import page_sizes
from conformance.suite.laws.paging import SIZE, TOTALS, Step, judge_changing
from conformance.suite.tasks.listing import EACH_ONCE, Pages, exact, judge, judge_kind
from conformance.suite.tasks.populations import Kind, Population, of_kind, some
from conformance.targets.pages import walked
from conformance.targets.tasks import TasksTarget

MADE = (Step(what="make"),)
CLAIMED = (Step(what="drop", which=2),)
SCRIPT = (MADE, CLAIMED, MADE + CLAIMED, MADE)
"""What others do between the pages of a walk."""


def _without_size(api: TasksTarget, kind: Kind) -> None:
    population = some(api, kind)
    judge(population, None, EACH_ONCE)
    most = api.profile.default_page_size
    if most is not None:
        shown = len(population.family.page().items)
        expect(shown <= most, f"page of {kind} without size", got=shown, wanted=f"{most} at most")


def _sizes_change(api: TasksTarget, kind: Kind) -> None:
    count = by_depth(full=7, staging=4)
    population = some(api, kind, count)
    number = len(population.items)
    lists = st.lists(page_sizes(number), min_size=2, max_size=4)
    directed: list[dict[str, Any]] = [{"sizes": [1, 2]}, {"sizes": [2, 1, 3]}, {"sizes": [3, 1]}]
    explore(partial(_sizes, population), examples=20, directed=directed, sizes=lists)


def _sizes(population: Any, sizes: list[int]) -> None:
    turns = cycle(sizes)
    listing, asked = Pages(population), []

    def page(token: str | None) -> Any:
        asked.append(next(turns))
        shown = listing.page(asked[-1], token)
        what = f"page {len(asked)} of a walk with sizes {asked}"
        expect(len(shown.keys) <= asked[-1], what, got=len(shown.keys), wanted=asked[-1])
        return shown

    # Sizes differ, so that the largest one says how many pages are too many: none does.
    pages = walked(page, size=1)
    allowed = population.names if population.own else None
    for violation in judge_walk(pages, throughout=population.names, allowed=allowed, static=False):
        if violation.code in EACH_ONCE:
            expect(False, f"walk with sizes {sizes}", got=violation.text, wanted="each item once")


@requirement("TSK-LST-002")
@passive
def test_size_may_be_left_out(tasks: TasksTarget) -> None:
    _without_size(tasks, "tasks")


@requirement("TSK-LST-005")
@passive
def test_no_page_is_larger_than_asked(tasks: TasksTarget) -> None:
    judge_kind(tasks, "tasks", SIZE)


@requirement("TSK-LST-006")
@passive
def test_walk_shows_each_task_once(tasks: TasksTarget) -> None:
    judge_kind(tasks, "tasks", EACH_ONCE)


@requirement("TSK-LST-007")
@passive
def test_walk_ends_where_nothing_is_left(tasks: TasksTarget) -> None:
    judge_kind(tasks, "tasks", {"endless", "missing"})


@requirement("TSK-LST-008")
@passive
def test_size_may_change_between_pages(tasks: TasksTarget) -> None:
    _sizes_change(tasks, "tasks")


@requirement("TSK-LST-012")
@passive
def test_total_is_the_number_of_matches(tasks: TasksTarget) -> None:
    if not exact(tasks):
        not_applicable("totals are estimates (total_size_exact)")
    for kind in ("tasks", "types"):
        judge_kind(tasks, kind, TOTALS)


def _changing(api: TasksTarget, order: str | None, *, claims: bool) -> None:
    # Without an order nobody says where a task that was claimed meanwhile stands.
    script = SCRIPT if claims else tuple(MADE for _ in SCRIPT)
    for size in by_depth(full=(1, 2, 3), staging=(2,)):
        type = api.create_type(category="gridproof")
        family = of_kind(api, "tasks")
        population = Population(family=family, filter=api.only(type), items=())
        listing = Pages(population, order, type=type)
        judge_changing(listing, by_depth(full=6, staging=5), size, script)


@requirement("TSK-LST-014")
def test_walk_while_others_create_and_claim(tasks: TasksTarget) -> None:
    for order in ("-create_time", "create_time"):
        _changing(tasks, order, claims=True)


@requirement("TSK-LST-014")
def test_walk_in_no_order_while_others_create(tasks: TasksTarget) -> None:
    _changing(tasks, None, claims=False)


@requirement("TSK-TYP-001")
@passive
def test_pages_of_types_need_no_size(tasks: TasksTarget) -> None:
    _without_size(tasks, "types")


@requirement("TSK-TYP-001")
@passive
def test_walk_shows_each_type_once(tasks: TasksTarget) -> None:
    judge_kind(tasks, "types", EACH_ONCE | SIZE)


@requirement("TSK-TYP-001")
@passive
def test_size_of_pages_of_types_may_change(tasks: TasksTarget) -> None:
    _sizes_change(tasks, "types")
