"""Faults in the texts that are made of templates."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

from conformance.mutants.tasks import straight, templates
from conformance.mutants.tasks.book import Book, Code, Refuse
from conformance.mutants.tasks.making import fault
from conformance.oracles.tasks.model import Link, Task, Type


def no_texts(type_: Type, task: Task) -> Task:
    """Nothing is rendered."""
    links = tuple(Link(name=link.name, uri=link.uri_template) for link in type_.links)
    return replace(task, description=type_.description_template, links=links,
                   recommended_action=type_.recommended_action_template)  # fmt: skip


def no_action(type_: Type, task: Task) -> Task:
    """The recommended action is not rendered."""
    filled = straight.texts(replace(type_, recommended_action_template=""), task)
    return replace(filled, recommended_action=type_.recommended_action_template)


def links_sorted(type_: Type, task: Task) -> Task:
    """Links come in reverse."""
    filled = straight.texts(type_, task)
    return replace(filled, links=filled.links[::-1])


def links_unnamed(type_: Type, task: Task) -> Task:
    """Links lose their names."""
    filled = straight.texts(type_, task)
    return replace(filled, links=tuple(Link(name="", uri=link.uri) for link in filled.links))


def links_unique(type_: Type, task: Task) -> Task:
    """Of links to one place only the last one stays."""
    filled = straight.texts(type_, task)
    return replace(filled, links=tuple({link.uri: link for link in filled.links}.values()))


def stage_undotted(type_: Type, task: Task) -> Task:
    """The stage has no dot."""
    filled = straight.texts(type_, task)
    links = tuple(Link(name=x.name, uri=x.uri.replace("dev.", "dev")) for x in filled.links)
    return replace(filled, links=links)


def escaped(type_: Type, task: Task) -> Task:
    """Texts are escaped for HTML."""
    filled = straight.texts(type_, task)
    return replace(filled, description=escape(filled.description))


def named_if_empty(type_: Type, task: Task) -> Task:
    """A task without template is described by its name."""
    filled = straight.texts(type_, task)
    return filled if filled.description else replace(filled, description=task.name)


def bare_conditions(type_: Type, task: Task) -> Task:
    """Only plain placeholders are known."""
    source = type_.description_template
    if "{{if" in source or "{{range" in source or "printf" in source:
        return replace(straight.texts(replace(type_, description_template=""), task),
                       description=source)  # fmt: skip
    return straight.texts(type_, task)


def missing_internal(type_: Type, task: Task) -> Task:
    """A missing key is an internal error."""
    filled = straight.texts(type_, task)
    if "<no value>" in filled.description:
        raise Refuse(Code.INTERNAL, "KeyError", "BUG")
    return filled


def bomb_unstopped(type_: Type, task: Task) -> Task:
    """A template that would not end holds the call."""
    try:
        return straight.texts(type_, task)
    except Refuse as refusal:
        if "more than" in str(refusal) or "nested" in str(refusal):
            time.sleep(6)
        raise


def filled_twice(type_: Type, task: Task) -> Task:
    """What data bring along is filled as a template, too."""
    filled = straight.texts(type_, task)
    try:
        again = templates.render(filled.description, straight.data_of(task))
    except ValueError:
        again = filled.description
    return replace(filled, description=again)


def action_is_description(type_: Type, task: Task) -> Task:
    """The recommended action is the description."""
    filled = straight.texts(type_, task)
    return replace(filled, recommended_action=filled.description)


def addresses_escaped(type_: Type, task: Task) -> Task:
    """Addresses are escaped for HTML."""
    filled = straight.texts(type_, task)
    return replace(filled, links=tuple(replace(x, uri=escape(x.uri)) for x in filled.links))


def missing_empty(type_: Type, task: Task) -> Task:
    """What is missing leaves nothing."""
    filled = straight.texts(type_, task)
    return replace(filled, description=filled.description.replace("<no value>", ""))


def failures_shown(type_: Type, task: Task) -> Task:
    """A template that fails is shown as it stands."""
    try:
        return straight.texts(type_, task)
    except Refuse:
        return replace(task, description=type_.description_template)


def untrimmed(type_: Type, task: Task) -> Task:
    """Trim marks are passed over."""
    source = type_.description_template.replace("{{- ", "{{ ").replace(" -}}", " }}")
    return straight.texts(replace(type_, description_template=source), task)


def unbounded(type_: Type, task: Task) -> Task:
    """Texts may have any length."""
    try:
        return straight.texts(type_, task)
    except Refuse as refusal:
        if "more than" not in str(refusal):
            raise
        rounds = 4 ** type_.description_template.count("{{range")
        return replace(task, description=str((task.metadata or {}).get("text", "")) * rounds)


def follows_at_transitions(book: Book, old: Type, sent: Type, fields: Any) -> Type:
    """Tasks that are claimed take the templates that their type has by now."""
    new = straight.merged(book, old, sent, fields)
    for name, origin in list(book.origin.items()):
        if origin.name == old.name:
            book.origin[name] = new
    return new


def cached(type_: Type, task: Task, known: dict[str, Type]) -> Task:
    """A type is read once, and never again."""
    return straight.texts(known.setdefault(type_.name, type_), task)


def text(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault of the texts."""
    return fault(f"text-{id_}", sentence, {"texts": change}, *kills)


MUTANTS = (
    text(no_texts, "plain", "Nothing is rendered.", "TPL-001", "TPL-002", "TPL-003"),
    text(no_action, "no-action", "The action is not rendered.", "TPL-002"),
    text(links_sorted, "links-reversed", "Links come in reverse.", "TPL-003"),
    text(links_unnamed, "links-unnamed", "Links have no names.", "TPL-003"),
    text(links_unique, "links-unique", "Links to one place are one.", "TPL-003"),
    text(stage_undotted, "stage", "The stage has no dot.", "TPL-004"),
    text(escaped, "escaped", "Texts are escaped.", "TPL-008"),
    text(named_if_empty, "never-empty", "No description is the name.", "TPL-007"),
    text(bare_conditions, "plain-only", "Conditions are not known.", "TPL-005"),
    text(missing_internal, "missing-internal", "A missing key is INTERNAL.", "TPL-006",
         "ERR-001"),
    text(bomb_unstopped, "bomb", "A bomb holds the call.", "TPL-011"),
    text(filled_twice, "twice", "Data are filled as templates.", "TPL-001"),
    text(action_is_description, "action", "The action is the description.", "TPL-002"),
    text(addresses_escaped, "addresses", "Addresses are escaped.", "TPL-003"),
    text(missing_empty, "missing-empty", "What is missing leaves nothing.", "TPL-006"),
    text(failures_shown, "failures", "A template that fails is shown.", "TPL-005"),
    text(untrimmed, "untrimmed", "Trim marks are passed over.", "TPL-005"),
    text(unbounded, "unbounded", "Texts may have any length.", "TPL-011"),
    text(partial(cached, known={}), "cached", "New tasks have the old texts of their type.",
         "TPL-001"),
    fault("text-follows", "A claim takes new templates.", {"merged": follows_at_transitions},
          "TPL-010"),
)  # fmt: skip
