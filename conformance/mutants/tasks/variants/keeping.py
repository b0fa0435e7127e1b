"""Legal variants of updates, of the feed, and of what refusals say."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from google.rpc import error_details_pb2

from conformance.mutants.change import Variant
from conformance.mutants.tasks import straight, telling
from conformance.mutants.tasks.book import (
    Book,
    Code,
    Entry,
    Item,
    Refuse,
    tenant_of,
)
from conformance.mutants.tasks.making import RACE_S, variant
from conformance.oracles.tasks.model import Task, Type


def always_touched(old: Type, new: Type, at_ns: int) -> Type:
    """Every update moves the update time."""
    return replace(new, update_ns=at_ns)


def mask_optional(paths: Sequence[str] | None) -> tuple[str, ...]:
    """Spaces around paths do not matter, and a path may stand twice."""
    known = paths and list(dict.fromkeys(path.strip() for path in paths))
    return straight.mask(known)


def twice_sent(book: Book, tenant: str, position: int) -> Sequence[Entry]:
    """Each event is delivered twice, under its number."""
    return [e for entry in telling.pending(book, tenant, position) for e in (entry, entry)]


def spread(book: Book, tenant: str, position: int) -> Sequence[Entry]:
    """Numbers of events have gaps."""
    entries = telling.pending(book, tenant, 1)
    return [replace(e, sequence=10 * e.sequence) for e in entries if 10 * e.sequence >= position]


def spread_begins(book: Book, tenant: str, asked: int) -> int:
    """A feed begins at a number that there may not be."""
    return max(asked, 1)


def given_up(
    book: Book, item: Item, told: Sequence[tuple[str, Item]], alive: Callable[[], bool]
) -> None:
    """A creation whose caller leaves is given up."""
    if isinstance(item, Task) and item.state == "NEW":
        time.sleep(RACE_S)
        if not alive():
            return
    telling.commits(book, item, told, alive)


def camel_fields(messages: list[Any]) -> list[Any]:
    """Fields are named as JSON has them, and there is a text for people."""
    kinds: Any = error_details_pb2
    for message in messages:
        if message.DESCRIPTOR.name == "BadRequest":
            for violation in message.field_violations:
                violation.field = re.sub(r"_([a-z])", lambda m: m[1].upper(), violation.field)
    return [kinds.LocalizedMessage(locale="en", message="That was wrong."), *messages]


def hidden_tenant(caller: str | None, name: str) -> None:
    """Who speaks for nobody is not told which tenants there are."""
    if caller is None and tenant_of(name) not in ("t1", "t2"):
        raise Refuse(Code.PERMISSION_DENIED, "not your tenant", "TENANT_FORBIDDEN")
    straight.authorizes(caller, name)


VARIANTS: tuple[Variant, ...] = (
    variant("update-always-timed", "Every update moves the time.", "TSK-UPD-009",
            {"touched": always_touched}, "UPD-006", "UPD-009", "EVT-002"),
    variant("mask-tidied", "Masks are tidied.", "TSK-UPD-005", {"mask": mask_optional},
            "UPD-001", "UPD-005"),
    variant("event-delivered-twice", "Events are delivered twice.", "gridproof.events.v1",
            {"pending": twice_sent}, "EVT-001", "EVT-004", "EVT-006", "ERR-005"),
    variant("event-numbers-spread", "Numbers of events have gaps.", "gridproof.events.v1",
            {"pending": spread, "begins": spread_begins}, "EVT-004", "EVT-006"),
    variant("create-given-up", "A creation cut short is given up.", "TSK-ERR-005",
            {"commits": given_up}, "ERR-005"),
    variant("details-camel", "Fields are named as JSON has them.", "AIP-193",
            {"details": camel_fields}, "ERR-002", "ERR-003"),
    variant("tenant-hidden", "Unknown tenants are PERMISSION_DENIED.", "TSK-LST-015",
            {"authorizes": hidden_tenant}, "LST-015", "ERR-001"),
)  # fmt: skip
