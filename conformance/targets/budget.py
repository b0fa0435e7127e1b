"""How many calls a run may make, how fast, how long, with how many streams; and what is kept back.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from conformance.failures import BudgetSpent

LEAST_PAUSE_S = 0.1
"""Between a call that came too fast and its next try, whatever the target says."""
CLEANUP_CALLS = 1
"""Kept back for everything created, to remove it."""

LOOKS_SHARE = 100
"""One call in so many is kept back for looking whether everything is gone."""

EXTRA_SHARE = 10
"""One call in so many may be spent on failures: making them smaller, seeing them again."""

CATCH_UP_NS = 500_000_000
"""An idle time of this length may be caught up."""

PLACE_S = 10.0
"""How long to wait until another stream ends where no more may be open."""

_NUMBERS = struct.Struct("<qqqqq")


@dataclass
class _State:
    """Calls made, kept back for removals and spent on failures; the next turn; open streams."""

    used: int = 0
    reserved: int = 0
    extra: int = 0
    turn_ns: int = 0
    streams: int = 0


class Budget:
    """Counts and paces calls; safe for threads, and for processes that share a file.

    Args:
        max_calls: in all; None is no bound.
        max_rate: calls per second; None is no bound.
        max_streams: open at the same time; None is no bound.
        ends_s: monotonic time from which on only cleaning is granted; None is never.
        shared: the file; None counts for this object alone.
    """

    def __init__(
        self,
        *,
        max_calls: int | None = None,
        max_rate: float | None = None,
        max_streams: int | None = None,
        ends_s: float | None = None,
        shared: Path | None = None,
    ) -> None:
        self.max_calls = max_calls
        self.max_streams = max_streams
        self.ends_s = ends_s
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
            BudgetSpent: none is left beside those kept back, or the time is over.
        """
        if self.ends_s is not None and time.monotonic() >= self.ends_s:
            raise BudgetSpent(
                "the time granted for the run is over: raise max_duration under caps in the "
                "target file, or choose fewer requirements"
            )
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

    def open_stream(self) -> Callable[[], None]:
        """Take a call and a place for a stream, waiting for both; what is returned gives it back.

        Raises:
            BudgetSpent: no call is left, or no stream ended in time.
        """
        self.spend()
        patience_s = time.monotonic() + PLACE_S
        while not self._takes_place():
            if time.monotonic() >= patience_s:
                raise BudgetSpent(
                    f"the {self.max_streams} streams granted are all open: raise max_streams under "
                    "caps in the target file"
                )
            time.sleep(0.05)
        return once(self._leave_place)

    def _takes_place(self) -> bool:
        with self._state() as state:
            has_room = self.max_streams is None or state.streams < self.max_streams
            state.streams += has_room
        return has_room

    def _leave_place(self) -> None:
        with self._state() as state:
            state.streams -= 1

    def close(self) -> None:
        """Close the file; a stream may end at the same time, in a thread of its own."""
        with self._lock:
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
                os.pwrite(self._file, _NUMBERS.pack(*astuple(state)), 0)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def once(act: Callable[[], None]) -> Callable[[], None]:
    """Return a function that acts the first time that it is called, from whichever thread."""
    left = [act]

    def first() -> None:
        try:
            left.pop()()
        except IndexError:
            return

    return first
