"""The services API as a whole server carries it: over one world, in its time."""

import asyncio
import json
from functools import partial

import grpc
import pytest

from fixtures.contracts import from_reflection, load
from simulator.server.auth import Access, Key
from simulator.services.rpc import Right

from .loopback import START_US, opened, refusal, until

V1, V0 = load("services", "v1"), load("services", "v0")
NAMES = {"smartcore.bos.services.v1.ServicesApi": V1, "smartcore.bos.ServicesApi": V0}
NEW, OLD = NAMES
S_US = 1_000_000


def call(caller, method, name=NEW, /, **fields):
    fields = {"name": "scratch", **fields}
    return caller.start(NAMES[name], name, method, **fields)


async def make(caller, *, active=False, **config):
    asked = {"type": "mock", "active": active, "config_raw": json.dumps(config)}
    return await call(caller, "CreateService", service=asked)


def us(timestamp):
    return timestamp.seconds * S_US + timestamp.nanos // 1000 - START_US


async def read(stream):
    return (await asyncio.wait_for(stream.read(), 10)).changes


async def test_both_package_names_lead_to_one_collection():
    async with opened() as caller:
        made = await call(
            caller, "CreateService", name="gridproof/scratch", service={"type": "mock"}
        )
        for service in NAMES:
            listed = await call(caller, "ListServices", service)
            assert [each.id for each in listed.services] == [made.id]
            stream = call(caller, "PullServices", service, name="gridproof/scratch")
            (change,) = await read(stream)
            assert (change.name, change.type, change.new_value.id) == (
                "gridproof/scratch",
                1,
                made.id,
            )
            stream.cancel()
        for name, code in (
            ("", grpc.StatusCode.UNIMPLEMENTED),
            ("gridproof", grpc.StatusCode.UNIMPLEMENTED),
            ("zones", grpc.StatusCode.NOT_FOUND),
        ):
            assert (await refusal(call(caller, "ListServices", name=name)))[0] is code
            stream = call(caller, "PullServices", name=name)
            assert (await refusal(stream.read()))[0] is code


async def test_loads_and_retries_take_the_time_of_the_world():
    async with opened(control=True) as caller:
        fault = {"loadDelay": "2s", "failAttempts": 2, "retry": {"initial": "3s", "factor": 2}}
        made = await make(caller, active=True, fault=fault)
        assert made.loading
        stream = call(caller, "PullService", id=made.id, updates_only=True)
        await stream.initial_metadata()
        get = partial(call, caller, "GetService", id=made.id)
        await asyncio.sleep(0.2)
        assert (await get()).loading
        # 2 s of loading, 3 s of waiting, 2 s, 6 s, 2 s.
        await caller.control("AdvanceClock", by={"seconds": 6})
        state = await get()
        assert (state.failed_attempts, state.loading) == (1, True)
        await caller.control("AdvanceClock", by={"seconds": 60})
        state = await get()
        assert (state.loading, state.error, us(state.last_loading_end_time)) == (
            False,
            "",
            15 * S_US,
        )
        times = []
        while True:
            changes = await read(stream)
            times += [us(each.change_time) for each in changes]
            if not changes[-1].service.loading:
                break
        assert times == sorted(times)
        assert {2 * S_US, 5 * S_US, 7 * S_US, 13 * S_US, 15 * S_US} >= set(times)
        assert times[-1] == 15 * S_US


async def test_a_running_clock_ends_loads_by_itself():
    async with opened(factor=100.0) as caller:
        made = await make(caller, active=True, fault={"loadDelay": "5s"})
        stream = call(caller, "PullService", id=made.id)
        while (await read(stream))[-1].service.loading:
            pass
        state = await call(caller, "GetService", id=made.id)
        loaded = us(state.last_loading_end_time) - us(state.last_loading_start_time)
        assert loaded == 5 * S_US
        stream.cancel()


