"""How many calls a run may make, how fast, and what is kept back for cleaning up.

One budget serves all processes of a run: the numbers stand in a small file that whoever makes a
call locks for a moment. So no worker runs dry while another has calls to spare, and the rate holds
for all of them together.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.failures import BudgetSpent

CLEANUP_CALLS = 1
"""Kept back for everything created, to remove it."""

LOOKS_SHARE = 100
"""One call in so many is kept back for looking whether everything is gone."""

EXTRA_SHARE = 10
"""One call in so many may be spent on failures: making them smaller, seeing them again."""

CATCH_UP_NS = 500_000_000
"""An idle time of this length may be caught up."""

_NUMBERS = struct.Struct("<qqqq")


@dataclass
class _State:
    """Calls made, calls kept back for removals, calls spent on failures, and the next turn."""

    used: int = 0
    reserved: int = 0
    extra: int = 0
    turn_ns: int = 0


class Budget:
    """Counts and paces calls; safe for threads, and for processes that share a file.

    Args:
        max_calls: in all; None is no bound.
        max_rate: calls per second; None is no bound.
        shared: the file; None counts for this object alone.
    """

    def __init__(
        self,
        *,
        max_calls: int | None = None,
        max_rate: float | None = None,
        shared: Path | None = None,
    ) -> None:
        self.max_calls = max_calls
        self._gap_ns = int(1e9 / max_rate) if max_rate else 0
        self._own = _State()
        self._file = None if shared is None else os.open(shared, os.O_RDWR | os.O_CREAT, 0o600)
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Calls made so far."""
        with self._state() as state:
            return state.used

    @property
    def left(self) -> int | None:
        """Calls that may still be made; None is any number."""
        if self.max_calls is None:
            return None
        with self._state() as state:
            return self.max_calls - state.used - state.reserved - (self.looks or 0)

    @property
    def looks(self) -> int | None:
        """Calls kept back for looking whether everything is gone; None is any number."""
        return None if self.max_calls is None else self.max_calls // LOOKS_SHARE

    @property
    def spare(self) -> int | None:
        """Calls that may still be spent on failures; None is any number."""
        if self.max_calls is None:
            return None
        with self._state() as state:
            return max(0, self.max_calls // EXTRA_SHARE - state.extra)

    def spent_on_failures(self, calls: int) -> None:
        """Note that so many of the calls made showed a failure once more, or smaller."""
        with self._state() as state:
            state.extra += calls

    def spend(self, *, creates: bool = False) -> None:
        """Take one call, waiting for its turn.

        Raises:
            BudgetSpent: none is left beside those kept back.
        """
        keep = CLEANUP_CALLS if creates else 0
        looks = self.looks or 0
        with self._state() as state:
            promised = state.used + state.reserved + looks
            if self.max_calls is not None and promised + keep + 1 > self.max_calls:
                raise BudgetSpent(
                    f"the {self.max_calls} calls granted for the run are used up: raise max_calls "
                    "under caps in the target file, or choose fewer requirements"
                )
            state.used += 1
            state.reserved += keep
            wait_ns = self._turn(state)
        time.sleep(wait_ns / 1e9)

    def release(self) -> None:
        """Give back a call that was kept back: nothing is there any more that it could remove."""
        with self._state() as state:
            state.reserved = max(0, state.reserved - CLEANUP_CALLS)

    def clean(self) -> None:
        """Take one call of those kept back; always granted."""
        with self._state() as state:
            state.used += 1
            state.reserved = max(0, state.reserved - 1)
            wait_ns = self._turn(state)
        time.sleep(wait_ns / 1e9)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _turn(self, state: _State) -> int:
        # The monotonic clock is one for all processes of a machine.
        now = time.monotonic_ns()
        state.turn_ns = max(state.turn_ns, now - CATCH_UP_NS)
        wait = max(0, state.turn_ns - now)
        state.turn_ns += self._gap_ns
        return wait

    @contextmanager
    def _state(self) -> Iterator[_State]:
        """The numbers, locked; what is changed holds unless an exception leaves the block."""
        with self._lock:
            if self._file is None:
                yield self._own
                return
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                data = os.pread(self._file, _NUMBERS.size, 0)
                state = _State(*_NUMBERS.unpack(data)) if data else _State()
                yield state
                numbers = (state.used, state.reserved, state.extra, state.turn_ns)
                os.pwrite(self._file, _NUMBERS.pack(*numbers), 0)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
