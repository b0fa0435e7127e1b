"""Distributions over the time of a run, second by second; of a long run in coarser steps.

A soak must not leak itself: whatever lies behind is packed, and neighbours are put together
whenever there are too many steps, so hours need no more memory than minutes.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator

from loadtests.histogram import Histogram

MOST_STEPS = 300
"""Few enough to be there well before the growth of a soak is measured."""


class Timeline:
    """Distributions by metric and step of time; only the newest step is added to.

    Attributes:
        width_s: of a step, a power of two.
    """

    def __init__(self) -> None:
        self.width_s = 1
        self._newest = 0
        self._row: dict[str, Histogram] = {}
        self._packed: dict[int, bytes] = {}

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
            yield step * self.width_s, _unpacked(row)

    def _pack(self) -> None:
        if self._row:
            self._put(self._newest, self._row)
        self._row = {}

    def _widen(self) -> None:
        steps, self._packed = self._packed, {}
        for step, row in steps.items():
            self._put(step // 2, _unpacked(row))
        self.width_s *= 2
        self._newest //= 2

    def _put(self, step: int, row: dict[str, Histogram]) -> None:
        """Pack what a step holds, with what is packed of it already."""
        if (packed := self._packed.get(step)) is not None:
            for name, histogram in _unpacked(packed).items():
                row.setdefault(name, Histogram()).merge(histogram)
        self._packed[step] = _packed(row)


def merged(timelines: list[Timeline]) -> Timeline:
    """One timeline of all samples of several of the same run."""
    made = Timeline()
    steps = [(second, row) for timeline in timelines for second, row in timeline]
    for second, row in sorted(steps, key=lambda step: step[0]):
        for name, histogram in row.items():
            made.add(second, name, histogram)
    return made


def _packed(row: dict[str, Histogram]) -> bytes:
    """One object, instead of some for each metric: highest value, sum, buckets and counts."""
    return marshal.dumps(
        {
            name: (histogram.highest, histogram.total, sorted(histogram.buckets.items()))
            for name, histogram in row.items()
        }
    )


def _unpacked(data: bytes) -> dict[str, Histogram]:
    return {
        name: Histogram.from_json({"max": highest, "sum": total, "buckets": buckets})
        for name, (highest, total, buckets) in marshal.loads(data).items()
    }
