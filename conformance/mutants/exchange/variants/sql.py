"""Exchange endpoints whose SQL is told or limited in another way, and right all the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.exchange.book import Database
from conformance.mutants.exchange.making import Json, variant
from conformance.mutants.exchange.sql import rules
from conformance.mutants.exchange.sql.catalogue import ASSET
from conformance.mutants.exchange.sql.select import Relation
from conformance.mutants.exchange.sql.tokens import bad

BEYOND_BASIC = (
    "create_time_series",
    "interpolate_linear",
    "interpolate_locf",
    "sequence",
)


def cut_empty(start: int, size: int, total: int) -> tuple[int, int, int]:
    """Before each page with rows comes one without; positions of those with rows are negative."""
    if start >= 0:
        return start, start, -1 - start
    return rules.sql_cut(-1 - start, size, total)


def asset_elsewhere(database: Database, names: Collection[str] | None) -> Relation:
    """The asset stands in another column."""
    if names is not None:
        swapped = {"asset_id": ASSET.lower(), ASSET.lower(): "nowhere"}
        names = [swapped.get(name, name) for name in names]
    found = rules.sql_table(database, names)
    columns = [("asset_id" if name == ASSET else name, type_) for name, type_ in found.columns]
    return replace(found, columns=columns)


def scientific(value: Any) -> Json:
    """Doubles are written as Trino does."""
    if isinstance(value, float) and math.isfinite(value):
        digits, _, exponent = f"{value:.16E}".partition("E")
        return {"ScalarValue": f"{digits}E{int(exponent)}"}
    return rules.sql_datum(value)


def basic() -> Mapping[str, Callable[..., Any]]:
    """Functions of time series are not supported."""
    return {k: v for k, v in rules.sql_functions().items() if k not in BEYOND_BASIC}


def basic_aggregates() -> Mapping[str, Callable[..., Any]]:
    """Functions that make time series are not supported."""
    return {k: v for k, v in rules.sql_aggregates().items() if k not in BEYOND_BASIC}


def none(text: str) -> Any:
    """There is no SQL."""
    raise bad("SQL is not available")


def unmetered(answer: Json) -> Json:
    """A result tells more of its query, and less of its progress."""
    return {**answer, "QueryStatus": {"ProgressPercentage": 0.0}, "QueryInsightsResponse": {}}


VARIANTS: tuple[Variant, ...] = (
    variant("sql-asset-elsewhere", "The asset stands in another column.", "asset_column",
            {"sql_table": asset_elsewhere}, "SQ-008", "SQ-006",
            settings={"asset_column": "asset_id"}),
    variant("sql-scientific", "Doubles are written with an exponent.", "Timestream",
            {"sql_datum": scientific}, "SQ-002", "SQ-008"),
    variant("sql-basic", "Functions of time series are not supported.", "DX-SQ-010",
            {"sql_functions": basic, "sql_aggregates": basic_aggregates}, "SQ-009", "SQ-010",
            settings={"sql": "basic"}),
    variant("sql-none", "There is no SQL.", "sql", {"sql_statement": none}, "TS-001", "SQ-001",
            settings={"sql": "none"}),
    variant("sql-empty-pages", "Before each page with rows comes one without.", "DX-SQ-012",
            {"sql_cut": cut_empty}, "SQ-004", "SQ-005", "SQ-012"),
    variant("sql-unmetered", "A result tells nothing of its progress.", "Timestream",
            {"sql_shown": unmetered}, "SQ-001", "SQ-004"),
)  # fmt: skip
