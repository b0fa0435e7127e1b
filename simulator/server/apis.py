"""The APIs that a server can serve: their services, and the contracts that describe these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fixtures.contracts import Contract, load
from simulator.server.rest_routes import Route, routes_of
from simulator.services import control, dispatch, meta, meta_control

if TYPE_CHECKING:
    from simulator.server.history import History
    from simulator.server.steering import HostSteering
    from simulator.services.rpc import Dialect


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """A gRPC service of a server, and its contract."""

    dialect: Dialect
    contract: Contract


def mounted(history: History, names: Iterable[str]) -> list[Mounted]:
    """Return the services of the APIs that are named, over the services of a history."""
    found = []
    for name in names:
        if name == "dispatch":
            contract = load("dispatch", generation=history.dispatch.policy.reflects)
            found.append(Mounted(dialect=dispatch.dialect(history.dispatch), contract=contract))
        else:
            found += [
                Mounted(dialect=dialect, contract=load("meta"))
                for dialect in meta.dialects(history.meta)
            ]
    return found


def controls(steering: HostSteering, history: History, names: Iterable[str]) -> list[Mounted]:
    """Return what steers a server that serves the APIs that are named."""
    found = [Mounted(dialect=control.dialect(steering), contract=control.CONTRACT)]
    if "meta" in names:
        hook = meta_control.dialect(
            history.meta,
            partial(steering.settle, "meta"),
            restore=history.registry.restore,
            clock=True,
        )
        found.append(Mounted(dialect=hook, contract=control.CONTRACT))
    return found


def routes(apis: Iterable[Mounted]) -> Iterator[Route]:
    """Yield all ways into mounted services over HTTP."""
    for api in apis:
        yield from routes_of(api.dialect, api.contract)
