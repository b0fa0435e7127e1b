"""The watch of one resource: its present state, then every state it is found in.

Seed 003, WatchRegion and its kind; where that is silent our choice: the first message is Added, an
absent resource is NOT_FOUND, and after a deletion the stream stays open and adds it again.
"""

from simulator.services.errors import Code, ServiceError, shown
from simulator.services.meta.changesets import Message, added, modified, removed, single
from simulator.services.meta.registry import Stored
from simulator.services.meta.source import Source
from simulator.services.meta.views import View
from simulator.store import Collection


class Single(Source):
    """What the watch of one resource sends. Several changes at once count as one.

    Raises:
        ServiceError: NOT_FOUND, there is no such resource.
    """

    def __init__(self, collection: Collection[Stored], name: str, view: View) -> None:
        self._collection = collection
        self._name = name
        self._view = view
        self._shown: Stored | None = None
        self._position = collection.revision - 1
        if name not in collection:
            raise ServiceError(Code.NOT_FOUND, f"name: there is no {shown(name)}")

    @property
    def position(self) -> int:
        """Revision up to which everything was told."""
        return self._position

    def next(self) -> Message | None:
        """Return how the resource differs from what was told of it, if that can be seen."""
        self._position = self._collection.revision
        before, now = self._shown, self._collection.get(self._name)
        if now is before:
            return None
        self._shown = now
        if now is None:
            return single(removed(self._name))
        if before is None:
            return single(added(self._view.item(now)))
        if self._view.same(before, now):
            return None
        return single(modified(self._name, self._view.item(now)))
