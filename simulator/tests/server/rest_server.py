"""A REST door on a loopback port over a dialect of the tests' own, which notes what it is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp

from fixtures.contracts import load
from simulator.server.auth import Gate
from simulator.server.calls import Calls
from simulator.server.http import http_server
from simulator.server.net import listen
from simulator.server.rest import Rest
from simulator.server.rest_routes import routes_of
from simulator.server.streams import MAX_PENDING, Streams
from simulator.services.rpc import Dialect, Right, Streaming, Unary

META = load("meta")
PACKAGE = "ntt.meta.v1alpha2"
SERVICES = ("DeploymentService", "RegionService", "ResourceService", "ServiceService")


def message(kind: str, /, **fields: Any) -> Any:
    return META.message(f"{PACKAGE}.{kind}")(**fields)


class Queue:
    """A feed that hands out what a test puts in."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.stopped = False
        self.position = self.newest = 0
        self._wakeup = asyncio.Event()

    def put(self, *messages: Any) -> None:
        self.messages += [each.SerializeToString() for each in messages]
        self.newest += len(messages)
        self._wakeup.set()

    async def take(self) -> list[bytes]:
        while not (self.messages or self.stopped):
            self._wakeup.clear()
            await self._wakeup.wait()
        taken, self.messages = self.messages[:1], self.messages[1:]
        self.position += len(taken)
        return [] if self.stopped else taken

    def stop(self) -> None:
        self.stopped = True
        self._wakeup.set()


class Echo:
    """Every method of the meta contract; `asked` are the requests, `reply` the next answer."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.metadata: list[Any] = []
        self.feeds: list[Queue] = []
        self.reply: Any = None

    def dialects(self) -> list[Dialect]:
        return [self._dialect(f"{PACKAGE}.{name}") for name in SERVICES]

    def _dialect(self, service: str) -> Dialect:
        def unary(method: Any) -> Unary:
            def handle(request: Any) -> bytes:
                self.asked.append(request)
                if isinstance(self.reply, Exception):
                    raise self.reply
                reply = method.response() if self.reply is None else self.reply
                return reply.SerializeToString()

            return Unary(
                name=method.name,
                right=Right.READ,
                request=method.request,
                handle=handle,
                permission=f"services/meta/permissions/{method.name}",
            )

        def opened(request: Any, metadata: Any) -> Queue:
            self.asked.append(request)
            self.metadata.append(metadata)
            if isinstance(self.reply, Exception):
                raise self.reply
            self.feeds.append(Queue())
            return self.feeds[-1]

        return Dialect(
            api="meta",
            service=service,
            methods=tuple(
                Streaming(
                    name=method.name,
                    right=Right.READ,
                    request=method.request,
                    open=opened,
                    permission=f"services/meta/permissions/{method.name}",
                )
                if method.server_streaming
                else unary(method)
                for method in META.methods(service).values()
            ),
        )


class Door:
    """A running REST door."""

    def __init__(self, url: str, echo: Echo, calls: Calls) -> None:
        self.url = url
        self.echo = echo
        self.calls = calls
        self.streams = calls.streams

    def reset(self) -> None:
        """Forget what earlier tests did."""
        for noted in (self.echo.asked, self.echo.metadata, self.echo.feeds):
            noted.clear()
        self.echo.reply = None
        self.calls.draining = None
        self.streams.overflows, self.streams.max_pending = 0, MAX_PENDING


@asynccontextmanager
async def door(access: Any = None) -> AsyncIterator[Door]:
    """Serve the echo while the block runs."""
    echo, calls = Echo(), Calls(Gate(access, lambda: 0.0), Streams())
    rest = Rest(calls, [route for each in echo.dialects() for route in routes_of(each, META)])
    async with over_http(rest) as url:
        yield Door(url, echo, calls)


@asynccontextmanager
async def over_http(app: ASGIApp) -> AsyncIterator[str]:
    server = http_server(app, None)
    bound = listen("127.0.0.1", 0)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    await server.up.wait()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)
