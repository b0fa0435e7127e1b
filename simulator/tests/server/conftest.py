from collections.abc import AsyncIterator

import grpc
import pytest_asyncio

from .loopback import Client, Server, serving


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as started:
        yield started


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    async with grpc.aio.insecure_channel(server.address) as channel:
        yield Client(channel)
