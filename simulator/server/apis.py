"""The APIs that a server can serve: their services, and the contracts that describe these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from fixtures.contracts import Contract, load
from fixtures.contracts.loading import GENERATIONS
from simulator.server.rest_routes import Route, routes_of
from simulator.services import (
    control,
    dispatch,
    exchange_control,
    meta,
    meta_control,
    services,
    tasks,
)

if TYPE_CHECKING:
    from simulator.server.history import History
    from simulator.server.steering import HostSteering
    from simulator.services.rpc import Dialect


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """A gRPC service of a server, and its contract."""

    dialect: Dialect
    contract: Contract

    @property
    def names(self) -> tuple[str, ...]:
        """The full names under which it is served."""
        return (self.dialect.service, *self.dialect.aliases)


def mounted(history: History, names: Iterable[str]) -> list[Mounted]:
    """Return the gRPC services of the APIs that are named, over the services of a history.

    The exchange has none.
    """
    return [each for name in names if name in _MOUNTS for each in _MOUNTS[name](history)]


def _dispatch(history: History) -> Iterator[Mounted]:
    contract = load("dispatch", generation=history.dispatch.policy.reflects)
    yield Mounted(dialect=dispatch.dialect(history.dispatch), contract=contract)


def _meta(history: History) -> Iterator[Mounted]:
    for dialect in meta.dialects(history.meta):
        yield Mounted(dialect=dialect, contract=load("meta"))


def _services(history: History) -> Iterator[Mounted]:
    generations = [load("services", generation) for generation in GENERATIONS["services"]]
    for dialect in services.dialects(history.services):
        contract = next(each for each in generations if dialect.service in each.services)
        yield Mounted(dialect=dialect, contract=contract)


def _tasks(history: History) -> Iterator[Mounted]:
    for dialect in tasks.dialects(history.tasks):
        yield Mounted(dialect=dialect, contract=load("tasks"))
    yield Mounted(dialect=tasks.event_dialect(history.tasks), contract=load("events"))


_MOUNTS: Final[Mapping[str, Callable[[History], Iterator[Mounted]]]] = {
    "dispatch": _dispatch,
    "meta": _meta,
    "services": _services,
    "tasks": _tasks,
}


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
    if history.exchange is not None:
        orders = exchange_control.dialect(history.exchange.faults)
        found.append(Mounted(dialect=orders, contract=control.CONTRACT))
    return found


def routes(apis: Iterable[Mounted]) -> Iterator[Route]:
    """Yield all ways into mounted services over HTTP."""
    for api in apis:
        yield from routes_of(api.dialect, api.contract)


def described(apis: Sequence[Mounted]) -> dict[str, FileDescriptorProto]:
    """Return the files that describe mounted services, by path.

    Other names of a service get a service of their own, beside the one that their contract has.
    """
    files: dict[str, FileDescriptorProto] = {}
    for api in apis:
        for path, file in api.contract.files.items():
            # Google's own files come with each contract, and are the same.
            if path not in files:
                files[path] = FileDescriptorProto()
                files[path].CopyFrom(file)
    known = {
        f"{file.package}.{service.name}": (file, service)
        for file in files.values()
        for service in file.service
    }
    for api in apis:
        file, service = known[api.dialect.service]
        for alias in api.dialect.aliases:
            added = file.service.add()
            added.CopyFrom(service)
            added.name = alias.rpartition(".")[2]
    return files
