"""Time series: made of rows, and filled at instants between their points."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from conformance.mutants.exchange.sql.tokens import bad
from conformance.mutants.exchange.sql.tree import Instant, Series, Span

MAX_ELEMENTS = 10_000


def create(pairs: Iterable[tuple[Any, Any]]) -> Series | None:
    """A series of instants and values; instants without a value are left out."""
    known = {at: value for at, value in pairs if isinstance(at, Instant) and value is not None}
    return Series(tuple(sorted(known.items(), key=lambda pair: pair[0].ns))) if known else None


def stepped(begin: Any, end: Any, step: Any = 1) -> list[Any]:
    """Values from `begin` to `end`, both included, one step apart."""
    if isinstance(begin, Instant):
        if not (isinstance(end, Instant) and isinstance(step, Span) and step.ns):
            raise bad("sequence: two timestamps and an interval")
        steps = range(begin.ns, end.ns + (1 if step.ns > 0 else -1), step.ns)
        _bounded(steps)
        return [Instant(ns) for ns in steps]
    if not all(isinstance(value, int) for value in (begin, end, step)) or not step:
        raise bad("sequence: two integers and a step")
    numbers = range(begin, end + (1 if step > 0 else -1), step)
    _bounded(numbers)
    return list(numbers)


def _bounded(steps: range) -> None:
    if len(steps) > MAX_ELEMENTS:
        raise bad(f"a sequence has {MAX_ELEMENTS} elements at most")


def between(first: tuple[Instant, Any], second: tuple[Instant, Any], at: Instant) -> float:
    """The value at an instant on the line between two points."""
    share = (at.ns - first[0].ns) / (second[0].ns - first[0].ns)
    return float(first[1] + (second[1] - first[1]) * share)


def interpolated(series: Any, at: Any) -> Any:
    """Values at instants, on lines between the points; null outside of them."""
    points = _points(series)

    def value(instant: Instant) -> Any:
        index = bisect_right(points, instant.ns, key=lambda point: point[0].ns)
        if index and points[index - 1][0] == instant:
            return float(points[index - 1][1])
        if index in (0, len(points)):
            return None
        return between(points[index - 1], points[index], instant)

    return _filled(value, at)


def last_carried(series: Any, at: Any) -> Any:
    """Values at instants: that of the last point before, null before the first one."""
    points = _points(series)

    def value(instant: Instant) -> Any:
        index = bisect_right(points, instant.ns, key=lambda point: point[0].ns)
        return points[index - 1][1] if index else None

    return _filled(value, at)


def _points(series: Any) -> tuple[tuple[Instant, Any], ...]:
    if not isinstance(series, Series):
        raise bad("a time series is expected")
    return series.points


def _filled(value: Any, at: Any) -> Any:
    if isinstance(at, Instant):
        return value(at)
    if not isinstance(at, list) or not all(isinstance(instant, Instant) for instant in at):
        raise bad("a timestamp, or a list of them, is expected")
    return create((instant, value(instant)) for instant in at)
