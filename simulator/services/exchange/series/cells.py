"""The cells of a column: a typed array that grows, and which of its rows hold a value.

Rows that hold none cost address space but no memory as long as they lie together. Texts are kept
once each, a cell being the number of one.
"""

from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.services.exchange.series.table import ColumnType, Valid, Values

_DTYPES: Final[dict[ColumnType, type[np.generic]]] = {
    ColumnType.DOUBLE: np.float64,
    ColumnType.BIGINT: np.int64,
    ColumnType.BOOLEAN: np.bool_,
    ColumnType.TIMESTAMP: np.int64,
}
_FIRST_ROWS: Final = 64


class Cells(Protocol):
    """The cells of one column, by row."""

    def get(self, row: int) -> Any:
        """Return a value as float, int, bool or str; None where there is none."""
        ...

    def set(self, row: int, value: Any) -> None:
        """Replace a value; rows before it that were never set hold none."""
        ...

    def span(self, start: int, stop: int) -> tuple[Values, Valid]:
        """Return the values of rows `start` to `stop` exclusive, and which there are."""
        ...

    def take(self, rows: NDArray[np.int64]) -> tuple[Values, Valid]:
        """Return copies of the values of some rows, in that order, and which there are."""
        ...


class NumberCells:
    """Cells of numbers, all of one NumPy type."""

    __slots__ = ("_valid", "_values")

    def __init__(self, dtype: type[np.generic]) -> None:
        # Zeros that nobody has written to take no memory.
        self._values: Values = np.zeros(0, dtype)
        self._valid: NDArray[np.bool_] = np.zeros(0, np.bool_)

    def get(self, row: int) -> Any:
        """Return a value; None where there is none."""
        if row < len(self._valid) and self._valid[row]:
            return self._values.item(row)
        return None

    def set(self, row: int, value: Any) -> None:
        """Replace a value."""
        if row >= len(self._values):
            self._reach(row + 1)
        self._values[row] = value
        self._valid[row] = True

    def span(self, start: int, stop: int) -> tuple[Values, Valid]:
        """Return views of rows `start` to `stop` exclusive."""
        self._reach(stop)
        return self._values[start:stop], _unless_all(self._valid[start:stop])

    def take(self, rows: NDArray[np.int64]) -> tuple[Values, Valid]:
        """Return copies of some rows."""
        self._reach(int(rows.max(initial=-1)) + 1)
        return self._values[rows], _unless_all(self._valid[rows])

    def _reach(self, rows: int) -> None:
        held = len(self._values)
        if rows <= held:
            return
        room = max(rows, held + held // 2, _FIRST_ROWS)
        for name in self.__slots__:
            old = getattr(self, name)
            new = np.zeros(room, old.dtype)
            new[:held] = old
            setattr(self, name, new)


class TextCells:
    """Cells of texts."""

    __slots__ = ("_codes", "_numbers", "_table", "_texts")

    def __init__(self) -> None:
        self._codes = NumberCells(np.int32)
        self._texts = [""]
        self._numbers = {"": 0}
        self._table: Values = np.array(self._texts, object)

    def get(self, row: int) -> Any:
        """Return a text; None where there is none."""
        code = self._codes.get(row)
        return None if code is None else self._texts[code]

    def set(self, row: int, value: Any) -> None:
        """Replace a text."""
        code = self._numbers.get(value)
        if code is None:
            code = self._numbers[value] = len(self._texts)
            self._texts.append(value)
        self._codes.set(row, code)

    def span(self, start: int, stop: int) -> tuple[Values, Valid]:
        """Return the texts of rows `start` to `stop` exclusive."""
        codes, valid = self._codes.span(start, stop)
        return self._decoded(codes), valid

    def take(self, rows: NDArray[np.int64]) -> tuple[Values, Valid]:
        """Return the texts of some rows."""
        codes, valid = self._codes.take(rows)
        return self._decoded(codes), valid

    def _decoded(self, codes: Values) -> Values:
        if len(self._table) < len(self._texts):
            self._table = np.array(self._texts, object)
        decoded: Values = self._table[codes]
        return decoded


def cells_of(type: ColumnType) -> Cells:
    """Return empty cells for values of a type."""
    return TextCells() if type is ColumnType.VARCHAR else NumberCells(_DTYPES[type])


def _unless_all(valid: NDArray[np.bool_]) -> Valid:
    return None if valid.all() else valid
