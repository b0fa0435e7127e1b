"""Faults in services, credentials, names and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.mutants.tasks import listing, straight, wire
from conformance.mutants.tasks.book import Book, Code, Refuse, absent
from conformance.mutants.tasks.making import fault, recoded, silent


def unguarded_reads(book: Book, metadata: Mapping[str, str]) -> str | None:
    """Whoever has no credentials is the first tenant."""
    if "authorization" not in metadata:
        return book.tenants[0]
    return straight.authenticates(book, metadata)


def hides(caller: str | None, name: str) -> None:
    """Things of other tenants do not exist."""
    try:
        straight.authorizes(caller, name)
    except Refuse:
        raise absent(name) from None


def reading_touches(book: Book, collection: Any, name: str) -> Any:
    """Whoever looks at a task changes its update time."""
    found = straight.find(book, collection, name)
    if collection == "tasks" and name in book.tasks:
        found = replace(found, update_ns=book.now_ns())
        book.tasks[name] = found
    return found


def late(book: Book, collection: Any, name: str) -> Any:
    """The first look at something is too early."""
    seen: set[str] = book.scratch.setdefault("seen", set())
    if name not in seen:
        seen.add(name)
        raise absent(name)
    return straight.find(book, collection, name)


def strict(method: str, request: Any) -> None:
    """Unknown fields are refused."""
    known = type(request)()
    known.CopyFrom(request)
    known.DiscardUnknownFields()
    if known.ByteSize() != request.ByteSize():
        raise Refuse(Code.INVALID_ARGUMENT, "unknown field", "FIELD_UNKNOWN")


def any_token(book: Book, metadata: Mapping[str, str]) -> str | None:
    """Whoever sends a token that nobody knows is the first tenant."""
    try:
        return straight.authenticates(book, metadata)
    except Refuse:
        if "authorization" not in metadata:
            raise
        return book.tenants[0]


def token_beginnings(book: Book, metadata: Mapping[str, str]) -> str | None:
    """A token is known by its first half."""
    sent = metadata.get("authorization", "").removeprefix("Bearer ")
    for token, tenant in (book.tokens or {}).items():
        if sent.startswith(token[: len(token) // 2]):
            return tenant
    return straight.authenticates(book, metadata)


def content_first(method: str, request: Any) -> None:
    """Filters are read before credentials are looked at."""
    if method.startswith("List"):
        listing.read_filter("tasks" if method == "ListTasks" else "types", request.filter)


def forgetful(method: str, answer: bytes) -> bytes:
    """Get leaves annotations out."""
    if method != "GetTask":
        return answer
    task = wire.new("Task")
    task.ParseFromString(answer)
    task.ClearField("annotations")
    shown: bytes = task.SerializeToString()
    return shown


def any_name(collection: Any, name: str, field: str = "name") -> None:
    """Names are not looked at."""


def leaking(book: Book, collection: Any, name: str) -> Any:
    """What is absent is told with a stack trace."""
    try:
        return straight.find(book, collection, name)
    except Refuse as refusal:
        text = f'Traceback (most recent call last):\n  File "tasks.py", line 7\n{refusal}'
        raise Refuse(refusal.code, text, refusal.reason, resource=name) from None


def twice(messages: list[Any]) -> list[Any]:
    """Every detail comes twice."""
    return messages * 2


def without_fields(messages: list[Any]) -> list[Any]:
    """No refusal names a field."""
    return [m for m in messages if m.DESCRIPTOR.name != "BadRequest"]


def strange_fields(messages: list[Any]) -> list[Any]:
    """Refusals name fields that no request has."""
    for message in messages:
        if message.DESCRIPTOR.name == "BadRequest":
            message.field_violations[0].field = "$.body"
    return messages


MUTANTS = (
    fault(
        "method-missing",
        "There is no UpdateType.",
        {"serves": lambda service, method: method != "UpdateType"},
        "SVC-001",
    ),
    fault(
        "credentials-optional",
        "Whoever sends no credentials is let in.",
        {"authenticates": unguarded_reads},
        "AUT-001",
        auth=True,
    ),
    fault(
        "credentials-any",
        "Any token is let in.",
        {"authenticates": any_token},
        "ERR-001",
        auth=True,
    ),
    fault(
        "credentials-half",
        "Half of a token is enough.",
        {"authenticates": token_beginnings},
        "ERR-001",
        auth=True,
    ),
    fault(
        "credentials-denied",
        "Whoever has no credentials is PERMISSION_DENIED.",
        {"authenticates": recoded(straight.authenticates, Code.PERMISSION_DENIED)},
        "AUT-001",
        "AUT-003",
        auth=True,
    ),
    fault(
        "method-streams",
        "ListTypes streams its answers.",
        {"streamed": lambda method: method == "ListTypes"},
        "SVC-004",
    ),
    fault(
        "content-first",
        "A bad filter is told before bad credentials.",
        {"admits": content_first},
        "AUT-003",
        auth=True,
    ),
    fault("fields-strict", "Unknown fields are refused.", {"admits": strict}, "SVC-003"),
    fault("get-forgets", "Get leaves annotations out.", {"answers": forgetful}, "GET-001"),
    fault(
        "tenants-open",
        "Tenants see each other.",
        {"authorizes": lambda caller, name: None},
        "AUT-002",
        auth=True,
    ),
    fault(
        "tenants-hidden",
        "Things of other tenants are NOT_FOUND.",
        {"authorizes": hides},
        "AUT-002",
        auth=True,
    ),
    fault("get-touches", "Looking at a task updates it.", {"find": reading_touches}, "GET-005"),
    fault("get-late", "What is new is not found at first.", {"find": late}, "GET-006"),
    fault(
        "get-absent-internal",
        "What does not exist is an internal error.",
        {"find": recoded(straight.find, Code.INTERNAL)},
        "GET-002",
        "ERR-001",
    ),
    fault("names-unchecked", "Malformed names are NOT_FOUND.", {"check_name": any_name}, "GET-004"),
    fault(
        "name-required-not",
        "A missing name is NOT_FOUND.",
        {"check_name": recoded(straight.check_name, Code.NOT_FOUND)},
        "GET-003",
    ),
    fault(
        "claim-absent-invalid",
        "What does not exist is INVALID_ARGUMENT.",
        {"find": recoded(straight.find, Code.INVALID_ARGUMENT)},
        "CLM-004",
        "GET-002",
    ),
    fault("details-leak", "A refusal shows a stack trace.", {"find": leaking}, "ERR-004"),
    fault("details-twice", "Every detail comes twice.", {"details": twice}, "ERR-003"),
    fault("details-absent", "No refusal has details.", {"details": lambda m: []}, "ERR-003"),
    fault("details-no-fields", "No refusal names a field.", {"details": without_fields}, "ERR-002"),
    fault(
        "details-strange-fields",
        "Refusals name what is no field.",
        {"details": strange_fields},
        "ERR-002",
    ),
    fault(
        "filter-unknown-status",
        "A malformed filter is UNKNOWN.",
        {"read_filter": recoded(listing.read_filter, Code.UNKNOWN)},
        "FLT-011",
        "ERR-001",
    ),
    fault(
        "parent-unchecked",
        "A missing parent is nobody's.",
        {"check_parent": silent(straight.check_parent)},
        "CRT-004",
        "LST-015",
    ),
)
