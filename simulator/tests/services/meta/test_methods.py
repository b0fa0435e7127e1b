"""The methods as a server mounts them, called over a loopback port."""

from contextlib import asynccontextmanager

import grpc
import pytest

from fixtures.contracts import load
from simulator.server.auth import Gate
from simulator.server.calls import Calls
from simulator.server.rpc_host import OPTIONS, handlers
from simulator.server.streams import Streams
from simulator.services.meta import KINDS, dialects
from simulator.services.rpc import Streaming, Unary

from .api import DEPLOYMENT, REGION, SERVICE, Api

CONTRACT = load("meta")


def test_the_methods_are_those_of_the_contract():
    mounted = dialects(Api().service)
    assert sorted(dialect.service for dialect in mounted) == list(CONTRACT.services)
    for dialect in mounted:
        methods = CONTRACT.methods(dialect.service)
        assert {method.name for method in dialect.methods} == set(methods)
        for method in dialect.methods:
            assert method.request is methods[method.name].request
            streams = methods[method.name].server_streaming
            assert isinstance(method, Streaming if streams else Unary)


def test_each_method_has_its_permission():
    verbs = {"Get": "get", "BatchGet": "batchGet", "List": "list", "Watch": "watch"}
    for dialect, kind in zip(dialects(Api().service), KINDS.values(), strict=True):
        for method in dialect.methods:
            verb = verbs[method.name.partition(kind.title)[0]]
            name = f"services/meta.edgelq.com/permissions/{kind.plural}.{verb}"
            assert method.permission == name


@asynccontextmanager
async def serving(api):
    """Serve while the block runs; gives a function that calls a method by kind and verb."""
    server = grpc.aio.server(options=OPTIONS)
    calls = Calls(Gate(None, lambda: 0.0), Streams())
    server.add_generic_rpc_handlers(tuple(handlers(calls, dialects(api.service))))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:

            async def call(kind, verb, request=None, **fields):
                method = kind.methods[verb]
                stub = channel.unary_unary(
                    method.path, response_deserializer=method.response.FromString
                )
                data = method.request(**fields).SerializeToString() if request is None else request
                return await stub(data, timeout=10)

            yield call
    finally:
        await server.stop(None)


async def test_resources_are_read_over_the_wire():
    api = Api()
    api.put(REGION, *({"name": f"regions/r{n}", "title": "T"} for n in range(5)))
    api.put(DEPLOYMENT, {"name": "regions/r1/deployments/x"})
    async with serving(api) as call:
        found = await call(REGION, "get", name="regions/r3")
        assert found == api.registry.get("regions/r3").message
        batch = await call(REGION, "batch_get", names=["regions/r4", "regions/no", "regions/r0"])
        assert [region.name for region in batch.regions] == ["regions/r4", "regions/r0"]
        assert list(batch.missing) == ["regions/no"]
        seen, token = [], ""
        for _ in range(3):
            page = await call(REGION, "list", page_size=2, page_token=token, view=1)
            seen += page.regions
            token = page.next_page_token
        assert seen == [REGION.message(name=f"regions/r{n}") for n in range(5)]
        assert token == ""
        children = await call(DEPLOYMENT, "list", parent="regions/r1")
        assert [each.name for each in children.deployments] == ["regions/r1/deployments/x"]


@pytest.mark.parametrize(
    ("verb", "fields", "code"),
    [
        ("get", {"name": "services/x"}, grpc.StatusCode.NOT_FOUND),
        ("get", {"name": "x"}, grpc.StatusCode.INVALID_ARGUMENT),
        ("get", {"request": b"\x0a"}, grpc.StatusCode.INVALID_ARGUMENT),
        ("list", {"page_token": "abc"}, grpc.StatusCode.INVALID_ARGUMENT),
        ("list", {"filter": "nosuch = 1"}, grpc.StatusCode.INVALID_ARGUMENT),
        ("batch_get", {"names": ["services/-"]}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_refusals_are_statuses(verb, fields, code):
    async with serving(Api()) as call:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(SERVICE, verb, **fields)
        assert caught.value.code() is code


async def test_fields_of_the_future_are_ignored():
    api = Api()
    api.region("eu")
    async with serving(api) as call:
        request = b"\x0a\x0aregions/eu\xa2\x06\x01x"
        assert (await call(REGION, "get", request=request)).name == "regions/eu"
