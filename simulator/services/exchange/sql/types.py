"""Types of Timestream's SQL: how they are written, told to clients, coerced and kept in DuckDB.

Every value of a query has one of these types, worked out by us and not by DuckDB, so that integer
division, coercions and `ColumnInfo` are Timestream's. Instants and durations are kept as 64-bit
numbers of nanoseconds: DuckDB's own time arithmetic would cut them to microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from simulator.services.exchange.errors import bad_sql


@dataclass(frozen=True)
class Type:
    """A type; of a compound one, what is inside.

    Args:
        name: as `ScalarType` names it, or ARRAY, ROW or TIMESERIES.
        items: the element of an array, the value of a time series, the fields of a row.
        names: of a row's fields; None where a field has none.
    """

    name: str
    items: tuple[Type, ...] = ()
    names: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        if not self.items:
            return self.name.lower().replace("_", " ")
        return f"{self.name.lower()}({', '.join(map(str, self.items))})"

    @property
    def item(self) -> Type:
        """What an array or a time series is made of."""
        return self.items[0]


BOOLEAN: Final = Type("BOOLEAN")
INTEGER: Final = Type("INTEGER")
BIGINT: Final = Type("BIGINT")
DOUBLE: Final = Type("DOUBLE")
VARCHAR: Final = Type("VARCHAR")
TIMESTAMP: Final = Type("TIMESTAMP")
DATE: Final = Type("DATE")
TIME: Final = Type("TIME")
INTERVAL: Final = Type("INTERVAL_DAY_TO_SECOND")
MONTHS: Final = Type("INTERVAL_YEAR_TO_MONTH")
UNKNOWN: Final = Type("UNKNOWN")
"""The type of NULL."""

NUMERIC: Final = (INTEGER, BIGINT, DOUBLE)
INTEGRAL: Final = (INTEGER, BIGINT)

_KEPT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BOOLEAN": "BOOLEAN",
        "INTEGER": "INTEGER",
        "BIGINT": "BIGINT",
        "DOUBLE": "DOUBLE",
        "VARCHAR": "VARCHAR",
        "TIMESTAMP": "BIGINT",
        "DATE": "DATE",
        "TIME": "BIGINT",
        "INTERVAL_DAY_TO_SECOND": "BIGINT",
        "INTERVAL_YEAR_TO_MONTH": "INTEGER",
        "UNKNOWN": "INTEGER",
    }
)


def array(item: Type) -> Type:
    """Return the type of arrays of something."""
    return Type("ARRAY", (item,))


def series(value: Type) -> Type:
    """Return the type of time series with such values."""
    return Type("TIMESERIES", (value,))


def row(items: tuple[Type, ...], names: tuple[str | None, ...]) -> Type:
    """Return the type of rows with these fields."""
    return Type("ROW", items, names)


def point(value: Type) -> Type:
    """Return the type of a point of a time series: a row of its time and its value."""
    return Type("POINT", (TIMESTAMP, value), ("time", "value"))


def fields_of(type: Type) -> tuple[str, ...]:
    """Return what DuckDB calls the fields of a row or a point."""
    if type.name == "POINT":
        return ("t", "v")
    return tuple(f"f{index}" for index in range(len(type.items)))


def kept_as(type: Type) -> str:
    """Return the DuckDB type that holds values of a type.

    Fields of rows are called f0, f1 and so on, whatever a query calls them.
    """
    if type.name == "ARRAY":
        return f"{kept_as(type.item)}[]"
    if type.name == "TIMESERIES":
        return f"{kept_as(point(type.item))}[]"
    if type.name in ("ROW", "POINT"):
        fields = zip(fields_of(type), map(kept_as, type.items), strict=True)
        return f"STRUCT({', '.join(f'{name} {kept}' for name, kept in fields)})"
    return _KEPT[type.name]


def column_type(type: Type) -> dict[str, Any]:
    """Return the `Type` of a `ColumnInfo`."""
    if type.name == "ARRAY":
        return {"ArrayColumnInfo": {"Type": column_type(type.item)}}
    if type.name == "TIMESERIES":
        return {"TimeSeriesMeasureValueColumnInfo": {"Type": column_type(type.item)}}
    if type.name in ("ROW", "POINT"):
        pairs = zip(type.names, type.items, strict=True)
        return {
            "RowColumnInfo": [
                {**({"Name": name} if name else {}), "Type": column_type(each)}
                for name, each in pairs
            ]
        }
    return {"ScalarType": type.name}


def common(first: Type, second: Type) -> Type | None:
    """Return the type that values of both can have without a cast; None: there is none."""
    if coerces(first, second):
        return second
    if coerces(second, first):
        return first
    if first.name == second.name and len(first.items) == len(second.items) > 0:
        items = [common(one, other) for one, other in zip(first.items, second.items, strict=True)]
        if all(items):
            return Type(first.name, tuple(each for each in items if each), first.names)
    return None


def coerces(source: Type, target: Type) -> bool:
    """Whether values of a type become values of another by themselves."""
    if source in (target, UNKNOWN):
        return True
    if source.items:
        same = source.name == target.name and len(source.items) == len(target.items)
        return same and all(map(coerces, source.items, target.items))
    wider = {"INTEGER": ("BIGINT", "DOUBLE"), "BIGINT": ("DOUBLE",), "DATE": ("TIMESTAMP",)}
    return target.name in wider.get(source.name, ())


_SPELLINGS: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "BOOLEAN": BOOLEAN,
        "INT": INTEGER,
        "INTEGER": INTEGER,
        "BIGINT": BIGINT,
        "DOUBLE": DOUBLE,
        "VARCHAR": VARCHAR,
        "TIMESTAMP": TIMESTAMP,
        "DATE": DATE,
        "TIME": TIME,
    }
)


def named(name: str) -> Type:
    """Return the scalar type that a query names.

    Raises:
        ExchangeError: ValidationException, Timestream knows no such type.
    """
    found = _SPELLINGS.get(name.upper())
    if found is None:
        raise bad_sql(f"The type {name.lower()} is not supported.")
    return found
