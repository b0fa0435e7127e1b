"""Tasks endpoints that let callers in, refuse and tell in another way, and are right."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from google.rpc import error_details_pb2

from conformance.mutants.change import Variant
from conformance.mutants.tasks import straight, telling
from conformance.mutants.tasks.book import Book, Code, Entry
from conformance.mutants.tasks.making import recoded, variant
from conformance.oracles.tasks.model import Task

LATE_NS = 300_000_000
"""How long an event is on its way."""


def from_new(task: Task, at_ns: int) -> Task:
    """A task may be completed that nobody claimed."""
    state: Any = "IN_PROGRESS" if task.state == "NEW" else task.state
    return straight.completed(replace(task, state=state), at_ns)


def hex_id(book: Book) -> str:
    """An id of digits and letters."""
    return uuid.uuid4().hex[:20]


def scheme_ignored(book: Book, metadata: Mapping[str, str]) -> str | None:
    """The case of the scheme does not matter."""
    given = metadata.get("authorization", "")
    return straight.authenticates(book, {"authorization": re.sub("(?i)bearer", "Bearer", given)})


def more_details(messages: list[Any]) -> list[Any]:
    """Refusals have details of further kinds."""
    kinds: Any = error_details_pb2
    help_ = kinds.Help()
    help_.links.add(description="all errors", url="https://docs.example.test/errors")
    return [kinds.LocalizedMessage(locale="de", message="Das geht nicht."), *messages, help_]


def first_only(messages: list[Any]) -> list[Any]:
    """Refusals name the first thing that is wrong."""
    for message in messages:
        if message.DESCRIPTOR.name == "BadRequest":
            del message.field_violations[1:]
    return messages


def late(book: Book, tenant: str, position: int) -> Sequence[Entry]:
    """Events take a while."""
    before_ns = time.time_ns() - LATE_NS
    return [e for e in telling.pending(book, tenant, position) if e.at_ns < before_ns]


VARIANTS: tuple[Variant, ...] = (
    variant("straight", "The naive endpoint as it is, asking for tokens.", "none", {},
            "GET-001", "LST-006", "FLT-005", "UPD-001", "TPL-005", "EVT-001", auth=True),
    variant("scheme-ignored", "The scheme has any case.", "authentication",
            {"authenticates": scheme_ignored}, "AUT-001", auth=True),
    variant("tenant-unknown-denied", "An unknown tenant is PERMISSION_DENIED.", "TSK-CRT-016",
            {"tenant_exists": recoded(straight.tenant_exists, Code.PERMISSION_DENIED)},
            "CRT-016", "TYP-001", "LST-015"),
    variant("from-new", "A new task may be completed.", "TSK-CMP-004", {"completed": from_new},
            "STA-001", "CMP-003"),
    variant("hex-ids", "Ids made by the server are hexadecimal.", "TSK-CRT-002",
            {"make_id": hex_id}, "CRT-002"),
    variant("type-unknown-invalid", "An unknown type is INVALID_ARGUMENT.", "TSK-CRT-010",
            {"type_for": recoded(straight.type_for, Code.INVALID_ARGUMENT)}, "CRT-010"),
    variant("type-unknown-precondition", "An unknown type is FAILED_PRECONDITION.", "TSK-CRT-010",
            {"type_for": recoded(straight.type_for, Code.FAILED_PRECONDITION,
                                 of=Code.NOT_FOUND)}, "CRT-010"),
    variant("details-more", "Refusals have further details.", "AIP-193",
            {"details": more_details}, "ERR-003", "ERR-002"),
    variant("details-first", "Refusals name the first fault only.", "AIP-193",
            {"details": first_only}, "CMP-009", "ERR-002"),
    variant("events-late", "Events take a while.", "TSK-EVT-001", {"pending": late},
            "EVT-001", "EVT-004", "EVT-006", "GET-005", "CMP-015"),
)  # fmt: skip
