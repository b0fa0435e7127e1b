"""Faults in resuming a stateless watch, by token or by starting time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.mutants.meta import following, straight
from conformance.mutants.meta.book import Book, Code, Refuse
from conformance.mutants.meta.faults.chunks import dressing
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.query import Query
from conformance.mutants.meta.stream import Stream
from conformance.oracles.meta.model import Data, Kind, Message


def first_without_token(stream: Stream, messages: list[Message], first: bool) -> list[Message]:
    """The snapshot has no token."""
    return [replace(m, resume_token="") for m in messages] if first else messages


def removes_first(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resumed watch begins by removing everything, to send it again."""
    opening = following.opening(stream, after, dead=dead)
    if after is None or dead:
        return opening
    gone = [following.removed(d["name"]) for d in stream.past(after) if stream.covers(d)]
    token = following.resume_token(stream, after)
    chunks = following.chunks(gone, stream.most)
    messages = [Message(changes=tuple(chunk)) for chunk in chunks]
    return [*messages[:-1], replace(messages[-1], is_current=True, resume_token=token)]


def one_too_far(book: Book, query: Query, text: str) -> int | None:
    """A resumed watch skips the first revision that it missed."""
    revision = following.resumed(book, query, text)
    return None if revision is None else min(revision + 1, book.revision)


