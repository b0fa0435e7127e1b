"""Subscriptions of the exchange API: AppSync's real-time protocol over one WebSocket each client.

    client  connection_init        server  connection_ack, then ka again and again
    client  start                  server  start_ack, then data for each event
    client  stop                   server  complete

The token travels in the URL's parameter `header` and once more in each start. Each subscription is
a stream like those of the other APIs (`streams`): it can be waited for and dropped, and a reader
that has stopped reading is let go. Source: seed 002, AppSync's public documentation.
"""

from __future__ import annotations

import asyncio
import binascii
import json
from base64 import b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from simulator.server.exchange_http import encoded
from simulator.server.exchange_subscription import SocketContext, error_frame
from simulator.services.exchange.errors import ExchangeError, limit
from simulator.services.exchange.graphql.documents import Refused
from simulator.services.exchange.graphql.errors import refusal, refusal_of, unauthenticated
from simulator.services.exchange.graphql.execution import wire_errors
from simulator.services.exchange.graphql.request import MalformedRequest, read_request
from simulator.services.rpc import Dialect

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from simulator.server.calls import Calls
    from simulator.server.exchange import Exchange
    from simulator.services.exchange.people import User

SUBPROTOCOL: Final = "graphql-ws"
TIMEOUT_MS: Final = 300_000
"""How long a client waits for `ka` before it gives up, as AppSync tells it."""
KEEP_ALIVE_S: Final = 60.0
MOST_SUBSCRIPTIONS: Final = 200
"""On one connection, as in AppSync."""
_PATIENCE_S: Final = 30.0
"""How long a client may take to begin."""
_LONGEST_ID: Final = 128
_DIALECT: Final = Dialect(api="exchange", service="exchange", methods=())


