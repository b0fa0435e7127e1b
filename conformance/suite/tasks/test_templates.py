"""Texts of tasks from the templates of their types (seed 001, Type)."""

from __future__ import annotations

import re
from typing import Any

from conformance.judging import by_depth, expect, explore, observe, requirement
from conformance.oracles.tasks.model import Link
from conformance.strategies.tasks import TRICKY, link_names, plain_texts, words
from conformance.suite.tasks.families import same
from conformance.targets.tasks import TasksTarget

NUMBER = '{{index .Metadata "device_number"}}'
"""The placeholder of the published page."""

SHAPES = (
    ("Unit ", "4711", " was swapped."),
    ("Smoke at meter ", "Süd 7 / 🙂", ", leave the room."),
    ("", "{{.Metadata}}", ""),
    ("<b>&amp;", "</b> & \"quoted\" 'too'", "&lt;"),
    ("two\nlines\t", "%s %d", "100 %"),
)
"""What stands before a placeholder, the value, and what stands behind it."""

SEPARATE = ("description", "recommended_action")


def _filled(tasks: TasksTarget, field: str, before: str, value: str, after: str) -> None:
    type = tasks.fresh_type(**{f"{field}_template": f"{before}{NUMBER}{after}"})
    task = tasks.create_task(type, metadata={"n": "1", "device_number": value})
    wanted = f"{before}{value}{after}"
    for shown in (task, tasks.get_task(task.name)):
        got = getattr(shown, field)
        expect(got == wanted, f"{field} of the task", got=got, wanted=wanted)


def _explored(tasks: TasksTarget, field: str) -> None:
    def body(before: str, value: str, after: str) -> None:
        _filled(tasks, field, before, value, after)

    explore(
        body,
        examples=by_depth(full=15, staging=0),
        directed=[{"before": b, "value": v, "after": a} for b, v, a in SHAPES],
        before=plain_texts,
        value=plain_texts,
        after=plain_texts,
    )


@requirement("TSK-TPL-001")
def test_description_is_filled(tasks: TasksTarget) -> None:
    _explored(tasks, "description")


@requirement("TSK-TPL-002")
def test_recommended_action_is_filled(tasks: TasksTarget) -> None:
    _explored(tasks, "recommended_action")