def deletions_missed(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resumed watch gets what exists of what was changed; what was deleted it keeps."""
    opening = following.opening(stream, after, dead=dead)
    if after is None or dead:
        return opening
    stream.cursor = stream.book.revision
    missed = {name for commit in stream.book.log[after:] for name in commit.changes}
    now = [following.current(stream.show(d)) for d in stream.inside() if d["name"] in missed]
    if not now:
        return []
    return stream.policy.dressed(stream, stream.policy.chunks(now, stream.most), False)


def revived_missed(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resumed watch gets one change of each; what came back and went again was never there."""
    opening = following.opening(stream, after, dead=dead)
    if after is None or dead:
        return opening
    stream.cursor = stream.book.revision
    seen: dict[str, list[tuple[bool, Data | None]]] = {}
    for commit in stream.book.log[after:]:
        for name, (before, now) in commit.changes.items():
            was = before is not None and stream.covers(before)
            is_there = now is not None and stream.covers(now)
            seen.setdefault(name, []).append((was, now if is_there else None))
    changes = []
    for name, states in seen.items():
        last = states[-1][1]
        if last is not None:
            changes.append(following.current(stream.show(last)))
        elif all(was for was, _ in states):
            changes.append(following.removed(name))
    return stream.policy.dressed(stream, stream.policy.chunks(changes, stream.most), False)


def chunks_remembered(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resumed watch goes on behind the last revision of which anything was sent."""
    opening = following.opening(stream, after, dead=dead)
    if after is not None and not dead:
        sent = stream.book.scratch.get(stream.query.digest, 0)
        stream.cursor = min(stream.book.revision, max(stream.cursor, sent))
    return opening


def remembers_chunks(stream: Stream, message: Message) -> Message:
    """Remember what was sent, whether or not its changeset was closed."""
    if message.changes:
        stream.book.scratch[stream.query.digest] = stream.cursor
    return message


def token_once(book: Book, query: Query, text: str) -> int | None:
    """A resume token works once."""
    used: set[str] = book.scratch.setdefault("resumed", set())
    if text in used:
        raise Refuse(Code.NOT_FOUND, "resume_token was used before")
    used.add(text)
    return following.resumed(book, query, text)


def newest_counts(stream: Stream, revision: int) -> str:
    """Every token of a watch stands for what was sent last."""
    stream.book.scratch["newest"] = revision
    return following.resume_token(stream, revision)


def from_newest(book: Book, query: Query, text: str) -> int | None:
    """A resumed watch goes on where any watch was last."""
    revision = following.resumed(book, query, text)
    return None if revision is None else max(revision, book.scratch.get("newest", 0))


def plain_when_dead(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A dead token is answered with a snapshot, as if there had been none."""
    return stream.snapshot() if dead else following.opening(stream, after, dead=dead)


def garbage_is_none(book: Book, query: Query, text: str) -> int | None:
    """What cannot be read as a token is taken as a dead one."""
    try:
        return following.resumed(book, query, text)
    except Refuse:
        return None


def any_query(book: Book, query: Query, text: str) -> int | None:
    """A token of another query goes on with the items of that one."""
    content = following.read_resume_token(book, text)
    return int(content["revision"]) if content["epoch"] == book.epoch else None


def leaks_other(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A resumed watch of another query gets items that its own filter leaves out."""
    opening = following.opening(stream, after, dead=dead)
    if after is None or dead:
        return opening
    content = following.read_resume_token(stream.book, stream.query.request.resume_token)
    if content["query"] == stream.query.digest:
        return opening
    everything = [following.current(stream.show(data)) for data in stream.past(after)]
    return stream.policy.dressed(stream, stream.policy.chunks(everything, stream.most), False)


def snapshot_first(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """A starting time gets a snapshot all the same."""
    if stream.query.request.HasField("starting_time"):
        return stream.snapshot()
    return following.opening(stream, after, dead=dead)


def future_internal(book: Book, at_ns: int) -> int | None:
    """A starting time in the future is an internal error."""
    try:
        return following.since(book, at_ns)
    except Refuse:
        raise Refuse(Code.INTERNAL, "negative offset") from None


def both_crash(kind: Kind, request: Any, *, stateful: bool) -> None:
    """A starting time beside a resume token is an internal error."""
    if request.resume_token and request.HasField("starting_time"):
        raise Refuse(Code.INTERNAL, "both are set")
    straight.reject(kind, request, stateful=stateful)


def dies_when_dropped(stream: Any, code: int) -> Code:
    """The tokens of a stream that is dropped are forgotten, without a reset."""
    stream.book.scratch["dropped"] = stream.book.revision
    return following.dropped(stream, code)


def after_the_drop(book: Book, query: Query, text: str) -> int | None:
    """A resumed watch goes on from where the last stream was dropped."""
    revision = following.resumed(book, query, text)
    if revision is None or "dropped" not in book.scratch:
        return revision
    return book.revision


def dead_is_internal(book: Book, query: Query, text: str) -> int | None:
    """A token that is not good any more is an internal error."""
    revision = following.resumed(book, query, text)
    if revision is None:
        raise Refuse(Code.INTERNAL, "KeyError")
    return revision


MUTANTS = (
    fault(
        "snapshot-without-token",
        "The snapshot has no resume token.",
        dressing(first_without_token),
        "META-RSM-001",
    ),
    fault(
        "resume-removes-first",
        "A resumed watch begins by removing what the client holds.",
        {"opening": removes_first},
        "META-RSM-002",
    ),
    fault(
        "resume-loses-one",
        "One change is lost across a resume.",
        {"resumed": one_too_far},
        "META-RSM-003",
    ),
    fault(
        "resume-misses-deletions",
        "Deletions are lost across a resume.",
        {"opening": deletions_missed},
        "META-RSM-003",
    ),
    fault(
        "resume-misses-revived",
        "What came back and went again while a client was away is not removed.",
        {"opening": revived_missed},
        "META-RSM-003",
    ),
    fault(
        "resume-chunks-unrepeated",
        "Chunks that were sent before a break are not repeated.",
        {"opening": chunks_remembered, "sends": remembers_chunks},
        "META-RSM-004",
    ),
    fault("resume-once", "A resume token works once.", {"resumed": token_once}, "META-RSM-005"),
    fault(
        "resume-from-newest",
        "An older token is taken for the newest one.",
        {"resume_token": newest_counts, "resumed": from_newest},
        "META-RSM-006",
    ),
    fault(
        "dead-token-plain",
        "A dead token is answered with a plain snapshot.",
        {"opening": plain_when_dead},
        "META-RSM-007",
    ),
    fault(
        "dead-token-internal",
        "A dead token is an internal error.",
        {"resumed": dead_is_internal},
        "META-RSM-007",
    ),
    fault(
        "garbage-token-plain",
        "Garbage for a token is answered with a plain snapshot.",
        {"resumed": garbage_is_none, "opening": plain_when_dead},
        "META-RSM-008",
    ),
    fault(
        "resume-leaks",
        "A token of another query brings items that the filter leaves out.",
        {"resumed": any_query, "opening": leaks_other},
        "META-RSM-009",
    ),
    fault(
        "token-and-time-internal",
        "A starting time beside a token is an internal error.",
        {"reject": both_crash},
        "META-RSM-010",
    ),
    fault(
        "starting-time-snapshot",
        "A starting time gets a snapshot.",
        {"opening": snapshot_first},
        "META-RSM-011",
    ),
    fault(
        "starting-time-future-internal",
        "A starting time in the future is an internal error.",
        {"since": future_internal},
        "META-RSM-012",
    ),
    fault(
        "drop-loses",
        "What happens after a drop is lost to the resumed watch.",
        {"dropped": dies_when_dropped, "resumed": after_the_drop},
        "META-RSM-013",
    ),
)
