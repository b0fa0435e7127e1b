"""The nine methods of the tasks API and the event feed, as a server mounts them.

A request's shape is checked before the rights to its tenant are (our choice of order): what it is
about, its scope, is only known once it is well-formed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from simulator.services.errors import ServiceError
from simulator.services.rpc import Dialect, RestStyle, Right, Streaming, Unary
from simulator.services.tasks import feed, listing, refusals, tasks, transitions, types, validation
from simulator.services.tasks.core import Core
from simulator.services.tasks.filters import parse
from simulator.services.tasks.resources import TASK, TYPE, Kind, Stored
from simulator.services.tasks.service import TasksService
from simulator.services.tasks.wire import EVENT_FEED, EVENTS

API: Final = "tasks"
REST: Final = RestStyle(infix=("tasks", "v3"), infix_at=2, proto_names=True, bare_errors=True)
"""Seed 001's vendor documents `/tenants/{tenant}/{api}/{version}/` and names as in the contract."""
SUFFIX: Final = "Service"
"""The vendor's own names of the services are not public; they may well end so."""


def dialects(service: TasksService) -> tuple[Dialect, ...]:
    """Return the methods of a service under either name that clients may know them by."""
    core = service.core
    parse("", TASK, sql_precedence=core.policy.sql_precedence)  # makes the parser: not in a call
    create_task = _method(
        TASK,
        "create",
        lambda request: validation.read_new_task(request, core.policy),
        lambda asked: tasks.create(core, asked),
    )
    claim = _method(
        TASK,
        "claim",
        lambda request: validation.read_get(request, TASK, core.policy),
        lambda asked: transitions.claim(core, asked),
    )
    complete = _method(
        TASK,
        "complete",
        lambda request: validation.read_completion(request, core.policy),
        lambda asked: transitions.complete(core, asked),
    )
    create_type = _method(
        TYPE,
        "create",
        lambda request: types.read_new_type(core, request),
        lambda asked: types.create(core, asked),
    )
    update_type = _method(
        TYPE,
        "update",
        lambda request: types.read_update(core, request),
        lambda asked: types.update(core, asked),
    )
    return (
        _dialect(core, TASK, create_task, claim, complete),
        _dialect(core, TYPE, create_type, update_type),
    )


def event_dialect(service: TasksService) -> Dialect:
    """Return the feed of a service's events."""
    core = service.core
    subscribe = Streaming(
        name="Subscribe",
        right=Right.READ,
        request=EVENTS.methods(EVENT_FEED)["Subscribe"].request,
        open=lambda request, metadata: feed.subscribe(core.tenants, request),
        scope=feed.read_tenant,
    )
    return Dialect(
        api=API, service=EVENT_FEED, methods=(subscribe,), explain=_explainer(core), rest=REST
    )


def _dialect(core: Core, kind: Kind, *writes: Unary) -> Dialect:
    get = _method(
        kind,
        "get",
        lambda request: validation.read_get(request, kind, core.policy),
        lambda asked: core.tenants.get(asked.tenant, "name").stored(kind, asked.id),
        right=Right.READ,
    )
    return Dialect(
        api=API,
        service=kind.service,
        methods=(_list(core, kind), get, *writes),
        aliases=(f"{kind.service}{SUFFIX}",) if core.policy.service_aliases else (),
        explain=_explainer(core),
        rest=REST,
    )


def _list(core: Core, kind: Kind) -> Unary:
    def read(request: Any) -> listing.Listing:
        return listing.read_listing(core, request, kind)

    method = kind.method("list")
    return Unary(
        name=method.name,
        right=Right.READ,
        request=method.request,
        handle=lambda request: listing.list_page(core, read(request)),
        scope=lambda request: read(request).tenant,
    )


def _method(
    kind: Kind,
    verb: str,
    read: Callable[[Any], Any],
    act: Callable[[Any], Stored | Awaitable[Stored]],
    right: Right = Right.WRITE,
) -> Unary:
    """Return a method that answers a resource: `read` checks a request's shape, `act` the rest."""

    async def handle(request: Any) -> bytes:
        stored = act(read(request))
        return (await stored if isinstance(stored, Awaitable) else stored).item

    method = kind.method(verb)
    return Unary(
        name=method.name,
        right=right,
        request=method.request,
        handle=handle,
        scope=lambda request: str(read(request).tenant),
    )


def _explainer(core: Core) -> Callable[[ServiceError], ServiceError]:
    """Return what adds details to refusals, or takes them away, as the policy says at the time."""
    return lambda error: (
        refusals.explain(error) if core.policy.error_details else refusals.bare(error)
    )