async def test_a_stopped_battery_driver_takes_the_battery_out_of_control():
    async with opened(control=True) as caller:
        services = (await call(caller, "ListServices", name="drivers")).services
        assert all(each.active and not each.error for each in services)
        assert {us(each.last_active_time) for each in services} == {0}
        assert "battery-5" in [each.id for each in services]
        start = {"seconds": START_US // S_US + 60}
        await caller.start(
            load("dispatch"),
            "frequenz.api.dispatch.v1.MicrogridDispatchService",
            "CreateMicrogridDispatch",
            microgrid_id=caller.host.history.site.microgrid_id,
            dispatch_data={
                "type": "sim.power",
                "start_time": start,
                "duration": 3600,
                "target": {"component_ids": {"ids": [5]}},
                "is_active": True,
                "payload": {"target_power_w": 1000.0},
            },
        )
        await caller.control("AdvanceClock", by={"seconds": 120})
        assert await power(caller) != 0
        await call(caller, "StopService", name="drivers", id="battery-5")
        assert await power(caller) == 0
        await caller.control("AdvanceClock", by={"seconds": 120})
        assert await power(caller) == 0
        await call(caller, "StartService", name="drivers", id="battery-5")
        assert await power(caller) != 0


async def power(caller):
    (reading,) = (await caller.control("GetReadings", component_ids=[5])).readings
    return reading.values["power_w"]


async def test_a_reset_ends_streams_and_begins_the_same_services_anew():
    async with opened(control=True) as caller:
        before = await call(caller, "ListServices", name="drivers")
        first = (await make(caller, fault={})).id
        await call(caller, "StopService", name="drivers", id="battery-5")
        slow = await make(caller, active=True, fault={"loadDelay": "5s"})
        streams = [
            call(caller, method, id=slow.id) if method == "PullService" else call(caller, method)
            for method in ("PullService", "PullServices", "PullServiceMetadata")
        ]
        for stream in streams:
            assert await read(stream)
        committed = (await caller.control("GetStats")).changes_committed
        await caller.control("Reset")
        for stream in streams:
            assert await refusal(stream.read()) == (
                grpc.StatusCode.UNAVAILABLE,
                "the world was reset",
            )
        assert await call(caller, "ListServices", name="drivers") == before
        assert (await call(caller, "ListServices")).total_size == 0
        assert (await make(caller, fault={})).id == first
        await caller.control("AdvanceClock", by={"seconds": 60})
        assert (await call(caller, "ListServices")).total_size == 1
        assert (await caller.control("GetStats")).changes_committed > committed


async def test_streams_of_this_api_are_dropped_and_waited_for():
    async with opened(control=True) as caller:
        streams = [call(caller, "PullServices", service) for service in NAMES]
        for stream in streams:
            await stream.initial_metadata()
        await make(caller)
        assert (await caller.control("Barrier")).streams == 2
        for stream in streams:
            assert len(await read(stream)) == 1
        assert (await caller.control("DropStreams", service="services")).dropped == 2
        for stream in streams:
            assert (await refusal(stream.read()))[0] is grpc.StatusCode.UNAVAILABLE


async def test_a_deleted_service_ends_its_stream_well():
    async with opened() as caller:
        made = await make(caller)
        stream = call(caller, "PullService", id=made.id)
        assert await read(stream)
        await call(caller, "DeleteService", id=made.id)
        while (message := await asyncio.wait_for(stream.read(), 10)) is not grpc.aio.EOF:
            assert message.changes
        assert await stream.code() is grpc.StatusCode.OK


@pytest.mark.parametrize(
    ("quirk", "served"), [("only-v1", {NEW}), ("only-v0", {OLD}), ("sc-bos", {NEW, OLD})]
)
async def test_either_package_name_can_be_served_alone(quirk, served):
    async with opened(quirks={"services": (quirk,)}) as caller:
        for service in NAMES:
            if service in served:
                await call(caller, "ListServices", service)
                continue
            code, _ = await refusal(call(caller, "ListServices", service))
            assert code is grpc.StatusCode.UNIMPLEMENTED
        names = await asyncio.to_thread(reflected, caller.server.address, sorted(served))
        assert {each for each in names if each.startswith("smartcore")} == served


def reflected(address, services):
    with grpc.insecure_channel(address) as channel:
        return from_reflection(channel, *services).services


READS = ("GetService", "ListServices", "GetServiceMetadata", "PullService", "PullServices")
WRITES = ("CreateService", "DeleteService", "ConfigureService", "StartService", "StopService")
ACCESS = Access(
    keys=(
        Key(key="admin"),
        Key(key="viewer", rights=frozenset({Right.READ})),
        Key(
            key="operator",
            permissions=tuple(
                f"smartcore.bos.services.{each}*" for each in ("Get", "List", "Pull", "St")
            ),
        ),
        Key(key="tenant", tenants=frozenset({"t1"})),
    )
)


@pytest.mark.parametrize(
    ("key", "granted"),
    [
        ("admin", {*READS, *WRITES}),
        ("viewer", {*READS}),
        ("operator", {*READS, "StartService", "StopService"}),
        ("tenant", set()),
    ],
)
async def test_keys_grant_what_their_bearers_do(key, granted):
    async with opened(access=ACCESS) as caller:
        caller.metadata = [("authorization", "Bearer admin")]
        made = await make(caller)
        caller.metadata = [("authorization", f"Bearer {key}")]
        for service in NAMES:
            for method in READS:
                started = call(caller, method, service, **ids(method, made.id))
                denied = await is_denied(started.read() if "Pull" in method else started)
                started.cancel()
                assert denied is (method not in granted), method
            for method in WRITES:
                # Without an id, so that it is refused for that at the latest.
                assert await is_denied(call(caller, method, service)) is (method not in granted)


def ids(method, service_id):
    return {"id": service_id} if method in ("GetService", "PullService") else {}


async def is_denied(awaitable):
    try:
        await asyncio.wait_for(awaitable, 20)
    except grpc.aio.AioRpcError as error:
        return error.code() is grpc.StatusCode.PERMISSION_DENIED
    return False


async def test_what_is_served_shows_on_the_page_and_in_the_registry():
    async with opened(services=("meta", "services")) as caller:
        await call(caller, "ListServices", OLD)
        page = (await caller.http.get("/")).text
        assert NEW in page
        assert OLD in page
        assert f'method="/{OLD}/ListServices"' in (await caller.http.get("/metrics")).text
        found = (await caller.http.get("/v1alpha2/services")).json()["services"]
        assert [each["name"] for each in found] == [
            "services/meta.gridproof.dev",
            "services/services.gridproof.dev",
        ]
    async with opened(services=("meta",)) as caller:
        code, _ = await refusal(call(caller, "ListServices"))
        assert code is grpc.StatusCode.UNIMPLEMENTED


async def test_a_client_that_leaves_frees_its_pull():
    async with opened() as caller:
        stream = call(caller, "PullServiceMetadata")
        assert await read(stream)
        assert len(caller.host.streams) == 1
        stream.cancel()
        await until(lambda: len(caller.host.streams) == 0)
