"""Creating tasks, and types by the same rules: ids, names, what is required and what is ignored."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import grpc

from conformance.judging import (
    Refused,
    by_depth,
    expect,
    refused,
    requirement,
    sampled,
)
from conformance.strategies.tasks import BAD_IDS
from conformance.suite.tasks.families import (
    TAKEN,
    UNKNOWN_TENANT,
    Family,
    invalid,
    not_stored,
    of_tasks,
    of_types,
    same,
)
from conformance.targets.tasks import TasksTarget

CODE = grpc.StatusCode
LOST = TAKEN | {CODE.ABORTED}
OLD_NS = 1_000_000_000


def _named(family: Family) -> None:
    id = family.api.fresh_id()
    wanted = f"{family.api.parent}/{family.kind}/{id}"
    got = family.make(id=id).name
    expect(got == wanted, f"name of a new {family.one}", got=got, wanted=wanted)


def _ids_made(family: Family) -> None:
    count = by_depth(full=50, staging=10)
    names = [family.make(id="").name for _ in range(count)]
    expect(len(set(names)) == count, "names made by the server", got=names, wanted="all distinct")
    form = rf"{re.escape(family.api.parent)}/{family.kind}/[^/]+"
    strange = [name for name in names if not re.fullmatch(form, name)]
    expect(not strange, "names made by the server", got=strange, wanted=f"of the form {form}")


def _taken(family: Family) -> None:
    first = family.make()
    id = first.name.rpartition("/")[2]
    refused(lambda: family.make(id=id), TAKEN, f"creating {first.name} again")
    same(family.get(first.name), first, f"{first.name} after that")


def _race(family: Family) -> None:
    id, count = family.api.fresh_id(), by_depth(full=20, staging=6)
    results = family.api.together([partial(family.make, id=id) for _ in range(count)])
    lost = [result for result in results if isinstance(result, Refused)]
    what = f"{count} creations at once with one id"
    expect(len(lost) == count - 1, what, got=f"{count - len(lost)} succeed", wanted="one succeeds")
    strange = [f"{r.code.name}: {r.details}" for r in lost if r.code not in LOST]
    expect(not strange, what, got=strange, wanted=LOST)


def _bad_ids(family: Family) -> None:
    known = re.compile(family.api.profile.id_pattern)
    for id in sampled([id for id in BAD_IDS if not known.fullmatch(id)], 4):
        invalid(partial(family.make, id=id), f"creating a {family.one} with the id {id!r}")


def _unknown_tenant(family: Family) -> None:
    parent = f"tenants/{family.api.fresh_id()}"
    what = f"creating a {family.one} in an unknown tenant"
    # The type is one of that tenant too, so that nothing but the tenant is wrong.
    call: Callable[[], Any] = partial(family.make, parent=parent)
    if family.kind == "tasks":
        type = f"{parent}/types/{family.api.fresh_id()}"
        call = partial(family.api.create_task, type, parent=parent)
    refused(call, UNKNOWN_TENANT, what)


def _required(family: Family, missing: str) -> None:
    api = family.api
    body: dict[str, Any] = {"type": api.plain_type().name} if family.kind == "tasks" else {}
    fields: dict[str, Any] = {"parent": api.parent, family.one: body}
    fields.pop(missing, None)
    request = api.request(family.method("Create"), **fields, **{f"{family.one}_id": api.fresh_id()})
    what = f"creating a {family.one} without {missing}"
    invalid(lambda: api.call(family.method("Create"), request), what)


@requirement("TSK-CRT-001")
def test_task_is_named_after_parent_and_id(tasks: TasksTarget) -> None:
    _named(of_tasks(tasks))


@requirement("TSK-TYP-001")
def test_type_is_named_after_parent_and_id(tasks: TasksTarget) -> None:
    _named(of_types(tasks))


@requirement("TSK-CRT-002")
def test_server_makes_distinct_ids(tasks: TasksTarget) -> None:
    _ids_made(of_tasks(tasks))


@requirement("TSK-CRT-003")
def test_new_task_is_new(tasks: TasksTarget) -> None:
    task = tasks.fresh_task()
    for shown in (task, tasks.get_task(task.name)):
        expect(shown.state == "NEW", "state of a new task", got=shown.state, wanted="NEW")


@requirement("TSK-CRT-004")
def test_what_is_required_is_asked_for(tasks: TasksTarget) -> None:
    _required(of_tasks(tasks), "parent")
    _required(of_tasks(tasks), "task")
    invalid(lambda: tasks.create_task(None), "creating a task without type")


@requirement("TSK-TYP-001")
def test_what_is_required_of_types_is_asked_for(tasks: TasksTarget) -> None:
    _required(of_types(tasks), "parent")
    _required(of_types(tasks), "type")


@requirement("TSK-CRT-005")
def test_what_the_server_writes_is_ignored(tasks: TasksTarget) -> None:
    type = tasks.fresh_type()
    wanted = tasks.create_task(type, metadata={"n": "1"})
    times: dict[str, Any] = dict.fromkeys(("create_time", "update_time", "completion_time"), OLD_NS)
    got = tasks.create_task(
        type,
        metadata={"n": "1"},
        state="COMPLETED",
        description="mine",
        recommended_action="mine",
        links=[{"name": "mine", "uri": "https://a.test/"}],
        **times,
    )
    for field in ("state", "description", "recommended_action", "links", "completion_ns"):
        shown, right = getattr(got, field), getattr(wanted, field)
        expect(shown == right, f"{field} that the caller sent", got=shown, wanted=right)
    for field in ("create_ns", "update_ns"):
        shown = getattr(got, field)
        expect(shown != OLD_NS, f"{field} that the caller sent", got=shown, wanted="the server's")


@requirement("TSK-CRT-006")
def test_name_in_the_body_is_ignored(tasks: TasksTarget) -> None:
    type, other = tasks.plain_type(), tasks.absent("tasks")
    for sent in (other, "nonsense"):
        id = tasks.fresh_id()
        got = tasks.create_task(type, id=id, name=sent).name
        wanted = f"{tasks.parent}/tasks/{id}"
        expect(got == wanted, f"name of a task sent with the name {sent!r}", got=got, wanted=wanted)
    not_stored(of_tasks(tasks), other, "the name that was sent")


@requirement("TSK-CRT-007")
def test_id_that_is_taken_is_refused(tasks: TasksTarget) -> None:
    _taken(of_tasks(tasks))


@requirement("TSK-TYP-001")
def test_id_of_a_type_that_is_taken_is_refused(tasks: TasksTarget) -> None:
    _taken(of_types(tasks))


@requirement("TSK-CRT-008")
def test_creations_at_once_have_one_winner(tasks: TasksTarget) -> None:
    _race(of_tasks(tasks))


@requirement("TSK-CRT-009")
def test_malformed_ids_are_invalid(tasks: TasksTarget) -> None:
    _bad_ids(of_tasks(tasks))
    _bad_ids(of_types(tasks))


@requirement("TSK-CRT-010")
def test_type_has_to_exist(tasks: TasksTarget) -> None:
    codes = frozenset(code for code in CODE if code.name in tasks.profile.unknown_type_codes)
    id = tasks.fresh_id()
    call = partial(tasks.create_task, tasks.absent("types"), id=id)
    refused(call, codes, "creating a task of an unknown type")
    not_stored(of_tasks(tasks), f"{tasks.parent}/tasks/{id}", "the task of an unknown type")


@requirement("TSK-CRT-011", needs=["second_tenant"])
def test_type_of_another_tenant_is_refused(tasks: TasksTarget) -> None:
    foreign, id = tasks.other.fresh_type(), tasks.fresh_id()
    codes = frozenset(CODE) - {CODE.OK, CODE.UNKNOWN, CODE.INTERNAL, CODE.UNAVAILABLE}
    call = partial(tasks.create_task, foreign, id=id)
    refused(call, codes, "creating a task of another tenant's type")
    not_stored(of_tasks(tasks), f"{tasks.parent}/tasks/{id}", "the task of a foreign type")


@requirement("TSK-CRT-016")
def test_tenant_has_to_exist(tasks: TasksTarget) -> None:
    _unknown_tenant(of_tasks(tasks))


@requirement("TSK-TYP-001")
def test_tenant_of_a_type_has_to_exist(tasks: TasksTarget) -> None:
    _unknown_tenant(of_types(tasks))


@requirement("TSK-CRT-018", needs=["second_tenant"])
def test_tenants_have_ids_of_their_own(tasks: TasksTarget) -> None:
    id = tasks.fresh_id()
    names = [view.create_task(view.plain_type(), id=id).name for view in (tasks, tasks.other)]
    wanted = [f"{view.parent}/tasks/{id}" for view in (tasks, tasks.other)]
    expect(names == wanted, "tasks of one id in two tenants", got=names, wanted=wanted)
