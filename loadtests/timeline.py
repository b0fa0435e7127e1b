"""Distributions over the time of a run, second by second; of a long run in coarser steps.

A soak must not leak itself: whatever lies behind is packed, and neighbours are put together
whenever there are too many steps, so hours need no more memory than minutes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from loadtests.histogram import Histogram

MOST_STEPS = 600


class Timeline:
    """Distributions by metric and step of time; only the newest step is added to.

    Attributes:
        width_s: of a step, a power of two.
    """

    def __init__(self) -> None:
        self.width_s = 1
        self._newest = 0
        self._row: dict[str, Histogram] = {}
        self._packed: dict[int, dict[str, array[int]]] = {}

    def add(self, second: int, name: str, histogram: Histogram) -> None:
        """Add samples of a second of the run, which is not before the newest step."""
        step = max(second // self.width_s, self._newest)
        if step > self._newest:
            self._pack()
            self._newest = step
            if len(self._packed) >= MOST_STEPS:
                self._widen()
        self._row.setdefault(name, Histogram()).merge(histogram)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Histogram]]]:
        """The second at which each step begins, and what it holds, in order of time."""
        self._pack()
        for step, row in self._packed.items():
            yield step * self.width_s, {name: _unpacked(data) for name, data in row.items()}

    def _pack(self) -> None:
        if self._row:
            row = self._packed.setdefault(self._newest, {})
            for name, histogram in self._row.items():
                row[name] = _packed(histogram, row.get(name))
        self._row = {}

    def _widen(self) -> None:
        steps, self._packed = self._packed, {}
        for step, row in steps.items():
            wide = self._packed.setdefault(step // 2, {})
            for name, data in row.items():
                wide[name] = _packed(_unpacked(data), wide.get(name))
        self.width_s *= 2
        self._newest //= 2


def merged(timelines: list[Timeline]) -> Timeline:
    """One timeline of all samples of several of the same run."""
    made = Timeline()
    steps = [(second, row) for timeline in timelines for second, row in timeline]
    for second, row in sorted(steps, key=lambda step: step[0]):
        for name, histogram in row.items():
            made.add(second, name, histogram)
    return made


def _packed(histogram: Histogram, more: array[int] | None) -> array[int]:
    """Highest value and sum, then buckets and counts in turn; with what is packed already."""
    if more is not None:
        histogram.merge(_unpacked(more))
    flat = (part for bucket in sorted(histogram.buckets.items()) for part in bucket)
    return array("q", (histogram.highest, histogram.total, *flat))


def _unpacked(data: array[int]) -> Histogram:
    buckets = zip(data[2::2], data[3::2], strict=True)
    return Histogram.from_json({"max": data[0], "sum": data[1], "buckets": buckets})
