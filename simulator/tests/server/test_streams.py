import asyncio
import sys
from contextlib import asynccontextmanager

import grpc
import pytest

from simulator.server.streams import Streams
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Dialect

from .loopback import GRID, Client, refusal, serving, until

DISPATCH = Dialect(api="dispatch", service="a.Service", methods=())
SMALL_WINDOW = [
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 16_384),
    ("grpc.use_local_subchannel_pool", 1),
]


@asynccontextmanager
async def stalled_reader(server):
    """A client whose stream is open and is not read."""
    async with grpc.aio.insecure_channel(server.address, options=SMALL_WINDOW) as channel:
        yield await Client(channel).stream()


async def fill(client, count):
    for _ in range(count):
        await client.create(type="x" * 20_000)


async def drain(call):
    """How many messages there were, and the status at the end."""
    count = 0
    try:
        while await call.read() is not grpc.aio.EOF:
            count += 1
    except grpc.aio.AioRpcError as error:
        return count, error.code(), error.details()
    raise AssertionError("the stream ended with OK")


async def test_a_client_that_leaves_frees_its_stream(server, client):
    for _ in range(50):
        (await client.stream()).cancel()
    await until(lambda: len(server.host.streams) == 0)
    assert (await client.create()).HasField("metadata")


async def test_a_deadline_ends_a_stream_and_frees_it(server, client):
    stream = await client.stream(timeout=0.3)
    code, _ = await refusal(stream.read())
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    await until(lambda: len(server.host.streams) == 0)


async def test_a_stream_never_ends_by_itself(server, client):
    stream = await client.stream()
    reading = asyncio.ensure_future(stream.read())
    await asyncio.sleep(0.7)
    assert not reading.done()
    stream.cancel()
    await asyncio.wait({reading})


async def test_a_stalled_reader_is_ended_and_delays_nobody(server, client):
    server.host.streams.max_pending = 20
    reader = await client.stream()
    async with stalled_reader(server) as stalled:
        assert len(server.host.streams) == 2
        await asyncio.wait_for(fill(client, 60), 10)
        for _ in range(60):
            assert (await asyncio.wait_for(reader.read(), 5)).event == 1
        await until(lambda: server.host.streams.overflows == 1)
        assert len(server.host.streams) == 1
        count, code, text = await asyncio.wait_for(drain(stalled), 10)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "the reader stopped reading" in text
    assert 0 < count < 60
    await client.create()
    assert (await asyncio.wait_for(reader.read(), 5)).event == 1
    reader.cancel()


async def test_a_slow_reader_within_the_bound_gets_everything(server, client):
    async with stalled_reader(server) as stalled:
        await fill(client, 60)
        # Two sweeps find it stalled, but with little before it.
        await asyncio.sleep(1.2)
        for _ in range(60):
            assert (await asyncio.wait_for(stalled.read(), 5)).event == 1
        assert server.host.streams.overflows == 0
        stalled.cancel()


async def test_a_stream_that_fell_off_the_log_is_refused():
    async with serving() as server:
        server.host.history.dispatch._log_size = 10
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(channel)
            async with stalled_reader(server) as stalled:
                await fill(client, 80)
                count, code, text = await asyncio.wait_for(drain(stalled), 10)
            assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert "too slow" in text
            assert count < 80
            assert server.host.streams.overflows == 1


async def test_stopping_does_not_wait_for_stalled_readers():
    async with (
        serving() as server,
        grpc.aio.insecure_channel(server.address) as channel,
        stalled_reader(server),
    ):
        await fill(Client(channel), 60)
        server.host.stop()
        await asyncio.wait_for(server.task, 10)


async def test_streams_can_be_dropped_with_any_error(server, client):
    streams = server.host.streams
    for code in (Code.UNAVAILABLE, Code.INTERNAL, Code.ABORTED):
        stream = await client.stream()
        assert streams.end_all(ServiceError(code, "dropped"), "dispatch") == 1
        found = await refusal(asyncio.wait_for(stream.read(), 5))
        assert found == (grpc.StatusCode[code.name], "dropped")
    assert streams.end_all(ServiceError(Code.UNAVAILABLE, "dropped"), "meta") == 0


