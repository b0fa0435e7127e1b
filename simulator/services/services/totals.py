"""What the services of a collection add up to: a fold over their changes, kept in the log itself.

Every change carries the totals that it leads to. GetServiceMetadata reads the latest, a stream
reads them change by change, and nobody adds up anything twice: they cannot drift apart. What is
counted follows seed 004, ServiceMetadata.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator.services.services.wire import Metadata

if TYPE_CHECKING:
    from simulator.services.services.states import State


@dataclass(frozen=True, kw_only=True, eq=False)
class Totals:
    """How many services there are; never modified."""

    types: Mapping[str, int]
    """By type; types that could be created are there with 0."""
    total: int = 0
    active: int = 0
    errors: int = 0
    at_us: int
    """When this came about."""

    @cached_property
    def message(self) -> Any:
        """The totals as ServiceMetadata of the wire; not to be modified."""
        return Metadata(
            total_count=self.total,
            type_counts=self.types,
            total_active_count=self.active,
            total_error_count=self.errors,
        )

    @cached_property
    def item(self) -> bytes:
        """The message, encoded."""
        return bytes(self.message.SerializeToString(deterministic=True))


class Ledger:
    """Adds changes up.

    Args:
        kinds: the types that can be created.
        counts_foreign: whether services of other types are counted by type too.
    """

    def __init__(self, kinds: Iterable[str], *, counts_foreign: bool) -> None:
        self._kinds = frozenset(kinds)
        self._counts_foreign = counts_foreign

    def none(self, at_us: int) -> Totals:
        """Return the totals of no services."""
        return Totals(types=dict.fromkeys(sorted(self._kinds), 0), at_us=at_us)

    def after(self, totals: Totals, before: State | None, now: State | None, at_us: int) -> Totals:
        """Return the totals after one service went from one state, or None, to another.

        Returns `totals` itself where it does not matter.
        """
        if before is not None and now is not None and _key(before) == _key(now):
            return totals
        types = dict(totals.types)
        counts = {"total": totals.total, "active": totals.active, "errors": totals.errors}
        for state, step in ((before, -1), (now, 1)):
            if state is None:
                continue
            counts["total"] += step
            counts["active"] += step * state.active
            counts["errors"] += step * state.failed
            if state.type in self._kinds:
                types[state.type] += step
            elif self._counts_foreign:
                types[state.type] = types.get(state.type, 0) + step
                if not types[state.type]:
                    del types[state.type]
        return Totals(types=types, at_us=at_us, **counts)


def _key(state: State) -> tuple[Any, ...]:
    return state.type, state.active, state.failed
