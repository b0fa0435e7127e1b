"""What a refusal tells over gRPC and over HTTP, its details and what its API adds."""

import json
from contextlib import asynccontextmanager

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2 as rpc
from google.rpc.status_pb2 import Status

from fixtures.contracts import load
from simulator.server.auth import Access, Gate, Key
from simulator.server.calls import Calls
from simulator.server.rest import Rest
from simulator.server.rest_errors import error_line, status_json
from simulator.server.rest_routes import routes_of
from simulator.server.rpc_host import handlers
from simulator.server.status import DETAILS, details_of, packed, trailers
from simulator.server.streams import Streams
from simulator.services.errors import Code, ServiceError, invalid
from simulator.services.rpc import Dialect, RestStyle, Right, Streaming, Unary

from .rest_server import Queue, over_http

TASKS = load("tasks")
EVENTS = load("events")
SERVICE = "enpowerx.tasks.v3.Tasks"
FEED = "gridproof.events.v1.EventFeed"
ALIAS = "enpowerx.tasks.v3.TasksService"
STYLE = RestStyle(infix=("tasks", "v3"), infix_at=2, proto_names=True, bare_errors=True)
INFO = rpc.ErrorInfo(reason="TASK_STATE", domain="enpowerx.tasks.v3")
WRONG = rpc.BadRequest(
    field_violations=[rpc.BadRequest.FieldViolation(field="name", description="is none")]
)
REFUSED = ServiceError(Code.INVALID_ARGUMENT, "name: is none", [WRONG])
URL = "/tenants/t1/tasks/v3/tasks"


def tenant(request):
    return request.parent.removeprefix("tenants/")


def explain(error):
    return ServiceError(error.code, error.text, [INFO, *error.details])


class Api:
    """Listing echoes its page size as a total; the answer may be a refusal."""

    def __init__(self):
        self.answer = None
        self.queue = Queue()

    async def list(self, request):
        if self.answer is not None:
            raise self.answer
        reply = TASKS.message("enpowerx.tasks.v3.ListTasksResponse")
        return reply(total_size=request.page_size, tasks=[{"type": "x"}]).SerializeToString()

    def dialects(self):
        methods = TASKS.methods(SERVICE)
        listing = Unary(
            name="ListTasks",
            right=Right.READ,
            request=methods["ListTasks"].request,
            handle=self.list,
            scope=tenant,
        )
        subscribe = Streaming(
            name="Subscribe",
            right=Right.READ,
            request=EVENTS.methods(FEED)["Subscribe"].request,
            open=lambda request, metadata: self.queue,
        )
        shared = {"api": "tasks", "explain": explain, "rest": STYLE}
        return [
            Dialect(service=SERVICE, methods=(listing,), aliases=(ALIAS,), **shared),
            Dialect(service=FEED, methods=(subscribe,), **shared),
        ]


ACCESS = Access(keys=(Key(key="k1", tenants=frozenset({"t1"})), Key(key="all")))


@asynccontextmanager
async def doors(access=None):
    """Yield the API, a channel and an HTTP client to it."""
    api = Api()
    calls = Calls(Gate(access, lambda: 0.0), Streams())
    tasks, feed = api.dialects()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(tuple(handlers(calls, (tasks, feed))))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    routes = [*routes_of(tasks, TASKS), *routes_of(feed, EVENTS)]
    async with (
        over_http(Rest(calls, routes)) as url,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
        httpx.AsyncClient(base_url=url) as http,
    ):
        yield api, calls, channel, http
    await server.stop(0)


async def call(channel, *, service=SERVICE, key="", **fields):
    method = TASKS.methods(SERVICE)["ListTasks"]
    multi = channel.unary_unary(
        f"/{service}/ListTasks",
        request_serializer=method.request.SerializeToString,
        response_deserializer=method.response.FromString,
    )
    request = method.request(**{"parent": "tenants/t1", **fields})
    return await multi(request, metadata=[("authorization", f"Bearer {key}")] if key else [])


