"""Functions of time: bins, moving and comparing instants, their parts, their forms as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql import instants, operators
from simulator.services.exchange.sql.calls import Call, Form
from simulator.services.exchange.sql.casts import cast, digits
from simulator.services.exchange.sql.guards import unless
from simulator.services.exchange.sql.operators import as_moment, months_later
from simulator.services.exchange.sql.syntax import UNITS
from simulator.services.exchange.sql.typed import Typed, coerced, constant, number, quoted
from simulator.services.exchange.sql.types import (
    BIGINT,
    DATE,
    INTEGRAL,
    INTERVAL,
    TIME,
    TIMESTAMP,
    VARCHAR,
)

_PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "year": "year({})",
        "quarter": "quarter({})",
        "month": "month({})",
        "week": "week({})",
        "year_of_week": "isoyear({})",
        "day": "day({})",
        "day_of_week": "isodow({})",
        "day_of_year": "dayofyear({})",
        "hour": "hour({})",
        "minute": "minute({})",
        "second": "second({})",
        "millisecond": "(millisecond({}) % 1000)",
    }
)
_EPOCH_MONDAY: Final = 3 * instants.DAY
"""How long before 1970, a Thursday, its week began."""

_MYSQL: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{letter: f"%{letter}" for letter in "abdfHjmMpSyY"},
        **{"M": "%B", "c": "%-m", "e": "%-d", "h": "%I", "I": "%I", "i": "%M", "k": "%-H"},
        **{"l": "%-I", "r": "%I:%M:%S %p", "s": "%S", "T": "%H:%M:%S", "v": "%V", "W": "%A"},
        **{"%": "%%"},
    }
)
"""MySQL's format letters, which date_format and date_parse take, as DuckDB's."""

_JODA: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "yy": "%y", "MM": "%m", "M": "%-m"},
        **{"MMM": "%b", "MMMM": "%B", "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H"},
        **{"hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S"},
        **{"SSS": "%g", "a": "%p", "EEE": "%a", "EEEE": "%A", "E": "%a", "DDD": "%j"},
    }
)
"""Pattern letters of format_datetime and parse_datetime, as DuckDB's."""
_PIECES: Final = re.compile(r"([A-Za-z])\1*|'((?:[^']|'')*)'|[^A-Za-z']+")
_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")


def _now(call: Call) -> Typed:
    call.counted(0)
    return number(call.now_ns, TIMESTAMP)


def _ago(call: Call) -> Typed:
    [span] = call.arguments(1)
    return operators.arithmetic("-", number(call.now_ns, TIMESTAMP), call.typed(span, INTERVAL))


def _bin(call: Call) -> Typed:
    value, width = call.arguments(2)
    if value.type == DATE:
        value = coerced(value, TIMESTAMP)
    whole = value.type in INTEGRAL and width.type in INTEGRAL
    if not whole and (value.type != TIMESTAMP or width.type != INTERVAL):
        raise call.refusal(value, width)
    positive = _positive(width, "bin")
    return Typed(sql=_floored(value.sql, positive), type=value.type)


def _duration(call: Call) -> Typed:
    count, unit = call.arguments(2)
    return operators.duration(call.word(count, "number"), call.word(unit, "unit"))


def _parse_duration(call: Call) -> Typed:
    [text] = call.arguments(1)
    match = _LENGTH.fullmatch(call.word(text, "duration").strip())
    if match is None or match[2] not in UNITS:
        raise bad_sql(f"'{text.literal}' is not a duration.")
    return operators.duration(match[1], UNITS[match[2]])


def _date_trunc(call: Call) -> Typed:
    first, value = call.arguments(2)
    unit = call.word(first, "unit").lower()
    if value.type not in (TIMESTAMP, DATE):
        raise call.refusal(first, value)
    if unit in instants.MONTHS:
        cut = f"date_trunc({quoted(unit)}, {as_moment(value).sql})"
        if value.type == DATE:
            return Typed(sql=f"CAST({cut} AS DATE)", type=DATE)
        return Typed(sql=f"(epoch_us({cut}) * 1000)", type=TIMESTAMP)
    if value.type == DATE:
        if unit not in ("day", "week"):
            raise bad_sql(f"date_trunc of a date to {unit} is not supported.")
        return Typed(sql=f"CAST(date_trunc({quoted(unit)}, {value.sql}) AS DATE)", type=DATE)
    width = str(_length(call, unit))
    if unit == "week":
        moved = _floored(f"({value.sql} + {_EPOCH_MONDAY})", width)
        return Typed(sql=f"({moved} - {_EPOCH_MONDAY})", type=TIMESTAMP)
    return Typed(sql=_floored(value.sql, width), type=TIMESTAMP)


def _date_add(call: Call) -> Typed:
    first, count, value = call.arguments(3)
    unit, count = call.word(first, "unit").lower(), call.typed(count, BIGINT)
    if unit in instants.MONTHS:
        if value.type not in (TIMESTAMP, DATE):
            raise call.refusal(first, count, value)
        months = Typed(sql=f"({count.sql} * {instants.MONTHS[unit]})", type=BIGINT)
        return months_later(value, months)
    span = Typed(sql=f"({count.sql} * {_length(call, unit)})", type=INTERVAL)
    return operators.arithmetic("+", value, span)


