"""What all parts of a scenario file share: strict values, names, instants, durations.

Numbers never come from booleans or text, an instant always states its offset, an unknown key is an
error. Attribute names inside carry their unit (`start_us`), keys in the file are the plain words.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from fixtures.documents.names import neighbour

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_FIRST_RUN_US = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST_RUN_US = (datetime(3000, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LEAST_COS_PHI = 0.1
"""Less than that is no power factor of anything that works (our choice)."""

E = TypeVar("E", bound=IntEnum)


class Section(BaseModel):
    """Base of every part of a scenario file: immutable, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def to_us(moment: datetime) -> int:
    """Return an aware moment as whole microseconds since the Unix epoch."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(t_us: int) -> datetime:
    """Return microseconds since the Unix epoch as an aware moment in UTC."""
    return _EPOCH + timedelta(microseconds=t_us)


def parse_instant(value: Any) -> int:
    """Return an ISO 8601 instant with `Z` or an offset as microseconds since the Unix epoch.

    Whole numbers pass through as microseconds (how code builds models without text).

    Raises:
        ValueError: no instant, or one without an offset.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("an ISO 8601 instant such as 2026-06-01T12:00:00Z") from None
    else:
        raise ValueError("an ISO 8601 instant such as 2026-06-01T12:00:00Z")
    if moment.tzinfo is None:
        raise ValueError("an instant with Z or an offset, such as 2026-06-01T12:00:00Z")
    if moment > _LAST:
        raise ValueError("an instant before the year 10000")
    return to_us(moment)


def parse_boundary(value: Any, zone: str) -> int:
    """Return the start or end of a run: an instant, or a plain date for midnight in `zone`.

    Raises:
        ValueError: neither an instant nor a date, or outside the years 1900 to 2999, for which
            calendars and clocks are known or at least harmless (our choice).
    """
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            t_us = to_us(datetime.combine(date.fromisoformat(value), time(), ZoneInfo(zone)))
        else:
            t_us = parse_instant(value)
    except (ValueError, OverflowError):
        raise ValueError(
            "a date such as 2026-06-01, or an instant with Z or an offset, such as "
            "2026-06-01T12:00:00Z"
        ) from None
    return check_boundary(t_us)


def check_boundary(t_us: int) -> int:
    """Return a moment if a run may start or end there.

    Raises:
        ValueError: it is outside the years 1900 to 2999.
    """
    if not _FIRST_RUN_US <= t_us <= _LAST_RUN_US:
        raise ValueError("a moment in the years 1900 to 2999")
    return t_us


def parse_enum(kind: type[E], value: Any, *prefixes: str) -> E:
    """Return the member that `value` names, by number, or by name with or without a prefix.

    Raises:
        ValueError: lists the names that would be right.
    """
    if isinstance(value, kind):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if value in kind._value2member_map_:
            return kind(value)
    elif isinstance(value, str):
        name = value.strip().upper().replace("-", "_")
        for prefix in prefixes:
            name = name.removeprefix(prefix)
        if name in kind.__members__:
            return kind[name]
    names = [member.name.lower() for member in kind]
    raise ValueError("one of " + ", ".join(names) + neighbour(str(value).lower(), names))


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError("a whole number")
    return value


Instant = Annotated[int, BeforeValidator(parse_instant)]
"""Microseconds since the Unix epoch; in a file an ISO 8601 instant with its offset."""

Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number; digits in quotes are taken too, as the JSON form of the API writes 64 bits."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number, never text or a boolean."""

Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
NotNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Fraction = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Efficiency = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1)]
Flag = Annotated[bool, Field(strict=True)]


def _usable_cos_phi(value: float) -> float:
    if abs(value) < _LEAST_COS_PHI:
        raise ValueError(f"a cos_phi of {_LEAST_COS_PHI} to 1, or its negative")
    return value


CosPhi = Annotated[Number, Field(ge=-1, le=1), AfterValidator(_usable_cos_phi)]
"""Power factor; negative = capacitive."""
Name = Annotated[str, Field(strict=True, min_length=1, max_length=200)]
ComponentId = Annotated[Whole, Field(gt=0, lt=2**64)]
