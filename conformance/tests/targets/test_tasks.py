"""The adapter of the tasks API, on the naive endpoint."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from conformance.failures import NotApplicable, Refused, UsageError
from conformance.mutants.tasks.book import Refuse
from conformance.mutants.tasks.policy import STRAIGHT
from conformance.oracles.tasks.life import judge_step
from conformance.oracles.tasks.model import Link, LinkTemplate, differences
from conformance.report.exchange import readable
from conformance.run.cleaning import clean
from conformance.targets import journal
from conformance.targets.budget import Budget
from conformance.targets.profile import Services, Target, TasksProfile
from conformance.targets.tasks import TasksTarget, rich
from conformance.targets.tasks_api import TASKS
from conformance.targets.tasks_codec import Codec
from conformance.targets.tasks_feed import oldest_in
from conformance.targets.tasks_session import contract_of
from conformance.tests.targets.tasks_target import target
from fixtures.contracts import load

CODE = grpc.StatusCode


@pytest.fixture
def tasks(tmp_path: Path) -> Iterator[TasksTarget]:
    with target(tmp_path) as found:
        yield found


def test_a_task_is_made_claimed_and_completed(tasks):
    made = tasks.fresh_type(
        links=[{"name": "portal", "uri_template": 'https://a.test/{{index .Metadata "n"}}'}],
        input_schema='{"required": ["a"]}',
    )
    assert made.links == (
        LinkTemplate(name="portal", uri_template='https://a.test/{{index .Metadata "n"}}'),
    )
    new = tasks.fresh_task(made, metadata={"n": "7", "x": [True, None, 1]}, annotations={})
    assert (new.state, new.description, new.type) == ("NEW", "Unit 7.", made.name)
    assert new.links == (Link(name="portal", uri="https://a.test/7"),)
    assert (new.metadata, new.annotations) == ({"n": "7", "x": [True, None, 1.0]}, {})
    assert differences(tasks.get_task(new.name), new) == ()
    claimed = tasks.claim(new.name)
    assert judge_step(new, claimed, "claim") == []
    with pytest.raises(Refused) as refused:
        tasks.complete(new.name, {"b": 1})
    assert refused.value.code is CODE.INVALID_ARGUMENT
    assert rich(refused.value).fields == ("input",)
    completed = tasks.complete(new.name, {"a": 1})
    assert judge_step(claimed, completed, "complete") == []


def test_absence_is_kept(tasks):
    made = tasks.fresh_type()
    assert tasks.create_task(made).metadata is None
    assert tasks.create_task(made, metadata={}).metadata == {}


def test_ids_bear_the_tag_of_the_run_or_are_chosen_by_the_server(tasks):
    chosen = tasks.fresh_task()
    assert tasks.mine([chosen, "tenants/t1/tasks/other"]) == [chosen]
    assert chosen.name.startswith(f"tenants/t1/tasks/{tasks.session.names.prefix}-")
    given = tasks.create_task(chosen.type, id="")
    assert tasks.mine([given]) == []
    assert given.name.startswith("tenants/t1/tasks/")


def test_lists_are_walked(tasks):
    made = tasks.fresh_type()
    names = [tasks.create_task(made).name for _ in range(5)]
    pages = tasks.walk_tasks(size=2, filter=tasks.only(made))
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert [page.total for page in pages] == [5, 5, 5]
    assert [name for page in pages for name in page.names] == names
    two = (made, tasks.fresh_type())
    assert len(tasks.all_tasks(filter=tasks.only(*two), order="-create_time")) == 5
    assert {item.name for item in tasks.all_types()} == {type.name for type in two}


def test_an_update_sends_its_mask_or_none(tasks):
    made = tasks.fresh_type()
    assert tasks.update_type(made.name, ["category"], category="b").category == "b"
    for paths in (None, ()):
        with pytest.raises(Refused) as refused:
            tasks.update_type(made.name, paths, category="b")
        assert rich(refused.value).fields == ("update_mask",)


def test_callers_are_the_tenant_another_one_and_nobody(tasks):
    task = tasks.fresh_task()
    assert (tasks.parent, tasks.other.parent) == ("tenants/t1", "tenants/t2")
    assert tasks.other.fresh_task().name.startswith("tenants/t2/")
    for caller, code in (
        (tasks.other, CODE.PERMISSION_DENIED),
        (tasks.nobody, CODE.UNAUTHENTICATED),
        (tasks.with_token("wrong"), CODE.UNAUTHENTICATED),
    ):
        with pytest.raises(Refused) as refused:
            caller.get_task(task.name)
        assert refused.value.code is code
        assert rich(refused.value).present


def test_calls_at_one_moment_have_one_winner(tasks):
    task = tasks.fresh_task()
    results = tasks.together([lambda: tasks.claim(task.name) for _ in range(8)])
    lost = [r for r in results if isinstance(r, Refused)]
    assert len(lost) == 7
    assert {r.code for r in lost} == {CODE.FAILED_PRECONDITION}


def test_feed_shows_what_happens_from_now_on(tasks):
    earlier = tasks.fresh_task()
    with tasks.feed() as feed:
        task = tasks.fresh_task(state="COMPLETED")
        tasks.other.fresh_task()
        since = [event.subject for event in feed.settled()]
        events = feed.of(task.name)
        assert [e.type for e in events] == ["TaskCreated", "TaskClaimed", "TaskCompleted"]
        assert differences(events[-1].resource, task) == ()
        assert all(name.startswith("tenants/t1/") for name in since)
    with tasks.feed(from_sequence=events[1].sequence, types=["TaskCompleted"]) as again:
        assert again.wait(task.name, "TaskCompleted").sequence == events[2].sequence
        assert again.of(earlier.name) == []
    assert again.ended(1) is CODE.CANCELLED


def test_feed_that_is_refused_says_why(tasks):
    with tasks.nobody.feed(from_sequence=0) as feed:
        assert feed.ended(2) is CODE.UNAUTHENTICATED
        assert "token" in feed.details
    assert oldest_in("OUT_OF_RANGE: 17 is gone, the oldest event is 1204") == 1204
    assert oldest_in("gone") is None


def test_any_request_can_be_sent(tasks):
    request = tasks.request("CreateTask", parent=tasks.parent, task={"type": "x", "state": "NEW"})
    assert request.task.state == 1
    with pytest.raises(Refused):
        tasks.call("CreateTask", request)
    with pytest.raises(Refused) as refused:
        tasks.call_bytes("Nothing", b"")
    assert refused.value.code is CODE.UNIMPLEMENTED
    aliased = tasks.call_bytes(
        "GetType",
        tasks.request("GetType", name=tasks.fresh_type().name).SerializeToString(),
        service="enpowerx.tasks.v3.TypesService",
    )
    assert aliased


def test_other_service_names_are_asked(tmp_path):
    def serves(service: str, method: str) -> bool:
        return service.endswith("Service")

    policy = replace(STRAIGHT, serves=serves)
    with target(tmp_path, policy, service_names=("TasksService", "TypesService")) as tasks:
        assert tasks.fresh_task().state == "NEW"


def test_shared_things_are_made_once(tasks):
    made = [tasks.shared("x", tasks.fresh_type) for _ in range(2)]
    assert made[0] is made[1]
    assert tasks.other.shared("x", tasks.other.fresh_type) is not made[0]


def test_what_is_made_stays_and_is_no_residue(tasks, tmp_path):
    task = tasks.fresh_task()
    created, left = journal.read(tmp_path / "journal")
    assert {(made.parent, made.id) for made in created} == {
        ("types", task.type),
        ("tasks", task.name),
    }
    assert left == created
    caretaker = TASKS.caretaker(tasks.session.target, Budget())
    try:
        caretaker.require()
        cleaned = clean(tmp_path / "journal", {"tasks": caretaker}, Budget())
    finally:
        caretaker.close()
    assert (cleaned.residue, cleaned.calls) == (0, 0)
    assert tasks.get_task(task.name).name == task.name


def test_nothing_is_written_without_leave(tmp_path):
    with target(tmp_path, writes=False) as tasks:
        assert tasks.list_tasks().items == ()
        with pytest.raises(NotApplicable, match="allow-writes"):
            tasks.fresh_type()
        with pytest.raises(NotApplicable):
            tasks.call_bytes("ClaimTask", b"")


def test_profile_decides_what_can_be_asked(tmp_path):
    with target(tmp_path, tenants=("t1",), event_adapter=None) as tasks:
        assert tasks.session.lacks("second_tenant")
        assert tasks.session.lacks("feed")
        assert tasks.session.lacks("auth") is None
        with pytest.raises(NotApplicable):
            assert tasks.other
        with pytest.raises(NotApplicable), tasks.feed():
            pass
    empty = Target(endpoint="127.0.0.1:1", services=Services(tasks=TasksProfile()))
    with pytest.raises(UsageError, match="tenants"):
        TASKS.caretaker(empty, Budget())


def test_reflection_does_for_a_contract(tmp_path):
    with target(tmp_path, contract="reflection") as tasks:
        assert tasks.codec.contract.name.startswith("reflection of enpowerx.tasks.v3.Tasks")
        done = tasks.fresh_task(state="COMPLETED")
        assert tasks.all_tasks(filter=tasks.only(done.type)) == (done,)


def test_exchange_shows_requests_and_no_credentials(tasks):
    tasks.fresh_task()
    text = "\n".join(readable(tasks.recorder.steps()))
    assert "CreateTask" in text
    assert "speaks-for-t1" not in text


def test_refusal_without_details_has_none(tmp_path):
    policy = replace(STRAIGHT, details=lambda messages: [])
    with target(tmp_path, policy) as tasks, pytest.raises(Refused) as refused:
        tasks.get_task("x")
    assert not rich(refused.value).present


def test_unknown_states_are_numbers(tmp_path):
    def answers(method: str, answer: bytes) -> bytes:
        return answer.replace(b"\x10\x01", b"\x10\x07", 1)

    with target(tmp_path, replace(STRAIGHT, answers=answers)) as tasks:
        assert tasks.fresh_task().state == "7"


def test_feed_begins_where_the_log_does(tmp_path):
    def begins(book, tenant, asked):
        if asked < 3:
            raise Refuse(CODE.OUT_OF_RANGE, "the oldest event is 3", "OUT_OF_RANGE")
        return asked

    with target(tmp_path, replace(STRAIGHT, begins=begins)) as tasks:
        names = [tasks.fresh_type().name for _ in range(3)]
        with tasks.feed() as feed:
            assert [event.sequence for event in feed.of(*names)] == [3]


def test_contract_may_be_a_file_of_the_vendor(tmp_path):
    files = FileDescriptorSet(file=load("tasks").files.values())
    path = tmp_path / "vendor.binpb"
    path.write_bytes(files.SerializeToString())
    with target(tmp_path) as tasks:
        described = tasks.session.target.model_copy(update={"contract": str(path)})
        contract = contract_of(described, tasks.session.client)
        name = tasks.fresh_task().name
        shown = Codec(contract).request("GetTask", name=name)
        assert Codec(contract).task(tasks.call("GetTask", shown)).name == name
        path.write_bytes(b"")
        with pytest.raises(UsageError, match="contract"):
            contract_of(described, tasks.session.client)
