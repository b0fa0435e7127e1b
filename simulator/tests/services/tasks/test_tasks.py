"""How tasks come into being, and how they are got."""

import math
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.tasks.wire import Struct, Task
from simulator.tests.services.tasks.api import NEW, NOW_US, Api, Code, plain, refused


@pytest.fixture
def api() -> Api:
    api = Api()
    api.type()
    return api


def test_a_new_task_has_what_was_asked_for_and_what_the_server_adds(api: Api) -> None:
    task = api.task("burning-1", metadata={"a": [1, {"b": None}]}, annotations={})
    assert task.name == "tenants/t1/tasks/burning-1"
    assert task.state == NEW
    assert task.type == "tenants/t1/types/plain"
    assert plain(task.metadata) == {"a": [1.0, {"b": None}]}
    assert task.HasField("annotations")
    assert task.create_time == task.update_time
    assert task.create_time.seconds * 10**6 + task.create_time.nanos // 1000 == NOW_US + 1
    assert not task.HasField("completion_time")
    assert api.get(task.name) == task


def test_absent_and_empty_objects_stay_distinct(api: Api) -> None:
    task = api.get(api.task("a", metadata={}).name)
    assert task.HasField("metadata")
    assert not task.HasField("annotations")


def test_the_server_chooses_ids_that_are_left_out(api: Api) -> None:
    names = [api.task().name for _ in range(50)]
    assert len(set(names)) == 50
    assert all(str(UUID(name.rpartition("/")[2])) == name.rpartition("/")[2] for name in names)
    again = Api()
    again.type()
    assert again.task().name == names[0]


def test_output_only_fields_and_the_name_are_ignored(api: Api) -> None:
    sent = Task(
        name="tenants/t9/tasks/other",
        state=3,
        type="tenants/t1/types/plain",
        description="mine",
        recommended_action="mine",
        links=[{"name": "mine", "uri": "mine"}],
        completion_time={"seconds": 1},
        create_time={"seconds": 1},
        update_time={"seconds": 1},
    )
    task = api.call("CreateTask", parent="tenants/t1", task=sent, task_id="a")
    assert task.name == "tenants/t1/tasks/a"
    assert (task.state, task.description, task.recommended_action, list(task.links)) == (
        NEW,
        "",
        "",
        [],
    )
    assert task.create_time.seconds > 1
    assert not task.HasField("completion_time")


def test_times_increase_strictly_even_if_the_clock_stands_still(api: Api) -> None:
    times = [api.task().create_time.ToNanoseconds() for _ in range(5)]
    assert times == sorted(set(times))
    api.clock.advance(10**6)
    assert api.task().create_time.ToNanoseconds() == (NOW_US + 10**6) * 1000


def test_what_is_required_is_told_at_once(api: Api) -> None:
    assert refused(api.call, "CreateTask").fields == ["parent", "task"]
    refusal = refused(api.call, "CreateTask", parent="x", task=Task(), task_id="A")
    assert refusal.fields == ["parent", "task_id", "task.type"]
    assert refused(api.call, "CreateTask", parent="tenants/t1", task=Task()).reason == (
        "FIELD_REQUIRED"
    )


@pytest.mark.parametrize(
    "task_id", ["A", "a" * 64, "a/b", "1a", "-a", "a-", "a_b", "ä", "a b", "."]
)
def test_ill_formed_ids_are_refused(api: Api, task_id: str) -> None:
    assert refused(api.task, task_id).fields == ["task_id"]


def test_other_ids_can_be_allowed() -> None:
    api = Api("wide-ids")
    api.type()
    assert api.task("1a-").name == "tenants/t1/tasks/1a-"
    assert refused(api.task, "A").fields == ["task_id"]


@pytest.mark.parametrize(
    "parent", ["", "t1", "tenants", "tenants/", "tenants/-", "tenants/T1", "tenants/t1/", "x/t1"]
)
def test_ill_formed_parents_are_refused(api: Api, parent: str) -> None:
    task = Task(type="tenants/t1/types/plain")
    assert refused(api.call, "CreateTask", parent=parent, task=task).fields == ["parent"]


