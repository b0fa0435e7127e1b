"""Faults in what types keep, in updates by mask, in the feed, and in what refusals say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import straight, telling
from conformance.mutants.tasks.book import Book, Code, Entry, Item, Refuse, tenant_of
from conformance.mutants.tasks.making import RACE_S, crowded, fault, recoded
from conformance.oracles.tasks.model import WRITABLE, Task, Type

Told = Sequence[tuple[str, Item]]


def tidies(sent: Any, item: Any) -> Any:
    """Schemas are written anew."""
    if not isinstance(item, Type) or not item.input_schema or "{{" in item.input_schema:
        return item
    return replace(item, input_schema=json.dumps(json.loads(item.input_schema)))


def newlines(sent: Any, item: Any) -> Any:
    """Ends of lines are made equal."""
    if not isinstance(item, Type):
        return item
    plain = item.recommended_action_template.replace("\r\n", "\n")
    return replace(item, recommended_action_template=plain)


def links_by_name(sent: Any, item: Any) -> Any:
    """Links are sorted by their names."""
    if not isinstance(item, Type):
        return item
    return replace(item, links=tuple(sorted(item.links, key=lambda link: link.name)))


def sent_times(sent: Any, item: Any) -> Any:
    """A type may bring its creation time."""
    if isinstance(item, Type) and sent.HasField("create_time"):
        return replace(item, create_ns=sent.create_time.seconds * 10**9)
    return item


def sent_update_time(sent: Any, item: Any) -> Any:
    """A type may bring its update time."""
    if isinstance(item, Type) and sent.HasField("update_time"):
        return replace(item, update_ns=sent.update_time.seconds * 10**9)
    return item


def unread(field: str) -> Callable[[Type], None]:
    """Templates in one place are not read."""
    nothing: Any = () if field == "links" else ""
    return lambda type_: straight.check_type(replace(type_, **{field: nothing}))


def json_only(type_: Type) -> None:
    """Schemas have to be JSON, and nothing more."""
    if type_.input_schema and "{{" not in type_.input_schema:
        try:
            json.loads(type_.input_schema)
        except ValueError:
            straight.check_type(type_)
        type_ = replace(type_, input_schema="")
    straight.check_type(type_)


def links_lost(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """Links that are not in the mask are lost."""
    new: Type = straight.merged(book, old, sent, fields)
    return new if "links" in fields else replace(new, links=())


def links_added(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """Links are added to those that are there."""
    new: Type = straight.merged(book, old, sent, fields)
    names = {link.name for link in new.links}
    kept = tuple(link for link in old.links if link.name not in names)
    return replace(new, links=kept + new.links) if "links" in fields else new


def star_set_only(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """A star replaces what is set."""
    if set(fields) == set(WRITABLE):
        fields = [field for field in fields if getattr(sent, field)]
    return straight.merged(book, old, sent, fields)


def star_anew(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """A star makes a new type."""
    new: Type = straight.merged(book, old, sent, fields)
    return replace(new, create_ns=book.now_ns()) if set(fields) == set(WRITABLE) else new


def empty_mask(paths: Sequence[str] | None) -> tuple[str, ...]:
    """An empty mask names nothing."""
    return () if paths is not None and not paths else straight.mask(paths)


def prefixed_paths(paths: Sequence[str] | None) -> tuple[str, ...]:
    """Paths may begin with the name of the resource."""
    return straight.mask(paths and [path.removeprefix("type.") for path in paths])


def deep_paths(paths: Sequence[str] | None) -> tuple[str, ...]:
    """Paths into a field mean the field."""
    return straight.mask(paths and [path.partition(".")[0] for path in paths])


def known_first(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """A refused update moves the update time."""
    new: Type = straight.merged(book, old, sent, fields)
    try:
        straight.check_type(new)
    except Refuse:
        book.types[old.name] = replace(old, update_ns=book.now_ns())
    return new


def by_name_only(old: Type, new: Type, at_ns: int) -> Type:
    """Only another display name moves the update time."""
    return new if new.display_name == old.display_name else straight.touched(old, new, at_ns)


def upserts(book: Book, collection: Any, name: str) -> Any:
    """What is not there is made."""
    if collection == "types" and name not in book.types:
        return Type(name=name, create_ns=book.now_ns(), update_ns=book.now_ns())
    return straight.find(book, collection, name)


def types_untold(method: str, before: Item | None, after: Item) -> Told:
    """Updates of types cause no event."""
    return [] if method == "UpdateType" else telling.tells(method, before, after)


def completed_as_claimed(method: str, before: Item | None, after: Item) -> Told:
    """A completion is told as a claim."""
    told = telling.tells(method, before, after)
    return [("TaskClaimed", item) for _, item in told] if method == "CompleteTask" else told


def update_bare(method: str, before: Item | None, after: Item) -> Told:
    """Updates are told without links."""
    return [
        (
            kind,
            replace(item, links=()) if isinstance(item, Type) and kind == "TypeUpdated" else item,
        )
        for kind, item in telling.tells(method, before, after)
    ]


def told_before_refused(book: Book, collection: Any, name: str) -> None:
    """A creation that is refused for its id is told."""
    kept = book.of(collection).get(name)
    if kept is not None:
        book.tell(tenant_of(name), "TaskCreated" if collection == "tasks" else "TypeCreated",
                  kept, book.now_ns())  # fmt: skip
    straight.check_free(book, collection, name)


def mixed_up(book: Book, tenant: str, position: int) -> Sequence[Entry]:
    """Events that wait together come newest first."""
    found = list(telling.pending(book, tenant, position))
    numbers = [entry.sequence for entry in found]
    return [replace(entry, sequence=n) for entry, n in zip(found[::-1], numbers, strict=True)]


def tasks_only(book: Book, tenant: str, asked: int) -> int:
    """A feed that is resumed begins at the next event of a task."""
    begin = telling.begins(book, tenant, asked)
    log = book.log.get(tenant, [])
    while 1 < begin <= len(log) and not log[begin - 1].kind.startswith("Task"):
        begin += 1
    return begin


def from_the_end(book: Book, tenant: str, asked: int) -> int:
    """A feed that is resumed begins at the end."""
    begin: int = telling.begins(book, tenant, asked)
    return len(book.log.get(tenant, [])) + 1 if asked > 1 else begin


def told_only(
    book: Book, item: Item, told: Sequence[tuple[str, Item]], alive: Callable[[], bool]
) -> None:
    """A creation whose caller leaves is told, and not kept."""
    if isinstance(item, Task) and item.state == "NEW":
        time.sleep(RACE_S)
        if not alive():
            with book.news:
                for kind, shown in told:
                    book.tell(tenant_of(item.name), kind, shown, item.update_ns or 0)
            return
    telling.commits(book, item, told, alive)


def told_again(
    book: Book, item: Item, told: Sequence[tuple[str, Item]], alive: Callable[[], bool]
) -> None:
    """A creation whose caller leaves is kept and told twice."""
    if isinstance(item, Task) and item.state == "NEW":
        time.sleep(RACE_S)
        told = told if alive() else [*told, *told]
    telling.commits(book, item, told, alive)


def quiet_reason(messages: list[Any]) -> list[Any]:
    """Reasons are written small."""
    for message in messages:
        if message.DESCRIPTOR.name == "ErrorInfo":
            message.reason = message.reason.lower()
    return messages


def _without(kind: str) -> Callable[[list[Any]], list[Any]]:
    return lambda messages: [m for m in messages if m.DESCRIPTOR.name != kind]


def nameless_fields(messages: list[Any]) -> list[Any]:
    """What is wrong is told, and not where."""
    for message in messages:
        if message.DESCRIPTOR.name == "BadRequest":
            for violation in message.field_violations:
                violation.field = ""
    return messages


def told_tokens(book: Book, metadata: Mapping[str, str]) -> str | None:
    """Refusals repeat the credentials."""
    caller = straight.authenticates(book, metadata)
    book.scratch["token"] = metadata.get("authorization", "")
    return caller


def with_token(book: Book, collection: Any, name: str) -> Any:
    """What is absent is told with the credentials."""
    try:
        return straight.find(book, collection, name)
    except Refuse as refusal:
        text = f"{refusal} (asked with {book.scratch.get('token', '')})"
        raise Refuse(refusal.code, text, refusal.reason, resource=name) from None


def panics(book: Book, collection: Any, name: str) -> Any:
    """What is absent is told as another language's panic."""
    try:
        return straight.find(book, collection, name)
    except Refuse as refusal:
        text = f"{refusal}\ngoroutine 7 [running]:\nmain.find()\n\t/src/tasks.go:71 +0x1a"
        raise Refuse(refusal.code, text, refusal.reason, resource=name) from None


