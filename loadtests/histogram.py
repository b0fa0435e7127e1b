"""Latency distributions: log-linear, in whole microseconds, mergeable and sparse on the wire.

128 buckets for each power of two keep the error below 1 %; values below 256 are exact. A plain
dictionary of counts by bucket costs under a microsecond per record (our choice; locust's own
tables round to whole milliseconds and less).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

SUB_BITS = 7
SUB_BUCKETS = 1 << SUB_BITS
NEEDED_BEYOND = 10
"""Samples that have to lie beyond a percentile before it is worth printing."""


def bucket_of(value: int) -> int:
    """The bucket of a value of at least 0."""
    shift = value.bit_length() - SUB_BITS - 1
    return value if shift <= 0 else shift * SUB_BUCKETS + (value >> shift)


def middle_of(bucket: int) -> int:
    """The value that stands for a bucket: the middle of its range."""
    if bucket < 2 * SUB_BUCKETS:
        return bucket
    shift = bucket // SUB_BUCKETS - 1
    low = (bucket - shift * SUB_BUCKETS) << shift
    return low + (1 << shift >> 1)


class Histogram:
    """A distribution of non-negative integers (microseconds, counts, bytes).

    Negative values, which only unequal clocks can cause, count as 0.
    """

    __slots__ = ("buckets", "count", "highest", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0
        self.highest = 0

    def record(self, value: int, times: int = 1) -> None:
        """Add a value, `times` times."""
        if value < 0:
            value = 0
        shift = value.bit_length() - 8
        bucket = value if shift <= 0 else (shift << 7) + (value >> shift)
        buckets = self.buckets
        buckets[bucket] = buckets.get(bucket, 0) + times
        self.count += times
        self.total += value * times
        if value > self.highest:
            self.highest = value

    def merge(self, other: Histogram) -> None:
        """Add everything that `other` holds."""
        for bucket, times in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + times
        self.count += other.count
        self.total += other.total
        self.highest = max(self.highest, other.highest)

    def percentile(self, percent: float) -> int | None:
        """The value below which `percent` of the samples lie; None without samples.

        100 gives the exact highest value.
        """
        if not self.count:
            return None
        if percent >= 100:
            return self.highest
        wanted = max(1, -int(-self.count * percent // 100))
        passed = 0
        for bucket in sorted(self.buckets):
            passed += self.buckets[bucket]
            if passed >= wanted:
                return min(middle_of(bucket), self.highest)
        return self.highest

    def is_enough_for(self, percent: float) -> bool:
        """Whether at least ten samples lie beyond the percentile (any sample, for 100)."""
        if percent >= 100:
            return self.count > 0
        return self.count * (100 - percent) / 100 >= NEEDED_BEYOND - 1e-9

    def to_json(self) -> dict[str, Any]:
        """The sparse form: only the buckets that hold something, ascending."""
        buckets = [[bucket, self.buckets[bucket]] for bucket in sorted(self.buckets)]
        return {"max": self.highest, "sum": self.total, "buckets": buckets}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Histogram:
        """The histogram that `to_json` described."""
        histogram = cls()
        for bucket, times in data["buckets"]:
            histogram.buckets[int(bucket)] = int(times)
            histogram.count += int(times)
        histogram.total = int(data["sum"])
        histogram.highest = int(data["max"])
        return histogram


def union(histograms: Iterable[Histogram]) -> Histogram:
    """One histogram of all samples."""
    result = Histogram()
    for histogram in histograms:
        result.merge(histogram)
    return result
