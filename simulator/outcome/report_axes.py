"""Scales, ticks and small pieces of SVG for the charts of a report.

Every chart over time has the same left and right edge, so that they line up under each other.
Coordinates carry one decimal: the page stays small and the same run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from html import escape
from itertools import pairwise
from math import ceil, floor, log10
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.scenario_base import from_us, to_us

Floats = NDArray[np.float64]

WIDTH = 1080
LEFT, RIGHT = 138, 14
TOP, BOTTOM = 10, 24
_MAX_TICKS = 13
_LETTER = 7.0
"""How wide a letter is, about."""
_STEPS_MIN = (15, 30, 60, 120, 180, 360, 720)
_STEPS_DAYS = (1, 2, 7, 14)
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """A linear scale from values to pixels."""

    low: float
    high: float
    first: float
    """Pixel of `low`."""
    last: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.first + (value - self.low) / (self.high - self.low) * (self.last - self.first)

    def many(self, values: Floats) -> list[float]:
        """Return the pixels of many values."""
        share = (values - self.low) / (self.high - self.low)
        pixels: list[float] = (self.first + share * (self.last - self.first)).tolist()
        return pixels


def time_axis(start_us: int, end_us: int) -> Axis:
    """Return the scale that every chart over time shares."""
    return Axis(low=start_us, high=end_us, first=LEFT, last=WIDTH - RIGHT)


def value_axis(low: float, high: float, height: float) -> tuple[Axis, list[float]]:
    """Return a scale with round ends around `[low, high]`, and its ticks."""
    if high - low < 1e-9:
        low, high = (low - 1.0, high + 1.0) if low else (0.0, 1.0)
    step = _nice((high - low) / 8.0)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    ticks = [place * step for place in range(first, last + 1)]
    axis = Axis(low=ticks[0], high=ticks[-1], first=height - BOTTOM, last=TOP)
    return axis, ticks


def time_ticks(start_us: int, end_us: int, zone: ZoneInfo) -> list[tuple[int, str]]:
    """Return round moments of local time within a run, and what to write there."""
    start, end = from_us(start_us).astimezone(zone), from_us(end_us).astimezone(zone)
    minutes = (end_us - start_us) / 60e6
    for step in _STEPS_MIN:
        if minutes / step <= _MAX_TICKS:
            return [
                (to_us(each), each.strftime("%H:%M") if each.time() != time() else _day(each))
                for each in _every_minutes(start, end, step)
            ]
    for step in _STEPS_DAYS:
        if minutes / 1440 / step <= _MAX_TICKS:
            return [(to_us(each), _day(each)) for each in _every_days(start, end, step)]
    steps = (step for step in _STEPS_MONTHS if minutes / 43_800 / step <= _MAX_TICKS)
    return [
        (to_us(each), each.strftime("%b %Y"))
        for each in _every_months(start, end, next(steps, _STEPS_MONTHS[-1]))
    ]


def frame(axis: Axis, ticks: Sequence[float], unit: str, height: float) -> Iterator[str]:
    """Yield horizontal lines with their values and the unit."""
    digits = decimals(ticks)
    for tick in ticks:
        y = axis(tick)
        kind = "zero" if abs(tick) < 1e-12 else "grid"
        yield f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield text(LEFT - 7, y + 4, f"{tick + 0.0:,.{digits}f}", "end")
    yield text(LEFT - 62, (TOP + height - BOTTOM) / 2, unit, "middle", turned=True)


def verticals(ticks: Sequence[tuple[int, str]], axis: Axis, height: float) -> Iterator[str]:
    """Yield vertical lines at moments, with what is written there as far as there is room."""
    free = 0.0
    for t_us, label in ticks:
        x, width = axis(t_us), _LETTER * len(label)
        yield (
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM:.1f}"/>'
        )
        left = min(max(x - width / 2, LEFT - 4.0), WIDTH - width)
        if left >= free:
            # At the edges the text is held by its end: fonts are wider than one thinks.
            at, anchor = x, "middle"
            if left > x - width / 2:
                at, anchor = left, "start"
            elif left < x - width / 2:
                at, anchor = WIDTH - 1.0, "end"
            yield text(at, height - BOTTOM + 16, label, anchor)
            free = left + width + 6


def text(x: float, y: float, content: str, anchor: str = "start", *, turned: bool = False) -> str:
    """Return a line of text."""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>{escape(content)}</text>'


def steps(x: Sequence[float], y: Sequence[float]) -> str:
    """Return the path of a staircase: `y[i]` holds from `x[i]` to `x[i + 1]`."""
    parts = [f"M{x[0]:.1f} {y[0]:.1f}"]
    shown = f"{y[0]:.1f}"
    for place in range(1, len(y)):
        level = f"{y[place]:.1f}"
        if level != shown:
            parts.append(f"H{x[place]:.1f}V{level}")
            shown = level
    parts.append(f"H{x[len(y)]:.1f}")
    return "".join(parts)


def line(x: Sequence[float], y: Sequence[float]) -> str:
    """Return the path through points."""
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def decimals(ticks: Sequence[float]) -> int:
    """Return how many decimals tell ticks apart."""
    step = min((b - a for a, b in pairwise(ticks)), default=1.0)
    for digits in range(6):
        if abs(step * 10**digits - round(step * 10**digits)) < 1e-6:
            return digits
    return 6


def _nice(step: float) -> float:
    size = 10.0 ** floor(log10(step))
    return next(size * each for each in (1.0, 2.0, 2.5, 5.0, 10.0) if size * each >= step * 0.999)


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"


def _every_minutes(start: datetime, end: datetime, step: int) -> Iterator[datetime]:
    """Steps are counted on the wall: a day of 25 hours shows its repeated hour once."""
    wall = datetime.combine(start.date(), time())
    while (moment := wall.replace(tzinfo=start.tzinfo)) <= end:
        if moment >= start:
            yield moment
        wall += timedelta(minutes=step)


def _every_days(start: datetime, end: datetime, step: int) -> Iterator[datetime]:
    day = start.date()
    while step % 7 == 0 and day.weekday() > 0:
        day += timedelta(days=1)
    while (moment := datetime.combine(day, time(), start.tzinfo)) <= end:
        if moment >= start:
            yield moment
        day += timedelta(days=step)


def _every_months(start: datetime, end: datetime, step: int) -> Iterator[datetime]:
    month = start.year * 12 + start.month - 1
    month -= month % step
    while month // 12 < 10_000:
        moment = datetime(month // 12, month % 12 + 1, 1, tzinfo=start.tzinfo)
        if moment > end:
            return
        if moment >= start:
            yield moment
        month += step
