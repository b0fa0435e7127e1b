"""Functions of single values, by name; their names, arguments and results are Timestream's."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from conformance.mutants.exchange.sql.series import interpolated, last_carried, stepped
from conformance.mutants.exchange.sql.tokens import UNITS, bad
from conformance.mutants.exchange.sql.tree import Instant, Series, Span
from conformance.mutants.exchange.times import EPOCH, at, from_iso, iso, seconds

Function = Callable[..., Any]
_STEPS = {
    "nanosecond": 1,
    "microsecond": 10**3,
    "millisecond": 10**6,
    "second": 10**9,
    "minute": UNITS["m"],
    "hour": UNITS["h"],
    "day": UNITS["d"],
    "week": 7 * UNITS["d"],
}
MONDAY_NS = 4 * UNITS["d"]
"""The first Monday after the epoch, which was a Thursday."""


def as_instant(value: Any) -> Instant:
    """A timestamp, or a text that says one."""
    if isinstance(value, Instant):
        return value
    try:
        return Instant(from_iso(str(value)))
    except ValueError as error:
        raise bad(str(error)) from None


def binned(value: Any, width: Any) -> Any:
    """The beginning of the interval in which a value lies; intervals are counted from 1970."""
    if isinstance(value, Instant) and isinstance(width, Span):
        return Instant(value.ns // width.ns * width.ns)
    if isinstance(width, Span | Instant) or isinstance(value, Instant):
        raise bad("bin: a timestamp and an interval")
    return value // width * width


def truncated(unit: str, value: Any) -> Instant:
    """The beginning of the second, minute … or year in which an instant lies."""
    instant, unit = as_instant(value), unit.lower()
    if unit == "week":
        return Instant((instant.ns - MONDAY_NS) // _STEPS["week"] * _STEPS["week"] + MONDAY_NS)
    if unit in _STEPS:
        return Instant(instant.ns // _STEPS[unit] * _STEPS[unit])
    day = at(instant.ns)
    months = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}
    if unit not in months:
        raise bad(f"date_trunc: {unit!r} is no unit")
    first = datetime(day.year, months[unit], 1, tzinfo=EPOCH.tzinfo)
    return Instant(seconds(first) * 10**9)


def added(unit: str, amount: Any, value: Any) -> Instant:
    """An instant some units later."""
    if unit.lower() not in _STEPS:
        raise bad(f"date_add: {unit!r} is not supported")
    return Instant(as_instant(value).ns + int(amount) * _STEPS[unit.lower()])


def difference(unit: str, begin: Any, end: Any) -> int:
    """Whole units between two instants."""
    if unit.lower() not in _STEPS:
        raise bad(f"date_diff: {unit!r} is not supported")
    between = as_instant(end).ns - as_instant(begin).ns
    whole = abs(between) // _STEPS[unit.lower()]
    return whole if between >= 0 else -whole


def part(name: str) -> Function:
    """A part of an instant's date or time."""

    def function(value: Any) -> int:
        day = at(as_instant(value).ns)
        if name == "day_of_week":
            return day.isoweekday()
        return int(getattr(day, name))

    return function


def rounded(value: Any, digits: Any = 0) -> Any:
    """Half away from zero."""
    if isinstance(value, int):
        return value
    scale = 10 ** int(digits)
    return math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value)


def element(items: Any, at_: Any) -> Any:
    """An element of a list, counted from 1."""
    if not isinstance(items, list) or not 1 <= abs(int(at_)) <= len(items):
        return None
    return items[int(at_) - 1 if at_ > 0 else int(at_)]


def sized(items: Any) -> int:
    """How many elements a list or a series has."""
    return len(items.points if isinstance(items, Series) else items)


def text_of(value: Any) -> str:
    """A value as text."""
    if isinstance(value, Instant):
        return iso(value.ns).replace("T", " ").removesuffix("Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def part_of_text(text: str, start: int, size: int | None = None) -> str:
    """Characters from a position, counted from 1."""
    begin = start - 1 if start > 0 else len(text) + start
    return text[begin:] if size is None else text[begin : begin + size]


def _numbers(function: Function) -> Function:
    def checked(*values: Any) -> Any:
        if not all(isinstance(value, int | float) for value in values):
            raise bad("a number is expected")
        try:
            return function(*values)
        except (ValueError, OverflowError, ZeroDivisionError):
            raise bad("the number is out of range") from None

    return checked


FUNCTIONS: Mapping[str, Function] = {
    "bin": binned,
    "date_trunc": truncated,
    "date_add": added,
    "date_diff": difference,
    "from_iso8601_timestamp": as_instant,
    "to_iso8601": lambda value: iso(as_instant(value).ns),
    "from_milliseconds": lambda value: Instant(int(value) * 10**6),
    "from_nanoseconds": lambda value: Instant(int(value)),
    "to_milliseconds": lambda value: (
        value.ns // 10**6 if isinstance(value, Span) else as_instant(value).ns // 10**6
    ),
    "to_nanoseconds": lambda value: value.ns if isinstance(value, Span) else as_instant(value).ns,
    "from_unixtime": lambda value: Instant(int(value * 10**9)),
    "to_unixtime": lambda value: as_instant(value).ns / 1e9,
    "year": part("year"),
    "month": part("month"),
    "day": part("day"),
    "hour": part("hour"),
    "minute": part("minute"),
    "second": part("second"),
    "day_of_week": part("day_of_week"),
    "abs": _numbers(abs),
    "round": _numbers(rounded),
    "floor": _numbers(lambda value: type(value)(math.floor(value))),
    "ceil": _numbers(lambda value: type(value)(math.ceil(value))),
    "ceiling": _numbers(lambda value: type(value)(math.ceil(value))),
    "sqrt": _numbers(lambda value: math.sqrt(value)),
    "power": _numbers(lambda base, exponent: float(base) ** exponent),
    "pow": _numbers(lambda base, exponent: float(base) ** exponent),
    "mod": _numbers(
        lambda value, by: math.fmod(value, by) if by % 1 else value - by * int(value / by)
    ),
    "greatest": max,
    "least": min,
    "lower": lambda text: str(text).lower(),
    "upper": lambda text: str(text).upper(),
    "trim": lambda text: str(text).strip(),
    "length": lambda text: len(str(text)),
    "concat": lambda *texts: "".join(map(str, texts)),
    "replace": lambda text, old, new="": str(text).replace(old, new),
    "substr": part_of_text,
    "substring": part_of_text,
    "split": lambda text, by: str(text).split(by),
    "starts_with": lambda text, start: str(text).startswith(start),
    "regexp_like": lambda text, pattern: re.search(pattern, text) is not None,
    "element_at": element,
    "cardinality": sized,
    "sequence": stepped,
    "contains": lambda items, value: value in items,
    "interpolate_linear": interpolated,
    "interpolate_locf": last_carried,
}
"""Functions that are null where an argument is."""
