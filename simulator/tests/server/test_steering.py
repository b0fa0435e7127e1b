"""The control API over the wire: its dialect (services.control) and what the host does for it."""

import asyncio

import grpc
import pytest

from simulator.services.control import CONTRACT
from simulator.services.control import SERVICE as CONTROL
from simulator.services.structs import write_struct

from .loopback import GRID, START_US, Client, connected, refusal

INVALID = grpc.StatusCode.INVALID_ARGUMENT
HOME = 1
"""The microgrid of the scenario that is served."""


def struct(values):
    message = CONTRACT.message("google.protobuf.Struct")()
    write_struct(values, message)
    return message


@pytest.fixture
async def pair():
    """The control API and the dispatch API of one server with a manual clock."""
    async with connected(control=True) as client:
        yield Client(client.channel, service=CONTROL), client


def seconds(clock):
    return clock.now.seconds - START_US // 1_000_000


async def test_the_control_api_is_off_unless_asked_for(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        code, _ = await refusal(Client(channel, service=CONTROL).call("GetClock"))
        assert code is grpc.StatusCode.UNIMPLEMENTED


class TestClock:
    async def test_it_stands_until_it_is_advanced(self, pair):
        control, client = pair
        assert seconds(await control.call("GetClock")) == 0
        moved = await control.call("AdvanceClock", by={"seconds": 90, "nanos": 500_000_000})
        assert (seconds(moved), moved.now.nanos, moved.mode) == (90, 500_000_000, 3)
        to = {"seconds": START_US // 1_000_000 + 86_400}
        assert seconds(await control.call("AdvanceClock", to=to)) == 86_400
        created = await client.create(start_time={"seconds": to["seconds"] + 60})
        assert created.metadata.create_time.seconds == to["seconds"]

    async def test_modes_change(self, pair):
        control, _ = pair
        assert (await control.call("SetClock", mode=2, factor=60.0)).factor == 60.0
        code, text = await refusal(control.call("AdvanceClock", by={"seconds": 1}))
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert "the clock is scaled" in text
        assert (await control.call("SetClock", mode=1)).mode == 1
        assert (await control.call("SetClock", mode=3)).mode == 3

    IMPOSSIBLE = (
        ("SetClock", {}, "mode: 0 is no mode"),
        ("SetClock", {"mode": 9}, "mode: 9 is no mode"),
        ("SetClock", {"mode": 2}, "factor: 0.0 is not above 0"),
        ("SetClock", {"mode": 2, "factor": float("nan")}, "factor: nan"),
        ("SetClock", {"mode": 2, "factor": 1e9}, "at most 1e"),
        ("AdvanceClock", {}, "step: is not set"),
        ("AdvanceClock", {"by": {"seconds": -1}}, "by: -1 s is not a duration"),
        ("AdvanceClock", {"by": {"nanos": -1}}, "is not a duration"),
        ("AdvanceClock", {"by": {"seconds": 300_000_000_000}}, "beyond the year 9999"),
        ("AdvanceClock", {"to": {"seconds": 5}}, "never goes back"),
        ("AdvanceClock", {"to": {"seconds": 2**60}}, "years 1 to 9999"),
    )

    async def test_what_cannot_be_meant_is_refused(self, pair):
        for method, fields, expected in self.IMPOSSIBLE:
            code, text = await refusal(pair[0].call(method, **fields))
            assert code is INVALID
            assert expected in text


async def test_dispatches_act_on_the_world_and_readings_show_it(pair):
    control, client = pair
    payload = client.data().payload
    write_struct({"power_w": 2000.0}, payload)
    start = {"seconds": START_US // 1_000_000 + 60}
    target = {"component_ids": {"ids": [4]}}
    await client.create(
        HOME, type="set_power", start_time=start, duration=600, target=target, payload=payload
    )

    async def power():
        readings = (await control.call("GetReadings", component_ids=[4])).readings
        return readings[0].values["power_w"]

    await control.call("AdvanceClock", by={"seconds": 59})
    before = await power()
    await control.call("AdvanceClock", by={"seconds": 30})
    assert await power() == 2000.0 != before
    await control.call("AdvanceClock", by={"seconds": 700})
    assert await power() != 2000.0


async def test_readings_of_all_components_and_of_unknown_ones(pair):
    control, _ = pair
    readings = (await control.call("GetReadings")).readings
    assert [each.component_id for each in readings] == sorted(
        each.component_id for each in readings
    )
    assert {each.category for each in readings} >= {"meter", "inverter", "battery"}
    code, text = await refusal(control.call("GetReadings", component_ids=[2, 99]))
    assert (code, text) == (
        grpc.StatusCode.NOT_FOUND,
        "component_ids: the site has no component 99",
    )


class TestReset:
    async def test_everything_is_dropped(self, pair):
        control, client = pair
        stream = await client.stream()
        await client.create()
        await control.call("AdvanceClock", by={"seconds": 90})
        reply = await control.call("Reset", seed=7, start={"seconds": 1_700_000_000})
        assert (reply.scenario, reply.seed, reply.start.seconds) == ("plain", 7, 1_700_000_000)
        assert (await control.call("GetClock")).now.seconds == 1_700_000_000
        assert (await asyncio.wait_for(stream.read(), 5)).event == 1
        code, text = await refusal(asyncio.wait_for(stream.read(), 5))
        assert (code, text) == (grpc.StatusCode.UNAVAILABLE, "the world was reset")
        listed = await client.call("ListMicrogridDispatches", microgrid_id=GRID)
        assert listed.pagination_info.total_items == 0
        assert (await control.call("Reset")).seed == 7

    async def test_a_new_stream_sees_the_new_history(self, pair):
        control, client = pair
        await control.call("Reset")
        stream = await client.stream()
        created = await client.create()
        assert (await asyncio.wait_for(stream.read(), 5)).dispatch == created
        stream.cancel()

    async def test_another_scenario_is_served(self, pair):
        control, _ = pair
        assert (await control.call("Reset", scenario="commercial")).scenario == "commercial"
        assert len((await control.call("GetReadings")).readings) > 5

    async def test_an_unknown_scenario_changes_nothing(self, pair):
        control, client = pair
        created = await client.create()
        code, text = await refusal(control.call("Reset", scenario="nosuch"))
        assert code is INVALID
        assert "nosuch" in text
        listed = await client.call("ListMicrogridDispatches", microgrid_id=GRID)
        assert list(listed.dispatches) == [created]


class TestFaults:
    async def test_injected_listed_cleared(self, pair):
        control, _ = pair
        derate = {
            "kind": "inverter_derate",
            "component_ids": [4],
            "parameters": struct({"factor": 0.5}),
        }
        fault = (await control.call("InjectFault", fault=derate)).fault
        assert fault.since.seconds == START_US // 1_000_000
        assert fault.parameters.fields["factor"].number_value == 0.5
        assert list((await control.call("ListFaults")).faults) == [fault]
        await control.call("ClearFault", id=fault.id)
        assert not (await control.call("ListFaults")).faults
        code, _ = await refusal(control.call("ClearFault", id=fault.id))
        assert code is grpc.StatusCode.NOT_FOUND

    async def test_a_duration_ends_it(self, pair):
        control, _ = pair
        await control.call("InjectFault", fault={"kind": "grid_outage"}, duration={"seconds": 30})
        await control.call("AdvanceClock", by={"seconds": 31})
        assert not (await control.call("ListFaults")).faults

    IMPOSSIBLE = (
        ({"kind": "meter_drop"}, "did you mean 'meter_dropout'?"),
        ({}, "there is no ''"),
        ({"kind": "meter_dropout"}, "expected component ids"),
        ({"kind": "meter_dropout", "component_ids": [99]}, "no component [99]"),
        ({"kind": "grid_outage", "component_ids": [2]}, "no component ids"),
        (
            {
                "kind": "meter_bias",
                "component_ids": [2],
                "parameters": struct({"factor": 1}),
            },
            "meter_bias takes only gain",
        ),
        (
            {
                "kind": "meter_bias",
                "component_ids": [2],
                "parameters": struct({"gain": "x"}),
            },
            "fault.parameters.gain: 'x' is of another type",
        ),
        (
            {
                "kind": "inverter_derate",
                "component_ids": [4],
                "parameters": struct({"factor": 2}),
            },
            "expected a factor of 0 to 1",
        ),
    )

    async def test_impossible_ones_are_refused(self, pair):
        for fault, expected in self.IMPOSSIBLE:
            code, text = await refusal(pair[0].call("InjectFault", fault=fault))
            assert code is INVALID
            assert expected in text


class TestStreams:
    async def test_barrier_and_drop(self, pair):
        control, client = pair
        streams = [await client.stream() for _ in range(3)]
        await client.create()
        assert (await control.call("Barrier")).streams == 3
        dropped = await control.call("DropStreams", service="dispatch", code=13)
        assert dropped.dropped == 3
        for stream in streams:
            assert (await asyncio.wait_for(stream.read(), 5)).event == 1
            code, _ = await refusal(asyncio.wait_for(stream.read(), 5))
            assert code is grpc.StatusCode.INTERNAL
        assert (await control.call("DropStreams")).dropped == 0

    IMPOSSIBLE = (
        ({"service": "dispach"}, "did you mean 'dispatch'?"),
        ({"code": 1}, "code: 1 is no status"),
        ({"code": 99}, "code: 99 is no status"),
    )

    async def test_impossible_drops_are_refused(self, pair):
        for fields, expected in self.IMPOSSIBLE:
            code, text = await refusal(pair[0].call("DropStreams", **fields))
            assert code is INVALID
            assert expected in text


async def test_counters(pair):
    control, client = pair
    stream = await client.stream()
    await client.create()
    stats = await control.call("GetStats")
    assert stats.open_streams == 1
    assert stats.changes_committed >= 1
    assert stats.rss_bytes > 10_000_000
    path = "/frequenz.api.dispatch.v1.MicrogridDispatchService/CreateMicrogridDispatch"
    assert stats.calls[path] == 1
    stream.cancel()
