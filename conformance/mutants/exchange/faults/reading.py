"""Faults in last values and structured queries."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.mutants.exchange import reading
from conformance.mutants.exchange.book import Book, Database, Point, Query, Refuse
from conformance.mutants.exchange.making import Json, always, fault, nothing, silent

LONG_AGO, LONG_HENCE = "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z"


def lasting(choose: Callable[[list[Point]], Point]) -> Any:
    """Last values that are chosen in another way."""

    def last_values(database: Database) -> list[Json]:
        by_key: dict[tuple[str, str], list[Point]] = {}
        for point in reading.points_of(database.rows.values()):
            by_key.setdefault((point.asset, point.attribute), []).append(point)
        last = {key: choose(points) for key, points in by_key.items()}
        assets = sorted({asset for asset, _ in last})
        return reading.asset_data(assets, database.names, last, ())

    return last_values


def told_otherwise(**fields: Callable[[Json], Any]) -> Any:
    """Last values of which something is told in another way."""

    def last_values(database: Database) -> list[Json]:
        return [
            {
                **asset,
                "attributes": [
                    {**one, **{name: change(one) for name, change in fields.items()}}
                    for one in asset["attributes"]
                ],
            }
            for asset in reading.last_values(database)
        ]

    return last_values


def doubled(database: Database) -> list[Json]:
    """The first asset comes twice."""
    found = reading.last_values(database)
    return [*found[:1], *found]


def one_less(database: Database) -> list[Json]:
    """One attribute of each asset with several is missing."""
    found = reading.last_values(database)
    return [
        {**asset, "attributes": asset["attributes"][:-1] or asset["attributes"]} for asset in found
    ]


def never_empty(database: Database) -> list[Json]:
    """A database without data is an error."""
    if not database.rows:
        raise Refuse("ValidationException", "The table has no rows.")
    return reading.last_values(database)


def paged(overlap: int) -> Any:
    """Last values come in pages of two assets."""

    def last_page(
        book: Book, data: list[Json], token: str | None
    ) -> tuple[list[Json], str | None, int]:
        start = int(token or 0)
        end = start + 2
        after = str(end - overlap) if end < len(data) else None
        return data[start:end], after, start // 2

    return last_page


def bounds(*, start: bool, end: bool) -> Any:
    """Points of a query whose interval has other ends."""

    def found(
        database: Database, assets: Sequence[Mapping[str, Any]], begin_ns: int, end_ns: int
    ) -> list[Point]:
        points = reading.found(database, assets, begin_ns, end_ns)
        return [
            p for p in points if (start or p.time_ns > begin_ns) and (end or p.time_ns < end_ns)
        ]

    return found


def asking(change: Callable[[Mapping[str, Any]], Json]) -> Any:
    """Points of a query whose filter is read in another way."""

    def found(
        database: Database, assets: Sequence[Mapping[str, Any]], begin_ns: int, end_ns: int
    ) -> list[Point]:
        return reading.found(database, [change(one) for one in assets], begin_ns, end_ns)

    return found


def all_assets(
    database: Database, assets: Sequence[Mapping[str, Any]], begin_ns: int, end_ns: int
) -> list[Point]:
    """Every asset is in the answer."""
    everything = [{"assetId": row.asset} for row in database.rows.values()]
    return reading.found(database, everything, begin_ns, end_ns)


def by_beginnings(
    database: Database, assets: Sequence[Mapping[str, Any]], begin_ns: int, end_ns: int
) -> list[Point]:
    """Attributes are asked for by the beginnings of their names."""
    known = {point.attribute for point in reading.points_of(database.rows.values())}

    def longer(one: Mapping[str, Any]) -> Json:
        asked = tuple(one.get("attributeNamesFilter") or ())
        found = [name for name in known if name.startswith(asked)] if asked else []
        return {**one, "attributeNamesFilter": found or list(asked)}

    return reading.found(database, [longer(one) for one in assets], begin_ns, end_ns)


def turned(start: str | None, end: str | None) -> tuple[int, int]:
    """An interval whose end comes first is turned round."""
    begin_ns, end_ns = sorted(reading.interval(one, one)[0] for one in (start or "", end or ""))
    return begin_ns, end_ns


def open_ended(start: str | None, end: str | None) -> tuple[int, int]:
    """Times may be missing."""
    return reading.interval(start or LONG_AGO, end or LONG_HENCE)


def any_time(start: str | None, end: str | None) -> tuple[int, int]:
    """Times may be anything."""
    good = [silent(reading.interval)(one, one) for one in (start, end)]
    if start is not None and end is not None and None in good:
        return reading.interval(LONG_AGO, LONG_HENCE)
    return reading.interval(start, end)


def new_id(page: Json) -> Json:
    """Each page has an id of its own."""
    return {**page, "queryId": str(uuid.uuid4())}


def token_at_end(page: Json) -> Json:
    """The last page has an empty token."""
    return {**page, "nextToken": page["nextToken"] or ""}


def falling(query: Query, end: int) -> float:
    """Progress falls from page to page."""
    done = reading.progress(query, end)
    return done if done >= 100 else 99.0 - done


def unfinished(query: Query, end: int) -> float:
    """Progress never ends."""
    return min(99.0, reading.progress(query, end))


def whole_pages(query: Query) -> list[Point]:
    """An export has whole pages alone."""
    points = reading.exported(query)
    return points[: max(query.size, len(points) // query.size * query.size)]


def seams(query: Query) -> list[Point]:
    """The first point of each page but the first is in the export twice."""
    return [
        point
        for at, point in enumerate(reading.exported(query))
        for _ in range(2 if at and at % query.size == 0 else 1)
    ]


def opens(*unchecked: str) -> Any:
    """Tokens of which something is not looked at."""

    def open_token(
        book: Book, token: str, user: str, database: str, request: tuple[Any, ...]
    ) -> tuple[Query, int]:
        query = book.queries.get(token.partition(".")[0])
        if query is None:
            raise Refuse("InvalidPaginationToken", "no token")
        user = query.user if "user" in unchecked else user
        database = query.database if "database" in unchecked else database
        request = query.request if "request" in unchecked else request
        if "signature" in unchecked:
            position = token.split(".")[1]
            signature = book.sign(query.id, position, user, database)
            token = f"{query.id}.{position}.{signature}"
        return reading.open_token(book, token, user, database, request)

    return open_token


def starts_again(
    book: Book, token: str, user: str, database: str, request: tuple[Any, ...]
) -> tuple[Query, int]:
    """A token that was altered begins with the first page."""
    try:
        return reading.open_token(book, token, user, database, request)
    except (Refuse, ValueError):
        mine = [q for q in book.queries.values() if q.user == user and q.database == database]
        return mine[-1], 0


def cancels_badly(query: Query | None) -> Json:
    """Cancelling what is not there is a crash."""
    if query is None:
        raise RuntimeError("NoneType has no attribute cancelled")
    return reading.cancelled(query)


def cancels_as(status: int | None) -> Any:
    """Cancellations with another status."""
    return lambda query: {**reading.cancelled(query), "httpStatusCode": status}


def found_anew(
    query: Query,
    database: Database,
    assets: Sequence[Mapping[str, Any]],
    begin_ns: int,
    end_ns: int,
) -> None:
    """Each page looks for its points again."""
    query.points = reading.found(database, assets, begin_ns, end_ns)


MUTANTS = (
    fault("last-written", "The last value is that which was written last.",
          {"last_values": lasting(lambda points: points[-1])}, "LV-001"),
    fault("last-first", "The last value is that with the earliest time.",
          {"last_values": lasting(lambda points: min(points, key=lambda p: p.time_ns))}, "LV-001"),
    fault("last-local", "Times of last values have no zone.",
          {"last_values": told_otherwise(lastValueTime=lambda a: a["lastValueTime"][:-1])},
          "LV-002"),
    fault("last-comma", "Last values are written with a comma.",
          {"last_values": told_otherwise(lastValue=lambda a: a["lastValue"].replace(".", ","))},
          "LV-002"),
    fault("last-twice", "An asset comes twice.", {"last_values": doubled}, "LV-003"),
    fault("last-one-less", "An attribute of each asset is missing.",
          {"last_values": one_less}, "LV-003"),
    fault("last-overlap", "Pages of last values overlap.", {"last_page": paged(1)},
          "LV-003", "LV-005"),
    fault("last-in-pages", "Last values come in pages.", {"last_page": paged(0)}, "LV-005"),
    fault("last-by-millisecond", "Of values within a millisecond the first one is the last.",
          {"last_values": lasting(lambda points: max(points, key=lambda p: p.time_ns // 10**6))},
          "LV-001"),
    fault("last-empty", "A database without data is an error.", {"last_values": never_empty},
          "LV-004"),
    fault("query-after-start", "The start does not belong to a query's interval.",
          {"found": bounds(start=False, end=True)}, "QY-001"),
    fault("query-before-end", "The end does not belong to a query's interval.",
          {"found": bounds(start=True, end=False)}, "QY-001"),
    fault("query-all-attributes", "The attributes that were asked for are not looked at.",
          {"found": asking(lambda one: {"assetId": one["assetId"]})}, "QY-001"),
    fault("query-one-attribute", "Of the attributes that were asked for one is found.",
          {"found": asking(lambda one: {**one, "attributeNamesFilter":
                                        (one.get("attributeNamesFilter") or [])[:1]})}, "QY-001"),
    fault("query-attribute-beginnings", "Attributes are found by the beginnings of their names.",
          {"found": by_beginnings}, "QY-001"),
    fault("query-all-assets", "All assets are found.", {"found": all_assets}, "QY-001"),
    fault("query-turned", "An interval whose end comes first is turned round.",
          {"interval": turned}, "QY-002"),
    fault("query-open", "Times of a query may be missing.", {"interval": open_ended}, "QY-002"),
    fault("query-any-time", "Times of a query may be anything.", {"interval": any_time},
          "QY-002"),
    fault("page-own-id", "Each page has a query id of its own.", {"page_shown": new_id},
          "QY-003"),
    fault("page-empty-token", "The last page has an empty token.", {"page_shown": token_at_end},
          "QY-003"),
    fault("progress-falls", "Progress falls from page to page.", {"progress": falling}, "QY-003"),
    fault("progress-unfinished", "Progress never ends.", {"progress": unfinished}, "QY-003"),
    fault("export-whole-pages", "An export lacks what is on the last page.",
          {"exported": whole_pages}, "QY-004"),
    fault("export-of-pages-read", "An export has the pages alone that were read.",
          {"exported": lambda query: query.points[: query.read]}, "QY-004"),
    fault("export-seams", "An export has points twice that begin a page.", {"exported": seams},
          "QY-004"),
    fault("token-altered", "A token that was altered begins with the first page.",
          {"open_token": starts_again}, "QY-005"),
    fault("token-any-user", "A token is good for every user.",
          {"open_token": opens("user", "signature"), "may_read": always(True)}, "QY-005"),
    fault("token-any-database", "A token is good in every database.",
          {"open_token": opens("database", "signature")}, "QY-005"),
    fault("token-any-query", "A token is good for every query.",
          {"open_token": opens("request")}, "QY-005"),
    fault("cancel-in-vain", "Cancelled queries go on.", {"check_running": nothing}, "QY-006"),
    fault("cancel-crash", "Cancelling what is not there is a crash.",
          {"cancelled": cancels_badly}, "QY-006"),
    fault("cancel-202", "A cancellation has status 202.", {"cancelled": cancels_as(202)},
          "QY-006"),
    fault("cancel-unsaid", "A cancellation has no status.", {"cancelled": cancels_as(None)},
          "QY-006"),
    fault("query-moves", "What is published later is in later pages.",
          {"refreshed": found_anew}, "QY-007"),
)  # fmt: skip
