"""The life of tasks: a model, races that have one winner, and calls that are given up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulator.services.errors import ServiceError
from simulator.services.tasks.texts import InputInvalid, TextEngine
from simulator.tests.services.tasks.api import COMPLETED, IN_PROGRESS, NEW, Api, Code, refused

SCHEMA = '{"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}'


@pytest.fixture
def api() -> Api:
    api = Api()
    api.type()
    api.type("checked", input_schema=SCHEMA)
    return api


def test_a_task_is_claimed_and_completed(api: Api) -> None:
    new = api.task("a", metadata={"k": 1}, annotations={})
    claimed = api.claim(new.name)
    assert (claimed.state, claimed.HasField("completion_time")) == (IN_PROGRESS, False)
    assert claimed.update_time.ToNanoseconds() > new.update_time.ToNanoseconds()
    done = api.complete(new.name, {"any": "thing"})
    assert done.state == COMPLETED
    assert done.completion_time == done.update_time
    assert done.update_time.ToNanoseconds() > claimed.update_time.ToNanoseconds()
    for each in (claimed, done):
        assert (each.create_time, each.metadata, each.annotations) == (
            new.create_time,
            new.metadata,
            new.annotations,
        )
    assert api.get(new.name) == done


def _wrong_state(refusal: Any) -> bool:
    violation = refusal.details["PreconditionFailure"].violations[0]
    assert violation.type == "TASK_STATE"
    return bool((refusal.code, refusal.reason) == (Code.FAILED_PRECONDITION, "TASK_STATE"))


def test_states_are_not_left_out_nor_entered_twice(api: Api) -> None:
    task = api.task("a")
    assert _wrong_state(refused(api.complete, task.name))
    claimed = api.claim(task.name)
    assert _wrong_state(refused(api.claim, task.name))
    assert api.get(task.name) == claimed
    done = api.complete(task.name)
    assert _wrong_state(refused(api.claim, task.name))
    assert _wrong_state(refused(api.complete, task.name))
    assert api.get(task.name) == done


def test_a_new_task_can_be_completed_if_the_policy_says_so() -> None:
    api = Api("complete-from-new")
    api.type()
    assert api.complete(api.task("a").name).state == COMPLETED


def test_unknown_and_ill_formed_names(api: Api) -> None:
    for call in (api.claim, api.complete):
        assert refused(call, "tenants/t1/tasks/nope").code is Code.NOT_FOUND
        assert refused(call, "tenants/t1/types/plain").fields == ["name"]


def test_an_input_must_fit_the_schema(api: Api) -> None:
    task = api.task("a", type_id="checked")
    claimed = api.claim(task.name)
    refusal = refused(api.complete, task.name, {"n": 1.5})
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "INPUT_INVALID")
    assert refusal.fields == ["input.n"]
    (field,) = refused(api.complete, task.name).fields
    assert field.startswith("input")
    assert api.get(task.name) == claimed
    assert api.complete(task.name, {"n": 3.0}).state == COMPLETED


def test_the_state_is_looked_at_before_the_input(api: Api) -> None:
    assert _wrong_state(refused(api.complete, api.task("a", type_id="checked").name, {"n": "x"}))


def test_an_input_is_json(api: Api) -> None:
    name = api.task("a").name
    api.claim(name)
    assert refused(api.complete, name, {"n": float("nan")}).fields == ["input.n"]
    assert refused(api.complete, name, {"s": "x" * 65_536}).fields == ["input"]


@pytest.mark.parametrize(
    ("schema", "metadata"),
    [
        ('{"const": "{{index .Metadata "k"}}"}', {"k": 'a"b'}),
        ('{{index .Metadata "k" "deeper"}}', {"k": "x"}),
        ('{"type": {{index .Metadata "k"}}}', {"k": 7}),
    ],
)
def test_a_schema_that_cannot_be_used_is_the_types_fault(
    api: Api, schema: str, metadata: Any
) -> None:
    api.type("bad", input_schema=schema)
    name = api.task("a", type_id="bad", metadata=metadata).name
    claimed = api.claim(name)
    refusal = refused(api.complete, name, {})
    assert (refusal.code, refusal.reason) == (Code.FAILED_PRECONDITION, "INPUT_SCHEMA_INVALID")
    assert api.get(name) == claimed


def test_what_a_task_was_completed_with_is_kept_for_the_world(api: Api) -> None:
    told: list[Any] = []
    api.service.observers.append(told.append)
    name = api.task("a").name
    api.claim(name)
    api.complete(name, {"n": 3, "list": [1.5]})
    assert [event.type for event in told] == ["TaskCreated", "TaskClaimed", "TaskCompleted"]
    assert told[-1].resource.input == {"n": 3, "list": [1.5]}
    assert told[0].resource.input is None


class Slow(TextEngine):
    """An engine that gives others a turn before each answer, or waits to be let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate: asyncio.Event | None = None

    async def render(self, source: str, data: Mapping[str, Any]) -> str:
        await self._wait()
        return await super().render(source, data)

    async def check_input(self, source: str, data: Mapping[str, Any], value: Any) -> None:
        await self._wait()
        await super().check_input(source, data, value)

    async def _wait(self) -> None:
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()


