"""Credentials and tenants (vendor pages, error handling): who may call, and about what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.judging import (
    UNAUTHENTICATED,
    not_applicable,
    passive,
    refused,
    requirement,
)
from conformance.oracles.tasks.model import Task, Type
from conformance.suite.tasks.families import FORBIDDEN, same
from conformance.targets.tasks import TasksTarget

Calls = dict[str, Callable[[], Any]]


def _reads(caller: TasksTarget, tenant: str, task: str, type: str) -> Calls:
    """Calls that read, about things of a tenant."""
    return {
        "ListTasks": partial(caller.list_tasks, parent=tenant),
        "GetTask": partial(caller.get_task, task),
        "ListTypes": partial(caller.list_types, parent=tenant),
        "GetType": partial(caller.get_type, type),
    }


def _writes(caller: TasksTarget, tenant: str, task: str, type: str) -> Calls:
    """Calls that would make or change something of a tenant."""
    return {
        "CreateTask": partial(caller.create_task, type, parent=tenant),
        "ClaimTask": partial(caller.claim, task),
        "CompleteTask": partial(caller.complete, task),
        "CreateType": partial(caller.create_type, parent=tenant),
        "UpdateType": partial(caller.update_type, type, ["display_name"], display_name="x"),
    }


def _absent(tasks: TasksTarget) -> tuple[str, str, str]:
    """A tenant, and names of a task and a type in it that do not exist."""
    return tasks.parent, tasks.absent("tasks"), tasks.absent("types")


@requirement("TSK-AUT-001", needs=["auth"])
@passive
def test_reading_needs_credentials(tasks: TasksTarget) -> None:
    for method, call in _reads(tasks.nobody, *_absent(tasks)).items():
        refused(call, UNAUTHENTICATED, f"{method} without credentials")


@requirement("TSK-AUT-001", needs=["auth"])
def test_writing_needs_credentials(tasks: TasksTarget) -> None:
    for method, call in _writes(tasks.nobody, *_absent(tasks)).items():
        refused(call, UNAUTHENTICATED, f"{method} without credentials")


@requirement("TSK-ERR-001", needs=["auth"])
@passive
def test_unknown_token_is_unauthenticated(tasks: TasksTarget) -> None:
    stranger = tasks.with_token(f"unknown-{tasks.fresh_id()}")
    for method, call in _reads(stranger, *_absent(tasks)).items():
        refused(call, UNAUTHENTICATED, f"{method} with an unknown token")


@requirement("TSK-ERR-001", needs=["auth"])
@passive
def test_part_of_a_token_is_unauthenticated(tasks: TasksTarget) -> None:
    token = tasks.profile.auth.tokens.get(tasks.tenant, "")
    known = set(tasks.profile.auth.tokens.values())
    others = {"half of a token": token[: len(token) // 2], "a token twice": token * 2}
    for what, other in others.items():
        if other and other not in known:
            call = partial(tasks.with_token(other).list_tasks, size=1)
            refused(call, UNAUTHENTICATED, f"ListTasks with {what}")


@requirement("TSK-ERR-001", needs=["auth"])
def test_unknown_token_writes_nothing(tasks: TasksTarget) -> None:
    stranger = tasks.with_token(f"unknown-{tasks.fresh_id()}")
    for method, call in _writes(stranger, *_absent(tasks)).items():
        refused(call, UNAUTHENTICATED, f"{method} with an unknown token")


def _neighbour(tasks: TasksTarget) -> TasksTarget:
    """The second tenant, if the two have callers of their own."""
    tokens = tasks.profile.auth.tokens
    if tokens.get(tasks.tenant) == tokens.get(tasks.other.tenant):
        not_applicable("the profile gives both tenants one token")
    return tasks.other


@requirement("TSK-AUT-002", needs=["auth", "second_tenant"])
@passive
def test_another_tenant_cannot_be_searched(tasks: TasksTarget) -> None:
    for method, call in _reads(tasks, *_absent(_neighbour(tasks))).items():
        refused(call, FORBIDDEN, f"{method} in another tenant")


@requirement("TSK-AUT-002", needs=["auth", "second_tenant"])
def test_things_of_another_tenant_are_denied(tasks: TasksTarget) -> None:
    neighbour = _neighbour(tasks)
    type = neighbour.fresh_type()
    task = neighbour.create_task(type, metadata={"n": "1"})
    for what, names in (
        ("what exists", (neighbour.parent, task.name, type.name)),
        ("nothing that exists", _absent(neighbour)),
    ):
        for method, call in {**_reads(tasks, *names), **_writes(tasks, *names)}.items():
            refused(call, FORBIDDEN, f"{method} about {what} in another tenant")
    _untouched(neighbour, task, type)


def _untouched(neighbour: TasksTarget, task: Task, type: Type) -> None:
    same(neighbour.get_task(task.name), task, "the task of the other tenant after that")
    same(neighbour.get_type(type.name), type, "the type of the other tenant after that")


@requirement("TSK-AUT-003", needs=["auth"])
@passive
def test_credentials_come_before_content(tasks: TasksTarget) -> None:
    nobody = tasks.nobody
    wrong: Calls = {
        "a list with a malformed filter": partial(nobody.list_tasks, filter="state ="),
        "a list with a malformed order": partial(nobody.list_types, order="a,,b"),
        "a list with a negative page size": partial(nobody.list_tasks, size=-1),
        "a Get without name": partial(nobody.get_task, ""),
        "a Get of a malformed name": partial(nobody.get_type, "x"),
    }
    for what, call in wrong.items():
        refused(call, UNAUTHENTICATED, f"{what}, without credentials")


@requirement("TSK-AUT-003", needs=["auth"])
def test_credentials_come_before_the_content_of_writes(tasks: TasksTarget) -> None:
    nobody = tasks.nobody
    wrong: Calls = {
        "a creation without type": partial(nobody.create_task, None),
        "a type with a malformed template": partial(nobody.create_type, description_template="{{"),
        "a claim without name": partial(nobody.claim, ""),
        "an update without mask": partial(nobody.update_type, tasks.absent("types"), None),
    }
    for what, call in wrong.items():
        refused(call, UNAUTHENTICATED, f"{what}, without credentials")
