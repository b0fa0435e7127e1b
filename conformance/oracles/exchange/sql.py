"""What functions of Timestream's SQL give, over plain lists (Timestream, query language).

Instants and lengths of time are nanoseconds. A check writes the query, and beside it the few lines
of Python that give the rows; what both need more often stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

SECOND_NS = 1_000_000_000
UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3600 * SECOND_NS,
    "d": 86400 * SECOND_NS,
}
"""Units of lengths of time such as 5m."""

Series = Sequence[tuple[int, float]]
"""Instants and values, in the order of time."""

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def length_ns(text: str) -> int:
    """A length of time: `5m` is 300 seconds."""
    number = text.rstrip("nusmhd")
    return int(number) * UNITS_NS[text[len(number) :]]


def bin_ns(at_ns: int, width_ns: int) -> int:
    """`bin(time, width)`: the start of the interval since the epoch that holds an instant."""
    return at_ns // width_ns * width_ns


def truncated_ns(unit: str, at_ns: int) -> int:
    """`date_trunc(unit, time)` for second, minute, hour, day, week, month, quarter and year."""
    fixed = {"second": "s", "minute": "m", "hour": "h", "day": "d"}
    if unit in fixed:
        return bin_ns(at_ns, UNITS_NS[fixed[unit]])
    day = _EPOCH + timedelta(days=at_ns // UNITS_NS["d"])
    if unit == "week":
        day -= timedelta(days=day.weekday())
    elif unit == "month":
        day = day.replace(day=1)
    elif unit == "quarter":
        day = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    elif unit == "year":
        day = day.replace(month=1, day=1)
    else:
        raise ValueError(f"no unit of date_trunc: {unit}")
    return (day - _EPOCH).days * UNITS_NS["d"]


def grouped(
    rows: Iterable[T], key: Callable[[T], K], value: Callable[[list[T]], Any]
) -> list[tuple[K, Any]]:
    """GROUP BY a key with one aggregate, in the order of the keys."""
    groups: dict[K, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [(each, value(groups[each])) for each in sorted(groups, key=_orderable)]


def max_by(rows: Iterable[tuple[T, Any]]) -> T | None:
    """`max_by(x, y)` of pairs (x, y): the x of the greatest y; None of no rows."""
    best = max(rows, key=lambda pair: _orderable(pair[1]), default=None)
    return None if best is None else best[0]


def min_by(rows: Iterable[tuple[T, Any]]) -> T | None:
    """`min_by(x, y)` of pairs (x, y): the x of the smallest y; None of no rows."""
    best = min(rows, key=lambda pair: _orderable(pair[1]), default=None)
    return None if best is None else best[0]


def sequence_ns(start_ns: int, stop_ns: int, step_ns: int) -> list[int]:
    """`sequence(start, stop, step)`: the stop belongs to it if a step reaches it."""
    return list(range(start_ns, stop_ns + 1, step_ns))


def interpolate_linear(series: Series, at: Sequence[int]) -> list[float | None]:
    """`interpolate_linear`: on the line between neighbours; None outside of the series."""
    found: list[float | None] = []
    for each in at:
        before = [point for point in series if point[0] <= each]
        after = [point for point in series if point[0] >= each]
        if not before or not after:
            found.append(None)
            continue
        (t0, v0), (t1, v1) = before[-1], after[0]
        found.append(v0 if t0 == t1 else v0 + (v1 - v0) * ((each - t0) / (t1 - t0)))
    return found


def interpolate_locf(series: Series, at: Sequence[int]) -> list[float | None]:
    """`interpolate_locf`: the last value until then; None before the first."""
    found: list[float | None] = []
    for each in at:
        before = [value for time, value in series if time <= each]
        found.append(before[-1] if before else None)
    return found


def close(a: Any, b: Any) -> bool:
    """Whether two results are the same but for the last digits of fractions."""
    if isinstance(a, float) and isinstance(b, int | float):
        return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def _orderable(value: Any) -> Any:
    return tuple(map(_orderable, value)) if isinstance(value, list | tuple) else value
