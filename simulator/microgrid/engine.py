"""Combined heat and power: an engine that runs above its minimum load or not at all.

It changes its power along a ramp, so that the power between two events is linear in time; it runs
and rests for minimum times. Heat and fuel follow from the electrical energy by fixed efficiencies.
"""

from collections.abc import Mapping
from math import inf
from typing import Self

from .device import Device
from .exponential import split, value
from .record import Totals

__all__ = ["Engine"]

_DONE_S = 2e-6
"""An event comes up to 1 us late: what lacks less than that is over."""


class Engine(Device):
    """One CHP unit. Powers are electrical, negative while it produces."""

    __slots__ = (
        "_is_on_next",
        "electrical",
        "fuel_wh",
        "heat_wh",
        "held_s",
        "is_on",
        "level_w",
        "min_idle_s",
        "min_load_w",
        "min_run_s",
        "produced_wh",
        "ramp_w_per_s",
        "starts",
        "target_w",
        "thermal",
    )

    role = "engine"
    direction = -1
    is_steady = False

    def __init__(
        self,
        *,
        component_id: int,
        rated_w: float,
        min_load_w: float = 0.0,
        ramp_w_per_s: float = inf,
        min_run_s: float = 0.0,
        min_idle_s: float = 0.0,
        electrical: float = 1.0,
        thermal: float = 0.0,
    ) -> None:
        super().__init__(component_id=component_id, rated_w=rated_w)
        self.min_load_w = min_load_w
        self.ramp_w_per_s = ramp_w_per_s
        self.min_run_s = min_run_s
        self.min_idle_s = min_idle_s
        self.electrical = electrical
        """Electrical efficiency: electricity for each unit of fuel."""
        self.thermal = thermal
        # The state
        self.level_w = 0.0
        """What it produces at the start of the segment, a magnitude."""
        self.is_on = False
        self.held_s = inf
        """How long it has been on, or off."""
        # The segment in progress
        self.target_w = 0.0
        """What it ramps to, a magnitude."""
        self._is_on_next = False
        # Registers
        self.produced_wh = 0.0
        self.heat_wh = 0.0
        self.fuel_wh = 0.0
        self.starts = 0

    @property
    def floor_w(self) -> float:
        """Smallest power other than 0, a magnitude."""
        return self.min_load_w

    def after(self, t: float) -> Self:
        """Return a copy of t seconds later on the present course."""
        later = self.clone()
        later._move(t)
        return later

    def bounds(self) -> tuple[float, float]:
        """Return what rating, ramp-free, times and limits allow: largest and smallest output."""
        if self.off or self._must_rest():
            return 0.0, 0.0
        low = max(-self.rated_w * self.derate, min(self.limit_low_w, 0.0))
        high = -self.min_load_w if self._must_run() else min(0.0, self.limit_high_w)
        return low, max(high, low)

    def _must_run(self) -> bool:
        return self.is_on and self.held_s < self.min_run_s - _DONE_S

    def _must_rest(self) -> bool:
        return not self.is_on and self.held_s < self.min_idle_s - _DONE_S

    def command(self, request: float) -> None:
        """Fix the course of the next segment; not a number = stop."""
        self.request_w = self.told_w = request
        self.cause = ""
        self.hit_s = inf
        wanted = self._wanted(0.0 if request != request else request)
        if self.off:
            self._is_on_next, self.target_w = False, 0.0
            self._stand(0.0)
            return
        is_on = wanted > 0.0
        if is_on != self.is_on and (self._must_run() if self.is_on else self._must_rest()):
            # It may not switch yet; its time is up later.
            least = self.min_run_s if self.is_on else self.min_idle_s
            self.hit_s = least - self.held_s
            if self.is_on or request:
                self.cause = "timer"
            is_on, wanted = self.is_on, self.min_load_w if self.is_on else 0.0
        self._is_on_next = is_on
        self.target_w = wanted
        gap = wanted - self.level_w
        if not gap or abs(gap) <= self.ramp_w_per_s * _DONE_S:
            self._stand(wanted)
            return
        self.cause = self.cause or "ramp"
        slope = self.ramp_w_per_s if gap > 0.0 else -self.ramp_w_per_s
        self.p = self.c = -self.level_w if self.level_w else 0.0
        self.terms = [(-slope, 0.0)]
        self.hit_s = min(self.hit_s, gap / slope)

    def _stand(self, level: float) -> None:
        """Stay at a level."""
        self.p = self.c = -level if level else 0.0
        self.terms = []
        self.level_w = level

    def _wanted(self, request: float) -> float:
        """Return what is left of a set-point, a magnitude, and note why it is less."""
        if self.off:
            self.cause = self.off if request else ""
            return 0.0
        power, cap = max(-request, 0.0), self.rated_w * self.derate
        if request > 0.0:
            self.cause = "rating"
        if power > cap:
            self.cause, power = ("fault" if self.derate < 1.0 else "rating"), cap
        high = max(-self.limit_low_w, 0.0)
        if power > high:
            self.cause, power = "limit", high
        least = max(-self.limit_high_w, 0.0)
        if power < least <= cap:
            power = least
        if 0.0 < power < self.min_load_w * (1.0 - 1e-12):
            self.cause, power = self.cause or "minimum", 0.0
        return power

    def _move(self, t: float) -> None:
        """Let the state go t seconds along."""
        if self._is_on_next != self.is_on:
            self.is_on = self._is_on_next
            self.held_s = 0.0
            self.starts += self.is_on
        self.held_s += t
        if self.terms:
            level = -value(self.c, self.terms, t)
            is_rising = self.terms[0][0] < 0.0
            self.level_w = min(level, self.target_w) if is_rising else max(level, self.target_w)

    def settle(self, t: float, hours: float) -> tuple[float, ...]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row."""
        p = self.p
        if self.terms:
            _, out = split(self.c, self.terms, t)
            p_end = value(self.c, self.terms, t)
        else:
            out, p_end = -p * hours if p else 0.0, p
        self._move(t)
        self.energy_wh = -out if out else 0.0
        fuel = out / self.electrical
        heat = fuel * self.thermal
        self.produced_wh += out
        self.fuel_wh += fuel
        self.heat_wh += heat
        return (p, p_end, 0.0, out, heat, fuel, self.request_w)

    def columns(self) -> tuple[tuple[int, int], ...]:
        """Return how many columns it has."""
        return ((self.component_id, 7),)

    def totals(self) -> Mapping[int, Totals]:
        """Return its registers."""
        return {
            self.component_id: Totals(
                out_wh=self.produced_wh,
                heat_wh=self.heat_wh,
                fuel_wh=self.fuel_wh,
                starts=self.starts,
            )
        }
