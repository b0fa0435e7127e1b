"""DX-TR-006 and 007: what every error object has, whichever way it came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.judging import expect, not_applicable, observe, passive, requirement
from conformance.oracles.exchange.records import single
from conformance.suite.exchange.asking import brief
from conformance.suite.exchange.trees import ground
from conformance.targets.exchange import ExchangeTarget, Raw, Reply
from conformance.targets.exchange_errors import malformed


def _whole(exchange: ExchangeTarget, replies: Mapping[str, Reply]) -> None:
    """Fail unless each error of these answers, and of all before in this process, is complete."""
    for what, reply in replies.items():
        for error in reply.errors:
            expect(
                malformed(error) is None,
                f"error of {what}",
                got=malformed(error),
                wanted="a message and an errorType",
            )
    expect(
        not exchange.odd_errors,
        "errors seen so far",
        got=exchange.odd_errors[:3],
        wanted="a message and an errorType in each",
    )


@requirement("DX-TR-006")
@passive
def test_errors_of_reading_are_whole(exchange: ExchangeTarget) -> None:
    absent = exchange.absent("dataStore")
    document = exchange.document("storage_getDataStore", dataStoreId=absent)
    replies = {
        "a malformed document": exchange.post({"query": "{ user_getUserSession {"}),
        "a field that does not exist": exchange.post({"query": "{ nope }"}),
        "a missing argument": exchange.post({"query": "{ storage_getDataStore { name } }"}),
        "no document": exchange.post({}),
        "a store that does not exist": exchange.post(document.body()),
        "an unknown token": exchange.with_token(exchange.fresh_name()).post(document.body()),
    }
    if exchange.profile.sql != "none":
        database = exchange.database().time_series_db_id
        document = exchange.document(
            "timeSeriesDb_queryDatabaseWithTimestreamQuery",
            timeSeriesDbId=database,
            queryString="SELECT FROM WHERE",
        )
        replies["malformed SQL"] = exchange.post(document.body())
    expect(
        any(reply.errors for reply in replies.values()),
        "errors of six calls that fail",
        got="none",
        wanted="errors",
    )
    _whole(exchange, replies)


@requirement("DX-TR-006")
def test_errors_of_writing_are_whole(exchange: ExchangeTarget) -> None:
    store, database = ground(exchange), exchange.own_database().time_series_db_id
    bad = single("m", "x", exchange.recent_ns(), type="BIGINT").to_input()
    documents = {
        "a file in no directory": exchange.document(
            "storage_createDataStoreFile",
            dataStoreDirectoryId=exchange.absent("dataStoreDirectory"),
            dataStoreId=store.data_store_id,
            name=exchange.fresh_name(),
            fileExtension="",
        ),
        "a deletion of nothing": exchange.document(
            "storage_deleteDataStoreFile", dataStoreFileId=exchange.absent("dataStoreFile")
        ),
        "a value that is none": exchange.document(
            "timeSeriesDb_publishToDatabase",
            assetId=exchange.fresh_asset(),
            timeSeriesDbId=database,
            data={"records": [bad]},
        ),
        "a service type that does not exist": exchange.inlined.document(
            "collaborative_addServiceToCollaborative",
            collaborativeId=exchange.absent("collaborative"),
            serviceType=Raw("unknown"),
            serviceId=store.data_store_id,
        ),
    }
    _whole(exchange, {what: exchange.post(each.body()) for what, each in documents.items()})


@requirement("DX-TR-007")
@passive
def test_errors_of_fields_name_their_place(exchange: ExchangeTarget) -> None:
    name = "storage_getDataStore"
    text = f'query {name} {{\n  found: {name}(dataStoreId: "{exchange.absent("dataStore")}") {{\n'
    reply = exchange.post({"query": text + "    name\n  }\n}\n"})
    if not reply.errors and not reply.has_data:
        observe("null without an error")
        not_applicable("an unknown store is null without an error")
    error: Any = reply.errors[0] if reply.errors else {}
    path = error.get("path") if isinstance(error, Mapping) else None
    expect(
        isinstance(path, list) and path[:1] == ["found"],
        "path of the error",
        got=brief(reply),
        wanted=["found"],
    )
    places = error.get("locations")
    right = isinstance(places, list) and places and all(isinstance(p, Mapping) for p in places)
    expect(right, "locations of the error", got=brief(reply), wanted="line and column")
    lines = [place.get("line") for place in places]
    expect(2 in lines, "line of the error", got=lines, wanted=2)
