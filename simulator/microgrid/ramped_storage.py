"""Batteries whose power may only change so fast: a layer that sites without ramps do not pay for.

What limits a ramp is the AC power of the inverter, auxiliaries aside, as for CHP units. It limits
what set-points do, also on the way through the exclusion zone and through 0, and coming back from
a fault. It does not hold against what leaves no choice: whoever is off is off at once, the edges
of the window and the taper towards them win, and so do limits, of the device and of the site; a
ramp that would end beyond the limits of the site goes only as far as they allow.
"""

from collections.abc import Sequence
from math import copysign, inf
from typing import Self

from .arbitration import Plan
from .battery import Battery
from .device import Device
from .exponential import crossings, value
from .inverter import Losses
from .ramped_battery import Line, RampedBattery
from .storage import Storage
from .units import EPSILON_W

__all__ = ["RampedStorage", "restrain"]

_DONE_S = 2e-6
"""An event comes up to 1 us late: what lacks less than that is over."""
_EVER_S = 1e10


class RampedStorage(Storage):
    """One battery inverter with one battery and a ramp."""

    __slots__ = ("goal_w", "level_w", "ramp_w_per_s")

    sole: RampedBattery

    def __init__(
        self,
        *,
        ramp_w_per_s: float,
        component_id: int,
        batteries: Sequence[Battery],
        rated_w: float = inf,
        losses: Losses | None = None,
        min_w: float = 0.0,
        forms_grid: bool = False,
    ) -> None:
        super().__init__(
            component_id=component_id,
            batteries=batteries,
            rated_w=rated_w,
            losses=losses,
            min_w=min_w,
            forms_grid=forms_grid,
        )
        self.ramp_w_per_s = ramp_w_per_s
        self.level_w = 0.0
        """AC power without auxiliaries where the segment begins."""
        self.goal_w = 0.0
        """Where it is going, or stands already."""

    def after(self, t: float) -> Self:
        """Return a copy with the states of t seconds later on the present course."""
        later = super().after(t)
        later.level_w = self._power_at(t) - self.draw_w
        return later

    def _power_at(self, t: float) -> float:
        return value(self.c, self.terms, t) if self.terms else self.p

    def obey(self, request: float) -> None:
        """Fix the AC power of the next segment for a set-point, without any ramp."""
        super().command(request)
        self.goal_w = self.conversion_w

    def command(self, request: float) -> None:
        """Fix the course of the next segment for a set-point in W; not a number = idle."""
        self.obey(request)
        level = self._possible()
        gap = self.goal_w - level
        if self.off or abs(gap) <= max(self.ramp_w_per_s * _DONE_S, EPSILON_W):
            return
        self.cause = "ramp"
        if not (gap * level < 0.0 and self._descend(level)):
            self._climb(level)

    def _possible(self) -> float:
        """Return what of its level it can, and may, still do."""
        if self.cause == "window" and self.level_w * self.request_w > 0.0:
            return self.goal_w
        low, high = self.bounds()
        # Standby losses alone are within its goal, yet no bounds speak of them.
        return min(max(self.level_w, min(low, self.goal_w)), max(high, self.goal_w))

    def _descend(self, level: float) -> bool:
        """Follow the taper as long as it falls faster than the ramp; return whether it does."""
        battery, losses = self.sole, self.losses
        battery.plan(battery.charge_w if level > 0.0 else -battery.discharge_w, self.cut_w)
        if not battery.lam:
            return False
        lam = battery.lam
        c, a, b = losses.taper(battery.p_inf, battery.p - battery.p_inf)
        is_below = abs(level) < abs(c + a + b) * (1.0 - 1e-9)
        if is_below or lam * abs(a + 2.0 * b) <= self.ramp_w_per_s:
            return False
        self.c, self.terms = c + self.draw_w, [(a, lam), (b, 2.0 * lam)]
        self.p = self.c + a + b
        slopes = [(-lam * a, lam), (-2.0 * lam * b, 2.0 * lam)]
        ends = crossings(copysign(self.ramp_w_per_s, level), slopes, _EVER_S)
        ends += crossings(c - self.goal_w, [(a, lam), (b, 2.0 * lam)], _EVER_S)
        self.hit_s = min([*ends, battery.hit_s, *self._edges(level)])
        return True

    def _climb(self, level: float) -> None:
        """Follow a straight line, up to where the losses change their form."""
        goal, l0, near = self.goal_w, self.losses.l0, self.ramp_w_per_s * _DONE_S
        if goal > level:
            slope = self.ramp_w_per_s
            if level < -near:
                sign, end = -1.0, min(goal, 0.0)
            elif level < l0 - near:
                sign, end = 0.0, min(goal, l0)
            else:
                sign, end, level = 1.0, goal, max(level, l0)
        else:
            slope = -self.ramp_w_per_s
            if level > l0 + near:
                sign, end = 1.0, max(goal, l0)
            elif level > near:
                sign, end = 0.0, max(goal, 0.0)
            else:
                sign, end, level = -1.0, goal, min(level, 0.0)
        battery = self.sole
        self.hit_s = span_s = (end - level) / slope
        self.p = self.c = level + self.draw_w
        self.terms = [(slope, 0.0)]
        if not sign:
            # Only standby losses are served.
            battery.plan(0.0)
            return
        line = Line(level, slope, sign, self.losses, inf if end == goal else span_s)
        battery.follow(line, span_s)
        self.hit_s = min([battery.hit_s, *self._edges(sign)])

    def _edges(self, sign: float) -> list[float]:
        """Return when the reserve or the ceiling in force is reached."""
        battery = self.sole
        if sign < 0.0:
            reserve = self.reserve_soc * battery.capacity_wh
            return [battery.time_to(reserve)] if self.reserve_soc > 0.0 else []
        ceiling = self.ceiling_soc * battery.capacity_wh
        return [battery.time_to(ceiling)] if self.ceiling_soc < 1.0 else []

    def settle(self, t: float, hours: float) -> tuple[float, ...]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row."""
        row = super().settle(t, hours)
        self.level_w = row[1] - self.draw_w
        return row


def restrain(plan: Plan, devices: Sequence[Device], load_w: float) -> bool:
    """Let ramps go no farther than the limits of the site allow; return whether any is cut.

    Each ramp that goes up counts with its end and all others with their start, so that the limits
    hold all the way, whoever is faster.
    """
    if plan.site_low_w == -inf and plan.site_high_w == inf:
        return False
    total = load_w + sum(device.p for device in devices)
    able = [
        device
        for device, orders in zip(devices, plan.orders, strict=True)
        if isinstance(device, RampedStorage) and not orders.comms
    ]
    is_cut = False
    for sign, most in ((1.0, plan.site_high_w), (-1.0, -plan.site_low_w)):
        rises = [max(sign * (each.goal_w - each.conversion_w), 0.0) for each in able]
        rise, excess = sum(rises), sign * total + sum(rises) - most
        if rise <= 0.0 or excess <= EPSILON_W:
            continue
        is_cut = True
        for storage, own in zip(able, rises, strict=True):
            if own:
                _cut(storage, storage.goal_w - sign * own * min(excess / rise, 1.0), sign)
    return is_cut


def _cut(storage: RampedStorage, target: float, sign: float) -> None:
    """Give a storage a nearer goal; what is too little to switch on for falls to the safe side."""
    if -storage.min_w < sign * target < 0.0:
        target = -sign * storage.min_w
    request = storage.request_w
    storage.command(target)
    storage.request_w = request
    storage.cause = "limit" if request == request else ""
