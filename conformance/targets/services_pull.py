"""Open pulls of the services API, read in the background."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc

from conformance.failures import Nonconformance
from conformance.recorder import Recorder
from conformance.targets.reading import Call, Reading

C = TypeVar("C")


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch(Generic[C]):
    """One message: its changes, perhaps none, and the monotonic time of its arrival."""

    changes: tuple[C, ...]
    at_s: float


class Pull(Reading[Batch[C]], Generic[C]):
    """What arrives on one pull; `C` is what one change is.

    Messages are `messages`, a list of batches; most checks only want their `changes`.

    Args:
        call: the open stream.
        decode: what one change message says.
        method: the bare method name.
        recorder: of the check.
        number: of the stream in the record.
        latency_s: how long a change may take.
    """

    def __init__(
        self,
        call: Call,
        decode: Callable[[Any], C],
        *,
        method: str,
        recorder: Recorder,
        number: int,
        latency_s: float,
    ) -> None:
        def batch(message: Any, at_us: int) -> Batch[C]:
            changes = tuple(decode(change) for change in message.changes)
            return Batch(changes=changes, at_s=time.monotonic())

        super().__init__(call, batch, method=method, recorder=recorder, number=number)
        self._latency_s = latency_s
        self._passed = 0

    @property
    def changes(self) -> list[C]:
        """Every change received so far."""
        return [change for batch in self.messages for change in batch.changes]

    def mark(self) -> int:
        """A position in `changes` to cut at later."""
        return len(self.changes)

    def next_change(
        self,
        fits: Callable[[C], bool] = lambda change: True,
        *,
        what: str = "a change",
        within_s: float | None = None,
    ) -> C:
        """The next change that fits; earlier ones that do not are passed over.

        Raises:
            Nonconformance: it does not come in time, or the pull ends first.
        """
        patience = self._latency_s if within_s is None else within_s
        found: list[C] = []

        def look(changes: list[C]) -> bool:
            while self._passed < len(changes):
                change = changes[self._passed]
                self._passed += 1
                if fits(change):
                    found.append(change)
                    return True
            return False

        if not self.holds(look, patience):
            raise Nonconformance(
                f"stream of {self.method}", got=self.silence(patience), wanted=what
            )
        return found[0]

    def holds(self, predicate: Callable[[list[C]], bool], within_s: float | None = None) -> bool:
        """Whether `predicate` of all changes becomes true in time; the end of the pull stops it."""
        patience = self._latency_s if within_s is None else within_s
        hit = False

        def done() -> bool:
            nonlocal hit
            hit = hit or predicate(self.changes)
            return hit or self.status is not None

        with self._news:
            self._news.wait_for(done, patience)
        return hit

    def heard_for(self, seconds: float) -> list[C]:
        """The changes that arrive within the next seconds; ends early with the pull."""
        since = self.mark()
        self.ended(seconds)
        return self.changes[since:]

    def silence(self, within_s: float) -> str:
        """What came instead of a change: an end or nothing."""
        if self.status is None:
            return f"nothing of that kind within {within_s:g} s"
        if self.status is grpc.StatusCode.OK:
            return "the end"
        return f"the end with {self.status.name}: {self.details}"
