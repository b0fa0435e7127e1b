"""Open watches: each is a cursor into the log, and a queue of messages that are ready to go.

The thread that serves a stream asks it for one message after the other; faults that were ordered
happen to it in between. Everything is done under the lock of the book.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.mutants.meta.book import Book, Code, Fault, Refuse, kind_of
from conformance.mutants.meta.query import Query, name_of
from conformance.mutants.meta.wire import change_message, new, watch_response
from conformance.oracles.meta.model import Change, Data, Message

if TYPE_CHECKING:
    from conformance.mutants.meta.service import Service

PATIENCE_S = 0.5
"""How often a silent stream looks whether its client is still there."""

UNREAD_S = 0.3
"""A message that takes longer to leave is one that nobody reads."""


class Open:
    """What both forms of watches have in common.

    Attributes:
        cursor: revision up to which the log was read.
        position: revision up to which everything has left.
        ending: status with which the stream is about to end.
        alive: whether the client is still there.
    """

    def __init__(self, service: Service, tag: str, alive: Callable[[], bool]) -> None:
        self.service = service
        self.policy = service.policy
        self.book: Book = service.book
        self.tag = tag
        self.alive = alive
        self.cursor = self.book.revision
        self.position = 0
        self.faults: list[Fault] = []
        self.ending: Code | None = None
        self._paused_until = 0.0
        self._left_at: float | None = None

    @property
    def paused(self) -> bool:
        """Whether nothing is sent for now."""
        return time.monotonic() < self._paused_until

    @property
    def unread(self) -> bool:
        """Whether a message is on its way for so long that nobody can be reading."""
        return self._left_at is not None and time.monotonic() - self._left_at > UNREAD_S

    def order(self, fault: Fault) -> None:
        """Let a fault happen to the stream."""
        if fault.kind == "resume_emission":
            self._paused_until = 0.0
        elif self.policy.suffers(self, fault.kind):
            self.faults.append(replace(fault))

    def responses(self) -> Iterator[Any]:
        """The responses, until the client leaves or the stream ends.

        Raises:
            Refuse: the stream was dropped.
        """
        try:
            while (response := self._next()) is not None:
                yield response
        finally:
            with self.book.news:
                self.policy.closed(self)
                self.book.news.notify_all()

    def _next(self) -> Any:
        with self.book.news:
            self._left_at = None
            while self._goes_on():
                response = self.step()
                if response is not None:
                    self._left_at = time.monotonic()
                    return response
                if self._goes_on():
                    self.book.news.wait(self._patience())
        if self.ending is not None and self.ending is not Code.OK:
            raise Refuse(self.ending, "the stream is over")
        return None

    def step(self) -> Any:
        """The response that can leave now, None if there is none; faults happen first."""
        with self.book.news:
            self._suffer()
            while self._goes_on() and not self.paused:
                response = self.ready()
                if response is not None:
                    return response
                if not self.advance():
                    if self.position != self.cursor:
                        self.position = self.cursor
                        self.book.news.notify_all()
                    break
                self._suffer()
        return None

    def _goes_on(self) -> bool:
        return self.alive() and not self.book.closed and self.ending is None

    def _patience(self) -> float:
        rest = self._paused_until - time.monotonic()
        return min(PATIENCE_S, rest) if rest > 0 else PATIENCE_S

    def _suffer(self) -> None:
        for fault in [fault for fault in self.faults if fault.after <= 0]:
            if fault.kind == "send_snapshot_size" and not self.policy.may_send_size(self):
                continue
            self.faults.remove(fault)
            if fault.kind == "pause_emission":
                rest_s = fault.ms / 1000 if fault.ms else float("inf")
                self._paused_until = time.monotonic() + rest_s
            elif fault.kind == "drop_stream":
                self.ending = self.policy.dropped(self, fault.code)
            else:
                self.suffer(fault)

    def counted(self) -> None:
        """A message with changes leaves: faults that wait for it come nearer."""
        for fault in self.faults:
            fault.after -= 1

    def ready(self) -> Any:
        """The next response that can leave at once, None if there is none."""
        raise AssertionError("each form of watch has its own")

    def advance(self) -> bool:
        """Read on in the log; whether there was anything to read."""
        raise AssertionError("each form of watch has its own")

    def suffer(self, fault: Fault) -> None:
        """Let a fault happen that is particular to a form; most have none."""


class Stream(Open):
    """A watch of a collection.

    Attributes:
        window: a stateful view as it was sent, not projected.
        told_tokens: page tokens as they were sent.
        synced: whether a changeset was closed on this stream.
        outbox: messages of the running changeset that are still to be sent.
        sent: those that were.
        split: most changes of a message of the next changeset, 0 without.
    """

    def __init__(
        self, service: Service, query: Query, most: int, tag: str, alive: Callable[[], bool]
    ) -> None:
        super().__init__(service, tag, alive)
        self.query = query
        self.most = most
        self.stateful = self.policy.stateful(query.request)
        self.window: list[Data] = []
        self.told_tokens: tuple[str, str] | None = None
        self.synced = False
        self.split = 0
        self.outbox: deque[Message] = deque()
        self.sent: list[Message] = []

    def covers(self, data: Data) -> bool:
        """Whether a resource belongs to the view."""
        return self.policy.covers(self, data)

    def show(self, data: Data) -> Data:
        """A resource as the view shows it."""
        query = self.query
        return self.policy.shown(query.kind, data, query.mask, query.view, "watch")

    def past(self, revision: int) -> list[Data]:
        """The resources of the parent as they were at a revision."""
        objects = {name_of(data): data for data in self.book.objects.values()}
        for commit in reversed(self.book.log[revision:]):
            for name, (before, _) in commit.changes.items():
                objects.pop(name, None)
                if before is not None:
                    objects[name] = before
        kind, parent = self.query.kind, self.query.parent
        names = sorted(name for name in objects if kind_of(name) is kind)
        return [objects[n] for n in names if self.policy.watches(self.book, kind, parent, n)]

    def inside(self) -> list[Data]:
        """The resources of the view at the cursor."""
        return [data for data in self.past(self.cursor) if self.covers(data)]

    def arranged(self) -> list[Data]:
        """The resources of the view at the cursor, in its order."""
        return self.policy.arrange(self.inside(), self.query.keys)

    def page(self) -> list[Data]:
        """The window of a stateful watch at the cursor."""
        return self.policy.window(self, self.arranged())

    def page_tokens(self) -> tuple[str, str]:
        """The tokens around the window at the cursor, both empty without a page."""
        return self.policy.window_tokens(self, self.arranged())

    def snapshot(self) -> list[Message]:
        """The messages of the view at the cursor."""
        return self._messages(self.policy.snapshot(self), first=True)

    def _messages(self, changes: Sequence[Change], *, first: bool) -> list[Message]:
        most, self.split = self.split or self.most, 0
        return self.policy.dressed(self, self.policy.chunks(changes, most), first)

    def put(self, messages: Sequence[Message]) -> None:
        """Let these messages be what is still to be sent."""
        self.outbox = deque(messages)

    def ready(self) -> Any:
        """The next response of the running changeset."""
        while self.outbox:
            message = self.outbox.popleft()
            if message.is_current or message.hard_reset:
                self.sent = []
            elif not message.soft_reset and message.snapshot_size < 0:
                self.sent.append(message)
            self.synced = self.synced or message.is_current
            if message.changes:
                self.counted()
            leaving = self.policy.sends(self, message)
            if leaving is not None:
                return watch_response(self.query.kind, leaving)
        return None

    def advance(self) -> bool:
        """Make a changeset of what comes next in the log."""
        commits = self.policy.commits(self)
        if not commits or self._too_early(commits[0].at_ns):
            return False
        self.cursor = commits[-1].revision
        changes = self.policy.follow(self, merged(commits))
        if self.policy.worth_telling(self, changes):
            self.put(self._messages(changes, first=False))
        return True

    def _too_early(self, at_ns: int) -> bool:
        return self.book.now_ns() < at_ns + self.policy.delay_s(self) * 1e9

    def suffer(self, fault: Fault) -> None:
        """Resets, sizes and small chunks."""
        if fault.kind == "soft_reset":
            sent, self.sent = self.sent, []
            self.put(self.policy.soft_reset(self, sent, list(self.outbox)))
        elif fault.kind == "hard_reset":
            self.put(self.policy.hard_reset(self))
        elif fault.kind == "send_snapshot_size":
            size = self.policy.view_size(self, fault.value)
            self.outbox.appendleft(Message(snapshot_size=size))
        elif fault.kind == "split_changeset" and self.most:
            self.split = min(fault.n, self.most)


class Single(Open):
    """A watch of one resource."""

    def __init__(
        self, service: Service, request: Any, kind: Any, tag: str, alive: Callable[[], bool]
    ) -> None:
        super().__init__(service, tag, alive)
        self.kind = kind
        self.name: str = request.name
        self.mask = self.policy.read_mask(kind, request.field_mask.paths)
        self.view: int = request.view
        self.outbox: deque[Change] = deque()

    def show(self, data: Data) -> Data:
        """The resource as the view shows it."""
        return self.policy.shown(self.kind, data, self.mask, self.view, "watch_one")

    def ready(self) -> Any:
        """The next change."""
        if not self.outbox:
            return None
        change = self.outbox.popleft()
        self.counted()
        self.ending = self.policy.single_ends(self, change)
        response = new(f"Watch{self.kind.message}Response")
        response.change.CopyFrom(change_message(self.kind, change))
        return response

    def advance(self) -> bool:
        """Read the next commit."""
        for commit in self.book.log[self.cursor : self.cursor + 1]:
            self.cursor = commit.revision
            self.outbox.extend(self.policy.single_follow(self, commit))
            return True
        return False


def merged(commits: Sequence[Any]) -> Any:
    """Several commits as one: each resource before the first and after the last of its changes."""
    changes: dict[str, tuple[Data | None, Data | None]] = {}
    for commit in commits:
        for name, (before, after) in commit.changes.items():
            changes[name] = (changes.get(name, (before, None))[0], after)
    return replace(commits[-1], changes=changes)
