"""Faults in how collection watches of either type are sent: chunks, changesets, markers, names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.mutants.change import Changes
from conformance.mutants.meta import following
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.stream import Stream
from conformance.oracles.meta.model import Change, ChangeKind, Message

Chunks = Sequence[Sequence[Change]]


Changing = Callable[[Stream, list[Change]], list[Change]]


def dressing(change: Callable[[Stream, list[Message], bool], list[Message]]) -> Changes:
    """Changesets with another finish: `change` gets the right messages, and if they are first."""

    def dressed(stream: Stream, chunks: Chunks, first: bool) -> list[Message]:
        return change(stream, following.dressed(stream, chunks, first), first)

    return {"dressed": dressed}


def beginning(change: Changing) -> Changes:
    """Another snapshot, made from the right one."""
    return {"snapshot": lambda stream: change(stream, following.snapshot(stream))}


def never_current(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """The first changeset is not closed."""
    return [replace(m, is_current=False, resume_token="") for m in messages] if first else messages


def empty_silent(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """An empty snapshot is not sent."""
    return messages if messages[-1].changes or not first else []


def current_early(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """The last but one message closes the changeset already."""
    if len(messages) < 2:
        return messages
    early = replace(
        messages[-2], is_current=True, resume_token=messages[-1].resume_token, page_tokens=None
    )
    return [*messages[:-2], early, replace(messages[-1], is_current=False, resume_token="")]


def current_late(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Only the first message of the next changeset closes one."""
    open_end = replace(messages[-1], is_current=False, resume_token="", page_tokens=None)
    return [*messages[:-1], open_end] if first else messages


def last_lost(stream: Stream, changes: list[Change]) -> list[Change]:
    """The last of several items is not in the snapshot."""
    return changes[:-1] if len(changes) > 1 else changes


def mixed_kinds(stream: Stream, changes: list[Change]) -> list[Change]:
    """The last item comes as the other kind."""
    other: ChangeKind = "current" if stream.stateful else "added"
    return [*changes[:-1], *(replace(c, kind=other) for c in changes[-1:])]


def twice(stream: Stream, changes: list[Change]) -> list[Change]:
    """The first item comes once more at the end of the snapshot."""
    again = [replace(c, view_index=len(changes) * stream.stateful) for c in changes[:1]]
    return changes + again


