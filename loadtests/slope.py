"""The slope of a series of points, so that a few wild ones do not bend it, and how sure it is.

Theil and Sen: the median of the slopes of all pairs of points. The interval around it is Sen's,
by the distribution of Kendall's statistic, and knows nothing of how the points scatter.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

SURE = 1.96
"""Standard deviations of the interval: 95 %."""
LEAST_POINTS = 8

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Slope:
    """A slope and the interval in which it lies, as units of the second coordinate per first."""

    value: float
    low: float
    high: float


def slope_of(points: Sequence[Point]) -> Slope | None:
    """The slope of points in ascending order; None if they are too few.

    What levels off is not growing: the low end is the lesser of that of all points and that of
    their later half.
    """
    if len(points) < LEAST_POINTS:
        return None
    whole = _slope(points)
    late = _slope(points[len(points) // 2 :])
    return Slope(value=whole.value, low=min(whole.low, late.low), high=whole.high)


def _slope(points: Sequence[Point]) -> Slope:
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2))
    count, pairs = len(points), len(slopes)
    spread = SURE * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    first = max(0, math.floor((pairs - spread) / 2))
    last = min(pairs - 1, math.ceil((pairs + spread) / 2))
    return Slope(value=statistics.median(slopes), low=slopes[first], high=slopes[last])
