"""The site's controller over time: which plan is in force, and when set-points are due again.

Keeps what decisions depend on beside the devices: base strategy, rules of sharing, switches that
latched, the dry runs beside it all. The plan is made anew only when something starts, stops or
breaks (`arbitration.py`), set-points at every event and controller cycle (`controller.py`).
"""

from collections.abc import Iterable, Sequence
from math import ceil, inf
from typing import TYPE_CHECKING, Any, Protocol

from .accounts import book
from .arbitration import SITE_ID, Plan
from .controller import Sharing, cycle_us, decide, impose, review_s
from .device import Device
from .faults import Conditions
from .island import hold_island
from .plans import Plans
from .ramped_storage import RampedStorage, restrain
from .running import Running
from .shadow import ShadowBook
from .site import Site
from .storage import Storage
from .units import NEVER_US, S_PER_US, US_PER_S

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Governor"]

_ISLAND_US = 60 * US_PER_S
"""Cycle of an island whose controller has none of its own."""
_EDGES = frozenset({"taper", "window"})


class Host(Protocol):
    """What the world offers to its governor."""

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""


class Governor:
    """Decides over the devices of a site."""

    def __init__(self, scenario: "Scenario", site: Site, host: Host, *, keep: bool) -> None:
        meta = scenario.meta
        self._site = site
        self._grid = site.grid
        self._host = host
        self._plans = Plans(
            site, scenario.base_strategy.to_effect(), add_equal=meta.arbitration == "sum"
        )
        self._sharing = Sharing(strategy=meta.sharing, exponent=meta.sharing_exponent)
        self._control_us = meta.control_s * US_PER_S
        self._storages = tuple(each for each in site.devices if isinstance(each, Storage))
        self._others = tuple(
            each for each in site.devices if not (each.is_steady or isinstance(each, Storage))
        )
        self._wearing = [
            (battery, battery.wear)
            for storage in self._storages
            for battery in storage.batteries
            if battery.wear is not None
        ]
        self._shares = len(self._storages) > 1
        self._ramps = any(isinstance(each, RampedStorage) for each in self._storages)
        self._latched: dict[int, bool] = {}
        self._conflicts: tuple[int, ...] = ()
        self._confined = self._outside = self._shedding = self._islanded = False
        self._decided_us = 0
        self._own_us = NEVER_US
        """When a device that is no storage needs a decision."""
        self.shadow = ShadowBook(keep=keep)
        self.plan = self._plans.fresh((), Conditions(), self._latched)
        self._imposed: Plan | None = None
        """What devices were told last; nothing yet."""

    # Plans

    def arbitrate(self, running: Iterable[Running], conditions: Conditions) -> Plan:
        """Make the plan anew and hand it to the devices; set-points must follow."""
        real = [each for each in running if not each.dry_run]
        plan = self.plan = self._plans.of(real, conditions, self._latched)
        for component_id in plan.conflicts:
            if component_id not in self._conflicts:
                self._host.log("LIMIT_CONFLICT", component_id=component_id or self._site.graph.root)
        self._conflicts = plan.conflicts
        if bool(plan.island) != self._islanded:
            self._islanded = bool(plan.island)
            self._host.log("ISLANDED" if self._islanded else "GRID_BACK")
        impose(plan, self._site.devices, self._imposed)
        self._imposed = plan
        return plan

    def latch(self, running: Running) -> None:
        """Keep the state that a latching switch sets."""
        effect = running.effect
        if effect.kind != "switch" or not effect.latch:
            return
        ids = [self._site.devices[i].component_id for i in running.selection.devices]
        for component_id in (*ids, SITE_ID) if running.selection.site else ids:
            self.shadow.latched[component_id] = effect.on
            if not running.dry_run:
                self._latched[component_id] = effect.on

    # Set-points

    def decide(self, load_w: float, now_us: int) -> float:
        """Give every device its set-point; return the share of the hidden load that is served."""
        self._decided_us = now_us
        plan, devices, served = self.plan, self._site.devices, 1.0
        self._confined = decide(plan, devices, load_w, self._sharing, now_us)
        if self._ramps:
            self._confined |= restrain(plan, devices, 0.0 if plan.dark else load_w)
        if plan.dark or plan.island:
            served = self._served(plan, devices, load_w, now_us)
            self._confined = self._confined and not plan.island
        if (served < 1.0) != self._shedding:
            self._shedding = served < 1.0
            self._host.log("LOAD_SHED" if self._shedding else "LOAD_SERVED", share=served)
        return served

    def _served(self, plan: Plan, devices: Sequence[Device], load_w: float, now_us: int) -> float:
        """Return the share of the hidden load that is served; an island is held together for it."""
        if not plan.island:
            return 0.0 if plan.dark else 1.0
        cycle = self._control_us or _ISLAND_US
        hold_us = cycle - now_us % cycle
        if hold_us < US_PER_S:
            hold_us += cycle
        return hold_island(plan, devices, load_w, hold_us / US_PER_S)

    def may_resume(self, now_us: int) -> bool:
        """Return whether devices whose law has changed just go on with what they were told.

        Batteries that reach their limits one after the other must not make the controller decide
        ever faster.
        """
        if self.plan.island:
            return False
        return self._shares and now_us < min(self._decided_us + US_PER_S, self._own_us)

    def wake_us(self, load_w: float, now_us: int) -> int:
        """Return when a device changes its law or set-points are due again; maybe `NEVER_US`."""
        hit_s = own_s = inf
        for device in self._others:
            if device.hit_s < own_s:
                own_s = device.hit_s
        for battery, wear in self._wearing:
            hit_s = min(hit_s, wear.hit_s(battery.loss_w))
        for storage in self._storages:
            if storage.hit_s < hit_s:
                hit_s = storage.hit_s
            if storage.cause != storage.edge:
                self._note_edge(storage)
        if self._confined or self._outside:
            self._check_limits(self._grid.p)
        self._own_us = NEVER_US
        if own_s < inf:
            self._own_us = _moment_us(now_us, own_s)
            hit_s = min(hit_s, own_s)
        wake_us = _moment_us(now_us, hit_s)
        bends = bool(self._grid.terms)
        if self._control_us and (bends or self._shares):
            after_s = review_s(
                self.plan,
                self._site.devices,
                load_w,
                self._sharing,
                bends=bends,
                confined=self._confined,
            )
            due_us = cycle_us(now_us, after_s, self._control_us)
            if due_us < wake_us:
                return due_us
        return wake_us

    def _note_edge(self, storage: Storage) -> None:
        """Log that a battery has come to an edge of its state of charge; not again while there."""
        cause = storage.cause if storage.cause in _EDGES else ""
        if storage.edge != cause:
            storage.edge = cause
            if cause:
                edge = f"{cause}_{'high' if storage.request_w > 0.0 else 'low'}"
                self._host.log("THRESHOLD", component_id=storage.component_id, reason=edge)

    def _check_limits(self, power: float) -> None:
        slack = 1e-6 + 1e-9 * abs(power)
        excess = max(power - self.plan.site_high_w, self.plan.site_low_w - power)
        outside = excess > slack
        if outside != self._outside:
            self._outside = outside
            self._host.log("SITE_LIMIT_EXCEEDED" if outside else "SITE_LIMIT_KEPT", power_w=power)

    # Accounts

    def book(self, t: float) -> None:
        """Book a settled segment of t seconds with the running dispatches."""
        book(self.plan, self._site.devices, self._grid.p, t)

    def rehearse(
        self,
        running: Iterable[Running],
        conditions: Conditions,
        load_w: float,
        since_us: int,
        now_us: int,
    ) -> None:
        """Decide with the dry runs for copies of the devices, whose segment began at `since_us`."""
        running = tuple(running)
        self.shadow.settle(now_us)
        if not self.shadow.watch(running):
            return
        plan = self._plans.fresh(running, conditions, self.shadow.latched)
        t = (now_us - since_us) * S_PER_US
        copies = [device.after(t) for device in self._site.devices]
        impose(plan, copies)
        decide(plan, copies, load_w, self._sharing, now_us)
        if self._ramps:
            restrain(plan, copies, 0.0 if plan.dark else load_w)
        self._served(plan, copies, load_w, now_us)
        self.shadow.keep(plan, copies)


def _moment_us(now_us: int, after_s: float) -> int:
    """Return the first whole microsecond after now that is `after_s` ahead or more."""
    return NEVER_US if after_s == inf else now_us + max(ceil(after_s * US_PER_S), 1)
