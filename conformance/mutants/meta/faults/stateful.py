"""Faults in stateful watches: indices, windows, page tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.change import Changes
from conformance.mutants.meta import following, straight
from conformance.mutants.meta.book import Code, Refuse
from conformance.mutants.meta.faults.chunks import beginning, dressing
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.paging import Cursor
from conformance.mutants.meta.stream import Stream
from conformance.oracles.meta.model import Change, Data, Kind, Message

Items = Sequence[Data]


def differing(change: Callable[[list[Change], Items, Items], list[Change]]) -> Changes:
    """Other changes of a window: `change` gets the right ones, and the window before and after."""

    def differ(stream: Stream, old: Items, new: Items) -> list[Change]:
        return change(following.differ(stream, old, new), old, new)

    return {"differ": differ}


def each(kind: str, change: Callable[[Change], Change]) -> Changes:
    """Change every change of a kind."""
    return differing(lambda found, old, new: [change(c) if c.kind == kind else c for c in found])


def all_at_front(stream: Stream, changes: list[Change]) -> list[Change]:
    """The snapshot has no indices."""
    return [replace(change, view_index=0) for change in changes]


def counts_from_one(found: list[Change], old: Items, new: Items) -> list[Change]:
    """What is added behind the last item is one index too far."""
    return [
        replace(c, view_index=c.view_index + 1)
        if c.kind == "added" and c.view_index == len(new) - 1
        else c
        for c in found
    ]


def stays_in_place(change: Change) -> Change:
    """What moves is told to stay where it was."""
    return replace(change, view_index=change.previous_view_index)


def off_by_one(change: Change) -> Change:
    """What moves down lands one place too far, as if it were still in its old one."""
    further = change.view_index > change.previous_view_index
    return replace(change, view_index=change.view_index + further)


def previous_lost(change: Change) -> Change:
    """The previous index is not told."""
    return replace(change, previous_view_index=0)


def index_after(found: list[Change], old: Items, new: Items) -> list[Change]:
    """The index of what is removed is that of the item behind it."""
    return [
        replace(c, view_index=c.view_index + 1) if c.kind == "removed" and len(old) > 1 else c
        for c in found
    ]


def moves_twice(found: list[Change], old: Items, new: Items) -> list[Change]:
    """An item that stays is said to have been one place further on."""
    return [
        replace(c, previous_view_index=c.previous_view_index + 1)
        if c.kind == "modified" and c.view_index == c.previous_view_index and len(new) > 1
        else c
        for c in found
    ]


def in_no_order(stream: Stream, items: Items) -> list[Data]:
    """The window is cut from the items by name, whatever the order."""
    return following.window(stream, sorted(items, key=lambda data: str(data["name"])))


def from_start(stream: Stream, items: Items) -> list[Data]:
    """The window begins at the first item, whatever the token."""
    return list(items[: stream.query.size or len(items)])


def growing(found: list[Change], old: Items, new: Items) -> list[Change]:
    """What is pushed out of the window stays in it."""
    entered = any(c.kind == "added" for c in found) and len(old) == len(new)
    return [c for c in found if not (entered and c.kind == "removed")]


def tokens_of_first_page(stream: Stream, items: Items) -> tuple[str, str]:
    """The tokens stay what they were."""
    told = stream.told_tokens
    return told if told is not None else following.window_tokens(stream, items)


def next_is_this(stream: Stream, items: Items) -> tuple[str, str]:
    """The next token leads behind the first item of the window."""
    before, after = following.window_tokens(stream, items)
    window = following.window(stream, items)
    if not after or not window:
        return before, after
    query = stream.query
    cursor = Cursor(boundary=window[0])
    return before, stream.policy.seal(stream.book, query.kind, cursor, query.keys)


def illegal_resume(kind: Kind, request: Any, *, stateful: bool) -> None:
    """A resume token of a stateful watch is an internal error, as is a starting time."""
    try:
        straight.reject(kind, request, stateful=stateful)
    except Refuse as refusal:
        if stateful:
            raise Refuse(Code.INTERNAL, str(refusal)) from None
        raise


def resumes(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A stateful watch with a resume token or a starting time gets no snapshot."""
    request = stream.query.request
    if stream.stateful and (request.resume_token or request.HasField("starting_time")):
        stream.window = stream.page()
        return []
    return following.opening(stream, after, dead=dead)


