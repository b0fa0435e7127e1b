"""Rules of AppSync's real-time protocol over everything that a server sent on one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TYPES = frozenset(
    {
        "connection_ack",
        "connection_error",
        "start_ack",
        "data",
        "complete",
        "error",
        "ka",
    }
)

_OF_AN_ID = frozenset({"start_ack", "data", "complete"})


def broken(messages: Sequence[Mapping[str, Any]], *, started: Sequence[str]) -> str | None:
    """The first rule that a server breaks; None if it breaks none.

    Args:
        messages: of the server, in their order.
        started: ids of the starts that were sent.
    """
    acknowledged = False
    running: set[str] = set()
    ended: set[str] = set()
    for number, message in enumerate(messages):
        kind, id_ = message.get("type"), message.get("id")
        if kind not in TYPES:
            return f"message {number}: type {kind!r}"
        if kind == "connection_ack":
            if acknowledged:
                return f"message {number}: a second connection_ack"
            if timeout_of(message) is None:
                return f"message {number}: connection_ack without connectionTimeoutMs"
            acknowledged = True
        elif not acknowledged and kind in (*_OF_AN_ID, "ka"):
            return f"message {number}: {kind} before connection_ack"
        if kind in _OF_AN_ID and id_ not in started:
            return f"message {number}: {kind} of an id that was not started: {id_!r}"
        if kind == "start_ack":
            if id_ in running:
                return f"message {number}: a second start_ack of {id_}"
            running.add(str(id_))
            ended.discard(str(id_))
        elif kind == "data":
            if id_ not in running or id_ in ended:
                return f"message {number}: data of {id_}, which is not running"
            if data_of(message) is None:
                return f"message {number}: data without payload.data"
        elif kind == "complete":
            ended.add(str(id_))
            running.discard(str(id_))
    return None


def timeout_of(message: Mapping[str, Any]) -> int | None:
    """The connectionTimeoutMs of an acknowledgement; None if it has none."""
    payload = message.get("payload")
    found = payload.get("connectionTimeoutMs") if isinstance(payload, Mapping) else None
    good = isinstance(found, int) and not isinstance(found, bool) and found > 0
    return found if good else None


def data_of(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The data of an event; None if it has none."""
    payload = message.get("payload")
    found = payload.get("data") if isinstance(payload, Mapping) else None
    return found if isinstance(found, Mapping) else None
