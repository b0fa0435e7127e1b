"""What a process of the run counts and times, flushed once a second to the main process.

Latency samples count only when they were due inside the measured window, so warm-up needs no
reset and no process has to know the phases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from loadtests.histogram import Histogram

NEVER_US = 1 << 62


class Stats:
    """Distributions and counters of one process since the last flush.

    `start_us` and `end_us` bound the measured window on the run's clock; until they are set
    nothing lies inside.
    """

    def __init__(self) -> None:
        self.start_us = NEVER_US
        self.end_us = NEVER_US
        self._distributions: dict[str, Histogram] = {}
        self._counts: Counter[str] = Counter()

    def measure(self, start_us: int, end_us: int) -> None:
        """Set the measured window, end excluded."""
        self.start_us = start_us
        self.end_us = end_us

    def is_measured(self, at_us: int) -> bool:
        """Whether an instant lies inside the window."""
        return self.start_us <= at_us < self.end_us

    def record(self, name: str, value: int, times: int = 1) -> None:
        """Add a sample (microseconds for latencies)."""
        histogram = self._distributions.get(name)
        if histogram is None:
            histogram = self._distributions[name] = Histogram()
        histogram.record(value, times)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self._counts[name] += by

    def flush(self) -> dict[str, Any]:
        """Everything since the last flush, as plain values, and start anew."""
        found = {
            "distributions": {n: h.to_json() for n, h in self._distributions.items()},
            "counts": dict(self._counts),
        }
        self._distributions = {}
        self._counts = Counter()
        return found


class Totals:
    """The sum of what the processes flushed."""

    def __init__(self) -> None:
        self.distributions: dict[str, Histogram] = {}
        self.counts: Counter[str] = Counter()

    def add(self, flushed: Mapping[str, Any]) -> None:
        """Add one flush."""
        for name, data in flushed["distributions"].items():
            self.distributions.setdefault(name, Histogram()).merge(Histogram.from_json(data))
        self.counts.update(flushed["counts"])

    def lag(self, stream: str, changes: int) -> None:
        """Add a sample of how many changes a stream is behind."""
        self.distributions.setdefault(f"lag.{stream}", Histogram()).record(changes)
