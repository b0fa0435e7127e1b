"""The meta API as a whole server carries it: gRPC and REST over one registry of one world."""

import asyncio
import json
from contextlib import asynccontextmanager

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from fixtures.contracts import from_reflection, load
from simulator.server.auth import Access, Key
from simulator.services.errors import Code, ServiceError
from simulator.services.meta import Upsert
from simulator.services.rpc import Right

from .loopback import CONTROL, START_US, refusal, serving, until

META = load("meta")
HOOK = "gridproof.control.v1.MetaControl"
SERVICES = tuple(name for name in META.services if name.startswith("ntt.meta"))
V = "/v1alpha2"
PERMISSIONS = "services/meta.edgelq.com/permissions"


class Meta:
    """A server with clients of both kinds."""

    def __init__(self, server, channel, http):
        self.server, self.host = server, server.host
        self.http = http
        self._channel = channel

    def start(self, service, name, metadata=(), /, **fields):
        contract = load("control") if service in (CONTROL, HOOK) else META
        method = contract.methods(service)[name]
        make = self._channel.unary_stream if method.server_streaming else self._channel.unary_unary
        call = make(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        return call(method.request(**fields), metadata=metadata)

    def region(self, name, metadata=(), /, **fields):
        return self.start("ntt.meta.v1alpha2.RegionService", name, metadata, **fields)

    @asynccontextmanager
    async def watch(self, path, **options):
        """Lines of a watch over REST, as JSON, with a time limit each."""
        async with self.http.stream("POST", V + path, **options) as response:
            assert response.status_code == 200
            lines = response.aiter_lines()

            async def read():
                return json.loads(await asyncio.wait_for(anext(lines), 5))

            yield read


@asynccontextmanager
async def opened(**settings):
    async with (
        serving(**settings) as server,
        grpc.aio.insecure_channel(server.address) as channel,
        httpx.AsyncClient(base_url=server.http) as http,
    ):
        yield Meta(server, channel, http)


async def test_both_doors_show_the_same():
    async with opened() as meta:
        region = await meta.region("GetRegion", name="regions/plain")
        found = (await meta.http.get(f"{V}/regions/plain")).json()
        assert found["metadata"]["uuid"] == region.metadata.uuid
        assert found["metadata"]["createTime"] == "2027-01-15T08:00:00Z"
        for service in SERVICES:
            kind = service.rpartition(".")[2].removesuffix("Service")
            parent = {"Deployment": "/regions/-", "Resource": "/services/-"}.get(kind, "")
            plural = f"{kind.lower()}s"
            reply = (await meta.http.get(f"{V}{parent}/{plural}")).json()
            fields = {"parent": parent[1:]} if parent else {}
            listed = await meta.start(service, f"List{kind}s", **fields)
            names = [each.name for each in getattr(listed, plural)]
            assert names
            assert [each["name"] for each in reply[plural]] == names


async def test_an_idle_watch_sees_what_happens_to_the_world():
    async with opened(control=True) as meta, meta.watch("/regions:watch?type=STATELESS") as read:
        first = (await read())["result"]
        assert first["isCurrent"] is True
        assert first["snapshotSize"] == "-1"
        stream = meta.region("WatchRegions", type=1)
        await asyncio.wait_for(stream.read(), 5)
        await meta.start(CONTROL, "InjectFault", fault={"kind": "grid_outage"})
        assert (await meta.start(CONTROL, "Barrier")).streams == 2
        (change,) = (await read())["result"]["regionChanges"]
        labels = change["current"]["region"]["metadata"]["labels"]
        assert labels["grid"] == "outage"
        (change,) = (await asyncio.wait_for(stream.read(), 5)).region_changes
        assert dict(change.current.region.metadata.labels) == labels
        stats = await meta.start(CONTROL, "GetStats")
        assert stats.open_streams == 2
        assert stats.calls["/ntt.meta.v1alpha2.RegionService/WatchRegions"] == 2
        assert stats.changes_committed >= 2
        stream.cancel()


async def test_a_moved_clock_starts_dispatches_that_watches_see():
    evening_us = 1_780_336_800_000_000
    async with (
        opened(control=True, start_us=evening_us - 60_000_000) as meta,
        meta.watch("/regions/plain/deployments:watch?type=STATELESS") as read,
    ):
        await read()
        await meta.start(CONTROL, "AdvanceClock", by={"seconds": 60})
        (change,) = (await read())["result"]["deploymentChanges"]
        assert change["current"]["deployment"]["metadata"]["labels"]["running"] == "1"


async def test_a_reset_ends_watches_and_shows_the_new_site():
    async with opened(control=True) as meta, meta.watch("/regions:watch?type=STATELESS") as read:
        await read()
        await meta.start(CONTROL, "Reset", scenario="commercial")
        assert (await read())["error"]["message"] == "the world was reset"
        reply = (await meta.http.get(f"{V}/regions?view=NAME")).json()
        assert [each["name"] for each in reply["regions"]] == ["regions/commercial"]


async def test_streams_of_one_api_are_dropped():
    async with opened(control=True) as meta, meta.watch("/services:watch?type=STATELESS") as read:
        await read()
        assert (await meta.start(CONTROL, "DropStreams", service="dispatch")).dropped == 0
        assert (await meta.start(CONTROL, "DropStreams", service="meta", code=13)).dropped == 1
        assert (await read())["error"]["status"] == "INTERNAL"
        code, text = await refusal(meta.start(CONTROL, "DropStreams", service="mata"))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert "did you mean 'meta'?" in text


async def test_stopping_ends_watches_of_both_doors():
    async with opened() as meta, meta.watch("/regions:watch?type=STATELESS") as read:
        await read()
        stream = meta.region("WatchRegions")
        await asyncio.wait_for(stream.initial_metadata(), 5)
        meta.host.stop()
        assert (await read())["error"] == {
            "code": 14,
            "message": "the server is shutting down",
            "details": [],
            "status": "UNAVAILABLE",
        }
        await asyncio.wait_for(meta.server.task, 10)


async def test_a_client_that_leaves_frees_its_watch():
    async with opened() as meta:
        for _ in range(20):
            async with meta.watch("/regions:watch?type=STATELESS") as read:
                await read()
        await until(lambda: len(meta.host.streams) == 0)


async def test_a_reader_over_http_that_stops_reading_holds_up_nobody():
    async with opened() as meta:
        host, port = meta.server.http.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"POST {V}/regions:watch?type=STATELESS HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await asyncio.wait_for(reader.readuntil(b"isCurrent"), 5)
        reader._transport.pause_reading()
        registry = meta.host.history.meta.registry
        kind = META.message("ntt.meta.v1alpha2.Region")
        async with meta.watch("/regions:watch?type=STATELESS") as read:
            await read()
            for index in range(200):
                large = kind(name="regions/big", title=f"{index}" + "x" * 30_000)
                registry.apply([Upsert(message=large)])
                await asyncio.sleep(0)
            last = ""
            while not last.startswith("199"):
                (change,) = (await read())["result"]["regionChanges"]
                last = change["current"]["region"]["title"]
        writer.close()
        await until(lambda: len(meta.host.streams) == 0)


async def test_stopping_cuts_off_a_reader_that_does_not_read(monkeypatch, caplog):
    monkeypatch.setattr("simulator.server.host.GRACE_S", 0.3)
    async with opened() as meta:
        host, port = meta.server.http.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"POST {V}/regions:watch?type=STATELESS HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await asyncio.wait_for(reader.readuntil(b"isCurrent"), 5)
        reader._transport.pause_reading()
        kind = META.message("ntt.meta.v1alpha2.Region")
        (stream,) = meta.host.streams
        while stream.pending < 50:
            large = kind(name="regions/big", title=f"{stream.pending}" + "x" * 30_000)
            meta.host.history.meta.registry.apply([Upsert(message=large)])
            await asyncio.sleep(0.001)
        meta.host.stop()
        await asyncio.wait_for(meta.server.task, 10)
        writer.close()
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("key", "verb", "path", "expected"),
    [
        (None, "GET", "/regions", 401),
        ("nobody", "GET", "/regions", 401),
        ("all", "GET", "/regions", 200),
        ("getter", "GET", "/regions/plain", 200),
        ("getter", "GET", "/regions", 403),
        ("getter", "POST", "/regions:watch", 403),
        ("writer", "GET", "/regions", 403),
    ],
)
async def test_keys_and_permissions(key, verb, path, expected):
    access = Access(
        keys=(
            Key(key="all"),
            Key(key="getter", permissions=(f"{PERMISSIONS}/*.get",)),
            Key(key="writer", rights=frozenset({Right.WRITE})),
        ),
        sign_secret="of the dispatch API",
    )
    status = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
    async with opened(access=access) as meta:
        for headers in ({"authorization": f"Bearer {key}"}, {"key": str(key)}) if key else ({},):
            response = await meta.http.request(verb, V + path, headers=headers)
            assert response.status_code == expected
            name = {"/regions": "ListRegions", "/regions/plain": "GetRegion"}.get(
                path, "WatchRegions"
            )
            fields = {"name": "regions/plain"} if name == "GetRegion" else {}
            call = meta.region(name, tuple(headers.items()), **fields)
            if expected == 200:
                await call
            else:
                code, _ = await refusal(call.read() if name == "WatchRegions" else call)
                assert code is grpc.StatusCode[status[expected]]


