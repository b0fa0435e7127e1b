"""Mounts dialects on a grpc.aio server: bytes in, bytes out, refusals as statuses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import grpc

from simulator.server.calls import Calls
from simulator.server.status import STATUS, trailers
from simulator.services.errors import ServiceError
from simulator.services.rpc import Dialect, Metadata, Streaming, Unary, parse

MESSAGE_BYTES: Final = 4 * 1024 * 1024
OPTIONS: Final = (
    # Without this a second server on the same port would share its calls silently.
    ("grpc.so_reuseport", 0),
    # The published dispatch client pings every minute, also without calls: that is no abuse.
    ("grpc.http2.min_ping_interval_without_data_ms", 1000),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    # Bursts wait; by default every call beyond a thousand waiting ones is cancelled.
    ("grpc.server.max_pending_requests", 100_000),
    ("grpc.server.max_pending_requests_hard_limit", 100_000),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
)
"""Options of every gRPC server of ours."""


def handlers(
    calls: Calls, dialects: Iterable[Dialect]
) -> list[grpc.GenericRpcHandler[bytes, bytes]]:
    """Return the dialects as gRPC takes them."""
    return [
        grpc.method_handlers_generic_handler(
            service,
            {method.name: _handler(calls, dialect, method) for method in dialect.methods},
        )
        for dialect in dialects
        for service in (dialect.service, *dialect.aliases)
    ]


def _handler(
    calls: Calls, dialect: Dialect, method: Unary | Streaming
) -> grpc.RpcMethodHandler[bytes, bytes]:
    if isinstance(method, Unary):
        return grpc.unary_unary_rpc_method_handler(_unary(calls, dialect, method))
    return grpc.unary_stream_rpc_method_handler(_streaming(calls, dialect, method))


def _unary(calls: Calls, dialect: Dialect, method: Unary) -> Any:
    async def call(data: bytes, context: Any) -> bytes:
        metadata = _texts(context.invocation_metadata())
        try:
            return await calls.answer(
                dialect, method, metadata, partial(parse, method.request, data)
            )
        except ServiceError as error:
            refusal = error
        await context.abort(STATUS[refusal.code], refusal.text, trailers(refusal))
        raise AssertionError("abort always raises")

    return call


def _streaming(calls: Calls, dialect: Dialect, method: Streaming) -> Any:
    async def call(data: bytes, context: Any) -> None:
        metadata = _texts(context.invocation_metadata())
        try:
            feed = calls.open(dialect, method, metadata, partial(parse, method.request, data))
        except ServiceError as error:
            refusal = error
        else:
            await calls.streams.serve(dialect, feed, context)
            return
        await context.abort(STATUS[refusal.code], refusal.text, trailers(refusal))

    return call


def _texts(metadata: Iterable[tuple[str, str | bytes]]) -> Metadata:
    """Return a call's metadata by name; binary values, which no service of ours reads, are left."""
    return {name.lower(): value for name, value in metadata if isinstance(value, str)}
