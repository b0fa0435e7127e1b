"""What a reader of pages asks for: an order, a direction and a filter.

The order of a page is total and stable: items with equal order keys are ordered by their own
keys, in the same direction. (The generic values of the store that dialects make have no slots:
`Query[X](...)` of a frozen class with slots is a TypeError in Python 3.11.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from simulator.store.change import V


@dataclass(frozen=True, kw_only=True)
class Order(Generic[V]):
    """An order that a collection keeps no index for: it is sorted anew for each page.

    Keys are tuples of numbers, strings, booleans or further tuples, comparable with each other
    and free of NaN; they travel in page tokens as JSON. An absent value is best a shorter tuple,
    which comes first.
    """

    name: str
    key: Callable[[V], tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Query(Generic[V]):
    """Which items, in which order. `order` is the name of a kept order, or one of its own."""

    order: str | Order[V]
    descending: bool = False
    where: Callable[[V], bool] | None = None

    @property
    def order_name(self) -> str:
        """The name of the order, by which cursors know it."""
        return self.order if isinstance(self.order, str) else self.order.name
