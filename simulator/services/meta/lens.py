"""What one query shows of a collection, worked out once for all watches that ask the same.

Watches that keep pace with each other share filtering, projecting and framing; what they share
lives as long as one of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final
from weakref import ref

from simulator.services.meta.changesets import standing
from simulator.services.meta.coalescing import coalesced

if TYPE_CHECKING:
    from simulator.services.meta.registry import Stored
    from simulator.services.meta.views import View
    from simulator.store import Collection


_KEPT: Final = 16
"""How many ways to the newest revision are remembered, for watches that come the same way."""


class Survey:
    """All resources that a query shows at one revision; never changes."""

    def __init__(self, stored: list[Stored], view: View, revision: int) -> None:
        self.revision = revision
        self._stored = stored
        self._view = view
        self._frames: list[bytes] = []

    def __len__(self) -> int:
        return len(self._stored)

    def frames(self) -> Iterator[bytes]:
        """Yield them as Current, each framed when it is first asked for."""
        frames = self._frames
        for index in range(len(self._stored)):
            if index == len(frames):
                frames.append(standing(self._view.item(self._stored[index])))
            yield frames[index]


class Lens:
    """One query, as watches without order see it.

    Args:
        collection: where the resources are.
        where: which of them are seen.
        view: what of them is seen.
        digest: a text that differs between queries.
    """

    def __init__(
        self,
        collection: Collection[Stored],
        where: Callable[[Stored], bool],
        view: View,
        digest: str,
    ) -> None:
        self.collection = collection
        self.view = view
        self.digest = digest
        self.sees = where
        self._survey: ref[Survey] | None = None
        self._head = -1
        self._changes: dict[tuple[int, bool], list[bytes]] = {}

    def survey(self) -> Survey:
        """Return what the query shows now."""
        survey = None if self._survey is None else self._survey()
        revision = self.collection.revision
        if survey is None or survey.revision != revision:
            stored = [stored for _, stored in self.collection.items() if self.sees(stored)]
            survey = Survey(stored, self.view, revision)
            self._survey = ref(survey)
        return survey

    def changes(self, after: int, *, thorough: bool) -> list[bytes]:
        """Return the frames of what has changed since revision `after`; see `coalesced`.

        Raises:
            FellBehind: the log does not reach back that far.
        """
        if self._head != self.collection.revision or len(self._changes) == _KEPT:
            self._head = self.collection.revision
            self._changes.clear()
        frames = self._changes.get((after, thorough))
        if frames is None:
            changes = self.collection.subscribe(after=after).pending()
            frames = coalesced(changes, self.sees, self.view, thorough=thorough)
            self._changes[after, thorough] = frames
        return frames
