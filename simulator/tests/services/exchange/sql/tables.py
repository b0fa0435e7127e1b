"""A table as the time series store shows it, made of plain rows, and a small site's telemetry."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulator.services.exchange.series.table import Column, ColumnType, Role

MINUTE = 60 * 10**9
START = 1_704_067_200 * 10**9
"""2024-01-01 00:00:00 UTC."""

_DTYPES = {
    ColumnType.VARCHAR: object,
    ColumnType.DOUBLE: np.float64,
    ColumnType.BIGINT: np.int64,
    ColumnType.BOOLEAN: np.bool_,
    ColumnType.TIMESTAMP: np.int64,
}
_EMPTY = {ColumnType.VARCHAR: ""}


class FakeTable:
    """Keeps rows as mappings by column name; a column that a row lacks holds nothing there."""

    def __init__(self, columns: Sequence[Column], database: str = "db", table: str = "t") -> None:
        self.database_name = database
        self.table_name = table
        self.columns = list(columns)
        self.content: list[dict[str, Any]] = []
        self._changes: list[int] = []

    @property
    def rows(self) -> int:
        return len(self.content)

    def add(self, **values: Any) -> None:
        self.content.append(values)

    def update(self, row: int, **values: Any) -> None:
        self.content[row].update(values)
        self._changes.append(row)

    def values(self, column: int, start: int, stop: int) -> tuple[np.ndarray, np.ndarray | None]:
        shown = self.columns[column]
        found = [row.get(shown.name) for row in self.content[start:stop]]
        valid = np.array([value is not None for value in found], dtype=bool)
        empty = _EMPTY.get(shown.type, 0)
        filled = [empty if value is None else value for value in found]
        array = np.array(filled, dtype=_DTYPES[shown.type])
        return array, None if valid.all() else valid

    def changed(self, mark: int) -> tuple[np.ndarray, int]:
        numbers = np.array(sorted(set(self._changes[mark:])), dtype=np.int64)
        return numbers, len(self._changes)


def column(name: str, role: Role, type: ColumnType) -> Column:
    return Column(name=name, role=role, type=type)


COLUMNS = (
    column("time", Role.TIME, ColumnType.TIMESTAMP),
    column("measure_name", Role.MEASURE_NAME, ColumnType.VARCHAR),
    column("assetId", Role.DIMENSION, ColumnType.VARCHAR),
    column("site", Role.DIMENSION, ColumnType.VARCHAR),
    column("measure_value::double", Role.SINGLE, ColumnType.DOUBLE),
    column("measure_value::bigint", Role.SINGLE, ColumnType.BIGINT),
    column("SOC", Role.MEASURE, ColumnType.DOUBLE),
    column("cycles", Role.MEASURE, ColumnType.BIGINT),
    column("online", Role.MEASURE, ColumnType.BOOLEAN),
    column("state", Role.MEASURE, ColumnType.VARCHAR),
)


def site() -> FakeTable:
    """Return two meters with a power each minute, one with a count, and one battery.

    Power of m1 at minute 0 to 9: 0, 10, 20, … 90; of m2: 100, 99, … 91, nothing at minute 5.
    Count of m1 at minutes 0, 1, 2: 7, 8, 10. Battery b1 at minutes 0, 5, 10: SOC 50.0, 55.5, 61.25,
    cycles 3, 3, 4, online true, false, true, state idle, charging, (none).
    """
    table = FakeTable(COLUMNS)
    for minute in range(10):
        time = START + minute * MINUTE
        m1 = {"assetId": "m1", "site": "north", "time": time}
        table.add(**m1, measure_name="power", **{"measure_value::double": minute * 10.0})
        if minute != 5:
            m2 = {"assetId": "m2", "site": "south", "time": time}
            table.add(**m2, measure_name="power", **{"measure_value::double": 100.0 - minute})
    for minute, count in ((0, 7), (1, 8), (2, 10)):
        time = START + minute * MINUTE
        m1 = {"assetId": "m1", "site": "north", "time": time}
        table.add(**m1, measure_name="count", **{"measure_value::bigint": count})
    battery: Mapping[int, tuple[float, int, bool, str | None]] = {
        0: (50.0, 3, True, "idle"),
        5: (55.5, 3, False, "charging"),
        10: (61.25, 4, True, None),
    }
    for minute, (soc, cycles, online, state) in battery.items():
        table.add(
            assetId="b1",
            site="north",
            time=START + minute * MINUTE,
            measure_name="battery",
            SOC=soc,
            cycles=cycles,
            online=online,
            state=state,
        )
    return table
