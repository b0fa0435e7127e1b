"""The columns of a table, and what its names stand for: dimensions, attributes, rows.

Names are case-insensitive within a database and keep the spelling that came first (our choice). An
attribute has one type, whether its values come as single measures or in MULTI records.
"""

from typing import Final

from simulator.services.exchange.series.cells import Cells, cells_of
from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.records import BadRecord, Measure, Record
from simulator.services.exchange.series.table import Column, ColumnType, Role, folded
from simulator.services.exchange.series.values import is_text

ASSET: Final = 0
"""Number of the column that holds the asset's id."""
MEASURE_NAME: Final = 1
TIME: Final = 2
_RESERVED: Final = frozenset({"time", "measure_name"})
_RESERVED_PREFIX: Final = "measure_value"


class Attribute:
    """A measure by its name; equal to itself alone."""

    __slots__ = ("in_multi", "in_single", "name", "type")

    def __init__(self, name: str, type: ColumnType) -> None:
        self.name = name
        self.type = type
        self.in_multi: Cells | None = None
        """Cells of its values in MULTI records, as soon as there was one with it."""
        self.in_single: Cells | None = None
        """Cells that hold its single values, and those of all others of its type."""


class Schema:
    """What a table's names mean so far; it only grows.

    Args:
        policy: the name of the asset's column, and the limits.
    """

    def __init__(self, policy: SeriesPolicy) -> None:
        self.columns: list[Column] = []
        self.cells: list[Cells | None] = []
        """Of each column; None for those that all rows of a series have in common, and time."""
        self.attributes: dict[str, Attribute] = {}
        """By folded name."""
        self._policy = policy
        self._policy = policy
        self._spelled: dict[str, Attribute] = {}
        self._dimensions: dict[str, int] = {}
        self._singles: dict[ColumnType, Cells] = {}
        self._rows: dict[str, tuple[str, bool]] = {}
        self._add(policy.asset_column, Role.DIMENSION, ColumnType.VARCHAR)
        self._add("measure_name", Role.MEASURE_NAME, ColumnType.VARCHAR)
        self._add("time", Role.TIME, ColumnType.TIMESTAMP)
        self._dimensions[folded(policy.asset_column)] = ASSET

    def find(self, name: str) -> Attribute | None:
        """Return the attribute of a name in any spelling; None: there is none."""
        return self._spelled.get(name) or self.attributes.get(folded(name))

    def check(self, record: Record) -> list[Attribute | None]:
        """Return the attributes of a record's measures; None for those that would be new.

        Raises:
            BadRecord: it contradicts what names stand for, or has one too many.
        """
        spelled, attributes = self._spelled, list[Attribute | None]()
        for name, type, _ in record.measures:
            attribute = spelled.get(name) or self.find(name)
            if attribute is None:
                _check_name(name, self._policy)
            elif attribute.type is not type:
                raise BadRecord(f"{name:.60} is {attribute.type} in this database, not {type}")
            if record.multi and (attribute is None or attribute.in_multi is None):
                self._check_measure_column(name, record)
            attributes.append(attribute)
        new = attributes.count(None)
        if new and new + len(self.attributes) > self._policy.max_measure_names:
            bound = self._policy.max_measure_names
            raise BadRecord(f"a database has at most {bound} different measures")
        return attributes

    def _check_measure_column(self, name: str, record: Record) -> None:
        _check_column_name(name)
        key = folded(name)
        if key in self._dimensions or any(key == other for other, _ in record.dimensions.keys):
            raise BadRecord(f"{name:.60} is a dimension in this database")

    def check_names(self, record: Record) -> None:
        """Raise BadRecord if the names that make up a record's series are not possible."""
        _, multi = self._rows.get(folded(record.name), ("", record.multi))
        if multi is not record.multi:
            kinds = ("single values", "MULTI records")
            raise BadRecord(f"{record.name:.60} is a name of {kinds[multi]} in this database")
        _check_name(record.name, self._policy)
        new = [name for name in record.dimensions.names if folded(name) not in self._dimensions]
        if new and len(new) + len(self._dimensions) > self._policy.max_dimension_names:
            bound = self._policy.max_dimension_names
            raise BadRecord(f"a database has at most {bound} different dimensions")
        for name in new:
            _check_name(name, self._policy)
            _check_column_name(name)
            attribute = self.find(name)
            if attribute is not None and attribute.in_multi is not None:
                raise BadRecord(f"{name:.60} is a measure in this database")

    def row_name(self, record: Record) -> str:
        """Return the first spelling of the name of a record that was checked."""
        return self._rows.setdefault(folded(record.name), (record.name, record.multi))[0]

    def dimension(self, name: str) -> int:
        """Return the column of a dimension, which comes into being if need be."""
        column = self._dimensions.get(folded(name))
        if column is None:
            column = self._dimensions[folded(name)] = self._add(
                name, Role.DIMENSION, ColumnType.VARCHAR
            )
        return column

    def attribute(self, measure: Measure) -> Attribute:
        """Return the attribute of a measure that was checked; it comes into being if need be."""
        name, type, _ = measure
        attribute = self.find(name)
        if attribute is None:
            attribute = self.attributes[folded(name)] = self._spelled[name] = Attribute(name, type)
        return attribute

    def cells_for(self, attribute: Attribute, multi: bool) -> Cells:
        """Return the cells for an attribute's values; their column comes into being if need be."""
        if multi:
            if attribute.in_multi is None:
                attribute.in_multi = self._add_cells(attribute.name, Role.MEASURE, attribute.type)
            return attribute.in_multi
        if attribute.in_single is None:
            type = attribute.type
            if type not in self._singles:
                name = f"{_RESERVED_PREFIX}::{type.lower()}"
                self._singles[type] = self._add_cells(name, Role.SINGLE, type)
            attribute.in_single = self._singles[type]
        return attribute.in_single

    def _add(self, name: str, role: Role, type: ColumnType, cells: Cells | None = None) -> int:
        self.columns.append(Column(name=name, role=role, type=type))
        self.cells.append(cells)
        return len(self.columns) - 1

    def _add_cells(self, name: str, role: Role, type: ColumnType) -> Cells:
        cells = cells_of(type)
        self._add(name, role, type, cells)
        return cells


def _check_name(name: str, policy: SeriesPolicy) -> None:
    if not (1 <= len(name) <= policy.max_name and is_text(name)):
        raise BadRecord(f"{name!r:.60}: a name has 1 to {policy.max_name} characters")


def _check_column_name(name: str) -> None:
    key = folded(name)
    if key in _RESERVED or key.startswith(_RESERVED_PREFIX):
        raise BadRecord(f"{name:.60} is a name of the system")
