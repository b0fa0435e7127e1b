"""An assembler that never gives up, so that a run is measured after the strict one found something.

Sizes are ignored, changes in control messages count, indices are only hints, unknown names may be
removed. Serves both types of watch.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.oracles.meta.assembly import Asked, Phase, Snapshot
from conformance.oracles.meta.model import Change, Data, Message


class Tolerant:
    """Assembles the messages of one watch over its reconnections.

    Attributes:
        committed: what is held, in the order of the indices where there are any.
        pending: changes received since the last closed changeset.
        token: the latest resume token.
        phase: of the current stream.
        emitted: the view after each closed changeset, oldest first.
    """

    def __init__(self, asked: Asked | None = None) -> None:
        self.committed: list[Data] = []
        self.token = ""
        self.emitted: list[Snapshot] = []
        self.open(asked or Asked())

    def open(self, asked: Asked) -> None:
        """A stream begins, the first or the next; what was not closed before it is forgotten."""
        self.asked = asked
        self.pending: list[Change] = []
        self.phase: Phase = "delta" if asked.resumed else "snapshot"

    def feed(self, message: Message) -> None:
        """Take the next message."""
        if message.soft_reset or message.hard_reset:
            self.pending = []
        if message.hard_reset:
            self.phase = "snapshot"
            self.token = ""
        self.pending += message.changes
        if message.is_current:
            held = [] if self.phase == "snapshot" else self.committed
            self.committed = placed(held, self.pending, by_index=self.asked.stateful)
            self.pending = []
            self.token = message.resume_token or self.token
            self.phase = "live"
            self.emitted.append(
                Snapshot(items=tuple(self.committed), token=self.token, at_us=message.at_us)
            )

    def feed_all(self, messages: Iterable[Message]) -> None:
        """Take several messages."""
        for message in messages:
            self.feed(message)


def placed(held: Iterable[Data], changes: Iterable[Change], *, by_index: bool) -> list[Data]:
    """What is held after these changes: a name once, at its index or, without, where it stood."""
    if not by_index:
        items = {item["name"]: item for item in held}
        for change in changes:
            if change.data is not None:
                items[change.name] = change.data
            elif change.kind == "removed":
                items.pop(change.name, None)
        return list(items.values())
    window = list(held)
    for change in changes:
        if change.kind == "none":
            continue
        window = [item for item in window if item["name"] != change.name]
        if change.data is not None:
            window.insert(max(0, change.view_index), change.data)
    return window
