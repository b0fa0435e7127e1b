"""What a server mounts: names, rights, scopes, and that nothing but refusals comes out."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Right, Unary, parse
from simulator.services.tasks import dialects, event_dialect
from simulator.tests.services.tasks.api import Api, refused

READS = {"ListTasks", "GetTask", "ListTypes", "GetType"}


def test_all_methods_are_there_under_both_names() -> None:
    tasks, types = dialects(Api().service)
    assert [method.name for method in tasks.methods] == [
        *("ListTasks", "GetTask", "CreateTask", "ClaimTask", "CompleteTask")
    ]
    assert [method.name for method in types.methods] == [
        *("ListTypes", "GetType", "CreateType", "UpdateType")
    ]
    assert tasks.service == "enpowerx.tasks.v3.Tasks"
    assert tasks.aliases == ("enpowerx.tasks.v3.TasksService",)
    assert types.aliases == ("enpowerx.tasks.v3.TypesService",)
    for method in (*tasks.methods, *types.methods):
        assert isinstance(method, Unary)
        assert (method.right is Right.READ) == (method.name in READS)


def test_the_longer_names_can_be_left_out() -> None:
    assert [dialect.aliases for dialect in dialects(Api("only-short-names").service)] == [(), ()]


def test_the_feed_is_a_reading_stream() -> None:
    dialect = event_dialect(Api().service)
    (subscribe,) = dialect.methods
    assert dialect.service == "gridproof.events.v1.EventFeed"
    assert (subscribe.name, subscribe.right) == ("Subscribe", Right.READ)


@pytest.mark.parametrize("name", sorted(Api().methods))
def test_an_empty_request_is_refused_for_its_shape(name: str) -> None:
    refusal = refused(Api().call, name)
    assert refusal.code is Code.INVALID_ARGUMENT
    assert refusal.fields


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("ListTasks", {"parent": "tenants/t7"}),
        ("GetTask", {"name": "tenants/t7/tasks/a"}),
        ("CreateTask", {"parent": "tenants/t7", "task": {"type": "tenants/t7/types/a"}}),
        ("ClaimTask", {"name": "tenants/t7/tasks/a"}),
        ("CompleteTask", {"name": "tenants/t7/tasks/a"}),
        ("ListTypes", {"parent": "tenants/t7"}),
        ("GetType", {"name": "tenants/t7/types/a"}),
        ("CreateType", {"parent": "tenants/t7", "type": {}}),
        (
            "UpdateType",
            {"type": {"name": "tenants/t7/types/a"}, "update_mask": {"paths": ["links"]}},
        ),
        ("Subscribe", {"tenant": "tenants/t7"}),
    ],
)
def test_the_scope_of_a_request_is_its_tenant(name: str, fields: dict[str, Any]) -> None:
    api = Api()
    _, method = api.methods[name]
    assert method.scope(method.request(**fields)) == "t7"
    assert refused(api.call, name, **fields).code is Code.NOT_FOUND


def test_details_can_be_left_out() -> None:
    api = Api("plain-errors")
    dialect, _ = api.methods["GetTask"]
    with pytest.raises(ServiceError) as raised:
        api.call("GetTask")
    assert raised.value.details == ()
    assert dialect.explain(ServiceError(Code.INTERNAL, "x")).details == ()


@given(st.sampled_from(sorted(Api().methods)), st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_answered_or_refused(name: str, data: bytes) -> None:
    api = Api()
    dialect, method = api.methods[name]

    async def run() -> ServiceError | None:
        try:
            request = parse(method.request, data)
            method.scope(request)
            if isinstance(method, Unary):
                reply = method.handle(request)
                assert isinstance(reply, bytes) or isinstance(await reply, bytes)
            else:
                method.open(request, {}).stop()
        except ServiceError as error:
            return error
        return None

    refusal = asyncio.run(run())
    if refusal is not None:
        assert refusal.code in {Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.OUT_OF_RANGE}
        assert dialect.explain(refusal).details
