"""Open streams of any API and transport, read in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from conformance.failures import Nonconformance, Refused
from conformance.recorder import Recorder, Step, now_us

T = TypeVar("T")

JOIN_S = 2.0
"""How long a reader may take to end after its stream was cancelled."""


class Call(Protocol):
    """A stream of either transport."""

    def messages(self) -> Iterator[tuple[Any, Any]]:
        """Messages, each with what the record shows of it."""

    def status(self) -> tuple[grpc.StatusCode, str]:
        """How it ended."""

    def cancel(self) -> None:
        """End it from our side."""


class Reading(Generic[T]):
    """What arrives on one stream, in order; safe for threads.

    Args:
        call: the open stream.
        decode: from a message and its time of arrival in microseconds to what checks see.
        method: the bare method name.
        recorder: of the check.
        number: of the stream in the record.
    """

    def __init__(
        self,
        call: Call,
        decode: Callable[[Any, int], T],
        *,
        method: str,
        recorder: Recorder,
        number: int,
    ) -> None:
        self.method = method
        self._call = call
        self._decode = decode
        self._recorder = recorder
        self._number = number
        self._received: list[T] = []
        self._next = 0
        self._status: grpc.StatusCode | None = None
        self._details = ""
        self._broken: Nonconformance | None = None
        self._news = threading.Condition()
        self._reader: threading.Thread | None = None

    def read(self) -> None:
        """Start reading, once."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

    @property
    def status(self) -> grpc.StatusCode | None:
        """None while the stream is open, else how it ended; OK is a clean end."""
        return self._status

    @property
    def details(self) -> str:
        """The text beside the status."""
        return self._details

    @property
    def messages(self) -> list[T]:
        """Everything received so far."""
        with self._news:
            return list(self._received)

    def next(self, timeout_s: float) -> T | None:
        """The next message; None if none came in time, or the stream ended before.

        Raises:
            Nonconformance: what came could not be read.
        """
        with self._news:
            self._news.wait_for(self._has_news, timeout_s)
            if self._next < len(self._received):
                self._next += 1
                return self._received[self._next - 1]
            if self._broken is not None:
                raise self._broken
            return None

    def first(self, timeout_s: float) -> T:
        """The next message, which has to come.

        Raises:
            Refused: the stream ends with a status other than OK.
            Nonconformance: it ends well, or nothing comes in time.
        """
        message = self.next(timeout_s)
        if message is not None:
            return message
        if self._status not in (None, grpc.StatusCode.OK):
            raise Refused(self.method, self._status, self._details)
        got = f"nothing within {timeout_s:g} s" if self._status is None else "the end"
        raise Nonconformance(f"stream of {self.method}", got=got, wanted="a message")

    def ended(self, timeout_s: float) -> grpc.StatusCode | None:
        """How the stream ended, once it has; None if it is still open after that time."""
        with self._news:
            self._news.wait_for(lambda: self._status is not None, timeout_s)
            return self._status

    def cancel(self) -> None:
        """End the stream from our side."""
        self._call.cancel()
        if self._reader is not None:
            self._reader.join(timeout=JOIN_S)

    def _has_news(self) -> bool:
        return self._next < len(self._received) or self._status is not None

    def _read(self) -> None:
        try:
            for message, shown in self._call.messages():
                at_us = now_us()
                self._recorder.add(
                    Step(
                        kind="event",
                        method=self.method,
                        reply=shown,
                        at_us=at_us,
                        stream=self._number,
                    )
                )
                arrived = self._decode(message, at_us)
                with self._news:
                    self._received.append(arrived)
                    self._news.notify_all()
        except Nonconformance as broken:
            self._broken = broken
            self._call.cancel()
        code, self._details = self._call.status()
        self._recorder.add(
            Step(
                kind="end",
                method=self.method,
                code=code.name,
                details=self._details,
                at_us=now_us(),
                stream=self._number,
            )
        )
        with self._news:
            self._status = code
            self._news.notify_all()


class GrpcCall:
    """An open gRPC stream: messages, each with what the record shows of it.

    Args:
        call: of grpc, which yields bytes.
        method: the bare method name.
        response: how to decode a message.
    """

    def __init__(self, call: Any, method: str, response: type[Message]) -> None:
        self._call = call
        self._method = method
        self._response = response

    def messages(self) -> Iterator[tuple[Any, Any]]:
        """Each message, decoded and as it is shown; ends with the stream, whatever the status.

        Raises:
            Nonconformance: bytes that are no message.
        """
        try:
            for data in self._call:
                try:
                    message = self._response.FromString(data)
                except DecodeError:
                    raise Nonconformance(
                        f"message of {self._method}",
                        got=f"{len(data)} bytes that cannot be decoded",
                    ) from None
                yield message, message
        except grpc.RpcError:
            return  # the status tells, for streams that end well too

    def status(self) -> tuple[grpc.StatusCode, str]:
        """How it ended."""
        return self._call.code() or grpc.StatusCode.UNKNOWN, self._call.details() or ""

    def cancel(self) -> None:
        """End it from our side."""
        self._call.cancel()
