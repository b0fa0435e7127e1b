"""The GraphQL endpoint of the exchange API: POST of JSON, the raw token in `Authorization`.

Nothing of a body is looked at before the token is known to be good. What a client is told stands in
JSON always, whatever the status.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.server.bodies import Left, TooLarge, whole
from simulator.services.exchange.errors import limit
from simulator.services.exchange.faults import FaultKind
from simulator.services.exchange.graphql.errors import MALFORMED, refusal, unauthenticated
from simulator.services.exchange.graphql.execution import Answer

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from simulator.server.calls import Calls
    from simulator.server.exchange import Exchange

Headers = Mapping[str, str]


class GraphqlEndpoint:
    """An ASGI application for one path.

    Args:
        exchange: what is served.
        calls: what all doors of the server share.
    """

    def __init__(self, exchange: Exchange, calls: Calls) -> None:
        self._exchange = exchange
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except Left:
            return
        status, content = answer.status, encoded(answer.content)
        headers = {413: {"connection": "close"}, 405: {"allow": "POST"}}.get(status, {})
        due = partial(self._exchange.faults.due, FaultKind.TRUNCATE)
        if any(due(name) is not None for name in answer.operations):
            await begin(send, status, described(content, headers))
            body = content[: len(content) // 2]
            await send({"type": "http.response.body", "body": body, "more_body": True})
            return
        await respond(send, status, content, headers)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            text = f"the endpoint takes POST, not {scope['method'][:20]}"
            return _refused(405, refusal(MALFORMED, text))
        caller = self._exchange.user(header(scope, b"authorization"))
        if caller is None:
            return _refused(401, unauthenticated())
        graphql = self._exchange.graphql
        try:
            body = await whole(receive, graphql.limits.body_bytes)
        except TooLarge:
            text = f"the body is larger than {graphql.limits.body_bytes} bytes"
            return _refused(413, refusal(limit("").kind, text))
        self._calls.settle()
        return await graphql.answer(caller, body)


def _refused(status: int, error: dict[str, Any]) -> Answer:
    return Answer(status=status, content={"errors": [error]})


def header(scope: Scope, name: bytes) -> str | None:
    """Return a header of a request; None: it is not there."""
    found: bytes | None = next((value for key, value in scope["headers"] if key == name), None)
    return None if found is None else found.decode("latin-1")


def encoded(content: Any) -> bytes:
    """Return JSON text, as short as it can be; halves of surrogate pairs come out as `?`."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


async def respond(
    send: Send,
    status: int,
    content: bytes,
    headers: Headers | None = None,
    media_type: str = "application/json",
) -> None:
    """Send an answer that is ready as a whole."""
    await begin(send, status, described(content, headers, media_type))
    await send({"type": "http.response.body", "body": content})


def described(
    content: bytes, headers: Headers | None = None, media_type: str = "application/json"
) -> dict[str, str]:
    """Return the headers of an answer."""
    length = str(len(content))
    return {"content-type": media_type, "content-length": length, **(headers or {})}


async def begin(send: Send, status: int, headers: Headers) -> None:
    """Send status and headers."""
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