async def test_messages_written_before_a_drop_arrive_before_its_status(server, client):
    stream = await client.stream()
    await client.create()
    await server.host.streams.barrier(5)
    server.host.streams.end_all(ServiceError(Code.UNAVAILABLE, "dropped"))
    count, code, _ = await asyncio.wait_for(drain(stream), 5)
    assert (count, code) == (1, grpc.StatusCode.UNAVAILABLE)


class Context:
    """A call whose client is still there."""

    def __init__(self):
        self.aborted = []

    async def send_initial_metadata(self, metadata):
        pass

    async def write(self, message):
        pass

    async def abort(self, code, text, trailers):
        self.aborted.append(code)

    def done(self):
        return False


class Once:
    """A feed that has something to say only once, and notes nothing."""

    position = newest = 0

    def __init__(self, messages):
        self._messages = messages

    async def take(self):
        messages, self._messages = self._messages, []
        if not messages:
            await asyncio.Event().wait()
        return messages

    def stop(self):
        raise AssertionError("nobody stops it")


async def test_an_idle_stream_does_not_keep_what_it_sent():
    sent = [bytes(100 + size) for size in range(3)]
    held = [sys.getrefcount(message) for message in sent]
    serving = asyncio.create_task(Streams().serve(DISPATCH, Once(list(sent)), Context()))
    await asyncio.sleep(0.01)
    assert [sys.getrefcount(message) for message in sent] == held
    serving.cancel()
    await asyncio.wait({serving})


async def test_an_interrupted_handler_still_sends_a_status(server, client):
    feed = server.host.history.dispatch.stream(
        client.request("StreamMicrogridDispatches", microgrid_id=GRID)
    )
    context = Context()
    handler = asyncio.create_task(server.host.streams.serve(DISPATCH, feed, context))
    await until(lambda: len(server.host.streams) == 1)
    handler.cancel()
    await asyncio.wait_for(handler, 5)
    assert context.aborted == [grpc.StatusCode.UNAVAILABLE]
    assert len(server.host.streams) == 0


async def test_a_fault_of_ours_is_an_internal_error(server, client, caplog):
    stream = await client.stream()
    (opened,) = server.host.streams
    opened.feed.take = None
    await client.create()

    async def to_its_end():
        # A call that was waiting before the fault still hands over what it waited for.
        while (await stream.read()).event == 1:
            pass

    code, text = await refusal(asyncio.wait_for(to_its_end(), 5))
    assert (code, text) == (grpc.StatusCode.INTERNAL, "internal error: TypeError")
    assert "a stream of dispatch failed" in caplog.text
    assert len(server.host.streams) == 0


async def test_a_barrier_waits_for_all_streams(server, client):
    streams = [await client.stream(grid) for grid in (GRID, GRID, 6)]
    assert await server.host.streams.barrier(5) == 3
    for _ in range(200):
        server.host.history.dispatch.create(
            client.request(
                "CreateMicrogridDispatch", microgrid_id=GRID, dispatch_data=client.data()
            )
        )
    open_streams = list(server.host.streams)
    assert sum(stream.pending for stream in open_streams) == 400
    assert await server.host.streams.barrier(5) == 3
    assert sum(stream.pending for stream in open_streams) == 0
    assert sorted(stream.messages for stream in open_streams) == [0, 200, 200]
    for stream in streams:
        stream.cancel()


async def test_a_barrier_tells_when_it_was_not_reached(server, client):
    async with stalled_reader(server):
        await fill(client, 60)
        with pytest.raises(ServiceError, match=r"1 streams lag after 0\.1 s") as caught:
            await server.host.streams.barrier(0.1)
        assert caught.value.code is Code.DEADLINE_EXCEEDED


async def test_no_streams_no_waiting():
    assert await Streams().barrier(0.0) == 0