def not_rejected(kind: Kind, request: Any, *, stateful: bool) -> None:
    """Stateful watches may ask for what only stateless ones have."""
    if not stateful:
        straight.reject(kind, request, stateful=stateful)


def with_resume_token(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Stateful watches get resume tokens, too."""
    token = following.resume_token(stream, stream.cursor)
    return [replace(m, resume_token=token) if m.is_current else m for m in messages]


def resets_for_all(stream: Any, fault_: str) -> bool:
    """Stateful watches are reset, too."""
    return fault_ != "send_snapshot_size" or following.suffers(stream, fault_)


def second_silent(stream: Stream, changes: list[Change]) -> list[Change]:
    """Who watched before gets no snapshot again."""
    if not stream.stateful:
        return changes
    seen: set[str] = stream.book.scratch.setdefault("seen", set())
    again = stream.query.digest in seen
    seen.add(stream.query.digest)
    return [] if again else changes


def capped(asked: int) -> int:
    """A window without a size holds three items."""
    return following.window_size(asked) or 3


def no_tokens(stream: Stream, items: Items) -> tuple[str, str]:
    """No page tokens are told."""
    return "", ""


def without_moves(found: list[Change], old: Items, new: Items) -> list[Change]:
    """What moves is not told of."""
    return [c for c in found if c.kind != "modified" or c.previous_view_index == c.view_index]


MUTANTS = (
    fault(
        "index-missing",
        "A stateful snapshot has no indices.",
        beginning(all_at_front),
        "META-WST-001",
    ),
    fault(
        "index-out-of-range",
        "An item is added behind the end.",
        differing(counts_from_one),
        "META-WST-002",
    ),
    fault(
        "move-in-place", "A move keeps its place.", each("modified", stays_in_place), "META-WST-003"
    ),
    fault(
        "index-after-move",
        "The index after a move is one too high.",
        each("modified", off_by_one),
        "META-WST-005",
    ),
    fault(
        "stays-but-moves",
        "An item that stays has two indices.",
        differing(moves_twice),
        "META-WST-004",
    ),
    fault(
        "previous-index-lost",
        "The previous index is 0.",
        each("modified", previous_lost),
        "META-WST-005",
    ),
    fault(
        "removed-index-after",
        "Removed has the index of the next item.",
        differing(index_after),
        "META-WST-006",
    ),
    fault(
        "window-unordered",
        "A stateful view ignores its order.",
        {"window": in_no_order},
        "META-WST-001",
        "META-WST-003",
    ),
    fault(
        "window-from-start",
        "A stateful view ignores its page token.",
        {"window": from_start},
        "META-WST-007",
    ),
    fault(
        "window-grows",
        "A full window does not let go of items.",
        differing(growing),
        "META-WST-008",
    ),
    fault(
        "window-tokens-stale",
        "Page tokens are told once.",
        {"window_tokens": tokens_of_first_page},
        "META-WST-009",
    ),
    fault(
        "window-tokens-wrong",
        "The next token leads into the window.",
        {"window_tokens": next_is_this},
        "META-WST-009",
    ),
    fault(
        "stateful-illegal-internal",
        "Fields that do not belong to a stateful watch crash it.",
        {"reject": illegal_resume},
        "META-WST-010",
        "META-WST-011",
    ),
    fault(
        "stateful-resumes",
        "Stateful watches can be resumed, without a snapshot.",
        {"reject": not_rejected, "opening": resumes},
        "META-WST-010",
        "META-WST-011",
    ),
    fault(
        "stateful-resume-token",
        "Stateful watches get resume tokens.",
        dressing(with_resume_token),
        "META-WST-012",
    ),
    fault(
        "stateful-reset",
        "Stateful watches are reset.",
        {"suffers": resets_for_all},
        "META-WST-013",
        "META-RST-007",
    ),
    fault("stateful-once", "A second snapshot is empty.", beginning(second_silent), "META-WST-014"),
    fault(
        "stateful-capped-silently",
        "A window is capped, without a token.",
        {"window_size": capped, "window_tokens": no_tokens},
        "META-WST-015",
    ),
    fault(
        "moves-lost",
        "Moves are not told.",
        differing(without_moves),
        "META-WST-003",
        "META-WST-005",
    ),
)
