"""Arbitration with a memory: what is in force every day again is arbitrated once.

Plans depend on which dispatches run and on the order of their starts, not on when that is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .arbitration import Plan, arbitrate
from .effect import Effect
from .faults import Conditions
from .running import Running
from .site import Site

__all__ = ["Plans"]

_KEPT = 64
"""Plans that are remembered; beyond that all are forgotten."""


class Plans:
    """Plans for one site. `base` and `add_equal`: as `arbitrate`."""

    def __init__(self, site: Site, base: Effect | None, *, add_equal: bool) -> None:
        self._site = site
        self._base = base
        self._add_equal = add_equal
        self._known: dict[Any, tuple[Plan, Sequence[Running]]] = {}
        """Dispatches are kept beside a plan, because keys have the identities of their parts."""

    def fresh(
        self, running: Iterable[Running], conditions: Conditions, latched: Mapping[int, bool]
    ) -> Plan:
        """Return a plan that nobody else has."""
        site = self._site
        if not (site.has_grid or conditions.outage):
            conditions = replace(conditions, outage="fault")
        return arbitrate(
            running,
            site.devices,
            site.grid_w,
            conditions,
            self._base,
            latched,
            add_equal=self._add_equal,
        )

    def of(
        self, running: Sequence[Running], conditions: Conditions, latched: Mapping[int, bool]
    ) -> Plan:
        """Return the plan to follow now; the one returned before must not be used any more."""
        if not conditions.is_normal:
            return self.fresh(running, conditions, latched)
        key = self._key(running, latched)
        known = self._known.get(key)
        if known is None:
            if len(self._known) == _KEPT:
                self._known.clear()
            plan = self.fresh(running, conditions, latched)
            self._known[key] = plan, running
            return plan
        plan, _ = known
        now = {each.dispatch_id: each for each in running}
        for source in plan.sources:
            source.renew(now.get(source.id))
        for source, _ in plan.unfollowed:
            source.renew(now.get(source.id))
        return plan

    def _key(self, running: Sequence[Running], latched: Mapping[int, bool]) -> Any:
        """Return everything that `arbitrate` looks at, while no fault is in force."""
        starts = sorted({each.start_us for each in running}) if len(running) > 1 else ()
        return (
            self._site.grid_w,
            *[device.rated_w for device in self._site.devices],
            *latched.items(),
            *[
                (
                    each.dispatch_id,
                    id(each.effect),
                    id(each.selection),
                    each.admission.withheld,
                    each.admission.policy,
                    each.priority,
                    each.power_w,
                    starts.index(each.start_us) if starts else 0,
                )
                for each in running
            ],
        )
