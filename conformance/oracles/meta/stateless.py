"""The strict assembler of a stateless watch: what a client holds, and every rule on the way.

Changes are collected until is_current and then applied together. A soft reset drops what was
collected, a hard reset also starts a new snapshot behind the view that stays visible.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.oracles.meta.assembly import (
    Asked,
    Findings,
    Phase,
    Snapshot,
    is_size_check,
    judge_shape,
)
from conformance.oracles.meta.model import Change, Data, Message
from conformance.oracles.model import Violation


class Stateless:
    """Assembles the messages of stateless streams, over reconnections too.

    Attributes:
        committed: what the client holds, by name; changes only when a changeset is closed.
        pending: changes received since.
        token: the latest resume token, "" without one.
        phase: of the current stream.
        emitted: the view after each closed changeset, oldest first.
        violations: everything found so far.
    """

    def __init__(self, asked: Asked | None = None) -> None:
        self.committed: dict[str, Data] = {}
        self.token = ""
        self.emitted: list[Snapshot] = []
        self._findings = Findings()
        self.open(asked or Asked())

    @property
    def violations(self) -> list[Violation]:
        """Everything found so far, in order."""
        return self._findings.found

    def open(self, asked: Asked) -> None:
        """A stream begins, the first or the next; what was not closed before it is forgotten."""
        self.asked = asked
        self._forget()
        self.phase: Phase = "delta" if asked.resumed else "snapshot"
        self._after_reset = False

    def feed(self, message: Message) -> list[Violation]:
        """Take the next message; return what is wrong with it."""
        before = len(self.violations)
        self._findings.messages += 1
        for code, text in judge_shape(message, self.asked):
            self._findings.add(code, text)
        if message.soft_reset:
            self._forget()
        elif message.hard_reset:
            self._forget()
            self.token = ""
            self.phase = "snapshot"
            self._after_reset = True
        elif is_size_check(message):
            self._size(message.snapshot_size)
        else:
            self._changes(message)
        return self.violations[before:]

    def feed_all(self, messages: Iterable[Message]) -> list[Violation]:
        """Take several messages; return what is wrong with them."""
        return [violation for message in messages for violation in self.feed(message)]

    def _forget(self) -> None:
        self.pending: list[Change] = []
        self._seen: set[str] = set()

    def _size(self, size: int) -> None:
        is_settled = self.phase == "live" and not self.pending
        if not (size or self.asked.empty_size or (is_settled and not self.committed)):
            self._findings.add("size_unset", "the snapshot size is 0 on an empty message")
        elif self.phase != "live":
            self._findings.add("size_early", f"size {size} before the view is closed")
        elif self.pending:
            self._findings.add("size_early", f"size {size} inside a changeset")
        elif size != len(self.committed):
            held = len(self.committed)
            self._findings.add("size_wrong", f"size {size}, the client holds {held} items")

    def _changes(self, message: Message) -> None:
        for change in message.changes:
            self._judge(change)
            self.pending.append(change)
        if message.is_current:
            self._close(message)

    def _judge(self, change: Change) -> None:
        if change.view_index or change.previous_view_index:
            self._findings.add("index_unset", f"{change.kind} {change.name} has an index")
        if change.kind == "none":
            return
        if self.phase == "snapshot":
            if change.kind == "removed":
                code = "reset_kind" if self._after_reset else "snapshot_removed"
                self._findings.add(code, f"{change.name} is removed inside a snapshot")
            elif change.kind != "current":
                code = "reset_kind" if self._after_reset else "snapshot_kind"
                self._findings.add(code, f"{change.kind} {change.name} inside a snapshot")
            elif change.name in self._seen:
                self._findings.add("snapshot_twice", f"{change.name} comes again")
            self._seen.add(change.name)
        elif change.kind not in ("current", "removed"):
            self._findings.add("kind_stateless", f"{change.kind} {change.name}")

    def _close(self, message: Message) -> None:
        if self.phase == "snapshot":
            self.committed = {}
            if not message.resume_token:
                code = "no_token_reset" if self._after_reset else "no_token"
                self._findings.add(code, "the snapshot is closed without a resume token")
        self.committed = applied(self.committed, self.pending)
        self._forget()
        self.token = message.resume_token or self.token
        self.phase = "live"
        self._after_reset = False
        self.emitted.append(
            Snapshot(items=tuple(self.committed.values()), token=self.token, at_us=message.at_us)
        )


def applied(held: dict[str, Data], changes: Iterable[Change]) -> dict[str, Data]:
    """What is held after these changes, in their order; an unknown name may be removed."""
    after = dict(held)
    for change in changes:
        if change.data is None:
            after.pop(change.name, None)
        else:
            after[change.name] = change.data
    return after
