"""How a correct endpoint follows its log: what a watch is told, and how it is put into messages.

Each function is a default in `policy.Policy`. Every commit is a changeset of its own, so a resumed
watch just reads the log again from its token on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.mutants.meta import paging
from conformance.mutants.meta.book import (
    Book,
    Code,
    Commit,
    absent,
    fits,
    invalid,
    kind_of,
    parent_of,
)
from conformance.mutants.meta.query import Query, name_of
from conformance.oracles.meta.model import Change, Data, Kind, Message

if TYPE_CHECKING:
    from conformance.mutants.meta.stream import Open, Single, Stream

LARGEST_CHUNK = 100
AHEAD_NS = 5_000_000_000
"""How far in the future a starting time may lie."""


def added(shown: Data, index: int) -> Change:
    """An item that enters a stateful view."""
    return Change(kind="added", name="", data=shown, view_index=index)


def current(shown: Data) -> Change:
    """An item as it is now."""
    return Change(kind="current", name="", data=shown)


def removed(name: str, index: int = 0) -> Change:
    """An item that is gone."""
    return Change(kind="removed", name=name, data=None, view_index=index)


def modified(name: str, shown: Data, before: int, after: int) -> Change:
    """An item that changed or moved in a stateful view."""
    return Change(
        kind="modified",
        name=name,
        data=shown,
        previous_view_index=before,
        view_index=after,
    )


def stateful(request: Any) -> bool:
    """Whether a watch is stateful: the type's default is."""
    return int(request.type) == 0


def chunk(asked: int, *, stateful: bool) -> int:
    """Most changes of a message, 0 without limit."""
    if not 0 <= asked <= LARGEST_CHUNK:
        raise invalid("max_chunk_size is not within 0 and 100")
    return asked or (0 if stateful else LARGEST_CHUNK)


def window_size(asked: int) -> int:
    """Most items of a stateful view, 0 without limit."""
    if asked < 0:
        raise invalid("page_size is negative")
    return asked


def watches(book: Book, kind: Kind, parent: str, name: str) -> bool:
    """Whether a collection watch of a parent hears of a resource at all."""
    return not kind.parent or fits(parent_of(name), parent)


def covers(stream: Stream, data: Data) -> bool:
    """Whether a resource belongs to a view."""
    kind, name = stream.query.kind, name_of(data)
    if kind_of(name) is not kind:
        return False
    heard = stream.policy.watches(stream.book, kind, stream.query.parent, name)
    return heard and stream.query.test(data)


def window(stream: Stream, items: Sequence[Data]) -> list[Data]:
    """What of a stateful view is inside the page asked for."""
    begin, end = _window(stream, items)
    return list(items[begin:end])


def window_tokens(stream: Stream, items: Sequence[Data]) -> tuple[str, str]:
    """The page tokens around that page, "" for none."""
    query = stream.query
    around = paging.cursors(items, *_window(stream, items), query.cursor)
    before, after = (
        stream.policy.seal(stream.book, query.kind, cursor, query.keys) if cursor else ""
        for cursor in around
    )
    return before, after


def _window(stream: Stream, items: Sequence[Data]) -> tuple[int, int]:
    query = stream.query
    return paging.cut(items, query.keys, query.cursor, query.size or len(items))


def snapshot(stream: Stream) -> list[Change]:
    """The first changes of a watch."""
    if stream.stateful:
        stream.window = stream.page()
        return [added(stream.show(data), index) for index, data in enumerate(stream.window)]
    return [current(stream.show(data)) for data in stream.inside()]


def follow(stream: Stream, commit: Commit) -> list[Change]:
    """What a commit changes in a view."""
    if stream.stateful:
        before, stream.window = stream.window, stream.page()
        return stream.policy.differ(stream, before, stream.window)
    decisions = (
        stream.policy.decide(stream, before, after)
        for name, (before, after) in commit.changes.items()
    )
    return [change for change in decisions if change is not None]


def decide(stream: Stream, before: Data | None, after: Data | None) -> Change | None:
    """What a stateless watch is told of one resource."""
    was = before is not None and stream.covers(before)
    if after is not None and stream.covers(after):
        if was and before is not None and stream.show(before) == stream.show(after):
            return None
        return current(stream.show(after))
    return removed(name_of(before)) if was and before is not None else None


def differ(stream: Stream, old: Sequence[Data], new: Sequence[Data]) -> list[Change]:
    """The changes that make one window of a stateful watch into another, in this order."""
    left = [name_of(data) for data in old]
    wanted = [name_of(data) for data in new]
    before = {name_of(data): data for data in old}
    changes = []
    for name in [n for n in left if n not in wanted]:
        changes.append(removed(name, left.index(name)))
        left.remove(name)
    moved = [d for d in new if name_of(d) in before and before[name_of(d)] != d]
    settled = [n for n in left if n not in map(name_of, moved)]
    for data in moved:
        name = name_of(data)
        settled = [n for n in wanted if n in settled or n == name]
        at = left.index(name)
        if [n for n in left if n in settled] == settled:
            to = at
        else:
            left.remove(name)
            behind = settled[settled.index(name) + 1 :]
            to = left.index(behind[0]) if behind else len(left)
            left.insert(to, name)
        if to != at or stream.show(before[name]) != stream.show(data):
            changes.append(modified(name, stream.show(data), at, to))
    for index, data in enumerate(new):
        if name_of(data) not in before:
            changes.append(added(stream.show(data), index))
    return changes


def chunks(changes: Sequence[Change], most: int) -> list[Sequence[Change]]:
    """The chunks of a changeset; there is always one."""
    step = most or max(1, len(changes))
    return [changes[at : at + step] for at in range(0, len(changes), step)] or [()]


