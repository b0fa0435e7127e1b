"""The naive meta endpoint on sockets: synchronous gRPC with generic handlers, and HTTP beside it.

`served` serves both and the mutation hook on loopback addresses until its block ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from conformance.mutants.hosting import hosted, metadata_of
from conformance.mutants.meta import control, rest
from conformance.mutants.meta.book import Book, Refuse
from conformance.mutants.meta.calls import METHODS, call, open_stream
from conformance.mutants.meta.policy import STRAIGHT, Policy
from conformance.mutants.meta.service import Service
from conformance.mutants.meta.wire import CONTRACT
from conformance.oracles.meta.model import KINDS, Kind

THREADS = 320
"""Calls at a time; an open watch holds one."""

ALL_TOKEN, NOTHING_TOKEN, WATCH_TOKEN = "may-do-all", "may-do-nothing", "may-watch"
"""Bearer tokens of callers with every permission, with none, and with those to watch."""


@dataclass(frozen=True)
class Addresses:
    """Where an endpoint is served: `127.0.0.1:PORT` and `http://127.0.0.1:PORT`."""

    grpc: str
    http: str


@contextmanager
def served(
    policy: Policy = STRAIGHT, *, port: int = 0, http_port: int = 0, auth: bool = False
) -> Iterator[Addresses]:
    """Serve on the loopback address until the block ends.

    Raises:
        OSError: a port is taken.
    """
    book = Book(permissions=_permissions() if auth else None, stamped=policy.stamped)
    service = Service(policy, book)
    with (
        rest.served(service, http_port) as url,
        hosted(_Handlers(service), port=port, threads=THREADS, stop=book.close) as address,
    ):
        yield Addresses(grpc=address, http=url)


def _permissions() -> Mapping[str, frozenset[str]]:
    def of(*verbs: str) -> frozenset[str]:
        prefix = "services/meta.edgelq.com/permissions/"
        return frozenset(f"{prefix}{kind}.{verb}" for kind in KINDS for verb in verbs)

    return {
        ALL_TOKEN: of("get", "batchGet", "list", "watch"),
        NOTHING_TOKEN: frozenset(),
        WATCH_TOKEN: of("watch"),
    }


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg] # takes none when it runs
    """Finds the handler of a method by its path."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._known = {
            f"/{control.SERVICE}/{name}": _verb(name, verb)
            for name, verb in control.verbs(service).items()
        }
        for kind in KINDS.values():
            for short, pattern in METHODS.items():
                name = pattern.format(kind.message)
                if service.policy.serves(kind.service, name):
                    self._known[f"/{kind.service}/{name}"] = _method(service, kind, short, name)

    def service(self, details: Any) -> Any:
        """The handler of a method, None if there is no such method."""
        odd = self._service.policy.undocumented(details.method)
        if odd is not None:
            return grpc.unary_unary_rpc_method_handler(lambda request, _: odd(request))
        return self._known.get(details.method)


def _verb(name: str, verb: Callable[[Any], Any]) -> Any:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return verb(request)
        except Refuse as refusal:
            _abort(refusal, context)

    method = control.CONTRACT.methods(control.SERVICE)[name]
    return grpc.unary_unary_rpc_method_handler(
        handle, method.request.FromString, method.response.SerializeToString
    )


def _method(service: Service, kind: Kind, short: str, name: str) -> Any:
    policy, method = service.policy, CONTRACT.methods(kind.service)[name]

    def encode(answer: Any) -> bytes:
        return policy.encoded(answer.SerializeToString(), short)

    def unary(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(service, kind, short, request, metadata_of(context))
        except Refuse as refusal:
            _abort(refusal, context)

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            opened = open_stream(
                service, kind, short, request, metadata_of(context), context.is_active
            )
            context.add_callback(service.book.wake)
            yield from opened
        except Refuse as refusal:
            _abort(refusal, context)

    if short.startswith("watch"):
        return grpc.unary_stream_rpc_method_handler(stream, method.request.FromString, encode)
    return grpc.unary_unary_rpc_method_handler(unary, method.request.FromString, encode)


def _abort(refusal: Refuse, context: grpc.ServicerContext) -> NoReturn:
    context.abort(refusal.code, str(refusal))
    raise AssertionError("abort always raises")
