"""The core called in-process, as the world does, and begun anew."""

import asyncio
from typing import Any

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.tasks import Policy, seeded_ids
from simulator.services.tasks.wire import COMPLETED, IN_PROGRESS
from simulator.tests.services.tasks.api import Api, plain


def now(coroutine: Any) -> Any:
    """Run what does not wait for anything without an event loop."""
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    return stopped.value.value


def test_the_world_calls_it_without_a_loop() -> None:
    api = Api()
    told: list[Any] = []
    api.service.observers.append(told.append)
    api.service.create_type("t1", "a", description_template='{{index .Metadata "n"}}')
    task = now(api.service.create_task("t1", "a", {"n": "x"}, "b-1", annotations={"k": [1]}))
    assert (task.name, task.description) == ("tenants/t1/tasks/b-1", "x")
    assert plain(task.annotations) == {"k": [1.0]}
    assert now(api.service.claim_task(task.name)).state == IN_PROGRESS
    assert now(api.service.complete_task(task.name, {"done": True})).state == COMPLETED
    assert api.service.task(task.name).state == COMPLETED
    assert [each.name for each in api.service.tasks("t1")] == [task.name]
    assert api.service.committed == len(told) == 4
    assert [(event.sequence, event.tenant) for event in told] == [(n, "t1") for n in range(1, 5)]
    assert told[-1].resource.input == {"done": True}


def test_it_refuses_what_the_api_refuses() -> None:
    service = Api().service
    with pytest.raises(ServiceError) as raised:
        service.create_type("t1", "A")
    assert raised.value.code is Code.INVALID_ARGUMENT
    with pytest.raises(ServiceError):
        asyncio.run(service.create_task("t1", "nope", {}))
    with pytest.raises(ServiceError):
        service.task("tenants/t1/tasks/nope")


def test_a_cleared_service_begins_anew() -> None:
    api = Api()
    api.type()
    first = api.task().name
    api.service.clear(api.signer, Policy(tenants=("other",)))
    with pytest.raises(ServiceError):
        api.list()
    api.service.clear(api.signer, Policy())
    assert api.list().total_size == 0
    assert api.events() == []
    api.type()
    assert api.task().name == first


def test_ids_follow_from_a_seed() -> None:
    assert [next(seeded_ids(1)), next(seeded_ids(1))] == [next(seeded_ids(1))] * 2
    assert next(seeded_ids(1)) != next(seeded_ids(2))


def test_the_same_calls_leave_the_same_bytes() -> None:
    dumps = []
    for _ in range(2):
        api = Api()
        api.type(description_template="{{.Name}} {{.CreateTime}}")
        for number in range(3):
            api.claim(api.task(metadata={"n": number, "m": {"k": [1, "x"]}}).name)
        dumps.append([event.SerializeToString() for event in api.events()])
    assert dumps[0] == dumps[1]
