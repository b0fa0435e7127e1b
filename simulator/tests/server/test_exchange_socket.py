"""Subscriptions over the real-time WebSocket, the way AppSync speaks it."""

import json
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fixtures.contracts import load
from simulator.services.control import SERVICE as CONTROL

from .exchange_client import Enum, Person, Refused, Socket, exchange, opened
from .loopback import until
from .test_exchange_operations import record


def publishes(database, asset="asset"):
    return (
        f"subscription {{ onTimeSeriesDbPublish(timeSeriesDbId: {json.dumps(database)}, "
        f"assetId: {json.dumps(asset)}) {{ assetId attributes {{ name lastValue }} }} }}"
    )


async def test_the_subprotocol_and_the_acknowledgement():
    async with exchange() as (_, owner), owner.raw_socket() as connection:
        assert connection.subprotocol == "graphql-ws"
        await connection.send('{"type": "connection_init"}')
        acknowledged = json.loads(await connection.recv())
        assert acknowledged["payload"]["connectionTimeoutMs"] == 300_000
        assert json.loads(await connection.recv()) == {"type": "ka"}


async def test_a_bad_header_is_refused_before_any_data():
    headers = (
        {"host": "h", "Authorization": "nobody"},
        {"host": "h", "Authorization": "expired"},
        {"host": "h"},
        {"Authorization": "owner"},
        {"host": "h", "Authorization": 5},
        ["owner"],
        "owner",
    )
    async with exchange() as (_, owner):
        for header in headers:
            async with owner.raw_socket(header=header) as connection:
                await connection.send('{"type": "connection_init"}')
                refused = json.loads(await connection.recv())
                assert refused["type"] == "connection_error"
                (error,) = refused["payload"]["errors"]
                assert error["errorType"] == "UnauthorizedException"
                with pytest.raises(ConnectionClosed):
                    await connection.recv()


async def test_other_subprotocols_and_other_paths_are_refused():
    async with exchange() as (_, owner):
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{urlsplit(owner.url).netloc}/graphql", subprotocols=["x"])
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{urlsplit(owner.url).netloc}/other", subprotocols=["graphql-ws"])


async def test_events_of_several_subscriptions_and_of_no_other_topic():
    async with exchange() as (_, owner), owner.socket() as socket:
        database = (await owner.database())["timeSeriesDbId"]
        await socket.subscribe("a", publishes(database, "x"))
        await socket.subscribe("b", publishes(database, "y"))
        await owner.publish("y", record("SOC", "1"))
        await owner.publish("z", record("SOC", "2"))
        await owner.publish("x", record("SOC", "3"))
        events = [await socket.next() for _ in range(2)]
        assert [each["id"] for each in events] == ["b", "a"]
        value = events[1]["payload"]["data"]["onTimeSeriesDbPublish"]
        assert value == {"assetId": "x", "attributes": [{"name": "SOC", "lastValue": "3.0"}]}
        await socket.send(type="stop", id="a")
        assert await socket.next() == {"type": "complete", "id": "a"}
        await owner.publish("x", record("SOC", "4", 1))
        await owner.publish("y", record("SOC", "5", 1))
        assert (await socket.next())["id"] == "b"


async def test_an_upload_is_told_also_to_who_comes_late():
    async with exchange() as (_, owner), owner.socket() as socket:
        store = await owner.store()
        made = await owner.call(
            "storage_createDataStoreFile", "{ url uploadId }", name="f", fileExtension="", **store
        )
        document = (
            f"subscription {{ onNotifyUploadComplete(uploadId: {json.dumps(made['uploadId'])}) "
            "{ uploadId httpStatusCode } }"
        )
        await socket.subscribe("early", document)
        await owner.http.put(made["url"], content=b"x")
        told = {"uploadId": made["uploadId"], "httpStatusCode": 200}
        assert (await socket.next())["payload"]["data"] == {"onNotifyUploadComplete": told}
        await socket.subscribe("late", document)
        assert (await socket.next())["payload"]["data"] == {"onNotifyUploadComplete": told}


async def test_start_right_after_init_and_variables_are_taken():
    async with exchange() as (_, owner), owner.raw_socket() as connection:
        socket = Socket(connection, owner)
        database = (await owner.database())["timeSeriesDbId"]
        await socket.send(type="connection_init")
        await socket.start(
            "s",
            "subscription n($d: ID!) { onTimeSeriesDbPublish(timeSeriesDbId: $d, assetId: 5)"
            " { assetId } }",
            variables={"d": database},
            operationName="n",
        )
        assert (await socket.next())["type"] == "connection_ack"
        assert (await socket.next()) == {"type": "start_ack", "id": "s"}
        await owner.publish("5", record("SOC", "1"))
        event = await socket.next()
        assert event["payload"] == {"data": {"onTimeSeriesDbPublish": {"assetId": "5"}}}


async def refused(socket):
    answer = await socket.next()
    assert answer["type"] == "error", answer
    (error,) = answer["payload"]["errors"]
    assert error["message"]
    return answer.get("id"), error["errorType"]


