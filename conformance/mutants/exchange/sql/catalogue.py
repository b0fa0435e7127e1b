"""A database as a table, and what SHOW and DESCRIBE tell of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from conformance.mutants.exchange.book import Database
from conformance.mutants.exchange.sql.select import Relation
from conformance.mutants.exchange.sql.tokens import bad
from conformance.mutants.exchange.sql.tree import Instant, Show

ASSET = "assetId"


def columns_of(database: Database) -> list[tuple[str, str, str]]:
    """Name, type and role of every column; names differ in more than case."""
    dimensions, singles, measures = [ASSET], [], []
    for row in database.rows.values():
        dimensions += row.dimensions
        for name, (type_, _) in row.values.items():
            if row.single:
                singles.append(type_)
            else:
                measures.append((name, type_))
    return [
        *((name, "VARCHAR", "DIMENSION") for name in dict.fromkeys(dimensions)),
        ("measure_name", "VARCHAR", "MEASURE_NAME"),
        ("time", "TIMESTAMP", "TIMESTAMP"),
        *((f"measure_value::{t.lower()}", t, "MEASURE_VALUE") for t in dict.fromkeys(singles)),
        *((name, type_, "MULTI") for name, type_ in dict.fromkeys(measures)),
    ]


def relation_of(database: Database, names: Collection[str] | None) -> Relation:
    """The table of a database: these columns of it, by lower-case name, or all."""
    columns = [
        (name, type_)
        for name, type_, _ in columns_of(database)
        if names is None or name.lower() in names
    ]
    rows = []
    for row in list(database.rows.values()):
        held: dict[str, Any] = {
            ASSET: row.asset,
            **row.dimensions,
            "measure_name": row.measure_name,
            "time": Instant(row.time_ns),
        }
        for name, (type_, value) in row.values.items():
            shown = Instant(int(value)) if type_ == "TIMESTAMP" else value
            held[f"measure_value::{type_.lower()}" if row.single else name] = shown
        rows.append([held.get(name) for name, _ in columns])
    return Relation(columns=columns, rows=rows)


def shown(database: Database, show: Show) -> Relation:
    """The answer to SHOW and DESCRIBE."""
    if show.what == "DATABASES":
        return _texts(["Database"], [[database.database]], show.like)
    if show.what == "TABLES":
        if show.parts not in ((), (database.database,)):
            raise bad(f"no database {show.parts[0]!r}")
        return _texts(["Table"], [[database.table]], show.like)
    if show.parts != (database.database, database.table):
        raise bad(f"no table {'.'.join(show.parts)!r}")
    if show.what == "DESCRIBE":
        listed = [[name, type_.lower(), role] for name, type_, role in columns_of(database)]
        return _texts(["Column", "Type", "Timestream attribute type"], listed, None)
    return _measures(database, show.like)


def _measures(database: Database, like: str | None) -> Relation:
    found: dict[tuple[str, str], list[str]] = {}
    for row in database.rows.values():
        ((_, (type_, _)), *_) = row.values.items()
        key = row.measure_name, type_.lower() if row.single else "multi"
        found.setdefault(key, []).extend([ASSET, *row.dimensions])
    texts = _texts(["measure_name", "data_type"], [list(key) for key in found], like)
    kept = {tuple(row) for row in texts.rows}
    rows = [
        [*key, [{"dimension_name": n, "data_type": "varchar"} for n in dict.fromkeys(names)]]
        for key, names in found.items()
        if key in kept
    ]
    types: Any = ("array", ("row", (("dimension_name", "VARCHAR"), ("data_type", "VARCHAR"))))
    return Relation(columns=[*texts.columns, ("dimensions", types)], rows=rows)


def _texts(names: Sequence[str], rows: list[list[str]], like: str | None) -> Relation:
    if like is not None:
        pattern = re.escape(like).replace("%", ".*").replace("_", ".")
        rows = [row for row in rows if re.fullmatch(pattern, row[0])]
    return Relation(columns=[(name, "VARCHAR") for name in names], rows=rows)
