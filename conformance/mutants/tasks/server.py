"""The naive tasks endpoint on a socket: synchronous gRPC with generic handlers and reflection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from grpc_reflection.v1alpha.reflection import enable_server_reflection

from conformance.mutants.hosting import hosted, metadata_of
from conformance.mutants.tasks import wire
from conformance.mutants.tasks.book import Book, Refuse
from conformance.mutants.tasks.policy import STRAIGHT, Policy
from conformance.mutants.tasks.service import METHODS, Service

FEED = "gridproof.events.v1.EventFeed"
TENANTS = ("t1", "t2")
TOKENS = {"speaks-for-t1": "t1", "speaks-for-t2": "t2"}
"""The tenant of each bearer token."""


@contextmanager
def served(
    policy: Policy = STRAIGHT, *, port: int = 0, auth: bool = False, book: Book | None = None
) -> Iterator[str]:
    """Serve on the loopback address until the block ends; `HOST:PORT`.

    Raises:
        OSError: the port is taken.
    """
    book = book or Book(tenants=TENANTS, tokens=TOKENS if auth else None)
    with hosted(
        _Handlers(Service(policy, book)), port=port, stop=book.close, prepare=_reflect
    ) as address:
        yield address


def _reflect(server: grpc.Server) -> None:
    enable_server_reflection(wire.CONTRACT.services, server, pool=wire.CONTRACT.pool)


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg] # takes none when it runs
    """Finds the handler of a method by its path."""

    def __init__(self, service: Service) -> None:
        self._known = {f"/{FEED}/Subscribe": _feed(service)}
        for short, methods in METHODS.items():
            for name in (short, f"{short}Service"):
                for method in methods:
                    if service.policy.serves(name, method):
                        path = f"/{wire.PACKAGE}.{name}/{method}"
                        self._known[path] = _method(service, method, short)

    def service(self, details: Any) -> Any:
        """The handler of a method, None if there is no such method."""
        return self._known.get(details.method)


def _method(service: Service, name: str, short: str) -> Any:
    method = wire.CONTRACT.methods(f"{wire.PACKAGE}.{short}")[name]

    def handle(request: Any, context: grpc.ServicerContext) -> bytes:
        try:
            answer = service.call(name, request, metadata_of(context), context.is_active)
        except Refuse as refusal:
            _abort(service, refusal, context)
        found: bytes = service.policy.answers(name, answer.SerializeToString())
        return found

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield from (handle(request, context) for _ in range(2))

    if service.policy.streamed(name):
        return grpc.unary_stream_rpc_method_handler(stream, method.request.FromString)
    return grpc.unary_unary_rpc_method_handler(handle, method.request.FromString)


def _feed(service: Service) -> Any:
    def handle(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from service.feed(request, metadata_of(context), context.is_active)
        except Refuse as refusal:
            _abort(service, refusal, context)

    method = wire.EVENTS.methods(FEED)["Subscribe"]
    return grpc.unary_stream_rpc_method_handler(
        handle, method.request.FromString, method.response.SerializeToString
    )


def _abort(service: Service, refusal: Refuse, context: grpc.ServicerContext) -> NoReturn:
    messages = service.policy.details(wire.details(refusal))
    if messages:
        trailer = wire.trailer(refusal, messages)
        context.set_trailing_metadata((("grpc-status-details-bin", trailer),))
    context.abort(refusal.code, str(refusal))
    raise AssertionError("abort always raises")