async def test_what_cannot_be_started_is_an_error_of_that_id():
    async with exchange() as (_, owner), owner.socket() as socket:
        database = (await owner.database())["timeSeriesDbId"]
        good = publishes(database)
        await socket.subscribe("s", good)
        await socket.start("s", good)
        assert await refused(socket) == ("s", "DuplicatedOperationError")
        await socket.start("t", good, token="nobody")
        assert await refused(socket) == ("t", "UnauthorizedException")
        await socket.start("t", good, token="outsider")
        assert await refused(socket) == ("t", "Unauthorized")
        await socket.start("t", "{ __typename }")
        assert await refused(socket) == ("t", "ValidationError")
        await socket.start("t", "subscription { nothing }")
        assert await refused(socket) == ("t", "ValidationError")
        await socket.start("t", good + "}")
        assert await refused(socket) == ("t", "ValidationError")
        await socket.send(type="start", id="t", payload={"data": good})
        assert await refused(socket) == ("t", "UnauthorizedException")
        await socket.send(type="stop", id="never")
        assert await refused(socket) == ("never", "UnknownOperationError")
        with pytest.raises(Refused):
            await owner.run(good)
        await owner.publish("asset", record("SOC", "1"))
        assert (await socket.next())["id"] == "s"


async def test_garbage_is_told_and_does_no_harm():
    frames = ("", "garbage", "[]", "5", '{"type": "start"}', '{"id": 5}', "[" * 5000, b"\x00", b"")
    async with exchange() as (_, owner), owner.socket() as socket:
        for frame in frames:
            await socket.connection.send(frame)
            assert (await refused(socket)) == (None, "UnsupportedOperation")
        await socket.subscribe("s", publishes((await owner.database())["timeSeriesDbId"]))


async def test_a_frame_beyond_the_limit_closes_the_connection():
    async with exchange() as (_, owner):
        async with owner.socket() as socket:
            await socket.connection.send("x" * 300_000)
            with pytest.raises(ConnectionClosed):
                await socket.next()
        assert await owner.database()


async def test_who_loses_the_right_to_read_hears_no_more():
    async with exchange() as (_, owner):
        (group, *_) = await owner.call("collaborative_listCollaboratives", "{ collaborativeId }")
        database = await owner.call("timeSeriesDb_createDatabase", "{ timeSeriesDbId }", name="n")
        shared = {
            "collaborativeId": group["collaborativeId"],
            "serviceType": Enum("TIME_SERIES_DB"),
            "serviceId": database["timeSeriesDbId"],
        }
        await owner.call("collaborative_addServiceToCollaborative", "{ serviceId }", **shared)
        async with owner.other("read_only").socket() as socket:
            await socket.subscribe("s", publishes(database["timeSeriesDbId"]))
            await owner.publish("asset", record("SOC", "1"), database=database["timeSeriesDbId"])
            assert (await socket.next())["type"] == "data"
            await owner.call(
                "collaborative_removeServiceFromCollaborative", "{ serviceId }", **shared
            )
            await owner.publish("asset", record("SOC", "2", 1), database=database["timeSeriesDbId"])
            assert await refused(socket) == ("s", "Unauthorized")
            assert await socket.next() == {"type": "complete", "id": "s"}


async def test_subscriptions_are_streams_that_end_with_a_reset_and_when_they_are_dropped():
    async with opened(control=True, services=("exchange",)) as caller:
        owner = Person(caller.http, str(caller.server.http))
        async with owner.socket() as socket:
            document = publishes((await owner.database())["timeSeriesDbId"])
            await socket.subscribe("s", document)
            await until(lambda: len(caller.host.streams) == 1)
            assert (await caller.control("Barrier")).streams == 1
            dropped = await caller.control("DropStreams", service="exchange")
            assert dropped.dropped == 1
            assert await refused(socket) == ("s", "ServiceUnavailable")
            assert (await socket.next())["type"] == "complete"
            await socket.subscribe("s", document)
            await caller.start(load("control"), CONTROL, "Reset", seed=7)
            assert await refused(socket) == ("s", "ServiceUnavailable")
            assert (await owner.database())["timeSeriesDbId"] not in document


async def test_nothing_is_left_of_a_connection_that_breaks():
    async with exchange() as (server, owner):
        database = (await owner.database())["timeSeriesDbId"]
        async with owner.socket() as socket:
            for id_ in "abc":
                await socket.subscribe(id_, publishes(database))
            assert len(server.host.streams) == 3
            socket.connection.transport.abort()
        await until(lambda: len(server.host.streams) == 0)
        await owner.publish("asset", record("SOC", "1"))


async def test_a_server_that_stops_says_so():
    async with exchange() as (server, owner), owner.socket() as socket:
        await socket.subscribe("s", publishes((await owner.database())["timeSeriesDbId"]))
        server.host.stop()
        assert await refused(socket) == ("s", "ServiceUnavailable")
        assert (await socket.next())["type"] == "complete"
        with pytest.raises(ConnectionClosed):
            await socket.next()
