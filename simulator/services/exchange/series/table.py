"""What a table of a time series database looks like to a reader: rows, columns, and what changed.

Rows have stable numbers 0, 1, 2 and so on in the order of their arrival and are never removed; an
update changes its row in place. Columns are only ever added. A query engine keeps a mirror of it
up to date by reading what is new and asking what has changed. Follows the table model of Timestream
(public documentation); the assetId column is our choice, as seed 002 does not show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
Valid = NDArray[np.bool_] | None
"""Which of some values there are; None: all of them."""


@unique
class ColumnType(StrEnum):
    """Types of columns; names as on the wire and in SQL."""

    VARCHAR = "VARCHAR"
    """An object array of str."""
    DOUBLE = "DOUBLE"
    """float64, always finite."""
    BIGINT = "BIGINT"
    """int64."""
    BOOLEAN = "BOOLEAN"
    """bool."""
    TIMESTAMP = "TIMESTAMP"
    """int64, nanoseconds since the epoch, UTC."""


@unique
class Role(StrEnum):
    """What a column is for."""

    TIME = "time"
    """The column `time`: each row has one."""
    MEASURE_NAME = "measure_name"
    """The column `measure_name`: each row has one."""
    DIMENSION = "dimension"
    """Part of what identifies a row, beside time and measure name."""
    MEASURE = "measure"
    """A measure of MULTI records, under its own name."""
    SINGLE = "single"
    """All values of one type of single-measure records: `measure_value::double` and so on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column. Names differ in more than their case and keep the spelling that came first."""

    name: str
    role: Role
    type: ColumnType


class Table(Protocol):
    """A table as a reader sees it; all of it belongs to the thread that publishes."""

    @property
    def database_name(self) -> str:
        """The first half of its name in SQL."""
        ...

    @property
    def table_name(self) -> str:
        """The second half of its name in SQL."""
        ...

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """The columns by number."""
        ...

    def values(self, column: int, start: int, stop: int) -> tuple[Values, Valid]:
        """Return what rows `start` to `stop` exclusive hold in a column, and which of them do.

        The value of a row that holds none is arbitrary. The arrays may be views: what is published
        later may or may not show in them.
        """
        ...

    def changed(self, mark: int) -> tuple[NDArray[np.int64], int]:
        """Return the numbers of rows that were updated since a mark, and the mark of now.

        A mark is 0 for a reader that has seen nothing yet, and then what the last call returned.
        The numbers ascend without repetition; they may hold more rows than were updated, and rows
        that the reader has not seen at all yet.
        """
        ...


def folded(name: str) -> str:
    """Return what names have in common that denote the same column."""
    return name.lower()
