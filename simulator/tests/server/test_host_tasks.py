"""The tasks API as a whole server carries it: gRPC, REST and the feed of events over one world."""

import asyncio
import json
import ssl
from contextlib import asynccontextmanager

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2 as rpc
from google.rpc.status_pb2 import Status

from fixtures.contracts import from_reflection, load
from simulator.server.auth import Access, Key
from simulator.server.status import DETAILS
from simulator.server.tls import read_tls
from simulator.services.rpc import Right

from .loopback import START_US, Caller, opened, refusal, serving, until
from .test_tls import CA, CERT, KEY, credentials

TASKS, EVENTS = load("tasks"), load("events")
PACKAGE = "enpowerx.tasks.v3"
FEED = "gridproof.events.v1.EventFeed"
AT = "/tenants/t1/tasks/v3"
EASY = "tenants/t1/types/easy"
SCHEMA = {"type": "object", "required": ["reading"], "properties": {"reading": {"minimum": 0}}}
NEW, IN_PROGRESS, COMPLETED = 1, 2, 3


def call(caller, method, name="Tasks", /, **fields):
    return caller.start(TASKS, f"{PACKAGE}.{name}", method, **fields)


def subscribe(caller, tenant="t1", **fields):
    return caller.start(EVENTS, FEED, "Subscribe", tenant=tenant, **fields)


async def easy(caller, tenant="t1", **fields):
    """Make a type without a schema."""
    fields = {"display_name": "Easy", "category": "system", **fields}
    return await call(
        caller,
        "CreateType",
        "Types",
        parent=f"tenants/{tenant}",
        type_id=fields.pop("type_id", "easy"),
        type=fields,
    )


async def make(caller, task_id="", tenant="t1", **fields):
    fields = {"type": f"tenants/{tenant}/types/easy", **fields}
    return await call(
        caller, "CreateTask", parent=f"tenants/{tenant}", task_id=task_id, task=fields
    )


