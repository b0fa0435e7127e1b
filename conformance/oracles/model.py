"""Plain values the oracles judge: dispatches, rules, targets, filters, updates and recorded pages.

They stand beside the messages of the dispatch API (seed 000) and know nothing of protobuf, so a
recorded history can be judged offline. Times are integer microseconds since the epoch, UTC;
durations are whole seconds. Numbers of enums are those of the wire.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any, Literal

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
MAX_US = 253_402_300_799_999_999
"""The last microsecond of the year 9999, where protobuf timestamps end."""


class Frequency(IntEnum):
    """RecurrenceRule.Frequency; 0 (unspecified) makes a rule mean "does not recur"."""

    UNSPECIFIED = 0
    MINUTELY = 1
    HOURLY = 2
    DAILY = 3
    WEEKLY = 4
    MONTHLY = 5
    YEARLY = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A recurrence rule as written on the wire, valid or not.

    `interval` 0 is unset and acts as 1. At most one of `count` and `until_us` is set; neither
    means without end. Weekdays are 1 (Monday) to 7, month days 1..31 or -31..-1, lists may be
    unsorted and hold duplicates. `freq` is a plain number so that undefined ones can be held.
    """

    freq: int
    interval: int = 1
    count: int | None = None
    until_us: int | None = None
    byminutes: tuple[int, ...] = ()
    byhours: tuple[int, ...] = ()
    byweekdays: tuple[int, ...] = ()
    bymonthdays: tuple[int, ...] = ()
    bymonths: tuple[int, ...] = ()

    @property
    def finite(self) -> bool:
        """Whether the rule has a count or an until."""
        return self.count is not None or self.until_us is not None


TypeField = Literal["", "battery", "inverter", "ev_charger"]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class CategoryType:
    """A component category with, optionally, one type: which oneof arm, and its number."""

    category: int
    type_field: TypeField = ""
    type: int = 0


TargetKind = Literal["ids", "categories", "types"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Which components: one variant of the oneof and its list, in the order written.

    Items are component ids (`ids`), category numbers (`categories`) or `CategoryType` (`types`).
    """

    kind: TargetKind
    items: tuple[int | CategoryType, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DispatchData:
    """What a client asks for. None is a field left out.

    `rule` None stands for an absent and for an entirely empty recurrence message; `payload` {}
    for an absent and for an empty struct.
    """

    type: str = ""
    start_us: int | None = None
    duration_s: int | None = None
    target: Target | None = None
    active: bool = False
    dry_run: bool = False
    payload: Mapping[str, Any] = field(default_factory=dict)  # JSON object, numbers as floats
    rule: Rule | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DispatchView:
    """A dispatch as an endpoint shows it: metadata and data. None is a field left out."""

    id: int
    type: str = ""
    start_us: int = 0
    duration_s: int | None = None
    target: Target | None = None
    active: bool = False
    dry_run: bool = False
    payload: Mapping[str, Any] = field(default_factory=dict)
    rule: Rule | None = None
    create_us: int = 0
    update_us: int = 0
    end_us: int | None = None

    @property
    def recurring(self) -> bool:
        """Whether there is a rule with a frequency."""
        return self.rule is not None and self.rule.freq != Frequency.UNSPECIFIED

    @property
    def data(self) -> DispatchData:
        """The part that a client can ask for."""
        return DispatchData(**{f.name: getattr(self, f.name) for f in fields(DispatchData)})


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleUpdate:
    """DispatchUpdate.recurrence. None is a field left out.

    `end_criteria` tells whether that message is present at all; its two arms are `count` and
    `until_us`.
    """

    freq: int | None = None
    interval: int | None = None
    end_criteria: bool = False
    count: int | None = None
    until_us: int | None = None
    byminutes: tuple[int, ...] = ()
    byhours: tuple[int, ...] = ()
    byweekdays: tuple[int, ...] = ()
    bymonthdays: tuple[int, ...] = ()
    bymonths: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """The values of an update request, without its mask. None is a field left out."""

    start_us: int | None = None
    duration_s: int | None = None
    target: Target | None = None
    active: bool | None = None
    payload: Mapping[str, Any] | None = None
    rule: RuleUpdate | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A time interval, lower bound included; None is an open side."""

    from_us: int | None = None
    to_us: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """DispatchFilter: fields restrict together, a field left out restricts nothing.

    `recurrence_filter` is the empty RecurrenceFilter message, which restricts nothing either.
    """

    targets: tuple[Target, ...] = ()
    active: bool | None = None
    dry_run: bool | None = None
    recurring: bool | None = None
    recurrence_filter: bool = False
    start: Interval | None = None
    end: Interval | None = None
    update: Interval | None = None
    ids: tuple[int, ...] = ()
    queries: tuple[str, ...] = ()


class SortField(IntEnum):
    """SortOptions.sort_field."""

    UNSPECIFIED = 0
    START_TIME = 1
    CREATE_TIME = 2
    LAST_UPDATE_TIME = 3


class SortOrder(IntEnum):
    """SortOptions.sort_order."""

    UNSPECIFIED = 0
    ASCENDING = 1
    DESCENDING = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a recorded walk, of any API: keys in the order shown.

    `asked` is the page size of the first request (None: not given), `total` None where the API
    states none, `next_token` None where the field was absent and "" where present but empty.
    """

    keys: tuple[Hashable, ...]
    next_token: str | None = None
    total: int | None = None
    asked: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One thing found wrong: a short stable code and a sentence with the values."""

    code: str
    text: str
