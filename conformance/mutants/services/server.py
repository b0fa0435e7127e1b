"""The naive services endpoint on a socket: synchronous gRPC, one thread per call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc

from conformance.mutants.hosting import hosted
from conformance.mutants.services.book import Book, Refuse
from conformance.mutants.services.policy import STRAIGHT, Policy
from conformance.mutants.services.service import Service
from conformance.mutants.services.wire import METHODS, SERVICES
from conformance.targets.profile import ServicesProfile
from fixtures.targets.services import ServiceNames, ServiceType

PROFILE = ServicesProfile(
    names=ServiceNames(required="drivers", kind="systems", generated="scratch"),
    aliases={name: f"site/{name}" for name in ("drivers", "systems", "scratch")},
    destructive=True,
    types={
        "mock": ServiceType(
            ok_config='{"does": "ok"}',
            bad_syntax_config='{"does":',
            failing_config='{"does": "fail"}',
            slow_config='{"does": "slow"}',
            retrying_config='{"does": "retry"}',
        ),
        "spare": ServiceType(ok_config="{}", collections=("kind",)),
    },
)
"""What a target file says of the endpoint."""


@contextmanager
def served(policy: Policy = STRAIGHT, *, port: int = 0) -> Iterator[str]:
    """Serve on the loopback address until the block ends; gives `127.0.0.1:PORT`.

    Raises:
        OSError: the port is taken.
    """
    book = Book(clock=policy.clock)
    with hosted(_Handlers(Service(policy, book)), port=port, stop=book.close) as address:
        yield address


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg] # takes none when it runs
    """Finds the handler of a method by its path."""

    def __init__(self, service: Service) -> None:
        serves = service.policy.serves
        self._known = {
            f"/{full}/{name}": _method(service, name)
            for generation, full in SERVICES.items()
            for name in METHODS
            if serves(generation, name)
        }

    def service(self, details: Any) -> Any:
        """The handler of a method, None if there is no such method."""
        return self._known.get(details.method)


def _method(service: Service, name: str) -> Any:
    method = METHODS[name]

    def encode(answer: Any) -> bytes:
        return service.policy.encoded(answer.SerializeToString(deterministic=True), name)

    def unary(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return service.call(name, request)
        except Refuse as refusal:
            _abort(refusal, context)

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            service.policy.admits(name, request)
            context.add_callback(service.book.wake)
            yield from service.streams[name](request, context.is_active)
        except Refuse as refusal:
            _abort(refusal, context)

    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(stream, method.request.FromString, encode)
    return grpc.unary_unary_rpc_method_handler(unary, method.request.FromString, encode)


def _abort(refusal: Refuse, context: grpc.ServicerContext) -> NoReturn:
    context.abort(refusal.code, str(refusal))
    raise AssertionError("abort always raises")
