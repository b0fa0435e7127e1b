"""The twenty methods of the meta API, as a server mounts them: one dialect for each kind."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from simulator.services.meta.kinds import KINDS, Kind
from simulator.services.meta.service import MetaService
from simulator.services.rpc import Dialect, Right, Streaming, Unary

_VERBS: Final = {"get": "get", "batch_get": "batchGet", "list": "list"}


def dialects(service: MetaService) -> tuple[Dialect, ...]:
    """Return the methods of a meta service under their published names."""
    return tuple(_dialect(service, kind) for kind in KINDS.values())


def _dialect(service: MetaService, kind: Kind) -> Dialect:
    calls: dict[str, Callable[[Kind, Any], bytes]] = {
        "get": service.get,
        "batch_get": service.batch_get,
        "list": service.list,
    }
    unary = (
        Unary(
            name=kind.methods[key].name,
            right=Right.READ,
            permission=kind.permission(_VERBS[key]),
            request=kind.methods[key].request,
            handle=partial(call, kind),
        )
        for key, call in calls.items()
    )
    streams = {"watch_one": service.watch_one, "watch": service.watch}
    streaming = (
        Streaming(
            name=kind.methods[key].name,
            right=Right.READ,
            permission=kind.permission("watch"),
            request=kind.methods[key].request,
            open=partial(opening, kind),
        )
        for key, opening in streams.items()
    )
    return Dialect(api="meta", service=kind.service, methods=(*unary, *streaming))
