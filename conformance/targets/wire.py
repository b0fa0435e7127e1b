"""Calls of one check: recorded, with statuses as refusals, and lost connections told apart.

UNAVAILABLE is what a client makes up when a connection breaks and what a server may answer. A
read is tried once more after the connection stands again; a write is not, because it may have
been carried out.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from conformance.failures import Nonconformance, Refused
from conformance.recorder import Recorder, Step, now_us
from conformance.targets.client import Client
from conformance.targets.credentials import Headers

OTHER_METADATA = "other metadata"
"""The caller of a call that sends metadata of its own instead of its credentials."""

DETAILS = "grpc-status-details-bin"


class Wire:
    """One gRPC service of one target, as one check talks to it.

    Args:
        client: connection and credentials.
        recorder: keeps what is said.
        service: full name of the service.
    """

    def __init__(self, client: Client, recorder: Recorder, service: str) -> None:
        self.client = client
        self.recorder = recorder
        self.service = service

    def unary(
        self,
        method: str,
        request: bytes,
        *,
        shown: Message | None = None,
        response: type[Message] | None = None,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
        repeatable: bool = False,
        creates: bool = False,
        cleaning: bool = False,
    ) -> tuple[bytes, Message | None]:
        """One call; the answer as bytes and decoded.

        Args:
            method: bare method name; it need not exist.
            request: the encoded request.
            shown: the same request for the record; without it the bytes are shown.
            response: how to decode the answer.
            metadata: replaces the credentials.
            deadline_s: replaces the usual one.
            repeatable: may be sent twice.
            creates: makes something that has to be removed later.
            cleaning: spends from what was kept back.

        Raises:
            Refused: any status but OK.
            Nonconformance: the answer cannot be decoded.
            TargetLost: the target stopped answering.
            BudgetSpent: no call is left.
        """
        path = f"/{self.service}/{method}"
        headers = self.client.headers(path, metadata)
        for attempt in (0, 1):
            at_us, began = now_us(), time.perf_counter()
            step: dict[str, Any] = {
                "kind": "call",
                "method": method,
                "request": shown if shown is not None else request,
                "metadata": tuple(name for name, _ in headers) or None,
                "at_us": at_us,
                "caller": self._caller(metadata),
            }
            try:
                reply = self.client.unary(
                    path,
                    request,
                    metadata=headers if metadata is not None or not attempt else None,
                    deadline_s=deadline_s,
                    creates=creates and not attempt,
                    cleaning=cleaning,
                )
            except grpc.RpcError as error:
                code, details = error.code(), error.details() or ""
                took_ms = (time.perf_counter() - began) * 1000
                trailers: Any = getattr(error, "trailing_metadata", tuple)() or ()
                refusal: dict[str, Any] = {
                    "code": code.name,
                    "details": details,
                    "trailer": _details(trailers),
                }
                self.recorder.add(Step(**step, **refusal, took_ms=took_ms))
                if code is grpc.StatusCode.UNAVAILABLE:
                    self.client.check_alive()
                    if repeatable and not attempt:
                        continue
                raise Refused(method, code, details, trailers) from None
            took_ms = (time.perf_counter() - began) * 1000
            decoded = self._decoded(method, reply, response)
            self.recorder.add(
                Step(**step, reply=decoded if decoded is not None else reply, took_ms=took_ms)
            )
            return reply, decoded
        raise AssertionError("unreachable: the second attempt returns or raises")

    def stream(
        self,
        method: str,
        request: Message,
        *,
        number: int,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """Open a server stream and record that; the caller records what comes."""
        path = f"/{self.service}/{method}"
        headers = self.client.headers(path, metadata)
        call = self.client.stream(
            path, request.SerializeToString(), metadata=headers, deadline_s=deadline_s
        )
        self.recorder.add(
            Step(
                kind="open",
                method=method,
                request=request,
                metadata=tuple(name for name, _ in headers) or None,
                at_us=now_us(),
                stream=number,
                caller=self._caller(metadata),
            )
        )
        return call

    def _caller(self, metadata: Headers | None) -> str:
        return self.client.credentials.role if metadata is None else OTHER_METADATA

    @staticmethod
    def _decoded(method: str, reply: bytes, response: type[Message] | None) -> Message | None:
        if response is None:
            return None
        try:
            return response.FromString(reply)
        except DecodeError:
            raise Nonconformance(
                f"answer of {method}", got=f"{len(reply)} bytes that cannot be decoded"
            ) from None


def _details(trailers: Iterable[tuple[str, str | bytes]]) -> bytes:
    """What a refusal tells beside its status, as it came."""
    found = next((value for name, value in trailers if name == DETAILS), b"")
    return found if isinstance(found, bytes) else found.encode("latin-1")
