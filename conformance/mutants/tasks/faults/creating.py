"""Faults in the creation of tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import straight
from conformance.mutants.tasks.book import Book, Code, Refuse, tenant_of
from conformance.mutants.tasks.making import crowded, fault, recoded, silent, slowly
from conformance.mutants.tasks.wire import STATES
from conformance.oracles.tasks.model import Task, Type


def few_ids(book: Book) -> str:
    """One of eight ids."""
    number = book.scratch["made"] = int(book.scratch.get("made", 0)) + 1
    return f"made-{number % 8}"


def other_id(sent: Any, item: Any) -> Any:
    """A task has its id with a letter behind."""
    return replace(item, name=f"{item.name}x") if isinstance(item, Task) else item


def takes_state(sent: Any, item: Any) -> Any:
    """The state that the caller sent."""
    return replace(item, state=STATES[sent.state or 1]) if isinstance(item, Task) else item


def takes_texts(sent: Any, item: Any) -> Any:
    """The description that the caller sent."""
    text = getattr(sent, "description", "")
    return replace(item, description=text) if isinstance(item, Task) and text else item


def takes_times(sent: Any, item: Any) -> Any:
    """The creation time that the caller sent."""
    if not sent.HasField("create_time"):
        return item
    return replace(item, create_ns=sent.create_time.seconds * 1_000_000_000)


def takes_name(sent: Any, item: Any) -> Any:
    """The name that the caller sent."""
    return replace(item, name=sent.name or item.name)


def claimed_already(sent: Any, item: Any) -> Any:
    """A new task is in progress."""
    return replace(item, state="IN_PROGRESS") if isinstance(item, Task) else item


def completed_already(sent: Any, item: Any) -> Any:
    """A new task has a completion time."""
    return replace(item, completion_ns=item.create_ns) if isinstance(item, Task) else item


def updated_later(sent: Any, item: Any) -> Any:
    """A new task was updated after it was created."""
    return replace(item, update_ns=(item.create_ns or 0) + 1_000_000)


def hours_off(sent: Any, item: Any) -> Any:
    """Times are local."""
    ahead = 3600 * 1_000_000_000
    return replace(item, create_ns=item.create_ns + ahead, update_ns=item.update_ns + ahead)


def texts_for_numbers(field: str, value: Any) -> Any:
    """Numbers are kept as whole ones."""
    return _mapped(value, lambda leaf: float(int(leaf)) if isinstance(leaf, float) else leaf)


def without_nulls(field: str, value: Any) -> Any:
    """Keys with null are dropped."""
    if isinstance(value, dict):
        return {k: without_nulls(field, v) for k, v in value.items() if v is not None}
    return [without_nulls(field, v) for v in value] if isinstance(value, list) else value


def ascii_only(field: str, value: Any) -> Any:
    """What is not ASCII becomes a question mark."""

    def plain(leaf: Any) -> Any:
        return leaf.encode("ascii", "replace").decode() if isinstance(leaf, str) else leaf

    return _mapped(value, plain)


def _mapped(value: Any, leaf: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(inner, leaf) for key, inner in value.items()}
    return [_mapped(inner, leaf) for inner in value] if isinstance(value, list) else leaf(value)


def any_type(book: Book, parent: str, name: str) -> Type:
    """A type that does not exist is one without templates."""
    return book.types.get(name) or Type(name=name)


def foreign_type(book: Book, parent: str, name: str) -> Type:
    """Types of other tenants do as well."""
    found = book.types.get(name)
    return found if found is not None else straight.type_for(book, parent, name)


def replaces(book: Book, collection: Any, name: str) -> None:
    """A creation under an id that is taken replaces what is there."""


def taken_anywhere(book: Book, collection: Any, name: str) -> None:
    """An id is taken if another tenant has it."""
    last = name.rpartition("/")[2]
    for other in book.of(collection):
        if other.rpartition("/")[2] == last:
            text = f"{tenant_of(other)} has it"
            raise Refuse(Code.ALREADY_EXISTS, text, "RESOURCE_EXISTS", resource=name)


MUTANTS = (
    fault("ids-repeat", "Ids made by the server repeat.", {"make_id": few_ids}, "CRT-002"),
    fault("ids-changed", "A task gets another id than the one asked for.",
          {"initial": other_id}, "CRT-001"),
    fault("new-claimed", "A new task is in progress.", {"initial": claimed_already}, "CRT-003"),
    fault("new-completed", "A new task has a completion time.", {"initial": completed_already},
          "CRT-014", "CMP-002"),
    fault("new-updated-later", "A new task was updated later.", {"initial": updated_later},
          "CRT-015"),
    fault("new-hours-off", "Times are an hour off.", {"initial": hours_off}, "CRT-014"),
    fault("create-takes-state", "A caller may set the state.", {"initial": takes_state},
          "CRT-005"),
    fault("create-takes-text", "A caller may set the description.", {"initial": takes_texts},
          "CRT-005"),
    fault("create-takes-times", "A caller may set the creation time.", {"initial": takes_times},
          "CRT-005", "TYP-006"),
    fault("create-takes-name", "A caller may set the name.", {"initial": takes_name}, "CRT-006"),
    fault("numbers-whole", "Metadata lose their fractions.", {"stored": texts_for_numbers},
          "CRT-012"),
    fault("nulls-dropped", "Metadata lose their nulls.", {"stored": without_nulls}, "CRT-012"),
    fault("ascii-only", "Metadata are ASCII.", {"stored": ascii_only}, "CRT-012"),
    fault("struct-emptied", "Absent metadata become empty.",
          {"stored": lambda field, value: value or {}}, "CRT-013"),
    fault("struct-dropped", "Empty metadata become absent.",
          {"stored": lambda field, value: value or None}, "CRT-013"),
    fault("nan-stored", "Metadata may hold NaN.",
          {"check_struct": silent(straight.check_struct),
           "stored": lambda field, value: _mapped(value, lambda x: 0.0 if x != x else x)},
          "CRT-017"),
    fault("type-unneeded", "A type need not exist.", {"type_for": any_type}, "CRT-010", "CRT-004"),
    fault("type-foreign", "Another tenant's type does.", {"type_for": foreign_type}, "CRT-011"),
    fault("type-unknown-internal", "An unknown type is an internal error.",
          {"type_for": recoded(straight.type_for, Code.INTERNAL, of=Code.NOT_FOUND)},
          "CRT-010", "ERR-001"),
    fault("create-replaces", "A creation replaces what is there.", {"check_free": replaces},
          "CRT-007"),
    fault("create-taken-aborted", "An id that is taken is ABORTED.",
          {"check_free": recoded(straight.check_free, Code.ABORTED)}, "CRT-007"),
    fault("ids-shared", "Tenants share their ids.", {"check_free": taken_anywhere}, "CRT-018"),
    fault("create-race", "Of several creations at once several succeed.",
          {"alone": crowded, "check_free": slowly(straight.check_free)}, "CRT-008"),
    fault("ids-unchecked", "Ids may be anything.", {"check_id": lambda field, id_: None},
          "CRT-009"),
    fault("tenant-made", "A tenant need not exist, and no type in it.",
          {"tenant_exists": lambda book, parent: None, "type_for": any_type},
          "CRT-016", "TYP-001", "LST-015"),
)  # fmt: skip