def one_each(changes: Sequence[Change], most: int) -> list[Sequence[Change]]:
    """A message more than needed: each chunk but the first is cut in two."""
    return following.chunks(changes, max(1, most // 2) if most else 0)


def one_too_many(changes: Sequence[Change], most: int) -> list[Sequence[Change]]:
    """A chunk holds one change too many."""
    return following.chunks(changes, most + 1 if most else 0)


def any_chunk(asked: int, *, stateful: bool) -> int:
    """Every chunk size is taken as it is."""
    return asked if asked > 0 else following.chunk(0, stateful=stateful)


def unlimited(asked: int, *, stateful: bool) -> int:
    """Without a chunk size nothing is cut."""
    return following.chunk(asked, stateful=True)


def always_chunked(asked: int, *, stateful: bool) -> int:
    """Stateful watches are cut, too, without a chunk size."""
    return following.chunk(asked or (5 if stateful else 0), stateful=stateful)


def increments_whole() -> Changes:
    """Only snapshots are cut."""

    def dressed(stream: Stream, chunks: Chunks, first: bool) -> list[Message]:
        whole = chunks if first else [[change for chunk in chunks for change in chunk]]
        return following.dressed(stream, whole, first)

    return {"dressed": dressed}


def size_zero(stream: Stream, message: Message) -> Message:
    """The snapshot size is left at its default."""
    return replace(message, snapshot_size=max(0, message.snapshot_size))


def tokens_everywhere(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Every message of a changeset holds its token."""
    last = messages[-1]
    return [
        replace(m, resume_token=last.resume_token, page_tokens=last.page_tokens) for m in messages
    ]


def tokens_first(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """Page tokens come with the first message of a changeset instead of the last."""
    moved = [replace(messages[0], page_tokens=messages[-1].page_tokens), *messages[1:]]
    return [*moved[:-1], replace(moved[-1], page_tokens=None)] if len(moved) > 1 else moved


def reset_is_current(stream: Stream, message: Message) -> Message:
    """A reset is a current message, too."""
    reset = message.soft_reset or message.hard_reset
    return replace(message, is_current=True) if reset else message


def reset_carries(stream: Stream) -> list[Message]:
    """A hard reset comes with the first changes of the new snapshot."""
    reset, first, *rest = following.hard_reset(stream)
    joined = replace(reset, changes=first.changes[:1])
    return [joined, replace(first, changes=first.changes[1:]), *rest]


def size_carries(stream: Stream, message: Message) -> Message:
    """A size message repeats an item."""
    items = stream.inside()
    if message.snapshot_size < 0 or not items:
        return message
    return replace(message, changes=(following.current(stream.show(items[0])),))


def nameless(stream: Stream, message: Message) -> Message:
    """Objects do not carry their names."""
    return replace(message, changes=tuple(_without_name(c) for c in message.changes))


def _without_name(change: Change) -> Change:
    return replace(change, data={**change.data, "name": ""}) if change.data else change


def other_name(stream: Stream, message: Message) -> Message:
    """Modified names the parent collection only."""
    return replace(
        message,
        changes=tuple(
            replace(c, name=c.name.rpartition("/")[0]) if c.kind == "modified" else c
            for c in message.changes
        ),
    )


def kindless(stream: Stream, message: Message) -> Message:
    """The last change of several sets no kind."""
    if len(message.changes) < 2:
        return message
    last = Change(kind="none", name="", data=None)
    return replace(message, changes=(*message.changes[:-1], last))


MUTANTS = (
    fault(
        "chunk-too-large",
        "A chunk is one change too large.",
        {"chunks": one_too_many},
        "META-CHK-001",
    ),
    fault(
        "current-missing",
        "A snapshot is never closed.",
        dressing(never_current),
        "META-CHK-002",
        "META-RSM-001",
    ),
    fault(
        "current-early",
        "A changeset is closed too early.",
        dressing(current_early),
        "META-CHK-002",
        "META-CHK-003",
    ),
    fault(
        "current-late",
        "A snapshot is closed by the next changeset.",
        dressing(current_late),
        "META-CHK-002",
    ),
    fault(
        "empty-silent", "An empty snapshot says nothing.", dressing(empty_silent), "META-CHK-002"
    ),
    fault("snapshot-loses", "A snapshot loses an item.", beginning(last_lost), "META-CHK-003"),
    fault("snapshot-mixed", "A snapshot mixes kinds.", beginning(mixed_kinds), "META-CHK-004"),
    fault("snapshot-twice", "A snapshot holds an item twice.", beginning(twice), "META-CHK-005"),
    fault(
        "chunks-halved",
        "Chunks are half as large as asked for.",
        {"chunks": one_each},
        "META-CHK-006",
    ),
    fault("chunk-unchecked", "Every chunk size is accepted.", {"chunk": any_chunk}, "META-CHK-007"),
    fault(
        "stateless-whole",
        "A stateless watch is not cut by itself.",
        {"chunk": unlimited},
        "META-CHK-008",
    ),
    fault(
        "stateful-chunked",
        "A stateful watch is always cut.",
        {"chunk": always_chunked},
        "META-CHK-009",
    ),
    fault(
        "increments-whole",
        "Increments are not cut.",
        increments_whole(),
        "META-CHK-010",
        "META-CHK-001",
    ),
    fault("size-zero", "The snapshot size is 0 by default.", {"sends": size_zero}, "META-CHK-011"),
    fault(
        "token-on-every-chunk",
        "Every chunk has a token.",
        dressing(tokens_everywhere),
        "META-CHK-012",
    ),
    fault("page-token-early", "Page tokens come first.", dressing(tokens_first), "META-CHK-012"),
    fault("reset-is-current", "A reset is current.", {"sends": reset_is_current}, "META-CHK-013"),
    fault(
        "reset-carries-changes",
        "A hard reset carries changes.",
        {"hard_reset": reset_carries},
        "META-CHK-014",
    ),
    fault(
        "size-carries-changes",
        "A size message carries a change.",
        {"sends": size_carries},
        "META-CHK-014",
    ),
    fault("change-nameless", "Objects come without names.", {"sends": nameless}, "META-CHK-015"),
    fault("modified-misnamed", "Modified has another name.", {"sends": other_name}, "META-CHK-015"),
    fault("change-kindless", "A change has no kind.", {"sends": kindless}, "META-CHK-016"),
)
