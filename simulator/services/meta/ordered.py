"""A sorted selection, kept up to date out of the log, and the windows that watches have on it.

Both are shared by all watches that ask the same, and what leads from one state of a window to the
next is worked out once: a watch that is up to date costs a reference to what it was shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sortedcontainers import SortedDict

from simulator.services.meta.changesets import PageTokens, added, modified, removed
from simulator.services.meta.paging import Edges, Pager, Place
from simulator.services.meta.window_changes import Step, steps
from simulator.store import FellBehind, Kind

if TYPE_CHECKING:
    from simulator.services.meta.listing import Selection
    from simulator.services.meta.order import Order
    from simulator.services.meta.registry import Stored
    from simulator.services.meta.views import View
    from simulator.store import Collection


class Table:
    """What a selection holds, by sort key."""

    def __init__(self, collection: Collection[Stored], selection: Selection, order: Order) -> None:
        self.collection = collection
        self._selection = selection
        self._order = order
        self._fill()

    def rows(self) -> SortedDict:
        """Return the resources by their keys, as of now; to be read at once, and not modified."""
        if self._read.lag:
            try:
                self._follow()
            except FellBehind:
                self._fill()
        return self._rows

    def _fill(self) -> None:
        key, holds = self._order.key, self._selection.holds
        self._read = self.collection.subscribe()
        self._rows = SortedDict(
            (key(stored.message), stored) for _, stored in self.collection.items() if holds(stored)
        )

    def _follow(self) -> None:
        key, holds, rows = self._order.key, self._selection.holds, self._rows
        for change in self._read.pending():
            before = change.before
            old = key(before.message) if before is not None and holds(before) else None
            now = change.after
            new = key(now.message) if change.kind is not Kind.DELETED and holds(now) else None
            if old is not None and old != new:
                del rows[old]
            if new is not None:
                rows[new] = now


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendering:
    """What a window shows at some time."""

    stored: Sequence[Stored]
    tokens: PageTokens


class Window:
    """A page of a table that follows its changes: always what a list would answer.

    Args:
        table: what it looks at.
        view: what of each resource is seen.
        pager: reads and writes its page tokens.
        place: where it begins, or ends; None: at the beginning.
        size: how many resources it shows at most; None: all.
    """

    def __init__(
        self, table: Table, view: View, pager: Pager, place: Place | None, size: int | None
    ) -> None:
        self.collection = table.collection
        self._table = table
        self._view = view
        self._pager = pager
        self._place = place
        self._size = size
        self._revision = -1
        self._latest = Rendering(stored=(), tokens=PageTokens())
        self._ways: WeakKeyDictionary[Rendering, tuple[Rendering, list[bytes]]]
        self._ways = WeakKeyDictionary()

    def rendered(self) -> Rendering:
        """Return what it shows now: the same object as before if nothing has changed."""
        if self._revision != self.collection.revision:
            self._revision = self.collection.revision
            rendering = self._render()
            latest = self._latest
            if (rendering.tokens, rendering.stored) != (latest.tokens, latest.stored):
                self._latest = rendering
        return self._latest

    def entries(self, rendering: Rendering) -> Iterator[bytes]:
        """Yield a rendering for someone who has nothing, as Added."""
        for index, stored in enumerate(rendering.stored):
            yield added(self._view.item(stored), index)

    def way(self, old: Rendering, new: Rendering) -> list[bytes]:
        """Return the changes that turn one rendering into another."""
        known = self._ways.get(old)
        if known is None or known[0] is not new:
            known = self._ways[old] = (new, self._way(old.stored, new.stored))
        return known[1]

    def _render(self) -> Rendering:
        rows, place, size = self._table.rows(), self._place, self._size
        total = len(rows)
        most = total if size is None else size
        low = 0 if place is None else place.gap(rows.keys(), self._pager.order)
        if place is None or place.forward:
            high = min(low + most, total)
        else:
            low, high = max(low - most, 0), low
        stored = rows.values()[low:high]
        edges = Edges(
            first=stored[0].message if stored else None,
            last=stored[-1].message if stored else None,
            offset=low,
            size=len(stored),
            asked=most,
            before=low > 0,
            after=high < total,
        )
        return Rendering(stored=stored, tokens=PageTokens(*self._pager.tokens(place, edges)))

    def _way(self, old: Sequence[Stored], new: Sequence[Stored]) -> list[bytes]:
        before = {stored.name: stored for stored in old}
        after = {stored.name: stored for stored in new}
        found = steps(
            tuple(before),
            tuple(after),
            changed=lambda name: before[name] is not after[name],
            altered=lambda name: not self._view.same(before[name], after[name]),
        )
        return [self._frame(step, after) for step in found]

    def _frame(self, step: Step, after: dict[str, Stored]) -> bytes:
        match step.kind:
            case "removed":
                return removed(step.name, step.at)
            case "added":
                return added(self._view.item(after[step.name]), step.at)
            case "modified":
                item = self._view.item(after[step.name])
                return modified(step.name, item, step.previous, step.at)
