"""The served world's clock: real, faster or slower than real, or moved by hand.

Which of these it is can change while it runs; it never goes back, except for a new history. While
something happens that was due a moment ago, it shows the moment at which that was due.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from simulator.microgrid.clock import ManualClock, WallClock


class Mode(Enum):
    """What moves the clock."""

    REAL = "real"
    SCALED = "scaled"
    MANUAL = "manual"


class ServedClock:
    """A clock of any mode.

    Args:
        start_us: what it shows first, microseconds since the epoch (UTC).
        factor: simulated seconds per second: 1 is real time, 0 stands still (manual).
    """

    def __init__(self, start_us: int, factor: float = 1.0) -> None:
        self._clock = _clock(start_us, factor)
        self._shown_us = start_us
        self._held_us: int | None = None

    @property
    def factor(self) -> float:
        """Simulated seconds per second; 0 if manual."""
        return 0.0 if isinstance(self._clock, ManualClock) else self._clock.factor

    @property
    def mode(self) -> Mode:
        """What moves the clock."""
        if isinstance(self._clock, ManualClock):
            return Mode.MANUAL
        return Mode.REAL if self._clock.factor == 1.0 else Mode.SCALED

    def now_us(self) -> int:
        """Return the present instant, microseconds since the epoch."""
        if self._held_us is not None:
            return self._held_us
        self._shown_us = self._clock.now_us()
        return self._shown_us

    def peek_us(self) -> int:
        """Return the present instant for who moves the world, so that it does not count as shown.

        What was due before may then still happen at its own moment.
        """
        return self._clock.now_us()

    @contextmanager
    def showing(self, t_us: int) -> Iterator[None]:
        """Show an instant that has just passed, or the latest one shown if that came later."""
        before = self._held_us
        self._held_us = max(t_us, self._shown_us if before is None else before)
        try:
            yield
        finally:
            self._shown_us = max(self._shown_us, self._held_us)
            self._held_us = before

    def wait_s(self, until_us: int) -> float | None:
        """Return how many seconds of real time lie before an instant; None: it comes by hand."""
        return self._clock.wait_s(until_us)

    def run(self, factor: float) -> None:
        """Go on from now with another factor; 0 stops the clock."""
        # Not from an instant that is shown: the world may be past it already.
        self._clock = _clock(self.peek_us(), factor)

    def set(self, t_us: int) -> None:
        """Move a manual clock forward to an instant.

        Raises:
            ValueError: the clock moves by itself, or the instant lies in its past.
        """
        if not isinstance(self._clock, ManualClock):
            raise ValueError("only a manual clock is moved by hand")
        self._clock.set(t_us)

    def restart(self, t_us: int) -> None:
        """Begin a new history at an instant, earlier or later, in the same mode."""
        self._clock = _clock(t_us, self.factor)
        self._shown_us = t_us


def _clock(start_us: int, factor: float) -> ManualClock | WallClock:
    return WallClock(start_us, factor) if factor else ManualClock(start_us)
