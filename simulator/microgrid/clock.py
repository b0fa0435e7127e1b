"""Clocks: what time it is for everyone who asks, in microseconds since the Unix epoch, UTC.

The real and accelerated modes follow the wall, the stepped and fast modes are set by their owner.
This is the only module of the world that reads the wall's time.
"""

import time
from collections.abc import Callable
from typing import Protocol

from .units import US_PER_S

__all__ = ["Clock", "ManualClock", "WallClock"]


class Clock(Protocol):
    """Something that knows what time it is."""

    def now_us(self) -> int:
        """Return the current instant; never less than before."""
        ...

    def wait_s(self, until_us: int) -> float | None:
        """Return how many seconds of real time lie before an instant, 0 if it has come.

        None: it comes only when the owner says so.
        """
        ...


class WallClock:
    """Follows the wall, `factor` simulated seconds for each real one.

    Starts at `start_us`, or at the wall's own time. Uses the monotonic clock in between, so that
    corrections of the system's time do not move it back.
    """

    def __init__(
        self,
        start_us: int | None = None,
        factor: float = 1.0,
        *,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        if not factor > 0.0:
            raise ValueError(f"a clock's factor is above 0, not {factor}")
        self._monotonic_ns = monotonic_ns
        self._origin_us = wall_ns() // 1000 if start_us is None else start_us
        self._since_ns = monotonic_ns()
        self._factor = factor

    @property
    def factor(self) -> float:
        """Simulated seconds for each real one."""
        return self._factor

    def set_factor(self, factor: float) -> None:
        """Run faster or slower from now on."""
        if not factor > 0.0:
            raise ValueError(f"a clock's factor is above 0, not {factor}")
        self._rebase()
        self._factor = factor

    def advance(self, us: int) -> None:
        """Jump ahead."""
        if us < 0:
            raise ValueError(f"a clock does not go back by {-us} us")
        self._rebase()
        self._origin_us += us

    def now_us(self) -> int:
        """Return the current instant."""
        elapsed_ns = self._monotonic_ns() - self._since_ns
        if self._factor == 1.0:
            return self._origin_us + elapsed_ns // 1000
        return self._origin_us + int(elapsed_ns * self._factor) // 1000

    def wait_s(self, until_us: int) -> float:
        """Return the seconds of real time before an instant."""
        return max(until_us - self.now_us(), 0) / (US_PER_S * self._factor)

    def _rebase(self) -> None:
        now = self.now_us()
        self._since_ns = self._monotonic_ns()
        self._origin_us = now


class ManualClock:
    """Stands still until its owner moves it."""

    def __init__(self, start_us: int) -> None:
        self._now_us = start_us

    def now_us(self) -> int:
        """Return the current instant."""
        return self._now_us

    def set(self, us: int) -> None:
        """Move to an instant.

        Raises:
            ValueError: it lies in the past; time does not go back.
        """
        if us < self._now_us:
            raise ValueError(f"a clock does not go back from {self._now_us} to {us}")
        self._now_us = us

    def advance(self, us: int) -> None:
        """Move on by some microseconds; ValueError below 0."""
        self.set(self._now_us + us)

    def wait_s(self, until_us: int) -> float | None:
        """Return 0 for what has come, else None."""
        return 0.0 if until_us <= self._now_us else None
