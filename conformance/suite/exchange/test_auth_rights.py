"""DX-AU-004 and 005: whoever has no rights is told nothing, not even that there is something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from conformance.judging import expect, passive, refused, requirement
from conformance.oracles.exchange.model import DataStore, TimeSeriesDb
from conformance.oracles.exchange.records import single
from conformance.suite.exchange.asking import denied, elsewhere, form_of
from conformance.suite.exchange.callers import strangers
from conformance.suite.exchange.trees import ground
from conformance.targets.exchange import REFUSED, ExchangeTarget
from conformance.targets.exchange_documents import Document


def _reads_of_store(
    exchange: ExchangeTarget, store: str, directory: str, file: str | None = None
) -> dict[str, Document]:
    ask = exchange.document
    found = {
        "a store": ask("storage_getDataStore", dataStoreId=store),
        "a directory": ask("storage_getDataStoreDirectory", dataStoreDirectoryId=directory),
        "where a store is shared": ask(
            "collaborative_listCollaborativesServiceSharedWith",
            serviceType="DATA_STORE",
            serviceId=store,
        ),
    }
    if file is not None:
        found |= {
            "a file": ask("storage_getDataStoreFile", dataStoreFileId=file),
            "the URL of a file": ask(
                "storage_getDataStoreFileDownloadUrl", dataStoreId=store, dataStoreFileId=file
            ),
        }
    return found


def _reads_of_database(exchange: ExchangeTarget, database: str) -> dict[str, Document]:
    ask = exchange.document
    return {
        "a database": ask("timeSeriesDb_getDatabase", timeSeriesDbId=database),
        "last values": ask("timeSeriesDb_listAllAssetLastValues", timeSeriesDbId=database),
        "a structured query": ask(
            "timeSeriesDb_queryDatabase",
            timeSeriesDbId=database,
            queryType="TIME_PERIOD",
            startTime="2020-01-01T00:00:00.000Z",
            endTime="2030-01-01T00:00:00.000Z",
            assets=[{"assetId": "a"}],
        ),
        "where a database is shared": ask(
            "collaborative_listCollaborativesServiceSharedWith",
            serviceType="TIME_SERIES_DB",
            serviceId=database,
        ),
    }


def _told_nothing(
    exchange: ExchangeTarget,
    service: DataStore | TimeSeriesDb,
    documents: Mapping[str, Document],
) -> None:
    id_ = service.data_store_id if isinstance(service, DataStore) else service.time_series_db_id
    # A short name may be a word of any message.
    hidden = (service.name,) if len(service.name) >= 8 else ()
    for view in strangers(exchange, id_):
        for what, document in documents.items():
            denied(view, document, f"{what} of the owner, asked by {view.role}", hidden=hidden)


@requirement("DX-AU-004")
@passive
def test_strangers_see_no_store(exchange: ExchangeTarget) -> None:
    store = exchange.store()
    documents = _reads_of_store(exchange, store.data_store_id, store.home_directory_id)
    _told_nothing(exchange, store, documents)


@requirement("DX-AU-004")
@passive
def test_strangers_see_no_database(exchange: ExchangeTarget) -> None:
    database = exchange.database()
    documents = _reads_of_database(exchange, database.time_series_db_id)
    _told_nothing(exchange, database, documents)


@requirement("DX-AU-004")
def test_strangers_see_nothing_of_what_is_new(exchange: ExchangeTarget) -> None:
    store, database = ground(exchange), exchange.own_database()
    file = exchange.fresh_file(store=store).data_store_file_id
    documents = _reads_of_store(exchange, store.data_store_id, store.home_directory_id, file)
    _told_nothing(exchange, store, documents)
    _told_nothing(exchange, database, _reads_of_database(exchange, database.time_series_db_id))


@requirement("DX-AU-004")
def test_strangers_change_nothing(exchange: ExchangeTarget) -> None:
    store, database = ground(exchange), exchange.own_database().time_series_db_id
    file = exchange.fresh_file(store=store)
    asset, name, at = exchange.fresh_asset(), exchange.fresh_name(), exchange.recent_ns()
    for view in strangers(exchange, store.data_store_id):
        calls: dict[str, Callable[[], Any]] = {
            "a new file": partial(
                view.create_file,
                store=store.data_store_id,
                directory=store.home_directory_id,
                name=name,
            ),
            "deleting a file": partial(view.delete_file, file.data_store_file_id),
        }
        for what, call in calls.items():
            refused(call, REFUSED, f"{what} in a store of the owner, by {view.role}")
    for view in strangers(exchange, database):
        refused(
            partial(view.publish, database, asset, [single("m", "1.0", at)]),
            REFUSED,
            f"publishing to a database of the owner, by {view.role}",
        )
    left = {each.name for each in exchange.get_directory(store.home_directory_id).files}
    right = file.name in left and name not in left
    expect(right, "files after that", got=sorted(left), wanted=f"{file.name}, and not {name}")
    found = exchange.last_values(database, asset)
    expect(not found, "last values after that", got=found, wanted="none")


def _alike(view: ExchangeTarget, what: str, there: Document, absent: Document) -> None:
    forbidden = form_of(denied(view, there, f"{what} of the owner, asked by {view.role}"))
    missing = form_of(denied(view, absent, f"{what} that does not exist, asked by {view.role}"))
    expect(
        forbidden == missing,
        f"refusal of {what} that is forbidden, beside one that does not exist",
        got=forbidden,
        wanted=missing,
    )


@requirement("DX-AU-005")
@passive
def test_forbidden_and_missing_services_look_alike(exchange: ExchangeTarget) -> None:
    store, database = exchange.store(), exchange.database().time_series_db_id
    stores = [store.data_store_id, store.home_directory_id]
    there = _reads_of_store(exchange, *stores)
    absent = _reads_of_store(exchange, *map(elsewhere, stores))
    for view in strangers(exchange, store.data_store_id):
        for what, document in there.items():
            _alike(view, what, document, absent[what])
    there, absent = (_reads_of_database(exchange, id_) for id_ in (database, elsewhere(database)))
    for view in strangers(exchange, database):
        for what, document in there.items():
            _alike(view, what, document, absent[what])


@requirement("DX-AU-005", needs=["full"])
def test_forbidden_and_missing_files_look_alike(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    file = exchange.fresh_file(store=store).data_store_file_id
    ids = [store.data_store_id, store.home_directory_id, file]
    there = _reads_of_store(exchange, *ids)
    absent = _reads_of_store(exchange, *map(elsewhere, ids))
    for view in strangers(exchange, store.data_store_id):
        for what, document in there.items():
            _alike(view, what, document, absent[what])
