"""Legal variants in watches: what they send, and in which messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.meta import following, straight
from conformance.mutants.meta.book import Code, Commit, Refuse
from conformance.mutants.meta.faults.chunks import dressing
from conformance.mutants.meta.making import variant
from conformance.mutants.meta.stream import Single, Stream
from conformance.oracles.meta.model import Change, Data, Kind, Message

Items = Sequence[Data]


def current_first(stream: Single, data: Data) -> list[Change]:
    """The first change of a single watch is Current."""
    return [following.current(stream.show(data))]


def always_current(stream: Single, commit: Commit) -> list[Change]:
    """Updates of a single watch are Current, too."""
    return [
        replace(change, kind="current") if change.kind == "modified" else change
        for change in following.single_follow(stream, commit)
    ]


def waits(stream: Single) -> None:
    """What does not exist is waited for."""


def ends_not_found(stream: Single, change: Change) -> Code | None:
    """After the removal there is nothing to watch."""
    return Code.NOT_FOUND if change.kind == "removed" else None


def empty_closer(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Chunked changesets are closed by a message without changes."""
    if not stream.most or not messages[-1].changes:
        return messages
    opened = Message(changes=messages[-1].changes)
    return [*messages[:-1], opened, replace(messages[-1], changes=())]


def closes_all(stream: Stream, changes: Sequence[Change]) -> bool:
    """Every revision makes a changeset, with changes or without."""
    return True


def refreshed(stream: Stream, message: Message) -> Message:
    """What was not sent yet of a snapshot is shown as it is now."""
    if stream.stateful or stream.query.request.resume_token or stream.book.scratch.get(id_(stream)):
        return message
    if message.is_current:
        stream.book.scratch[id_(stream)] = True
    now = stream.book.objects
    kept = []
    for change in message.changes:
        data = now.get((change.data or {}).get("name", ""))
        if data is not None and stream.covers(data):
            kept.append(following.current(stream.show(data)))
    return replace(message, changes=tuple(kept))


def id_(stream: Stream) -> str:
    """A key of what is remembered for a stream."""
    return f"stream {id(stream)}"


def clamped(asked: int, *, stateful: bool) -> int:
    """Larger chunks than 100 are chunks of 100."""
    return following.chunk(min(asked, following.LARGEST_CHUNK), stateful=stateful)


def added_first(stream: Stream, old: Items, new: Items) -> list[Change]:
    """In a full window the new item comes before the old one goes."""
    found = following.differ(stream, old, new)
    if [change.kind for change in found] != ["removed", "added"]:
        return found
    gone, come = found
    if come.view_index <= gone.view_index:
        return [come, replace(gone, view_index=gone.view_index + 1)]
    return [replace(come, view_index=come.view_index + 1), gone]


def moves_in_two(stream: Stream, old: Items, new: Items) -> list[Change]:
    """A move is a Removed and an Added."""
    found: list[Change] = []
    for change in following.differ(stream, old, new):
        if change.kind == "modified" and change.view_index != change.previous_view_index:
            found.append(following.removed(change.name, change.previous_view_index))
            found.append(replace(change, kind="added", name="", previous_view_index=0))
        else:
            found.append(change)
    return found


def hidden_moves_silent(stream: Stream, old: Items, new: Items) -> list[Change]:
    """A move is told only if something that is shown has changed."""
    before = {data["name"]: data for data in old}
    after = {data["name"]: data for data in new}
    return [
        change
        for change in following.differ(stream, old, new)
        if change.kind != "modified"
        or stream.show(before[change.name]) != stream.show(after[change.name])
    ]


