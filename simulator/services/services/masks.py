"""Read masks: which fields of a service, or of the totals, a caller sees.

Seed 004, the requests' `read_mask`; where it is silent, our choice: no mask, an empty one and `*`
show everything (AIP-157), a path that leads nowhere is refused. What is shown is encoded once for
each mask, and forgotten with either.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakKeyDictionary

from simulator.services.errors import invalid
from simulator.store.paths import AnyDescriptor, BadPath, Path, read
from simulator.store.projection import Projection

if TYPE_CHECKING:
    from simulator.services.services.policy import Policy

LONGEST: Final = 16 * 1024
"""Characters of all paths of a mask together (our choice)."""
_KEPT: Final = 64
"""Views that are remembered together with their encodings."""


class Shown(Protocol):
    """Something to be seen: a stored service, or totals."""

    @property
    def message(self) -> Any:
        """The whole message; not to be modified."""
        ...

    @property
    def item(self) -> bytes:
        """The whole message, encoded."""
        ...


class View:
    """One way to see messages of one type: all of them (`projection` None), or some fields."""

    def __init__(self, projection: Projection | None) -> None:
        self._projection = projection
        self._items: WeakKeyDictionary[Shown, bytes] = WeakKeyDictionary()

    def encoded(self, shown: Shown) -> bytes:
        """Return what is seen of it."""
        if self._projection is None:
            return shown.item
        item = self._items.get(shown)
        if item is None:
            seen = self._projection.apply(shown.message)
            item = self._items[shown] = seen.SerializeToString(deterministic=True)
        return item

    def same(self, one: Shown, other: Shown) -> bool:
        """Whether two look the same."""
        return one is other or self.encoded(one) == self.encoded(other)


WHOLE: Final = View(None)
"""Everything."""


def read_view(request: Any, descriptor: AnyDescriptor, policy: Policy) -> View:
    """Return what a request with a `read_mask` asks to see of messages of a type.

    Raises:
        ServiceError: INVALID_ARGUMENT; a path that leads nowhere, or far too many.
    """
    if not request.HasField("read_mask"):
        return WHOLE
    paths = tuple(request.read_mask.paths)
    if sum(map(len, paths)) > LONGEST:
        raise invalid(f"read_mask: is longer than {LONGEST} characters")
    if policy.lenient_masks:
        return _lenient(descriptor, paths)
    return _strict(descriptor, paths)


@lru_cache(maxsize=_KEPT)
def _strict(descriptor: AnyDescriptor, paths: tuple[str, ...]) -> View:
    found = [_path(text, descriptor) for text in paths if text != "*"]
    if len(found) < len(paths) or not paths:
        return WHOLE
    return View(Projection(found))


@lru_cache(maxsize=_KEPT)
def _lenient(descriptor: AnyDescriptor, paths: tuple[str, ...]) -> View:
    found = []
    for text in paths:
        try:
            path = read(text, descriptor)
        except BadPath:
            continue
        if path.text == text:  # only in the spelling of the contract
            found.append(path)
    return View(Projection(found))


def _path(text: str, descriptor: AnyDescriptor) -> Path:
    try:
        return read(text, descriptor)
    except BadPath as error:
        raise invalid(f"read_mask: {error}") from None
