"""Subscriptions over AppSync's real-time protocol: one connection for one notice, as the SDK does.

The client is that of `websockets`, whose reading thread is a greenlet under locust.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from conformance.oracles.exchange.appsync import data_of
from loadtests.apis.exchange.http import ERROR_TYPES, HttpFailure, Status, context_of
from loadtests.apis.exchange.wire import NOTICE
from loadtests.target import Target

PROTOCOL = Subprotocol("graphql-ws")
MAX_MESSAGE = 1 << 20
DOCUMENT = f"subscription($q:String!){{{NOTICE}(queryId:$q){{queryId fileType fileSizeBytes url}}}}"


class Notices:
    """The notices of one subscription as they come; cancel it when they are no longer wanted.

    Args:
        target: whose exchange API is subscribed to.
        query_id: whose export is waited for.
        timeout_s: how long any message may take.

    Raises:
        grpc.RpcError: the connection or the subscription is refused, or nobody answers.
    """

    def __init__(self, target: Target, query_id: str, *, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._id = str(uuid.uuid4())
        self._is_over = False
        self._open = ExitStack()
        try:
            self._socket = self._open.enter_context(_connection(target, timeout_s))
        except TimeoutError:
            raise _late(timeout_s) from None
        except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed) as error:
            raise HttpFailure(Status.UNAVAILABLE, f"no WebSocket: {error}") from None
        try:
            self._subscribe(target, query_id)
        except BaseException:
            self.cancel()
            raise

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """The notices, each the value of the subscribed field.

        Raises:
            grpc.RpcError: the subscription or its connection is over, or no notice came in time.
        """
        while True:
            message = self._next()
            if message.get("type") == "data" and message.get("id") == self._id:
                found = (data_of(message) or {}).get(NOTICE)
                yield found if isinstance(found, Mapping) else {}

    def cancel(self) -> bool:
        """End the subscription and its connection."""
        if not self._is_over:
            self._is_over = True
            with suppress(ConnectionClosed, OSError):
                self._socket.send(json.dumps({"type": "stop", "id": self._id}))
            self._open.close()
        return True

    def _subscribe(self, target: Target, query_id: str) -> None:
        self._send({"type": "connection_init"})
        self._await("connection_ack")
        data = json.dumps({"query": DOCUMENT, "variables": {"q": query_id}})
        extensions = {"authorization": _authorization(target)}
        payload = {"data": data, "extensions": extensions}
        self._send({"type": "start", "id": self._id, "payload": payload})
        self._await("start_ack")

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._socket.send(json.dumps(message))
        except ConnectionClosed as error:
            raise HttpFailure(Status.UNAVAILABLE, f"the WebSocket closed: {error}") from None

    def _await(self, kind: str) -> None:
        while self._next().get("type") != kind:
            continue

    def _next(self) -> Mapping[str, Any]:
        try:
            message = json.loads(self._socket.recv(timeout=self._timeout_s))
        except TimeoutError:
            raise _late(self._timeout_s) from None
        except ConnectionClosed as error:
            status = Status.CANCELLED if self._is_over else Status.UNAVAILABLE
            raise HttpFailure(status, f"the WebSocket closed: {error}") from None
        except ValueError:
            raise HttpFailure(Status.INTERNAL, "a message is no JSON") from None
        if not isinstance(message, Mapping):
            raise HttpFailure(Status.INTERNAL, "a message is no object")
        if message.get("type") in ("error", "connection_error"):
            raise _refusal(message)
        if message.get("type") == "complete" and message.get("id") == self._id:
            raise HttpFailure(Status.UNAVAILABLE, "the target completed the subscription")
        return message


def _connection(target: Target, timeout_s: float) -> AbstractContextManager[ClientConnection]:
    said = target.exchange
    header = base64.b64encode(json.dumps(_authorization(target)).encode()).decode()
    separator = "&" if "?" in said.websocket_url else "?"
    url = f"{said.websocket_url}{separator}header={quote(header)}&payload=e30="
    is_secure = said.websocket_url.startswith("wss:")
    tls = target.tls
    return connect(
        url,
        subprotocols=[PROTOCOL],
        additional_headers=dict(target.metadata) | dict(said.headers),
        ssl=context_of(tls) if is_secure and tls else None,
        server_hostname=tls.server_name if is_secure and tls else None,
        open_timeout=timeout_s,
        close_timeout=1,
        ping_interval=None,
        max_size=MAX_MESSAGE,
        compression=None,
        proxy=None,
    )


def _authorization(target: Target) -> dict[str, str]:
    return {"host": urlsplit(target.exchange.url).netloc, "Authorization": target.exchange.token}


def _refusal(message: Mapping[str, Any]) -> HttpFailure:
    payload = message.get("payload")
    errors = payload.get("errors") if isinstance(payload, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    kind = str(first.get("errorType")) if isinstance(first, Mapping) else ""
    return HttpFailure(ERROR_TYPES.get(kind, Status.UNKNOWN), f"subscription refused: {kind}")


def _late(timeout_s: float) -> HttpFailure:
    return HttpFailure(Status.DEADLINE_EXCEEDED, f"no message in {timeout_s:g} s")
