"""A client of the exchange's wire, of the tests' own: documents as text, frames as JSON."""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect

from .loopback import Server, opened, serving

__all__ = ["Person", "Refused", "Socket", "exchange", "opened", "written"]


class Refused(Exception):
    """What the server has refused: the first error."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.error = answer["errors"][0]
        self.kind = self.error["errorType"]
        super().__init__(f"{self.kind}: {self.error['message']}")


class Enum(str):
    """A name that stands in a document without quotes."""


def written(value: Any) -> str:
    """A value as a GraphQL literal."""
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, dict):
        return "{" + " ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(map(written, value)) + "]"
    return json.dumps(value)


class Person:
    """Somebody with a token."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str = "owner") -> None:
        self.http = http
        self.url = url
        self.token = token
        self.tls: ssl.SSLContext | None = None

    def other(self, token: str) -> "Person":
        return Person(self.http, self.url, token)

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "authorization": self.token,
            "content-type": "application/json",
            "accept": "application/json",
            **headers,
        }
        return await self.http.post(f"{self.url}/graphql", content=content, headers=headers)

    async def run(self, document: str, **variables: Any) -> Any:
        """The data of an answer."""
        body = {"query": document, **({"variables": variables} if variables else {})}
        answer = (await self.post(body)).json()
        if "errors" in answer:
            raise Refused(answer)
        return answer["data"]

    async def call(self, name: str, selection: str = "", /, **arguments: Any) -> Any:
        """The value of one operation, its arguments inlined, as published clients send it."""
        kind = "mutation" if name in MUTATIONS or name.startswith("platformAdmin") else "query"
        given = ", ".join(f"{key}: {written(value)}" for key, value in arguments.items())
        document = f"{kind} {name} {{ {name}{f'({given})' if given else ''} {selection} }}"
        return (await self.run(document))[name]

    async def upload(self, directory: Any, name: str, content: bytes, **more: Any) -> str:
        """Make a file and put its bytes; returns the id."""
        made = await self.call(
            "storage_createDataStoreFile",
            "{ url uploadId itemId }",
            dataStoreDirectoryId=directory["dataStoreDirectoryId"],
            dataStoreId=directory["dataStoreId"],
            name=name,
            **{"fileExtension": "bin", **more},
        )
        answer = await self.http.put(made["url"], content=content)
        assert answer.status_code == 200, answer.text
        return made["itemId"]

    async def store(self) -> Any:
        """The first store, with its home directory."""
        (first, *_) = await self.call("storage_listDataStores", "{ dataStoreId homeDirectoryId }")
        return {
            "dataStoreId": first["dataStoreId"],
            "dataStoreDirectoryId": first["homeDirectoryId"],
        }

    async def database(self) -> Any:
        """A database that the site publishes nothing to."""
        fields = "{ timeSeriesDbId name databaseName tableName }"
        for each in await self.call("timeSeriesDb_listDatabases", fields):
            if each["name"] == "tests":
                return each
        return await self.call("timeSeriesDb_createDatabase", fields, name="tests")

    async def publish(self, asset: str, *records: Any, database: str | None = None) -> Any:
        chosen = database or (await self.database())["timeSeriesDbId"]
        return await self.call(
            "timeSeriesDb_publishToDatabase",
            "{ assetId name attributes { name attributeType lastValue lastValueTime "
            "data { timestamp value } } }",
            assetId=asset,
            timeSeriesDbId=chosen,
            data={"records": list(records)},
        )

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator["Socket"]:
        """An open real-time connection, acknowledged."""
        async with self.raw_socket(**options) as connection:
            socket = Socket(connection, self)
            await socket.send(type="connection_init")
            acknowledged = await socket.next()
            assert acknowledged["type"] == "connection_ack", acknowledged
            yield socket

    @asynccontextmanager
    async def raw_socket(
        self, header: Any = None, subprotocols: Any = ("graphql-ws",)
    ) -> AsyncIterator[ClientConnection]:
        address = urlsplit(self.url)
        header = header or {"HOST": address.netloc, "Authorization": self.token}
        encoded = b64encode(json.dumps(header).encode()).decode()
        scheme = "wss" if self.tls else "ws"
        url = f"{scheme}://{address.netloc}/graphql?header={encoded}&payload=e30="
        async with connect(url, subprotocols=subprotocols, ssl=self.tls) as connection:
            yield connection


class Socket:
    """A real-time connection."""

    def __init__(self, connection: ClientConnection, person: Person) -> None:
        self.connection = connection
        self.person = person

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def start(self, id_: str, document: str, token: str | None = None, **data: Any) -> None:
        authorization = {
            "host": urlsplit(self.person.url).netloc,
            "Authorization": token or self.person.token,
        }
        await self.send(
            type="start",
            id=id_,
            payload={
                "data": json.dumps({"query": document, "variables": {}, **data}),
                "extensions": {"authorization": authorization},
            },
        )

    async def next(self, timeout_s: float = 10.0) -> Any:
        """The next message that is not there to keep the connection alive."""
        async with asyncio.timeout(timeout_s):
            while True:
                message = json.loads(await self.connection.recv())
                if message["type"] != "ka":
                    return message

    async def subscribe(self, id_: str, document: str, **data: Any) -> None:
        await self.start(id_, document, **data)
        answer = await self.next()
        assert answer == {"type": "start_ack", "id": id_}, answer


@asynccontextmanager
async def exchange(**settings: Any) -> AsyncIterator[tuple[Server, Person]]:
    """A server of the exchange alone, and its owner."""
    settings = {"services": ("exchange",), **settings}
    async with serving(**settings) as server, httpx.AsyncClient(timeout=30) as http:
        yield server, Person(http, server.http)


MUTATIONS = frozenset(
    {
        "user_createAuthenticationToken",
        "user_deleteAuthenticationToken",
        "storage_createDataStore",
        "storage_updateDataStore",
        "storage_deleteDataStore",
        "storage_createDataStoreDirectory",
        "storage_updateDataStoreDirectory",
        "storage_deleteDataStoreDirectory",
        "storage_createDataStoreFile",
        "storage_updateDataStoreFile",
        "storage_deleteDataStoreFile",
        "timeSeriesDb_createDatabase",
        "timeSeriesDb_updateDatabase",
        "timeSeriesDb_deleteDatabase",
        "timeSeriesDb_publishToDatabase",
        "timeSeriesDb_generateQueryResultExportFile",
        "timeSeriesDb_cancelDatabaseQuery",
        "collaborative_addServiceToCollaborative",
        "collaborative_removeServiceFromCollaborative",
        "collaborative_updateCollaborativeMemberOrganization",
    }
)
