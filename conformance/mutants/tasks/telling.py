"""How a correct endpoint tells of changes: one plain function per decision.

Defaults of hooks in `policy.Policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.mutants.tasks.book import Book, Code, Entry, Item, Refuse, tenant_of
from conformance.oracles.tasks.model import Task

BUFFER = 100_000
"""Events of a tenant that are kept."""

KINDS = {
    "CreateTask": "TaskCreated",
    "ClaimTask": "TaskClaimed",
    "CompleteTask": "TaskCompleted",
    "CreateType": "TypeCreated",
    "UpdateType": "TypeUpdated",
}


def commits(
    book: Book, item: Item, told: Sequence[tuple[str, Item]], alive: Callable[[], bool]
) -> None:
    """Keep an item and tell of it, whether or not its caller is still there."""
    with book.news:
        book.of("tasks" if isinstance(item, Task) else "types")[item.name] = item
        for kind, shown in told:
            book.tell(tenant_of(item.name), kind, shown, item.update_ns or 0)


def tells(method: str, before: Item | None, after: Item) -> Sequence[tuple[str, Item]]:
    """Kinds of the events of a call that succeeded, and what they hold."""
    return [] if before == after else [(KINDS[method], after)]


def begins(book: Book, tenant: str, asked: int) -> int:
    """The first sequence that a feed sends."""
    log = book.log.get(tenant, [])
    oldest = max(1, len(log) - BUFFER + 1)
    if 1 < asked < oldest:
        raise Refuse(Code.OUT_OF_RANGE, f"the oldest event is {oldest}", "OUT_OF_RANGE")
    return max(asked, oldest)


def pending(book: Book, tenant: str, position: int) -> Sequence[Entry]:
    """Events of a tenant from a sequence on."""
    return book.log.get(tenant, [])[position - 1 :]


def sees(entry: Entry, types: Sequence[str]) -> bool:
    """Whether a feed of some types holds an event."""
    return not types or entry.kind in [name.rpartition(".")[2] for name in types]
