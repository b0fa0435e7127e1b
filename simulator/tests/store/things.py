"""What the tests keep in their collections."""

from dataclasses import dataclass
from typing import Any

from hypothesis import settings

from simulator.store import Collection, Kind

repeatable = settings(deadline=None, derandomize=True, database=None, max_examples=100)


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    id: int
    rank: int = 0
    label: str = ""


def encode(thing: Thing) -> bytes:
    return f"({thing.id} {thing.rank} {thing.label})".encode()


def frame(kind: Kind, thing: Thing, item: bytes) -> bytes:
    return kind.value.encode() + item


ORDERS: dict[str, Any] = {
    "rank": lambda thing: (thing.rank,),
    "label": lambda thing: (thing.label, -thing.rank),
}


def collection(**options: Any) -> Collection[Thing]:
    return Collection(orders=ORDERS, encode=encode, frame=frame, **options)


def filled(*ranks: int, **options: Any) -> Collection[Thing]:
    """Return a collection of things 1, 2, 3 and so on with the given ranks."""
    things = collection(**options)
    for id_, rank in enumerate(ranks, start=1):
        things.put(id_, Thing(id=id_, rank=rank))
    return things
