"""Which records a table holds after publishing: keys, versions, rejections (Timestream; seed 002).

A row is known by asset, dimensions in any order, measure name and instant. A higher version
replaces the measures that it names; the same or a lower one is accepted only if it repeats what is
stored. A measure keeps the type of its first value throughout the table.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from conformance.oracles.exchange.records import Record
from conformance.oracles.exchange.values import MAX_TEXT, TYPES, meaning

Key = tuple[str, frozenset[tuple[str, str]], str, int]
"""Asset, dimensions, measure name, nanoseconds since the epoch."""

Cause = Literal["invalid", "type", "version"]

MAX_DIMENSIONS = 128
MAX_NAME = 256
MAX_MEASURES = 256


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """A record that is not taken: its index in the call, why, and the version that is stored."""

    index: int
    cause: Cause
    existing_version: int | None = None


@dataclass(kw_only=True)
class Row:
    """What is stored under a key: the version, and type and meaning of each measure."""

    version: int
    measures: dict[str, tuple[str, Any]]


@dataclass(kw_only=True)
class Table:
    """A table of the model.

    Attributes:
        rows: by key, in the order of their first writing.
        types: of each measure.
        names: of assets, by the latest record that has the dimension `name`.
    """

    rows: dict[Key, Row] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[int, str]] = field(default_factory=dict)

    def copied(self) -> Table:
        """Another table that holds the same."""
        return copy.deepcopy(self)

    def publish(self, asset: str, records: Iterable[Record]) -> list[Rejection]:
        """Take the records of one call one after the other; what is not taken, and why."""
        found = []
        for index, record in enumerate(records):
            rejection = self._take(asset, record, index)
            if rejection is not None:
                found.append(rejection)
        return found

    def _take(self, asset: str, record: Record, index: int) -> Rejection | None:
        given = meanings(record)
        at = record.time_ns
        if given is None or at is None:
            return Rejection(index=index, cause="invalid")
        if any(self.types.get(name, type_) != type_ for name, (type_, _) in given.items()):
            return Rejection(index=index, cause="type")
        key = (asset, frozenset(record.dimensions), record.measure_name or "", at)
        version = 1 if record.version is None else record.version
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = Row(version=version, measures=dict(given))
        elif version > row.version:
            row.version = version
            row.measures.update(given)
        elif any(row.measures.get(name) != value for name, value in given.items()):
            return Rejection(index=index, cause="version", existing_version=row.version)
        for name, (type_, _) in given.items():
            self.types.setdefault(name, type_)
        display = dict(record.dimensions).get("name")
        if display is not None and at >= self.names.get(asset, (at, ""))[0]:
            self.names[asset] = (at, display)
        return None


def meanings(record: Record) -> Mapping[str, tuple[str, Any]] | None:
    """Type and meaning of each measure of a record; None if the record is no good.

    Times are not looked at here.
    """
    if not _named(record.measure_name) or len(record.dimensions) > MAX_DIMENSIONS:
        return None
    if not all(name and value for name, value in record.dimensions):
        return None
    if len({name for name, _ in record.dimensions}) < len(record.dimensions):
        return None
    if record.version is not None and record.version < 1:
        return None
    if record.type == "MULTI":
        measures = record.measures or ()
        names = {measure.name for measure in measures}
        if not measures or len(names) < len(measures) or len(measures) > MAX_MEASURES:
            return None
    elif record.value is None:
        return None
    found = {}
    for measure in record.values():
        meant = (
            meaning(measure.type, measure.value, record.unit)
            if measure.type in TYPES and _named(measure.name) and len(measure.value) <= MAX_TEXT
            else None
        )
        if meant is None:
            return None
        found[measure.name] = (measure.type, meant)
    return found


def _named(name: str | None) -> bool:
    return name is not None and 1 <= len(name) <= MAX_NAME
