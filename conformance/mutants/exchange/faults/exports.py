"""Faults in exports of structured queries, and in what is told of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace

from conformance.mutants.exchange import reading
from conformance.mutants.exchange.book import Point, Query
from conformance.mutants.exchange.making import always, answering, fault
from conformance.mutants.exchange.records import value_text
from conformance.mutants.exchange.times import iso


def json_object(query: Query, points: Sequence[Point]) -> bytes:
    """JSON is an object, not a list."""
    return json.dumps({"data": json.loads(reading.export_json(query, points))}).encode()


def json_less(query: Query, points: Sequence[Point]) -> bytes:
    """JSON lacks the last point."""
    return reading.export_json(query, points[:-1] if len(points) > 1 else points)


def csv_less(query: Query, points: Sequence[Point]) -> bytes:
    """CSV lacks the last point."""
    return b"".join(reading.export_csv(query, points).splitlines(keepends=True)[:-1])


def csv_rounded(query: Query, points: Sequence[Point]) -> bytes:
    """CSV has its times in whole seconds."""
    rounded = [
        Point(
            asset=p.asset,
            attribute=p.attribute,
            type=p.type,
            time_ns=p.time_ns // 10**9 * 10**9,
            value=p.value,
        )
        for p in points
    ]
    return reading.export_csv(query, rounded)


def csv_defused(query: Query, points: Sequence[Point]) -> bytes:
    """CSV puts a mark before texts that a spreadsheet would compute."""
    marked = [
        replace(point, value=f"'{point.value}") if str(point.value).startswith("=") else point
        for point in points
    ]
    return reading.export_csv(query, marked)


def csv_one_line(query: Query, points: Sequence[Point]) -> bytes:
    """CSV has no line ends within values."""
    flat = [
        replace(point, value=point.value.replace("\n", " "))
        if isinstance(point.value, str)
        else point
        for point in points
    ]
    return reading.export_csv(query, flat)


def csv_raw(query: Query, points: Sequence[Point]) -> bytes:
    """CSV quotes nothing."""
    lines = [",".join(reading.CSV_HEADER)]
    for p in points:
        text = value_text(p.type, p.value)
        name = query.names.get(p.asset, "")
        lines.append(",".join((p.asset, name, p.attribute, p.type, iso(p.time_ns), text)))
    return "\n".join([*lines, ""]).encode()


def everybody_hears(topic: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """A subscriber hears of every query."""
    return topic[0] == wanted[0]


EXPORT = "timeSeriesDb_generateQueryResultExportFile"

MUTANTS = (
    fault("export-other-id", "An export is answered with another query's id.",
          answering(EXPORT, lambda a: {**a, "queryId": str(uuid.uuid4())}), "EX-001"),
    fault("export-other-format", "An export is always answered as CSV.",
          answering(EXPORT, lambda a: {**a, "fileFormat": "CSV"}), "EX-001"),
    fault("export-untold", "Nobody is told of an export.",
          {"told": always(()), "replayed": always(None)}, "EX-001"),
    fault("export-told-twice", "An export is told twice.",
          {"told": lambda event: (event, event)}, "EX-001"),
    fault("export-unreplayed", "Whoever subscribes late is not told.",
          {"replayed": always(None)}, "EX-002"),
    fault("export-overheard", "Whoever knows the id of a query is told of its exports.",
          {"owns_query": always(True)}, "EX-006"),
    fault("export-size-characters", "The size of an export counts characters.",
          {"export_size": lambda content: len(content.decode())}, "EX-003"),
    fault("export-size", "The size of an export is one byte too much.",
          {"export_size": lambda content: len(content) + 1}, "EX-003"),
    fault("export-json-object", "A JSON export is an object.", {"export_json": json_object},
          "EX-003"),
    fault("export-csv-less", "A CSV export lacks a point.", {"export_csv": csv_less},
          "EX-003", "EX-004"),
    fault("export-csv-rounded", "A CSV export has times in whole seconds.",
          {"export_csv": csv_rounded}, "EX-004"),
    fault("export-csv-defused", "A CSV export marks what looks like a formula.",
          {"export_csv": csv_defused}, "EX-004"),
    fault("export-csv-one-line", "A CSV export joins the lines of a value.",
          {"export_csv": csv_one_line}, "EX-004"),
    fault("export-csv-raw", "A CSV export quotes nothing.", {"export_csv": csv_raw}, "EX-004"),
    fault("export-json-less", "A JSON export lacks a point.", {"export_json": json_less},
          "EX-004"),
    fault("export-of-others", "Exports of others' queries are made.",
          {"owns_query": always(True), "may_read": always(True)}, "EX-005"),
    fault("export-heard-by-all", "A subscriber is told of all exports.",
          {"hears": everybody_hears}, "EX-006"),
)  # fmt: skip
