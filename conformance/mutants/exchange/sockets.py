"""A WebSocket on a connection whose HTTP request was read; frames are those of a library."""

from __future__ import annotations

import base64
import hashlib
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LOOK_S = 0.5


def accept_key(key: str) -> str:
    """The answer to `Sec-WebSocket-Key`."""
    digest = hashlib.sha1((key + GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


class Socket:
    """One open WebSocket; `send` may be called from any thread and never raises.

    Args:
        connection: on which the handshake is done.
        patience_s: how long a client may refuse to read before it is dropped.
    """

    def __init__(self, connection: socket.socket, patience_s: float) -> None:
        self._patience_s = patience_s
        self._connection = connection
        self._protocol = Protocol(Side.SERVER, state=State.OPEN, max_size=2**20)
        self._lock = threading.Lock()
        self._gone = False

    def send(self, message: dict[str, Any]) -> None:
        """Send a message as JSON text."""
        with self._lock:
            if self._protocol.state is State.OPEN:
                self._protocol.send_text(json.dumps(message).encode())
                self._flush()

    def close(self, code: int = 1000) -> None:
        """Begin to close, or confirm it."""
        with self._lock:
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(code)
                self._flush()

    def texts(
        self, idle_s: float, idle: Callable[[], None], over: Callable[[], bool]
    ) -> Iterator[str | bytes]:
        """What the client says until it leaves; `idle` is called every `idle_s` seconds.

        Args:
            idle_s: between two calls of `idle`.
            idle: sends a sign of life.
            over: whether the endpoint has ended.
        """
        due = time.monotonic() + idle_s
        while not self._gone and not over():
            if time.monotonic() >= due:
                idle()
                due += idle_s
            if not select.select([self._connection], [], [], LOOK_S)[0]:
                continue
            try:
                data = self._connection.recv(65536)
            except OSError:
                return
            with self._lock:
                if data:
                    self._protocol.receive_data(data)
                else:
                    self._protocol.receive_eof()
                self._flush()
                heard: list[Any] = self._protocol.events_received()
            for frame in heard:
                if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                    yield frame.data
            if not data or self._protocol.close_expected():
                return

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data and not self._gone:
                try:
                    self._connection.settimeout(self._patience_s)
                    self._connection.sendall(data)
                except OSError:
                    self._gone = True
                    with suppress(OSError):
                        self._connection.shutdown(socket.SHUT_RDWR)
