"""HTTP and JSON for every mounted API whose contract says how: an ASGI application.

A transcoder as in `google/api/http.proto`. It translates and nothing else: who may call, streams
and their ends, counters are those of the gRPC door (`calls`, `streams`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from simulator.server.calls import Calls
from simulator.server.rest_errors import HttpRefusal, http_headers, http_status, status_json
from simulator.server.rest_json import read_request, write_reply
from simulator.server.rest_routes import Route, Router
from simulator.server.rest_streams import serve_stream
from simulator.server.rpc_host import MESSAGE_BYTES
from simulator.server.status import fault
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Metadata, RestStyle, Unary

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

HEADER_BYTES: Final = 64 * 1024
"""Bound of all headers of a request together."""
_FORWARDED: Final = "grpc-metadata-"
"""What grpc-gateway wants before names of metadata; here the bare names do as well."""
_REMEMBERED: Final = 8
"""Messages of a stream whose JSON is kept, for the other streams that are about to need it."""


class Rest:
    """The application.

    Args:
        calls: what all doors of the server share.
        routes: all ways into the mounted dialects.
    """

    def __init__(self, calls: Calls, routes: Iterable[Route]) -> None:
        self._calls = calls
        routes = tuple(routes)
        self._router = Router(routes)
        self._render = {route.contract.path: _renderer(route) for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        style = RestStyle()
        try:
            _check_headers(scope["headers"])
            raw_path = scope.get("raw_path") or scope["path"].encode()
            route, bound = self._router.find(scope["method"], raw_path.decode("latin-1"))
            style = route.dialect.rest
            body = await _body(receive)
            read = partial(
                read_request,
                route.method.request,
                route.rule,
                bound,
                scope["query_string"].decode("latin-1"),
                body,
            )
            metadata = _metadata(scope["headers"])
            render = self._render[route.contract.path]
            if isinstance(route.method, Unary):
                reply = await self._calls.answer(route.dialect, route.method, metadata, read)
                await _respond(send, 200, render(reply, route.rule.response_body))
                return
            feed = self._calls.open(route.dialect, route.method, metadata, read)
        except ServiceError as error:
            await _refuse(send, error, style)
            return
        except Exception as error:
            await _refuse(send, fault(f"{scope['method']} {scope['path']}", error), style)
            return
        await serve_stream(
            self._calls.streams,
            route.dialect,
            feed,
            partial(render, response_body=route.rule.response_body),
            receive,
            send,
        )


def _renderer(route: Route) -> Callable[..., bytes]:
    """Return what turns encoded replies of a route's method into JSON."""
    method, proto_names = route.contract, route.dialect.rest.proto_names

    def text(reply: bytes, response_body: str) -> bytes:
        message = method.response.FromString(reply)
        return write_reply(message, response_body, proto_names=proto_names)

    return lru_cache(_REMEMBERED)(text) if method.server_streaming else text


def _metadata(headers: Iterable[tuple[bytes, bytes]]) -> Metadata:
    return {
        name.decode("latin-1").lower().removeprefix(_FORWARDED): value.decode("latin-1")
        for name, value in headers
    }


def _check_headers(headers: Iterable[tuple[bytes, bytes]]) -> None:
    if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES:
        text = f"the headers: are larger than {HEADER_BYTES} bytes"
        raise HttpRefusal(431, Code.RESOURCE_EXHAUSTED, text, {"connection": "close"})


async def _body(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        ServiceError: RESOURCE_EXHAUSTED with status 413.
    """
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MESSAGE_BYTES:
            text = f"the body: is larger than {MESSAGE_BYTES} bytes"
            raise HttpRefusal(413, Code.RESOURCE_EXHAUSTED, text, {"connection": "close"})
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _refuse(send: Send, error: ServiceError, style: RestStyle) -> None:
    await _respond(send, http_status(error), status_json(error, style), http_headers(error))


async def _respond(
    send: Send, status: int, content: bytes, headers: Mapping[str, str] | None = None
) -> None:
    fields = {
        "content-type": "application/json",
        "content-length": str(len(content)),
        **(headers or {}),
    }
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        }
    )
    await send({"type": "http.response.body", "body": content})
