"""One subscription on a WebSocket: what the server's streams need of a call, as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import grpc

from simulator.server.exchange_http import encoded
from simulator.services.exchange.graphql.errors import INTERNAL, refusal

if TYPE_CHECKING:
    from starlette.types import Send

_KINDS: Final = {
    grpc.StatusCode.PERMISSION_DENIED: "Unauthorized",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "LimitExceeded",
    grpc.StatusCode.UNAVAILABLE: "ServiceUnavailable",
}
"""Types of errors by the status with which a stream ends; all others are faults of ours."""


def error_frame(id_: str | None, *errors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message that tells of errors; None: they concern no subscription."""
    named = {} if id_ is None else {"id": id_}
    return {"type": "error", **named, "payload": {"errors": errors}}


class SocketContext:
    """What `Streams` needs of a call: the part of grpc.aio's context that it uses."""

    def __init__(self, id_: str, send: Send) -> None:
        self.id = id_
        self._send = send
        self._is_over = False

    def leave(self) -> None:
        """Note that nobody wants to hear more."""
        self._is_over = True

    def done(self) -> bool:
        """Return whether nothing can be written any more."""
        return self._is_over

    async def send_initial_metadata(self, metadata: object) -> None:
        """Tell the client that it is subscribed."""
        await self._frame({"type": "start_ack", "id": self.id})

    async def write(self, message: bytes) -> None:
        """Send an event; returns once the connection takes more."""
        if not self._is_over:
            id_ = encoded(self.id).decode()
            await self._text(f'{{"type":"data","id":{id_},"payload":{message.decode()}}}')

    async def abort(
        self, code: grpc.StatusCode, text: str = "", trailers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """Say why the subscription ends, and end it."""
        if self._is_over:
            return
        self._is_over = True
        await self._frame(error_frame(self.id, refusal(_KINDS.get(code, INTERNAL), text)))
        await self._frame({"type": "complete", "id": self.id})

    async def _frame(self, message: Mapping[str, Any]) -> None:
        await self._text(encoded(message).decode())

    async def _text(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except OSError:
            # The client is gone; whoever reads from it will notice, and end the subscription.
            self._is_over = True
