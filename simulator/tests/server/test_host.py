import asyncio
import struct
import time
from contextlib import suppress

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from fixtures.contracts import from_reflection
from simulator.server.settings import SettingsError
from simulator.services.dispatch.wire import SERVICE

from .loopback import GRID, START_US, Client, refusal, serving, until

PING, GOAWAY = 6, 7


def number(dispatch):
    return dispatch.metadata.dispatch_id


@pytest.mark.parametrize("generation", ["1.1", "0.15"])
async def test_every_method_over_the_wire_in_both_generations(server, generation):
    async with grpc.aio.insecure_channel(server.address) as channel:
        client = Client(channel, generation=generation)
        stream = await client.stream()
        created = await client.create(duration=60)
        assert created.data == client.data(duration=60)
        got = await client.call(
            "GetMicrogridDispatch", microgrid_id=GRID, dispatch_id=number(created)
        )
        assert (got.microgrid_id, got.dispatch) == (GRID, created)
        request = client.request("UpdateMicrogridDispatch", microgrid_id=GRID)
        request.dispatch_id = number(created)
        target = created.data.DESCRIPTOR.fields_by_number[4].name
        request.update_mask.paths.append(target)
        getattr(request.update, target).component_categories.categories.append(5)
        updated = (await client.start("UpdateMicrogridDispatch", request)).dispatch
        assert list(getattr(updated.data, target).component_categories.categories) == [5]
        listed = await client.call("ListMicrogridDispatches", microgrid_id=GRID)
        assert list(listed.dispatches) == [updated]
        assert listed.pagination_info.total_items == 1
        gone = await client.call(
            "DeleteMicrogridDispatch", microgrid_id=GRID, dispatch_id=number(created)
        )
        assert (gone.microgrid_id, gone.dispatch_id) == (GRID, number(created))
        events = [await asyncio.wait_for(stream.read(), 10) for _ in range(3)]
        assert [event.event for event in events] == [1, 2, 3]
        assert [event.dispatch for event in events[:2]] == [created, updated]
        stream.cancel()


