"""A charging point for electric vehicles: what a vehicle draws between two events, in closed form.

A vehicle charges with constant power up to a transition level and from there with a power that
decays with the remaining headroom, the two-stage law of ACN-Sim; both are the law of `battery.py`
without self-discharge. Who is plugged in when stands in `sessions.py`. No feeding back.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from math import inf, nan
from typing import Self

from .battery import Battery
from .device import Device
from .exponential import split, value
from .phases import BALANCED, Shares, on_phase
from .record import Totals
from .units import EPSILON_W

__all__ = ["Charger", "Vehicle"]

_SOON_S = 1e-6
_MARGIN = 1e-9
"""Fraction of a wanted energy that rounding may leave open."""


@dataclass(kw_only=True, slots=True)
class Vehicle:
    """A vehicle while it is plugged in."""

    battery: Battery
    goal_wh: float
    """Stored energy at which it stops charging."""
    floor_w: float
    """Smallest power that it charges with."""
    left_s: float
    """Seconds until it leaves."""
    phase: int = 0
    """The only phase that it uses, 0 = all three."""
    start_wh: float
    """Stored energy when it came."""

    @property
    def missing_wh(self) -> float:
        """Stored energy that it still wants."""
        return max(self.goal_wh - self.battery.energy_wh, 0.0)

    def time_needed_s(self, power: float, most_wh: float = inf) -> float:
        """Return the seconds until it has what it wants (at most `most_wh` more) at a power."""
        twin = copy(self.battery)
        goal = min(self.goal_wh, twin.energy_wh + most_wh)
        total = 0.0
        # Constant power first, then the decaying one.
        for _ in range(2):
            twin.plan(power)
            t = min(twin.time_to(goal), twin.hit_s)
            if t == inf:
                return inf
            total += t
            twin.energy_wh = twin.energy_at(t)
            if twin.energy_wh >= goal * (1.0 - _MARGIN):
                break
        return total


class Charger(Device):
    """One charging point and the vehicle at it."""

    __slots__ = ("change_s", "charged_wh", "loss_wh", "strategy", "vehicle")

    role = "charger"
    direction = 1
    is_steady = False

    def __init__(self, *, component_id: int, rated_w: float, strategy: str = "asap") -> None:
        super().__init__(component_id=component_id, rated_w=rated_w)
        self.strategy = strategy
        """How it charges while nobody tells it anything."""
        self.vehicle: Vehicle | None = None
        self.change_s = inf
        """Seconds until its wish changes by itself."""
        self.charged_wh = 0.0
        self.loss_wh = 0.0

    @property
    def floor_w(self) -> float:
        """Smallest power other than 0; a vehicle that is nearly full takes less by itself."""
        vehicle = self.vehicle
        return min(vehicle.floor_w, vehicle.battery.limit_charge()) if vehicle else 0.0

    @property
    def shares(self) -> Shares:
        """A vehicle with one phase uses that of the wiring."""
        return on_phase(self.vehicle.phase) if self.vehicle else BALANCED

    @property
    def urgency(self) -> float:
        """Seconds until the vehicle leaves."""
        return self.vehicle.left_s if self.vehicle else inf

    def clone(self) -> Self:
        """Return a copy that shares no state."""
        other = copy(self)
        if self.vehicle is not None:
            other.vehicle = copy(self.vehicle)
            other.vehicle.battery = copy(self.vehicle.battery)
        return other

    def after(self, t: float) -> Self:
        """Return a copy with the stored energy of t seconds later on the present course."""
        later = self.clone()
        if later.vehicle is not None:
            later.vehicle.battery.energy_wh = later.vehicle.battery.energy_at(t)
            later.vehicle.left_s -= t
        return later

    def bounds(self) -> tuple[float, float]:
        """Return what the charger, the vehicle and the limits in force allow."""
        return 0.0, min(self.reach(True), max(self.limit_high_w, 0.0))

    def reach(self, charging: bool) -> float:
        """Return the largest power that the vehicle would take now."""
        vehicle = self.vehicle
        if vehicle is None or self.off or not charging or self._is_content(vehicle):
            return 0.0
        return min(vehicle.battery.limit_charge(), self.rated_w * self.derate)

    def _is_content(self, vehicle: Vehicle) -> bool:
        return vehicle.battery.energy_wh >= vehicle.goal_wh * (1.0 - _MARGIN)

    def sustained_w(self, t: float) -> float:
        """Return the largest power that the vehicle takes for t seconds without any change."""
        if self.vehicle is None:
            return 0.0
        return min(self.reach(True), self.vehicle.battery.sustained_w(t, charging=True))

    # What it is told

    def wants(self, strategy: str, min_energy_wh: float) -> float:
        """Return the power that a strategy asks for, and remember when that changes by itself."""
        self.change_s = inf
        vehicle, most = self.vehicle, self.reach(True)
        if vehicle is None or most <= 0.0:
            return 0.0
        owed = vehicle.start_wh + min_energy_wh - vehicle.battery.energy_wh
        if strategy == "asap":
            return most
        if owed > _MARGIN * min_energy_wh:
            self.change_s = vehicle.time_needed_s(most, owed)
            return most
        if strategy == "even":
            power = vehicle.missing_wh * 3600.0 / vehicle.battery.e_c / max(vehicle.left_s, 1.0)
            return min(max(power, self.floor_w), most)
        spare_s = vehicle.left_s - vehicle.time_needed_s(most)
        if spare_s <= _SOON_S:
            return most
        self.change_s = spare_s
        return 0.0

    def follow(self, power: float) -> None:
        """Charge with a power, until the wish changes."""
        self.command(power)
        self.hit_s = min(self.hit_s, self.change_s)

    def release(self) -> None:
        """Charge as the charging point does by itself."""
        if self.vehicle is None:
            self._stand()
            self.change_s = inf
            self.cause = ""
        else:
            self.follow(self.wants(self.strategy, 0.0))
            if self.cause != "limit":
                self.cause = ""
        self.request_w = self.told_w = nan

    def resume(self) -> None:
        """Go on as told; a wish still changes when it was to change."""
        change_s = self.change_s
        super().resume()
        self.change_s = change_s
        self.hit_s = min(self.hit_s, change_s)

    def command(self, request: float) -> None:
        """Fix the power of the next segment; not a number = as it does by itself."""
        if request != request:
            self.release()
            return
        self.request_w = self.told_w = request
        self.cause = ""
        self._stand()
        vehicle = self.vehicle
        if vehicle is None or self.off:
            self.cause = (self.off or "available") if request else ""
            if vehicle is not None:
                vehicle.battery.plan(0.0)
            return
        battery = vehicle.battery
        power = request
        if not self.free_low_w <= power <= self.free_high_w:
            power = self._ordered(power)
        if power:
            power = self._taken(vehicle, power)
        battery.plan(power)
        if power <= 0.0:
            return
        self.hit_s = min(battery.hit_s, battery.time_to(vehicle.goal_wh))
        self.p = self.c = battery.p
        if battery.lam:
            self.cause = "taper"
            self.c = battery.p_inf
            self.terms = [(battery.p - battery.p_inf, battery.lam)]
        elif battery.p < power:
            self.cause = "rating"

    def _stand(self) -> None:
        """Draw nothing."""
        self.hit_s = inf
        self.p = self.c = 0.0
        if self.terms:
            self.terms = []

    def _ordered(self, request: float) -> float:
        """Return what rating, faults and limits leave of a set-point, and note why it is less."""
        power, cap = max(request, 0.0), self.rated_w * self.derate
        if request < 0.0:
            self.cause = "rating"
        if power > cap:
            self.cause, power = ("fault" if self.derate < 1.0 else "rating"), cap
        if power > self.limit_high_w:
            self.cause, power = "limit", max(self.limit_high_w, 0.0)
        return power

    def _taken(self, vehicle: Vehicle, power: float) -> float:
        """Return what the vehicle takes of a power, and note why it is less."""
        if self._is_content(vehicle):
            self.cause, power = "window", 0.0
        if EPSILON_W < power < vehicle.floor_w and power < self.floor_w * (1.0 - _MARGIN):
            self.cause, power = self.cause or "minimum", 0.0
        return power if power > EPSILON_W else 0.0

    # Time passes

    def settle(self, t: float, hours: float) -> tuple[float, ...]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row."""
        p = p_end = self.p
        into = loss = 0.0
        soc = nan
        vehicle = self.vehicle
        if vehicle is not None:
            vehicle.left_s -= t
            self.change_s -= t
            battery = vehicle.battery
            if p:
                before = battery.energy_wh
                battery.settle(t)
                into = p * hours
                if self.terms:
                    into, _ = split(self.c, self.terms, t)
                    p_end = value(self.c, self.terms, t)
                loss = into - (battery.energy_wh - before)
                self.charged_wh += into
                self.loss_wh += loss
            soc = battery.energy_wh / battery.capacity_wh
        self.energy_wh = into
        return (p, p_end, into, 0.0, loss, self.request_w, soc)

    def columns(self) -> tuple[tuple[int, int], ...]:
        """Return how many columns it has."""
        return ((self.component_id, 7),)

    def totals(self) -> Mapping[int, Totals]:
        """Return its registers."""
        return {self.component_id: Totals(in_wh=self.charged_wh, loss_wh=self.loss_wh)}
