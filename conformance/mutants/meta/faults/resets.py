"""Faults in soft resets, hard resets and size messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.mutants.meta import following
from conformance.mutants.meta.book import Book, Code, Refuse
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.query import Query
from conformance.mutants.meta.stream import Stream
from conformance.oracles.meta.model import Message

Messages = Sequence[Message]


def nothing_again(stream: Stream, sent: Messages, left: Messages) -> list[Message]:
    """After a soft reset only the rest of the changeset is sent."""
    return [Message(soft_reset=True), *left]


def nothing_more(stream: Stream, sent: Messages, left: Messages) -> list[Message]:
    """After a soft reset the running changeset is given up."""
    return [Message(soft_reset=True)]


def from_last_chunk(stream: Stream, sent: Messages, left: Messages) -> list[Message]:
    """A soft reset in the first snapshot goes on with the last chunk that was sent."""
    if stream.synced:
        return following.soft_reset(stream, sent, left)
    return [Message(soft_reset=True), *sent[-1:], *left]


def tokens_die(stream: Stream, sent: Messages, left: Messages) -> list[Message]:
    """A soft reset makes the tokens so far unreadable."""
    stream.book.secret += b"."
    closing = [replace(m, resume_token="") for m in left]
    return following.soft_reset(stream, sent, closing)


def resets_silently(stream: Stream) -> list[Message]:
    """A hard reset is followed by nothing."""
    stream.cursor = stream.book.revision
    return [Message(hard_reset=True)]


def resets_with_removed(stream: Stream) -> list[Message]:
    """The snapshot after a hard reset begins by removing an item."""
    reset, first, *rest = following.hard_reset(stream)
    gone = following.removed(f"{stream.query.kind.plural}/gone")
    begun = replace(first, changes=(gone, *first.changes[: max(0, stream.most - 1)]))
    return [reset, begun, *rest]


def resets_without_token(stream: Stream) -> list[Message]:
    """The snapshot after a hard reset has no token."""
    return [replace(message, resume_token="") for message in following.hard_reset(stream)]


def resets_to_the_past(stream: Stream) -> list[Message]:
    """The snapshot after a hard reset is that of the last changeset; what followed is lost."""
    messages = [Message(hard_reset=True), *stream.snapshot()]
    stream.cursor = stream.book.revision
    return messages


def reset_kills_tokens(stream: Stream) -> list[Message]:
    """After a hard reset older tokens lead to the present, without another reset."""
    stream.book.scratch["reset"] = stream.book.revision
    return following.hard_reset(stream)


def since_reset(book: Book, query: Query, text: str) -> int | None:
    """A token from before a hard reset goes on after it."""
    revision = following.resumed(book, query, text)
    return None if revision is None else max(revision, book.scratch.get("reset", 0))


def refused_since_reset(book: Book, query: Query, text: str) -> int | None:
    """A token from before a hard reset is refused."""
    revision = following.resumed(book, query, text)
    if revision is not None and revision < book.scratch.get("reset", 0):
        raise Refuse(Code.NOT_FOUND, "resume_token was reset")
    return revision


def size_of_all(stream: Stream, wanted: int | None) -> int:
    """A size counts what the filter leaves out, too, and one more."""
    return len(stream.past(stream.cursor)) + 1 if wanted is None else wanted


def size_never_zero(stream: Stream, wanted: int | None) -> int:
    """An empty view has size 1."""
    return following.view_size(stream, wanted) or 1


def size_zero_unsent(stream: Stream, message: Message) -> Message | None:
    """A size of 0 is taken for none."""
    return None if message.snapshot_size == 0 else message


def size_at_once(stream: Stream) -> bool:
    """A size may come at any time."""
    return True


def size_between_chunks(stream: Stream) -> list[Message]:
    """A hard reset is followed by a size message before the snapshot."""
    reset, *rest = following.hard_reset(stream)
    return [reset, Message(snapshot_size=len(stream.inside())), *rest]


MUTANTS = (
    fault(
        "soft-sends-rest",
        "After a soft reset only the rest of the changeset is sent.",
        {"soft_reset": nothing_again},
        "META-RST-001",
    ),
    fault(
        "soft-gives-up",
        "After a soft reset the changeset is given up.",
        {"soft_reset": nothing_more},
        "META-RST-001",
    ),
    fault(
        "soft-kills-tokens",
        "A soft reset makes earlier tokens unreadable.",
        {"soft_reset": tokens_die},
        "META-RST-002",
    ),
    fault(
        "soft-from-last-chunk",
        "A soft reset goes on with the last chunk of the snapshot.",
        {"soft_reset": from_last_chunk},
        "META-RST-003",
    ),
    fault(
        "hard-without-snapshot",
        "No snapshot follows a hard reset.",
        {"hard_reset": resets_silently},
        "META-RST-004",
    ),
    fault(
        "hard-with-removed",
        "The snapshot after a hard reset removes something.",
        {"hard_reset": resets_with_removed},
        "META-RST-004",
    ),
    fault(
        "hard-without-token",
        "The snapshot after a hard reset has no token.",
        {"hard_reset": resets_without_token},
        "META-RST-004",
    ),
    fault(
        "hard-to-the-past",
        "What was deleted around a hard reset comes back.",
        {"hard_reset": resets_to_the_past},
        "META-RST-005",
    ),
    fault(
        "hard-loses-older",
        "A token from before a hard reset goes on after it.",
        {"hard_reset": reset_kills_tokens, "resumed": since_reset},
        "META-RST-006",
    ),
    fault(
        "hard-refuses-older",
        "A token from before a hard reset is refused.",
        {"hard_reset": reset_kills_tokens, "resumed": refused_since_reset},
        "META-RST-006",
    ),
    fault("size-wrong", "A size counts too much.", {"view_size": size_of_all}, "META-SZ-001"),
    fault(
        "size-anytime",
        "A size comes in the middle of a changeset.",
        {"may_send_size": size_at_once},
        "META-SZ-002",
    ),
    fault(
        "size-after-reset",
        "A size comes between a hard reset and its snapshot.",
        {"hard_reset": size_between_chunks},
        "META-SZ-002",
    ),
    fault(
        "size-of-nothing-is-one",
        "The size of an empty view is 1.",
        {"view_size": size_never_zero},
        "META-SZ-003",
    ),
    fault(
        "size-of-nothing-unsent",
        "A size of 0 is not sent.",
        {"sends": size_zero_unsent},
        "META-SZ-003",
    ),
)
