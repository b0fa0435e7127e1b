"""Last values, structured queries, pages and exports: the defaults of the hooks about reading."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from conformance.mutants.exchange.book import (
    Book,
    Database,
    Point,
    Query,
    Refuse,
    Row,
    bad_token,
    invalid,
)
from conformance.mutants.exchange.records import value_text
from conformance.mutants.exchange.times import from_iso, iso

DEFAULT_ROWS = 1000
MAX_ROWS = 1000
EXPORT_S = 0.02
CSV_HEADER = ("assetId", "name", "attributeName", "attributeType", "timestamp", "value")
JSON_TYPE, CSV_TYPE = "application/json", "text/csv"

Answer = dict[str, Any]


def points_of(rows: Collection[Row]) -> Iterator[Point]:
    """Every value of every row."""
    for row in rows:
        for name, (type_, value) in row.values.items():
            yield Point(
                asset=row.asset, attribute=name, type=type_, time_ns=row.time_ns, value=value
            )


def newest(points: Collection[Point]) -> dict[tuple[str, str], Point]:
    """The value with the greatest time of each asset and attribute; of two, the later written."""
    found: dict[tuple[str, str], Point] = {}
    for point in points:
        key = point.asset, point.attribute
        if key not in found or point.time_ns >= found[key].time_ns:
            found[key] = point
    return found


def asset_data(
    assets: Collection[str],
    names: Mapping[str, str],
    last: Mapping[tuple[str, str], Point],
    points: Collection[Point],
) -> list[Answer]:
    """AssetData of assets: their newest values, and the points asked for."""
    of_key: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        of_key.setdefault((point.asset, point.attribute), []).append(point)
    listed: dict[str, list[Answer]] = {asset: [] for asset in assets}
    for key in sorted(last):
        if key[0] in listed:
            listed[key[0]].append(attribute(last[key], of_key.get(key, ())))
    return [
        {"assetId": asset, "name": names.get(asset), "attributes": attributes}
        for asset, attributes in listed.items()
    ]


def attribute(last: Point, points: Collection[Point]) -> Answer:
    """One attribute of AssetData."""
    return {
        "name": last.attribute,
        "attributeType": last.type,
        "lastValue": value_text(last.type, last.value),
        "lastValueTime": iso(last.time_ns),
        "data": [
            {"timestamp": iso(point.time_ns), "value": value_text(point.type, point.value)}
            for point in points
        ],
    }


def last_values(database: Database) -> list[Answer]:
    """Every asset of a database with its newest values."""
    last = newest(list(points_of(database.rows.values())))
    return asset_data(sorted({asset for asset, _ in last}), database.names, last, ())


def last_page(
    book: Book, data: list[Answer], token: str | None
) -> tuple[list[Answer], str | None, int]:
    """A page of last values, the next token, and the page's number; everything is in the first."""
    if token is not None:
        raise bad_token()
    return data, None, 0


def interval(start: str | None, end: str | None) -> tuple[int, int]:
    """The interval of a structured query; both ends belong to it."""
    if start is None or end is None:
        raise invalid("startTime and endTime are required")
    try:
        begin_ns, end_ns = from_iso(start), from_iso(end)
    except ValueError as error:
        raise invalid(str(error)) from None
    if end_ns < begin_ns:
        raise invalid("endTime is before startTime")
    return begin_ns, end_ns


def page_size(asked: int | None) -> int:
    """The number of rows of a page."""
    if asked is None:
        return DEFAULT_ROWS
    if not 1 <= asked <= MAX_ROWS:
        raise invalid(f"maxRows: 1 to {MAX_ROWS}")
    return asked


def inside(time_ns: int, begin_ns: int, end_ns: int) -> bool:
    """Whether an instant belongs to an interval."""
    return begin_ns <= time_ns <= end_ns


def wanted(database: Database, assets: Sequence[Mapping[str, Any]]) -> Callable[[Point], bool]:
    """Whether a point is of an asset and an attribute that were asked for."""
    asked: dict[str, set[str] | None] = {}
    for one in assets:
        names = set(one.get("attributeNamesFilter") or ())
        before = asked.get(one["assetId"], set())
        asked[one["assetId"]] = before | names if names and before is not None else None
    return lambda point: (
        point.asset in asked and ((names := asked[point.asset]) is None or point.attribute in names)
    )


