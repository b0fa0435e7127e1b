"""The meta API over gRPC: one check's calls and streams, recorded."""

from __future__ import annotations

from typing import Any

from conformance.recorder import Recorder
from conformance.targets.client import Client
from conformance.targets.credentials import Credentials, Headers
from conformance.targets.meta_requests import Operation
from conformance.targets.reading import GrpcCall
from conformance.targets.wire import Wire


class GrpcTransport:
    """How one check reaches the four services.

    Args:
        client: connection and credentials.
        recorder: keeps what is said.
    """

    name = "grpc"

    def __init__(self, client: Client, recorder: Recorder) -> None:
        self.client = client
        self.recorder = recorder

    def over(self, credentials: Credentials) -> GrpcTransport:
        """The same connection for another caller."""
        return GrpcTransport(self.client.with_credentials(credentials), self.recorder)

    def unary(self, operation: Operation, request: Any) -> Any:
        """One call.

        Raises:
            Refused: any status but OK.
        """
        data = request.SerializeToString()
        _, reply = self._wire(operation.kind.service).unary(
            operation.name,
            data,
            shown=request,
            response=operation.method.response,
            repeatable=True,
        )
        return reply

    def raw(self, service: str, method: str, data: bytes) -> bytes:
        """Any method of a service with any bytes.

        Raises:
            Refused: any status but OK.
        """
        reply, _ = self._wire(service).unary(method, data, repeatable=True)
        return reply

    def stream(
        self,
        operation: Operation,
        request: Any,
        *,
        number: int,
        extra: Headers,
        deadline_s: float | None,
    ) -> GrpcCall:
        """Open a stream; the caller records what comes.

        Args:
            operation: a method that streams.
            request: its request.
            number: of the stream in the record.
            extra: metadata besides the credentials.
            deadline_s: after which gRPC ends it.
        """
        wire = self._wire(operation.kind.service)
        metadata = [*self.client.headers(operation.method.path, None), *extra] if extra else None
        call = wire.stream(
            operation.name, request, number=number, metadata=metadata, deadline_s=deadline_s
        )
        return GrpcCall(call, operation.name, operation.method.response)

    def _wire(self, service: str) -> Wire:
        return Wire(self.client, self.recorder, service)
