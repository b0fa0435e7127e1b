"""Streams that can be steered: watches of the meta API over real connections."""

import asyncio
from contextlib import asynccontextmanager

import grpc
import pytest

from fixtures.contracts import load
from simulator.services.errors import Code, ServiceError
from simulator.services.meta import KINDS, Remove, Upsert
from simulator.services.meta.faults import Fault, Verb

from .loopback import refusal, serving, until
from .test_streams import SMALL_WINDOW

METHODS = load("meta").methods("ntt.meta.v1alpha2.RegionService")
REGION = KINDS["regions"].message
STATELESS = 1


class Meta:
    """A server's registry and watches of its regions."""

    def __init__(self, server):
        self.server = server
        self.streams = server.host.streams
        self.service = server.host.history.meta
        self.registry = self.service.registry

    def put(self, *ids, **fields):
        messages = [REGION(name=f"regions/{each}", **fields) for each in ids]
        self.registry.apply([Upsert(message=message) for message in messages])

    def order(self, verb, **fields):
        return self.service.watches.order(Fault(verb=verb, **fields))

    def settle(self, timeout_s=5.0):
        return asyncio.wait_for(self.streams.settle("meta", timeout_s), 10)

    @asynccontextmanager
    async def watch(self, rpc="WatchRegions", /, *, options=(), tag="", **fields):
        """A stream that is subscribed."""
        method = METHODS[rpc]
        async with grpc.aio.insecure_channel(self.server.address, options=options) as channel:
            call = channel.unary_stream(
                method.path,
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.response.FromString,
            )(method.request(**fields), metadata=[("x-gridproof-tag", tag)] if tag else [])
            await asyncio.wait_for(call.initial_metadata(), 5)
            yield call
            call.cancel()


@pytest.fixture
async def meta():
    async with serving() as server:
        yield Meta(server)


async def current(call, timeout_s=5):
    """Messages up to the end of a changeset."""
    found = []
    while not found or not found[-1].is_current:
        found.append(await asyncio.wait_for(call.read(), timeout_s))
    return found


async def test_changes_that_nobody_sees_hold_up_no_barrier(meta):
    async with meta.watch(type=STATELESS, filter='title = "none"') as call:
        await current(call)
        for n in range(3):
            meta.put(f"r{n}")
        assert await meta.settle() == 0
        assert await meta.streams.barrier(5) == 1


async def test_a_barrier_covers_changes_and_orders(meta):
    async with meta.watch(type=STATELESS) as call, meta.watch() as other:
        await current(call)
        await current(other)
        meta.put("aa")
        meta.order(Verb.HARD_RESET)
        assert await meta.settle() == 0
        stream = next(each for each in meta.streams if each.messages > 2)
        assert stream.messages >= 3  # the snapshot before, the reset, the snapshot after
        assert stream.written == stream.feed.newest


async def test_paused_watches_are_not_waited_for_but_counted(meta):
    async with meta.watch(type=STATELESS, tag="t") as call, meta.watch(type=STATELESS) as other:
        await current(call)
        await current(other)
        meta.order(Verb.PAUSE, tag="t")
        meta.put("aa")
        assert await meta.settle() == 1
        assert await meta.streams.barrier(5) == 2
        await current(other)
        meta.order(Verb.RESUME)
        assert await meta.settle() == 0
        await current(call)


async def test_a_paused_watch_is_no_stalled_reader(meta):
    meta.streams.max_pending = 5
    async with meta.watch() as call:
        await current(call)
        meta.order(Verb.PAUSE)
        for n in range(10):
            meta.put("aa", title=str(n))
        for _ in range(3):
            meta.streams.sweep()
        assert len(meta.streams) == 1
        meta.order(Verb.RESUME)
        (message,) = await current(call)
        assert len(message.region_changes) == 1


async def test_a_reader_that_stopped_is_counted_and_recovers_by_a_reset(meta):
    meta.streams.max_pending = 20
    meta.put(*(f"r{n:03}" for n in range(200)), title="x" * 10_000)
    async with (
        meta.watch(type=STATELESS, options=SMALL_WINDOW, max_chunk_size=1) as stalled,
        meta.watch(type=STATELESS) as reader,
    ):
        await current(reader)
        assert await meta.settle() == 1
        for n in range(30):
            meta.put("r000", title=str(n))
            await current(reader)
        await until(lambda: any(s.feed._source._notice for s in meta.streams))
        assert len(meta.streams) == 2
        assert meta.streams.overflows == 0
        meta.registry.apply([Remove(name="regions/r001")])
        names = set()
        resets = 0
        while True:
            message = await asyncio.wait_for(stalled.read(), 5)
            if message.is_soft_reset:
                resets += 1
                names.clear()
            names |= {change.current.region.name for change in message.region_changes}
            if message.is_current:
                break
        assert resets == 1
        assert names == {
            stored.name for _, stored in meta.registry.collection(KINDS["regions"]).items()
        }


async def test_a_stateful_reader_that_stopped_is_ended(meta):
    meta.streams.max_pending = 20
    meta.put(*(f"r{n:03}" for n in range(200)), title="x" * 10_000)
    async with meta.watch(options=SMALL_WINDOW, max_chunk_size=1) as stalled:
        for n in range(30):
            meta.put("r000", title=str(n))
        await until(lambda: meta.streams.overflows == 1)

        async def to_its_end():
            while True:
                await stalled.read()

        code, text = await refusal(asyncio.wait_for(to_its_end(), 10))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "stopped reading" in text


@pytest.mark.parametrize("code", [Code.ABORTED, None])
async def test_streams_end_as_ordered(meta, code):
    async with meta.watch(type=STATELESS) as call:
        await current(call)
        meta.order(Verb.DROP, code=code)
        if code is None:
            assert await asyncio.wait_for(call.read(), 5) is grpc.aio.EOF
            assert await call.code() is grpc.StatusCode.OK
        else:
            found, _ = await refusal(asyncio.wait_for(call.read(), 5))
            assert found is grpc.StatusCode.ABORTED
        await until(lambda: len(meta.streams) == 0)
        assert len(meta.service.watches) == 0


async def test_two_hundred_watches_open_and_leave(meta):
    for _ in range(4):
        async with meta.watch("WatchRegion", name="regions/plain") as call:
            await asyncio.wait_for(call.read(), 5)
    method = METHODS["WatchRegions"]
    async with grpc.aio.insecure_channel(meta.server.address) as channel:
        open_stream = channel.unary_stream(method.path)
        calls = [
            open_stream(method.request(type=STATELESS).SerializeToString()) for _ in range(200)
        ]
        await asyncio.wait_for(asyncio.gather(*(call.read() for call in calls)), 20)
        meta.put("aa")
        assert await meta.settle() == 0
        for call in calls:
            call.cancel()
        await until(lambda: len(meta.streams) == 0)
    assert len(meta.service.watches) == 0


async def test_a_slow_but_reading_client_is_waited_for(meta):
    async with meta.watch(type=STATELESS) as call:
        await current(call)
        (stream,) = meta.streams
        stream.wrote = lambda: None  # never done with what it was handed
        stream.take, taken = _endless(stream), []
        meta.put("aa")
        reading = asyncio.create_task(_read_on(call, taken))
        with pytest.raises(ServiceError, match="lag after") as caught:
            await meta.streams.settle("meta", 0.5)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        reading.cancel()


def _endless(stream):
    async def take():
        await asyncio.sleep(0.01)
        return [METHODS["WatchRegions"].response(snapshot_size=-1).SerializeToString()]

    return take


async def _read_on(call, taken):
    while True:
        taken.append(await call.read())
