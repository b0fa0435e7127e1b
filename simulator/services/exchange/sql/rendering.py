"""Rows of DuckDB as the JSON of Timestream's Query answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from json import JSONEncoder
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
_FREE: Final = ("VARCHAR", "UNKNOWN")
"""Types whose texts may hold anything; all others never need an escape."""
_NULL: Final = '{"NullValue":true}'

encode: Final = JSONEncoder(separators=(",", ":")).encode
"""Returns a value as JSON, without blanks."""


def column_info(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return `ColumnInfo`; a column without a name is called `_col` and its place (Trino)."""
    return [
        {"Name": field.name or f"_col{place}", "Type": column_type(field.value.type)}
        for place, field in enumerate(fields)
    ]


def rows_of(fields: Sequence[Field], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Yield `Rows` one by one, given the values of their columns, instants as texts."""
    if rows:
        writers = [_writer(field.value.type) for field in fields]
        columns = zip(*rows, strict=True)
        data = [map(writer, column) for writer, column in zip(writers, columns, strict=True)]
        for row in map(",".join, zip(*data, strict=True)):
            yield f'{{"Data":[{row}]}}'


def _writer(type: Type) -> Callable[[Any], str]:
    """Return what writes a value."""
    text = _TEXTS.get(type.name)
    if text is None:
        return lambda value: encode(datum(value, type))
    if type.name in _FREE:
        return lambda value: encode(datum(value, type))
    if type.name == "TIMESTAMP":
        text = str

    def write(value: Any) -> str:
        return _NULL if value is None else f'{{"ScalarValue":"{text(value)}"}}'

    return write


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
