"""Faults in what stateless watches are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.mutants.meta import following, straight
from conformance.mutants.meta.book import Commit
from conformance.mutants.meta.faults.chunks import beginning, dressing
from conformance.mutants.meta.faults.telling import telling
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.stream import Stream
from conformance.oracles.meta.model import Change, Data, Kind, Message


def increments_added(stream: Stream, before: Data | None, after: Data | None) -> Change | None:
    """What is new comes as Added."""
    change = following.decide(stream, before, after)
    new = change is not None and change.kind == "current" and before is None
    return replace(change, kind="added") if change and new else change


def removed_at_once(stream: Stream, message: Message) -> Message:
    """What is deleted while the snapshot is sent is removed before it is complete."""
    told: set[str] = stream.book.scratch.setdefault(f"told {id(stream)}", set())
    if stream.stateful or stream.synced:
        return message
    for commit in stream.book.log[stream.cursor :]:
        for name, (before, after) in commit.changes.items():
            if after is None and before and stream.covers(before) and name not in told:
                told.add(name)
                stream.outbox.appendleft(Message(changes=(following.removed(name),)))
    return message


def not_rejected(kind: Kind, request: Any, *, stateful: bool) -> None:
    """Stateless watches may ask for a page."""
    if stateful:
        straight.reject(kind, request, stateful=stateful)


def page_only(stream: Stream, changes: list[Change]) -> list[Change]:
    """A page size cuts the snapshot of a stateless watch."""
    size = stream.query.size
    return changes if stream.stateful or not size else changes[:size]


def with_page_tokens(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Page tokens come with stateless watches, too."""
    if stream.stateful:
        return messages
    return [*messages[:-1], replace(messages[-1], page_tokens=("", "r.e.O.1"))]


def with_indices(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """Removed has an index."""
    return changes if stream.stateful else [replace(c, view_index=1) for c in changes]


def capped(stream: Stream, changes: list[Change]) -> list[Change]:
    """A stateless snapshot ends after five items."""
    return changes if stream.stateful else changes[:5]


def skips_snapshot_time(stream: Stream, message: Message) -> Message:
    """What is committed while the snapshot is sent is not told."""
    if message.is_current and not stream.book.scratch.get(f"first {id(stream)}"):
        stream.book.scratch[f"first {id(stream)}"] = True
        if not stream.stateful and not stream.query.request.resume_token:
            stream.cursor = stream.book.revision
    return message


def repeats_snapshot(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """The first increment repeats an item that the snapshot holds, as if it were gone."""
    if stream.stateful or stream.book.scratch.get(f"first {id(stream)}"):
        return changes
    stream.book.scratch[f"first {id(stream)}"] = True
    inside = [d["name"] for d in stream.inside() if d["name"] not in commit.changes]
    return [following.removed(inside[0]), *changes] if inside else changes


MUTANTS = (
    fault(
        "stateless-added",
        "What is new to a stateless watch is Added.",
        {"decide": increments_added},
        "META-WSL-001",
    ),
    fault(
        "snapshot-removes",
        "Deletions are told before the snapshot is complete.",
        {"sends": removed_at_once},
        "META-WSL-002",
    ),
    fault(
        "stateless-page-honoured",
        "A stateless watch shows just a page.",
        {"reject": not_rejected, **beginning(page_only)},
        "META-WSL-003",
    ),
    fault(
        "stateless-page-tokens",
        "A stateless watch gets page tokens.",
        dressing(with_page_tokens),
        "META-WSL-004",
    ),
    fault("stateless-indices", "Indices are set.", telling(with_indices), "META-WSL-005"),
    fault(
        "stateless-capped",
        "A stateless snapshot ends after five items.",
        beginning(capped),
        "META-WSL-006",
        "META-CHK-003",
    ),
    fault(
        "snapshot-time-lost",
        "What happens while the snapshot is sent is lost.",
        {"sends": skips_snapshot_time},
        "META-WSL-007",
    ),
    fault(
        "increment-removes-other",
        "The first increment removes an item that did not change.",
        telling(repeats_snapshot),
        "META-CHK-023",
    ),
)
