"""Operations about time series: databases, publishing, last values, structured queries, exports."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.mutants.exchange.book import Database, Object, Point, Query, Row, bad_token
from conformance.mutants.exchange.calls import Answer, Call, Operations, database_view
from conformance.mutants.exchange.feeding import publish_event
from conformance.mutants.exchange.population import add_database
from conformance.mutants.exchange.reading import CSV_TYPE, JSON_TYPE, asset_data, newest, points_of
from conformance.mutants.exchange.records import Bad, Data
from conformance.mutants.exchange.sql.pages import query_sql

EXPORT_TOPIC = "onNotifyTimeSeriesQueryExportComplete"
PUBLISH_TOPIC = "onTimeSeriesDbPublish"


def list_databases(call: Call) -> list[Answer]:
    """The caller's own databases."""
    listed = call.policy.own_databases(call.book, call.user)
    return [database_view(call, database) for database in listed]


def get_database(call: Call, timeSeriesDbId: str) -> Answer:
    """A database."""
    return database_view(call, call.database(timeSeriesDbId))


def create_database(call: Call, name: str, description: str | None = None) -> Answer:
    """A new database of the caller."""
    id_, kept = call.policy.make_id("timeSeriesDb"), call.policy.kept
    return database_view(
        call, add_database(call.book, id_, kept(name), call.user.id, kept(description))
    )


def update_database(
    call: Call, timeSeriesDbId: str, name: str | None = None, description: str | None = None
) -> Answer:
    """Rename or describe a database."""
    database = call.database(timeSeriesDbId, "may_own")
    database.name = database.name if name is None else call.policy.kept(name)
    if description is not None:
        database.description = call.policy.kept(description)
    return database_view(call, database)


def delete_database(call: Call, timeSeriesDbId: str) -> Answer:
    """Remove a database and all that is in it."""
    database = call.database(timeSeriesDbId, "may_own")
    del call.book.databases[database.id]
    for query in [q for q in call.book.queries.values() if q.database == database.id]:
        del call.book.queries[query.id]
    for collaborative in call.book.collaboratives.values():
        if database.id in collaborative.services:
            collaborative.services.remove(database.id)
    return database_view(call, database)


def publish(call: Call, assetId: str, timeSeriesDbId: str, data: Mapping[str, Any]) -> list[Answer]:
    """Store records, one by one; the answer is what they say about their asset."""
    policy, records = call.policy, data["records"]
    database = call.database(timeSeriesDbId, "may_write")
    policy.check_call(assetId, records)
    asset = policy.asset_of(assetId)
    stored: list[Row] = []
    rejections: list[Data] = []
    before = dict(database.rows), dict(database.types), dict(database.spelling)
    for index, record in enumerate(records):
        try:
            stored.append(_store(call, database, asset, record))
        except Bad as bad:
            rejections.append(policy.rejection(index, bad))
            if not policy.goes_on(rejections):
                break
    if not policy.keeps(rejections):
        database.rows, database.types, database.spelling = before
        stored = []
    if stored:
        answer = _published(call, database, asset, stored)
        publish_event(call.policy, call.book, (PUBLISH_TOPIC, database.id, asset), answer[0])
    if rejections:
        raise policy.refused(rejections)
    return answer


def _store(call: Call, database: Database, asset: str, record: Data) -> Row:
    policy = call.policy
    row = Row(
        asset=asset,
        dimensions=_spelled(database, policy.read_dimensions(record)),
        measure_name=policy.check_name(record.get("MeasureName")),
        time_ns=policy.read_time(record.get("Time"), record.get("TimeUnit"), call.book.now()),
        version=policy.read_version(record),
        single=record.get("MeasureValueType") != "MULTI",
        values=_spelled(database, policy.read_measures(record)),
    )
    policy.check_types(database, row)
    key = policy.key_of(row)
    kept = policy.merged(database.rows.get(key), row)
    database.rows[key] = kept
    for name, (type_, _) in row.values.items():
        database.types.setdefault(name.lower(), type_)
    for name in (*row.dimensions, *row.values):
        database.spelling.setdefault(name.lower(), name)
    named = policy.asset_name(row, database.named.get(asset))
    if named is not None:
        database.named[asset] = named
    return row


def _spelled(database: Database, named: dict[str, Any]) -> dict[str, Any]:
    return {database.spelling.get(name.lower(), name): value for name, value in named.items()}


def _published(call: Call, database: Database, asset: str, rows: Sequence[Row]) -> list[Answer]:
    points: list[Point] = list(points_of(rows))
    touched = {(asset, point.attribute) for point in points}
    of_asset = [row for row in database.rows.values() if row.asset == asset]
    last = newest(list(points_of(of_asset)))
    last = {key: point for key, point in last.items() if key in touched}
    answer: list[Answer] = call.policy.published(asset_data([asset], database.names, last, points))
    return answer


