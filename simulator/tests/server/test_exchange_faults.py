"""Faults that the control API orders, and how they look from outside."""

import json

import grpc
import httpx
import pytest

from fixtures.contracts import load
from simulator.services.exchange_control import SERVICE

from .exchange_client import Person, opened
from .loopback import refusal
from .test_exchange_operations import record
from .test_exchange_socket import publishes

SESSION = "{ user_getUserSession { user { userId } } }"


class Steered:
    def __init__(self, caller):
        self.caller = caller
        self.owner = Person(caller.http, str(caller.server.http))

    def order(self, name, **fields):
        return self.caller.start(load("control"), SERVICE, name, **fields)

    async def inject(self, kind, **fields):
        return await self.order("Inject", fault={"kind": kind, **fields})


@pytest.fixture
async def steered():
    async with opened(control=True, services=("exchange",)) as caller:
        yield Steered(caller)


async def test_they_are_listed_and_cleared(steered):
    first = await steered.inject("delay", times=2, operation="user_getUserSession")
    second = await steered.inject("truncate")
    assert first.duration.seconds == 1
    assert list((await steered.order("List")).faults) == [first, second]
    await steered.order("Clear", id=first.id)
    assert list((await steered.order("List")).faults) == [second]
    await steered.order("Clear")
    assert not (await steered.order("List")).faults
    code, text = await refusal(steered.order("Clear", id=first.id))
    assert (code, text) == (grpc.StatusCode.NOT_FOUND, f"id: there is no fault {first.id}")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "dealy"}, "fault.kind: there is no 'dealy'; did you mean delay?"),
        ({"kind": "delay", "operation": "x"}, "fault.operation: there is no 'x'"),
        ({"kind": "delay", "duration": {"seconds": -1}}, "fault.duration"),
        ({"kind": "delay", "duration": {"seconds": 4000}}, "fault.duration"),
        ({"kind": "http_error", "status": 200}, "fault.status: 200 is not within 400 to 599"),
        ({"kind": "empty_pages", "pages": 101}, "fault.pages"),
    ],
)
async def test_what_cannot_be_meant_is_refused(steered, fault, text):
    code, told = await refusal(steered.order("Inject", fault=fault))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert told.startswith(text)


async def test_over_http_too(steered):
    http, url = steered.caller.http, "/control/v1/exchange/faults"
    made = (await http.post(url, json={"kind": "http_error", "times": 1, "status": 502})).json()
    assert (made["kind"], made["status"]) == ("http_error", 502)
    assert (await http.get(url)).json()["faults"] == [made]
    answer = await steered.owner.post({"query": SESSION})
    assert (answer.status_code, answer.json()["errors"][0]["errorType"]) == (502, "InternalFailure")
    assert (await steered.owner.post({"query": SESSION})).status_code == 200
    await steered.inject("delay")
    assert (await http.delete(f"{url}/2")).status_code == 200
    assert (await http.get(url)).json()["faults"] == []


async def test_answers_are_late_or_cut(steered):
    await steered.inject("delay", times=1, duration={"nanos": 200_000_000})
    answer = await steered.owner.post({"query": SESSION})
    assert answer.elapsed.total_seconds() >= 0.2
    await steered.inject("truncate", times=1, operation="user_getUserSession")
    assert await steered.owner.run("{ __typename }")
    with pytest.raises(httpx.RemoteProtocolError):
        await steered.owner.post({"query": SESSION})
    assert await steered.owner.run(SESSION)


async def test_uploads_are_refused_or_confirmed_late(steered):
    owner = steered.owner
    await steered.inject("refuse_upload", times=1)
    made = await owner.call(
        "storage_createDataStoreFile",
        "{ url itemId }",
        name="f",
        fileExtension="",
        **(await owner.store()),
    )
    assert (await owner.http.put(made["url"], content=b"x")).status_code == 403
    await steered.inject("late_confirmation", times=1, duration={"seconds": 60})
    assert (await owner.http.put(made["url"], content=b"x")).status_code == 200
    fields, key = "{ s3ConfirmedUpload }", {"dataStoreFileId": made["itemId"]}
    file = await owner.call("storage_getDataStoreFile", fields, **key)
    assert file == {"s3ConfirmedUpload": False}
    await steered.caller.control("AdvanceClock", by={"seconds": 61})
    file = await owner.call("storage_getDataStoreFile", fields, **key)
    assert file == {"s3ConfirmedUpload": True}


async def test_events_are_lost_or_late(steered):
    owner = steered.owner
    async with owner.socket() as socket:
        database = (await owner.database())["timeSeriesDbId"]
        await socket.subscribe("s", publishes(database))
        await steered.inject("lose_event", times=1, operation="onTimeSeriesDbPublish")
        await steered.inject("delay_event", times=1, duration={"nanos": 200_000_000})
        await owner.publish("asset", record("SOC", "1"))
        await owner.publish("asset", record("SOC", "2", 5))
        event = (await socket.next())["payload"]["data"]["onTimeSeriesDbPublish"]
        assert event["attributes"][0]["lastValue"] == "1.0"
        assert not (await steered.order("List")).faults


async def test_sql_begins_with_empty_pages(steered):
    owner = steered.owner
    database = await owner.database()
    await owner.publish("asset", record("SOC", "1"))
    await steered.inject("empty_pages", times=1, pages=2)
    sent = {
        "timeSeriesDbId": database["timeSeriesDbId"],
        "queryString": 'SELECT measure_name FROM "{databaseName}"."{tableName}"'.format(**database),
    }
    rows = []
    for _ in range(3):
        page = await owner.call(
            "timeSeriesDb_queryDatabaseWithTimestreamQuery",
            "{ resultJSONString clientToken }",
            **sent,
        )
        result = json.loads(page["resultJSONString"])
        rows.append(len(result["Rows"]))
        sent |= {"nextToken": result.get("NextToken", ""), "clientToken": page["clientToken"]}
    assert rows == [0, 0, 1]
    assert sent["nextToken"] == ""


async def test_a_reset_takes_them_back(steered):
    await steered.inject("http_error")
    await steered.caller.control("Reset")
    assert (await steered.owner.post({"query": SESSION})).status_code == 200
