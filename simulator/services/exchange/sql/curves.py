"""Time series as curves: interpolation, derivatives, integrals, correlation (Timestream).

Plain functions of points, each a mapping of `t`, nanoseconds, ascending, and `v`, as DuckDB passes
and takes structures. Outside of a series, linear and spline interpolation give no value, and so
does locf before its first point: nothing is extrapolated (our choice, the documentation is silent).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any, Final, TypedDict

from simulator.services.exchange.sql.instants import double_text, instant


class Point(TypedDict):
    """A point of a time series."""

    t: int
    v: Any


Points = Sequence[Point]


def linear(series: Points, at: Sequence[int | None]) -> list[Point]:
    """Return the values on the straight lines between neighbours."""

    def value(times: Sequence[int], place: int, t: int) -> float | None:
        before, after = series[place - 1], series[place]
        share = (t - before["t"]) / (after["t"] - before["t"])
        return float(before["v"] + (after["v"] - before["v"]) * share)

    return _between(series, at, value)


def spline(series: Points, at: Sequence[int | None]) -> list[Point]:
    """Return the values on the natural cubic spline through the points."""
    if len(series) < 3:
        return linear(series, at)
    bends = _bends(series)

    def value(times: Sequence[int], place: int, t: int) -> float | None:
        before, after = series[place - 1], series[place]
        width = (after["t"] - before["t"]) / 1e9
        left, right = (after["t"] - t) / 1e9, (t - before["t"]) / 1e9
        low, high = bends[place - 1], bends[place]
        cubic = (low * left**3 + high * right**3) / (6 * width)
        return float(
            cubic
            + (before["v"] / width - low * width / 6) * left
            + (after["v"] / width - high * width / 6) * right
        )

    return _between(series, at, value)


def locf(series: Points, at: Sequence[int | None]) -> list[Point]:
    """Return the last values before or at each time."""
    times = [point["t"] for point in series]
    places = [(t, bisect_right(times, t)) for t in at if t is not None]
    return [{"t": t, "v": series[place - 1]["v"] if place else None} for t, place in places]


def fill(series: Points, at: Sequence[int | None], value: Any) -> list[Point]:
    """Return the values at each time, and a constant where there is none."""
    known = {point["t"]: point["v"] for point in series}
    return [{"t": t, "v": known.get(t, value)} for t in at if t is not None]


def derivative(series: Points, unit: int) -> list[Point]:
    """Return the change over each step, per unit of time, at the end of the step."""
    return [
        {"t": after["t"], "v": (after["v"] - before["v"]) / (after["t"] - before["t"]) * unit}
        for before, after in _steps(series)
    ]


def rising(series: Points, unit: int) -> list[Point]:
    """Return the derivative where it is not negative."""
    return [point for point in derivative(series, unit) if point["v"] >= 0]


def integral(series: Points, unit: int) -> float:
    """Return the area below the straight lines between the points, in values times units."""
    return float(
        sum(
            (before["v"] + after["v"]) / 2 * (after["t"] - before["t"]) / unit
            for before, after in _steps(series)
        )
    )


def pearson(first: Points, second: Points) -> float | None:
    """Return Pearson's coefficient of two series over the same times.

    Raises:
        ValueError: the times are not the same.
    """
    return _correlation(*_pairs(first, second))


def spearman(first: Points, second: Points) -> float | None:
    """Return Spearman's coefficient of two series over the same times, as `pearson` does."""
    return _correlation(*map(_ranks, _pairs(first, second)))


_POINTS: Final = "STRUCT(t BIGINT, v {})[]"
_NUMBERS: Final = _POINTS.format("DOUBLE")
_TIMES: Final = "BIGINT[]"

FUNCTIONS: Final[dict[str, tuple[Callable[..., Any], list[Any], str]]] = {
    "ts_linear": (linear, [_NUMBERS, _TIMES], _NUMBERS),
    "ts_spline": (spline, [_NUMBERS, _TIMES], _NUMBERS),
    "ts_derivative": (derivative, [_NUMBERS, "BIGINT"], _NUMBERS),
    "ts_rising": (rising, [_NUMBERS, "BIGINT"], _NUMBERS),
    "ts_integral": (integral, [_NUMBERS, "BIGINT"], "DOUBLE"),
    "ts_pearson": (pearson, [_NUMBERS, _NUMBERS], "DOUBLE"),
    "ts_spearman": (spearman, [_NUMBERS, _NUMBERS], "DOUBLE"),
    **{
        f"ts_{name}_{kept.lower()}": (
            function,
            [_POINTS.format(kept), _TIMES, *([kept] if name == "fill" else [])],
            _POINTS.format(kept),
        )
        for name, function in (("locf", locf), ("fill", fill))
        for kept in ("DOUBLE", "BIGINT", "BOOLEAN", "VARCHAR")
    },
    "instant_of": (instant, ["VARCHAR"], "BIGINT"),
    "double_text": (double_text, ["DOUBLE"], "VARCHAR"),
}
"""What DuckDB is given to call: function, types of arguments, type of result."""


def _between(
    series: Points,
    at: Sequence[int | None],
    value: Callable[[Sequence[int], int, int], float | None],
) -> list[Point]:
    times = [point["t"] for point in series]
    found: list[Point] = []
    for t in at:
        if t is None:
            continue
        place = bisect_left(times, t)
        if place < len(times) and times[place] == t:
            found.append({"t": t, "v": float(series[place]["v"])})
        elif 0 < place < len(times):
            found.append({"t": t, "v": value(times, place, t)})
        else:
            found.append({"t": t, "v": None})
    return found


def _bends(series: Points) -> list[float]:
    """Return the second derivatives of the natural spline, by elimination (tridiagonal)."""
    times = [point["t"] / 1e9 for point in series]
    values = [float(point["v"]) for point in series]
    widths = [after - before for before, after in pairwise(times)]
    slopes = [
        (after - before) / width
        for before, after, width in zip(values, values[1:], widths, strict=False)
    ]
    upper, right = [0.0], [0.0]
    for left, width, low, high in zip(widths, widths[1:], slopes, slopes[1:], strict=False):
        pivot = 2 * (left + width) - left * upper[-1]
        upper.append(width / pivot)
        right.append((6 * (high - low) - left * right[-1]) / pivot)
    bends = [0.0]
    for factor, constant in zip(reversed(upper), reversed(right), strict=True):
        bends.append(constant - factor * bends[-1])
    return bends[::-1]


def _steps(series: Points) -> Iterator[tuple[Point, Point]]:
    return ((before, after) for before, after in pairwise(series) if after["t"] > before["t"])


def _pairs(first: Points, second: Points) -> tuple[list[float], list[float]]:
    if [point["t"] for point in first] != [point["t"] for point in second]:
        raise ValueError("The time series do not have the same timestamps.")
    return [float(point["v"]) for point in first], [float(point["v"]) for point in second]


def _correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    count = len(first)
    if not count:
        return None
    mean, other = sum(first) / count, sum(second) / count
    both = sum((a - mean) * (b - other) for a, b in zip(first, second, strict=True))
    spread = sum((a - mean) ** 2 for a in first) * sum((b - other) ** 2 for b in second)
    return both / sqrt(spread) if spread > 0 else None


def _ranks(values: Sequence[float]) -> list[float]:
    """Return each value's place in order; equal ones share the middle of their places."""
    ordered = sorted(values)
    return [(bisect_left(ordered, each) + bisect_right(ordered, each) + 1) / 2 for each in values]
