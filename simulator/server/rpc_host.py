"""Mounts dialects on a grpc.aio server: bytes in, bytes out, refusals as statuses.

Order of checks: key and signature, right, well-formed request, scope, then the service. Nothing of
a resource shows before a caller is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import grpc
from google.protobuf.message import Message

from simulator.server.auth import Gate
from simulator.server.status import STATUS, fault
from simulator.server.streams import Streams
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


class Mount:
    """What all methods of a server share: the gate, the open streams, the counters."""

    def __init__(self, gate: Gate, streams: Streams) -> None:
        self.gate = gate
        self.streams = streams
        self.calls: Counter[str] = Counter()
        """Calls by method path."""
        self.draining: ServiceError | None = None
        """Set when no new stream may begin."""

    def handlers(self, dialects: Iterable[Dialect]) -> list[grpc.GenericRpcHandler[bytes, bytes]]:
        """Return the dialects as gRPC takes them."""
        return [
            grpc.method_handlers_generic_handler(
                dialect.service,
                {method.name: self._handler(dialect, method) for method in dialect.methods},
            )
            for dialect in dialects
        ]

    def _handler(
        self, dialect: Dialect, method: Unary | Streaming
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        if isinstance(method, Unary):
            return grpc.unary_unary_rpc_method_handler(self._unary(dialect, method))
        return grpc.unary_stream_rpc_method_handler(self._streaming(dialect, method))

    def _unary(self, dialect: Dialect, method: Unary) -> Any:
        path = f"/{dialect.service}/{method.name}"

        async def call(data: bytes, context: Any) -> bytes:
            try:
                self.calls[path] += 1
                reply = method.handle(
                    self.admit(dialect, method, data, texts(context.invocation_metadata()))
                )
                return reply if isinstance(reply, bytes) else await reply
            except ServiceError as error:
                refusal = error
            except Exception as error:
                refusal = fault(path, error)
            await context.abort(STATUS[refusal.code], refusal.text)
            raise AssertionError("abort always raises")

        return call

    def _streaming(self, dialect: Dialect, method: Streaming) -> Any:
        path = f"/{dialect.service}/{method.name}"

        async def call(data: bytes, context: Any) -> None:
            try:
                self.calls[path] += 1
                metadata = texts(context.invocation_metadata())
                request = self.admit(dialect, method, data, metadata)
                if self.draining is not None:
                    raise self.draining
                feed = method.open(request, metadata)
            except ServiceError as error:
                refusal = error
            except Exception as error:
                refusal = fault(path, error)
            else:
                await self.streams.serve(dialect.api, feed, context)
                return
            await context.abort(STATUS[refusal.code], refusal.text)

        return call

    def admit(
        self, dialect: Dialect, method: Unary | Streaming, data: bytes, metadata: Metadata
    ) -> Message:
        """Return the request of a caller who may make it.

        Raises:
            ServiceError: UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT, in this order.
        """
        key = self.gate.admit(metadata, method.name, signed=dialect.signed)
        key.check_right(method.right)
        key.check_permission(method.permission)
        request = parse(method.request, data)
        key.check_scope(method.scope(request))
        return request


def texts(metadata: Iterable[tuple[str, str | bytes]]) -> Metadata:
    """Return a call's metadata by name; binary values, which no service of ours reads, are left."""
    return {name.lower(): value for name, value in metadata if isinstance(value, str)}
