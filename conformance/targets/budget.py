"""How many calls a run may make, how fast, and what is kept back for cleaning up."""

from __future__ import annotations

import threading
import time

from conformance.failures import BudgetSpent

CLEANUP_CALLS = 2
"""Kept back for everything created: one call removes it, one looks whether it is gone."""


class Budget:
    """Counts and paces the calls of one process; safe for threads.

    Args:
        max_calls: in all; None is no bound.
        max_rate: calls per second; None is no bound.
    """

    def __init__(self, *, max_calls: int | None = None, max_rate: float | None = None) -> None:
        self.used = 0
        self.reserved = 0
        self._max_calls = max_calls
        self._gap_s = 1 / max_rate if max_rate else 0.0
        self._next_s = 0.0
        self._lock = threading.Lock()

    def spend(self, *, creates: bool = False) -> None:
        """Take one call, waiting for its turn.

        Raises:
            BudgetSpent: none is left beside those kept back.
        """
        with self._lock:
            keep = CLEANUP_CALLS if creates else 0
            if self._max_calls is not None and (
                self.used + self.reserved + keep + 1 > self._max_calls
            ):
                raise BudgetSpent(f"the {self._max_calls} calls granted for the run are used up")
            self.used += 1
            self.reserved += keep
            wait_s = self._turn()
        time.sleep(wait_s)

    def clean(self) -> None:
        """Take one call of those kept back; always granted."""
        with self._lock:
            self.used += 1
            self.reserved = max(0, self.reserved - 1)
            wait_s = self._turn()
        time.sleep(wait_s)

    def _turn(self) -> float:
        now = time.monotonic()
        self._next_s = max(self._next_s, now - 0.5)  # an idle half second may be caught up
        wait_s = max(0.0, self._next_s - now)
        self._next_s += self._gap_s
        return wait_s
