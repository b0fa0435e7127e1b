"""Filters about metadata: values, presence, absence, and texts with quotes."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.judging import (
    expect,
    not_applicable,
    observe,
    passive,
    requirement,
    sampled,
)
from conformance.oracles.tasks.filter_text import Compare, In, Value
from conformance.suite.tasks.filtering import (
    LOOKALIKES,
    lookalikes,
    quoted_texts,
    sparse,
    text_is,
)
from conformance.suite.tasks.populations import Population, agrees, mixed, of_kind
from conformance.targets.tasks import TasksTarget


def _found(tasks: TasksTarget, filter: str) -> set[str]:
    """What the metadata are of the sparse tasks that a filter finds."""
    made = sparse(tasks)
    population = Population(family=of_kind(tasks, "tasks"), filter=made[""], items=())
    names = {item.name for item in population.listed(filter=filter)}
    return {what for what, name in made.items() if name in names}


def _expect(tasks: TasksTarget, filter: str, wanted: Mapping[str, bool]) -> set[str]:
    """Fail unless of these tasks those are found that are wanted; the others are open."""
    found = _found(tasks, filter)
    for what, listed in wanted.items():
        got = "found" if what in found else "left out"
        right = "found" if listed else "left out"
        expect(got == right, f"task with {what} in its metadata, by {filter}", got=got,
               wanted=right)  # fmt: skip
    return found - wanted.keys()


@requirement("TSK-FLT-008")
def test_keys_have_values(tasks: TasksTarget) -> None:
    for text in ('metadata.key = "v"', "metadata.key = 'v'", "metadata.key:v"):
        _expect(tasks, text, {"value": True, **dict.fromkeys(
            ("other value", "other key", "null", "nothing"), False)})  # fmt: skip
    _expect(tasks, "metadata.key != 'v'", {"value": False, "other value": True})


@requirement("TSK-FLT-008")
def test_colon_asks_for_presence(tasks: TasksTarget) -> None:
    wanted = {"value": True, "other value": True, "other key": False, "nothing": False}
    for text in ("metadata:key", "metadata.key:*"):
        open_ = _expect(tasks, text, wanted)
        observe(f"null is {'present' if open_ else 'absent'} to {text}")


@requirement("TSK-FLT-008")
def test_values_of_all_kinds(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    red = text_is("metadata.color", "red")
    rank, half = ("metadata", "rank"), Value("3.25", "number")
    for node in sampled(
        (
            red,
            Compare(rank, ">", half),
            Compare(rank, "<=", Value("2", "number")),
            Compare(rank, "=", Value("10", "number")),
            Compare(("metadata", "ok"), "=", Value("true", "word")),
            Compare(("metadata", "ok"), "!=", Value("true", "word")),
            text_is("annotations.who", "alpha"),
            text_is("metadata.color", "green", "<"),
        ),
        4,
    ):
        agrees(population, node)


@requirement("TSK-FLT-008")
def test_other_signs_stand_for_themselves(tasks: TasksTarget) -> None:
    population = lookalikes(tasks)
    for text in sampled(LOOKALIKES[:5], 3):
        agrees(population, text_is("metadata.text", text))
        agrees(population, In(("metadata", "text"), (Value(text), Value("none"))))


@requirement("TSK-FLT-008")
@passive
def test_values_that_exist(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    leaves = {
        (key, value)
        for task in population.items
        for key, value in (getattr(task, "metadata", None) or {}).items()
        if isinstance(value, str) and key.isidentifier() and not set(value) & set("'\"\\*")
    }
    if not leaves:
        not_applicable("no task has texts in its metadata")
    for key, value in sampled(sorted(leaves), 2)[:4]:
        agrees(population, text_is(f"metadata.{key}", value))


@requirement("TSK-FLT-009")
def test_nothing_differs_from_nothing(tasks: TasksTarget) -> None:
    open_ = _expect(tasks, "metadata.key != 'v'", {"nothing": False, "other value": True})
    told = "differs from everything" if "other key" in open_ else "differs from nothing"
    observe(f"an absent key {told}")
    _expect(tasks, "metadata.key > 'a'", {"nothing": False})
    negated = _expect(tasks, "NOT metadata.key = 'v'", {"value": False, "other value": True})
    observe(f"NOT {'finds' if 'nothing' in negated else 'leaves out'} what has no metadata")


@requirement("TSK-FLT-009")
@passive
def test_nothing_that_exists_differs(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    bare = {task.name for task in population.items if getattr(task, "metadata", None) is None}
    if not bare:
        not_applicable("every task has metadata")
    found = {item.name for item in population.listed(filter="metadata.gridproof != 'v'")}
    expect(not found & bare, "tasks without metadata, by metadata.gridproof != 'v'",
           got=sorted(found & bare)[:3], wanted="left out")  # fmt: skip


@requirement("TSK-FLT-015")
@passive
def test_quotes_in_what_nothing_is(tasks: TasksTarget) -> None:
    population = mixed(tasks, "tasks")
    for spelled in (r"'it\'s'", "'it''s'", r'"say \"x\""'):
        agrees(population, text_is("name", "it's", "!="), f"name != {spelled}")
        agrees(population, text_is("name", "it's"), f"name = {spelled}")


@requirement("TSK-FLT-015")
def test_quotes_are_escaped(tasks: TasksTarget) -> None:
    population = quoted_texts(tasks)
    spellings = {
        "it's": (r"'it\'s'", "'it''s'", '"it\'s"'),
        'say "x"': (r'"say \"x\""', "'say \"x\"'"),
    }
    for text, written in spellings.items():
        for spelled in written:
            agrees(population, text_is("metadata.text", text), f"metadata.text = {spelled}")
