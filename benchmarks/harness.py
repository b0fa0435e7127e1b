"""Ratios of two things measured in one run, in turn, so that a machine's moods cancel out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of the table: a figure, what it was held against, and whether it is good enough."""

    name: str
    value: float
    unit: str
    against: str
    ratio: float
    wanted: float
    holds: bool


def interleave(
    a: Callable[[], object], b: Callable[[], object], rounds: int = 7
) -> tuple[float, float]:
    """Median seconds of one call of `a` and of one call of `b`, taken in turn after a warm-up."""
    a()
    b()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, seconds in zip((a, b), times, strict=True):
            begin = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - begin)
    return statistics.median(times[0]), statistics.median(times[1])
