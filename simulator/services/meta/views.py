"""Views: what of a resource a caller sees, by view and field mask.

Seed 003, the requests' `view` and `field_mask`; projection as in the published Go client. The
name is always shown (a nameless resource crashes that client). What is shown of a resource is
encoded once for each view, and forgotten with either.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from weakref import WeakKeyDictionary

from simulator.services.errors import invalid
from simulator.services.meta.kinds import Kind
from simulator.services.meta.kinds import View as Views
from simulator.services.meta.policy import Policy
from simulator.services.meta.registry import Stored
from simulator.services.wire import delimited
from simulator.store.paths import BadPath, read
from simulator.store.projection import Projection

LONGEST_MASK: Final = 16 * 1024
"""Characters of all paths of a mask together (our choice)."""
_KEPT: Final = 32
"""Views that are remembered together with their encodings."""

_NAME: Final = Views.values_by_name["NAME"].number
_FULL: Final = Views.values_by_name["FULL"].number


class View:
    """One way to see the resources of a kind: all of them (`projection` None), or some fields."""

    def __init__(self, kind: Kind, projection: Projection | None) -> None:
        self.kind = kind
        self.paths = ("*",) if projection is None else projection.paths
        """The paths shown, sorted; `*` alone stands for everything."""
        self._projection = projection
        self._items: WeakKeyDictionary[Stored, bytes] = WeakKeyDictionary()

    @property
    def digest(self) -> str:
        """A short text that differs between views."""
        # Keys of maps may hold any character, so that no separator would do.
        return sha256(repr((self.kind.plural, self.paths)).encode()).hexdigest()[:16]

    def project(self, stored: Stored) -> Any:
        """Return the message as it is shown; not to be modified."""
        message = stored.message
        return message if self._projection is None else self._projection.apply(message)

    def item(self, stored: Stored) -> bytes:
        """Return it encoded as field 1 of any message that carries it there."""
        if self._projection is None:
            return stored.item
        item = self._items.get(stored)
        if item is None:
            item = delimited(1, self.project(stored).SerializeToString(deterministic=True))
            self._items[stored] = item
        return item

    def encoded(self, stored: Stored) -> bytes:
        """Return it encoded, by itself."""
        item = self.item(stored)
        start = 1
        while item[start] > 0x7F:
            start += 1
        return item[start + 1 :]

    def same(self, before: Stored, after: Stored) -> bool:
        """Whether two states of a resource look the same."""
        return self.item(before) == self.item(after)


def read_view(kind: Kind, request: Any, policy: Policy) -> View:
    """Return the view that a request of any method asks for.

    Raises:
        ServiceError: INVALID_ARGUMENT; an unknown view, or a path that leads nowhere.
    """
    if request.view not in Views.values_by_number:
        raise invalid(f"view: {request.view} is not within 0 to {max(Views.values_by_number)}")
    paths = () if request.view == _FULL else tuple(request.field_mask.paths)
    if sum(map(len, paths)) > LONGEST_MASK:
        raise invalid(f"field_mask: is longer than {LONGEST_MASK} characters")
    if request.view == _NAME:
        paths += kind.name_view if policy.name_view_extended else kind.name_view[:1]
    if paths and policy.masks_name:
        paths += ("name",)
    return _view(kind, tuple(sorted(set(paths))))


@lru_cache(maxsize=_KEPT)
def _view(kind: Kind, paths: tuple[str, ...]) -> View:
    return View(kind, _projection(kind, paths) if paths else None)


def _projection(kind: Kind, paths: Iterable[str]) -> Projection:
    try:
        return Projection([read(path, kind.message.DESCRIPTOR) for path in paths])
    except BadPath as error:
        raise invalid(f"field_mask: {error}") from None
