"""A table of records as it is kept: rows in columns, found again by series and time.

A series is what has the same asset, dimensions and measure name; all its rows hold these in common,
so that a row costs its time, the number of its series, and its values. Versions follow Timestream:
a higher one replaces, an equal or lower one may only repeat what is there.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.services.exchange.series.cells import Cells, NumberCells
from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.records import BadRecord, Record
from simulator.services.exchange.series.schema import ASSET, Attribute, Schema
from simulator.services.exchange.series.table import Column, Role, Valid, Values, folded
from simulator.services.exchange.series.timeline import Timeline

_FEW_UPDATES: Final = 65_536
"""Updates that are always told one by one."""
_DISPLAY_NAME: Final = "name"

SeriesKey = tuple[str, tuple[tuple[str, str], ...], str]


class Series:
    """All rows with the same asset, dimensions and measure name."""

    __slots__ = ("dimensions", "key", "measure_name", "number", "single", "timeline")

    def __init__(
        self,
        number: int,
        key: SeriesKey,
        measure_name: str,
        dimensions: dict[int, str],
        single: Attribute | None,
    ) -> None:
        self.number = number
        self.key = key
        self.measure_name = measure_name
        self.dimensions = dimensions
        """Values by column, the asset's id among them."""
        self.single = single
        """Whose values these are; None: those of MULTI records."""
        self.timeline = Timeline()


class Newest:
    """Where the newest value of an attribute of an asset is."""

    __slots__ = ("cells", "row", "series", "time_ns")

    def __init__(self, time_ns: int, row: int, cells: Cells, series: Series) -> None:
        self.time_ns = time_ns
        self.row = row
        self.cells = cells
        self.series = series


class Asset:
    """What one asset has published."""

    __slots__ = ("asset_id", "name", "name_time_ns", "newest", "series")

    def __init__(self, asset_id: str) -> None:
        self.asset_id = asset_id
        self.name: str | None = None
        """The newest value of the dimension `name`."""
        self.name_time_ns: int | None = None
        self.series: list[Series] = []
        self.newest: dict[Attribute, Newest] = {}


class Place(NamedTuple):
    """Where a record belongs."""

    series: Series | None
    """None: it would be the first of its series."""
    row: int | None
    """None: it would be a new one."""
    attributes: Sequence[Attribute | None]
    """Of each measure; None: it would be the first of its name."""
    changes: bool
    """Whether it says more than what is stored."""


