"""What a statement consists of, and the values that need a type of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, order=True)
class Instant:
    """A TIMESTAMP, in nanoseconds since 1970."""

    ns: int


@dataclass(frozen=True, order=True)
class Span:
    """A duration in nanoseconds."""

    ns: int


@dataclass(frozen=True)
class Series:
    """A time series: pairs of instant and value, by time."""

    points: tuple[tuple[Instant, Any], ...]


@dataclass(frozen=True)
class Literal:
    """A value that stands in the text."""

    value: Any


@dataclass(frozen=True)
class Column:
    """A column by lower-case name, of a table if that is named; `shown` as it was written."""

    name: str
    shown: str = field(compare=False)
    table: str | None = None


@dataclass(frozen=True)
class Star:
    """All columns."""


@dataclass(frozen=True)
class Apply:
    """A function of arguments; `partition` and `order` belong to a window."""

    name: str
    arguments: tuple[Any, ...]
    distinct: bool = False
    window: Window | None = None


@dataclass(frozen=True)
class Window:
    """Over which rows a window function looks."""

    partition: tuple[Any, ...]
    order: tuple[Order, ...]


@dataclass(frozen=True)
class Operation:
    """An operator and what stands beside it."""

    sign: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Cast:
    """A value as another type; `soft` gives null where it cannot be."""

    part: Any
    type: str
    soft: bool = False


@dataclass(frozen=True)
class Case:
    """Conditions with values, and the value if none holds."""

    branches: tuple[tuple[Any, Any], ...]
    otherwise: Any


@dataclass(frozen=True)
class Item:
    """A column of the result."""

    part: Any
    alias: str | None


@dataclass(frozen=True)
class Order:
    """A key of the order; `nulls_first` None: last, as Trino has it."""

    part: Any
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True)
class Table:
    """A table by its name's parts."""

    parts: tuple[str, ...]
    alias: str | None


@dataclass(frozen=True)
class Inner:
    """A subselect as a table."""

    select: Select
    alias: str | None


@dataclass(frozen=True)
class Unnest:
    """A list or a series as a table."""

    parts: tuple[Any, ...]
    alias: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Join:
    """Another table beside those before; `on` None: all with all."""

    source: Any
    on: Any = None
    left: bool = False


@dataclass(frozen=True)
class Select:
    """A SELECT."""

    items: tuple[Item | Star, ...]
    source: Any = None
    joins: tuple[Join, ...] = ()
    where: Any = None
    groups: tuple[Any, ...] = ()
    having: Any = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    distinct: bool = False
    named: tuple[tuple[str, Select], ...] = ()


@dataclass(frozen=True)
class Show:
    """SHOW or DESCRIBE: which of them, of which table, like what."""

    what: str
    parts: tuple[str, ...] = ()
    like: str | None = None
