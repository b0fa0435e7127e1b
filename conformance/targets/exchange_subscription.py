"""One subscription on a socket of AppSync's real-time protocol: its start, events, errors, end."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import grpc

from conformance.failures import Nonconformance
from conformance.targets.exchange_codec import decoded
from conformance.targets.exchange_documents import Document
from conformance.targets.exchange_errors import CODES, GraphRefused, kind_of
from conformance.targets.exchange_session import HEADER

if TYPE_CHECKING:
    from conformance.targets.exchange_socket import Socket

Message = Mapping[str, Any]


class Subscription:
    """One id on a socket."""

    def __init__(self, socket: Socket, document: Document, id: str) -> None:
        self.socket = socket
        self.document = document
        self.id = id
        self._since = len(socket.messages)
        self._taken = 0

    def start(self) -> dict[str, Any]:
        """The message that starts it, as the published SDK writes it."""
        header = self.socket.header
        host = next((value for name, value in header.items() if name.lower() == "host"), "")
        token = next((value for name, value in header.items() if name == HEADER), "")
        data = {"query": self.document.query, "variables": dict(self.document.variables or {})}
        return {
            "id": self.id,
            "type": "start",
            "payload": {
                "data": json.dumps(data),
                "operationName": self.document.operation.name,
                "extensions": {
                    "authorization": {
                        "host": host,
                        HEADER: token,
                        "Content-Type": "application/graphql",
                    }
                },
            },
        }

    def acknowledged(self) -> None:
        """Wait for start_ack.

        Raises:
            GraphRefused: an error came instead.
            Nonconformance: nothing came.
        """
        found = self.socket.wait(
            lambda m: m.get("id") == self.id and m.get("type") in ("start_ack", "error"),
            what=f"acknowledgement of {self.document.operation.name}",
            since=self._since,
        )
        if found["type"] == "error":
            raise refused_by(found)

    def events(self) -> list[Any]:
        """What has come so far for this id, as values.

        Raises:
            Nonconformance: an event is not what the schema says.
        """
        name = self.document.operation.name
        found = []
        for message in self.socket.messages[self._since :]:
            if message.get("id") == self.id and message.get("type") == "data":
                payload = message.get("payload")
                data = payload.get("data") if isinstance(payload, Mapping) else None
                if not isinstance(data, Mapping) or name not in data:
                    raise Nonconformance(
                        f"event of {name}", got=payload, wanted="data of its field"
                    )
                found.append(decoded(self.document.operation, data[name]))
        return found

    def next(self, *, within_s: float | None = None) -> Any:
        """The next event that was not taken yet.

        Raises:
            GraphRefused: an error came instead.
            Nonconformance: none came in time (default: latency).
        """
        wanted = self._taken + 1
        count = 0

        def reached(message: Message) -> bool:
            nonlocal count
            count += message.get("id") == self.id and message.get("type") == "data"
            return count == wanted or self.is_error(message)

        found = self.socket.wait(
            reached,
            within_s=within_s,
            what=f"event of {self.document.operation.name}",
            since=self._since,
        )
        if found.get("type") == "error":
            raise refused_by(found)
        self._taken = wanted
        return self.events()[wanted - 1]

    def is_error(self, message: Message) -> bool:
        """Whether a message is the error of this id."""
        return message.get("id") == self.id and message.get("type") == "error"

    def silent(self, for_s: float | None = None) -> bool:
        """Whether nothing beyond what was taken comes (default: quiet)."""
        time.sleep(self.socket.session.profile.quiet if for_s is None else for_s)
        return len(self.events()) <= self._taken

    def stop(self) -> Message:
        """Send stop and wait for complete.

        Raises:
            Nonconformance: it did not come.
        """
        self.socket.send({"type": "stop", "id": self.id})
        return self.socket.wait(
            lambda m: m.get("id") == self.id and m.get("type") == "complete",
            what="answer to stop",
            since=self._since,
        )


def refused_by(message: Message) -> GraphRefused:
    """The refusal in a message of type error or connection_error."""
    payload = message.get("payload")
    errors = payload.get("errors") if isinstance(payload, Mapping) else None
    listed = errors if isinstance(errors, list) else []
    kind = kind_of(listed[0]) if listed else ""
    text = str(listed[0].get("message", "")) if listed and isinstance(listed[0], Mapping) else ""
    code = CODES.get(kind, grpc.StatusCode.FAILED_PRECONDITION)
    return GraphRefused("the subscription", code, text or str(payload), kind=kind, errors=listed)
