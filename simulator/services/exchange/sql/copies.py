"""Copies of tables in DuckDB, brought up to date before each query by what is new or has changed.

Rows are read on the event loop, where publishing happens, a bounded number at a time, and written
by a worker thread. The last step reads all that is still missing at one moment: what a query sees
is the table as it was then. Row n of a table has the row id n in its copy.
"""

from __future__ import annotations

from asyncio import Lock, get_running_loop
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.services.exchange.sql.catalog import Catalog, catalog_of
from simulator.services.exchange.sql.engine import Column, Engine
from simulator.services.exchange.sql.policy import SqlPolicy
from simulator.services.exchange.sql.types import kept_as, named

if TYPE_CHECKING:
    from simulator.services.exchange.series.table import Table

_BLOCK: Final = 4096
"""Rows that are read at once to reach some that have changed."""
_NOTHING: Final[NDArray[np.int64]] = np.empty(0, dtype=np.int64)


@dataclass(kw_only=True)
class _Copy:
    name: str
    table: Table
    rows: int = 0
    columns: int = 0
    mark: int = 0
    changed: NDArray[np.int64] = field(default_factory=lambda: _NOTHING)
    """Rows of the copy that are out of date."""
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, kw_only=True)
class _Step:
    """What is written next: new columns, new rows, rows with other values."""

    columns: dict[str, str]
    added: dict[str, Column]
    numbers: NDArray[np.int64]
    changed: dict[str, Column]


class Copies:
    """The copies of one service.

    Args:
        engine: where they are.
        policy: how many there are, and how many rows are copied at a time.
        executor: its threads write.
    """

    def __init__(self, engine: Engine, policy: SqlPolicy, executor: Executor) -> None:
        self._engine = engine
        self._policy = policy
        self._executor = executor
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._made = 0

    async def current(self, id: str, table: Table) -> Catalog:
        """Return the catalog of a table whose copy is up to date.

        Raises:
            duckdb.Error: there is no memory for it; the copy is dropped.
        """
        copy = await self._copy(id, table)
        async with copy.lock:
            try:
                while True:
                    step = self._step(copy)
                    if step is None:
                        return catalog_of(table, copy.name)
                    await self._run(self._write, copy.name, step)
            except BaseException:
                # Half a step may be written: the copy is of no use any more.
                if self._copies.get(id) is copy:
                    del self._copies[id]
                self._executor.submit(self._engine.drop, copy.name)
                raise

    def forget(self, id: str) -> None:
        """Drop the copy of a table that is gone; nothing happens if there is none."""
        copy = self._copies.pop(id, None)
        if copy is not None:
            self._executor.submit(self._engine.drop, copy.name)

    async def _copy(self, id: str, table: Table) -> _Copy:
        copy = self._copies.get(id)
        if copy is None or copy.table is not table:
            self._made += 1
            self._copies[id] = new = _Copy(name=f"d{self._made}", table=table)
            _, new.mark = table.changed(0)
            async with new.lock:
                await self._run(self._engine.create, new.name)
                if copy is not None:
                    await self._run(self._engine.drop, copy.name)
            copy = new
        self._copies.move_to_end(id)
        while len(self._copies) > self._policy.copies:
            _, oldest = self._copies.popitem(last=False)
            async with oldest.lock:
                await self._run(self._engine.drop, oldest.name)
        return copy

    def _step(self, copy: _Copy) -> _Step | None:
        """Read what the copy lacks, at most so many rows; None: it lacks nothing."""
        table, most = copy.table, self._policy.copy_rows
        numbers, copy.mark = table.changed(copy.mark)
        known = numbers[numbers < copy.rows]
        if len(known):
            copy.changed = np.union1d(copy.changed, known)
        stop = min(table.rows, copy.rows + most)
        width = len(table.columns)
        if stop == copy.rows and not len(copy.changed) and width == copy.columns:
            return None
        columns = {
            f"c{number}": kept_as(named(table.columns[number].type))
            for number in range(copy.columns, width)
        }
        added = {
            f"c{number}": _column(*table.values(number, copy.rows, stop))
            for number in range(width if stop > copy.rows else 0)
        }
        changed, copy.changed = copy.changed[:most], copy.changed[most:]
        values = {
            f"c{number}": _gathered(table, number, changed)
            for number in range(width if len(changed) else 0)
        }
        copy.rows, copy.columns = stop, width
        return _Step(columns=columns, added=added, numbers=changed, changed=values)

    def _write(self, name: str, step: _Step) -> None:
        for column, kept in step.columns.items():
            self._engine.widen(name, column, kept)
        if step.added:
            self._engine.append(name, step.added)
        if len(step.numbers):
            self._engine.change(name, step.numbers, step.changed)

    async def _run(self, function: Any, *arguments: Any) -> None:
        await get_running_loop().run_in_executor(self._executor, function, *arguments)


def _column(values: NDArray[Any], valid: NDArray[np.bool_] | None) -> Column:
    """Return values of a table as DuckDB takes them; copies, as the table may go on changing."""
    if valid is None:
        return np.array(values)
    if values.dtype == object:
        texts = np.array(values)
        texts[~valid] = None
        return texts
    return np.ma.masked_array(np.array(values), mask=~valid)


def _gathered(table: Table, column: int, rows: NDArray[np.int64]) -> Column:
    """Return the values of single rows, which ascend, read by blocks."""
    parts: list[tuple[NDArray[Any], NDArray[np.bool_] | None]] = []
    for block in _blocks(rows):
        start = int(block[0])
        values, valid = table.values(column, start, int(block[-1]) + 1)
        places = block - start
        parts.append((values[places], None if valid is None else valid[places]))
    if all(valid is None for _, valid in parts):
        return np.concatenate([values for values, _ in parts])
    masks = [np.ones(len(values), bool) if valid is None else valid for values, valid in parts]
    return _column(np.concatenate([values for values, _ in parts]), np.concatenate(masks))


def _blocks(rows: NDArray[np.int64]) -> Sequence[NDArray[np.int64]]:
    edges = np.flatnonzero(np.diff(rows // _BLOCK)) + 1
    return np.split(rows, edges)
