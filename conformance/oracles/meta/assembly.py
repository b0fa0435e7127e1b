"""What the assemblers of a watch have in common: phases, the watch asked for, rules and findings.

An assembler takes the messages of one stream after the other and keeps what a client would hold.
`stateless` and `stateful` judge strictly, `tolerant` goes on after violations, and `go_client`
acts as the published client does. All follow seed 003, WatchRegionsResponse and its siblings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from conformance.oracles.meta.model import Data, Message
from conformance.oracles.model import Violation

Phase = Literal["snapshot", "live", "delta"]
"""`snapshot`: the first or a new snapshot is being sent; `delta`: resumed, nothing closed yet."""

DEFAULT_CHUNK = 100
"""The largest chunk size that may be asked for, and the default of stateless watches."""

RULES: Mapping[str, str] = {
    "flags": "META-CHK-013",
    "chunk": "META-CHK-001",
    "chunk_default": "META-CHK-008",
    "not_current": "META-CHK-009",
    "token_early": "META-CHK-012",
    "pages_early": "META-CHK-012",
    "token_stateful": "META-WST-012",
    "pages_stateless": "META-WSL-004",
    "no_token": "META-RSM-001",
    "no_token_reset": "META-RST-004",
    "no_kind": "META-CHK-016",
    "name": "META-CHK-015",
    "snapshot_kind": "META-CHK-004",
    "snapshot_twice": "META-CHK-005",
    "snapshot_removed": "META-WSL-002",
    "reset_kind": "META-RST-004",
    "kind_stateless": "META-WSL-001",
    "kind_stateful": "META-WST-013",
    "reset_stateful": "META-RST-007",
    "changes_in_control": "META-CHK-014",
    "size_unset": "META-CHK-011",
    "size_early": "META-SZ-002",
    "size_wrong": "META-SZ-001",
    "index_unset": "META-WSL-005",
    "index_added": "META-WST-002",
    "index_removed": "META-WST-006",
    "index_modified": "META-WST-005",
    "added_twice": "META-WST-002",
    "window": "META-WST-008",
}
"""Which requirement each code of an assembler breaks.

`size_unset` is a size of 0 where nothing speaks for a size check: with changes, with is_current or
with a reset.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a watch was asked for, as far as its messages can be judged by it.

    Attributes:
        stateful: the type.
        chunk: max_chunk_size, 0 for none.
        page: page_size of a stateful watch, 0 for none.
        resumed: a resume token or a starting time was sent.
        empty_size: whether a bare message of size 0 counts as a size check (it is one by profile
            sdk; by profile doc it may be an unset field).
    """

    stateful: bool = False
    chunk: int = 0
    page: int = 0
    resumed: bool = False
    empty_size: bool = True

    @property
    def most(self) -> int | None:
        """The most changes in a message; None without a bound."""
        if self.chunk > 0:
            return self.chunk
        return None if self.stateful else DEFAULT_CHUNK


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """What a client holds after a changeset was closed: items in order, the token, the time."""

    items: tuple[Data, ...]
    token: str = ""
    at_us: int = 0

    @property
    def by_name(self) -> dict[str, Data]:
        """The items by their names."""
        return {item["name"]: item for item in self.items}


@dataclass(kw_only=True)
class Findings:
    """Violations in the order found, each with the number of its message, counted from 1."""

    found: list[Violation] = field(default_factory=list)
    messages: int = 0

    def add(self, code: str, text: str) -> None:
        """Note a violation in the current message."""
        assert code in RULES, code
        self.found.append(Violation(code=code, text=f"message {self.messages}: {text}"))


def is_size_check(message: Message) -> bool:
    """Whether a message is meant as a size check rather than one that forgot to set -1."""
    if message.snapshot_size < 0 or message.is_current:
        return False
    return message.snapshot_size > 0 or not (message.changes or _markers(message))


def _markers(message: Message) -> list[str]:
    named = {
        "is_current": message.is_current,
        "soft reset": message.soft_reset,
        "hard reset": message.hard_reset,
    }
    return [name for name, is_set in named.items() if is_set]


def judge_shape(message: Message, asked: Asked) -> Iterator[tuple[str, str]]:
    """What is wrong with a message whatever came before: pairs of code and text."""
    markers = _markers(message)
    size = message.snapshot_size
    if size > 0:
        markers.append(f"size {size}")
    elif size == 0 and (asked.stateful or not is_size_check(message)):
        yield "size_unset", "the snapshot size is 0 on a message that is no size check"
    if len(markers) > 1:
        yield "flags", f"{' and '.join(markers)} at once"
    if asked.most is not None and len(message.changes) > asked.most:
        code = "chunk" if asked.chunk else "chunk_default"
        yield code, f"{len(message.changes)} changes, at most {asked.most} fit"
    if asked.stateful:
        yield from _stateful_shape(message, asked)
    elif message.page_tokens is not None:
        yield "pages_stateless", f"page tokens {message.page_tokens}"
    if not message.is_current:
        if message.resume_token:
            yield "token_early", "a resume token without is_current"
        if message.page_tokens is not None:
            yield "pages_early", "page tokens without is_current"
    is_control = message.soft_reset or message.hard_reset or is_size_check(message)
    if is_control and message.changes:
        yield "changes_in_control", f"{len(message.changes)} changes in a reset or size check"
    for change in message.changes:
        if change.kind == "none":
            yield "no_kind", "a change without a kind"
        elif change.kind != "removed" and (
            not change.object_name or change.object_name != change.name
        ):
            yield "name", f"{change.kind} {change.name!r} holds the name {change.object_name!r}"


def _stateful_shape(message: Message, asked: Asked) -> Iterator[tuple[str, str]]:
    if message.resume_token:
        yield "token_stateful", "a resume token in a stateful watch"
    if message.soft_reset or message.hard_reset:
        yield "reset_stateful", "a reset in a stateful watch"
    if any(change.kind == "current" for change in message.changes):
        yield "kind_stateful", "Current in a stateful watch"
    if message.snapshot_size > 0:
        yield "size_early", "a size check in a stateful watch"
    if not asked.chunk and message.changes and not message.is_current:
        yield "not_current", "no is_current, though nothing is chunked"