async def test_reflection_and_health_cover_all_services():
    async with opened(control=True) as meta:

        def ask():
            with grpc.insecure_channel(meta.server.address) as channel:
                names = ProtoReflectionDescriptorDatabase(channel).get_services()
                stub = health_pb2_grpc.HealthStub(channel)
                serving_names = [
                    name
                    for name in names
                    if not name.startswith("grpc.")
                    and stub.Check(health_pb2.HealthCheckRequest(service=name)).status == 1
                ]
                contracts = [from_reflection(channel, name) for name in (*SERVICES, CONTROL, HOOK)]
            return serving_names, contracts

        names, contracts = await asyncio.to_thread(ask)
    assert set(names) >= {
        *SERVICES,
        CONTROL,
        HOOK,
        "frequenz.api.dispatch.v1.MicrogridDispatchService",
    }
    for service, contract in zip(SERVICES, contracts, strict=False):
        ours, theirs = META.methods(service), contract.methods(service)
        assert {name: method.rules for name, method in ours.items()} == {
            name: method.rules for name, method in theirs.items()
        }


async def test_the_hook_writes_what_both_doors_show():
    async with opened(control=True) as meta, meta.watch("/regions:watch?type=STATELESS") as read:
        await read()
        capabilities = (await meta.start(HOOK, "GetCapabilities")).capabilities
        assert {"mutate", "atomic", "barrier", "clock"} <= set(capabilities)
        await meta.start(HOOK, "Upsert", resource={"name": "regions/b7", "title": "B"})
        assert (await meta.start(HOOK, "Barrier")).stalled == 0
        (change,) = (await read())["result"]["regionChanges"]
        assert change["current"]["region"]["title"] == "B"
        await meta.start(HOOK, "Reset", fixture="empty")
        assert (await meta.http.get(f"{V}/services")).json()["services"] == []
        # What happens to the world does not bring back what the hook has removed.
        await meta.start(CONTROL, "InjectFault", fault={"kind": "grid_outage"})
        assert (await meta.http.get(f"{V}/regions")).json()["regions"] == []
        await meta.start(HOOK, "Reset", fixture="default")
        (region,) = (await meta.http.get(f"{V}/regions")).json()["regions"]
        assert region["metadata"]["labels"]["grid"] == "outage"


