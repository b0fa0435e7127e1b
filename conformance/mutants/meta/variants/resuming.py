"""Legal variants in resuming stateless watches and in resets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.mutants.meta import following, straight
from conformance.mutants.meta.book import Book, Code, Refuse, invalid
from conformance.mutants.meta.faults.chunks import dressing
from conformance.mutants.meta.making import variant
from conformance.mutants.meta.query import Query
from conformance.mutants.meta.stream import Stream
from conformance.oracles.meta.model import Data, Message


def sometimes_token(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """After the snapshot only every third changeset has a resume token."""
    if first or stream.stateful or stream.cursor % 3 == 0:
        return messages
    return [*messages[:-1], replace(messages[-1], resume_token="")]


def exclusive(book: Book, at_ns: int) -> int | None:
    """A change at exactly the starting time is not sent."""
    following.since(book, at_ns)
    return sum(commit.at_ns <= at_ns for commit in book.log)


def future_accepted(book: Book, at_ns: int) -> int | None:
    """A starting time in the future is the present."""
    return sum(commit.at_ns < at_ns for commit in book.log)


def future_resets(book: Book, at_ns: int) -> int | None:
    """A starting time out of reach is answered with a hard reset."""
    try:
        return following.since(book, at_ns)
    except Refuse:
        return None


def other_query_refused(book: Book, query: Query, text: str) -> int | None:
    """A resume token of another query is refused."""
    if following.read_resume_token(book, text)["query"] != query.digest:
        raise invalid("resume_token belongs to another query")
    return following.resumed(book, query, text)


def other_query_new(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resume token of another query gets the view of the new one from the start."""
    token = stream.query.request.resume_token
    if dead and token:
        content = following.read_resume_token(stream.book, token)
        if content["epoch"] == stream.book.epoch:
            return stream.snapshot()
    return following.opening(stream, after, dead=dead)


def reset_ends_tokens(stream: Stream) -> list[Message]:
    """A hard reset makes all older tokens dead."""
    following.expire(stream.book)
    return following.hard_reset(stream)


def dead_refused(book: Book, query: Query, text: str) -> int | None:
    """A dead token is refused."""
    revision = following.resumed(book, query, text)
    if revision is None:
        raise Refuse(Code.FAILED_PRECONDITION, "resume_token has expired")
    return revision


def garbage_resets(book: Book, query: Query, text: str) -> int | None:
    """What cannot be read as a token is answered with a hard reset."""
    try:
        return following.resumed(book, query, text)
    except Refuse:
        return None


def replays(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resumed watch repeats what is in its view, as Current."""
    opening = following.opening(stream, after, dead=dead)
    if after is None or dead or not stream.query.request.resume_token:
        return opening
    items = [following.current(stream.show(data)) for data in stream.inside()]
    return stream.policy.dressed(stream, stream.policy.chunks(items, stream.most), False)


def greets(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resumed watch begins with an empty changeset."""
    opening = following.opening(stream, after, dead=dead)
    return opening or stream.policy.dressed(stream, [()], False)


def soft_closes(stream: Stream, sent: Sequence[Message], left: Sequence[Message]) -> list[Message]:
    """Between changesets a soft reset is followed by an empty changeset."""
    found = following.soft_reset(stream, sent, left)
    return found if left else [*found, *stream.policy.dressed(stream, [()], False)]


def undated(data: Data, before: Data | None, at_ns: int, revision: int) -> Data:
    """The time of a write is not shown."""
    stored = straight.stamped(data, before, at_ns, revision)
    if "update_time" not in (data.get("metadata") or {}):
        stored.get("metadata", {}).pop("update_time", None)
    return stored


VARIANTS = (
    variant(
        "token-sometimes",
        "Not every closing message has a resume token.",
        "M20",
        dressing(sometimes_token),
        "META-RSM-001",
        "META-RSM-003",
        "META-RSM-004",
        "META-RSM-006",
        profile="sdk",
    ),
    variant(
        "starting-time-exclusive",
        "A change at the starting time is not sent.",
        "M24",
        {"since": exclusive},
        "META-RSM-011",
    ),
    variant(
        "writes-undated",
        "Resources do not show when they were written.",
        "META-RSM-011",
        {"stamped": undated},
        "META-RSM-011",
        "META-ORD-009",
    ),
    variant(
        "starting-time-any",
        "A starting time in the future is accepted.",
        "M24a",
        {"since": future_accepted},
        "META-RSM-012",
    ),
    variant(
        "starting-time-resets",
        "A starting time in the future gets a hard reset.",
        "M24a",
        {"since": future_resets},
        "META-RSM-012",
    ),
    variant(
        "resume-same-query",
        "A resume token under another query is refused.",
        "M44",
        {"resumed": other_query_refused},
        "META-RSM-009",
        "META-RSM-002",
    ),
    variant(
        "resume-new-query",
        "A resume token under another query gets the new view.",
        "M44",
        {"opening": other_query_new},
        "META-RSM-009",
    ),
    variant(
        "reset-ends-tokens",
        "A hard reset makes older tokens dead.",
        "M46",
        {"hard_reset": reset_ends_tokens},
        "META-RST-004",
        "META-RST-005",
        "META-RST-006",
        profile="sdk",
    ),
    variant(
        "dead-token-refused",
        "A dead token is refused.",
        "META-RSM-007",
        {"resumed": dead_refused},
        "META-RSM-007",
        "META-RSM-009",
    ),
    variant(
        "garbage-token-resets",
        "Garbage for a token gets a hard reset.",
        "META-RSM-008",
        {"resumed": garbage_resets},
        "META-RSM-008",
        profile="sdk",
    ),
    variant(
        "resume-replays",
        "A resumed watch repeats its view as Current.",
        "META-RSM-002",
        {"opening": replays},
        "META-RSM-002",
        "META-RSM-003",
        "META-RSM-005",
        "META-RSM-006",
    ),
    variant(
        "resume-greets",
        "A resumed watch begins with an empty changeset.",
        "M28",
        {"opening": greets},
        "META-RSM-002",
        "META-RSM-003",
        "META-RSM-011",
        profile="sdk",
    ),
    variant(
        "soft-reset-closes",
        "A soft reset between changesets is followed by an empty one.",
        "META-RST-001",
        {"soft_reset": soft_closes},
        "META-RST-001",
        "META-RST-002",
        profile="sdk",
    ),
)
