"""WebSockets of the HTTP server: bounded frames, and no patience with who does not answer pings.

A reader that has stopped reading fills the buffers of its connection, which are small; it answers
no ping either, and its connection is cut.
"""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

FRAME_BYTES: Final = 256 * 1024
"""Largest message that is taken, near AppSync's 240 kB."""
PING_S: Final = 20.0
"""Between two pings, and for the answer to one."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def keepalive_timeout(self) -> None:
        """Cut the connection: a polite end would wait for what was never read."""
        super().keepalive_timeout()
        self.transport.abort()