class StoredTable:
    """The one table of a database; fulfils `Table`.

    Args:
        database_name: the first half of its name in SQL.
        table_name: the second half.
        policy: names and limits.
    """

    def __init__(self, database_name: str, table_name: str, policy: SeriesPolicy) -> None:
        self.database_name = database_name
        self.table_name = table_name
        self.assets: dict[str, Asset] = {}
        self.schema = Schema(policy)
        self._series: dict[SeriesKey, Series] = {}
        self._times = array("q")
        self._numbers = array("i")
        # Most rows are of version 1, and cells that were never set take no memory.
        self._versions = NumberCells(np.int64)
        self._updates = array("i")
        self._forgotten = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self._times)

    @property
    def columns(self) -> Sequence[Column]:
        """The columns by number."""
        return self.schema.columns

    def check(self, asset_id: str, record: Record) -> Place:
        """Return where a record belongs.

        Raises:
            BadRecord: what is stored stands against it.
        """
        attributes = self.schema.check(record)
        series = self._series.get(_key(asset_id, record))
        if series is None or record.multi is not (series.single is None):
            self.schema.check_names(record)
            return Place(None, None, attributes, True)
        row = series.timeline.row(record.time_ns)
        if row is None:
            return Place(series, None, attributes, True)
        version = self._versions.get(row) or 1
        if record.version > version:
            return Place(series, row, attributes, True)
        for attribute, (name, _, value) in zip(attributes, record.measures, strict=True):
            cells = None
            if attribute is not None:
                cells = attribute.in_multi if record.multi else attribute.in_single
            if cells is None or cells.get(row) != value:
                raise BadRecord(f"{name:.60}: version {version} has another value", version)
        return Place(series, row, attributes, False)

    def store(self, asset_id: str, record: Record) -> Sequence[Attribute]:
        """Store a record and return the attributes of its measures.

        Raises:
            BadRecord: what is stored stands against it; nothing has changed.
        """
        series, row, known, changes = self.check(asset_id, record)
        attributes = [
            attribute or self.schema.attribute(measure)
            for attribute, measure in zip(known, record.measures, strict=True)
        ]
        if not changes:
            return attributes
        series = series or self._new_series(asset_id, record)
        asset = self.assets[asset_id]
        if row is None:
            row = len(self._times)
            self._times.append(record.time_ns)
            self._numbers.append(series.number)
            series.timeline.add(record.time_ns, row)
            if asset.name_time_ns is None or record.time_ns >= asset.name_time_ns:
                _name(asset, record)
        else:
            self._note_update(row)
        if record.version > 1:
            self._versions.set(row, record.version)
        self._write(asset, series, row, record, attributes)
        return attributes

    def _write(
        self,
        asset: Asset,
        series: Series,
        row: int,
        record: Record,
        attributes: Sequence[Attribute],
    ) -> None:
        time_ns, multi, newest = record.time_ns, record.multi, asset.newest
        for attribute, (_, _, value) in zip(attributes, record.measures, strict=True):
            cells = attribute.in_multi if multi else attribute.in_single
            if cells is None:
                cells = self.schema.cells_for(attribute, multi)
            cells.set(row, value)
            known = newest.get(attribute)
            if known is None:
                newest[attribute] = Newest(time_ns, row, cells, series)
            # Of several series at one instant the same one counts, whichever was written first.
            elif time_ns > known.time_ns or (
                time_ns == known.time_ns and series.key > known.series.key
            ):
                known.time_ns, known.row, known.cells, known.series = time_ns, row, cells, series

    def values(self, column: int, start: int, stop: int) -> tuple[Values, Valid]:
        """Return what rows `start` to `stop` exclusive hold in a column, and which of them do."""
        if not 0 <= start <= stop <= self.rows:
            raise IndexError(f"rows {start} to {stop} of {self.rows}")
        cells = self.schema.cells[column]
        if cells is not None:
            return cells.span(start, stop)
        if self.columns[column].role is Role.TIME:
            return np.array(self._times[start:stop]), None
        numbers = np.array(self._numbers[start:stop])
        if self.columns[column].role is Role.MEASURE_NAME:
            held: list[str | None] = [each.measure_name for each in self._series.values()]
        else:
            held = [each.dimensions.get(column) for each in self._series.values()]
        values = np.array([value or "" for value in held], object)[numbers]
        if None not in held:
            return values, None
        valid = np.array([value is not None for value in held])[numbers]
        return values, valid

    def changed(self, mark: int) -> tuple[NDArray[np.int64], int]:
        """Return the numbers of rows that were updated since a mark, and the mark of now."""
        now = self._forgotten + len(self._updates)
        if mark < self._forgotten:
            return np.arange(self.rows), now
        return np.unique(np.array(self._updates[mark - self._forgotten :], np.int64)), now

    def points(
        self, asset: Asset, attribute: Attribute, first_ns: int, last_ns: int
    ) -> tuple[NDArray[np.int64], Values]:
        """Return times, ascending, and values of an attribute from one instant to another."""
        parts = list(self._parts(asset, attribute, first_ns, last_ns))
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return np.zeros(0, np.int64), np.zeros(0)
        times = np.concatenate([times for times, _ in parts])
        order = np.argsort(times, kind="stable")
        return times[order], np.concatenate([values for _, values in parts])[order]

    def _parts(
        self, asset: Asset, attribute: Attribute, first_ns: int, last_ns: int
    ) -> Iterator[tuple[NDArray[np.int64], Values]]:
        for series in sorted(asset.series, key=lambda each: each.key):
            cells = attribute.in_multi if series.single is None else attribute.in_single
            if cells is not None and series.single in (None, attribute):
                times, rows = series.timeline.between(first_ns, last_ns)
                values, valid = cells.take(rows)
                if valid is not None:
                    times, values = times[valid], values[valid]
                if len(times):
                    yield times, values

    def _new_series(self, asset_id: str, record: Record) -> Series:
        schema = self.schema
        dimensions = {ASSET: asset_id}
        for name, (_, value) in zip(record.dimensions.names, record.dimensions.keys, strict=True):
            dimensions[schema.dimension(name)] = value
        key = _key(asset_id, record)
        single = None if record.multi else schema.attribute(record.measures[0])
        series = Series(len(self._series), key, schema.row_name(record), dimensions, single)
        self._series[key] = series
        self.assets.setdefault(asset_id, Asset(asset_id)).series.append(series)
        return series

    def _note_update(self, row: int) -> None:
        updates = self._updates
        updates.append(row)
        if len(updates) > max(_FEW_UPDATES, 2 * self.rows):
            # Whoever is that far behind had better read everything again.
            half = len(updates) // 2
            del updates[:half]
            self._forgotten += half


def _name(asset: Asset, record: Record) -> None:
    """Let an asset be called what its newest record with the dimension `name` says."""
    for key, value in record.dimensions.keys:
        if key == _DISPLAY_NAME:
            asset.name, asset.name_time_ns = value, record.time_ns


def _key(asset_id: str, record: Record) -> SeriesKey:
    return asset_id, record.dimensions.keys, folded(record.name)
