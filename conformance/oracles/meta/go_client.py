"""What the published Go client would make of a stream: fine, or which trouble.

An emulation of its query watcher and watcher from observations of how they behave; it judges no
rule but turns breaches on the wire into consequences. It is the same for both types of watch, keys
everything by name and knows no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from conformance.oracles.meta import names, tokens
from conformance.oracles.meta.model import Change, Data, Kind, Message

Prediction = Literal[
    "fine", "restart", "silent divergence", "stall", "decode error", "reconnect storm", "panic"
]
"""What becomes of a client, the worst last.

`restart`: it starts over once, at once; `stall`: it repeats a refused token until its recovery
deadline; `decode error`: it retries for ever, with pauses; `reconnect storm`: without pauses.
"""

SEVERITY: tuple[Prediction, ...] = get_args(Prediction)

Next = Literal["go on", "reopen", "reopen later", "dead"]
"""What the client does after a message: `reopen` at once and without token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What the user of the client is told: names that were added, modified, deleted.

    `resync` is the first event, or the one after the client lost its sync.
    """

    resync: bool
    added: frozenset[str]
    modified: frozenset[str]
    deleted: frozenset[str]


class GoClient:
    """One watch of the published client, over its reconnections.

    Attributes:
        cache: what the client holds, by name.
        pending: changes received since the last is_current.
        token: what it sends at its next connection; "" for none.
        in_sync: whether the user has been told so.
        events: what the user was told.
        reconnects: how often it reopened at once.
        worst: the worst trouble so far; `predict` compares with the truth too.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.cache: dict[str, Data] = {}
        self.token = ""
        self.in_sync = False
        self.events: list[Event] = []
        self.reconnects = 0
        self.worst: Prediction = "fine"
        self._begin(fresh=True)

    def feed(self, message: Message) -> Next:
        """Take the next message of the open stream, which is over unless it answers `go on`."""
        if self.worst == "panic":
            return "dead"
        if not self._is_decodable(message):
            self._note("decode error")
            return self.ended()
        if message.soft_reset:
            self._begin(fresh=self._is_snapshot)
            return "go on"
        if message.hard_reset:
            self.token = ""
            self._begin(fresh=True)
            return "go on"
        if message.snapshot_size >= 0:
            return self._check_size(message)
        for change in message.changes:
            if self._breaks(change):
                self._note("panic")
                return "dead"
            self.pending.append(change)
        if message.is_current:
            self._close(message)
        return "go on"

    def feed_all(self, messages: Iterable[Message]) -> Next:
        """Take messages until the client closes the stream; return what it does then."""
        for message in messages:
            step = self.feed(message)
            if step != "go on":
                return step
        return "go on"

    def ended(self) -> Next:
        """The stream ended, however: the client waits and reopens with its token.

        In sync it takes what comes then as changes, whether it has a token or not.
        """
        self._begin(fresh=self._is_snapshot or not self.in_sync)
        return "reopen later"

    def refused(self, *, for_good: bool = False) -> Next:
        """The connection was refused with an error, perhaps for its token.

        `for_good`: the recovery deadline passed meanwhile, so token and sync are given up.
        """
        if self.token:
            self._note("stall")
        if for_good:
            self.token = ""
            self.in_sync = False
            self._begin(fresh=True)
        return "reopen later"

    def predict(self, truth: Mapping[str, Data] | None = None) -> Prediction:
        """What becomes of the client if the stream goes on like this.

        With `truth`, what it ought to hold when all is quiet, it may have diverged silently.
        """
        if truth is not None and self.in_sync and self.cache != dict(truth):
            return _worse(self.worst, "silent divergence")
        return self.worst

    def _begin(self, *, fresh: bool) -> None:
        self.pending: list[Change] = []
        self._is_snapshot = fresh

    def _note(self, trouble: Prediction) -> None:
        self.worst = _worse(self.worst, trouble)

    def _check_size(self, message: Message) -> Next:
        """Changes of the message are lost even if the size fits."""
        held = len(self.cache.keys() | {c.name for c in self.pending if c.kind != "removed"})
        if self._is_snapshot:
            # The old cache counts beside the snapshot that is to replace it.
            held = len(self.cache) + len(self.pending)
        if message.snapshot_size == held + len(message.changes):
            if message.is_current and not message.changes:
                self._close(message)
            return "go on"
        self.reconnects += 1
        is_systematic = self._is_snapshot or message.snapshot_size == 0 or self.reconnects > 1
        self._note("reconnect storm" if is_systematic else "restart")
        self.token = ""
        self._begin(fresh=True)
        return "reopen"

    def _breaks(self, change: Change) -> bool:
        if self._is_snapshot and change.kind in ("removed", "modified"):
            return True
        return change.kind in ("added", "current", "modified") and not change.object_name

    def _close(self, message: Message) -> None:
        before = self.cache
        after = {} if self._is_snapshot else dict(before)
        added: set[str] = set()
        modified: set[str] = set()
        deleted: set[str] = set()
        for change in self.pending:
            if change.data is not None:
                after[change.name] = change.data
                if not self._is_snapshot:
                    # Added is reported as an addition even of what is held already.
                    is_new = change.kind == "added" or change.name not in before
                    (added if is_new else modified).add(change.name)
            elif change.name in after:
                del after[change.name]
                deleted.add(change.name)
        if self._is_snapshot:
            added = set(after.keys() - before.keys())
            deleted = set(before.keys() - after.keys())
            modified = {name for name in after.keys() & before if after[name] != before[name]}
        self.cache = after
        self.token = message.resume_token or self.token
        if self.pending or not self.in_sync:
            self.events.append(
                Event(
                    resync=not self.in_sync,
                    added=frozenset(added),
                    modified=frozenset(modified),
                    deleted=frozenset(deleted),
                )
            )
        self.in_sync = True
        self._begin(fresh=False)

    def _is_decodable(self, message: Message) -> bool:
        if any(tokens.judge_token(token) for token in message.page_tokens or ()):
            return False
        return all(self._is_readable(change) for change in message.changes)

    def _is_readable(self, change: Change) -> bool:
        if change.name and not names.is_readable(self.kind, change.name, by="sdk"):
            return False
        if change.data is None or not change.object_name:
            return True
        return not any(v.code == "unreadable" for v in names.judge_names(self.kind, change.data))


def _worse(one: Prediction, other: Prediction) -> Prediction:
    return max(one, other, key=SEVERITY.index)
