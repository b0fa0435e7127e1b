"""What compiling an expression gives: a piece of DuckDB SQL with its Timestream type.

No name of a query ever stands in such a piece, only names that we made, numbers and quoted texts,
so that nothing that a query says can reach what DuckDB offers beyond its own table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    UNKNOWN,
    VARCHAR,
    Type,
    coerces,
    kept_as,
)

SCALAR_BYTES: Final = 8
"""How large a number counts."""
TEXT_BYTES: Final = 2048
"""How large a text of the table counts: no value is longer (Timestream)."""
LIST_BYTES: Final = 64 * 1024
"""How large a list counts that rows of the table make up: what they hold is there already."""
MOST_ITEMS: Final = 10_000
"""Most items that a function may make out of nothing (Trino's bound of sequence and repeat)."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A compiled expression.

    Args:
        sql: DuckDB SQL; an operand of any operator as it stands.
        type: of its values.
        bytes: roughly how large a value may be; it multiplies where a query makes values out of
            values, which is how such growth is stopped before it happens.
        literal: the text of a text literal; None: it is none.
    """

    sql: str
    type: Type
    bytes: int = SCALAR_BYTES
    literal: str | None = None


_NUMBER: Final = re.compile(r"CAST\((-?[0-9]+) AS [A-Z]+\)")

NULL: Final = Typed(sql="NULL", type=UNKNOWN)


def quoted(text: str) -> str:
    """Return a text as DuckDB SQL."""
    return "'" + text.replace("'", "''") + "'"


def text(value: str) -> Typed:
    """Return a text literal."""
    size = len(value.encode(errors="surrogatepass"))
    return Typed(sql=quoted(value), type=VARCHAR, bytes=size, literal=value)


def number(value: int, type: Type = BIGINT) -> Typed:
    """Return a literal of a type that is kept as whole numbers."""
    return Typed(sql=f"CAST({value} AS {kept_as(type)})", type=type)


def constant(value: Typed) -> int | None:
    """Return the number that a literal is; None: the value is no whole number known by now."""
    match = _NUMBER.fullmatch(value.sql)
    return None if match is None else int(match[1])


def integer(value: int) -> Typed:
    """Return an integer literal: INTEGER if it fits, else BIGINT (Trino)."""
    if abs(value) >= 2**63:
        raise bad_sql(f"The number {value} exceeds 64 bits.")
    return number(value, INTEGER if abs(value) < 2**31 else BIGINT)


def coerced(value: Typed, type: Type) -> Typed:
    """Return a value as one of a type that it coerces to.

    Raises:
        ExchangeError: ValidationException, it does not.
    """
    if value.type == type:
        return value
    if not coerces(value.type, type):
        raise bad_sql(f"A value of type {type} is needed, not of type {value.type}.")
    if (value.type.name, type.name) == ("DATE", "TIMESTAMP"):
        sql = f"(epoch_us({value.sql}) * 1000)"
    elif value.type.name in ("ROW", "ARRAY", "TIMESERIES") and "DATE" in str(value.type).upper():
        raise bad_sql(f"A cast of {value.type} to {type} is not supported.")
    else:
        sql = f"CAST({value.sql} AS {kept_as(type)})"
    return replace(value, sql=sql, type=type, literal=None)


def is_number(type: Type) -> bool:
    """Whether a type is one of numbers, or of NULL."""
    return type in (INTEGER, BIGINT, DOUBLE, UNKNOWN)


def items_in(value: Typed) -> int:
    """Return roughly how many items an array has."""
    return min(max(value.bytes // SCALAR_BYTES, 1), MOST_ITEMS)
