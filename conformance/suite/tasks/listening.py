"""A listener on the loopback address that counts who connects, for what must not be fetched."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/schema+json\r\n"
    b"Content-Length: 4\r\nConnection: close\r\n\r\ntrue"
)
"""Whoever asks is given the schema that everything follows."""

LOOK_S = 0.2


class Listener:
    """Counts connections.

    Attributes:
        port: where it listens.
        asked: the first line of each request.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(LOOK_S)
        self.port: int = self._socket.getsockname()[1]
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            with suppress(OSError):
                connection, _ = self._socket.accept()
                with connection:
                    connection.settimeout(LOOK_S)
                    self.asked.append("a connection")
                    line = connection.recv(4096).split(b"\r\n")[0]
                    self.asked[-1] = line.decode("latin-1")
                    connection.sendall(ANSWER)


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener until the block ends."""
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()


def is_here(endpoint: str) -> bool:
    """Whether who serves `HOST:PORT` is on this machine, and so can reach its loopback address."""
    host = endpoint.rpartition(":")[0].strip("[]")
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
