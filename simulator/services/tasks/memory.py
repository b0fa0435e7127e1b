"""What a filter or an order makes of each resource, worked out once and in small pieces.

States never change, so neither does what a function of them gives. A list of very many is prepared
a few at a time, with other calls in between, and answered at one moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from simulator.services.tasks.resources import Stored
from simulator.store import Collection

T = TypeVar("T")

_PIECE: Final = 1000
"""How many simple functions are worked out at once: a few milliseconds."""
_SLACK: Final = 1000
"""States of the past that are kept beside as many as there are of the present."""


class Memory(Generic[T]):
    """A function of messages that remembers, as a function of stored resources."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        self._function = function
        self._known: dict[Stored, T] = {}

    def __call__(self, stored: Stored) -> T:
        """Return what the function gives for the resource's message."""
        try:
            return self._known[stored]
        except KeyError:
            value = self._known[stored] = self._function(stored.message)
            return value

    async def prepare(self, collection: Collection[Stored], weight: int) -> None:
        """Work out what is not known yet of a collection; `weight` tells how costly one is."""
        known, size = self._known, max(_PIECE // max(weight, 1), 1)
        if len(known) > 2 * len(collection) + _SLACK:
            known.clear()
        unknown = [stored for _, stored in collection.items() if stored not in known]
        for first in range(0, len(unknown), size):
            if first:
                await asyncio.sleep(0)
            for stored in unknown[first : first + size]:
                self(stored)
