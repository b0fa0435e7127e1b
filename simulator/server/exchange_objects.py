"""Presigned URLs of the exchange API: PUT, GET and HEAD of objects that a local folder keeps.

Answers as S3 gives them: XML for refusals, the MD5 as ETag. Bytes are passed on as they come and as
fast as the reader takes them; an upload that is cut leaves nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

from simulator.server.bodies import Left, chunks
from simulator.server.exchange import OBJECTS
from simulator.server.exchange_http import begin, header, respond
from simulator.services.exchange.faults import FaultKind
from simulator.services.exchange.objects import ObjectError
from simulator.services.exchange.objects.ranges import read_range

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from simulator.server.calls import Calls
    from simulator.server.exchange import Exchange
    from simulator.services.exchange.objects import Gateway, ObjectInfo

_METHODS: Final = ("GET", "HEAD", "PUT")
_XML: Final = "application/xml"
_BYTES: Final = "application/octet-stream"


class ObjectsEndpoint:
    """An ASGI application for all paths below `OBJECTS`.

    Args:
        exchange: what is served.
        calls: what all doors of the server share.
    """

    def __init__(self, exchange: Exchange, calls: Calls) -> None:
        self._exchange = exchange
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        method = scope["method"]
        self._calls.count(f"{OBJECTS}/{method if method in _METHODS else 'other'}")
        try:
            gateway = self._exchange.gateway
            if gateway is None:
                raise ObjectError(404, "NoSuchBucket", "The objects are not kept here.")
            key, query = _asked(scope)
            if method == "PUT":
                fault = self._exchange.faults.due(FaultKind.REFUSE_UPLOAD)
                if fault is not None:
                    raise ObjectError(fault.status, "AccessDenied", "This was ordered.")
                await _put(gateway, key, query, scope, receive, send)
            elif method == "HEAD":
                await begin(send, 200, _described(await gateway.describe(key, query)))
                await send({"type": "http.response.body"})
            elif method == "GET":
                await _get(gateway, key, query, scope, send)
            else:
                text = "The specified method is not allowed against this resource."
                raise ObjectError(405, "MethodNotAllowed", text)
        except Left:
            return
        except ObjectError as error:
            await _refuse(send, error, method)


async def _put(
    gateway: Gateway,
    key: str,
    query: Mapping[str, str],
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    length = header(scope, b"content-length")
    info = await gateway.upload(
        key, query, chunks(receive), None if length is None else int(length)
    )
    await begin(send, 200, {"etag": f'"{info.etag}"', "content-length": "0"})
    await send({"type": "http.response.body"})


async def _get(
    gateway: Gateway, key: str, query: Mapping[str, str], scope: Scope, send: Send
) -> None:
    asked = header(scope, b"range")
    found = await gateway.download(key, query, asked)
    headers = _described(found.info)
    headers["content-length"] = str(found.stop - found.start)
    status = 200
    if read_range(asked) is not None:
        status = 206
        headers["content-range"] = f"bytes {found.start}-{found.stop - 1}/{found.info.size_bytes}"
    await begin(send, status, headers)
    try:
        async for chunk in found.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        # The reader may have left: what is open on our side must not wait for the collector.
        if isinstance(found.chunks, AsyncGenerator):
            await found.chunks.aclose()
    await send({"type": "http.response.body"})


def _asked(scope: Scope) -> tuple[str, dict[str, str]]:
    """Return the key and the parameters of a URL; what stands in them is for others to judge."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    key = unquote(
        raw.decode("latin-1").partition("?")[0].removeprefix(f"{OBJECTS}/"), errors="replace"
    )
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return key, dict(query)


def _described(info: ObjectInfo) -> dict[str, str]:
    return {
        "content-type": _BYTES,
        "content-length": str(info.size_bytes),
        "etag": f'"{info.etag}"',
        "accept-ranges": "bytes",
    }


async def _refuse(send: Send, error: ObjectError, method: str) -> None:
    headers = {"content-range": f"bytes */{error.size_bytes}"} if error.status == 416 else {}
    if method == "PUT":
        # What is still coming is nobody's: it is not read to its end.
        headers["connection"] = "close"
    content = b"" if method == "HEAD" else error.xml
    await respond(send, error.status, content, headers, _XML)
