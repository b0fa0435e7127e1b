"""What time it is for the target, seen through the times it writes.

A creation time lies between sending the request and receiving the answer by the target's own
clock; every create narrows the interval in which the difference of the clocks must lie. Targets
may cut times to milliseconds or seconds, so a written time may be up to a second early.
"""

from __future__ import annotations

import threading
import time

from conformance.oracles.model import SECOND_US
from conformance.recorder import now_us

DRIFT_US = 50_000
"""Clocks drift and are corrected: older bounds are given this much room."""


class Clock:
    """An estimate of the target's clock; safe for threads."""

    def __init__(self, *, tolerance_s: float = 5.0) -> None:
        self.tolerance_us = int(tolerance_s * SECOND_US)
        self._low_us: int | None = None
        self._high_us: int | None = None
        self._lock = threading.Lock()

    def seen(self, *, sent_us: int, received_us: int, written_us: int) -> None:
        """Learn from a time that the target wrote between `sent_us` and `received_us`."""
        exact = written_us % 1000 != 0
        late = 1 if exact else 1000 if written_us % SECOND_US else SECOND_US
        low = written_us - received_us
        high = written_us + late - sent_us
        with self._lock:
            if self._low_us is None or self._high_us is None:
                self._low_us, self._high_us = low, high
                return
            new_low = max(self._low_us - DRIFT_US, low)
            new_high = min(self._high_us + DRIFT_US, high)
            # Contradicting bounds: the clock was set, or the times are wrong; believe the newest.
            self._low_us, self._high_us = (
                (new_low, new_high) if new_low <= new_high else (low, high)
            )

    @property
    def offsets_us(self) -> tuple[int, int] | None:
        """Bounds of how far the target's clock is ahead of ours; None before anything was seen."""
        with self._lock:
            if self._low_us is None or self._high_us is None:
                return None
            return self._low_us, self._high_us

    @property
    def offset_us(self) -> int:
        """How far the target's clock is ahead of ours, best guess."""
        with self._lock:
            if self._low_us is None or self._high_us is None:
                return 0
            # Within a second of agreement nothing speaks against equal clocks.
            if self._low_us <= 0 <= self._high_us:
                return 0
            return (self._low_us + self._high_us) // 2

    def now_us(self) -> int:
        """The target's time now."""
        return now_us() + self.offset_us

    def sleep_until(self, at_us: int) -> None:
        """Sleep until it is `at_us` for the target."""
        time.sleep(max(0, at_us - self.now_us()) / SECOND_US)