def dressed(stream: Stream, chunks: Sequence[Sequence[Change]], first: bool) -> list[Message]:
    """The messages of a changeset; only the last one closes it and holds tokens."""
    messages = [Message(changes=tuple(chunk)) for chunk in chunks]
    last = replace(messages[-1], is_current=True)
    if stream.stateful:
        tokens = stream.page_tokens()
        changed = tokens != stream.told_tokens
        stream.told_tokens = tokens
        last = replace(last, page_tokens=tokens if changed else None)
    else:
        last = replace(last, resume_token=stream.policy.resume_token(stream, stream.cursor))
    messages[-1] = last
    return messages


def worth_telling(stream: Stream, changes: Sequence[Change]) -> bool:
    """Whether a commit makes a changeset: it changes the view or the tokens of its page."""
    return bool(changes) or (stream.stateful and stream.page_tokens() != stream.told_tokens)


def sends(stream: Stream, message: Message) -> Message:
    """A message as it leaves."""
    return message


def commits(stream: Stream) -> Sequence[Commit]:
    """What of the log comes next, as one changeset."""
    return stream.book.log[stream.cursor : stream.cursor + 1]


def delay_s(stream: Stream) -> float:
    """How long news are kept back."""
    return 0.0


def resume_token(stream: Stream, revision: int) -> str:
    """The token of a view at a revision."""
    book = stream.book
    content = {"epoch": book.epoch, "revision": revision, "query": stream.query.digest}
    body = json.dumps(content).encode()
    return base64.urlsafe_b64encode(_seal(book, body) + body).decode()


def read_resume_token(book: Book, text: str) -> dict[str, Any]:
    """The content of a resume token.

    Raises:
        Refuse: it is not one of this endpoint.
    """
    try:
        seal, body = (raw := base64.urlsafe_b64decode(text.encode()))[:16], raw[16:]
    except (binascii.Error, ValueError):
        raise invalid("resume_token: cannot be decoded") from None
    if not hmac.compare_digest(seal, _seal(book, body)):
        raise invalid("resume_token: not a token of this server")
    content: dict[str, Any] = json.loads(body)
    return content


def resumed(book: Book, query: Query, text: str) -> int | None:
    """The revision after which a resumed watch goes on, None if its token is dead.

    A token of another query is dead too.
    """
    content = read_resume_token(book, text)
    if content["epoch"] != book.epoch or content["query"] != query.digest:
        return None
    return int(content["revision"])


def since(book: Book, at_ns: int) -> int | None:
    """The last revision before a starting time, None if its history is gone."""
    if at_ns > book.now_ns() + AHEAD_NS:
        raise invalid("starting_time lies in the future")
    return sum(commit.at_ns < at_ns for commit in book.log)


def opening(stream: Stream, after: int | None, *, dead: bool) -> list[Message]:
    """The first messages of a watch.

    Args:
        stream: the watch, with its cursor at the head of the log.
        after: the revision to go on from, None for a snapshot.
        dead: whether the watch asked for one that is gone.
    """
    if dead:
        return stream.policy.hard_reset(stream)
    if after is None:
        return stream.snapshot()
    stream.cursor = after
    return []


def soft_reset(stream: Stream, sent: Sequence[Message], left: Sequence[Message]) -> list[Message]:
    """The messages that a watch still gets after a soft reset: its changeset from the start."""
    reset = Message(soft_reset=True)
    return [reset, *sent, *left] if left else [reset]


def hard_reset(stream: Stream) -> list[Message]:
    """The messages of a hard reset: the reset, then a new snapshot."""
    stream.cursor = stream.book.revision
    return [Message(hard_reset=True), *stream.snapshot()]


def suffers(stream: Open, fault: str) -> bool:
    """Whether a fault is for this watch: only stateless ones know resets and sizes."""
    stateless = not getattr(stream, "stateful", True)
    return stateless or fault in ("drop_stream", "pause_emission", "split_changeset")


def may_send_size(stream: Stream) -> bool:
    """Whether a size message may go out now: between changesets, once the view is complete."""
    return stream.synced and not stream.outbox


def view_size(stream: Stream, wanted: int | None) -> int:
    """What a size message says: how many items the client holds, or a number that was ordered."""
    held = sum(1 for data in stream.past(stream.cursor) if stream.covers(data))
    return held if wanted is None else wanted


def expire(book: Book) -> None:
    """Declare every resume token dead."""
    book.epoch += 1


def single_absent(stream: Single) -> None:
    """Refuse to watch what does not exist."""
    raise absent(stream.name)


def single_first(stream: Single, data: Data) -> list[Change]:
    """The first change of a single watch."""
    return [added(stream.show(data), 0)]


def single_follow(stream: Single, commit: Commit) -> list[Change]:
    """What a commit tells a single watch."""
    before, after = commit.changes.get(stream.name, (None, None))
    if after is not None and before is None:
        return [added(stream.show(after), 0)]
    if after is not None and before is not None and stream.show(before) != stream.show(after):
        return [modified(stream.name, stream.show(after), 0, 0)]
    return [removed(stream.name)] if before is not None and after is None else []


def single_ends(stream: Single, change: Change) -> Code | None:
    """With what status a single watch ends after this change, None if it goes on."""
    return None


def admits_stream(book: Book) -> None:
    """Refuse one more stream."""


def closed(stream: Open) -> None:
    """Forget a stream that is over."""
    if stream in stream.book.streams:
        stream.book.streams.remove(stream)


def dropped(stream: Open, code: int) -> Code:
    """The status with which a stream ends that was ordered to end with a number."""
    return next(status for status in Code if status.value[0] == code)


def _seal(book: Book, body: bytes) -> bytes:
    return hmac.new(book.secret, b"resume " + body, hashlib.sha256).digest()[:16]
