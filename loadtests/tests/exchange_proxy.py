"""A proxy that breaks some of what passes between a run and an exchange server.

    python -m loadtests.tests.exchange_proxy READY_FILE --upstream URL [--fault KIND:N]

Of the notices of exports one in N is lost (`lose`), names another query (`misroute`) or a wrong
size (`size`). Of the pages of rows one in N repeats a row (`repeat`), leaves one out (`drop`), or
alters a value (`alter`). Of the files one in N lacks its last point (`cut`) or has another value in
it (`bend`). With `forget` one in N publishes is answered and not passed on. Writes its address to
READY_FILE and ends with its standard input; `/stats` answers counters as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

SQL = "timeSeriesDb_queryDatabaseWithTimestreamQuery"
PUBLISH = "timeSeriesDb_publishToDatabase"
NOTICE = "onNotifyTimeSeriesQueryExportComplete"
ROW_EDITS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "repeat": lambda rows: [*rows, rows[-1]],
    "drop": lambda rows: rows[:-1],
    "alter": lambda rows: [*rows[:-1], {"Data": [*rows[-1]["Data"][:3], {"ScalarValue": "0.5"}]}],
}


class Proxy:
    """Passes everything on, and breaks some of what it can break."""

    def __init__(self, upstream: str, kind: str, period: int) -> None:
        self.upstream = upstream
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(upstream))
        self.client = httpx.AsyncClient(timeout=30)
        self.kind = kind
        self.period = period
        self.seen = 0
        self.tampered = 0
        self.open_sockets = 0

    def is_due(self, *kinds: str) -> bool:
        """Whether this is one of those to break, of a kind that can be broken that way."""
        if self.kind not in kinds:
            return False
        self.seen += 1
        is_due = self.seen % self.period == 0
        self.tampered += is_due
        return is_due

    async def graphql(self, request: Request) -> Response:
        body = await request.body()
        if PUBLISH.encode() in body and self.is_due("forget"):
            variables = json.loads(body)["variables"]
            if variables:
                answer = [{"assetId": variables["a"], "attributes": []}]
                return JSONResponse({"data": {PUBLISH: answer}})
            self.tampered -= 1
        passed = {
            n: v for n, v in request.headers.items() if n in ("authorization", "content-type")
        }
        reply = await self.client.post(self.upstream, content=body, headers=passed)
        text = self.page(reply.text) if SQL.encode() in body else reply.text
        return Response(text, reply.status_code, media_type="application/json")

    def page(self, text: str) -> str:
        answer = json.loads(text)
        if self.kind not in ROW_EDITS or answer.get("errors"):
            return text
        page = answer["data"][SQL]
        result = json.loads(page["resultJSONString"])
        if result["Rows"] and self.is_due(self.kind):
            result["Rows"] = ROW_EDITS[self.kind](result["Rows"])
        page["resultJSONString"] = json.dumps(result)
        return json.dumps(answer)

    async def file(self, request: Request) -> Response:
        reply = await self.client.get(f"{self.origin}{request.url.path}?{request.url.query}")
        data = reply.content
        if self.is_due("cut"):
            data = self.cut(data)
        elif self.is_due("bend"):
            data = re.sub(rb"\.125\b", b".625", data, count=1)
        return Response(data, reply.status_code)

    def cut(self, data: bytes) -> bytes:
        if data.startswith(b"["):
            assets = json.loads(data)
            assets[-1]["attributes"][-1]["data"].pop()
            return json.dumps(assets).encode()
        return data[: data.rstrip().rindex(b"\n") + 1]

    async def subscription(self, ours: WebSocket) -> None:
        await ours.accept("graphql-ws")
        url = self.upstream.replace("http", "ws", 1) + "?" + str(ours.url.query)
        self.open_sockets += 1
        try:
            async with connect(url, subprotocols=[Subprotocol("graphql-ws")]) as theirs:
                tasks = [asyncio.create_task(self.up(ours, theirs))]
                tasks.append(asyncio.create_task(self.down(ours, theirs)))
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self.open_sockets -= 1

    async def up(self, ours: WebSocket, theirs: Any) -> None:
        async for text in ours.iter_text():
            await theirs.send(text)

    async def down(self, ours: WebSocket, theirs: Any) -> None:
        async for text in theirs:
            if (edited := self.notice(json.loads(text), ours.url.netloc)) is not None:
                await ours.send_text(json.dumps(edited))

    def notice(self, message: Any, netloc: str) -> Any:
        """The message as it is passed on; None if it is lost."""
        if message.get("type") != "data":
            return message
        if self.is_due("lose"):
            return None
        said = message["payload"]["data"][NOTICE]
        # Files come through here too; the signature of their URL does not cover the host.
        said["url"] = said["url"].replace(urlsplit(said["url"]).netloc, netloc)
        if self.is_due("misroute"):
            said["queryId"] += "x"
        elif self.is_due("size"):
            said["fileSizeBytes"] += 1
        return message

    async def stats(self, request: Request) -> Response:
        return JSONResponse({"tampered": self.tampered, "open_sockets": self.open_sockets})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/graphql", self.graphql, methods=["POST"]),
                WebSocketRoute("/graphql", self.subscription),
                Route("/stats", self.stats),
                Route("/{path:path}", self.file),
            ]
        )


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ready_file", type=Path)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--fault", default=":0")
    arguments = parser.parse_args()
    kind, _, period = arguments.fault.partition(":")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # so that who comes before the server is up waits for it
        port = listening.getsockname()[1]
        app = Proxy(arguments.upstream, kind, int(period)).app()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        partial = arguments.ready_file.with_suffix(".partial")
        partial.write_text(f"http://127.0.0.1:{port}/graphql", "ascii")
        partial.rename(arguments.ready_file)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.should_exit = True
        await serving


if __name__ == "__main__":
    asyncio.run(main())