def _date_diff(call: Call) -> Typed:
    unit_text, first, second = call.arguments(3)
    unit = call.word(unit_text, "unit").lower()
    if not {first.type, second.type} <= {TIMESTAMP, DATE}:
        raise call.refusal(unit_text, first, second)
    if unit in instants.MONTHS:
        moments = [as_moment(coerced(each, TIMESTAMP)).sql for each in (first, second)]
        return Typed(sql=f"date_sub({quoted(unit)}, {', '.join(moments)})", type=BIGINT)
    gap = operators.arithmetic("-", second, first)
    return Typed(sql=f"({gap.sql} // {_length(call, unit)})", type=BIGINT)


def _part(call: Call) -> Typed:
    [value] = call.arguments(1)
    return part(call.name, value)


def part(name: str, value: Typed) -> Typed:
    """Return a part of an instant, a day or a time, such as its hour; EXTRACT is this, too.

    Raises:
        ExchangeError: ValidationException, there is no such part of that type.
    """
    if value.type == INTERVAL and name in ("day", "hour", "minute", "second", "millisecond"):
        length = instants.NANOSECONDS[name]
        within = {"hour": 24, "minute": 60, "second": 60, "millisecond": 1000}.get(name)
        cut = f"({value.sql} // {length})"
        return Typed(sql=f"({cut} % {within})" if within else cut, type=BIGINT)
    clock = name in ("hour", "minute", "second", "millisecond")
    fits = {TIMESTAMP: True, DATE: not clock, TIME: clock}.get(value.type, False)
    if name not in _PARTS or not fits:
        raise bad_sql(f"{name}({value.type}) is not supported.")
    if value.type == TIME:
        value = Typed(sql=value.sql, type=TIMESTAMP)
    return Typed(sql=f"CAST({_PARTS[name].format(as_moment(value).sql)} AS BIGINT)", type=BIGINT)


def _date(call: Call) -> Typed:
    [value] = call.arguments(1)
    return cast(value, DATE)


def _to_iso8601(call: Call) -> Typed:
    [value] = call.arguments(1)
    if value.type == DATE:
        return Typed(sql=f"CAST({value.sql} AS VARCHAR)", type=VARCHAR)
    text = digits(call.typed(value, TIMESTAMP), "%Y-%m-%dT%H:%M:%S.")
    return Typed(sql=f"({text} || 'Z')", type=VARCHAR, bytes=40)


def _formatted(call: Call) -> Typed:
    value, format = call.arguments(2)
    moment = as_moment(call.typed(value, TIMESTAMP)).sql
    return Typed(sql=f"strftime({moment}, {_format(call, format)})", type=VARCHAR, bytes=256)


def _parsed(call: Call) -> Typed:
    value, format = call.arguments(2)
    text = call.typed(value, VARCHAR).sql
    moment = f"strptime({text}, {_format(call, format)})"
    return Typed(sql=f"(epoch_us({moment}) * 1000)", type=TIMESTAMP)


def _format(call: Call, format: Typed) -> str:
    pattern = call.word(format, "format")
    joda = call.name.endswith("datetime")
    return quoted(_from_joda(pattern) if joda else _from_mysql(pattern))


def _from_mysql(pattern: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match[1] not in _MYSQL:
            raise bad_sql(f"The format %{match[1]} is not supported.")
        return _MYSQL[match[1]]

    return re.sub(r"%(.)", replaced, pattern)


def _from_joda(pattern: str) -> str:
    made = []
    for match in _PIECES.finditer(pattern):
        piece = match[0]
        if match[1] is not None:
            if piece not in _JODA:
                raise bad_sql(f"The pattern {piece} is not supported.")
            made.append(_JODA[piece])
        else:
            literal = piece if match[2] is None else (match[2].replace("''", "'") or "'")
            made.append(literal.replace("%", "%%"))
    return "".join(made)


def _length(call: Call, unit: str) -> int:
    length = instants.NANOSECONDS.get(unit)
    if length is None:
        raise bad_sql(f"The unit '{unit[:60]}' of {call.name} is not supported.")
    return length


def _positive(width: Typed, name: str) -> str:
    if (constant(width) or 0) > 0:
        return width.sql
    return f"({unless(f'{width.sql} <= 0', f'The width of {name} is not positive', width.sql)})"


def _floored(sql: str, width: str) -> str:
    """Return whole numbers cut down to multiples, those before 1970 too."""
    rest = f"{sql} % {width}"
    # DuckDB works out a branch only for those rows that take it.
    return f"({sql} - CASE WHEN {sql} < 0 THEN ({rest} + {width}) % {width} ELSE {rest} END)"


FORMS: Final[dict[str, Form]] = {
    "ago": _ago,
    "bin": _bin,
    "date": _date,
    "date_add": _date_add,
    "date_diff": _date_diff,
    "date_format": _formatted,
    "date_parse": _parsed,
    "date_trunc": _date_trunc,
    "format_datetime": _formatted,
    "now": _now,
    "parse_datetime": _parsed,
    "parse_duration": _parse_duration,
    "to_iso8601": _to_iso8601,
    "$duration": _duration,
    **dict.fromkeys(_PARTS, _part),
}
"""Forms by name."""
