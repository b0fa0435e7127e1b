"""How a correct endpoint decides about tasks, types and callers: one plain function each.

Each is a default in `policy.Policy`, and each can be bent by a fault or a variant. Decisions about
lists stand in `listing`, those about events in `telling`.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from conformance.mutants.tasks import schemas, templates
from conformance.mutants.tasks.book import (
    Book,
    Code,
    Collection,
    Refuse,
    absent,
    invalid,
    precondition,
    tenant_of,
)
from conformance.oracles.tasks.model import WRITABLE, Link, Task, Type
from conformance.oracles.tasks.values import finite

TENANT = r"tenants/[0-9a-z-]{1,63}"
ID = r"[a-z0-9-]{1,63}"
LABEL = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "meter": ("fire", "communication", "reading", "replacement"),
    "device": ("battery", "inverter", "pv", "grid"),
    "system": ("service", "dispatch", "follow-up"),
}
MAX_STRUCT = 64 * 1024
MAX_LEVELS = 32
STAGE = "dev."
Data = Mapping[str, Any]


def serves(service: str, method: str) -> bool:
    """Whether a method is there; both forms of the service names are."""
    return True


def streamed(method: str) -> bool:
    """Whether a method sends its answer as a stream; none does."""
    return False


def admits(method: str, request: Any) -> None:
    """Refuse a request for what it is; unknown fields are no reason."""


def authenticates(book: Book, metadata: Mapping[str, str]) -> str | None:
    """The tenant for which a caller speaks; None if nobody is asked."""
    if book.tokens is None:
        return None
    tenant = book.tokens.get(metadata.get("authorization", "").removeprefix("Bearer "))
    if tenant is None:
        raise Refuse(Code.UNAUTHENTICATED, "no valid bearer token", "CREDENTIALS_MISSING")
    return tenant


def authorizes(caller: str | None, name: str) -> None:
    """Refuse callers of another tenant."""
    if caller is not None and tenant_of(name) != caller:
        text = "not your tenant"
        raise Refuse(Code.PERMISSION_DENIED, text, "TENANT_FORBIDDEN")


def check_parent(parent: str) -> None:
    """Refuse what cannot be a tenant."""
    if not parent:
        raise invalid("parent", "is required", "FIELD_REQUIRED")
    if not re.fullmatch(TENANT, parent) or parent == "tenants/-":
        raise invalid("parent", f"{parent!r} is not of the form tenants/*")


def check_name(collection: Collection, name: str, field: str = "name") -> None:
    """Refuse what cannot be the name of an item."""
    if not name:
        raise invalid(field, "is required", "FIELD_REQUIRED")
    if not re.fullmatch(f"{TENANT}/{collection}/{ID}", name):
        raise invalid(field, f"{name!r} is not of the form tenants/*/{collection}/*")


def check_id(field: str, id_: str) -> None:
    """Refuse what cannot be an id of a caller's choice."""
    if not re.fullmatch(LABEL, id_):
        raise invalid(field, f"{id_!r} is no lower-case label")


def make_id(book: Book) -> str:
    """An id that nothing has."""
    return str(uuid.uuid4())


def tenant_exists(book: Book, parent: str) -> None:
    """Refuse tenants that do not exist."""
    if tenant_of(parent) not in book.tenants:
        raise absent(parent)


@contextmanager
def alone(book: Book, method: str) -> Iterator[None]:
    """Let one call at a time decide and write."""
    with book.news:
        yield


def find(book: Book, collection: Collection, name: str) -> Any:
    """The item of a name."""
    found = book.of(collection).get(name)
    if found is None:
        raise absent(name)
    return found


def check_free(book: Book, collection: Collection, name: str) -> None:
    """Refuse names that are taken."""
    if name in book.of(collection):
        text = f"{name} exists"
        raise Refuse(Code.ALREADY_EXISTS, text, "RESOURCE_EXISTS", resource=name)


def check_struct(field: str, value: Data | None) -> None:
    """Refuse what JSON cannot say, and what is too large or too deep."""
    if value is None:
        return
    if not finite(value):
        raise invalid(field, "holds a number that JSON cannot say")
    if _levels(value) > MAX_LEVELS:
        raise invalid(field, f"is more than {MAX_LEVELS} levels deep")
    if len(json.dumps(value).encode()) > MAX_STRUCT:
        raise invalid(field, f"is larger than {MAX_STRUCT} bytes")


def _levels(value: Any) -> int:
    inner = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping | list):
        return 0
    return 1 + max(map(_levels, inner), default=0)


def stored(field: str, value: Data | None) -> Data | None:
    """Metadata or annotations as they are kept."""
    return value


def type_for(book: Book, parent: str, name: str) -> Type:
    """The type of a new task."""
    if not name:
        raise invalid("task.type", "is required", "FIELD_REQUIRED")
    check_name("types", name, "task.type")
    if tenant_of(name) != tenant_of(parent):
        raise invalid("task.type", "is a type of another tenant")
    found: Type = find(book, "types", name)
    return found


def initial(sent: Any, task: Task) -> Task:
    """A new task, whatever else the caller sent."""
    return task


def data_of(task: Task) -> dict[str, Any]:
    """What templates can name."""
    return {
        "Name": task.name,
        "Type": task.type,
        "State": task.state,
        "Description": task.description,
        "RecommendedAction": task.recommended_action,
        "Metadata": task.metadata or {},
        "Annotations": task.annotations or {},
        "Links": [],
        "CreateTime": "",
        "UpdateTime": "",
        "CompletionTime": "",
        "Stage": STAGE,
    }