async def details(awaitable):
    """The code of a call that must fail, and the kinds of its details."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await awaitable
    status = Status.FromString(dict(caught.value.trailing_metadata())[DETAILS])
    assert status.code == caught.value.code().value[0]
    kinds = [each.type_url.rpartition(".")[2] for each in status.details]
    info = rpc.ErrorInfo.FromString(status.details[kinds.index("ErrorInfo")].value)
    assert info.domain == PACKAGE
    return caught.value.code(), info.reason, sorted(kinds)


async def post(caller, path, expected=200, /, **content):
    response = await caller.http.post(AT + path, json=content)
    assert response.status_code == expected, response.text
    return response.json()


@asynccontextmanager
async def events(caller, query=""):
    """Lines of the feed over HTTP, as JSON, with a time limit each."""
    async with caller.http.stream("GET", f"{AT}/events{query}") as response:
        assert response.status_code == 200
        lines = response.aiter_lines()

        async def read():
            return json.loads(await asyncio.wait_for(anext(lines), 10))

        yield read


async def test_a_life_over_http():
    async with opened() as caller:
        made = await post(
            caller,
            "/types?type_id=meter",
            display_name="Meter",
            category="meter",
            description_template="Look at {{.Metadata.device}}",
            input_schema=json.dumps(SCHEMA),
        )
        assert made["name"] == "tenants/t1/types/meter"
        assert made["create_time"] == "2027-01-15T08:00:00Z"
        task = await post(
            caller,
            "/tasks?task_id=a",
            type="tenants/t1/types/meter",
            metadata={"device": "4711"},
        )
        assert (task["state"], task["description"]) == ("NEW", "Look at 4711")
        refused = await post(caller, "/tasks/a:complete", 400, input={"reading": 1})
        assert [each["@type"].rpartition(".")[2] for each in refused["details"]] == [
            "ErrorInfo",
            "PreconditionFailure",
        ]
        assert (await post(caller, "/tasks/a:claim"))["state"] == "IN_PROGRESS"
        refused = await post(caller, "/tasks/a:complete", 400, input={"reading": -1})
        assert list(refused) == ["message", "details"]
        (violation,) = refused["details"][1]["field_violations"]
        assert violation["field"] == "input.reading"
        done = await post(caller, "/tasks/a:complete", input={"reading": 1})
        assert done["state"] == "COMPLETED"
        assert done["completion_time"] == done["update_time"] > done["create_time"]
        got = (await caller.http.get(f"{AT}/tasks/a")).json()
        assert got == done
        listed = (await caller.http.get(f"{AT}/tasks", params={"filter": "state = NEW"})).json()
        assert listed == {"tasks": [], "total_size": "0", "next_page_token": ""}
        response = await caller.http.patch(
            f"{AT}/types/meter?update_mask=display_name", json={"display_name": "M"}
        )
        assert response.json()["display_name"] == "M"
        assert (await call(caller, "GetType", "Types", name=made["name"])).display_name == "M"
        assert (await caller.http.get("/tenants/t1/tasks")).status_code == 404


async def test_both_names_of_each_service_lead_to_the_same():
    async with opened() as caller:
        await easy(caller)
        await make(caller, "a")
        for suffix in ("", "Service"):
            reply = await call(caller, "ListTasks", f"Tasks{suffix}", parent="tenants/t1")
            assert [each.name for each in reply.tasks] == ["tenants/t1/tasks/a"]
            reply = await call(caller, "ListTypes", f"Types{suffix}", parent="tenants/t1")
            assert [each.name for each in reply.types] == [EASY]
        names = [f"{PACKAGE}.{name}" for name in ("TasksService", "TypesService", "Tasks")]
        contract = await asyncio.to_thread(reflected, caller.server.address, [*names, FEED])
        assert contract.methods(names[0]).keys() == contract.methods(names[2]).keys()
        assert contract.methods(f"{PACKAGE}.TypesService").keys() == {
            *("ListTypes", "GetType", "CreateType", "UpdateType")
        }
        page = (await caller.http.get("/")).text
        assert all(name in page for name in (*names, FEED))


def reflected(address, services):
    with grpc.insecure_channel(address) as channel:
        return from_reflection(channel, *services)


async def test_refusals_carry_details_over_grpc():
    async with opened() as caller:
        await easy(caller)
        await make(caller, "a")
        for refused, expected in (
            (
                make(caller, "a"),
                ("ALREADY_EXISTS", "RESOURCE_EXISTS", ["ErrorInfo", "ResourceInfo"]),
            ),
            (
                call(caller, "GetTask", name="tenants/t1/tasks/b"),
                ("NOT_FOUND", "RESOURCE_NOT_FOUND", ["ErrorInfo", "ResourceInfo"]),
            ),
            (
                call(caller, "ListTasks", parent="tenants/t1", page_size=-1),
                ("INVALID_ARGUMENT", "FIELD_INVALID", ["BadRequest", "ErrorInfo"]),
            ),
            (
                call(caller, "CompleteTask", name="tenants/t1/tasks/a"),
                ("FAILED_PRECONDITION", "TASK_STATE", ["ErrorInfo", "PreconditionFailure"]),
            ),
        ):
            code, reason, kinds = await details(refused)
            assert (code.name, reason, kinds) == expected


async def test_times_are_those_of_the_world():
    async with opened(control=True) as caller:
        await easy(caller)
        await caller.control("AdvanceClock", by={"seconds": 3600})
        task = await make(caller)
        assert task.create_time.seconds == START_US // 1_000_000 + 3600


class TestFeed:
    async def test_it_replays_then_follows_over_both_doors(self):
        async with opened() as caller:
            await easy(caller)
            await make(caller, "a")
            stream = subscribe(caller)
            async with events(caller, "?from_sequence=2&types=TaskCreated") as read:
                await make(caller, "b")
                for number, subject in (("2", "tenants/t1/tasks/a"), ("3", "tenants/t1/tasks/b")):
                    event = (await read())["result"]
                    assert (event["id"], event["subject"]) == (number, subject)
                    assert event["type"] == f"{PACKAGE}.TaskCreated"
            found = [await asyncio.wait_for(stream.read(), 10) for _ in range(3)]
            assert [each.type.rpartition(".")[2] for each in found] == [
                *("TypeCreated", "TaskCreated", "TaskCreated")
            ]
            created = TASKS.message(found[2].type).FromString(found[2].data)
            assert created.task == await call(caller, "GetTask", name="tenants/t1/tasks/b")
            stream.cancel()

    async def test_tenants_do_not_see_each_other(self):
        async with opened(control=True) as caller:
            other = subscribe(caller, "tenants/t2")
            await other.initial_metadata()
            await easy(caller)
            await easy(caller, "t2")
            await caller.control("Barrier")
            event = await asyncio.wait_for(other.read(), 10)
            assert (event.id, event.source) == ("1", "//tasks/tenants/t2")

    async def test_a_reset_ends_it_and_empties_the_tenants(self):
        async with opened(control=True) as caller:
            await easy(caller)
            first = (await make(caller)).name
            stream = subscribe(caller)
            for _ in range(2):
                await asyncio.wait_for(stream.read(), 10)
            async with events(caller) as read:
                for _ in range(2):
                    await read()
                await caller.control("Reset")
                error = (await read())["error"]
                assert (error["status"], error["message"]) == ("UNAVAILABLE", "the world was reset")
                assert {each["@type"].rpartition(".")[2] for each in error["details"]} == {
                    *("ErrorInfo", "RetryInfo")
                }
            code, _, kinds = await details(stream.read())
            assert (code, kinds) == (grpc.StatusCode.UNAVAILABLE, ["ErrorInfo", "RetryInfo"])
            assert (await call(caller, "ListTypes", "Types", parent="tenants/t1")).total_size == 0
            await easy(caller)
            assert (await make(caller)).name == first
            event = await asyncio.wait_for(subscribe(caller).read(), 10)
            assert event.id == "1"

    async def test_a_client_that_leaves_frees_it(self):
        async with opened() as caller:
            async with events(caller):
                await until(lambda: len(caller.host.streams) == 1)
            await until(lambda: len(caller.host.streams) == 0)


class TestClaims:
    async def test_of_many_claimers_exactly_one_wins(self):
        async with opened() as caller:
            await easy(caller)
            before = caller.host.history.tasks.committed
            for number in range(10):
                name = (await make(caller)).name
                claims = await asyncio.gather(
                    *(
                        call(caller, "ClaimTask", ("Tasks", "TasksService")[each % 2], name=name)
                        for each in range(16)
                    ),
                    return_exceptions=True,
                )
                won = [each for each in claims if not isinstance(each, Exception)]
                assert [each.state for each in won] == [IN_PROGRESS]
                lost = {each.code() for each in claims if isinstance(each, Exception)}
                assert lost == {grpc.StatusCode.FAILED_PRECONDITION}
                assert caller.host.history.tasks.committed == before + 2 * (number + 1)

    async def test_others_go_on_while_a_pattern_runs_for_ever(self):
        async with opened() as caller:
            schema = {"properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}}
            await easy(caller, input_schema=json.dumps(schema))
            name = (await make(caller)).name
            await call(caller, "ClaimTask", name=name)
            request = {"name": name, "input": {"x": "a" * 60 + "!"}}
            slow = asyncio.ensure_future(call(caller, "CompleteTask", **request))
            answered = 0
            while not slow.done():
                await call(caller, "GetTask", name=name)
                answered += 1
            code, _ = await refusal(slow)
            assert code in (
                grpc.StatusCode.FAILED_PRECONDITION,
                grpc.StatusCode.INVALID_ARGUMENT,
            )
            assert answered > 5
            assert (await call(caller, "GetTask", name=name)).state == IN_PROGRESS


ACCESS = Access(
    keys=(
        Key(key="admin"),
        Key(key="office", tenants=frozenset({"t1"})),
        Key(key="reader", tenants=frozenset({"t1"}), rights=frozenset({Right.READ})),
        Key(key="grid", microgrids=frozenset({1})),
    )
)


class TestTenants:
    @pytest.fixture
    async def caller(self):
        async with opened(access=ACCESS) as caller:
            caller.metadata = [("authorization", "Bearer admin")]
            for tenant in ("t1", "t2"):
                await easy(caller, tenant)
                await make(caller, "a", tenant)
            yield caller

    @pytest.mark.parametrize(
        ("key", "tenant", "expected"),
        [
            ("", "t1", 401),
            ("wrong", "t1", 401),
            ("office", "t1", 200),
            ("office", "t2", 403),
            ("office", "t9", 403),
            ("admin", "t2", 200),
            ("admin", "t9", 404),
            ("grid", "t2", 200),
        ],
    )
    async def test_a_key_opens_its_tenants(self, caller, key, tenant, expected):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        response = await caller.http.get(f"/tenants/{tenant}/tasks/v3/tasks", headers=headers)
        assert response.status_code == expected
        caller.metadata = list(headers.items())
        code = {200: "OK", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
        for started in (
            call(caller, "ListTasks", "TasksService", parent=f"tenants/{tenant}"),
            subscribe(caller, tenant),
        ):
            if expected == 200:
                await (started.read() if hasattr(started, "read") else started)
                continue
            found, reason, _ = await details(
                started.read() if hasattr(started, "read") else started
            )
            assert found.name == code[expected]
            assert reason == response.json()["details"][0]["reason"]

    async def test_another_tenants_tasks_are_denied_whether_they_exist_or_not(self, caller):
        caller.metadata = [("authorization", "Bearer office")]
        for id in ("a", "absent"):
            code, text = await refusal(call(caller, "GetTask", name=f"tenants/t2/tasks/{id}"))
            assert (code.name, text) == (
                "PERMISSION_DENIED",
                "this key is not good for tenant 't2'",
            )

    async def test_shape_comes_before_rights_and_a_key_before_both(self, caller):
        for key, expected in (("office", 400), ("wrong", 401)):
            response = await caller.http.get(
                "/tenants/t2/tasks/v3/tasks?page_size=-1",
                headers={"authorization": f"Bearer {key}"},
            )
            assert response.status_code == expected

    async def test_readers_do_not_write(self, caller):
        caller.metadata = [("authorization", "Bearer reader")]
        assert (await call(caller, "GetTask", name="tenants/t1/tasks/a")).state == NEW
        code, _ = await refusal(call(caller, "ClaimTask", name="tenants/t1/tasks/a"))
        assert code is grpc.StatusCode.PERMISSION_DENIED


async def test_all_of_it_over_tls():
    context = ssl.create_default_context(cafile=CA)
    async with (
        serving(tls=read_tls(CERT, KEY, None)) as server,
        grpc.aio.secure_channel(server.address, credentials()) as channel,
        httpx.AsyncClient(base_url=server.http, verify=context) as http,
    ):
        caller = Caller(server, channel, http)
        await easy(caller)
        assert (await post(caller, "/tasks?task_id=a", type=EASY))["state"] == "NEW"
        async with events(caller) as read:
            assert (await read())["result"]["id"] == "1"


async def test_quirks_reach_the_service():
    async with opened(quirks={"tasks": ("plain-errors",)}) as caller:
        refused = await post(caller, "/tasks", 400)
        assert refused["details"] == []
