"""The naive tasks endpoint on a socket: synchronous gRPC with generic handlers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc

from conformance.mutants.tasks import wire
from conformance.mutants.tasks.book import Book, Refuse
from conformance.mutants.tasks.policy import STRAIGHT, Policy
from conformance.mutants.tasks.service import METHODS, Service

FEED = "gridproof.events.v1.EventFeed"
TENANTS = ("t1", "t2")
TOKENS = {"speaks-for-t1": "t1", "speaks-for-t2": "t2"}
"""The tenant of each bearer token."""

THREADS = 64
"""Calls at a time; an open feed holds one."""

_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
)


@contextmanager
def served(
    policy: Policy = STRAIGHT, *, port: int = 0, auth: bool = False, book: Book | None = None
) -> Iterator[str]:
    """Serve on the loopback address until the block ends; `HOST:PORT`.

    Raises:
        OSError: the port is taken.
    """
    book = book or Book(tenants=TENANTS, tokens=TOKENS if auth else None)
    server = grpc.server(ThreadPoolExecutor(THREADS), options=_OPTIONS)
    server.add_generic_rpc_handlers((_Handlers(Service(policy, book)),))
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"cannot listen on port {port}: {error}") from None
    server.start()
    try:
        yield f"127.0.0.1:{bound}"
    finally:
        book.close()
        server.stop(grace=None).wait()


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
            answer = service.call(name, request, _metadata(context), context.is_active)
        except Refuse as refusal:
            _abort(service, refusal, context)
        found: bytes = service.policy.answers(name, answer.SerializeToString())
        return found

    return grpc.unary_unary_rpc_method_handler(handle, method.request.FromString)


def _feed(service: Service) -> Any:
    def handle(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from service.feed(request, _metadata(context), context.is_active)
        except Refuse as refusal:
            _abort(service, refusal, context)

    method = wire.EVENTS.methods(FEED)["Subscribe"]
    return grpc.unary_stream_rpc_method_handler(
        handle, method.request.FromString, method.response.SerializeToString
    )


def _metadata(context: grpc.ServicerContext) -> Mapping[str, str]:
    return {
        key: value if isinstance(value, str) else value.decode("ascii", "replace")
        for key, value in context.invocation_metadata()
    }


def _abort(service: Service, refusal: Refuse, context: grpc.ServicerContext) -> NoReturn:
    messages = service.policy.details(wire.details(refusal))
    if messages:
        trailer = wire.trailer(refusal, messages)
        context.set_trailing_metadata((("grpc-status-details-bin", trailer),))
    context.abort(refusal.code, str(refusal))
    raise AssertionError("abort always raises")
