"""Powers over time that drivers give producers and loads: daily shapes, a clear sky, noise.

Pure functions of the moment, constant for a quarter of an hour of UTC, so that neither the order of
events nor a stop in between changes what comes later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import cos, pi, radians, sin
from typing import Final
from zoneinfo import ZoneInfo

from simulator.microgrid.feed import Curve
from simulator.microgrid.randomness import stream
from simulator.microgrid.scenario_base import from_us
from simulator.microgrid.units import US_PER_S

__all__ = ["SHAPES", "clear_sky", "daily", "noisy"]

_STEP_US: Final = 900 * US_PER_S

SHAPES: Final = {
    "household": (
        0.45, 0.38, 0.35, 0.34, 0.36, 0.50, 0.85, 1.10, 1.05, 1.00, 1.00, 1.10,
        1.25, 1.10, 0.95, 0.95, 1.05, 1.35, 1.75, 1.90, 1.80, 1.50, 1.15, 0.77,
    ),
    "office": (
        0.35, 0.33, 0.32, 0.32, 0.35, 0.45, 0.75, 1.25, 1.75, 1.95, 2.00, 1.95,
        1.75, 1.85, 1.90, 1.85, 1.60, 1.10, 0.70, 0.50, 0.42, 0.40, 0.38, 0.36,
    ),
}  # fmt: skip
"""Powers by local hour as multiples of about their mean; our own, like the curves of the trade."""


def _stepped(power: Callable[[int], float]) -> Curve:
    """Return a curve that takes its power at the start of each quarter of an hour."""

    def curve(now_us: int) -> tuple[float, int]:
        start_us = now_us - now_us % _STEP_US
        return power(start_us), start_us + _STEP_US

    return curve


def daily(points: Sequence[tuple[float, float]], zone: ZoneInfo) -> Curve:
    """Return a curve that repeats each local day.

    Args:
        points: local hour from which a power holds, ascending, and the power in W; before the
            first one the last one of the day before holds.
        zone: whose hours these are.
    """

    def power(t_us: int) -> float:
        local = from_us(t_us).astimezone(zone)
        hour = local.hour + local.minute / 60.0
        passed = [each for start, each in points if start <= hour]
        return passed[-1] if passed else points[-1][1]

    return _stepped(power)


def clear_sky(
    peak_w: float, latitude: float, cloudiness: float, seed: int, component_id: int, zone: ZoneInfo
) -> Curve:
    """Return what modules deliver under a clear sky with clouds that come and go.

    The sine of the sun's elevation (declination by day of the year, solar time as the zone's
    standard time), less up to `cloudiness` of it, drawn anew for each quarter of an hour.
    """

    def power(t_us: int) -> float:
        local = from_us(t_us).astimezone(zone)
        local -= local.dst() or timedelta()
        day, hour = local.timetuple().tm_yday, local.hour + local.minute / 60.0 + 0.125
        declination = radians(-23.44) * cos(2.0 * pi * (day + 10) / 365.25)
        turn, place = radians(15.0 * (hour - 12.0)), radians(latitude)
        height = sin(place) * sin(declination) + cos(place) * cos(declination) * cos(turn)
        if height <= 0.0:
            return 0.0
        cover = float(stream(seed, "cloud", component_id, t_us).random()) if cloudiness else 0.0
        return peak_w * height * (1.0 - cloudiness * cover)

    return _stepped(power)


def noisy(curve: Curve, std_w: float, seed: int, component_id: int) -> Curve:
    """Return a curve that scatters around another one, never below 0."""
    if not std_w:
        return curve

    def power(t_us: int) -> float:
        draw = float(stream(seed, "load", component_id, t_us).standard_normal())
        return max(curve(t_us)[0] + std_w * draw, 0.0)

    return _stepped(power)
