"""Server streams over HTTP: one JSON object a line, wrapped as grpc-gateway wraps them.

`{"result": …}` for each message, `{"error": …}` once if the stream ends by a status. A line is sent
when there is one, and the next is only made when the connection has taken it: nothing piles up
before a reader who is slow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import grpc

from simulator.server.rest_errors import error_line
from simulator.server.status import details_of

if TYPE_CHECKING:
    from starlette.types import Receive, Send

    from simulator.server.streams import Streams
    from simulator.services.rpc import Dialect, Feed, RestStyle

_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    # Proxies that collect a response before they pass it on would turn a watch into silence.
    (b"x-accel-buffering", b"no"),
]


class HttpContext:
    """What `Streams` needs of a call: the part of grpc.aio's context that it uses."""

    def __init__(self, send: Send, render: Callable[[bytes], bytes], style: RestStyle) -> None:
        self._send = send
        self._render = render
        self._style = style
        self._aborting = False
        self._left = False
        self.over = asyncio.Event()
        """Set when the stream was ended from outside, whether its reader took the end or not."""
        self.complete = False
        """Whether the response was written to its end."""

    def leave(self) -> None:
        """Note that the client is gone."""
        self._left = True

    def done(self) -> bool:
        """Return whether nothing can be written any more."""
        return self._left or self._aborting or self.complete

    async def send_initial_metadata(self, metadata: object) -> None:
        """Send status and headers, so that a client knows that it is subscribed."""
        await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await self._body(b"")

    async def write(self, message: bytes) -> None:
        """Send one message as a line; returns once the connection takes more."""
        await self._body(b'{"result":' + self._render(message) + b"}\n")

    async def abort(
        self, code: grpc.StatusCode, text: str = "", trailers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """Say why the stream ends, and end it; may be called while a write waits for its reader."""
        if self.done():
            return
        self._aborting = True
        try:
            if code is not grpc.StatusCode.OK:
                details = details_of(trailers)
                await self._body(error_line(code.value[0], code.name, text, details, self._style))
            await self.finish()
        finally:
            self.over.set()

    async def finish(self) -> None:
        """End the response."""
        if not (self._left or self.complete):
            await self._body(b"", more=False)
            self.complete = True

    async def _body(self, content: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": more})


async def serve_stream(
    streams: Streams,
    dialect: Dialect,
    feed: Feed,
    render: Callable[[bytes], bytes],
    receive: Receive,
    send: Send,
) -> None:
    """Hand a feed to an HTTP client until it leaves or the stream must end; frees the feed."""
    context = HttpContext(send, render, dialect.rest)
    serving = asyncio.create_task(streams.serve(dialect, feed, context))
    leaving = asyncio.create_task(_leaving(receive))
    over = asyncio.create_task(context.over.wait())
    try:
        await asyncio.wait({serving, leaving, over}, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            context.leave()
        elif serving.done():
            await context.finish()
    finally:
        feed.stop()
        for task in (serving, leaving, over):
            task.cancel()
        await asyncio.gather(serving, leaving, over, return_exceptions=True)


async def _leaving(receive: Receive) -> None:
    """Return when the client is gone; what it still sends is nobody's."""
    while (await receive())["type"] != "http.disconnect":
        pass