def test_a_type_must_exist_and_be_of_the_same_tenant(api: Api) -> None:
    refusal = refused(api.task, "a", type_id="nope")
    assert (refusal.code, refusal.reason) == (Code.NOT_FOUND, "RESOURCE_NOT_FOUND")
    info = refusal.details["ResourceInfo"]
    assert (info.resource_type, info.resource_name) == (
        "enpowerx.tasks.v3.Type",
        "tenants/t1/types/nope",
    )
    api.type(tenant="t2", type_id="theirs")
    foreign = Task(type="tenants/t2/types/theirs")
    refusal = refused(api.call, "CreateTask", parent="tenants/t1", task=foreign)
    assert refusal.fields == ["task.type"]
    assert api.ids() == []


@pytest.mark.parametrize(
    ("quirk", "code"),
    [
        ("unknown-type-invalid", Code.INVALID_ARGUMENT),
        ("unknown-type-precondition", Code.FAILED_PRECONDITION),
    ],
)
def test_an_unknown_type_can_be_refused_otherwise(quirk: str, code: Code) -> None:
    assert refused(Api(quirk).task, "a").code is code


def test_an_id_is_given_once(api: Api) -> None:
    first = api.task("a", metadata={"first": True})
    refusal = refused(api.task, "a")
    assert (refusal.code, refusal.reason) == (Code.ALREADY_EXISTS, "RESOURCE_EXISTS")
    assert refusal.details["ResourceInfo"].resource_name == first.name
    assert api.get(first.name) == first
    api.type(tenant="t2")
    assert api.task("a", tenant="t2").name == "tenants/t2/tasks/a"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_have_are_refused(api: Api, number: float) -> None:
    bad = Struct()
    bad.fields["list"].list_value.values.add().number_value = number
    task = Task(type="tenants/t1/types/plain", metadata=bad, annotations=bad)
    refusal = refused(api.call, "CreateTask", parent="tenants/t1", task=task)
    assert refusal.fields == ["task.metadata.list[0]", "task.annotations.list[0]"]


def test_objects_have_bounds(api: Api) -> None:
    assert refused(api.task, "a", metadata={"s": "x" * 65_536}).fields == ["task.metadata"]
    api.task("a", metadata={"s": "x" * 65_000})
    deep: object = 1
    for _ in range(31):
        deep = {"k": deep}
    api.task("b", metadata={"k": deep})
    (field,) = refused(api.task, "c", metadata={"k": {"k": deep}}).fields
    assert field.startswith("task.metadata.k.k")


@pytest.mark.parametrize(
    "name",
    [
        *("", "tasks/x", "tenants//tasks/x", "tenants/t1/tasks/", "tenants/t1/tasks/x/"),
        *("tenants/t1/types/plain", "tenants/t1/tasks/X", "tenants/-/tasks/x", "x" * 10_000),
    ],
)
def test_what_names_no_task_is_refused(api: Api, name: str) -> None:
    refusal = refused(api.call, "GetTask", name=name)
    assert (refusal.code, refusal.fields) == (Code.INVALID_ARGUMENT, ["name"])


def test_unknown_tasks_and_tenants_are_not_found(api: Api) -> None:
    for name, missing in (
        ("tenants/t1/tasks/nope", "tenants/t1/tasks/nope"),
        ("tenants/t3/tasks/nope", "tenants/t3"),
    ):
        refusal = refused(api.get, name)
        assert refusal.code is Code.NOT_FOUND
        assert refusal.details["ResourceInfo"].resource_name == missing


def test_unknown_fields_are_tolerated_and_not_kept(api: Api) -> None:
    task = Task.FromString(
        Task(type="tenants/t1/types/plain").SerializeToString() + b"\xf8\x07\x01"
    )
    made = api.call("CreateTask", parent="tenants/t1", task=task, task_id="a")
    assert made.SerializeToString() == Task.FromString(made.SerializeToString()).SerializeToString()
    assert b"\xf8\x07\x01" not in made.SerializeToString()


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("aé☂.", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", max_size=3), json_values, max_size=4))
@settings(max_examples=40, deadline=None)
def test_metadata_come_back_as_they_were_sent(metadata: dict[str, object]) -> None:
    api = Api()
    api.type()
    task = api.task("a", metadata=metadata, annotations=metadata)
    assert plain(api.get(task.name).metadata) == metadata
    assert plain(api.get(task.name).annotations) == metadata
