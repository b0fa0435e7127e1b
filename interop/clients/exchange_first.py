# SPDX-License-Identifier: GPL-3.0-only
"""Runs beside avista-digital-exchange-sdk 0.0.24: every function that its users have.

Reads what it needs to know as JSON from standard input, and writes what it was told as JSON to
standard output; an assertion that fails says what differs from what the package promises. It stands
alone: the package is published under the GPL, so that this script is too.
"""

import contextlib
import io
import json
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from avista_digital_exchange_sdk import AvistaDigitalExchange
from avista_digital_exchange_sdk.exceptions import (
    FileNotFoundException,
    InvalidParameterException,
    MissingParameterException,
    MutationFailed,
    QueryFailed,
    UnauthorizedException,
)

HOUR_MS = 3_600_000


def connect(url, token):
    """A client of one user; its address is an attribute and nothing else."""
    exchange = AvistaDigitalExchange(token)
    exchange._client.APPSYNC_API_ENDPOINT_URL = url
    # Without it the published service itself would be called.
    assert urlsplit(exchange._client.APPSYNC_API_ENDPOINT_URL).hostname == "127.0.0.1"
    return exchange


def refused(errors, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except errors as error:
        return type(error).__name__
    raise AssertionError(f"{call.__name__} went through, expected {errors}")


def printed(call, *arguments):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        assert call(*arguments) is None
    return text.getvalue()


def people(exchange, url):
    user = exchange.getUserInfo()
    assert user.userId
    assert user.firstName
    assert user.organization.organizationId
    assert user.firstName in str(user)
    stranger = connect(url, "nobody-knows-this-token")
    refused(UnauthorizedException, stranger.getUserInfo)
    refused(MutationFailed, stranger.deleteDataStoreFile, "none")
    return {"user": user.userId, "organization": user.organization.name}


def files(exchange, folder):
    store = exchange.listDataStores()[0]
    again = exchange.getDataStore(store.dataStoreId)
    assert (again.name, again.homeDirectoryId) == (store.name, store.homeDirectoryId)
    home = exchange.getDataStoreDirectory(store.homeDirectoryId)
    assert home.homeDirectory
    assert home.parentDirectoryId is None
    assert home.owner.userId == store.ownerUserId
    refused(MissingParameterException, exchange.getDataStore, None)
    refused(QueryFailed, exchange.getDataStore, "dataStore-of-nobody")
    sizes = {}
    for name, content in {
        "plain.txt": b"twelve bytes",
        "nothing.bin": b"",
        "bundle.tar.gz": bytes(range(256)) * 700,
        "noext": b"\x00\xff",
    }.items():
        (folder / name).write_bytes(content)
        sent = exchange.uploadFileToDataStore(
            store.dataStoreId, store.homeDirectoryId, str(folder / name), None, f"the file {name}"
        )
        meta = exchange.getDataStoreFileMeta(sent.dataStoreFileId)
        stem, _, extension = name.partition(".")
        assert (meta.name, meta.fileExtension, meta.description) == (
            *(stem, extension),
            f"the file {name}",
        )
        assert meta.s3ConfirmedUpload
        assert meta.storageSizeBytes == len(content)
        assert meta.owner.userId == store.ownerUserId
        target = folder / "down"
        target.mkdir(exist_ok=True)
        exchange.downloadDataStoreFile(sent.dataStoreFileId, str(target / name))
        assert (target / name).read_bytes() == content
        exchange.downloadDataStoreFile(sent.dataStoreFileId, str(target))
        assert (target / f"{stem}.{extension}").read_bytes() == content
        gone = exchange.deleteDataStoreFile(sent.dataStoreFileId)
        assert gone.dataStoreFileId == sent.dataStoreFileId
        refused(QueryFailed, exchange.getDataStoreFileMeta, sent.dataStoreFileId)
        refused(MutationFailed, exchange.deleteDataStoreFile, sent.dataStoreFileId)
        sizes[name] = meta.storageSizeBytes
    refused(
        FileNotFoundException,
        exchange.uploadFileToDataStore,
        *(store.dataStoreId, store.homeDirectoryId, str(folder / "not-there")),
    )
    # Texts are pasted into the document as they are: a quote ends it, which only an error can tell.
    refused(
        MutationFailed,
        exchange.uploadFileToDataStore,
        *(store.dataStoreId, store.homeDirectoryId, str(folder / "plain.txt")),
        description='a "quoted" word',
    )
    assert printed(store.pwd)
    store.uploadFile(str(folder / "plain.txt"), "shell.txt", "by the store itself")
    assert "shell.txt" in printed(store.ls)
    store.cd(".")
    refused(Exception, store.cd, "..")
    refused(Exception, store.cd, "no-such-directory")
    store.downloadFile("shell.txt", str(folder / "shell.txt"))
    assert (folder / "shell.txt").read_bytes() == b"twelve bytes"
    store.deleteFile("shell.txt")
    assert "shell.txt" not in printed(store.ls)
    assert "cd" in printed(store.help)
    return {"store": store.name, "sizes": sizes}


def series(exchange, database, now_ms):
    db = exchange.getTimeSeriesDatabase(database.timeSeriesDbId)
    assert (db.databaseName, db.tableName) == (database.databaseName, database.tableName)

    def record(kind, value, version=1, name="single", time_ms=now_ms):
        return exchange.createTimeSeriesInputRecord(
            *(str(time_ms), "MILLISECONDS", name, kind, value), None, [asset], version
        )

    asset = exchange.createTimeSeriesDimension("VARCHAR", "name", "Asset of the trial")
    values = [
        exchange.createTimeSeriesMeasureValue(kind, name, value)
        for kind, name, value in (
            ("DOUBLE", "SOC", "0.25"),
            ("BIGINT", "cycles", "9007199254740993"),
            ("VARCHAR", "mode", "ünïcode, with comma"),
            ("BOOLEAN", "online", "true"),
        )
    ]
    many = [
        exchange.createTimeSeriesInputRecord(
            *(str(now_ms - step * 1000), "MILLISECONDS", "readings", "MULTI", None, values, [asset])
        )
        for step in range(5)
    ]
    asset_id = "trial-asset"

    def publish(*records):
        return exchange.publishToTimeSeriesDatabase(db.timeSeriesDbId, asset_id, list(records))

    (answer,) = publish(*many)
    assert answer.assetId == asset_id
    assert {each.name for each in answer.attributes} == {"SOC", "cycles", "mode", "online"}
    publish(record("DOUBLE", "1.5"))
    publish(record("DOUBLE", "1.5"))
    refused(MutationFailed, publish, record("DOUBLE", "2.5"))
    publish(record("DOUBLE", "2.5", version=2))
    refused(MutationFailed, publish, record("DOUBLE", "many"))
    refused(MutationFailed, publish, record("FLOAT", "1"))
    refused(MutationFailed, publish, record("DOUBLE", "3.5", version=now_ms))
    found = {
        (each.assetId, attribute.name): attribute.lastValue
        for each in exchange.listTimeSeriesAssetsAndLatestValues(db.timeSeriesDbId).data
        for attribute in each.attributes
    }
    assert found[asset_id, "single"] == "2.5"
    assert found[asset_id, "cycles"] == "9007199254740993"
    table = f'"{db.databaseName}"."{db.tableName}"'
    sql = f"""SELECT time, "SOC" FROM {table}
        WHERE "assetId" = '{asset_id}' AND measure_name = 'readings' ORDER BY time"""
    rows, token, client = [], None, None
    while True:
        page = exchange.queryTimeSeriesDatabase_TimestreamFormat(
            *(db.timeSeriesDbId, sql, 2, token, client)
        )
        rows += page.rows
        token, client = page.nextToken, page.clientToken
        if token is None:
            break
    assert len(rows) == 5
    refused(
        QueryFailed,
        exchange.queryTimeSeriesDatabase_TimestreamFormat,
        *(db.timeSeriesDbId, f"DELETE FROM {table}"),
    )
    return {"last": len(found), "rows": len(rows)}


def exported(exchange, database, asked, folder):
    """Both forms of the export, as texts, of what the site has published itself."""
    texts = {}
    for form in ("CSV", "JSON"):
        assert exchange.getTimeSeriesAssetAttributeData(
            database.timeSeriesDbId,
            asked["assets"],
            asked["start"],
            asked["end"],
            str(folder),
            form,
            asked.get("max_rows"),
        )
        texts[form] = (folder / f"result.{form.lower()}").read_text(encoding="utf-8")
    refused(
        InvalidParameterException,
        exchange.getTimeSeriesAssetAttributeData,
        *(database.timeSeriesDbId, asked["assets"], "yesterday", asked["end"], str(folder)),
    )
    return texts


def sharing(exchange, service):
    ids = {each.collaborativeId for each in exchange.listCollaboratives()}
    before = {
        each.collaborativeId for each in exchange.listCollaborativesServiceSharedWith(service)
    }
    chosen = exchange.getCollaborative(min(ids - before))
    assert chosen.memberOrganizations
    count = len(exchange.listCollaborativeServices(chosen.collaborativeId))
    assert exchange.addServiceToCollaborative(service, chosen.collaborativeId)
    assert {
        each.collaborativeId for each in exchange.listCollaborativesServiceSharedWith(service)
    } == before | {chosen.collaborativeId}
    services = exchange.listCollaborativeServices(chosen.collaborativeId)
    assert len(services) == count + 1
    assert service in {getattr(each, "timeSeriesDbId", None) for each in services}
    exchange.removeServiceFromCollaborative(service, chosen.collaborativeId)
    assert {
        each.collaborativeId for each in exchange.listCollaborativesServiceSharedWith(service)
    } == before
    return {"collaborative": chosen.name, "services": count}


def told_by(asked):
    folder = Path(asked["folder"])
    exchange = connect(asked["url"], asked["token"])
    databases = exchange.listTimeSeriesDatabases()
    (telemetry,) = [each for each in databases if each.name == asked["database"]]
    now_ms = int(datetime.fromisoformat(asked["now"]).timestamp() * 1000)
    return {
        "people": people(exchange, asked["url"]),
        "files": files(exchange, folder),
        "series": series(exchange, telemetry, now_ms),
        "sharing": sharing(exchange, telemetry.timeSeriesDbId),
        "last": [
            [each.assetId, attribute.name, attribute.lastValue, attribute.lastValueTime]
            for each in exchange.listTimeSeriesAssetsAndLatestValues(telemetry.timeSeriesDbId).data
            for attribute in each.attributes
        ],
        "exports": exported(exchange, telemetry, asked, folder),
    }


def main():
    # The package tells its progress on standard output, where only our answer belongs.
    with contextlib.redirect_stdout(sys.stderr):
        told = told_by(json.load(sys.stdin))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
