"""Answers of the Timestream Query API as JSON text, read strictly (seed 002; Timestream, Query).

Values keep the kind that they came as: a scalar is its text, NULL is None, an array a tuple, a row
a `Row`, a time series a tuple of `Sample`. What the text of a scalar means follows from its type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.oracles.exchange.times import instant, is_sql_timestamp

SCALAR_TYPES = (
    *("VARCHAR", "BOOLEAN", "BIGINT", "DOUBLE", "TIMESTAMP", "DATE", "TIME"),
    *("INTERVAL_DAY_TO_SECOND", "INTERVAL_YEAR_TO_MONTH", "UNKNOWN", "INTEGER"),
)

TYPES = (
    "ScalarType",
    "ArrayColumnInfo",
    "RowColumnInfo",
    "TimeSeriesMeasureValueColumnInfo",
)

KINDS = ("ScalarValue", "NullValue", "ArrayValue", "RowValue", "TimeSeriesValue")


class BadResult(ValueError):
    """The text is not in the documented form; the message says where."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The value of a ROW."""

    values: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One value of a time series, its time as text."""

    time: str
    value: Any

    @property
    def time_ns(self) -> int | None:
        """Nanoseconds since the epoch; None if the text is no time."""
        return instant(self.time)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column; `type` is one of `SCALAR_TYPES`, or "ARRAY", "ROW" or "TIMESERIES"."""

    name: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """A page, or a whole result.

    Attributes:
        query_id: of the query.
        columns: in their order.
        rows: a value for each column.
        progress: of the query, in percent.
        next_token: of the next page; None where the key is absent or null.
        has_token_key: whether the key is there at all.
    """

    query_id: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    progress: float
    next_token: str | None = None
    has_token_key: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def types(self) -> tuple[str, ...]:
        """Types of the columns."""
        return tuple(column.type for column in self.columns)

    def typed(self) -> list[tuple[Any, ...]]:
        """The rows as numbers, truth values, instants in nanoseconds and texts.

        Raises:
            BadResult: a text is no value of its column's type.
        """
        return [
            tuple(typed(value, c.type) for value, c in zip(row, self.columns, strict=True))
            for row in self.rows
        ]


def read_result(text: str) -> Result:
    """The result in a JSON text.

    Raises:
        BadResult: a key is missing, a row has too many or too few data, a datum has no kind or
            several, a scalar is no text, a type is none.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadResult(f"no JSON: {error}") from None
    if not isinstance(document, Mapping):
        raise BadResult("no object")
    columns = tuple(_column(each) for each in _list(document, "ColumnInfo"))
    status = _mapping(document, "QueryStatus")
    progress = status.get("ProgressPercentage")
    if not isinstance(progress, int | float) or isinstance(progress, bool):
        raise BadResult(f"ProgressPercentage is {progress!r}")
    token = document.get("NextToken")
    if token is not None and not (isinstance(token, str) and token):
        raise BadResult(f"NextToken is {token!r}")
    return Result(
        query_id=_text(document, "QueryId"),
        columns=columns,
        rows=tuple(_row(each, len(columns)) for each in _list(document, "Rows")),
        progress=float(progress),
        next_token=token,
        has_token_key="NextToken" in document,
    )


def joined(pages: Sequence[Result]) -> Result:
    """One result of all pages: columns of the first that has any, rows one after the other."""
    columns = next((page.columns for page in pages if page.columns), ())
    return Result(
        query_id=pages[0].query_id,
        columns=columns,
        rows=tuple(row for page in pages for row in page.rows),
        progress=pages[-1].progress,
    )


def typed(value: Any, type: str) -> Any:
    """What a value is: see `Result.typed`.

    Raises:
        BadResult: the text is none of the type.
    """
    if value is None or not isinstance(value, str):
        return value
    if type == "BIGINT" or type == "INTEGER":
        if not re.fullmatch(r"-?\d+", value):
            raise BadResult(f"{type} {value!r}")
        return int(value)
    if type == "DOUBLE":
        try:
            return float(value)
        except ValueError:
            raise BadResult(f"DOUBLE {value!r}") from None
    if type == "BOOLEAN":
        if value not in ("true", "false"):
            raise BadResult(f"BOOLEAN {value!r}")
        return value == "true"
    if type == "TIMESTAMP":
        if not is_sql_timestamp(value):
            raise BadResult(f"TIMESTAMP {value!r}")
        return instant(value)
    return value


def _column(value: Any) -> Column:
    if not isinstance(value, Mapping):
        raise BadResult(f"ColumnInfo has {value!r}")
    kind = _mapping(value, "Type")
    given = [name for name in TYPES if kind.get(name) is not None]
    if len(given) != 1:
        raise BadResult(f"Type of {value.get('Name')!r} is {dict(kind)!r}")
    name = value.get("Name")
    if name is not None and not isinstance(name, str):
        raise BadResult(f"Name is {name!r}")
    if given[0] == "ScalarType":
        if kind["ScalarType"] not in SCALAR_TYPES:
            raise BadResult(f"ScalarType is {kind['ScalarType']!r}")
        return Column(name=name or "", type=kind["ScalarType"])
    if given[0] in ("ArrayColumnInfo", "TimeSeriesMeasureValueColumnInfo"):
        _column(kind[given[0]])
    else:
        [_column(each) for each in _list(kind, given[0])]
    short = {"ArrayColumnInfo": "ARRAY", "RowColumnInfo": "ROW"}.get(given[0], "TIMESERIES")
    return Column(name=name or "", type=short)


def _row(value: Any, width: int) -> tuple[Any, ...]:
    data = _list(value, "Data") if isinstance(value, Mapping) else None
    if data is None or len(data) != width:
        raise BadResult(f"a row of {width} columns is {value!r}"[:300])
    return tuple(_datum(each) for each in data)


def _datum(value: Any) -> Any:
    kinds = [kind for kind in KINDS if isinstance(value, Mapping) and value.get(kind) is not None]
    if len(kinds) != 1:
        raise BadResult(f"a datum is {value!r}"[:300])
    found = value[kinds[0]]
    if kinds[0] == "NullValue":
        if found is not True:
            raise BadResult(f"NullValue is {found!r}")
        return None
    if kinds[0] == "ScalarValue":
        if not isinstance(found, str):
            raise BadResult(f"ScalarValue is {found!r}")
        return found
    if kinds[0] == "ArrayValue":
        return tuple(_datum(each) for each in _list(value, "ArrayValue"))
    if kinds[0] == "RowValue":
        return Row(values=tuple(_datum(each) for each in _list(found, "Data")))
    return tuple(
        Sample(time=_text(each, "Time"), value=_datum(each.get("Value")))
        for each in _list(value, "TimeSeriesValue")
    )


def _list(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(found, list):
        raise BadResult(f"{key} is {found!r}"[:300])
    return found


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    if not isinstance(found, Mapping):
        raise BadResult(f"{key} is {found!r}"[:300])
    return found


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(found, str) or not found:
        raise BadResult(f"{key} is {found!r}"[:300])
    return found