def _fault(hook: str, change: Any, id_: str, sentence: str, *kills: str) -> Any:
    return fault(id_, sentence, {hook: change}, *kills)


MUTANTS = (
    _fault("initial", tidies, "type-schema-tidied", "Schemas are written anew.", "TYP-002"),
    _fault("initial", newlines, "type-newlines", "Ends of lines are made equal.", "TYP-002"),
    _fault("initial", links_by_name, "type-links-sorted", "Links are sorted.", "TYP-002"),
    _fault("initial", sent_times, "type-time-sent", "A type brings its creation.", "TYP-006"),
    _fault("initial", sent_update_time, "type-update-sent", "A type brings its update.",
           "TYP-006"),
    *(_fault("check_type", unread(field), f"type-unread-{field.replace('_', '-')}",
             f"Templates in {field} are not read.", "TYP-003")
      for field in ("recommended_action_template", "links")),
    _fault("check_type", json_only, "type-json-only", "Schemas are any JSON.", "TYP-004"),
    _fault("merged", links_lost, "update-links-lost", "Links are lost.", "UPD-001"),
    _fault("merged", links_added, "update-links-added", "Links are added.", "UPD-001", "UPD-002"),
    _fault("merged", star_set_only, "update-star-set", "A star leaves the rest.", "UPD-004"),
    _fault("merged", star_anew, "update-star-anew", "A star makes a new type.", "UPD-004"),
    _fault("mask", empty_mask, "update-empty-mask", "An empty mask is nothing.", "UPD-003"),
    _fault("mask", prefixed_paths, "update-prefixed", "Paths have a prefix.", "UPD-005"),
    _fault("mask", deep_paths, "update-deep", "Paths go deeper.", "UPD-005"),
    _fault("merged", known_first, "update-touched", "A refused update shows.", "UPD-010"),
    _fault("touched", by_name_only, "update-name-timed", "Only names are timed.", "UPD-008"),
    _fault("find", upserts, "update-upserts", "Updates make types.", "UPD-007"),
    _fault("tells", types_untold, "event-types", "Updates are not told.", "EVT-001"),
    _fault("tells", completed_as_claimed, "event-completed", "Completions are told as claims.",
           "EVT-001"),
    _fault("tells", update_bare, "event-linkless", "Updates are told without links.", "EVT-003"),
    _fault("check_free", told_before_refused, "event-refused", "Refused creations are told.",
           "EVT-002"),
    _fault("pending", mixed_up, "event-newest", "Newest events come first.", "EVT-004"),
    _fault("begins", tasks_only, "event-resumed-tasks", "Resuming skips types.", "EVT-006"),
    _fault("begins", from_the_end, "event-resumed-end", "Resuming begins anew.", "EVT-006"),
    fault("create-told-only", "A creation cut short is told, not kept.",
          {"commits": told_only, "alone": crowded}, "ERR-005"),
    fault("create-told-again", "A creation cut short is told twice.",
          {"commits": told_again, "alone": crowded}, "ERR-005"),
    _fault("details", quiet_reason, "details-small", "Reasons are written small.", "ERR-003"),
    _fault("details", _without("ErrorInfo"), "details-no-info", "There is no ErrorInfo.",
           "ERR-003"),
    _fault("details", _without("ResourceInfo"), "details-no-resource", "There is no ResourceInfo.",
           "ERR-003"),
    _fault("details", nameless_fields, "details-nameless", "Fields have no names.", "ERR-002"),
    _fault("find", panics, "details-panic", "A refusal shows a panic.", "ERR-004"),
    fault("details-token", "A refusal repeats credentials.",
          {"authenticates": told_tokens, "find": with_token}, "ERR-004", auth=True),
    _fault("check_free", recoded(straight.check_free, Code.INVALID_ARGUMENT), "taken-invalid",
           "An id that is taken is INVALID_ARGUMENT.", "ERR-001"),
)  # fmt: skip
