"""Functions of many rows, by name: they are given the arguments of every row of a group."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.mutants.exchange.sql.series import create
from conformance.mutants.exchange.sql.tokens import bad

Rows = Sequence[Sequence[Any]]
Aggregate = Callable[[Rows], Any]


def _known(rows: Rows) -> list[Any]:
    return [row[0] for row in rows if row[0] is not None]


def counted(rows: Rows) -> int:
    """How many rows have a value."""
    return sum(not row or row[0] is not None for row in rows)


def summed(rows: Rows) -> Any:
    """The sum of numbers; null of none."""
    values = _numbers(rows)
    if not values:
        return None
    return math.fsum(values) if isinstance(values[0], float) else sum(values)


def averaged(rows: Rows) -> float | None:
    """The mean of numbers; null of none."""
    values = _numbers(rows)
    return math.fsum(values) / len(values) if values else None


def deviation(rows: Rows, *, sample: bool = True) -> float | None:
    """The standard deviation."""
    values = _numbers(rows)
    if len(values) < 1 + sample:
        return None
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - sample))


def _numbers(rows: Rows) -> list[Any]:
    values = _known(rows)
    if not all(isinstance(value, int | float) for value in values):
        raise bad("a number is expected")
    return values


def smallest(rows: Rows) -> Any:
    """The smallest value."""
    return _nth(rows, descending=False)


def largest(rows: Rows) -> Any:
    """The largest value."""
    return _nth(rows, descending=True)


def _nth(rows: Rows, *, descending: bool) -> Any:
    ordered = sorted(_known(rows), reverse=descending)
    if rows and len(rows[0]) == 2:
        return ordered[: int(rows[0][1])]
    return ordered[0] if ordered else None


def of_smallest(rows: Rows) -> Any:
    """The value beside the smallest one."""
    return _beside(rows, descending=False)


def of_largest(rows: Rows) -> Any:
    """The value beside the largest one."""
    return _beside(rows, descending=True)


def _beside(rows: Rows, *, descending: bool) -> Any:
    ordered = sorted(
        (row for row in rows if row[1] is not None), key=lambda row: row[1], reverse=descending
    )
    if rows and len(rows[0]) == 3:
        return [row[0] for row in ordered[: int(rows[0][2])]]
    return ordered[0][0] if ordered else None


def percentile(rows: Rows) -> Any:
    """The value below which a share of the values lies."""
    values = sorted(_known(rows))
    if not values:
        return None
    return values[min(len(values) - 1, int(float(rows[0][1]) * len(values)))]


AGGREGATES: Mapping[str, Aggregate] = {
    "count": counted,
    "count_if": lambda rows: sum(row[0] is True for row in rows),
    "sum": summed,
    "avg": averaged,
    "min": smallest,
    "max": largest,
    "min_by": of_smallest,
    "max_by": of_largest,
    "stddev": deviation,
    "stddev_samp": deviation,
    "stddev_pop": lambda rows: deviation(rows, sample=False),
    "arbitrary": lambda rows: next(iter(_known(rows)), None),
    "bool_and": lambda rows: all(_known(rows)) if _known(rows) else None,
    "bool_or": lambda rows: any(_known(rows)) if _known(rows) else None,
    "array_agg": lambda rows: [row[0] for row in rows],
    "approx_distinct": lambda rows: len(set(_known(rows))),
    "approx_percentile": percentile,
    "create_time_series": lambda rows: create((row[0], row[1]) for row in rows),
}
