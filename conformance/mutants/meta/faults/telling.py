"""Faults in what collection watches are told of a change, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.mutants.change import Changes
from conformance.mutants.meta import following, straight
from conformance.mutants.meta.book import Book, Commit, Refuse
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.stream import Stream
from conformance.oracles.meta.model import Change, Data, Kind

SLOW_S = 12.0
"""Later than any bound on latency that a target would declare."""


def telling(change: Callable[[Stream, Commit, list[Change]], list[Change]]) -> Changes:
    """Other increments, made from the right ones."""
    return {
        "follow": lambda stream, commit: change(stream, commit, following.follow(stream, commit))
    }


def subject(change: Change) -> str:
    """The name of what changed."""
    return change.name or str((change.data or {}).get("name", ""))


def hidden_told(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """Modifications are told although nothing that is shown has changed."""
    told = {subject(change) for change in changes}
    hidden = []
    for name, (before, after) in commit.changes.items():
        if before is None or after is None or name in told:
            continue
        if stream.covers(before) and stream.covers(after):
            shown = stream.show(after)
            if stream.stateful:
                names = [d["name"] for d in stream.window]
                if name in names:
                    at = names.index(name)
                    hidden.append(following.modified(name, shown, at, at))
            else:
                hidden.append(following.current(shown))
    return changes + hidden


def entering_lost(stream: Stream, before: Data | None, after: Data | None) -> Change | None:
    """An item that begins to match the filter is not told of."""
    change = following.decide(stream, before, after)
    entered = before is not None and not stream.covers(before)
    return None if change and change.kind == "current" and entered else change


def leaving_lost(stream: Stream, before: Data | None, after: Data | None) -> Change | None:
    """An item that ceases to match the filter is not removed."""
    change = following.decide(stream, before, after)
    return None if change and change.kind == "removed" and after is not None else change


def deletion_lost(stream: Stream, before: Data | None, after: Data | None) -> Change | None:
    """A deletion is not told of."""
    return None if after is None else following.decide(stream, before, after)


def removed_twice(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """A removal is told twice."""
    return changes + [c for c in changes if c.kind == "removed" and not stream.stateful]


def filter_forgotten(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """After the snapshot the filter is forgotten."""
    told = {subject(change) for change in changes}
    others = [
        following.current(stream.show(after))
        for name, (_, after) in commit.changes.items()
        if after is not None and name not in told and _same_collection(stream, name)
    ]
    return changes if stream.stateful else changes + others


def _same_collection(stream: Stream, name: str) -> bool:
    return name.split("/")[-2] == stream.query.kind.plural


def hidden_filter(stream: Stream, before: Data | None, after: Data | None) -> Change | None:
    """Entering and leaving are told only if something shown has changed."""
    change = following.decide(stream, before, after)
    if before is None or after is None:
        return change
    return None if stream.show(before) == stream.show(after) else change


def every_seventh_lost(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """Each seventh revision is overlooked."""
    return [] if commit.revision % 7 == 0 and not stream.stateful else changes


def first_watch_only(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """Only the watch that was opened first hears of changes."""
    others = [s for s in stream.book.streams if isinstance(s, Stream)]
    return changes if not others or others[0] is stream else []


def waits_for_readers(stream: Stream) -> Sequence[Commit]:
    """Nobody goes on while one stream is not read."""
    unread = any(s.unread for s in stream.book.streams if s is not stream)
    return () if unread else following.commits(stream)


def half_batches(stream: Stream, commit: Commit, changes: list[Change]) -> list[Change]:
    """Of a batch only the first half is told."""
    return changes[: (len(changes) + 1) // 2] if len(changes) > 2 else changes


def empty_instead(kind: Kind, text: str) -> Any:
    """A filter that cannot be read matches nothing."""
    try:
        return straight.read_filter(kind, text)
    except Refuse:
        return lambda data: False


def everywhere(book: Book, kind: Kind, parent: str, name: str) -> bool:
    """A watch hears of all parents."""
    return True


def stateless_by_default(request: Any) -> bool:
    """A watch without a type is stateless: the two numbers are exchanged."""
    return int(request.type) == 1


MUTANTS = (
    fault(
        "hidden-change-told", "Masked-out changes are sent.", telling(hidden_told), "META-CHK-018"
    ),
    fault(
        "entering-lost",
        "Entering the filter is not told.",
        {"decide": entering_lost},
        "META-CHK-019",
    ),
    fault(
        "leaving-lost", "Leaving the filter is not told.", {"decide": leaving_lost}, "META-CHK-020"
    ),
    fault(
        "deletion-lost",
        "A deletion is not told.",
        {"decide": deletion_lost},
        "META-CHK-021",
        "META-CHK-023",
    ),
    fault("deletion-twice", "A removal is told twice.", telling(removed_twice), "META-CHK-021"),
    fault(
        "filter-forgotten",
        "Increments are not filtered.",
        telling(filter_forgotten),
        "META-CHK-022",
    ),
    fault(
        "revision-overlooked",
        "Each seventh revision is lost.",
        telling(every_seventh_lost),
        "META-CHK-023",
    ),
    fault(
        "first-watch-only", "Only the first watch hears.", telling(first_watch_only), "META-CHK-024"
    ),
    fault(
        "reader-stalls-all",
        "A stalled reader stalls all.",
        {"commits": waits_for_readers},
        "META-CHK-025",
    ),
    fault(
        "watch-slow",
        "Changes come twelve seconds late.",
        {"delay_s": lambda stream: SLOW_S},
        "META-CHK-026",
    ),
    fault(
        "bad-filter-empty",
        "A bad filter matches nothing.",
        {"read_filter": empty_instead},
        "META-CHK-027",
        "META-FLT-018",
    ),
    fault(
        "types-exchanged",
        "The types of watches are exchanged.",
        {"stateful": stateless_by_default},
        "META-CHK-028",
        "META-CHK-004",
    ),
    fault(
        "hidden-filter-lost",
        "Entering through a hidden field is not told.",
        {"decide": hidden_filter},
        "META-CHK-029",
    ),
    fault(
        "batch-halved",
        "Half of a batch is lost.",
        telling(half_batches),
        "META-CHK-010",
        "META-CHK-023",
    ),
    fault(
        "watch-ignores-parent",
        "A watch hears of all parents.",
        {"watches": everywhere},
        "META-CHK-003",
    ),
)