def tokens_on_change(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Page tokens are not in the first message."""
    return [replace(m, page_tokens=None) for m in messages] if first else messages


def tokens_always(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Every closing message repeats the page tokens."""
    if not stream.stateful:
        return messages
    return [*messages[:-1], replace(messages[-1], page_tokens=stream.told_tokens)]


def capped(asked: int) -> int:
    """A window without a size holds six items."""
    return following.window_size(asked) or 6


def coalesced(stream: Stream) -> Sequence[Commit]:
    """Everything that is new is one changeset; a resumed watch reads one by one."""
    if stream.query.request.resume_token:
        return following.commits(stream)
    return stream.book.log[stream.cursor :]


def preconditions(kind: Kind, request: Any, *, stateful: bool) -> None:
    """Fields that do not belong to a type of watch are failed preconditions."""
    try:
        straight.reject(kind, request, stateful=stateful)
    except Refuse as refusal:
        raise Refuse(Code.FAILED_PRECONDITION, str(refusal)) from None


VARIANTS = (
    variant(
        "single-current-first",
        "A single watch knows only Current and Removed.",
        "M17",
        {"single_first": current_first, "single_follow": always_current},
        "META-WS1-001",
        "META-WS1-002",
        "META-WS1-003",
        "META-WS1-004",
        "META-WS1-005",
    ),
    variant(
        "single-waits",
        "A single watch waits for what does not exist.",
        "M17a",
        {"single_absent": waits},
        "META-WS1-006",
    ),
    variant(
        "single-ends",
        "A single watch ends after the removal.",
        "M17b",
        {"single_ends": lambda stream, change: Code.OK if change.kind == "removed" else None},
        "META-WS1-003",
        "META-WS1-008",
    ),
    variant(
        "single-ends-not-found",
        "A single watch ends with NOT_FOUND after the removal.",
        "M17b",
        {"single_ends": ends_not_found},
        "META-WS1-003",
        "META-WS1-008",
    ),
    variant(
        "snapshot-moves-on",
        "A snapshot shows what changes while it is sent.",
        "M23",
        {"sends": refreshed},
        "META-WSL-002",
        "META-WSL-007",
        "META-CHK-003",
        "META-CHK-023",
    ),
    variant(
        "closer-empty",
        "Chunked changesets are closed by an empty message.",
        "M28",
        dressing(empty_closer),
        "META-CHK-002",
        "META-CHK-006",
        "META-CHK-010",
        "META-RSM-004",
        profile="sdk",
    ),
    variant(
        "closer-always",
        "Every revision is closed, with changes or without.",
        "M28",
        {"worth_telling": closes_all},
        "META-CHK-018",
        "META-CHK-022",
        "META-CHK-009",
        "META-RSM-002",
        profile="sdk",
    ),
    variant(
        "chunk-clamped", "Chunks above 100 hold 100.", "M29", {"chunk": clamped}, "META-CHK-007"
    ),
    variant(
        "window-adds-first",
        "In a full window the new item comes first.",
        "M30",
        {"differ": added_first},
        "META-WST-002",
        "META-WST-003",
        "META-WST-006",
        "META-WST-008",
    ),
    variant(
        "page-tokens-on-change",
        "Page tokens come only when they change.",
        "M31",
        dressing(tokens_on_change),
        "META-WST-009",
        "META-CHK-012",
    ),
    variant(
        "page-tokens-always",
        "Page tokens come with every changeset.",
        "M31",
        dressing(tokens_always),
        "META-WST-009",
        "META-CHK-012",
    ),
    variant(
        "moves-in-two",
        "A move is a Removed and an Added.",
        "M37",
        {"differ": moves_in_two},
        "META-WST-002",
        "META-WST-003",
        "META-WST-005",
        "META-WST-016",
    ),
    variant(
        "hidden-moves-silent",
        "A move that the mask hides is not told.",
        "M37",
        {"differ": hidden_moves_silent},
        "META-WST-016",
    ),
    variant(
        "window-capped",
        "A window without a size is capped, with a token.",
        "M45",
        {"window_size": capped},
        "META-WST-015",
        "META-CHK-009",
    ),
    variant(
        "coalescing",
        "Everything that is new is one changeset.",
        "META-CHK-023",
        {"commits": coalesced},
        "META-CHK-010",
        "META-CHK-021",
        "META-CHK-023",
        "META-WST-003",
        "META-RSM-003",
        profile="sdk",
    ),
    variant(
        "illegal-is-precondition",
        "Fields of the other type of watch are failed preconditions.",
        "META-WSL-003",
        {"reject": preconditions},
        "META-WSL-003",
        "META-WST-010",
        "META-WST-011",
        "META-RSM-010",
    ),
    variant(
        "watch-leisurely",
        "Changes come half a second late.",
        "META-CHK-026",
        {"delay_s": lambda stream: 0.5},
        "META-CHK-018",
        "META-CHK-026",
        "META-WST-003",
        profile="sdk",
    ),
)
