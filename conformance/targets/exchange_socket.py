"""AppSync's real-time protocol over WebSocket, as a client that says what a check wants it to say.

A `Socket` sends and receives messages one by one; a `Subscription` is one id on it. A thread reads
what comes and hands it out by id, so that silence can be told from not having looked.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import quote, urlsplit

import grpc
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from conformance.failures import Nonconformance, TargetLost
from conformance.recorder import Recorder, Step, now_us
from conformance.targets.exchange_calls import ALIVE_S, alive, shown
from conformance.targets.exchange_documents import Document
from conformance.targets.exchange_errors import GraphRefused
from conformance.targets.exchange_session import (
    HEADER,
    ExchangeSession,
    url_of,
    websocket_setting,
    websocket_url_of,
)
from conformance.targets.exchange_subscription import Message, Subscription, refused_by

PROTOCOL = "graphql-ws"

MAX_MESSAGE = 16 * 2**20


class Socket:
    """One connection; use it as a context manager.

    Args:
        session: what all checks of the process share.
        recorder: what this check says and hears.
        header: the JSON object of the handshake; see `header_of`.
        protocol: the subprotocol that is offered; None offers none.
        reads: False leaves what comes unread until `read` is called.
        caller: whose header it is, for the record.

    Raises:
        GraphRefused: the handshake is refused.
        TargetLost: nobody answers.
    """

    def __init__(
        self,
        session: ExchangeSession,
        recorder: Recorder,
        header: Mapping[str, str] | None,
        *,
        protocol: str | None = PROTOCOL,
        reads: bool = True,
        caller: str = "",
    ) -> None:
        self._caller = caller
        self.session = session
        self.recorder = recorder
        self.header = dict(header or {})
        self.number = session.next_stream()
        self._news = threading.Condition()
        self._messages: list[Message] = []
        self._closed: str | None = None
        self._open = ExitStack()
        self._over = session.budget.open_stream()
        try:
            self._connection = self._connect(header, protocol)
        except BaseException:
            self._over()
            raise
        self._thread = threading.Thread(target=self._read, daemon=True)
        if reads:
            self.read()

    def _connect(self, header: Mapping[str, str] | None, protocol: str | None) -> ClientConnection:
        url = websocket_url_of(self.session.target)
        query = ""
        if header is not None:
            said = base64.b64encode(json.dumps(header).encode()).decode()
            query = f"?header={quote(said, safe='')}&payload={quote('e30=', safe='')}"
        self.recorder.add(
            Step(
                kind="open",
                method=f"socket {urlsplit(url).path}",
                request={"header": {name: "…" for name in header or {}}, "subprotocol": protocol},
                at_us=now_us(),
                stream=self.number,
                caller=self._caller,
            )
        )
        try:
            return self._open.enter_context(
                connect(
                    url + query,
                    subprotocols=[Subprotocol(protocol)] if protocol else None,
                    ssl=self._context() if url.startswith("wss") else None,
                    open_timeout=self.session.profile.deadline,
                    close_timeout=2.0,
                    ping_interval=None,
                    max_size=MAX_MESSAGE,
                    proxy=None,
                )
            )
        except (InvalidHandshake, InvalidURI) as error:
            said = _said(error, query)
            self._ended(said)
            status = getattr(getattr(error, "response", None), "status_code", 0)
            code = (
                grpc.StatusCode.UNAUTHENTICATED
                if status in (401, 403)
                else (grpc.StatusCode.FAILED_PRECONDITION)
            )
            raise self._refused(url, code, said) from None
        except OSError as error:
            self._ended(str(error))
            if not alive(url, ALIVE_S):
                setting = websocket_setting(self.session.target)
                raise TargetLost(f"{url} does not answer: {error}; {setting}") from None
            late = isinstance(error, TimeoutError)
            code = grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.UNAVAILABLE
            raise self._refused(url, code, str(error)) from None

    def _refused(self, url: str, code: grpc.StatusCode, said: str) -> GraphRefused:
        """The refusal that a handshake ended with; the address may be the wrong one."""
        setting = websocket_setting(self.session.target)
        refusal = GraphRefused("the handshake", code, f"{url}: {said} ({setting})")
        refusal.wanted = "HTTP 101 Switching Protocols"
        return refusal

    def _context(self) -> ssl.SSLContext:
        tls = self.session.target.tls
        return ssl.create_default_context(cafile=str(tls.ca) if tls and tls.ca else None)

    def read(self) -> None:
        """Begin to read what comes."""
        self._thread.start()

    @property
    def subprotocol(self) -> str | None:
        """What the server chose."""
        return self._connection.subprotocol

    @property
    def closed(self) -> bool:
        """Whether the other side has ended it."""
        with self._news:
            return self._closed is not None

    @property
    def messages(self) -> tuple[Message, ...]:
        """Everything received so far, in its order."""
        with self._news:
            return tuple(self._messages)

    def send(self, message: Message | str) -> None:
        """Send a message, or any text.

        Raises:
            GraphRefused: the connection is closed.
        """
        text = message if isinstance(message, str) else json.dumps(message)
        try:
            self._connection.send(text)
        except ConnectionClosed as error:
            raise GraphRefused("the socket", grpc.StatusCode.UNAVAILABLE, str(error)) from None
        self.recorder.add(
            Step(
                kind="send",
                method="socket",
                request=_hidden(message) if not isinstance(message, str) else {"text": text},
                at_us=now_us(),
                stream=self.number,
            )
        )

    def wait(
        self,
        wanted: Callable[[Message], bool],
        *,
        within_s: float | None = None,
        what: str,
        since: int = 0,
    ) -> Message:
        """The first message that is wanted, received or to come, from a position on.

        Raises:
            Nonconformance: none came in time, or the connection ended before.
        """
        found = self.seen(wanted, within_s=within_s, since=since)
        if found is None:
            ended = f"; the connection ended: {self._closed}" if self.closed else ""
            kinds = [message.get("type") for message in self.messages]
            raise Nonconformance(what, got=f"none among {kinds}{ended}", wanted="such a message")
        return found

    def seen(
        self, wanted: Callable[[Message], bool], *, within_s: float | None = None, since: int = 0
    ) -> Message | None:
        """The first message that is wanted; None if none comes in time (default: latency)."""
        patience_s = self.session.profile.latency if within_s is None else within_s
        deadline = time.monotonic() + patience_s
        with self._news:
            looked = since
            while True:
                for message in self._messages[looked:]:
                    if wanted(message):
                        return message
                looked = len(self._messages)
                left = deadline - time.monotonic()
                if left <= 0 or self._closed is not None:
                    return None
                self._news.wait(left)

    def wait_closed(self, within_s: float | None = None) -> bool:
        """Whether the other side ends the connection in time (default: latency)."""
        patience_s = self.session.profile.latency if within_s is None else within_s
        with self._news:
            return self._news.wait_for(lambda: self._closed is not None, patience_s)

    def initiate(self) -> Message:
        """Send connection_init and wait for the acknowledgement.

        Raises:
            GraphRefused: the server answers with an error, or hangs up.
        """
        # Who refuses the handshake may have said so, and hung up, before this could be sent.
        with suppress(GraphRefused):
            self.send({"type": "connection_init"})
        return self.acknowledged()

    def acknowledged(self) -> Message:
        """Wait for the acknowledgement of the connection.

        Raises:
            GraphRefused: the server answers with an error, or hangs up.
            Nonconformance: it says nothing.
        """
        answers = ("connection_ack", "connection_error", "error")
        found = self.seen(lambda message: message.get("type") in answers)
        if found is not None and found["type"] == "connection_ack":
            return found
        if found is not None:
            raise refused_by(found)
        if self.closed:
            raise GraphRefused("the socket", grpc.StatusCode.UNAUTHENTICATED, str(self._closed))
        raise Nonconformance("connection_init", got="no answer", wanted="connection_ack")

    def subscribe(
        self, document: Document, *, id: str | None = None, acknowledged: bool = True
    ) -> Subscription:
        """Start a subscription on this connection.

        Args:
            document: of a subscription.
            id: None takes a fresh UUID, as the published SDK does.
            acknowledged: whether to wait for start_ack.

        Raises:
            GraphRefused: it is answered with an error.
        """
        subscription = Subscription(self, document, id or str(uuid.uuid4()))
        self.send(subscription.start())
        if acknowledged:
            subscription.acknowledged()
        return subscription

    def close(self) -> None:
        """End the connection from our side."""
        self._open.close()
        if self._thread.ident is not None:
            self._thread.join(3.0)
        self._over()

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        reason = "closed"
        try:
            for text in self._connection:
                self._received(text)
        except ConnectionClosed as error:
            reason = str(error)
        except OSError as error:
            reason = str(error)
        with self._news:
            self._closed = reason
            self._news.notify_all()
        self._ended(reason)

    def _received(self, text: str | bytes) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            message = {"type": "no JSON", "text": str(text[:200])}
        if not isinstance(message, dict):
            message = {"type": "no object", "value": message}
        self.recorder.add(
            Step(
                kind="event",
                method="socket",
                reply=shown(message),
                at_us=now_us(),
                stream=self.number,
            )
        )
        with self._news:
            self._messages.append(message)
            self._news.notify_all()

    def _ended(self, reason: str) -> None:
        self.recorder.add(
            Step(
                kind="end",
                method="socket",
                code="closed",
                details=reason[:300],
                at_us=now_us(),
                stream=self.number,
            )
        )


def header_of(session: ExchangeSession, token: str | None) -> dict[str, str]:
    """The header of a handshake as the published SDK writes it; None leaves the token out."""
    host = url_of(session.target).partition("://")[2].removesuffix("/graphql")
    return {"HOST": host} if token is None else {"HOST": host, HEADER: token}


def _said(error: Exception, query: str) -> str:
    """What is wrong with a handshake, without the token, which the query of its URL holds."""
    text = f"{error}: {error.__cause__}" if error.__cause__ else str(error)
    return text.replace(query, "") if query else text


def _hidden(message: Message) -> dict[str, Any]:
    """A message for the record: names of credentials, not their values."""
    copy: dict[str, Any] = json.loads(json.dumps(message))
    payload = copy.get("payload")
    extensions = payload.get("extensions") if isinstance(payload, dict) else None
    if isinstance(extensions, dict) and isinstance(extensions.get("authorization"), dict):
        extensions["authorization"] = {name: "…" for name in extensions["authorization"]}
    return copy
