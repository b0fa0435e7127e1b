"""How a task comes into being: seed 001, CreateTask, with AIP-133 where that is silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.services import instants
from simulator.services.tasks import refusals
from simulator.services.tasks.core import Core
from simulator.services.tasks.names import name_of
from simulator.services.tasks.rendering import render
from simulator.services.tasks.resources import TASK, TYPE, StoredTask, StoredType, encoded
from simulator.services.tasks.tenants import Tenant
from simulator.services.tasks.validation import NewTask
from simulator.services.tasks.wire import NEW, Task


async def create(core: Core, asked: NewTask) -> StoredTask:
    """Keep a new task and return it; what it leaves to the server is filled in.

    Raises:
        ServiceError: NOT_FOUND, ALREADY_EXISTS, or FAILED_PRECONDITION: a template of its type
            fails on its data.
    """
    tenant = core.tenants.get(asked.tenant, "parent")
    type = _type(core, tenant, asked.type.id)
    id = asked.id or next(core.ids)
    name = name_of(tenant.id, TASK.plural, id)
    if id in tenant.tasks:
        raise refusals.exists(TASK.noun, name)
    now_us = tenant.next_us()
    message = Task(name=name, state=NEW, type=type.name)
    for field in ("metadata", "annotations"):
        if asked.message.HasField(field):
            getattr(message, field).CopyFrom(getattr(asked.message, field))
    message.DiscardUnknownFields()
    instants.write(message.create_time, now_us)
    instants.write(message.update_time, now_us)
    await render(core, message, type)
    if id in tenant.tasks:  # somebody else was faster while texts were made
        raise refusals.exists(TASK.noun, name)
    stored = stored_task(message, type, create_us=now_us, update_us=now_us)
    tenant.commit(id, stored, "TaskCreated")
    return stored


def stored_task(
    message: Any,
    type: StoredType,
    *,
    create_us: int,
    update_us: int,
    input: Mapping[str, Any] | None = None,
) -> StoredTask:
    """Return a task as it is kept."""
    return StoredTask(
        message=message,
        item=encoded(message),
        create_us=create_us,
        update_us=update_us,
        type=type,
        input=input,
    )


def _type(core: Core, tenant: Tenant, id: str) -> StoredType:
    type = tenant.types.get(id)
    if type is None:
        name = name_of(tenant.id, TYPE.plural, id)
        raise refusals.not_found(TYPE.noun, name, "task.type", core.policy.unknown_type)
    return type
