"""When load arrives, whatever the target does: an open model without coordinated omission.

`Arrivals` turns a rate into due times and never skips one: after a stall of the process every
missed arrival is issued at once with its original due time, and latency is counted from there.
`Pacer` and `Budget` are the other direction, the caps that a careful run must not exceed.
Pure: time comes in as microseconds, chance as a seeded generator.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

SECOND_US = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One piece of work: its number at this source and when it was due (microseconds)."""

    number: int
    due_us: int


class Arrivals:
    """Due times from `start_us` up to, not including, `end_us`.

    Args:
        rate: arrivals per second, at least 0; 0 yields nothing.
        chance: gaps are exponential (Poisson arrivals) with this generator, constant without.
        phase: where in the first gap the first arrival falls, 0 to 1; spreads several sources.
    """

    def __init__(
        self,
        *,
        rate: float,
        start_us: int,
        end_us: int,
        chance: random.Random | None = None,
        phase: float = 0.0,
    ) -> None:
        self._rate = rate
        self._chance = chance
        self._end_us = end_us
        self._number = 0
        # Kept as a float so that gaps such as 1/3 s do not drift by rounding.
        self._next: float | None = None
        if rate > 0:
            first = self._gap() if chance else SECOND_US / rate * phase
            self._advance(start_us + first)

    @property
    def next_us(self) -> int | None:
        """When the next arrival is due; None when there is none left."""
        return None if self._next is None else int(self._next)

    def due(self, now_us: int) -> list[Arrival]:
        """Every arrival due by now that was not handed out yet, oldest first."""
        found = []
        while self._next is not None and self._next <= now_us:
            found.append(Arrival(number=self._number, due_us=int(self._next)))
            self._number += 1
            self._advance(self._next + self._gap())
        return found

    def slow(self, factor: float) -> None:
        """Multiply the rate of what is still to come by `factor`, above 0."""
        self._rate *= factor

    def _gap(self) -> float:
        mean = SECOND_US / self._rate
        return self._chance.expovariate(1 / mean) if self._chance else mean

    def _advance(self, to: float) -> None:
        self._next = to if to < self._end_us else None


class Pacer:
    """Spaces calls so that no window of one second holds more than the cap.

    There is no burst: each call is at least 1/cap after the one before.
    """

    def __init__(self, per_second: float) -> None:
        self._gap_us = SECOND_US / per_second
        self._free_us = 0.0

    def reserve(self, now_us: int) -> int:
        """Take the next place and return how many microseconds to wait for it."""
        at = max(float(now_us), self._free_us)
        self._free_us = at + self._gap_us
        return max(0, round(at - now_us))


class Budget:
    """How many calls a run may make in all."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def spend(self) -> bool:
        """Take one call; False when there is none left."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True
