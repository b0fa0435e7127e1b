"""Plain values of the dispatch API as checks use them, neutral to the generation of the contract.

They are those of `conformance.oracles.model`, so that oracles take what a target shows; added is
what only a live target has: the message itself, pages and events. Times are microseconds since
the epoch, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from conformance.failures import iso
from conformance.oracles.model import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    CategoryType,
    DispatchData,
    DispatchView,
    Filter,
    Frequency,
    Interval,
    Rule,
    RuleUpdate,
    SortField,
    SortOrder,
    Target,
    Update,
)

__all__ = [
    "BATTERY",
    "DAILY",
    "DAY_US",
    "EV_CHARGER",
    "HOURLY",
    "HOUR_US",
    "INVERTER",
    "METER",
    "MINUTELY",
    "MINUTE_US",
    "MONTHLY",
    "SECOND_US",
    "WEEKLY",
    "YEARLY",
    "CategoryType",
    "Dispatch",
    "DispatchData",
    "DispatchView",
    "Event",
    "Filter",
    "Frequency",
    "Interval",
    "Page",
    "Rule",
    "RuleUpdate",
    "SortField",
    "SortOrder",
    "Target",
    "Update",
    "categories",
    "ids",
    "iso",
    "types",
    "us",
]

MINUTELY = Frequency.MINUTELY
HOURLY = Frequency.HOURLY
DAILY = Frequency.DAILY
WEEKLY = Frequency.WEEKLY
MONTHLY = Frequency.MONTHLY
YEARLY = Frequency.YEARLY

METER, INVERTER, BATTERY, EV_CHARGER = 2, 3, 5, 6
"""Component categories whose numbers are the same in both generations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispatch(DispatchView):
    """A dispatch as the target shows it, with the message it was read from."""

    message: Message = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One answer of List; `next_token` is None where it was absent, "" where present but empty."""

    items: tuple[Dispatch, ...]
    total: int
    next_token: str | None
    message: Message = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One message of a stream.

    `kind` is CREATED, UPDATED, DELETED, UNSPECIFIED or an undefined number as text; `dispatch` is
    None where the message held none; `at_s` is the monotonic time of arrival.
    """

    kind: str
    dispatch: Dispatch | None
    at_s: float
    message: Message = field(compare=False, repr=False)


def ids(*numbers: int) -> Target:
    """A target of component ids."""
    return Target(kind="ids", items=numbers)


def categories(*numbers: int) -> Target:
    """A target of component categories."""
    return Target(kind="categories", items=numbers)


def types(*pairs: CategoryType) -> Target:
    """A target of categories with types; contracts before 1.0 cannot say it."""
    return Target(kind="types", items=pairs)


def us(timestamp: Any) -> int:
    """Microseconds of a protobuf timestamp; what is below is cut off."""
    return int(timestamp.seconds) * SECOND_US + int(timestamp.nanos) // 1000
