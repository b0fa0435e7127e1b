"""What is to happen later, in the world's time: calls in the order of their instants.

Timers fire nothing by themselves: whoever moves the clock runs them. Each call is told the instant
at which it was due, and what it plans in turn counts from there, however late the owner is; so the
outcome does not depend on how often, or in which steps, they are run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from sortedcontainers import SortedDict

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock

Call = Callable[[int], None]
"""Told the instant at which it was due, microseconds since the epoch."""


class Timer:
    """One planned call."""

    def __init__(self, timers: Timers, due_us: int, number: int) -> None:
        self.due_us = due_us
        self._timers = timers
        self._number = number

    def cancel(self) -> None:
        """Let the call not happen; nothing if it has happened, or was cancelled before."""
        self._timers._drop(self.due_us, self._number)


class Timers:
    """Planned calls; of those due at one instant, the one planned first comes first.

    Args:
        clock: what delays count from.
        showing: lets the clock show an instant while what was due then happens.
    """

    def __init__(
        self,
        clock: Clock,
        showing: Callable[[int], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.sooner: Callable[[], None] = lambda: None
        """Called when a call was planned before all others: whoever sleeps must wake earlier."""
        self._clock = clock
        self._showing = showing
        self._calls: SortedDict[tuple[int, int], Call] = SortedDict()
        self._planned = 0
        self._firing_us: int | None = None

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def next_us(self) -> int | None:
        """When the next call is due; None if there is none."""
        return self._calls.keys()[0][0] if self._calls else None

    def after(self, delay_us: int, call: Call) -> Timer:
        """Plan a call, `delay_us` from now; from the instant that fires, if one does."""
        return self.at(self._now_us() + delay_us, call)

    def at(self, t_us: int, call: Call) -> Timer:
        """Plan a call at an instant; one that has passed means now."""
        self._planned += 1
        timer = Timer(self, max(t_us, self._now_us()), self._planned)
        key = (timer.due_us, self._planned)
        self._calls[key] = call
        if self._calls.keys()[0] == key:
            self.sooner()
        return timer

    def run(self, to_us: int) -> None:
        """Make the calls that are due by an instant, also those planned on the way.

        What a call raises is raised on; it is done with then, and those behind it still wait.
        """
        while self._calls and self._calls.keys()[0][0] <= to_us:
            (due_us, _), call = self._calls.popitem(0)
            outer_us, self._firing_us = self._firing_us, due_us
            try:
                with self._showing(due_us):
                    call(due_us)
            finally:
                self._firing_us = outer_us

    def clear(self) -> None:
        """Forget all planned calls."""
        self._calls.clear()

    def _now_us(self) -> int:
        return self._clock.now_us() if self._firing_us is None else self._firing_us

    def _drop(self, due_us: int, number: int) -> None:
        self._calls.pop((due_us, number), None)
