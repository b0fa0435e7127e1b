"""Faults in types and their updates."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import straight
from conformance.mutants.tasks.book import Book, Code, Refuse, invalid
from conformance.mutants.tasks.making import crowded, fault, recoded, silent, slowly
from conformance.oracles.tasks.model import WRITABLE, Task, Type

NESTING = ("$defs", "properties", "patternProperties", "allOf", "anyOf", "not", "items")
NUMBERS = ("minimum", "exclusiveMinimum", "multipleOf", "maxLength", "minItems")
LISTS = ("required", "dependentRequired", "enum")


def strips(sent: Any, item: Any) -> Any:
    """Texts of types lose blanks at their ends."""
    if not isinstance(item, Type):
        return item
    return replace(item, description_template=item.description_template.strip(),
                   input_schema=item.input_schema.strip())  # fmt: skip


def sorts_links(sent: Any, item: Any) -> Any:
    """Links are kept in reverse."""
    return replace(item, links=item.links[::-1]) if isinstance(item, Type) else item


def cuts(sent: Any, item: Any) -> Any:
    """Templates end after so many characters as a short column has."""
    if not isinstance(item, Type):
        return item
    return replace(item, description_template=item.description_template[:255])


def any_template(type_: Type) -> None:
    """Templates are not read."""
    bare = replace(type_, description_template="", recommended_action_template="", links=())
    straight.check_type(bare)


def any_schema(type_: Type) -> None:
    """Schemas are not read."""
    straight.check_type(replace(type_, input_schema=""))


def schema_without(words: Collection[str]) -> Callable[[Type], None]:
    """Some keywords at the top of a schema are not read."""

    def check_type(type_: Type) -> None:
        with suppress(ValueError):
            schema = json.loads(type_.input_schema)
            if isinstance(schema, dict):
                read = {word: value for word, value in schema.items() if word not in words}
                type_ = replace(type_, input_schema=json.dumps(read))
        straight.check_type(type_)

    return check_type


def recursive(type_: Type) -> None:
    """Texts that are nested deep are a mistake of the server."""
    for text in (type_.input_schema, type_.description_template):
        if max(text.count(sign) for sign in "{[(") > 900:
            raise Refuse(Code.INTERNAL, "RecursionError", "BUG")
    straight.check_type(type_)


def any_category(type_: Type) -> None:
    """A sub-category needs no category."""
    straight.check_type(replace(type_, sub_category=""))


def all_fields(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """An update replaces everything."""
    return straight.merged(book, old, sent, WRITABLE)


def set_only(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """What is not set stays."""
    return straight.merged(book, old, sent, [f for f in fields if getattr(sent, f)])


def written_first(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """An update is written before it is checked."""
    new = straight.merged(book, old, sent, fields)
    book.types[old.name] = new
    return new


def types_replaced(book: Book, collection: Any, name: str) -> None:
    """A type may be created again."""
    if collection == "tasks":
        straight.check_free(book, collection, name)


def without_mask(paths: Sequence[str] | None) -> tuple[str, ...]:
    """No mask replaces everything."""
    return straight.mask(paths) if paths else WRITABLE


def star_is_nothing(paths: Sequence[str] | None) -> tuple[str, ...]:
    """A star names no field."""
    return () if list(paths or ()) == ["*"] else straight.mask(paths)


def known_paths(paths: Sequence[str] | None) -> tuple[str, ...]:
    """Unknown paths are passed over."""
    return straight.mask([p for p in paths or () if p in WRITABLE] or (["name"] if paths else None))


def strict_paths(paths: Sequence[str] | None) -> tuple[str, ...]:
    """Paths that only the server writes are refused."""
    if {"create_time", "update_time"} & set(paths or ()):
        raise invalid("update_mask", "is output only")
    return straight.mask(paths)


def untouched(old: Type, new: Type, at_ns: int) -> Type:
    """An update leaves the update time."""
    return new


def made_anew(old: Type, new: Type, at_ns: int) -> Type:
    """An update moves the creation time."""
    return replace(straight.touched(old, new, at_ns), create_ns=at_ns)


def category_lost(old: Type, new: Type, at_ns: int) -> Type:
    """An update clears the sub-category."""
    return replace(straight.touched(old, new, at_ns), sub_category="")


def renders_again(type_: Type, task: Task) -> Task:
    """Tasks follow their type."""
    return straight.texts(type_, task)


def update(hook: str, change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault of UpdateType."""
    return fault(f"update-{id_}", sentence, {hook: change}, *kills)


MUTANTS = (
    fault("type-strips", "Types lose blanks.", {"initial": strips}, "TYP-002"),
    fault("type-links-reversed", "Types keep links in reverse.", {"initial": sorts_links},
          "TYP-002"),
    fault("type-cuts", "Types lose the ends of long texts.", {"initial": cuts}, "TYP-002"),
    fault("type-any-template", "Templates are not read.",
          {"check_type": any_template, "texts": silent(straight.texts, Task(name="tenants/t1/x"))},
          "TYP-003"),
    fault("type-any-schema", "Schemas are not read.", {"check_type": any_schema}, "TYP-004"),
    *(fault(f"type-schema-{id_}", sentence, {"check_type": schema_without(words)}, "TYP-004")
      for id_, sentence, words in (
          ("top", "Schemas are not read below their top.", NESTING),
          ("numbers", "Numbers in schemas are not read.", NUMBERS),
          ("lists", "Lists in schemas are not read.", LISTS),
          ("items", "Lists of items are read as in older drafts.", ("items",)),
      )),
    fault("type-deep-internal", "A type that is nested deep is INTERNAL.",
          {"check_type": recursive}, "ERR-001"),
    fault("type-any-category", "A sub-category stands alone.", {"check_type": any_category},
          "TYP-005"),
    fault("type-template-internal", "A bad template is INTERNAL.",
          {"check_type": recoded(straight.check_type, Code.INTERNAL)}, "TYP-003", "ERR-001"),
    update("merged", all_fields, "everything", "An update replaces everything.", "UPD-001"),
    update("merged", set_only, "set-only", "What is not set stays.", "UPD-002"),
    update("mask", without_mask, "no-mask", "No mask replaces everything.", "UPD-003"),
    update("mask", star_is_nothing, "star", "A star names nothing.", "UPD-004"),
    update("mask", known_paths, "lenient", "Unknown paths are passed over.", "UPD-005"),
    update("mask", strict_paths, "strict", "Output-only paths are refused.", "UPD-006"),
    update("find", recoded(straight.find, Code.INVALID_ARGUMENT), "absent-invalid",
           "An unknown type is INVALID_ARGUMENT.", "UPD-007"),
    update("touched", untouched, "untimed", "An update leaves the update time.", "UPD-008"),
    update("touched", made_anew, "anew", "An update moves the creation time.", "UPD-008"),
    update("touched", category_lost, "loses", "An update clears the sub-category.", "UPD-009",
           "UPD-001"),
    update("merged", written_first, "unchecked", "A refused update is written.", "UPD-010"),
    fault("type-replaced", "A type may be created again.", {"check_free": types_replaced},
          "TYP-001"),
    fault("update-race", "Of two updates at once one is lost.",
          {"alone": crowded, "merged": slowly(straight.merged)}, "UPD-001"),
    update("task_after", renders_again, "renders", "Tasks follow their type.", "TPL-010"),
)  # fmt: skip
