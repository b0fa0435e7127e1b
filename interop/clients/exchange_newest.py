# SPDX-License-Identifier: GPL-3.0-only
"""Runs beside avista-digital-exchange-sdk 1.2.1: what it shares with 0.0.24, and its WebSocket.

Reads what it needs to know as JSON from standard input, and writes what it was told as JSON to
standard output; an assertion that fails says what differs from what the package promises. It stands
alone: the package is published under the GPL, so that this script is too.
"""

import asyncio
import contextlib
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from avista_digital_exchange_sdk import AvistaDigitalExchange
from avista_digital_exchange_sdk.collaborativeUtil import CollaborativeUtil
from avista_digital_exchange_sdk.exceptions import (
    FileNotFoundException,
    MutationFailed,
    QueryFailed,
    Unauthorized,
    UnauthorizedException,
)

AWKWARD = 'a "quoted" word, a back\\slash,\na second line, and ünïcode'


def connect(url, token):
    """A client of one user; its addresses are attributes and nothing else."""
    exchange = AvistaDigitalExchange(token, verify=os.environ["REQUESTS_CA_BUNDLE"])
    client = exchange._client
    client.APPSYNC_API_ENDPOINT_URL = url
    client.APPSYNC_API_WS_URL = url.replace("http", "ws", 1)
    client.APPSYNC_HOST = urlsplit(url).netloc
    client.setupUpdatedGqlClient()
    # Without it the published service itself would be called.
    assert urlsplit(client.APPSYNC_API_ENDPOINT_URL).hostname == "127.0.0.1"
    return exchange


def refused(errors, call, *arguments):
    try:
        call(*arguments)
    except errors as error:
        return type(error).__name__
    raise AssertionError(f"{call.__name__} went through, expected {errors}")


def people(exchange, url):
    user = exchange.getUserInfo()
    assert user.userId
    assert user.organization.organizationId
    stranger = connect(url, "nobody-knows-this-token")
    refused(UnauthorizedException, stranger.getUserInfo)
    refused(UnauthorizedException, stranger.dataStores.deleteDataStoreFile, "none")
    return {"user": user.userId, "organization": user.organization.name}


def files(exchange, folder):
    stores = exchange.dataStores
    store = stores.listDataStores()[0]
    assert stores.getDataStore(store.dataStoreId).homeDirectoryId == store.homeDirectoryId
    home = stores.getDataStoreDirectory(store.homeDirectoryId)
    assert home.homeDirectory
    assert home.ownerUserId == store.ownerUserId
    refused((QueryFailed, Unauthorized), stores.getDataStore, "dataStore-of-nobody")
    where = store.dataStoreId, store.homeDirectoryId
    refused(FileNotFoundException, stores.uploadFileToDataStore, *where, str(folder / "nowhere"))
    content = bytes(range(256)) * 99
    (folder / "plain.txt").write_bytes(content)
    sent = stores.uploadFileToDataStore(*where, str(folder / "plain.txt"), None, AWKWARD)
    meta = stores.getDataStoreFileMeta(sent.dataStoreFileId)
    assert (meta.name, meta.fileExtension, meta.description) == ("plain", "txt", AWKWARD)
    assert (meta.ownerUserId, meta.s3ConfirmedUpload) == (store.ownerUserId, True)
    (folder / "down").mkdir()
    stores.downloadDataStoreFile(sent.dataStoreFileId, str(folder / "down"))
    assert (folder / "down" / "plain.txt").read_bytes() == content
    assert stores.deleteDataStoreFile(sent.dataStoreFileId).dataStoreFileId == sent.dataStoreFileId
    refused((QueryFailed, Unauthorized), stores.getDataStoreFileMeta, sent.dataStoreFileId)
    refused((MutationFailed, Unauthorized), stores.deleteDataStoreFile, sent.dataStoreFileId)
    return {"store": store.name, "size": meta.storageSizeBytes}


def sharing(exchange):
    """The package has this class, and does not show it; it knows stores alone."""
    service = exchange.dataStores.listDataStores()[0].dataStoreId
    util = CollaborativeUtil(False, exchange._client)
    ids = {each.collaborativeId for each in util.listCollaboratives()}
    before = {each.collaborativeId for each in util.listCollaborativesServiceSharedWith(service)}
    chosen = util.getCollaborative(min(ids - before))
    assert util.addServiceToCollaborative(service, chosen.collaborativeId)
    now = {each.collaborativeId for each in util.listCollaborativesServiceSharedWith(service)}
    assert now == before | {chosen.collaborativeId}
    util.removeServiceFromCollaborative(service, chosen.collaborativeId)
    now = {each.collaborativeId for each in util.listCollaborativesServiceSharedWith(service)}
    assert now == before
    return {"collaborative": chosen.name}


PUBLISHED = """
subscription onTimeSeriesDbPublish($timeSeriesDbId: ID!, $assetId: ID!) {
  onTimeSeriesDbPublish(timeSeriesDbId: $timeSeriesDbId, assetId: $assetId) {
    assetId attributes { name lastValue data { timestamp value } }
  }
}"""
PUBLISH = """
mutation publish($timeSeriesDbId: ID!, $assetId: ID!, $data: TimeSeriesDbDataInput!) {
  timeSeriesDb_publishToDatabase(timeSeriesDbId: $timeSeriesDbId, assetId: $assetId, data: $data) {
    assetId
  }
}"""


async def events(exchange, service, now_ms):
    """What the package's own WebSocket client hears while we publish: one event each time."""
    client = exchange._client.updatedGqlClient
    names = {"timeSeriesDbId": service, "assetId": "trial-asset-newest"}
    heard = []

    async def listen():
        async for data in client.execute_ws(query=PUBLISHED, variables=names):
            (attribute,) = data["onTimeSeriesDbPublish"]["attributes"]
            heard.append(attribute["lastValue"])
            if len(heard) == 2:
                return

    listening = asyncio.create_task(listen())
    record = {"MeasureName": "kW", "MeasureValueType": "DOUBLE", "TimeUnit": "MILLISECONDS"}
    number = 0
    # What is published before the server has heard of the subscription is rightly not told.
    while not listening.done():
        number += 1
        records = [{**record, "MeasureValue": f"{number}.5", "Time": str(now_ms + number)}]
        answer = await client.execute(
            query=PUBLISH, variables={**names, "data": {"records": records}}
        )
        assert "errors" not in answer.json(), answer.text
        await asyncio.sleep(0.3)
        assert number < 60, "no event within 18 s"
    await listening
    first, second = (float(each) for each in heard)
    assert second == first + 1
    return {"heard": heard}


def told_by(asked):
    folder = Path(asked["folder"])
    exchange = connect(asked["url"], asked["token"])
    now_ms = int(datetime.fromisoformat(asked["now"]).timestamp() * 1000)
    return {
        "people": people(exchange, asked["url"]),
        "files": files(exchange, folder),
        "sharing": sharing(exchange),
        "events": asyncio.run(events(exchange, asked["service"], now_ms)),
    }


def main():
    # The package tells its progress on standard output, where only our answer belongs.
    with contextlib.redirect_stdout(sys.stderr):
        told = told_by(json.load(sys.stdin))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
