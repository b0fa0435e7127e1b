"""A server on a loopback port within the test's own event loop, and clients of its contracts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import httpx

from fixtures.contracts import load
from simulator.server.host import Host
from simulator.server.settings import Settings
from simulator.services.control import SERVICE as CONTROL
from simulator.services.dispatch.wire import SERVICE as DISPATCH

START_US = 1_800_000_000_000_000
GRID = 5


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator["Server"]:
    """Serve while the block runs: manual time, free ports, unless `settings` say otherwise."""
    settings = {"port": 0, "http_port": 0, "factor": 0.0, "start_us": START_US, **settings}
    host = Host(Settings(**settings))
    addresses: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(host.run(lambda *found: addresses.set_result(found)))
    await asyncio.wait({addresses, task}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    try:
        yield Server(host, task, *addresses.result())
    finally:
        host.stop()
        await asyncio.wait_for(task, 20)


class Server:
    """A running host and where it listens."""

    def __init__(self, host: Host, task: asyncio.Task[None], address: str, http: str) -> None:
        self.host = host
        self.task = task
        self.address = address
        self.http = http


@asynccontextmanager
async def connected(**settings: Any) -> AsyncIterator["Client"]:
    """A client of a server that serves while the block runs."""
    async with (
        serving(**settings) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        yield Client(channel)


class Client:
    """Calls by bare method name; `metadata` goes with each of them."""

    def __init__(
        self, channel: Any, *, service: str = DISPATCH, generation: str | None = None
    ) -> None:
        name = "control" if service == CONTROL else "dispatch"
        contract = load(name) if generation is None else load(name, generation=generation)
        self.contract = contract
        self.methods = contract.methods(service)
        self.metadata: list[tuple[str, str]] = []
        self.channel = channel

    def request(self, name: str, **fields: Any) -> Any:
        return self.methods[name].request(**fields)

    def start(self, name: str, request: Any, **options: Any) -> Any:
        """Begin a call; await it, or read it if it is a stream."""
        method = self.methods[name]
        make = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        multi = make(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        return multi(request, metadata=self.metadata, **options)

    async def call(self, name: str, **fields: Any) -> Any:
        return await self.start(name, self.request(name, **fields), timeout=10)

    def data(self, **fields: Any) -> Any:
        """Valid DispatchData in the names of the client's generation."""
        kind = self.contract.message("frequenz.api.dispatch.v1.DispatchData")
        target = kind.DESCRIPTOR.fields_by_number[4].name
        plain = {
            "type": "test",
            "start_time": {"seconds": START_US // 1_000_000 + 3600},
            target: {"component_ids": {"ids": [1, 2]}},
            "is_active": True,
        }
        return kind(**{**plain, **fields})

    async def create(self, microgrid_id: int = GRID, **fields: Any) -> Any:
        data = self.data(**fields)
        name = "CreateMicrogridDispatch"
        return (await self.call(name, microgrid_id=microgrid_id, dispatch_data=data)).dispatch

    async def stream(self, microgrid_id: int = GRID, **options: Any) -> Any:
        """Subscribe; returns once the subscription is live."""
        name = "StreamMicrogridDispatches"
        call = self.start(name, self.request(name, microgrid_id=microgrid_id), **options)
        await asyncio.wait_for(call.initial_metadata(), 10)
        return call


class Caller:
    """Calls any method of any contract: by contract, service and method name."""

    def __init__(self, server: Server, channel: Any, http: Any) -> None:
        self.server = server
        self.host = server.host
        self.http = http
        self.metadata: list[tuple[str, str]] = []
        self.channel = channel

    def start(self, contract: Any, service: str, name: str, /, **fields: Any) -> Any:
        """Begin a call; await it, or read it if it is a stream."""
        original = service if service in contract.services else service.removesuffix("Service")
        method = contract.methods(original)[name]
        make = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        multi = make(
            f"/{service}/{name}",
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        return multi(method.request(**fields), metadata=self.metadata)

    async def control(self, name: str, /, **fields: Any) -> Any:
        return await self.start(load("control"), CONTROL, name, **fields)


@asynccontextmanager
async def opened(**settings: Any) -> AsyncIterator[Caller]:
    """Clients of both doors of a server that serves while the block runs."""
    async with (
        serving(**settings) as server,
        grpc.aio.insecure_channel(server.address) as channel,
        httpx.AsyncClient(base_url=server.http, timeout=30) as http,
    ):
        yield Caller(server, channel, http)


async def refusal(awaitable: Any) -> tuple[grpc.StatusCode, str]:
    """The status of a call that must fail."""
    try:
        await awaitable
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    raise AssertionError("the call succeeded")


async def until(condition: Any, timeout_s: float = 10.0) -> None:
    """Wait for something to become true."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)