async def test_the_hook_ends_a_tagged_watch_over_http():
    tag = {"x-gridproof-tag": "mine"}
    async with (
        opened(control=True) as meta,
        meta.watch("/regions:watch?type=STATELESS", headers=tag) as read,
        meta.watch("/regions:watch?type=STATELESS") as other,
    ):
        await read()
        await other()
        fault = {"fault": "drop_stream", "tag": "mine", "code": 0}
        assert (await meta.start(HOOK, "InjectFault", **fault)).watches == 1
        with pytest.raises(StopAsyncIteration):
            await read()
        assert len(meta.host.streams) == 1
        await meta.start(HOOK, "InjectFault", fault="drop_stream", code=14)
        assert (await other())["error"]["status"] == "UNAVAILABLE"


async def test_apis_are_chosen():
    async with opened(services=("meta",)) as meta:
        code, _ = await refusal(
            meta._channel.unary_unary(
                "/frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"
            )(b"")
        )
        assert code is grpc.StatusCode.UNIMPLEMENTED
        assert "frequenz" not in (await meta.http.get("/")).text
        reply = (await meta.http.get(f"{V}/services")).json()
        assert [each["name"] for each in reply["services"]] == ["services/meta.gridproof.dev"]
    async with opened(services=("dispatch",)) as meta:
        assert (await meta.http.get(f"{V}/services")).status_code == 404
        code, _ = await refusal(meta.region("ListRegions"))
        assert code is grpc.StatusCode.UNIMPLEMENTED


async def test_quirks_reach_the_service():
    async with (
        opened(quirks={"meta": ("size-zero-by-default",)}) as meta,
        meta.watch("/regions:watch?type=STATELESS") as read,
    ):
        assert (await read())["result"]["snapshotSize"] == "0"


async def test_a_running_clock_alone_makes_no_changes():
    async with opened(factor=3600.0, start_us=START_US) as meta:
        registry = meta.host.history.meta.registry
        world = meta.host.history.site.world
        await until(lambda: world.now_us > START_US + 600_000_000)
        assert registry.revision == 1


async def test_drops_are_told_with_their_own_reason():
    async with opened() as meta, meta.watch("/regions:watch?type=STATELESS") as read:
        await read()
        meta.host.streams.end_all(ServiceError(Code.ABORTED, "because"), "meta")
        assert (await read())["error"]["message"] == "because"