async def refused(channel, **fields):
    """Return the status of a call that must fail, and its details by kind."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, **fields)
    return told(caught.value)


def told(error):
    status = Status.FromString(dict(error.trailing_metadata())[DETAILS])
    assert (status.code, status.message) == (error.code().value[0], error.details())
    found = {}
    for each in status.details:
        kind = {"ErrorInfo": rpc.ErrorInfo, "BadRequest": rpc.BadRequest}[
            each.type_url.rpartition(".")[2]
        ]
        found[kind] = kind.FromString(each.value)
    return error.code(), error.details(), found


class TestOverGrpc:
    async def test_details_travel_in_a_trailer(self):
        async with doors() as (api, _, channel, _):
            api.answer = REFUSED
            code, text, found = await refused(channel)
            assert (code, text) == (grpc.StatusCode.INVALID_ARGUMENT, "name: is none")
            assert found == {rpc.ErrorInfo: INFO, rpc.BadRequest: WRONG}

    async def test_what_the_gate_refuses_is_explained_too(self):
        async with doors(ACCESS) as (_, _, channel, _):
            for key, parent, code in (
                ("", "tenants/t1", grpc.StatusCode.UNAUTHENTICATED),
                ("k2", "tenants/t1", grpc.StatusCode.UNAUTHENTICATED),
                ("k1", "tenants/t2", grpc.StatusCode.PERMISSION_DENIED),
            ):
                found = await refused(channel, key=key, parent=parent)
                assert (found[0], found[2]) == (code, {rpc.ErrorInfo: INFO})
            for key, parent in (("k1", "t1"), ("all", "t1"), ("all", "t2")):
                assert await call(channel, key=key, parent=f"tenants/{parent}")

    async def test_a_fault_of_ours_is_explained_too(self, caplog):
        async with doors() as (api, _, channel, _):
            api.answer = KeyError("x")
            code, text, found = await refused(channel)
            assert (code, text) == (grpc.StatusCode.INTERNAL, "internal error: KeyError")
            assert found == {rpc.ErrorInfo: INFO}

    async def test_so_is_the_end_of_a_stream(self):
        async with doors() as (_, calls, channel, _):
            subscribe = EVENTS.methods(FEED)["Subscribe"]
            stream = channel.unary_stream(
                subscribe.path, request_serializer=subscribe.request.SerializeToString
            )(subscribe.request(tenant="t1"))
            await stream.initial_metadata()
            assert calls.streams.end_all(ServiceError(Code.UNAVAILABLE, "over"), "tasks") == 1
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stream.read()
            assert told(caught.value) == (
                grpc.StatusCode.UNAVAILABLE,
                "over",
                {rpc.ErrorInfo: INFO},
            )

    async def test_the_other_names_of_a_service_lead_to_the_same_methods(self):
        async with doors() as (_, calls, channel, _):
            assert (await call(channel, service=ALIAS, page_size=7)).total_size == 7
            assert calls.counts == {f"/{SERVICE}/ListTasks": 1}


class TestOverHttp:
    async def test_replies_and_refusals_are_written_as_the_api_does(self):
        async with doors() as (api, _, _, http):
            reply = (await http.get(URL, params={"page_size": 7})).json()
            assert reply["total_size"] == "7"
            assert reply["tasks"][0]["recommended_action"] == ""
            api.answer = REFUSED
            response = await http.get(URL)
            assert response.status_code == 400
            assert response.json() == {
                "message": "name: is none",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "TASK_STATE",
                        "domain": "enpowerx.tasks.v3",
                    },
                    {
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "field_violations": [{"field": "name", "description": "is none"}],
                    },
                ],
            }

    async def test_what_the_gate_refuses_is_explained_too(self):
        async with doors(ACCESS) as (_, _, _, http):
            response = await http.get(URL)
            assert response.status_code == 401
            assert response.json()["details"][0]["reason"] == "TASK_STATE"
            assert response.headers["www-authenticate"] == "Bearer"
            response = await http.get(
                URL.replace("t1", "t2"), headers={"authorization": "Bearer k1"}
            )
            assert response.status_code == 403

    @pytest.mark.parametrize(
        ("code", "status"),
        [(Code.ALREADY_EXISTS, 409), (Code.ABORTED, 409), (Code.FAILED_PRECONDITION, 400)],
    )
    async def test_statuses(self, code, status):
        async with doors() as (api, _, _, http):
            api.answer = ServiceError(code, "no")
            assert (await http.get(URL)).status_code == status

    async def test_the_end_of_a_stream_is_explained_too(self):
        async with doors() as (_, calls, _, http):
            async with http.stream("GET", "/tenants/t1/tasks/v3/events") as response:
                assert response.status_code == 200
                assert calls.streams.end_all(ServiceError(Code.UNAVAILABLE, "over")) == 1
                error = json.loads((await response.aread()).decode())["error"]
            assert (error["code"], error["status"], error["message"]) == (14, "UNAVAILABLE", "over")
            assert [each["reason"] for each in error["details"]] == ["TASK_STATE"]


class TestForms:
    """Without a server: what bodies and trailers look like."""

    def test_the_plain_form_has_the_code(self):
        assert json.loads(status_json(invalid("no"), RestStyle())) == {
            "code": 3,
            "message": "no",
            "details": [],
        }

    def test_names_are_those_of_the_style(self):
        camel = json.loads(status_json(REFUSED, RestStyle()))["details"][0]
        assert camel["fieldViolations"] == [{"field": "name", "description": "is none"}]
        line = json.loads(error_line(3, "INVALID_ARGUMENT", "no", packed([WRONG]), STYLE))
        assert line["error"]["details"][0]["field_violations"][0]["field"] == "name"

    def test_without_details_there_is_no_trailer(self):
        assert trailers(invalid("no")) == ()
        assert details_of(()) == []

    def test_details_that_are_too_large_stay_at_home(self):
        huge = rpc.DebugInfo(detail="x" * 50_000)
        assert details_of(trailers(ServiceError(Code.UNKNOWN, "no", [huge, INFO]))) == packed(
            [INFO]
        )

    @pytest.mark.parametrize("text", ["x", "ü€" * 400])
    def test_a_refusal_of_any_size_keeps_its_code(self, text):
        details = [INFO, WRONG, rpc.DebugInfo(detail="x" * 3_000)]
        (_, trailer), *_ = trailers(ServiceError(Code.NOT_FOUND, text, details))
        status = Status.FromString(trailer)
        assert status.code == Code.NOT_FOUND
        assert len(trailer) * 4 / 3 + len(text.encode()) < 8_000


async def test_the_largest_refusal_reaches_a_client():
    async with doors() as (api, _, channel, _):
        details = [rpc.DebugInfo(detail="x" * 900) for _ in range(9)]
        api.answer = ServiceError(Code.NOT_FOUND, "ü€" * 400, details)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(channel)
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
