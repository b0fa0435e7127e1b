"""The eleven methods of the services API, as a server mounts them, under both package names.

A caller's key must be good for `smartcore.bos.services.` and the name of the method: an operator's
for reads and `smartcore.bos.services.St*`, say, a viewer's for reads alone (published Go service).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from fixtures.contracts import load
from simulator.services.rpc import Dialect, Feed, Right, Streaming, Unary
from simulator.services.services.wire import SERVICES

if TYPE_CHECKING:
    from simulator.services.services.service import ServicesService

PERMISSIONS: Final = "smartcore.bos.services."
"""What the permission of every method begins with."""


def dialects(service: ServicesService) -> tuple[Dialect, ...]:
    """Return the methods under each package name that the service's policy has served."""
    served = service.policy.generations
    return tuple(
        _dialect(service, generation, name)
        for generation, name in SERVICES.items()
        if served in ("both", generation)
    )


def _dialect(service: ServicesService, generation: str, name: str) -> Dialect:
    methods = load("services", generation).methods(name)
    unary: dict[str, tuple[Right, Callable[[Any], bytes]]] = {
        "GetService": (Right.READ, service.get),
        "CreateService": (Right.WRITE, service.create),
        "DeleteService": (Right.WRITE, service.delete),
        "ListServices": (Right.READ, service.list),
        "StartService": (Right.WRITE, service.start),
        "ConfigureService": (Right.WRITE, service.configure),
        "StopService": (Right.WRITE, service.stop),
        "GetServiceMetadata": (Right.READ, service.get_metadata),
    }
    streaming: dict[str, Callable[[Any], Feed]] = {
        "PullService": service.pull,
        "PullServices": service.pull_all,
        "PullServiceMetadata": service.pull_metadata,
    }
    return Dialect(
        api="services",
        service=name,
        methods=(
            *(
                Unary(
                    name=method,
                    right=right,
                    permission=PERMISSIONS + method,
                    request=methods[method].request,
                    handle=handle,
                )
                for method, (right, handle) in unary.items()
            ),
            *(
                Streaming(
                    name=method,
                    right=Right.READ,
                    permission=PERMISSIONS + method,
                    request=methods[method].request,
                    open=_opening(opening),
                )
                for method, opening in streaming.items()
            ),
        ),
    )


def _opening(opening: Callable[[Any], Feed]) -> Callable[[Any, Any], Feed]:
    return lambda request, metadata: opening(request)
