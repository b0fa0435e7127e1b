"""Values and instants, from the texts of the wire and back.

Follows Timestream's types (public documentation). Times are nanoseconds since the epoch, UTC, in
64 bits. Read back, an instant is ISO 8601 with three fraction digits, or with six or nine where it
has finer parts; a DOUBLE is the shortest text that denotes it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from simulator.services.exchange.series.table import ColumnType, Values

Value = float | int | bool | str
"""What a cell holds: float, int, bool or str, as its type has it; of a TIMESTAMP nanoseconds."""

UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {"SECONDS": 10**9, "MILLISECONDS": 10**6, "MICROSECONDS": 10**3, "NANOSECONDS": 1}
)
"""Nanoseconds of each unit of time."""

MIN_TIME_NS: Final = -9_223_372_036 * 10**9
"""1677-09-21T00:12:44Z, the first whole second of 64 bits; Timestream's first instant."""
MAX_TIME_NS: Final = 9_223_372_036 * 10**9
"""2262-04-11T23:47:16Z, the last one."""

_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,40}").fullmatch
_BOOLEANS: Final = {"true": True, "false": False}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_text(text: str) -> bool:
    """Whether a text can be written as UTF-8: JSON can spell halves of characters."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_instant(text: str, unit_ns: int) -> int:
    """Return an integer of some unit in nanoseconds. ValueError: it is none, or out of range."""
    if not _INTEGER(text):
        raise ValueError(f"{text!r:.60} is not an integer")
    instant = int(text) * unit_ns
    if not MIN_TIME_NS <= instant <= MAX_TIME_NS:
        raise ValueError(f"{text:.60} is not within the years 1677 to 2262")
    return instant


def _read_double(text: str, unit_ns: int) -> Value:
    value = float(text) if _DOUBLE(text) else np.nan
    if not isfinite(value):
        raise ValueError(f"{text!r:.60} is not a finite DOUBLE")
    return value


def _read_bigint(text: str, unit_ns: int) -> Value:
    value = int(text) if _INTEGER(text) else 2**63
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{text!r:.60} is not a BIGINT of 64 bits")
    return value


def _read_boolean(text: str, unit_ns: int) -> Value:
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise ValueError(f"{text!r:.60} is neither true nor false")
    return value


def _read_varchar(text: str, unit_ns: int) -> Value:
    if not is_text(text):
        raise ValueError("half a surrogate pair is no character")
    return text


READERS: Final[Mapping[str, tuple[ColumnType, Callable[[str, int], Value]]]] = MappingProxyType(
    {
        "DOUBLE": (ColumnType.DOUBLE, _read_double),
        "BIGINT": (ColumnType.BIGINT, _read_bigint),
        "VARCHAR": (ColumnType.VARCHAR, _read_varchar),
        "BOOLEAN": (ColumnType.BOOLEAN, _read_boolean),
        "TIMESTAMP": (ColumnType.TIMESTAMP, read_instant),
    }
)
"""By name of a type: the type, and what reads its texts, given the nanoseconds of a record's unit.

Readers raise ValueError, naming the text.
"""


def iso(time_ns: int) -> str:
    """Return an instant as ISO 8601 in UTC with as many fraction digits as it needs, 3, 6 or 9."""
    seconds, rest_ns = divmod(time_ns, 10**9)
    whole = (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    if rest_ns % 10**6 == 0:
        return f"{whole}.{rest_ns // 10**6:03d}Z"
    return f"{whole}.{rest_ns // 1000:06d}Z" if rest_ns % 1000 == 0 else f"{whole}.{rest_ns:09d}Z"


def isos(times_ns: Values) -> list[str]:
    """Return `iso` of each of many instants, an int64 array."""
    if np.any(times_ns % 10**6):
        return [iso(time) for time in times_ns.tolist()]
    texts = np.datetime_as_string(times_ns.view("M8[ns]"), unit="ms")
    return [f"{text}Z" for text in texts.tolist()]


def text_of(value: Any, type: ColumnType) -> str:
    """Return a value of a cell as the wire has it."""
    match type:
        case ColumnType.VARCHAR:
            return str(value)
        case ColumnType.BOOLEAN:
            return "true" if value else "false"
        case ColumnType.TIMESTAMP:
            return iso(value)
        case _:
            return repr(value)


def texts_of(values: Values, type: ColumnType) -> list[str]:
    """Return `text_of` of each of many values."""
    if type is ColumnType.TIMESTAMP:
        return isos(values)
    return [text_of(value, type) for value in values.tolist()]
