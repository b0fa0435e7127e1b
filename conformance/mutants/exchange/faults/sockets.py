"""Faults in subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mutants.exchange import speech
from conformance.mutants.exchange.book import Book, Refuse, Subscriber
from conformance.mutants.exchange.making import always, fault, nothing
from conformance.mutants.exchange.population import TOKENS
from conformance.mutants.exchange.speech import Message


def unnamed(offered: str) -> str | None:
    """The chosen subprotocol is not named."""
    return speech.protocol(offered) and ""


def untimed() -> list[Message]:
    """Nobody is told how long a connection may be silent."""
    return [{"type": "connection_ack"}, {"type": "ka"}]


def lifeless() -> list[Message]:
    """A sign of life is promised within half a second, and does not come."""
    return [{"type": "connection_ack", "payload": {"connectionTimeoutMs": 500}}]


def owned(target: str) -> Mapping[str, str]:
    """Whatever the address says, the owner connects."""
    return {"host": "any", "authorization": TOKENS["owner"]}


def owned_without(target: str) -> Mapping[str, str]:
    """Whoever says nothing is the owner."""
    try:
        found = speech.header_in(target)
    except ValueError:
        return owned(target)
    return found if found.get("authorization") else owned(target)


def acknowledged_otherwise(id_: str) -> list[Message]:
    """A start is acknowledged under another id."""
    return [{"type": "start_ack", "id": f"{id_}-1"}]


def half_stops(id_: str) -> list[Message]:
    """A stop is not answered."""
    return []


def leaves_all(book: Book, subscriber: Subscriber, others: list[Subscriber]) -> None:
    """A stop ends all subscriptions of a socket."""
    for one in (subscriber, *others):
        speech.leaves(book, one, [])


def one_id(id_: str, known: Mapping[str, Any]) -> None:
    """A socket carries one id."""
    if known:
        raise Refuse("ValidationError", "one subscription at a time")


def mixed(id_: str, payload: Any) -> Message:
    """Events have no id."""
    return {"type": "data", "payload": payload}


MUTANTS = (
    fault("socket-protocol-unnamed", "The subprotocol is not repeated.",
          {"protocol": unnamed}, "WS-001"),
    fault("socket-untimed", "The acknowledgement has no timeout.",
          {"acknowledged": untimed}, "WS-001"),
    fault("socket-lifeless", "No sign of life comes within the time that was told.",
          {"acknowledged": lifeless}, "WS-001"),
    fault("socket-anybody", "Any token opens a socket.", {"header_in": owned}, "WS-002"),
    fault("socket-nobody", "A socket needs no token.",
          {"header_in": owned_without, "admitted": always(True)}, "WS-002"),
    fault("start-unacknowledged", "A start is not acknowledged.", {"started": always([])},
          "WS-003"),
    fault("start-other-id", "A start is acknowledged under another id.",
          {"started": acknowledged_otherwise}, "WS-003"),
    fault("start-early-refused", "A start before the acknowledgement is refused.",
          {"early": lambda acknowledged: acknowledged, "thinks_s": always(0.2)}, "WS-004"),
    fault("stop-unanswered", "A stop is not answered.", {"stopped": half_stops}, "WS-005"),
    fault("stop-in-vain", "A stop ends nothing.", {"leaves": nothing}, "WS-005"),
    fault("stop-all", "A stop ends all subscriptions of a socket.", {"leaves": leaves_all},
          "WS-005"),
    fault("socket-one-id", "A socket carries one id.", {"check_new": one_id}, "WS-006"),
    fault("socket-same-id", "An id may be used twice.", {"check_new": nothing}, "WS-006"),
    fault("socket-waits", "Whoever does not read holds up whoever publishes.",
          {"patience_s": always(45.0)}, "WS-007"),
    fault("events-without-id", "Events have no id.", {"said": mixed}, "WS-006"),
)  # fmt: skip
