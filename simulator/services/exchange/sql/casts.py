"""CAST and TRY_CAST between types, as Trino does them, not as DuckDB would.

A text with a fraction is no whole number, halves round away from zero, and numbers and instants
become texts in Timestream's forms.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql import instants
from simulator.services.exchange.sql.guards import failing
from simulator.services.exchange.sql.operators import as_moment, literal_as
from simulator.services.exchange.sql.typed import Typed, coerced, quoted
from simulator.services.exchange.sql.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGRAL,
    TIME,
    TIMESTAMP,
    VARCHAR,
    Type,
    coerces,
    fields_of,
    kept_as,
)

DOUBLE_TEXT: Final = "double_text"
"""The function of ours, known to DuckDB, that prints very large and very small numbers."""
INSTANT_OF: Final = "instant_of"
"""The function of ours, known to DuckDB, that reads instants, their zones and nanoseconds too."""
_TEXT_BYTES: Final = 40


def cast(value: Typed, type: Type) -> Typed:
    """Return a value of another type; at work, what cannot be converted fails.

    Raises:
        ExchangeError: ValidationException, there is no such cast, or a literal cannot be read.
    """
    if value.literal is not None and literal_as(value, type) is not value:
        return literal_as(value, type)
    if value.type == type or coerces(value.type, type):
        return replace(coerced(value, type), literal=None)
    if type == VARCHAR:
        return Typed(sql=_as_text(value), type=VARCHAR, bytes=max(value.bytes, _TEXT_BYTES))
    sql = _converted(value, type)
    if sql is None and value.type.name == type.name == "ROW":
        sql = _row(value, type)
    if sql is None and value.type.name == type.name == "ARRAY":
        inner = cast(Typed(sql="e", type=value.type.item), type.item)
        sql = f"list_transform({value.sql}, lambda e: {inner.sql})"
    if sql is None:
        raise bad_sql(f"A cast of {value.type} to {type} is not supported.")
    return Typed(sql=sql, type=type, bytes=value.bytes)


def digits(value: Typed, format: str) -> str:
    """Return an instant or time as DuckDB's text of its seconds, and nine digits behind."""
    billion = 10**9
    rest = f"((({value.sql} % {billion}) + {billion}) % {billion})"
    whole = f"strftime({as_moment(value).sql}, {quoted(format)})"
    return f"{whole} || lpad(CAST({rest} AS VARCHAR), 9, '0')"


def _row(value: Typed, type: Type) -> str | None:
    if len(value.type.items) != len(type.items):
        return None
    fields = [
        f"{name} := {cast(Typed(sql=f'({value.sql}).{name}', type=source), target).sql}"
        for name, source, target in zip(fields_of(type), value.type.items, type.items, strict=True)
    ]
    return f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({', '.join(fields)}) END"


def _converted(value: Typed, type: Type) -> str | None:
    source, sql, kept = value.type, value.sql, kept_as(type)
    if source in INTEGRAL and (type in INTEGRAL or type == BOOLEAN):
        return f"CAST({sql} AS {kept})"
    if source == DOUBLE and type in INTEGRAL:
        return f"CAST(round({sql}) AS {kept})"
    if source in (DOUBLE, BOOLEAN) and type in (BOOLEAN, DOUBLE, *INTEGRAL):
        return f"CAST({sql} AS {kept})"
    if source == VARCHAR and type in INTEGRAL:
        whole = rf"regexp_full_match(trim({sql}), '[+-]?[0-9]+')"
        return f"CASE WHEN {whole} THEN CAST({sql} AS {kept}) WHEN {sql} IS NOT NULL THEN " + (
            failing(f"The text is no {type}") + " END"
        )
    if source == VARCHAR and type in (DOUBLE, BOOLEAN, DATE):
        return f"CAST({sql} AS {kept})"
    if source == VARCHAR and type == TIMESTAMP:
        return f"{INSTANT_OF}({sql})"
    if source == TIMESTAMP and type == DATE:
        return f"CAST({as_moment(value).sql} AS DATE)"
    if source == TIMESTAMP and type == TIME:
        return f"((({sql} % {instants.DAY}) + {instants.DAY}) % {instants.DAY})"
    return None


def _as_text(value: Typed) -> str:
    source, sql = value.type, value.sql
    if source == DOUBLE:
        plain = f"({sql} = 0 OR (abs({sql}) >= 0.001 AND abs({sql}) < 1e7))"
        return f"CASE WHEN {plain} THEN CAST({sql} AS VARCHAR) ELSE {DOUBLE_TEXT}({sql}) END"
    if source == TIMESTAMP:
        return f"({digits(value, '%Y-%m-%d %H:%M:%S.')})"
    if source in INTEGRAL or source in (BOOLEAN, DATE):
        return f"CAST({sql} AS VARCHAR)"
    if source == TIME:
        return f"({digits(value, '%H:%M:%S.')})"
    raise bad_sql(f"A cast of {source} to varchar is not supported.")
