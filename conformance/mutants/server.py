"""The naive endpoint on a socket: synchronous gRPC, one thread per call, generic handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc

from conformance.mutants.book import Book, Refuse
from conformance.mutants.hosting import hosted, metadata_of
from conformance.mutants.policy import STRAIGHT, Policy
from conformance.mutants.service import Service
from conformance.mutants.wire import CONTRACT, SERVICE

AUTH_KEY = "example-key"
SIGN_SECRET = "example-secret"
"""The credentials that `--auth` asks for."""


@contextmanager
def served(
    policy: Policy = STRAIGHT,
    *,
    port: int = 0,
    auth_key: str | None = None,
    sign_secret: str | None = None,
) -> Iterator[str]:
    """Serve on the loopback address until the block ends; gives `127.0.0.1:PORT`.

    Raises:
        OSError: the port is taken.
    """
    book = Book(auth_key=auth_key, sign_secret=sign_secret)
    with hosted(_handlers(Service(policy, book)), port=port) as address:
        yield address


def _handlers(service: Service) -> grpc.GenericRpcHandler[Any, Any]:
    methods = CONTRACT.methods(SERVICE)
    unary: dict[str, Callable[[Any], Any]] = {
        "ListMicrogridDispatches": service.list,
        "CreateMicrogridDispatch": service.create,
        "UpdateMicrogridDispatch": service.update,
        "GetMicrogridDispatch": service.get,
        "DeleteMicrogridDispatch": service.delete,
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            _unary(service, name, method),
            request_deserializer=methods[name].request.FromString,
            response_serializer=methods[name].response.SerializeToString,
        )
        for name, method in unary.items()
    }
    stream = methods["StreamMicrogridDispatches"]
    handlers[stream.name] = grpc.unary_stream_rpc_method_handler(
        _stream(service, stream.name),
        request_deserializer=stream.request.FromString,
        response_serializer=stream.response.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(SERVICE, handlers)


def _unary(
    service: Service, name: str, method: Callable[[Any], Any]
) -> Callable[[Any, grpc.ServicerContext], Any]:
    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            _admit(service, name, request, context)
            return method(request)
        except Refuse as refusal:
            _abort(service, refusal, context)

    return handle


def _stream(service: Service, name: str) -> Callable[[Any, grpc.ServicerContext], Iterator[Any]]:
    def handle(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            _admit(service, name, request, context)
            subscriber = service.subscribe(request)
        except Refuse as refusal:
            _abort(service, refusal, context)
        if not context.add_callback(lambda: subscriber.events.put(None)):
            subscriber.events.put(None)
        yield from service.events(subscriber)

    return handle


def _admit(service: Service, name: str, request: Any, context: grpc.ServicerContext) -> None:
    service.policy.guard(service.book, name, metadata_of(context), request)
    service.policy.admits(service.book, request)


def _abort(service: Service, refusal: Refuse, context: grpc.ServicerContext) -> NoReturn:
    context.abort(service.policy.status(refusal), str(refusal))
    raise AssertionError("abort always raises")
