"""Decisions of a correct services endpoint: collections, ids, masks, pages, counts (seed 004)."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, cast, get_args, get_type_hints

from conformance.mutants.services.book import (
    EMPTY,
    Book,
    Code,
    Collection,
    Config,
    Record,
    Refuse,
    State,
    Totals,
)

DEFAULT_SIZE = 50
MOST_SIZE = 1000
_TOKEN = "after:"
_DOES = get_args(get_type_hints(Config)["does"])


def serves(generation: str, method: str) -> bool:
    """Whether a method is there under the name of a generation, `v1` or `v0`."""
    return True


def encoded(data: bytes, method: str) -> bytes:
    """The bytes of an answer as they are sent."""
    return data


def admits(method: str, request: Any) -> None:
    """Refuse a call for whatever reason there may be; called first."""


def resolve(book: Book, name: str) -> Collection:
    """The collection of a name."""
    for collection in book.collections:
        if name in (collection.name, *collection.aliases):
            return collection
    raise Refuse(Code.NOT_FOUND, f"no collection {name!r}")


def find(collection: Collection, id_: str) -> Record:
    """The service that a request is about."""
    if not id_:
        raise Refuse(Code.INVALID_ARGUMENT, "id missing")
    if id_ not in collection.records:
        raise Refuse(Code.NOT_FOUND, f"no service {id_!r}")
    return collection.records[id_]


def new_id(collection: Collection, given: State) -> str:
    """The id of a new service."""
    if given["id"]:
        return str(given["id"])
    if collection.ids == "required":
        raise Refuse(Code.INVALID_ARGUMENT, "id is required")
    return str(given["type"] if collection.ids == "kind" else uuid.uuid4())


def check_type(collection: Collection, type_: str) -> None:
    """Refuse a type of which no service can be made."""
    if type_ not in collection.types:
        raise Refuse(Code.INVALID_ARGUMENT, f"no type {type_!r}")


def check_new(collection: Collection, id_: str) -> None:
    """Refuse an id that is taken."""
    if id_ in collection.records:
        raise Refuse(Code.ALREADY_EXISTS, f"{id_!r} exists")


def missing_service() -> None:
    """A create without a service."""
    raise Refuse(Code.INVALID_ARGUMENT, "service missing")


def parse(text: str) -> Config | None:
    """What a text asks for: a JSON object whose `does` is ok, fail, slow or retry; "" is none."""
    if not text:
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Refuse(Code.INVALID_ARGUMENT, f"config: {error}") from None
    does = value.get("does", "ok") if isinstance(value, dict) else None
    if does not in _DOES:
        raise Refuse(Code.INVALID_ARGUMENT, "config: an object was expected")
    return Config(text=text, does=cast(Any, does))


def read_mask(paths: Sequence[str] | None, known: Iterable[str]) -> frozenset[str] | None:
    """The fields that a mask leaves, None for all; a map key stands behind a dot."""
    fields = set(known)
    for path in paths or ():
        if path.partition(".")[0] not in fields:
            raise Refuse(Code.INVALID_ARGUMENT, f"read_mask: no field {path!r}")
    return frozenset(paths or ()) or None


def masked(state: State, mask: frozenset[str] | None) -> State:
    """What a mask leaves of a service."""
    if mask is None:
        return state
    return {name: value if name in mask else EMPTY[name] for name, value in state.items()}


def masked_totals(totals: Totals, mask: frozenset[str] | None) -> Totals:
    """What a mask leaves of the counts."""
    if mask is None:
        return totals
    kept: dict[str, Any] = {name: value for name, value in totals.items() if name in mask}
    keys = {path.partition(".")[2] for path in mask if path.startswith("type_counts.")}
    if keys and "type_counts" not in kept:
        counts = totals["type_counts"]
        kept["type_counts"] = {key: counts[key] for key in keys if key in counts}
    return kept


def take_out(collection: Collection, id_: str) -> None:
    """Remove a service for good; it is stopped already."""
    del collection.records[id_]


def deleted(state: State) -> State:
    """What Delete answers."""
    return state


def size(asked: int) -> int:
    """How many services a page has."""
    if asked < 0:
        raise Refuse(Code.INVALID_ARGUMENT, "page_size is negative")
    return min(asked or DEFAULT_SIZE, MOST_SIZE)


def order(states: Iterable[State]) -> list[State]:
    """The services of a collection in the order of its pages."""
    return sorted(states, key=lambda state: str(state["id"]).encode())


def seal(id_: str) -> str:
    """The token that goes on behind an id."""
    return base64.b64encode((_TOKEN + id_).encode()).decode()


def unseal(token: str) -> str:
    """The id behind which a token goes on."""
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refuse(Code.INVALID_ARGUMENT, "bad page token") from None
    if not text.startswith(_TOKEN):
        raise Refuse(Code.INVALID_ARGUMENT, "bad page token")
    return text.removeprefix(_TOKEN)


def after(states: Sequence[State], id_: str) -> list[State]:
    """The services that come behind an id."""
    return [state for state in states if str(state["id"]).encode() > id_.encode()]


def page(states: Sequence[State], most: int) -> list[State]:
    """The services of a page, of those that are left."""
    return list(states[:most])


def next_token(states: Sequence[State], shown: Sequence[State], sealed: Any) -> str:
    """The token of the next page, of those that were left; `sealed` makes one of an id."""
    return str(sealed(shown[-1]["id"])) if len(shown) < len(states) else ""


def total(states: Sequence[State]) -> int:
    """The total that a page states, of all services."""
    return len(states)


def totals(collection: Collection, states: Sequence[State]) -> Totals:
    """The counts of a collection."""
    counts = dict.fromkeys(collection.types, 0)
    for state in states:
        counts[state["type"]] = counts.get(state["type"], 0) + 1
    return {
        "total_count": len(states),
        "type_counts": counts,
        "total_active_count": sum(state["active"] for state in states),
        "total_error_count": sum(bool(s["error"]) and not s["active"] for s in states),
    }
