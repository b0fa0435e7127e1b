"""The life of a task: NEW, then IN_PROGRESS by a claim, then COMPLETED with an input.

Follows seed 001, ClaimTask and CompleteTask; that nothing else is allowed is AIP-216's advice.
Making texts and checking inputs may take time, in which another call can win: a state is looked at
again before anything is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.services import instants
from simulator.services.errors import ServiceError
from simulator.services.tasks.core import Core
from simulator.services.tasks.names import Name
from simulator.services.tasks.refusals import Violation, bad_request, precondition
from simulator.services.tasks.rendering import failure, placeholders, render
from simulator.services.tasks.resources import StoredTask
from simulator.services.tasks.tasks import stored_task
from simulator.services.tasks.tenants import Tenant
from simulator.services.tasks.texts import (
    ExecutionFailed,
    InputInvalid,
    SchemaInvalid,
    TemplateSyntax,
)
from simulator.services.tasks.validation import Completion
from simulator.services.tasks.wire import COMPLETED, IN_PROGRESS, NEW, STATES, Task

UNUSABLE: Final = "INPUT_SCHEMA_INVALID"


async def claim(core: Core, name: Name) -> StoredTask:
    """Take a new task into work and return it.

    Raises:
        ServiceError: NOT_FOUND, FAILED_PRECONDITION.
    """
    tenant = core.tenants.get(name.tenant, "name")
    old = tenant.task(name.id)
    _check_state(old, (NEW,))
    return await _move(core, tenant, name.id, old, IN_PROGRESS)


async def complete(core: Core, asked: Completion) -> StoredTask:
    """End a task with an input that fits its type's schema, and return it.

    Raises:
        ServiceError: NOT_FOUND; FAILED_PRECONDITION: a wrong state, or a schema that cannot be
            used; INVALID_ARGUMENT: the input does not fit.
    """
    tenant = core.tenants.get(asked.tenant, "name")
    old = tenant.task(asked.id)
    _check_state(old, (NEW, IN_PROGRESS) if core.policy.complete_from_new else (IN_PROGRESS,))
    await _check_input(core, old, asked.input)
    return await _move(core, tenant, asked.id, old, COMPLETED, asked.input)


def _check_state(task: StoredTask, wanted: tuple[int, ...]) -> None:
    if task.message.state not in wanted:
        raise _wrong_state(task, " or ".join(STATES[state] for state in wanted))


def _wrong_state(task: StoredTask, wanted: str) -> ServiceError:
    text = f"{task.name} is {STATES[task.message.state]}, not {wanted}"
    return precondition("TASK_STATE", task.name, text)


async def _check_input(core: Core, task: StoredTask, given: Mapping[str, Any]) -> None:
    source = task.type.message.input_schema
    if not source:
        return
    data = placeholders(task.message, core.policy.stage)
    try:
        await core.engine.check_input(source, data, given)
    except InputInvalid as error:
        raise bad_request(
            [
                Violation(field=path, text=text, reason="INPUT_INVALID")
                for path, text in error.violations
            ]
        ) from None
    except (ExecutionFailed, SchemaInvalid, TemplateSyntax) as error:
        raise failure(UNUSABLE, task.type, "input_schema", error) from None


async def _move(
    core: Core,
    tenant: Tenant,
    id: str,
    old: StoredTask,
    state: int,
    input: Mapping[str, Any] | None = None,
) -> StoredTask:
    now_us = tenant.next_us()
    message = Task()
    message.CopyFrom(old.message)
    message.state = state
    instants.write(message.update_time, now_us)
    if state == COMPLETED:
        instants.write(message.completion_time, now_us)
    await render(core, message, old.type)
    current = tenant.task(id)
    if current is not old:
        raise _wrong_state(current, STATES[old.message.state])
    stored = stored_task(message, old.type, create_us=old.create_us, update_us=now_us, input=input)
    tenant.commit(id, stored, "TaskClaimed" if state == IN_PROGRESS else "TaskCompleted")
    return stored