class SocketEndpoint:
    """An ASGI application for WebSockets on one path.

    Args:
        exchange: what is served.
        calls: what all doors of the server share.
    """

    def __init__(self, exchange: Exchange, calls: Calls) -> None:
        self._exchange = exchange
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until its client leaves."""
        await receive()
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        connection = _Connection(self._exchange, self._calls, receive, send)
        try:
            await connection.run(_handshake(scope["query_string"]))
        finally:
            await connection.end()


class _Connection:
    """One client: what it has subscribed to, by the ids that it has chosen."""

    def __init__(self, exchange: Exchange, calls: Calls, receive: Receive, send: Send) -> None:
        self._exchange = exchange
        self._calls = calls
        self._receive = receive
        self._raw_send = send
        self._open: dict[str, _Subscription] = {}
        self._is_begun = False
        self._beating: asyncio.Task[None] | None = None

    async def run(self, header: Mapping[str, Any] | None) -> None:
        """Answer messages until the client leaves."""
        if not self._is_known(header):
            # After the client's first word: whoever is refused before would not read why.
            await self._first_word()
            await self._send({"type": "connection_error", "payload": {"errors": [_unknown()]}})
            await self._raw_send({"type": "websocket.close", "code": 4401})
            return
        while (text := await self._next()) is not None:
            await self._take(text)

    async def end(self) -> None:
        """Free everything; nothing is sent any more."""
        tasks = [each.task for each in self._open.values()]
        for subscription in tuple(self._open.values()):
            subscription.leave()
        if self._beating is not None:
            self._beating.cancel()
            tasks.append(self._beating)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _first_word(self) -> None:
        try:
            await asyncio.wait_for(self._next(), _PATIENCE_S)
        except TimeoutError:
            return

    async def _next(self) -> str | None:
        """Return the next message; None: the client has left. Binary ones count as empty."""
        message = await self._receive()
        return None if message["type"] == "websocket.disconnect" else message.get("text") or ""

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._raw_send({"type": "websocket.send", "text": encoded(message).decode()})

    async def _take(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        match message:
            case {"type": "connection_init"}:
                await self._begin()
            case {"type": "start", "id": str(id_), "payload": dict(payload)} if self._is_begun:
                await self._start(id_, payload)
            case {"type": "stop", "id": str(id_)} if self._is_begun:
                await self._stop(id_)
            case _:
                text = "the message is none of connection_init, start and stop, or out of turn"
                await self._send(error_frame(None, refusal("UnsupportedOperation", text)))

    async def _begin(self) -> None:
        await self._send({"type": "connection_ack", "payload": {"connectionTimeoutMs": TIMEOUT_MS}})
        self._is_begun = True
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await self._send({"type": "ka"})
            await asyncio.sleep(KEEP_ALIVE_S)

    async def _start(self, id_: str, payload: Mapping[str, Any]) -> None:
        try:
            subscription = await self._subscribed(id_, payload)
        except Refused as error:
            await self._send(error_frame(id_, *wire_errors(error)))
        except Exception as error:
            await self._send(error_frame(id_, refusal_of(error)))
        else:
            self._open[id_] = subscription

    async def _subscribed(self, id_: str, payload: Mapping[str, Any]) -> _Subscription:
        if not 0 < len(id_) <= _LONGEST_ID:
            raise limit(f"an id has 1 to {_LONGEST_ID} characters")
        if id_ in self._open:
            raise ExchangeError("DuplicatedOperationError", "a subscription of this id is open")
        if len(self._open) >= MOST_SUBSCRIPTIONS:
            text = f"at most {MOST_SUBSCRIPTIONS} subscriptions share a connection"
            raise ExchangeError("MaxSubscriptionsReachedError", text)
        if self._calls.draining is not None:
            raise ExchangeError("ServiceUnavailable", self._calls.draining.text)
        caller = self._caller(payload)
        try:
            request = read_request(payload.get("data") or "")
        except (MalformedRequest, TypeError) as error:
            raise ExchangeError("BadRequestException", f"payload.data: {error}") from None
        self._calls.settle()
        feed = await self._exchange.graphql.subscribe(caller, request)
        context = SocketContext(id_, self._raw_send)
        streams = self._calls.streams
        task = asyncio.create_task(streams.serve(_DIALECT, feed, context))
        return _Subscription(self._open, context, feed, task)

    def _caller(self, payload: Mapping[str, Any]) -> User:
        match payload.get("extensions"):
            case {"authorization": dict(header)} if self._is_known(header):
                caller = self._exchange.user(_token(header))
                if caller is not None:
                    return caller
        raise ExchangeError(str(_unknown()["errorType"]), str(_unknown()["message"]))

    def _is_known(self, header: Mapping[str, Any] | None) -> bool:
        """Whether a header names a host, and a token that is good now."""
        if header is None or not isinstance(_field(header, "host"), str):
            return False
        return self._exchange.user(_token(header)) is not None

    async def _stop(self, id_: str) -> None:
        subscription = self._open.get(id_)
        if subscription is None:
            text = "no subscription of this id is open"
            await self._send(error_frame(id_, refusal("UnknownOperationError", text)))
            return
        subscription.leave()
        await asyncio.gather(subscription.task, return_exceptions=True)
        await self._send({"type": "complete", "id": id_})


class _Subscription:
    """One open subscription of a connection; forgotten when its stream ends."""

    def __init__(
        self,
        open_: dict[str, _Subscription],
        context: SocketContext,
        feed: Any,
        task: asyncio.Task[None],
    ) -> None:
        self.task = task
        self._context = context
        self._feed = feed
        task.add_done_callback(lambda _: open_.pop(context.id, None))

    def leave(self) -> None:
        """End it without a word."""
        self._context.leave()
        self._feed.stop()


def _handshake(query: bytes) -> Mapping[str, Any] | None:
    """Return the header that a URL carries; None: it carries none that can be read."""
    found = parse_qs(query.decode("latin-1")).get("header", [""])[0]
    try:
        # Clients differ in the alphabet, and in whether the text is filled up to four.
        plain = found.replace(" ", "+").replace("-", "+").replace("_", "/")
        header = json.loads(b64decode(plain + "=" * (-len(plain) % 4), validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _field(header: Mapping[str, Any], name: str) -> Any:
    """Return a field of a header, however its name is written."""
    return next((value for key, value in header.items() if key.lower() == name), None)


def _token(header: Mapping[str, Any]) -> str | None:
    found = _field(header, "authorization")
    return found if isinstance(found, str) else None


def _unknown() -> dict[str, Any]:
    return {**unauthenticated(), "errorCode": 401}
