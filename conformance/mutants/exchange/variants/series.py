"""Exchange endpoints that keep and tell time series in another way, and are right all the same."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.exchange import reading, records
from conformance.mutants.exchange.book import Book, Database, Point, Query, Row
from conformance.mutants.exchange.making import Json, always, rebuilt, variant
from conformance.mutants.exchange.records import value_text
from conformance.mutants.exchange.times import iso

LAG_S = 0.25
COLUMNS = {"assetId": "Asset", "attributeName": "Attribute", "timestamp": "At", "value": "Val"}


@dataclass(eq=False, kw_only=True)
class Late(Row):
    """A row as it was written, and as it was before, which readers see for a while."""

    written_s: float
    before: Row | None


def written(old: Row | None, new: Row) -> Row:
    """What is stored is seen a while later."""
    kept = records.merged(old, new)
    if kept is old:
        return kept
    fields = {name: value for name, value in vars(kept).items() if name in Row.__annotations__}
    return Late(**fields, written_s=time.monotonic(), before=old)


def visible(rows: Iterable[Row]) -> dict[Any, Row]:
    """Rows as readers see them by now."""
    found: dict[Any, Row] = {}
    for at, row in enumerate(rows):
        seen: Row | None = row
        while isinstance(seen, Late) and time.monotonic() < seen.written_s + LAG_S:
            seen = seen.before
        if seen is not None:
            found[at] = seen
    return found


def last_later(database: Database) -> list[Json]:
    """Last values show what was written a while ago."""
    return reading.last_values(replace(database, rows=visible(database.rows.values())))


def found_later(
    database: Database, assets: Sequence[Mapping[str, Any]], begin_ns: int, end_ns: int
) -> list[Point]:
    """Queries find what was written a while ago."""
    seen = replace(database, rows=visible(database.rows.values()))
    return reading.found(seen, assets, begin_ns, end_ns)


def paged(book: Book, data: list[Json], token: str | None) -> tuple[list[Json], str | None, int]:
    """Last values come in pages of two assets."""
    start = int(token or 0)
    return data[start : start + 2], str(start + 2) if start + 2 < len(data) else None, start // 2


def before_end(
    database: Database, assets: Sequence[Mapping[str, Any]], begin_ns: int, end_ns: int
) -> list[Point]:
    """The end does not belong to the interval."""
    points = reading.found(database, assets, begin_ns, end_ns)
    return [point for point in points if point.time_ns < end_ns]


def leaner(page: Json) -> Json:
    """Pages have no tokens and numbers that nobody needs."""
    return {**page, "clientToken": None, "queryString": None, "resultChunkIndex": None}


def at_last(query: Query, end: int) -> float:
    """Progress is told when it is complete."""
    return 100.0 if end >= len(query.points) else 0.0


def ended(query: Query | None) -> Json:
    """Cancelling is always good."""
    if query is not None:
        reading.cancelled(query)
    return {"httpStatusCode": 200, "errorMessage": ""}


def named_last(row: Row, known: tuple[int, str] | None) -> tuple[int, str] | None:
    """An asset has the name that was written last."""
    named = records.asset_name(row, None)
    return named or known


def unpointed(answer: list[Json]) -> list[Json]:
    """Publishing is answered without points."""
    return [{**one, "attributes": [{**a, "data": []} for a in one["attributes"]]} for one in answer]


def csv_otherwise(query: Query, points: Sequence[Point]) -> bytes:
    """CSV has other columns in another order, quotes, and Windows line ends."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([COLUMNS[name] for name in ("timestamp", "value", "attributeName", "assetId")])
    for point in reversed(points):
        value = value_text(point.type, point.value)
        writer.writerow((iso(point.time_ns), value, point.attribute, point.asset))
    return text.getvalue().encode()


def nine_digits(key: str, value: Any) -> Any:
    """Instants have nine digits."""
    if key in ("lastValueTime", "timestamp") and isinstance(value, str):
        whole, _, fraction = value.removesuffix("Z").partition(".")
        return f"{whole}.{fraction.ljust(9, '0')}Z"
    return value


def offset(key: str, value: Any) -> Any:
    """Instants have an offset of nothing."""
    if key in ("lastValueTime", "timestamp") and isinstance(value, str):
        return value.replace("Z", "+00:00")
    return value


def typed(change: Any) -> Any:
    """Doubles are written in another way."""

    def rewrite(key: str, value: Any) -> Any:
        if isinstance(value, dict) and value.get("attributeType") == "DOUBLE":
            points = [{**p, "value": change(p["value"])} for p in value.get("data") or ()]
            last = {"lastValue": change(value["lastValue"])} if "lastValue" in value else {}
            return {**value, **last, **({"data": points} if "data" in value else {})}
        return value

    return rewrite


VARIANTS: tuple[Variant, ...] = (
    variant("publish-atomic", "One bad record refuses the whole call.", "DX-TS-010",
            {"keeps": lambda rejections: not rejections}, "TS-010", "TS-013", "TS-007",
            settings={"atomic_publish": None}),
    variant("reads-late", "Reads show what was written a while ago.", "eventual consistency",
            {"merged": written, "last_values": last_later, "found": found_later},
            "TS-006", "TS-007", "LV-001", "QY-001"),
    variant("last-paged", "Last values come in pages.", "DX-LV-003", {"last_page": paged},
            "LV-003", "LV-001", settings={"one_page_last_values": False}),
    variant("end-open", "The end does not belong to a query's interval.", "end_inclusive",
            {"found": before_end}, "QY-001", settings={"end_inclusive": False}),
    variant("pages-lean", "Pages have no client token, text or number.", "QueryPage",
            {"page_shown": leaner}, "QY-003", "QY-004", "QY-005"),
    variant("progress-at-last", "Progress is told when it is complete.", "DX-QY-003",
            {"progress": at_last}, "QY-003"),
    variant("cancel-calmly", "Cancelling is always good.", "DX-QY-006", {"cancelled": ended},
            "QY-006"),
    variant("publish-unpointed", "Publishing is answered without points.", "DX-TS-017",
            {"published": unpointed}, "TS-017", "TS-002"),
    variant("named-last", "An asset has the name that was written last.", "DX-TS-018",
            {"asset_name": named_last}, "TS-018"),
    variant("csv-otherwise", "CSV has other columns, order, quotes and line ends.", "csv_columns",
            {"export_csv": csv_otherwise}, "EX-003", "EX-004", settings={"csv_columns": COLUMNS}),
    variant("export-slow", "Exports take a while.", "DX-EX-001",
            {"export_delay_s": always(0.4)}, "EX-001", "EX-002", "EX-006"),
    variant("nine-digits", "Instants have nine digits.", "ISO 8601", rebuilt(nine_digits),
            "LV-002", "TS-004", "TS-017"),
    variant("offsets", "Instants have an offset of nothing.", "ISO 8601", rebuilt(offset),
            "LV-002", "TS-004"),
    variant("doubles-scientific", "Doubles are written with an exponent.", "DX-LV-002",
            rebuilt(typed(lambda text: f"{float(text):.17E}")), "LV-002", "TS-003", "LV-001"),
)  # fmt: skip
