"""What lists of tasks hold, and how their requests are refused (seed 001, ListTasks)."""

from __future__ import annotations

from functools import partial

import pytest

from conformance.judging import (
    HIDDEN,
    expect,
    not_applicable,
    passive,
    refused,
    requirement,
    sampled,
)
from conformance.suite.tasks.families import Family, invalid, of_tasks, of_types, same
from conformance.suite.tasks.listing import exact
from conformance.suite.tasks.populations import Kind, equal, makes, of_kind, some
from conformance.targets.pages import walked
from conformance.targets.tasks import TasksTarget

LARGEST = 2**31 - 1
PAGES = 3
"""So many of the first pages of everything are looked at."""


def _inside(family: Family) -> None:
    """Nothing on the first pages of a tenant is of another."""
    pages = walked(lambda token: family.page(size=200, token=token), size=None, max_pages=PAGES)
    names = [name for page in pages for name in page.names]
    prefix = f"{family.api.parent}/{family.kind}/"
    foreign = [name for name in names if not name.startswith(prefix)]
    expect(not foreign, f"list of {prefix}", got=foreign[:3], wanted="nothing of others")


def _holds_all(family: Family) -> None:
    population = equal(family.api, family.kind, 3)
    if family.kind == "tasks":
        family.api.claim(population.names[0])
        family.api.complete(population.names[0])
        family.api.claim(population.names[1])
    shown = sorted(item.name for item in population.listed())
    what = f"list of {population.filter}"
    expect(shown == sorted(population.names), what, got=shown, wanted=population.names)


def _newest(api: TasksTarget) -> None:
    """What was made just now is among the newest of everything."""
    made = [api.fresh_task(api.plain_type(), state=state) for state in ("COMPLETED", "NEW")]
    pages = walked(
        lambda token: api.list_tasks(order="-create_time", size=50, token=token),
        size=None,
        max_pages=PAGES,
    )
    items = [item for page in pages for item in page.items]
    oldest = min((item.create_ns or 0 for item in items), default=0)
    whole = not pages[-1].next_token
    for task in made:
        # Others may have made so many meanwhile that it does not stand on these pages.
        there = task.name in {item.name for item in items}
        due = whole or (task.create_ns or 0) > oldest
        what = f"newest tasks of {api.parent}"
        expect(there or not due, what, got=f"without {task.name}", wanted="with it")


def _without_parent(family: Family) -> None:
    invalid(lambda: family.page(parent=""), f"list of {family.kind} without parent")


def _unknown_parent(family: Family) -> None:
    parent = f"tenants/{family.api.fresh_id()}"
    refused(lambda: family.page(parent=parent), HIDDEN, f"list of {family.kind} of {parent}")


def _nothing(family: Family) -> None:
    absent = family.api.absent("types")
    where = f"type = '{absent}'" if family.kind == "tasks" else f"category IN ('{absent}')"
    pages = walked(lambda token: family.page(filter=where, token=token), size=None)
    what = f"list of {family.kind} by {where}"
    shown = [name for page in pages for name in page.names]
    expect(not shown, what, got=shown, wanted="nothing")
    if exact(family.api):
        totals = [page.total for page in pages]
        expect(set(totals) == {0}, f"total of the {what}", got=totals, wanted=0)


def _same_as_got(api: TasksTarget, kind: Kind) -> None:
    population = some(api, kind)
    family = population.family
    for item in sampled(population.listed(), 4):
        now = family.get(item.name)
        if not population.own and now.update_ns != item.update_ns:
            continue  # somebody changed it between the two
        same(item, now, f"{item.name} in the list, compared with Get")


@requirement("TSK-LST-001")
@passive
@pytest.mark.parametrize("kind", ["tasks", "types"])
def test_list_is_of_one_tenant(tasks: TasksTarget, kind: Kind) -> None:
    # Something of the other tenant has to exist, or nothing could show by mistake.
    if makes(tasks) and tasks.session.lacks("second_tenant") is None:
        other = of_kind(tasks.other, kind)
        other.make()
        _inside(other)
    _inside(of_kind(tasks, kind))


@requirement("TSK-LST-001")
def test_list_holds_all_tasks(tasks: TasksTarget) -> None:
    _holds_all(of_tasks(tasks))
    _newest(tasks)


