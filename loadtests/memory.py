"""How much memory the processes of a run and its server hold, and whether that grows.

Memory is what is resident, in bytes. A process that has just begun grows while its allocator and
its caches fill, so the first part of the measured time says nothing; where too little is left,
there is no answer rather than a wrong one.
"""

from __future__ import annotations

import statistics
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any

from loadtests.clocks import machine
from loadtests.slope import Slope, slope_of

psutil: Any = import_module("psutil")  # comes with locust, without types

SETTLING_SHARE = 1 / 3
"""So much of the measured time is left for allocators and caches to fill."""
LEAST_S = 450.0
"""So long has to be measured before anything is said of growth; our choice."""
BLOCKS = 20
"""The steady time is cut into so many blocks; one median each, since samples follow each other."""
BYTES_PER_MB = 1_000_000
HISTORY_BYTES = 4000
"""What a change may take in the history that a server keeps for streams to resume from, until that
is full; our choice, the built-in one takes 3,000 for each."""
TOO_SHORT = f"not enough time to tell: at least {LEAST_S:g} s have to be measured"


def held_by(pid: int) -> int:
    """The resident memory of a process of this machine; 0 if there is none to be read."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def name_of(pid: int) -> str:
    """What tells a process from all others of a run."""
    return f"{machine()} {pid}"


class Series:
    """A number that is looked at now and then, such as the memory of a process."""

    def __init__(self) -> None:
        self._times_s = array("d")
        self._numbers = array("d")

    def add(self, at_s: float, number: int) -> None:
        """A sample; times ascend."""
        self._times_s.append(at_s)
        self._numbers.append(number)

    def median(self, from_s: float, to_s: float) -> float | None:
        """The median of the samples of a span; None if there are none."""
        found = self._numbers[self._between(from_s, to_s)]
        return statistics.median(found) if found else None

    def rise(self, from_s: float, to_s: float) -> float:
        """By how much it rose per second in a span; 0 without two samples."""
        span = self._between(from_s, to_s)
        times_s, numbers = self._times_s[span], self._numbers[span]
        if len(numbers) < 2:
            return 0.0
        return max(0.0, numbers[-1] - numbers[0]) / (times_s[-1] - times_s[0])

    def _between(self, from_s: float, to_s: float) -> slice:
        return slice(bisect_left(self._times_s, from_s), bisect_left(self._times_s, to_s))


@dataclass(frozen=True, kw_only=True)
class Growth:
    """What processes hold together in the end, in MB, and how that grows, in MB per hour.

    Without a `slope` there was not enough time to tell. Up to `history` MB per hour of it may be
    the history of what was committed, which grows no more once it is full.
    """

    held_mb: float
    slope: Slope | None
    history: float = 0.0


class MemoryLog:
    """Samples of several processes, which together are the client or the server."""

    def __init__(self) -> None:
        self._series: dict[str, Series] = {}
        self._committed = Series()

    def add(self, at_s: float, held: Mapping[str, int], *, committed: int | None = None) -> None:
        """Samples of some of the processes, by their names.

        Args:
            at_s: when; ascends.
            held: bytes.
            committed: changes that were made so far, where that is known.
        """
        for name, size in held.items():
            self._series.setdefault(name, Series()).add(at_s, size)
        if committed is not None:
            self._committed.add(at_s, committed)

    def growth(self, window_s: tuple[float, float]) -> Growth | None:
        """How the sum of all processes grows; None without samples.

        Args:
            window_s: when the measured time began and ended.
        """
        begin_s, end_s = window_s
        if end_s - begin_s < LEAST_S:
            held_mb = self._held_mb(begin_s, end_s)
            return None if held_mb is None else Growth(held_mb=held_mb, slope=None)
        settled_s = begin_s + (end_s - begin_s) * SETTLING_SHARE
        steady_s = end_s - settled_s
        edges = [settled_s + steady_s * n / BLOCKS for n in range(BLOCKS + 1)]
        found = [(a / 3600, self._held_mb(a, b)) for a, b in pairwise(edges)]
        points = [(at_h, held_mb) for at_h, held_mb in found if held_mb is not None]
        if not points:
            return None
        history = self._committed.rise(settled_s, end_s) * HISTORY_BYTES / BYTES_PER_MB * 3600
        return Growth(held_mb=points[-1][1], slope=slope_of(points), history=history)

    def _held_mb(self, from_s: float, to_s: float) -> float | None:
        """The sum of the medians; None if a process is missing, since that would look like less."""
        total = 0.0
        for series in self._series.values():
            if (held := series.median(from_s, to_s)) is None:
                return None
            total += held / BYTES_PER_MB
        return total or None
