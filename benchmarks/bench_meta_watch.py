"""Watches of the meta API against sending the same bytes as plain messages.

The first complete snapshot of 10,000 regions in chunks of 100, in wall time as its client sees it;
one server process does both in turn. Then the memory of an idle watch, up to date, on the server.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

import grpc

from benchmarks.harness import Result
from benchmarks.servers import Server, serve, serving
from fixtures.contracts import load

REGIONS = 10_000
CHUNK = 100
ROUNDS = 9
WATCHES = 200
IDLE_BYTES = 64 * 1024
METHOD = load("meta").methods("ntt.meta.v1alpha2.RegionService")["WatchRegions"]
STATELESS = 1
NAME = 1
QUERIES: tuple[tuple[str, dict[str, Any], float], ...] = (
    ("all fields", {}, 3.0),
    ("view NAME", {"view": NAME}, 3.0),
    # Filtering and placing are work that the bytes do not show.
    ("a filter that half of them match", {"filter": 'metadata.labels.half = "1"'}, 6.0),
    ("stateful, by title", {"type": 0, "order_by": "title"}, 6.0),
)


def run() -> list[Result]:
    """Measure everything; takes about half a minute."""
    with serving("-m", "benchmarks.bench_meta_watch") as server:
        # Memory first: what the snapshots leave free would hide what a watch keeps.
        idle = asyncio.run(_idle(server))
        return [*asyncio.run(_snapshots(server)), *idle]


# Snapshots


async def _snapshots(server: Server) -> list[Result]:
    async with server.channel() as channel:
        return [await _snapshot(channel, *query) for query in QUERIES]


async def _snapshot(channel: Any, name: str, query: dict[str, Any], wanted: float) -> Result:
    """Seconds to the first is_current against the same messages from a handler that has them."""
    fields = {"type": STATELESS, "max_chunk_size": CHUNK, **query}
    request = METHOD.request(**fields).SerializeToString()
    watch, replay = channel.unary_stream(METHOD.path), channel.unary_stream("/bare.Bare/Replay")
    messages = await _until_current(watch(request))
    size = sum(map(len, messages))

    async def cost(open_stream: Callable[[bytes], Any], count: int) -> float:
        began_s = time.perf_counter()
        stream = open_stream(request)
        for _ in range(count):
            await stream.read()
        taken_s = time.perf_counter() - began_s
        stream.cancel()
        return taken_s

    await cost(replay, len(messages))
    pairs = [
        (await cost(watch, len(messages)), await cost(replay, len(messages))) for _ in range(ROUNDS)
    ]
    ours_s, bare_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Result(
        name=f"snapshot, {name}: {len(messages)} messages, {size / 1e6:.1f} MB",
        value=ours_s * 1000,
        unit="ms",
        against=f"the same bytes as plain messages ({bare_s * 1000:.0f} ms; at most)",
        ratio=ours_s / bare_s,
        wanted=wanted,
        holds=ours_s / bare_s <= wanted,
    )


async def _until_current(stream: Any) -> list[bytes]:
    messages: list[bytes] = []
    while not messages or not METHOD.response.FromString(messages[-1]).is_current:  # type: ignore[attr-defined]
        messages.append(await stream.read())
    stream.cancel()
    return messages


# Idle watches


async def _idle(server: Server) -> list[Result]:
    """Memory of the server for each further watch that has been told everything."""
    queries: dict[str, dict[str, Any]] = {
        "stateless": {"type": STATELESS},
        "stateless, a filter": {"type": STATELESS, "filter": 'metadata.labels.half = "1"'},
        "stateful, window of 50": {"order_by": "title", "page_size": 50},
        "stateful, all": {"order_by": "title", "max_chunk_size": CHUNK},
    }
    return [await _idle_of(server, name, query) for name, query in queries.items()]


async def _idle_of(server: Server, name: str, query: dict[str, Any]) -> Result:
    request = METHOD.request(**query).SerializeToString()
    async with server.channel() as channel:
        open_stream = channel.unary_stream(METHOD.path)
        # The first one pays for what all of them share.
        watches = [await _told(open_stream(request))]
        before = server.process.memory_info().rss
        watches += [await _told(open_stream(request)) for _ in range(WATCHES)]
        each = (server.process.memory_info().rss - before) / WATCHES
        for watch in watches:
            watch.cancel()
    return Result(
        name=f"idle watch of {REGIONS} regions, {name}",
        value=each,
        unit="bytes",
        against=f"{IDLE_BYTES} bytes of resident memory (at most)",
        ratio=each / IDLE_BYTES,
        wanted=1.0,
        holds=each <= IDLE_BYTES,
    )


async def _told(stream: Any) -> Any:
    while not METHOD.response.FromString(await stream.read()).is_current:  # type: ignore[attr-defined]
        pass
    return stream


def _service() -> tuple[Any, Any]:
    """A meta service that holds the regions, and their kind."""
    from simulator.microgrid.clock import ManualClock
    from simulator.services.meta import KINDS, MetaService, Upsert
    from simulator.store import TokenSigner

    kind = KINDS["regions"]
    service = MetaService(ManualClock(0), TokenSigner(b"secret of a benchmark", purpose="meta"))
    service.registry.apply([Upsert(message=_region(kind, number)) for number in range(REGIONS)])
    return service, kind


def _region(kind: Any, number: int) -> Any:
    return kind.message(
        name=f"regions/r{number:05}",
        title=f"Region {number * 7919 % REGIONS}",
        domain=f"r{number}.example.com",
        location={"continent": "Europe", "country": "DE", "city": f"City {number % 50}"},
        metadata={"labels": {"half": str(number % 2), "number": str(number)}},
    )


# The server process


async def _serve() -> None:
    """Serve the meta API as we do, and the messages of its snapshots from memory."""
    from simulator.server.auth import Gate
    from simulator.server.calls import Calls
    from simulator.server.rpc_host import OPTIONS, handlers
    from simulator.server.streams import Streams
    from simulator.services.meta import dialects

    service, kind = _service()
    kept: dict[bytes, list[bytes]] = {}

    async def replay(data: bytes, context: Any) -> Any:
        if data not in kept:
            feed = service.watch(kind, METHOD.request.FromString(data), {})
            kept[data] = []
            while feed.position < feed.newest:
                kept[data] += await feed.take()
        for message in kept[data]:
            yield message

    server = grpc.aio.server(options=OPTIONS)
    calls = Calls(Gate(None, time.time), Streams())
    bare = {"Replay": grpc.unary_stream_rpc_method_handler(replay)}
    server.add_generic_rpc_handlers(
        (
            *handlers(calls, dialects(service)),
            grpc.method_handlers_generic_handler("bare.Bare", bare),
        )
    )
    await serve(server)


if __name__ == "__main__":
    asyncio.run(_serve())
