"""Rows of DuckDB as the JSON of Timestream's Query answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from simulator.services.exchange.sql.instants import (
    clock_text,
    double_text,
    duration_text,
    instant_text,
    months_text,
)
from simulator.services.exchange.sql.scope import Field
from simulator.services.exchange.sql.types import Type, column_type

_TEXTS: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType(
    {
        "BOOLEAN": lambda value: "true" if value else "false",
        "INTEGER": str,
        "BIGINT": str,
        "DOUBLE": double_text,
        "VARCHAR": str,
        "TIMESTAMP": instant_text,
        "DATE": date.isoformat,
        "TIME": clock_text,
        "INTERVAL_DAY_TO_SECOND": duration_text,
        "INTERVAL_YEAR_TO_MONTH": months_text,
        "UNKNOWN": str,
    }
)


def column_info(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return `ColumnInfo`; a column without a name is called `_col` and its place (Trino)."""
    return [
        {"Name": field.name or f"_col{place}", "Type": column_type(field.value.type)}
        for place, field in enumerate(fields)
    ]


def row(values: Sequence[Any], fields: Sequence[Field]) -> dict[str, Any]:
    """Return one of `Rows`."""
    pairs = zip(values, fields, strict=True)
    return {"Data": [datum(value, field.value.type) for value, field in pairs]}


def datum(value: Any, type: Type) -> dict[str, Any]:
    """Return a `Datum`: exactly one kind of value, scalars as text."""
    if value is None:
        return {"NullValue": True}
    if type.name == "ARRAY":
        return {"ArrayValue": [datum(each, type.item) for each in value]}
    if type.name == "TIMESERIES":
        return {
            "TimeSeriesValue": [
                {"Time": instant_text(point["t"]), "Value": datum(point["v"], type.item)}
                for point in value
            ]
        }
    if type.name in ("ROW", "POINT"):
        pairs = zip(value.values(), type.items, strict=True)
        return {"RowValue": {"Data": [datum(each, item) for each, item in pairs]}}
    return {"ScalarValue": _TEXTS[type.name](value)}
