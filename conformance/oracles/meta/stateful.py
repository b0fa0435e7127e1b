"""The strict assembler of a stateful watch: an ordered window, each index checked as it is applied.

Changes of a changeset apply one after the other. After an index that fits nothing the item is put
where its name says, so that one mistake is reported once and not for ever after.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.oracles.meta.assembly import Asked, Findings, Phase, Snapshot, judge_shape
from conformance.oracles.meta.model import Change, Data, Message
from conformance.oracles.model import Violation


class Stateful:
    """Assembles the messages of stateful streams.

    Attributes:
        committed: the window as the client holds it, in order; changes when a changeset is closed.
        pending: changes received since.
        pages: the latest page tokens (previous, next), None before the first.
        token: always "", stateful streams cannot be resumed.
        phase: of the current stream.
        emitted: the window after each closed changeset, oldest first.
        violations: everything found so far.
    """

    def __init__(self, asked: Asked | None = None) -> None:
        self.committed: list[Data] = []
        self.token = ""
        self.emitted: list[Snapshot] = []
        self._findings = Findings()
        self.open(asked or Asked(stateful=True))

    @property
    def violations(self) -> list[Violation]:
        """Everything found so far, in order."""
        return self._findings.found

    def open(self, asked: Asked) -> None:
        """A stream begins, the first or the next; it has to send the whole window."""
        self.asked = asked
        self.pending: list[Change] = []
        self.pages: tuple[str, str] | None = None
        self.phase: Phase = "snapshot"
        self._run([])

    def feed(self, message: Message) -> list[Violation]:
        """Take the next message; return what is wrong with it."""
        before = len(self.violations)
        self._findings.messages += 1
        for code, text in judge_shape(message, self.asked):
            self._findings.add(code, text)
        if message.soft_reset or message.hard_reset:
            self._reset(message)
            return self.violations[before:]
        for change in message.changes:
            self._apply(change)
            self.pending.append(change)
        if message.is_current:
            self._close(message)
        return self.violations[before:]

    def feed_all(self, messages: Iterable[Message]) -> list[Violation]:
        """Take several messages; return what is wrong with them."""
        return [violation for message in messages for violation in self.feed(message)]

    def _reset(self, message: Message) -> None:
        self.pending = []
        is_new = message.hard_reset or self.phase == "snapshot"
        self._run([] if is_new else self.committed)
        self.phase = "snapshot" if is_new else "live"

    def _run(self, items: list[Data]) -> None:
        self._running = list(items)
        self._names = {item["name"] for item in items}

    def _close(self, message: Message) -> None:
        self.committed = list(self._running)
        self.pending = []
        self.phase = "live"
        if message.page_tokens is not None:
            self.pages = message.page_tokens
        if self.asked.page and len(self.committed) > self.asked.page:
            text = f"{len(self.committed)} items in a window of {self.asked.page}"
            self._findings.add("window", text)
        self.emitted.append(Snapshot(items=tuple(self.committed), at_us=message.at_us))

    def _apply(self, change: Change) -> None:
        if self.phase == "snapshot" and change.kind not in ("added", "none"):
            self._findings.add("snapshot_kind", f"{change.kind} {change.name} inside a snapshot")
        if change.kind in ("added", "current"):
            self._add(change)
        elif change.kind == "removed":
            self._take(change.name, change.view_index, "index_removed")
        elif change.kind == "modified":
            self._modify(change)

    def _add(self, change: Change) -> None:
        if change.data is None:
            return
        at = self._place(change.name)
        if at is not None:
            code = "snapshot_twice" if self.phase == "snapshot" else "added_twice"
            self._findings.add(code, f"{change.name} is added and stands at {at} already")
            self._drop(at)
        self._insert(change.data, change.view_index, "index_added")

    def _modify(self, change: Change) -> None:
        if change.data is None:
            return
        self._take(change.name, change.previous_view_index, "index_modified")
        self._insert(change.data, change.view_index, "index_modified")

    def _take(self, name: str, index: int, code: str) -> None:
        at = self._place(name)
        if at is None:
            self._findings.add(code, f"{name} at {index} is not in the window")
            return
        if at != index:
            self._findings.add(code, f"{name} stands at {at}, the change says {index}")
        self._drop(at)

    def _drop(self, at: int) -> None:
        self._names.discard(self._running.pop(at)["name"])

    def _insert(self, data: Data, index: int, code: str) -> None:
        if not 0 <= index <= len(self._running):
            text = f"{data['name']} is put at {index} among {len(self._running)}"
            self._findings.add(code, text)
        self._running.insert(max(0, index), data)
        self._names.add(data["name"])

    def _place(self, name: str) -> int | None:
        if name not in self._names:
            return None
        return next((at for at, item in enumerate(self._running) if item["name"] == name), None)