@requirement("TSK-LST-001", needs=["second_tenant"])
def test_lists_of_tenants_are_apart(tasks: TasksTarget) -> None:
    other = tasks.other
    mine, theirs = equal(tasks, "tasks", 2), equal(other, "tasks", 1)
    shown = [item.name for item in theirs.listed()]
    expect(shown == list(theirs.names), "list of the second tenant", got=shown, wanted=theirs.names)
    for api, population in ((tasks, theirs), (other, mine)):
        page = api.list_tasks(filter=population.filter)
        what = f"list of {api.parent} by {population.filter}"
        expect(not page.items, what, got=page.names, wanted="nothing")


@requirement("TSK-LST-003")
@passive
def test_negative_size_is_invalid(tasks: TasksTarget) -> None:
    for family in (of_tasks(tasks), of_types(tasks)):
        for size in (-1, -(2**31)):
            invalid(partial(family.page, size=size), f"page size {size} of {family.kind}")


@requirement("TSK-LST-004")
@passive
def test_large_size_is_lowered(tasks: TasksTarget) -> None:
    # Without a known maximum, answers may be as large as the tenant: ask for none of it.
    most = tasks.profile.max_page_size
    where = f"type = '{tasks.absent('types')}'" if most is None else None
    page = tasks.list_tasks(size=LARGEST, filter=where)
    what = f"page of size {LARGEST}"
    expect(most is None or len(page.items) <= most, what, got=len(page.items), wanted=most)


@requirement("TSK-LST-004")
def test_large_size_shows_what_there_is(tasks: TasksTarget) -> None:
    population = some(tasks, "tasks")
    shown = {item.name for item in population.listed(size=LARGEST)}
    expect(shown == set(population.names), "pages of size 2³¹-1", got=shown,
           wanted=population.names)  # fmt: skip


@requirement("TSK-LST-012")
def test_totals_never_fall(tasks: TasksTarget) -> None:
    # Others may add to the tenant meanwhile, but nobody can remove anything.
    if not exact(tasks):
        not_applicable("totals are estimates (total_size_exact)")
    before = tasks.list_tasks(size=1).total
    for _ in range(2):
        of_tasks(tasks).make()
    after = tasks.list_tasks(size=1).total
    expect(after >= before + 2, "total after two creations", got=after, wanted=f"{before + 2}")


@requirement("TSK-LST-013")
@passive
def test_listed_tasks_are_those_of_get(tasks: TasksTarget) -> None:
    _same_as_got(tasks, "tasks")


@requirement("TSK-LST-013")
def test_listed_task_is_whole(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(
        links=[{"name": "a", "uri_template": "https://a.test/"}],
        recommended_action_template="Do.",
    )
    whole = {"metadata": {"n": "1", "x": [1.0, None]}, "annotations": {"a": {}}}
    for state in ("NEW", "COMPLETED"):
        tasks.fresh_task(type, state=state, **whole)  # type: ignore[arg-type] # a Literal
    for item in tasks.all_tasks(filter=tasks.only(type)):
        same(item, tasks.get_task(item.name), f"{item.name} in the list, compared with Get")


@requirement("TSK-LST-015")
@passive
def test_parent_is_needed(tasks: TasksTarget) -> None:
    _without_parent(of_tasks(tasks))


@requirement("TSK-LST-015")
@passive
def test_parent_has_to_exist(tasks: TasksTarget) -> None:
    _unknown_parent(of_tasks(tasks))


@requirement("TSK-LST-016")
@passive
def test_nothing_is_an_empty_list(tasks: TasksTarget) -> None:
    _nothing(of_tasks(tasks))


@requirement("TSK-TYP-001")
def test_list_holds_all_types(tasks: TasksTarget) -> None:
    _holds_all(of_types(tasks))


@requirement("TSK-TYP-001")
@passive
def test_listed_types_are_those_of_get(tasks: TasksTarget) -> None:
    _same_as_got(tasks, "types")


@requirement("TSK-TYP-001")
def test_updated_type_is_listed_as_it_is(tasks: TasksTarget) -> None:
    population = equal(tasks, "types", 2)
    name = population.names[0]
    after = tasks.update_type(name, ["display_name"], display_name="after")
    shown = [item for item in population.listed() if item.name == name]
    expect(shown, f"list of {population.filter}", got="without it", wanted=f"{name} in it")
    same(shown[0], after, f"{name} in the list after its update")


@requirement("TSK-TYP-001")
@passive
def test_parent_of_types_is_needed_and_exists(tasks: TasksTarget) -> None:
    _without_parent(of_types(tasks))
    _unknown_parent(of_types(tasks))


@requirement("TSK-TYP-001")
@passive
def test_no_types_are_an_empty_list(tasks: TasksTarget) -> None:
    _nothing(of_types(tasks))
