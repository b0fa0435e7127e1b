"""The type of a result's column: declared, known of the expression, or that of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.mutants.exchange.sql.tree import (
    Apply,
    Case,
    Cast,
    Column,
    Instant,
    Literal,
    Operation,
    Series,
    Span,
)

_FIXED = {
    "count": "BIGINT",
    "count_if": "BIGINT",
    "approx_distinct": "BIGINT",
    "row_number": "BIGINT",
    "avg": "DOUBLE",
    "stddev": "DOUBLE",
    "now": "TIMESTAMP",
    "ago": "TIMESTAMP",
    "date_trunc": "TIMESTAMP",
    "date_add": "TIMESTAMP",
    "date_diff": "BIGINT",
    "from_iso8601_timestamp": "TIMESTAMP",
    "from_milliseconds": "TIMESTAMP",
    "from_nanoseconds": "TIMESTAMP",
    "to_milliseconds": "BIGINT",
    "to_nanoseconds": "BIGINT",
    "sqrt": "DOUBLE",
    "power": "DOUBLE",
    "concat": "VARCHAR",
    "lower": "VARCHAR",
    "upper": "VARCHAR",
    "length": "BIGINT",
    "cardinality": "BIGINT",
}
_FIRST = ("min", "max", "sum", "bin", "min_by", "max_by", "abs", "round", "lag", "lead", "coalesce")
_SCALARS = (
    (bool, "BOOLEAN"),
    (int, "BIGINT"),
    (float, "DOUBLE"),
    (str, "VARCHAR"),
    (Instant, "TIMESTAMP"),
    (Span, "INTERVAL_DAY_TO_SECOND"),
)


def type_of(declared: Mapping[str, Any], part: Any, rows: Sequence[Sequence[Any]], at: int) -> Any:
    """The type of a column: a scalar's name, `("array", type)` or `("series", type)`."""
    values = [row[at] for row in rows if row[at] is not None]
    if isinstance(part, Literal) and type(part.value) is int:
        return "INTEGER" if abs(part.value) < 2**31 else "BIGINT"
    for value in values:
        known = of_value(value)
        if known is not None and not (known == "BIGINT" and float in map(type, values)):
            return known
    return static(declared, part) or "UNKNOWN"


def of_value(value: Any) -> Any:
    """The type of a value; None of one that says nothing of it."""
    if isinstance(value, Series):
        inner = next((of_value(v) for _, v in value.points if v is not None), None)
        return "series", inner or "UNKNOWN"
    if isinstance(value, list):
        return "array", next((of_value(v) for v in value if v is not None), None) or "UNKNOWN"
    return next((name for kind, name in _SCALARS if isinstance(value, kind)), None)


def static(declared: Mapping[str, Any], part: Any) -> Any:
    """The type that an expression has whatever its values are."""
    if isinstance(part, Column):
        return declared.get(f"{part.table}.{part.name}" if part.table else part.name)
    if isinstance(part, Cast):
        return part.type
    if isinstance(part, Apply):
        if part.name in _FIRST and part.arguments:
            return static(declared, part.arguments[0])
        return _FIXED.get(part.name)
    if isinstance(part, Case):
        return static(declared, part.branches[0][1])
    if isinstance(part, Literal):
        return of_value(part.value)
    if isinstance(part, Operation):
        if part.sign in ("+", "-", "*", "/", "%", "NEG"):
            kinds = [static(declared, one) for one in part.parts]
            return next((k for k in ("TIMESTAMP", "DOUBLE") if k in kinds), kinds[0])
        return "VARCHAR" if part.sign == "||" else "BOOLEAN"
    return None
