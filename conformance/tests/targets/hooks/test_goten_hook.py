"""The adapter of the later API, against a few handlers that keep what they were sent."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from conformance.targets.budget import Budget
from conformance.targets.client import Client
from conformance.targets.credentials import Credentials
from conformance.targets.hooks.goten_hook import GotenHook
from conformance.targets.hooks.model import HookError
from fixtures.contracts import load

Kept = dict[str, Any]


class Absent(Exception):
    pass


def reply(kept: Kept, method: str, request: Any, response: Any) -> Any:
    kind = method.removeprefix("Update").removeprefix("Delete").lower()
    if method == "ListDeployments":
        found = [item for name, item in kept.items() if "/deployments/" in name]
        response.deployments.extend(found)
    elif method.startswith("Update"):
        assert request.allow_missing
        item = getattr(request, kind)
        kept[item.name] = item
        response.CopyFrom(item)
    elif kept.pop(request.name, None) is None:
        raise Absent
    return response


@pytest.fixture
def kept() -> Kept:
    return {}


@pytest.fixture
def hook(kept: Kept) -> Iterator[GotenHook]:
    contract = load("goten-meta")
    server = grpc.server(ThreadPoolExecutor(2))
    for service in contract.services:
        table = {}
        for name, method in contract.methods(service).items():

            def handler(request: Any, context: Any, name: str = name, method: Any = method) -> Any:
                try:
                    return reply(kept, name, request, method.response())
                except Absent:
                    context.abort(grpc.StatusCode.NOT_FOUND, "gone")

            table[name] = grpc.unary_unary_rpc_method_handler(
                handler,
                request_deserializer=method.request.FromString,
                response_serializer=lambda message: message.SerializeToString(),
            )
        generic = grpc.method_handlers_generic_handler(service, table)
        server.add_generic_rpc_handlers((generic,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = Client(
        f"127.0.0.1:{port}", tls=None, credentials=Credentials(), budget=Budget(), deadline_s=2.0
    )
    hook = GotenHook(client)
    yield hook
    hook.close()
    server.stop(0).wait()


def test_region_is_written_as_far_as_both_apis_know_it(hook: GotenHook, kept: Kept) -> None:
    resource = {
        "name": "regions/a",
        "title": "A",
        "domain": "a.test",
        "metadata": {"labels": {"k": "v"}},
    }
    answer = hook.send({"op": "upsert", "resource": resource})
    assert answer == {"ok": True, "revision": "", "ignored": ["domain"]}
    written = kept["regions/a"]
    assert (written.title, dict(written.metadata.labels)) == ("A", {"k": "v"})


def test_deployment_lives_below_its_service_there(hook: GotenHook, kept: Kept) -> None:
    name = "regions/a/deployments/d1"
    hook.send({"op": "upsert", "resource": {"name": name, "service": "services/s.test"}})
    written = kept["services/s.test/deployments/d1"]
    assert (written.region, written.service_name) == ("regions/a", "services/s.test")
    assert hook.send({"op": "delete", "name": name})["ok"]
    assert kept == {}
    assert hook.send({"op": "delete", "name": name})["code"] == "NOT_FOUND"


def test_lists_are_written_and_deletions_refused(hook: GotenHook, kept: Kept) -> None:
    resource = {"name": "services/s.test", "displayName": "S", "allVersions": ["v2", "v1"]}
    assert hook.send({"op": "upsert", "resource": resource})["ignored"] == []
    assert list(kept["services/s.test"].all_versions) == ["v2", "v1"]
    assert hook.send({"op": "delete", "name": "services/other"})["code"] == "NOT_FOUND"


def test_only_single_changes_are_supported(hook: GotenHook) -> None:
    assert hook.send({"op": "capabilities"})["capabilities"] == ["mutate"]
    assert hook.send({"op": "apply", "changes": []})["unsupported"]


def test_nobody_there() -> None:
    client = Client(
        "127.0.0.1:1", tls=None, credentials=Credentials(), budget=Budget(), deadline_s=1.0
    )
    hook = GotenHook(client)
    with pytest.raises(HookError, match=r"hook at 127\.0\.0\.1:1, delete: UNAVAILABLE"):
        hook.send({"op": "delete", "name": "regions/a"})
    hook.close()
