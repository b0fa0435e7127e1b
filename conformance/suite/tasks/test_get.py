"""Getting tasks and types (seed 001, GetTask and GetType)."""

from __future__ import annotations

from functools import partial

from conformance.judging import ABSENT, expect, passive, refused, requirement, sampled
from conformance.strategies.tasks import bad_names
from conformance.suite.tasks.families import Family, invalid, of_tasks, of_types, same
from conformance.targets.tasks import TasksTarget


def _same_as_created(family: Family) -> None:
    made = family.make()
    same(family.get(made.name), made, f"Get of {made.name} after its creation")


def _absent(family: Family) -> None:
    refused(lambda: family.get(family.absent()), ABSENT, f"Get of an unknown {family.one}")


def _unnamed(family: Family) -> None:
    invalid(lambda: family.get(""), f"Get of a {family.one} without name")


def _malformed(family: Family) -> None:
    for name in sampled(bad_names(family.api.parent, family.kind), 3):
        invalid(partial(family.get, name), f"Get of a {family.one} named {name!r}")


def _unchanged(family: Family) -> None:
    made = family.make()
    first = family.get(made.name)
    family.page(size=1)
    same(family.get(made.name), first, f"second Get of {made.name}")
    if family.api.session.lacks("feed") is None:
        with family.api.feed() as feed:
            family.get(made.name)
            told = [e.type for e in feed.settled() if e.subject == made.name]
            told = [kind for kind in told if not kind.endswith("Created")]
            expect(not told, "events while a resource is read", got=told, wanted="none")


@requirement("TSK-GET-001")
def test_get_shows_what_was_created(tasks: TasksTarget) -> None:
    task = tasks.fresh_task(metadata={"n": "1"}, annotations={"a": [1, None]})
    same(tasks.get_task(task.name), task, "Get after the creation")
    _same_as_created(of_tasks(tasks))


@requirement("TSK-TYP-001")
def test_get_shows_the_type_that_was_created(tasks: TasksTarget) -> None:
    _same_as_created(of_types(tasks))


@requirement("TSK-GET-002")
@passive
def test_unknown_task_is_not_found(tasks: TasksTarget) -> None:
    _absent(of_tasks(tasks))


@requirement("TSK-TYP-001")
@passive
def test_unknown_type_is_not_found(tasks: TasksTarget) -> None:
    _absent(of_types(tasks))


@requirement("TSK-GET-003")
@passive
def test_task_without_name_is_invalid(tasks: TasksTarget) -> None:
    _unnamed(of_tasks(tasks))


@requirement("TSK-TYP-001")
@passive
def test_type_without_name_is_invalid(tasks: TasksTarget) -> None:
    _unnamed(of_types(tasks))


@requirement("TSK-GET-004")
@passive
def test_malformed_names_are_invalid(tasks: TasksTarget) -> None:
    _malformed(of_tasks(tasks))
    _malformed(of_types(tasks))


@requirement("TSK-GET-005")
def test_reading_changes_nothing(tasks: TasksTarget) -> None:
    _unchanged(of_tasks(tasks))
    _unchanged(of_types(tasks))


@requirement("TSK-GET-006")
def test_get_shows_each_step_at_once(tasks: TasksTarget) -> None:
    task = tasks.fresh_task()
    same(tasks.get_task(task.name), task, "Get right after the creation")
    claimed = tasks.claim(task.name)
    same(tasks.get_task(task.name), claimed, "Get right after the claim")
    completed = tasks.complete(task.name)
    same(tasks.get_task(task.name), completed, "Get right after the completion")