async def race(calls: list[Awaitable[Any]]) -> list[Any]:
    """The outcome of each call: a code, or None if it went well."""

    async def outcome(call: Awaitable[Any]) -> Code | None:
        try:
            await call
        except ServiceError as error:
            return error.code
        return None

    return await asyncio.gather(*map(outcome, calls))


@pytest.fixture
def slow() -> Api:
    api = Api(engine=Slow())
    api.type(description_template="{{.State}}", input_schema=SCHEMA)
    return api


@pytest.mark.parametrize(
    ("prepare", "call", "loser", "event"),
    [
        (0, lambda api: api.acall("ClaimTask", name=NAME), Code.FAILED_PRECONDITION, "TaskClaimed"),
        (
            1,
            lambda api: api.acall("CompleteTask", name=NAME, input={"n": 1}),
            Code.FAILED_PRECONDITION,
            "TaskCompleted",
        ),
        (
            0,
            lambda api: api.acall(
                "CreateTask",
                parent="tenants/t1",
                task_id="b",
                task={"type": "tenants/t1/types/plain"},
            ),
            Code.ALREADY_EXISTS,
            "TaskCreated",
        ),
    ],
)
def test_of_many_calls_at_once_one_wins(
    slow: Api, prepare: int, call: Callable[[Api], Awaitable[Any]], loser: Code, event: str
) -> None:
    slow.task("a")
    if prepare:
        slow.claim(NAME)
    before = len(slow.events(types=[event]))
    outcomes = asyncio.run(race([call(slow) for _ in range(20)]))
    assert sorted(outcomes, key=str) == [loser] * 19 + [None]
    assert len(slow.events(types=[event])) == before + 1


NAME = "tenants/t1/tasks/a"


def test_a_call_that_is_given_up_leaves_nothing_behind(slow: Api) -> None:
    slow.task("a")
    sent = {"parent": "tenants/t1", "task_id": "b", "task": {"type": "tenants/t1/types/plain"}}

    async def run() -> None:
        engine = slow.service.core.engine
        assert isinstance(engine, Slow)
        engine.gate = asyncio.Event()
        calls = [
            asyncio.ensure_future(slow.acall("CreateTask", **sent)),
            asyncio.ensure_future(slow.acall("ClaimTask", name=NAME)),
        ]
        await asyncio.sleep(0.01)
        for each in calls:
            each.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        engine.gate.set()
        await asyncio.sleep(0)

    asyncio.run(run())
    assert slow.ids() == ["a"]
    assert slow.get(NAME).state == NEW
    assert len(slow.events()) == 2


def test_a_slow_text_does_not_hold_up_others(slow: Api) -> None:
    slow.task("a")
    slow.type("quick")

    async def run() -> None:
        engine = slow.service.core.engine
        assert isinstance(engine, Slow)
        engine.gate = asyncio.Event()
        waiting = asyncio.ensure_future(slow.acall("ClaimTask", name=NAME))
        await asyncio.sleep(0.01)
        listed = await slow.acall("ListTasks", parent="tenants/t1")
        assert [each.state for each in listed.tasks] == [NEW]
        engine.gate.set()
        assert (await waiting).state == IN_PROGRESS

    asyncio.run(run())


