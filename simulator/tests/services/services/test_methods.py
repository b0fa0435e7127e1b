"""The methods as a server mounts them, under both package names."""

import pytest

from fixtures.contracts import load
from simulator.services.rpc import Right, Streaming, Unary, parse
from simulator.services.services import dialects
from simulator.services.services.wire import SERVICES

from .api import Api

READS = {"Get", "Lis", "Pul"}


def by_generation(api):
    return dict(zip(SERVICES, dialects(api.service), strict=True))


@pytest.mark.parametrize("generation", SERVICES)
def test_the_methods_are_those_of_the_contract(generation):
    dialect = by_generation(Api())[generation]
    methods = load("services", generation).methods(dialect.service)
    assert {method.name for method in dialect.methods} == set(methods)
    assert len(methods) == 11
    for method in dialect.methods:
        assert method.request is methods[method.name].request
        streams = methods[method.name].server_streaming
        assert isinstance(method, Streaming if streams else Unary)
        assert (method.right is Right.READ) == (method.name[:3] in READS)
        assert method.permission == f"smartcore.bos.services.{method.name}"


async def test_both_generations_give_the_same_bytes():
    api = Api()
    mounted = by_generation(api)
    replies = {}
    for generation, dialect in mounted.items():
        contract = load("services", generation)
        methods = {method.name: method for method in dialect.methods}

        def call(name, methods=methods, **fields):
            request = methods[name].request(name="drivers", **fields)
            parsed = parse(methods[name].request, request.SerializeToString())
            if isinstance(methods[name], Streaming):
                return methods[name].open(parsed, {})
            return methods[name].handle(parsed)

        streams = [call("PullServices"), call("PullServiceMetadata")]
        created = call("CreateService", service={"id": "a", "type": "plain", "config_raw": "{}"})
        streams.append(call("PullService", id="a"))
        found = [created, call("StartService", id="a"), call("GetService", id="a")]
        found += [call("ConfigureService", id="a", config_raw="{ }"), call("ListServices")]
        found += [call("StopService", id="a"), call("GetServiceMetadata")]
        found += [call("GetService", id="a", read_mask={"paths": ["type"]})]
        found += [call("DeleteService", id="a")]
        for stream in streams:
            found += await stream.take()
        replies[generation] = found
        response = contract.methods(dialect.service)["GetService"].response
        assert response.FromString(created).id == "a"
    assert replies["v1"] == replies["v0"]