def filled(source: str, data: Data, where: str) -> str:
    """A template filled."""
    try:
        return templates.render(source, data)
    except templates.Failed as error:
        raise precondition(where, str(error), "TEMPLATE_EXECUTION_FAILED") from None


def texts(type_: Type, task: Task) -> Task:
    """The task with the texts that its type gives it."""
    bare = replace(task, description="", recommended_action="", links=())
    name = type_.name
    description = filled(type_.description_template, data_of(bare), f"{name} description")
    told = data_of(replace(bare, description=description))
    action = filled(type_.recommended_action_template, told, f"{name} recommended_action")
    links = tuple(
        Link(name=link.name, uri=uri(filled(link.uri_template, told, f"{name} {link.name}"), name))
        for link in type_.links
    )
    return replace(task, description=description, recommended_action=action, links=links)


def uri(text: str, where: str) -> str:
    """A link's address."""
    good = urlsplit(text).scheme in ("http", "https") and urlsplit(text).netloc
    if not good or re.search(r"[\x00-\x20\x7f]", text):
        raise precondition(where, f"{text!r} is no http address", "TEMPLATE_EXECUTION_FAILED")
    return text


def claimed(task: Task, at_ns: int) -> Task:
    """A task that is claimed."""
    if task.state != "NEW":
        raise precondition(task.name, f"cannot be claimed in state {task.state}")
    return replace(task, state="IN_PROGRESS", update_ns=at_ns)


def completed(task: Task, at_ns: int) -> Task:
    """A task that is completed."""
    if task.state != "IN_PROGRESS":
        raise precondition(task.name, f"cannot be completed in state {task.state}")
    return replace(task, state="COMPLETED", update_ns=at_ns, completion_ns=at_ns)


def rendered_schema(type_: Type, task: Task) -> str:
    """The schema of a task as text."""
    return filled(type_.input_schema, data_of(task), f"{type_.name} input_schema")


def check_input(type_: Type, task: Task, value: Data | None) -> None:
    """Refuse input that breaks the schema of the type."""
    check_against(type_, rendered_schema(type_, task), value)


def check_against(type_: Type, text: str, value: Data | None, *, formats: bool = True) -> None:
    """Refuse input that breaks the schema as it was rendered."""
    if not type_.input_schema:
        return
    try:
        found = schemas.violations(schemas.read_schema(text), value or {}, formats=formats)
    except schemas.BadSchema as error:
        raise precondition(type_.name, str(error), "INPUT_SCHEMA_INVALID") from None
    if found:
        text = "; ".join(f"{path}: {why}" for path, why in found)
        raise Refuse(Code.INVALID_ARGUMENT, text, "INPUT_INVALID", fields=found)


def check_type(type_: Type) -> None:
    """Refuse a type that cannot be used."""
    sources = {
        "type.description_template": type_.description_template,
        "type.recommended_action_template": type_.recommended_action_template,
        "type.input_schema": type_.input_schema,
    }
    for at, link in enumerate(type_.links):
        if not link.name or not link.uri_template:
            raise invalid(f"type.links[{at}]", "needs a name and a template")
        sources[f"type.links[{at}].uri_template"] = link.uri_template
    if len({link.name for link in type_.links}) < len(type_.links):
        raise invalid("type.links", "names a link twice")
    for field, source in sources.items():
        check_template(field, source)
    check_schema(type_.input_schema)
    if type_.sub_category and not type_.category:
        raise invalid("type.sub_category", "needs a category")
    known = CATEGORIES.get(type_.category, (type_.sub_category,))
    if type_.sub_category and type_.sub_category not in known:
        raise invalid("type.sub_category", f"is none of {type_.category}")


def check_template(field: str, source: str) -> None:
    """Refuse a template with a mistake in its syntax."""
    try:
        templates.parse(source)
    except templates.BadTemplate as error:
        raise invalid(field, str(error), "TEMPLATE_SYNTAX") from None


def check_schema(source: str) -> None:
    """Refuse a schema without placeholders that is none."""
    if source and "{{" not in source:
        try:
            schemas.read_schema(source)
        except schemas.BadSchema as error:
            raise invalid("type.input_schema", str(error)) from None


def mask(paths: Sequence[str] | None) -> tuple[str, ...]:
    """The fields that an update replaces; None is no mask."""
    if not paths:
        raise invalid("update_mask", "is required", "FIELD_REQUIRED")
    if "*" in paths:
        if len(paths) > 1:
            raise invalid("update_mask", "* stands alone")
        return WRITABLE
    ignored = ("create_time", "update_time", "name")
    for path in paths:
        if path not in (*WRITABLE, *ignored):
            raise invalid("update_mask", f"unknown path {path!r}")
    return tuple(path for path in paths if path not in ignored)


def merged(book: Book, old: Type, sent: Type, fields: Sequence[str]) -> Type:
    """A type of which some fields are replaced."""
    return replace(old, **{field: getattr(sent, field) for field in fields})


def touched(old: Type, new: Type, at_ns: int) -> Type:
    """A type that was updated; unchanged it stays as it is."""
    return old if new == old else replace(new, update_ns=at_ns)


def task_after(type_: Type, task: Task) -> Task:
    """A task whose type was updated."""
    return task


def details(messages: list[Any]) -> list[Any]:
    """The details of a refusal."""
    return messages


def answers(method: str, answer: bytes) -> bytes:
    """An answer as it goes over the wire."""
    return answer
