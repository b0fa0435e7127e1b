"""A small, correct store of tasks and its event feed, with faults to order. No network.

`View` renders what one feed is sent, as bytes. Faults, each applied to one event in N of a view:
`skip` loses it, `repeat` sends it again, `swap` sends it after the one that follows it, `misroute`
sends one of another tenant besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc

from fixtures.contracts import load

TASKS = load("tasks")
EVENT = load("events").message("gridproof.events.v1.Event")
METHODS = {
    **TASKS.methods("enpowerx.tasks.v3.Tasks"),
    **TASKS.methods("enpowerx.tasks.v3.Types"),
}
NEW, IN_PROGRESS, COMPLETED = 1, 2, 3


class Refused(grpc.RpcError):
    """A refusal as a call would raise it."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.FAILED_PRECONDITION

    def details(self) -> str:
        return "no"

    def trailing_metadata(self) -> tuple[Any, ...]:
        return ()


class Ledger:
    """Tasks by name, and events by tenant."""

    def __init__(self) -> None:
        self.tasks: dict[str, Any] = {}
        self.log: dict[str, list[Any]] = {"t1": [], "t2": []}

    def take(self, method: str, request: Any) -> Any:
        """Answer a unary call."""
        if method == "CreateType":
            made: Any = METHODS[method].response()
            made.CopyFrom(request.type)
            made.name = f"{request.parent}/types/{request.type_id}"
            self._note("TypeCreated", "type", made)
            return made
        if method == "ListTasks":
            wanted = request.filter.split('"')[1]
            found = [task for task in self.tasks.values() if task.type == wanted]
            return METHODS[method].response(tasks=found, total_size=len(found))
        task: Any = METHODS["GetTask"].response()
        if method == "CreateTask":
            task.CopyFrom(request.task)
            task.name = f"{request.parent}/tasks/{request.task_id}"
            task.state = NEW
            return self._put(task, "TaskCreated")
        task.CopyFrom(self.tasks[request.name])
        wanted = NEW if method == "ClaimTask" else IN_PROGRESS
        if task.state != wanted:
            raise Refused
        task.state += 1
        return self._put(task, "TaskClaimed" if wanted == NEW else "TaskCompleted")

    def _put(self, task: Any, event: str) -> Any:
        self.tasks[task.name] = task
        self._note(event, "task", task)
        return task

    def _note(self, event: str, field: str, resource: Any) -> None:
        tenant = resource.name.split("/")[1]
        holder: Any = TASKS.message(f"enpowerx.tasks.v3.{event}")()
        getattr(holder, field).CopyFrom(resource)
        own = self.log[tenant]
        made: Any = EVENT(
            id=str(len(own) + 1),
            source=f"//tasks/tenants/{tenant}",
            type=f"enpowerx.tasks.v3.{event}",
            subject=resource.name,
            data=holder.SerializeToString(deterministic=True),
        )
        own.append(made)


class View:
    """What one feed is sent from now on, or from the number that it asks for."""

    def __init__(self, ledger: Ledger, request: Any, fault: str = "", period: int = 0) -> None:
        self.fault = fault
        self.tampered = 0
        self._period = period
        self._ledger = ledger
        self._tenant = request.tenant
        self._types = tuple(request.types)
        self._at = max(0, request.from_sequence - 1)
        self._count = 0
        self._held: bytes | None = None

    def pending(self) -> Iterator[bytes]:
        """Events that were not sent yet."""
        own = self._ledger.log[self._tenant]
        while self._at < len(own):
            event = own[self._at]
            self._at += 1
            if not self._types or event.type.rpartition(".")[2] in self._types:
                yield from self._tamper(event)

    def _tamper(self, event: Any) -> list[bytes]:
        data: bytes = event.SerializeToString(deterministic=True)
        if self._held is not None:
            held, self._held = self._held, None
            return [data, held]
        self._count += 1
        is_task = event.type.endswith(("TaskClaimed", "TaskCompleted", "TaskCreated"))
        if not self.fault or not is_task or self._count < self._period:
            return [data]
        self._count = 0
        self.tampered += 1
        if self.fault == "skip":
            return []
        if self.fault == "repeat":
            return [data, data]
        if self.fault == "swap":
            self._held = data
            return []
        other: Any = EVENT()
        other.CopyFrom(event)
        other.source = other.source.replace("tenants/t", "tenants/x")
        other.subject = other.subject.replace("tenants/t", "tenants/x")
        return [data, other.SerializeToString()]