@requirement("TSK-TPL-001")
def test_each_task_has_texts_of_its_own(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(
        description_template=f"{NUMBER} and {NUMBER}", recommended_action_template=f"Read {NUMBER}."
    )
    for number in ("1", "2"):
        task = tasks.create_task(type, metadata={"n": "1", "device_number": number})
        got, wanted = task.description, f"{number} and {number}"
        expect(got == wanted, "description", got=got, wanted=wanted)
        got, wanted = task.recommended_action, f"Read {number}."
        expect(got == wanted, "recommended action", got=got, wanted=wanted)


@requirement("TSK-TPL-001")
def test_new_tasks_follow_their_type_as_it_is_now(tasks: TasksTarget) -> None:
    type = tasks.fresh_type(description_template=f"Before {NUMBER}.")
    for field, word in (("first", "Before"), ("second", "After")):
        if word == "After":
            source = f"After {NUMBER}."
            tasks.update_type(type.name, ["description_template"], description_template=source)
        task = tasks.create_task(type.name, metadata={"n": "1", "device_number": field})
        got, wanted = task.description, f"{word} {field}."
        expect(got == wanted, f"description of the {field} task", got=got, wanted=wanted)


@requirement("TSK-TPL-003")
def test_links_keep_order_and_names(tasks: TasksTarget) -> None:
    def body(names: list[str], number: str) -> None:
        templates = [
            {"name": name, "uri_template": f"https://a.test/{at}/{NUMBER}?a=1&b=2"}
            for at, name in enumerate(names)
        ]
        type = tasks.fresh_type(links=templates)
        task = tasks.create_task(type, metadata={"n": "1", "device_number": number})
        wanted = tuple(
            Link(name=name, uri=f"https://a.test/{at}/{number}?a=1&b=2")
            for at, name in enumerate(names)
        )
        for shown in (task, tasks.get_task(task.name)):
            expect(shown.links == wanted, "links of the task", got=shown.links, wanted=wanted)

    explore(
        body,
        examples=by_depth(full=8, staging=0),
        directed=[
            {"names": ["portal", "meter"], "number": "4711"},
            {"names": ["z", "Übersicht 2", "a"], "number": "C-9"},
            {"names": [], "number": "1"},
        ],
        names=link_names,
        number=words,
    )


@requirement("TSK-TPL-003")
def test_links_that_lead_to_one_place_are_both_there(tasks: TasksTarget) -> None:
    templates = [{"name": name, "uri_template": "https://a.test/b"} for name in ("one", "other")]
    task = tasks.create_task(tasks.fresh_type(links=templates), metadata={"n": "1"})
    wanted = tuple(Link(name=name, uri="https://a.test/b") for name in ("one", "other"))
    expect(task.links == wanted, "links of the task", got=task.links, wanted=wanted)


@requirement("TSK-TPL-004")
def test_stage_is_empty_or_ends_with_a_dot(tasks: TasksTarget) -> None:
    contract = '{{index .Metadata "contract_id"}}'
    sources = (
        f"https://ui.{{{{ .Stage }}}}example.test/contracts/{contract}",
        "https://a.test/stage-{{ .Stage }}-end",
    )
    forms = (r"https://ui\.(.*)example\.test/contracts/C-9", r"https://a\.test/stage-(.*)-end")
    links = [{"name": f"n{at}", "uri_template": source} for at, source in enumerate(sources)]
    type = tasks.fresh_type(links=links)
    task = tasks.create_task(type, metadata={"n": "1", "contract_id": "C-9"})
    stages = []
    for link, form, source in zip(task.links, forms, sources, strict=True):
        found = re.fullmatch(form, link.uri)
        good = found is not None and (not found[1] or found[1].endswith("."))
        expect(good, f"link from {source}", got=link.uri, wanted="a stage that is empty or ends .")
        stages += [found[1]] if found else []
    expect(len(set(stages)) == 1, "stage in two links", got=stages, wanted="one")
    observe(f"stage {stages[0]!r}")


@requirement("TSK-TPL-007")
def test_without_templates_there_are_no_texts(tasks: TasksTarget) -> None:
    task = tasks.create_task(tasks.plain_type(), metadata={"n": "1"})
    for field in SEPARATE:
        got = getattr(task, field)
        expect(got == "", f"{field} without a template", got=got, wanted="empty")
    expect(task.links == (), "links without templates", got=task.links, wanted="none")


@requirement("TSK-TPL-008")
def test_texts_are_not_escaped(tasks: TasksTarget) -> None:
    text = "<b>&amp;</b> \"quoted\" 'too' & more"
    values = by_depth(full=(text, *(t for t in TRICKY if t != "\u0000")), staging=(text,))
    source = '<i title="a">{{index .Metadata "n"}}</i> & {{"<"}}'
    type = tasks.fresh_type(description_template=source, recommended_action_template=source)
    for value in values:
        task = tasks.create_task(type, metadata={"n": value})
        wanted = f'<i title="a">{value}</i> & <'
        for field in SEPARATE:
            got = getattr(task, field)
            expect(got == wanted, field, got=got, wanted=wanted)


CHANGED: dict[str, Any] = {
    "description_template": 'Now {{index .Metadata "n"}}.',
    "recommended_action_template": "Now act.",
    "links": [{"name": "now", "uri_template": "https://a.test/now"}],
}


@requirement("TSK-TPL-010")
def test_updating_a_type_leaves_texts_of_its_tasks(tasks: TasksTarget) -> None:
    link = {"name": "then", "uri_template": 'https://a.test/{{index .Metadata "n"}}'}
    type = tasks.fresh_type(recommended_action_template="Then act.", links=[link])
    new, claimed = (tasks.fresh_task(type, state=state) for state in ("NEW", "IN_PROGRESS"))
    tasks.update_type(type.name, list(CHANGED), **CHANGED)
    for task in (new, claimed):
        same(tasks.get_task(task.name), task, "a task after its type was updated")
    moved = (tasks.claim(new.name), tasks.complete(claimed.name))
    for task, before in zip(moved, (new, claimed), strict=True):
        for field in (*SEPARATE, "links"):
            got, wanted = getattr(task, field), getattr(before, field)
            what = f"{field} after a transition of a task whose type was updated"
            expect(got == wanted, what, got=got, wanted=wanted)
