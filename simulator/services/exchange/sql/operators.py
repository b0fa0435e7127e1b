"""Operators of expressions: arithmetic and comparison over numbers, texts, instants, durations.

Rules are Trino's: operands take their common type; whole numbers divide to whole numbers; an
instant minus an instant is a duration. A text literal beside an instant or a day is read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql import instants
from simulator.services.exchange.sql.typed import (
    Typed,
    coerced,
    integer,
    is_number,
    number,
    quoted,
)
from simulator.services.exchange.sql.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    MONTHS,
    TIME,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    Type,
    common,
)

COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})

_READERS: Final[Mapping[Type, Callable[[str], Typed]]] = MappingProxyType(
    {
        TIMESTAMP: lambda text: number(instants.instant(text), TIMESTAMP),
        DATE: lambda text: Typed(sql=f"DATE {quoted(instants.day(text).isoformat())}", type=DATE),
        TIME: lambda text: number(instants.clock(text), TIME),
    }
)
_LINEAR: Final = (INTERVAL, MONTHS)


def literal_as(value: Typed, type: Type) -> Typed:
    """Return a text literal read as an instant, a day or a time; anything else as it is."""
    if value.literal is None or type not in _READERS:
        return value
    return _READERS[type](value.literal)


def together(first: Typed, second: Typed, what: str) -> tuple[Typed, Typed]:
    """Return two values as ones of their common type.

    Raises:
        ExchangeError: ValidationException, they have none; `what` names the operation.
    """
    first, second = literal_as(first, second.type), literal_as(second, first.type)
    both = common(first.type, second.type)
    if both is None:
        raise bad_sql(f"{what} of {first.type} and {second.type} is not supported.")
    return coerced(first, both), coerced(second, both)


def compare(operator: str, first: Typed, second: Typed) -> Typed:
    """Return a comparison, one of COMPARISONS or IS [NOT] DISTINCT FROM."""
    first, second = together(first, second, f"The comparison {operator}")
    return Typed(sql=f"({first.sql} {operator} {second.sql})", type=BOOLEAN)


def arithmetic(operator: str, first: Typed, second: Typed) -> Typed:
    """Return the result of `+`, `-`, `*`, `/` or `%`.

    Raises:
        ExchangeError: ValidationException, no rule has operands of these types.
    """
    kinds = (first.type, second.type)
    if all(map(is_number, kinds)):
        return _numbers(operator, first, second)
    if operator in ("+", "-"):
        made = _moved(operator, first, second)
        if made is None and operator == "+":
            made = _moved(operator, second, first)
        if made is not None:
            return made
    if operator in ("*", "/") and first.type in _LINEAR and is_number(second.type):
        return _scaled(operator, first, second)
    if operator == "*" and second.type in _LINEAR and is_number(first.type):
        return _scaled(operator, second, first)
    raise bad_sql(f"{first.type} {operator} {second.type} is not supported.")


def negated(value: Typed) -> Typed:
    """Return the negative of a number or a duration."""
    if not is_number(value.type) and value.type not in _LINEAR:
        raise bad_sql(f"-{value.type} is not supported.")
    return Typed(sql=f"(-{value.sql})", type=value.type)


def concatenated(values: list[Typed]) -> Typed:
    """Return texts or arrays after one another; an element may stand beside arrays (Trino)."""
    arrays = [value.type for value in values if value.type.name == "ARRAY"]
    size = sum(value.bytes for value in values)
    if not arrays:
        texts = [coerced(value, VARCHAR) for value in values]
        joined = " || ".join(text.sql for text in texts)
        return Typed(sql=f"({joined})", type=VARCHAR, bytes=size)
    whole = arrays[0]
    for value in values:
        other = value.type if value.type.name == "ARRAY" else Type("ARRAY", (value.type,))
        both = common(whole, other)
        if both is None:
            raise bad_sql(f"{whole} || {value.type} is not supported.")
        whole = both
    parts = []
    for value in values:
        lone = value.type.name != "ARRAY"
        part = coerced(value, whole.item if lone else whole).sql
        parts.append(f"list_value({part})" if lone else part)
    return Typed(sql=f"({' || '.join(parts)})", type=whole, bytes=size)


def _numbers(operator: str, first: Typed, second: Typed) -> Typed:
    first, second = together(first, second, operator)
    type = INTEGER if first.type == UNKNOWN else first.type
    sign = "//" if operator == "/" and type in (INTEGER, BIGINT) else operator
    return Typed(sql=f"({first.sql} {sign} {second.sql})", type=type)


def _moved(operator: str, first: Typed, second: Typed) -> Typed | None:
    """Return an instant, day or duration moved by a duration, or the way from one to another."""
    pair = (first.type, second.type)
    simple = f"({first.sql} {operator} {second.sql})"
    if pair in ((TIMESTAMP, INTERVAL), (INTERVAL, INTERVAL), (MONTHS, MONTHS)):
        return Typed(sql=simple, type=first.type)
    if pair == (TIME, INTERVAL):
        day = instants.DAY
        return Typed(sql=f"(({simple} % {day} + {day}) % {day})", type=TIME)
    if operator == "-" and first.type in (TIMESTAMP, DATE) and second.type in (TIMESTAMP, DATE):
        first, second = coerced(first, TIMESTAMP), coerced(second, TIMESTAMP)
        return Typed(sql=f"({first.sql} - {second.sql})", type=INTERVAL)
    if pair == (DATE, INTERVAL):
        days = f"CAST({second.sql} // {instants.DAY} AS INTEGER)"
        return Typed(sql=f"({first.sql} {operator} {days})", type=DATE)
    if second.type == MONTHS and first.type in (TIMESTAMP, DATE):
        return months_later(first, replace(second, sql=f"({operator}{second.sql})"))
    return None


def months_later(value: Typed, months: Typed) -> Typed:
    """Return an instant or day some months later; the last of a month where the day is missing."""
    step = f"to_months(CAST({months.sql} AS INTEGER))"
    if value.type == DATE:
        return Typed(sql=f"CAST(({value.sql} + {step}) AS DATE)", type=DATE)
    below = f"((({value.sql} % 1000) + 1000) % 1000)"
    moved = f"epoch_us({as_moment(value).sql} + {step})"
    return Typed(sql=f"({moved} * 1000 + {below})", type=TIMESTAMP)


def as_moment(value: Typed) -> Typed:
    """Return an instant as DuckDB's TIMESTAMP, cut to microseconds; a day as it is.

    The result is for DuckDB's functions of time and has no type of ours.
    """
    if value.type == DATE:
        return value
    sql = value.sql
    floor = f"(({sql} - CASE WHEN {sql} < 0 THEN 999 ELSE 0 END) // 1000)"
    return Typed(sql=f"make_timestamp({floor})", type=UNKNOWN)


def _scaled(operator: str, span: Typed, factor: Typed) -> Typed:
    if factor.type != DOUBLE:
        sign = "//" if operator == "/" else "*"
        return Typed(sql=f"({span.sql} {sign} {factor.sql})", type=span.type)
    kept = "BIGINT" if span.type == INTERVAL else "INTEGER"
    return Typed(sql=f"CAST(trunc({span.sql} {operator} {factor.sql}) AS {kept})", type=span.type)


def duration(text: str, unit: str) -> Typed:
    """Return a literal of so many units; of months and years it is an INTERVAL YEAR TO MONTH."""
    if unit in instants.NANOSECONDS:
        return number(instants.duration(text, unit), INTERVAL)
    try:
        return number(int(text) * instants.MONTHS[unit], MONTHS)
    except (ValueError, KeyError):
        raise bad_sql(f"INTERVAL '{text[:60]}' {unit.upper()} is not supported.") from None


def numeral(text: str) -> Typed:
    """Return a number as it is written: with a point or exponent a DOUBLE (Timestream)."""
    if text.isdecimal():
        return integer(int(text))
    try:
        return Typed(sql=f"CAST({float(text)!r} AS DOUBLE)", type=DOUBLE)
    except ValueError:
        raise bad_sql(f"The number {text[:60]} is not supported.") from None
