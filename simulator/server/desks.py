"""What automations of the site may do through the APIs, called in-process like any other client.

Implements the protocols of `simulator.drivers` over the services and tasks APIs.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from simulator.drivers import OpenTask
from simulator.services import instants
from simulator.services.coroutines import Unfinished, at_once
from simulator.services.dispatch import DispatchService
from simulator.services.dispatch.wire import CONTRACT, SERVICE
from simulator.services.errors import Code, ServiceError
from simulator.services.services import ServicesService
from simulator.services.tasks import TasksService

_REFUSED: Final = (Code.FAILED_PRECONDITION, Code.INVALID_ARGUMENT, Code.NOT_FOUND)
_CREATE: Final = CONTRACT.methods(SERVICE)["CreateMicrogridDispatch"].request
_NEW: Final = 1
"""`Task.State.NEW`."""


class ServiceDesk:
    """Starts and stops services of the site; refusals are raised as `ServiceError`."""

    def __init__(self, services: ServicesService) -> None:
        self._services = services

    def start(self, collection: str, service_id: str) -> None:
        """Start a service, unless it runs already."""
        self._find(collection).start(service_id, allow_active=True)

    def stop(self, collection: str, service_id: str) -> None:
        """Stop a service, unless it is stopped already."""
        self._find(collection).stop(service_id, allow_inactive=True)

    def _find(self, name: str) -> Any:
        found = self._services.collections.get(name)
        if found is None:
            raise ServiceError(Code.NOT_FOUND, f"collection: there is no {name!r}")
        return found


class TaskDesk:
    """Claims and completes tasks, of all tenants that there are from the beginning."""

    def __init__(self, tasks: TasksService) -> None:
        self._tasks = tasks

    def open_tasks(self) -> tuple[OpenTask, ...]:
        """Return the tasks that nobody has claimed, tenant by tenant, the oldest first."""
        return tuple(self._open())

    def claim(self, name: str, agent: str) -> bool:
        """Claim a task; False if someone else was faster."""
        return _taken(self._tasks.claim_task(name))

    def complete(self, name: str, agent: str) -> bool:
        """Complete a claimed task without input; False if that is refused."""
        return _taken(self._tasks.complete_task(name))

    def _open(self) -> Iterator[OpenTask]:
        core = self._tasks.core
        for tenant in core.policy.tenants:
            for _, stored in core.tenants.get(tenant, "tenant").tasks.items():
                if stored.message.state == _NEW:
                    yield OpenTask(
                        name=stored.message.name,
                        type_id=stored.message.type.rpartition("/")[2],
                        needs_input=bool(stored.type.message.input_schema),
                    )


class DispatchDesk:
    """Asks for dispatches of one microgrid once more; refusals are raised as `ServiceError`."""

    def __init__(self, dispatches: DispatchService, microgrid_id: Callable[[], int]) -> None:
        self._dispatches = dispatches
        self._microgrid_id = microgrid_id

    def again(self, dispatch_id: int, start_us: int) -> None:
        """Create a dispatch like another one, once, from a moment on."""
        grid = self._microgrid_id()
        like = next(
            (each for each in self._dispatches.snapshot(grid) if each.dispatch.id == dispatch_id),
            None,
        )
        if like is None:
            raise ServiceError(Code.NOT_FOUND, f"dispatch {dispatch_id} is not there any more")
        request: Any = _CREATE(microgrid_id=grid, dispatch_data=like.data)
        request.dispatch_data.ClearField("recurrence")
        instants.write(request.dispatch_data.start_time, start_us)
        self._dispatches.create(request)


def _taken(call: Coroutine[Any, Any, Any]) -> bool:
    """Make a call that has to be over at once; False if it was refused, or would take longer.

    Only templates and schemas beyond the small limits of their engine take longer.
    """
    try:
        at_once(call)
    except Unfinished:
        return False
    except ServiceError as error:
        if error.code not in _REFUSED:
            raise
        return False
    return True
