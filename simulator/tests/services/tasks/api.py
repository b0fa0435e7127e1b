"""The tasks core, called in-process as a server does: through its dialects, by wire format."""

import asyncio
import inspect
from typing import Any

from google.protobuf import json_format
from google.rpc import error_details_pb2 as rpc

from simulator.microgrid.clock import ManualClock
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Streaming, parse
from simulator.services.tasks import (
    Policy,
    TasksService,
    TextEngine,
    dialects,
    event_dialect,
    policy_with,
)
from simulator.services.tasks.wire import CONTRACT, EVENTS, Event, Task, Type
from simulator.store import TokenSigner

NOW_US = 1_800_000_000_000_000
"""2027-01-15T08:00:00Z."""

NEW, IN_PROGRESS, COMPLETED = 1, 2, 3

DETAILS = (
    rpc.ErrorInfo,
    rpc.BadRequest,
    rpc.ResourceInfo,
    rpc.PreconditionFailure,
    rpc.RetryInfo,
)


class Api:
    """A service with a clock that stands still, bent by quirks; `t1` and `t2` exist."""

    def __init__(
        self,
        *quirks: str,
        policy: Policy | None = None,
        engine: Any = None,
        log_size: int = 10_000,
    ) -> None:
        self.clock = ManualClock(NOW_US)
        self.signer = TokenSigner(b"secret of the tests", purpose="tasks")
        self.service = TasksService(
            self.clock,
            self.signer,
            policy_with(quirks, policy),
            engine or TextEngine(),
            log_size=log_size,
        )
        self.methods = {
            method.name: (dialect, method)
            for dialect in (*dialects(self.service), event_dialect(self.service))
            for method in dialect.methods
        }

    async def acall(self, method_name: str, /, **fields: Any) -> Any:
        """Send a request through the wire format and return the parsed reply."""
        dialect, method = self.methods[method_name]
        contract = EVENTS if isinstance(method, Streaming) else CONTRACT
        described = contract.methods(dialect.service)[method_name]
        request = parse(method.request, described.request(**fields).SerializeToString())
        try:
            tenant = method.scope(request)
            assert isinstance(tenant, str)
            assert tenant
            if isinstance(method, Streaming):
                return method.open(request, {})
            reply = method.handle(request)
            if inspect.isawaitable(reply):
                reply = await reply
        except ServiceError as error:
            raise dialect.explain(error) from None
        return described.response.FromString(reply)

    def call(self, method_name: str, /, **fields: Any) -> Any:
        return asyncio.run(self.acall(method_name, **fields))

    def type(self, type_id: str = "plain", tenant: str = "t1", **fields: Any) -> Any:
        return self.call(
            "CreateType", parent=f"tenants/{tenant}", type_id=type_id, type=Type(**fields)
        )

    def task(
        self,
        task_id: str = "",
        type_id: str = "plain",
        tenant: str = "t1",
        metadata: Any = None,
        annotations: Any = None,
    ) -> Any:
        task = Task(type=f"tenants/{tenant}/types/{type_id}")
        for field, value in (("metadata", metadata), ("annotations", annotations)):
            if value is not None:
                getattr(task, field).SetInParent()
                json_format.ParseDict(value, getattr(task, field))
        return self.call("CreateTask", parent=f"tenants/{tenant}", task_id=task_id, task=task)

    def claim(self, name: str) -> Any:
        return self.call("ClaimTask", name=name)

    def complete(self, name: str, input: Any = None) -> Any:
        return self.call("CompleteTask", name=name, **({} if input is None else {"input": input}))

    def get(self, name: str) -> Any:
        return self.call("GetTask" if "/tasks/" in name else "GetType", name=name)

    def list(self, what: str = "Tasks", tenant: str = "t1", **fields: Any) -> Any:
        return self.call(f"List{what}", parent=f"tenants/{tenant}", **fields)

    def ids(self, what: str = "Tasks", **fields: Any) -> "list[str]":
        """The ids on a page."""
        reply = self.list(what, **fields)
        return [each.name.rpartition("/")[2] for each in getattr(reply, what.lower())]

    def walk(self, what: str = "Tasks", **fields: Any) -> "list[str]":
        """The ids on all pages."""
        ids, token = [], ""
        while True:
            reply = self.list(what, page_token=token, **fields)
            ids += [each.name.rpartition("/")[2] for each in getattr(reply, what.lower())]
            token = reply.next_page_token
            if not token:
                return ids

    def events(self, tenant: str = "t1", **fields: Any) -> "list[Any]":
        """The events of a tenant that are there already."""

        async def read() -> list[Any]:
            feed = await self.acall("Subscribe", tenant=tenant, **fields)
            frames: list[bytes] = []
            while feed.position < feed.newest:
                taking = asyncio.ensure_future(feed.take())
                done, _ = await asyncio.wait({taking}, timeout=0.01)
                if not done:
                    feed.stop()
                frames += await taking
            return [Event.FromString(frame) for frame in frames]

        return asyncio.run(read())


class Refusal:
    """A refused call, its details by the name of their kind."""

    def __init__(self, error: ServiceError) -> None:
        self.code = error.code
        self.text = error.text
        names = [detail.DESCRIPTOR.name for detail in error.details]
        assert len(set(names)) == len(names)
        self.details = dict(zip(names, error.details, strict=True))

    @property
    def reason(self) -> str:
        info = self.details["ErrorInfo"]
        assert info.domain == "enpowerx.tasks.v3"
        return str(info.reason)

    @property
    def fields(self) -> list[str]:
        return [each.field for each in self.details["BadRequest"].field_violations]


def refused(call: Any, *args: Any, **fields: Any) -> Refusal:
    """Call something that must be refused."""
    try:
        outcome = call(*args, **fields)
    except ServiceError as error:
        return Refusal(error)
    raise AssertionError(f"was not refused but answered {outcome!r}")


def plain(struct: Any) -> Any:
    """A Struct as Python values."""
    return json_format.MessageToDict(struct)


__all__ = [
    "COMPLETED",
    "IN_PROGRESS",
    "NEW",
    "NOW_US",
    "Api",
    "Code",
    "Refusal",
    "plain",
    "refused",
]
