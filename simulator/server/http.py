"""HTTP beside gRPC: a page for people, metrics for monitors, a health answer for orchestrators."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.server.rest import HEADER_BYTES
from simulator.server.sockets import FRAME_BYTES, PING_S, SocketProtocol
from simulator.server.stats import Stats, prometheus

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from simulator.server.settings import Tls

_CUT_S = 1.0
"""How long a response may take that was being sent when the server stopped."""
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class HttpServer(uvicorn.Server):
    """uvicorn on the host's loop, which handles signals itself."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        """Set once requests are accepted, or cannot be."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept requests."""
        try:
            await super().startup(sockets)
        finally:
            self.up.set()

    async def drain(self, serving: "asyncio.Task[None]") -> None:
        """End `serving`, the task that serves; readers that do not read are cut off."""
        self.should_exit = True
        await asyncio.wait({serving}, timeout=_CUT_S)
        if not serving.done():
            for connection in tuple(self.server_state.connections):
                connection.transport.abort()
            await asyncio.wait({serving})

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the host."""
        yield


def http_server(app: Starlette, tls: "Tls | None") -> HttpServer:
    """Return a server for the app; it listens on the sockets that `serve` is given."""
    ca_file = tls.client_ca_file if tls else None
    config = uvicorn.Config(
        app,
        log_config=None,
        # Below that, addresses of requests are logged, and tokens and signatures stand in them.
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        # The other implementation that uvicorn knows does not limit headers.
        http="h11",
        h11_max_incomplete_event_size=HEADER_BYTES,
        ws=SocketProtocol,
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        ssl_certfile=tls.cert_file if tls else None,
        ssl_keyfile=tls.key_file if tls else None,
        ssl_ca_certs=str(ca_file) if ca_file else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if ca_file else ssl.CERT_NONE,
    )
    return HttpServer(config)


def application(
    *,
    stats: Callable[[], Stats],
    facts: Callable[[], dict[str, str]],
    healthy: Callable[[], bool],
    rest: "ASGIApp",
    doors: Sequence[BaseRoute] = (),
) -> Starlette:
    """Return the pages, the doors, and `rest` for all other paths.

    `facts` are the lines of the status page.
    """

    async def elsewhere(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "http":
            await rest(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def status(request: Request) -> Response:
        return HTMLResponse(_page({**facts(), **stats().readable()}))

    async def metrics(request: Request) -> Response:
        return PlainTextResponse(prometheus(stats()), media_type=METRICS_TYPE)

    async def health(request: Request) -> Response:
        if healthy():
            return PlainTextResponse("serving\n")
        return PlainTextResponse("draining\n", status_code=503)

    own = [Route("/", status), Route("/metrics", metrics), Route("/healthz", health)]
    pages = Starlette(routes=[*own, *doors])
    pages.router.redirect_slashes = False
    pages.router.default = elsewhere
    return pages


def _page(facts: dict[str, str]) -> str:
    rows = "\n".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items()
    )
    return _PAGE.replace("ROWS", rows)


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>gridproof</title>
<meta http-equiv="refresh" content="5">
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem; }
  th { font-weight: 600; padding-right: 2rem; text-align: left; vertical-align: top; }
</style>
<h1>gridproof</h1>
<p>A reference server backed by one simulated microgrid.
   Figures for monitors are at <a href="/metrics">/metrics</a>.</p>
<table>
ROWS
</table>
</html>
"""