def list_last_values(
    call: Call, timeSeriesDbId: str, nextToken: str | None = None, clientToken: str | None = None
) -> Answer:
    """Every asset with its newest values."""
    database = call.database(timeSeriesDbId)
    data, token, number = call.policy.last_page(
        call.book, call.policy.last_values(database), nextToken
    )
    return {
        "queryId": str(uuid.uuid4()),
        "queryProgressPercentage": 50.0 if token else 100.0,
        "data": data,
        "clientToken": clientToken or str(uuid.uuid4()),
        "nextToken": token,
        "resultChunkIndex": number,
    }


def query(
    call: Call,
    timeSeriesDbId: str,
    queryType: str,
    assets: Sequence[Mapping[str, Any]],
    startTime: str | None = None,
    endTime: str | None = None,
    maxRows: int | None = None,
    nextToken: str | None = None,
    queryString: str | None = None,
    clientToken: str | None = None,
) -> Answer:
    """A page of a structured query; its rows are told by the export alone."""
    policy, book = call.policy, call.book
    database = call.database(timeSeriesDbId)
    size = policy.page_size(maxRows)
    begin_ns, end_ns = policy.interval(startTime, endTime)
    request = (begin_ns, end_ns, _plain(assets), size)
    if nextToken is None:
        running = Query(
            id=str(uuid.uuid4()),
            user=call.user.id,
            database=database.id,
            request=request,
            points=policy.found(database, assets, begin_ns, end_ns),
            names=dict(database.names),
            size=size,
            text=f"assets {len(assets)} from {begin_ns} to {end_ns}",
            client_token=clientToken or str(uuid.uuid4()),
        )
        book.queries[running.id] = running
        start = 0
    else:
        running, start = policy.open_token(book, nextToken, call.user.id, database.id, request)
        policy.check_running(running)
        if queryString not in (None, running.text):
            raise bad_token("the text is not that of the query")
    end = policy.cut(running, start)
    policy.refreshed(running, database, assets, begin_ns, end_ns)
    running.read = max(running.read, end)
    token = policy.make_token(book, running, end) if end < len(running.points) else None
    shown: Answer = policy.page_shown(
        {
            "queryId": running.id,
            "queryProgressPercentage": policy.progress(running, end),
            "clientToken": running.client_token,
            "nextToken": token,
            "queryString": running.text,
            "presignedUrl": None,
            "resultChunkIndex": start // size,
        }
    )
    return shown


def _plain(assets: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple((a["assetId"], tuple(a.get("attributeNamesFilter") or ())) for a in assets)


def cancel(call: Call, timeSeriesDbId: str, queryId: str) -> Answer:
    """End a query; what has ended, or is unknown, is said with a status."""
    database = call.database(timeSeriesDbId)
    answer: Answer = call.policy.cancelled(_query(call, database, queryId))
    return answer


def export(call: Call, queryId: str, timeSeriesDbId: str, fileFormat: str | None = "CSV") -> Answer:
    """Begin to write the points of a query to a file; a notice says when it is there."""
    policy, book = call.policy, call.book
    database = call.database(timeSeriesDbId)
    running = _query(call, database, queryId)
    if running is None:
        raise policy.absent("query", queryId)
    format_ = fileFormat or "CSV"
    topic = (EXPORT_TOPIC, running.id)
    book.retained.pop(topic, None)
    timer = threading.Timer(policy.export_delay_s(), _exported, (call, running, format_))
    timer.daemon = True
    timer.start()
    return {"queryId": running.id, "timeSeriesDbId": database.id, "fileFormat": format_}


def _exported(call: Call, running: Query, format_: str) -> None:
    policy, book = call.policy, call.book
    with book.lock:
        points = policy.exported(running)
        write = policy.export_json if format_ == "JSON" else policy.export_csv
        content: bytes = write(running, points)
        key = policy.make_id("export")
        book.objects[key] = Object(
            content=content,
            content_type=JSON_TYPE if format_ == "JSON" else CSV_TYPE,
            modified_ns=book.now(),
        )
        event = {
            "queryId": running.id,
            "fileType": format_,
            "fileSizeBytes": policy.export_size(content),
            "url": policy.presigned(book, "GET", key),
        }
    publish_event(policy, book, (EXPORT_TOPIC, running.id), event, retain=True)


def _query(call: Call, database: Database, id_: str) -> Query | None:
    found = call.book.queries.get(id_)
    return found if found and call.policy.owns_query(found, call.user.id, database.id) else None


OPERATIONS: Operations = {
    "timeSeriesDb_listDatabases": list_databases,
    "timeSeriesDb_getDatabase": get_database,
    "timeSeriesDb_createDatabase": create_database,
    "timeSeriesDb_updateDatabase": update_database,
    "timeSeriesDb_deleteDatabase": delete_database,
    "timeSeriesDb_publishToDatabase": publish,
    "timeSeriesDb_listAllAssetLastValues": list_last_values,
    "timeSeriesDb_queryDatabase": query,
    "timeSeriesDb_queryDatabaseWithTimestreamQuery": query_sql,
    "timeSeriesDb_cancelDatabaseQuery": cancel,
    "timeSeriesDb_generateQueryResultExportFile": export,
}