async def test_generations_meet_in_one_server(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        old, new = Client(channel, generation="0.15"), Client(channel)
        written = await old.create(selector={"component_categories": {"categories": [5]}})
        seen = await new.call(
            "GetMicrogridDispatch", microgrid_id=GRID, dispatch_id=number(written)
        )
        assert list(seen.dispatch.data.target.component_categories.categories) == [5]
        assert seen.dispatch.SerializeToString(deterministic=True) == written.SerializeToString(
            deterministic=True
        )


async def test_malformed_requests_are_invalid_arguments(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        for method in Client(channel).methods.values():
            make = channel.unary_stream if method.server_streaming else channel.unary_unary
            call = make(method.path)(b"\x08")
            code, text = await refusal(call.read() if method.server_streaming else call)
            assert code is grpc.StatusCode.INVALID_ARGUMENT
            assert "not a well-formed" in text


async def test_unknown_methods_are_unimplemented(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        code, _ = await refusal(channel.unary_unary(f"/{SERVICE}/Nonsense")(b""))
        assert code is grpc.StatusCode.UNIMPLEMENTED


async def test_messages_above_4_mib_are_refused(server, client):
    async with grpc.aio.insecure_channel(server.address) as channel:
        code, _ = await refusal(Client(channel).create(type="x" * 5_000_000))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (await client.create()).HasField("metadata")


async def test_thousands_without_paging_fit_into_one_reply(client):
    await asyncio.gather(*(client.create(type="x" * 900) for _ in range(1500)))
    reply = await client.call("ListMicrogridDispatches", microgrid_id=GRID)
    assert reply.pagination_info.total_items == 1500
    assert reply.ByteSize() < 4 * 2**20


async def test_health_is_served(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE):
            reply = await stub.Check(health_pb2.HealthCheckRequest(service=name))
            assert reply.status == health_pb2.HealthCheckResponse.SERVING


def reflected(address):
    """What reflection says of the dispatch API, and the services it lists."""
    with grpc.insecure_channel(address) as channel:
        contract = from_reflection(channel, SERVICE)
        return contract, ProtoReflectionDescriptorDatabase(channel).get_services()


async def test_reflection_shows_the_newer_generation():
    async with serving(services=("dispatch",)) as server:
        contract, names = await asyncio.to_thread(reflected, server.address)
    assert (
        "target"
        in contract.message("frequenz.api.dispatch.v1.DispatchData").DESCRIPTOR.fields_by_name
    )
    assert set(names) == {
        SERVICE,
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_reflection_of_the_older_generation_is_a_quirk():
    async with serving(quirks={"dispatch": ("reflects-0.15",)}) as server:
        contract, _ = await asyncio.to_thread(reflected, server.address)
    fields = contract.message("frequenz.api.dispatch.v1.DispatchData").DESCRIPTOR.fields_by_name
    assert "selector" in fields


async def pings(address):
    """Types and flags of the frames that a server sends to someone who pings it ten times."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    frame = struct.Struct(">BHBBI")  # length (high, low), type, flags, stream
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame.pack(0, 0, 4, 0, 0))
    found = []
    # The first pings count as strikes, what follows them shows the consequences.
    with suppress(asyncio.IncompleteReadError, OSError, TimeoutError):
        for number in range(10):
            writer.write(frame.pack(0, 8, PING, 0, 0) + struct.pack(">Q", number))
            answered = len(found)
            while (PING, 1) not in found[answered:]:
                async with asyncio.timeout(5):
                    high, low, kind, flags, _ = frame.unpack(await reader.readexactly(frame.size))
                    await reader.readexactly(high << 16 | low)
                found.append((kind, flags))
    writer.close()
    return found


async def test_pings_of_clients_are_no_abuse(server):
    found = await pings(server.address)
    assert found.count((PING, 1)) == 10
    assert (GOAWAY, 0) not in found
    # The test can tell: a server with default options takes offence.
    plain = grpc.aio.server()
    port = plain.add_insecure_port("127.0.0.1:0")
    await plain.start()
    found = await pings(f"127.0.0.1:{port}")
    await plain.stop(None)
    assert (GOAWAY, 0) in found or found.count((PING, 1)) < 10


async def test_stopping_ends_streams_with_unavailable():
    async with serving() as server, grpc.aio.insecure_channel(server.address) as channel:
        client = Client(channel)
        streams = [await client.stream(grid) for grid in (GRID, 6)]
        server.host.stop()
        for stream in streams:
            code, text = await refusal(asyncio.wait_for(stream.read(), 5))
            assert code is grpc.StatusCode.UNAVAILABLE
            assert text == "the server is shutting down"
        await asyncio.wait_for(server.task, 10)


async def test_a_port_in_use_is_refused(server):
    port = int(server.address.rpartition(":")[2])
    with pytest.raises(SettingsError, match=rf"cannot listen on 127\.0\.0\.1:{port}: address"):
        async with serving(port=port):
            pass
    http_port = int(server.http.rpartition(":")[2])
    with pytest.raises(SettingsError, match=rf"cannot listen on 127\.0\.0\.1:{http_port}: addr"):
        async with serving(http_port=http_port):
            pass


async def test_unknown_hosts_are_refused():
    with pytest.raises(SettingsError, match=r"cannot listen on no\.such\.host\.invalid:0"):
        async with serving(host="no.such.host.invalid"):
            pass


async def test_http_tells_people_and_monitors(server, client):
    await client.create()
    stream = await client.stream()
    async with httpx.AsyncClient(base_url=server.http) as http:
        page = await http.get("/")
        assert page.status_code == 200
        assert "plain, seed 1" in page.text
        assert "2027-01-15T08:00:00Z (manual)" in page.text
        metrics = (await http.get("/metrics")).text
        assert "gridproof_open_streams 1" in metrics
        assert f'gridproof_calls_total{{method="/{SERVICE}/CreateMicrogridDispatch"}} 1' in metrics
        healthy = await http.get("/healthz")
        assert (healthy.status_code, healthy.text) == (200, "serving\n")
        assert (await http.get("/nothing")).status_code == 404
    stream.cancel()


async def test_the_world_follows_a_running_clock():
    async with serving(factor=3600.0) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            created = await Client(channel).create(microgrid_id=1, type="set_power")
        site = server.host.history.site
        await until(lambda: site.world.now_us > START_US + 60_000_000)
        assert number(created) not in {each.id for each in server.host.history.scenario.schedule()}


async def test_a_call_costs_little_while_the_world_is_busy(server, client):
    # A year of the world in one go must not keep calls waiting.
    site, clock = server.host.history.site, server.host.history.clock
    busy = asyncio.create_task(site.follow(START_US + 365 * 86_400_000_000, clock.set))
    slowest_s = 0.0
    for _ in range(20):
        began_s = time.perf_counter()
        await client.call("ListMicrogridDispatches", microgrid_id=GRID)
        slowest_s = max(slowest_s, time.perf_counter() - began_s)
    await busy
    assert slowest_s < 1.0