def found(
    database: Database, assets: Sequence[Mapping[str, Any]], begin_ns: int, end_ns: int
) -> list[Point]:
    """The points of a structured query, by asset, attribute and time."""
    fits = wanted(database, assets)
    points = [
        point
        for point in points_of(database.rows.values())
        if inside(point.time_ns, begin_ns, end_ns) and fits(point)
    ]
    return sorted(points, key=lambda p: (p.asset, p.attribute, p.time_ns))


def make_token(book: Book, query: Query, start: int) -> str:
    """The token of a query's next page."""
    return f"{query.id}.{start}.{book.sign(query.id, start, query.user, query.database)}"


def open_token(
    book: Book, token: str, user: str, database: str, request: tuple[Any, ...]
) -> tuple[Query, int]:
    """The query and the position of a token; refuses those of others, and altered ones."""
    id_, _, rest = token.partition(".")
    position, _, signature = rest.partition(".")
    query = book.queries.get(id_)
    if query is None or signature != book.sign(id_, position, user, database):
        raise bad_token()
    if query.request != request:
        raise bad_token("the request is not that of the token")
    return query, int(position)


def check_running(query: Query) -> None:
    """Refuse further pages of a cancelled query."""
    if query.cancelled:
        raise Refuse("ConflictException", "The query was cancelled.")


def cut(query: Query, start: int) -> int:
    """Where a page ends that begins at `start`."""
    return min(start + query.size, len(query.points))


def progress(query: Query, end: int) -> float:
    """How much of a query has been read, in percent."""
    return 100.0 * end / len(query.points) if query.points else 100.0


def cancelled(query: Query | None) -> Answer:
    """The answer to a cancellation; None: there is no such query of the caller."""
    if query is None:
        return {"httpStatusCode": 404, "errorMessage": "There is no such query."}
    if query.read >= len(query.points) and not query.cancelled:
        return {"httpStatusCode": 409, "errorMessage": "The query has ended."}
    query.cancelled = True
    return {"httpStatusCode": 200, "errorMessage": None}


def exported(query: Query) -> list[Point]:
    """The points of an export: all, or those that were read before the query was cancelled."""
    return query.points[: query.read] if query.cancelled else query.points


def export_json(query: Query, points: Sequence[Point]) -> bytes:
    """An array of AssetData."""
    assets = sorted({point.asset for point in points})
    return json.dumps(asset_data(assets, query.names, newest(points), points)).encode()


def export_csv(query: Query, points: Sequence[Point]) -> bytes:
    """A line for each point, below a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for (asset, _), of_one in groupby(points, key=lambda p: (p.asset, p.attribute)):
        for point in of_one:
            writer.writerow(
                (
                    asset,
                    query.names.get(asset, ""),
                    point.attribute,
                    point.type,
                    iso(point.time_ns),
                    value_text(point.type, point.value),
                )
            )
    return text.getvalue().encode()


def export_size(content: bytes) -> int:
    """The size of an export, as it is told."""
    return len(content)


def owns_query(query: Query, user: str, database: str) -> bool:
    """Whether a query is a caller's, in a database."""
    return query.user == user and query.database == database


def refreshed(
    query: Query,
    database: Database,
    assets: Sequence[Mapping[str, Any]],
    begin_ns: int,
    end_ns: int,
) -> None:
    """What a page does to the query: nothing, its points were found by the first one."""


def page_shown(answer: Answer) -> Answer:
    """A page of a structured query as it is answered."""
    return answer


def published(answer: list[Answer]) -> list[Answer]:
    """The answer to a publish."""
    return answer


def export_delay_s() -> float:
    """How long the writing of an export takes."""
    return EXPORT_S


def told(event: Answer) -> Sequence[Answer]:
    """The notices of one event."""
    return (event,)


def hears(topic: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a subscriber of `wanted` is told of an event of `topic`."""
    return topic == wanted


def replayed(book: Book, topic: tuple[str, ...]) -> Answer | None:
    """The event that a late subscriber is told."""
    return book.retained.get(topic)
