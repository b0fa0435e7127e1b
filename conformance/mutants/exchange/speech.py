"""AppSync's dialect, rule by rule: the defaults of the hooks about subscriptions."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.mutants.exchange.book import Book, Refuse, Subscriber

TIMEOUT_MS = 300_000
KEEP_ALIVE_S = 60.0
PROTOCOL = "graphql-ws"

Message = dict[str, Any]


def protocol(offered: str) -> str | None:
    """The subprotocol chosen of those offered; None: none is spoken."""
    return PROTOCOL if PROTOCOL in [one.strip() for one in offered.split(",")] else None


def header_in(target: str) -> Mapping[str, str]:
    """The headers that a socket's address carries, by lower-case name.

    Raises:
        ValueError: they cannot be read.
    """
    text = parse_qs(urlsplit(target).query).get("header", [""])[0]
    found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=None))
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise ValueError("not an object of texts")
    return {name.lower(): value for name, value in found.items()}


def admitted(headers: Mapping[str, str]) -> bool:
    """Whether the headers of a socket say enough: a host and a token."""
    return bool(headers.get("host")) and "authorization" in headers


def acknowledged() -> list[Message]:
    """What a new connection is told."""
    return [
        {"type": "connection_ack", "payload": {"connectionTimeoutMs": TIMEOUT_MS}},
        {"type": "ka"},
    ]


def thinks_s() -> float:
    """How long it takes until a connection is acknowledged."""
    return 0.0


def started(id_: str) -> list[Message]:
    """What is told of a subscription that began."""
    return [{"type": "start_ack", "id": id_}]


def stopped(id_: str) -> list[Message]:
    """What is told of a subscription that was stopped."""
    return [{"type": "complete", "id": id_}]


def said(id_: str, payload: Any) -> Message:
    """An event, as it is told."""
    return {"type": "data", "id": id_, "payload": payload}


def early(acknowledged: bool) -> bool:
    """Whether `start` may be said already; before the acknowledgement, too."""
    return True


def check_new(id_: str, known: Mapping[str, Any]) -> None:
    """Refuse an id that is in use on the socket."""
    if id_ in known:
        raise Refuse("ValidationError", f"the id {id_} is in use")


def leaves(book: Book, subscriber: Subscriber, others: list[Subscriber]) -> None:
    """End one subscription, and no other one."""
    if subscriber in book.subscribers:
        book.subscribers.remove(subscriber)


def lingers_s() -> float:
    """How long whoever is refused is still heard before the socket is closed."""
    return 2.0


def patience_s() -> float:
    """How long a client may refuse to read before it is dropped."""
    return 2.0