def test_events_are_told_in_order_of_time_though_texts_take_long(slow: Api) -> None:
    class FirstIsLast(TextEngine):
        calls = 0

        async def render(self, source: str, data: Mapping[str, Any]) -> str:
            self.calls += 1
            for _ in range(20 if self.calls == 1 else 0):
                await asyncio.sleep(0)
            return ""

    api = Api(engine=FirstIsLast())
    api.type(description_template="x")
    type_name = "tenants/t1/types/plain"

    async def run() -> None:
        await asyncio.gather(
            *(
                api.acall("CreateTask", parent="tenants/t1", task_id=id, task={"type": type_name})
                for id in ("first", "second")
            )
        )

    asyncio.run(run())
    events = api.events(types=["TaskCreated"])
    assert [event.subject.rpartition("/")[2] for event in events] == ["second", "first"]
    assert events[0].time.ToNanoseconds() < events[1].time.ToNanoseconds()
    assert api.ids() == ["first", "second"]


def test_input_invalid_tells_all_violations(api: Api) -> None:
    class Picky(TextEngine):
        async def check_input(self, source: str, data: Mapping[str, Any], value: Any) -> None:
            raise InputInvalid(tuple((f"input.k{n}", "is wrong") for n in range(30)))

    picky = Api(engine=Picky())
    picky.type(input_schema="{}")
    name = picky.task("a").name
    picky.claim(name)
    refusal = refused(picky.complete, name, {})
    assert refusal.fields == [f"input.k{n}" for n in range(16)]
    assert "29 more" in refusal.text


class Life(RuleBasedStateMachine):
    """Some tasks, and a dictionary that says in which state each ought to be."""

    def __init__(self) -> None:
        super().__init__()
        self.api = Api()
        self.api.type(input_schema=SCHEMA)
        self.states: dict[str, int] = {}
        self.changes = 1

    ids = st.sampled_from(["a", "b", "c"])

    @rule(id=ids)
    def create(self, id: str) -> None:
        if id in self.states:
            assert refused(self.api.task, id).code is Code.ALREADY_EXISTS
        else:
            assert self.api.task(id).state == NEW
            self.states[id] = NEW
            self.changes += 1

    @rule(id=ids)
    def claim(self, id: str) -> None:
        self.move(id, NEW, IN_PROGRESS, lambda name: self.api.claim(name))

    @rule(id=ids)
    def complete(self, id: str) -> None:
        self.move(id, IN_PROGRESS, COMPLETED, lambda name: self.api.complete(name, {"n": 1}))

    @rule(id=ids)
    def complete_badly(self, id: str) -> None:
        refusal = refused(self.api.complete, f"tenants/t1/tasks/{id}", {"n": "x"})
        wrong = {None: Code.NOT_FOUND, IN_PROGRESS: Code.INVALID_ARGUMENT}
        assert refusal.code is wrong.get(self.states.get(id), Code.FAILED_PRECONDITION)

    def move(self, id: str, before: int, after: int, call: Callable[[str], Any]) -> None:
        name = f"tenants/t1/tasks/{id}"
        if self.states.get(id) == before:
            assert call(name).state == after
            self.states[id] = after
            self.changes += 1
        else:
            unknown = id not in self.states
            expected = Code.NOT_FOUND if unknown else Code.FAILED_PRECONDITION
            assert refused(call, name).code is expected

    @invariant()
    def lists_show_the_states(self) -> None:
        listed = {task.name.rpartition("/")[2]: task for task in self.api.list().tasks}
        assert {id: task.state for id, task in listed.items()} == self.states
        for task in listed.values():
            times = [task.create_time.ToNanoseconds(), task.update_time.ToNanoseconds()]
            assert times == sorted(times)
            assert (times[0] == times[1]) == (task.state == NEW)
            assert task.HasField("completion_time") == (task.state == COMPLETED)
        for state, name in ((NEW, "NEW"), (IN_PROGRESS, "IN_PROGRESS"), (COMPLETED, "COMPLETED")):
            expected = sorted(id for id, each in self.states.items() if each == state)
            assert sorted(self.api.ids(filter=f"state = {name}")) == expected

    @invariant()
    def each_change_has_one_event(self) -> None:
        assert [int(event.id) for event in self.api.events()] == list(range(1, self.changes + 1))


Life.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestLife = Life.TestCase
