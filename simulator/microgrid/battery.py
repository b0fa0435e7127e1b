"""A battery on its DC side: stored energy between two events in closed form.

Within one region the change of stored energy E is affine in E, so E and the power are
exponentials and the time until any level is a logarithm. Regions: the request binds (power
constant), the taper binds (power decays), or nothing flows at the edge of the window. DC power in
W, positive = charging.
"""

from math import exp, expm1, inf, log1p

from .exponential import phi
from .units import EPSILON_W, S_PER_H
from .wear import Wear

__all__ = ["Battery"]

_SOON_S = 1e-6
"""Resolution of events: what would end before the next one has ended."""
_THERE = 1e-6
"""So close to a level, as a fraction of the capacity, it counts as reached (our choice)."""


class Battery:
    """State and law of one battery.

    `dE/dt = e_c p / 3600 - sigma E` for p >= 0, `p / (3600 e_d) - sigma E` below, with
    `|p|` limited to its maximum times a factor that falls linearly from 1 at the taper level to 0
    at the edge of the window. Equal levels make a hard stop: a full battery is then held full.

    `plan` fixes the trajectory from the current energy on; `settle` moves along it. Any time in
    between can be evaluated without changing anything.
    """

    __slots__ = (
        "_charge_gain",
        "_charge_slope",
        "_discharge_gain",
        "_discharge_slope",
        "ageing_loss_wh",
        "aux_w",
        "capacity_wh",
        "charge_w",
        "charged_wh",
        "component_id",
        "discharge_w",
        "discharged_wh",
        "e_c",
        "e_d",
        "e_high",
        "e_low",
        "e_taper_high",
        "e_taper_low",
        "energy_wh",
        "hit_s",
        "lam",
        "loss_wh",
        "min_w",
        "moved_wh",
        "mu",
        "p",
        "p_inf",
        "rate",
        "region",
        "self_discharge_wh",
        "sigma",
        "wear",
    )

    def __init__(
        self,
        *,
        component_id: int,
        capacity_wh: float,
        energy_wh: float,
        e_low: float,
        e_high: float,
        e_taper_low: float,
        e_taper_high: float,
        charge_w: float,
        discharge_w: float,
        e_c: float = 1.0,
        e_d: float = 1.0,
        sigma: float = 0.0,
        aux_w: float = 0.0,
        min_w: float = 0.0,
        wear: Wear | None = None,
    ) -> None:
        self.component_id = component_id
        self.capacity_wh = capacity_wh
        """Nominal capacity times state of health."""
        self.energy_wh = energy_wh
        self.e_low = e_low
        self.e_high = e_high
        self.e_taper_low = e_taper_low
        self.e_taper_high = e_taper_high
        self.charge_w = charge_w
        self.discharge_w = discharge_w
        self.e_c = e_c
        self.e_d = e_d
        self.sigma = sigma
        self.aux_w = aux_w
        self.min_w = min_w
        self.wear = wear
        """Its thermal and ageing state; None = it has none."""
        # Wh/s for each W, and Wh of taper for each W.
        self._charge_gain = e_c / S_PER_H
        self._discharge_gain = 1.0 / (S_PER_H * e_d)
        self._charge_slope = (e_high - e_taper_high) / charge_w
        self._discharge_slope = (e_taper_low - e_low) / discharge_w
        # The trajectory
        self.p = 0.0
        """Power at its start."""
        self.p_inf = 0.0
        """What the power tends to while tapering; equal to `p` otherwise."""
        self.lam = 0.0
        """Rate of the taper in 1/s, 0 = constant power."""
        self.rate = 0.0
        """dE/dt at its start, Wh/s."""
        self.mu = sigma
        """Rate at which dE/dt decays, 1/s."""
        self.hit_s = inf
        """Seconds until the law changes by itself: another region begins."""
        self.region = "request"
        """`request`, `taper` or `window`: what the power is determined by."""
        # Registers and the last segment
        self.moved_wh = 0.0
        """Signed DC energy of the last segment."""
        self.charged_wh = 0.0
        self.discharged_wh = 0.0
        self.loss_wh = 0.0
        """Losses of charging and discharging."""
        self.self_discharge_wh = 0.0
        self.ageing_loss_wh = 0.0
        if wear is not None:
            wear.derate(self)
        self.plan(0.0)

    def reshape(self, *, capacity_wh: float, charge_w: float, discharge_w: float) -> None:
        """Take another capacity, levels in proportion, and other largest powers."""
        factor = capacity_wh / self.capacity_wh
        self.capacity_wh = capacity_wh
        self.e_low *= factor
        self.e_taper_low *= factor
        self.e_taper_high *= factor
        self.e_high *= factor
        self.charge_w, self.discharge_w = charge_w, discharge_w
        self._charge_slope = (self.e_high - self.e_taper_high) / charge_w
        self._discharge_slope = (self.e_taper_low - self.e_low) / discharge_w

    @property
    def loss_w(self) -> float:
        """Losses of charging or discharging at the start of the trajectory."""
        p = self.p
        return p * (1.0 - self.e_c) if p >= 0.0 else p * (1.0 - 1.0 / self.e_d)

    # What limits the power

    def limit_charge(self) -> float:
        """Return the largest charge power now, W."""
        high, taper = self.e_high, self.e_taper_high
        energy = self.energy_wh
        if energy >= high:
            return 0.0
        if energy <= taper:
            return self.charge_w
        return self.charge_w * (high - energy) / (high - taper)

    def limit_discharge(self) -> float:
        """Return the largest discharge power now, W, a magnitude."""
        low, taper = self.e_low, self.e_taper_low
        energy = self.energy_wh
        if energy <= low:
            return 0.0
        if energy >= taper:
            return self.discharge_w
        return self.discharge_w * (energy - low) / (taper - low)

    def sustained_w(self, t: float, *, charging: bool) -> float:
        """Return the largest constant power, a magnitude, that does not taper within t seconds."""
        if charging:
            room, slope, gain = self.e_high - self.energy_wh, self._charge_slope, self._charge_gain
            most = self.charge_w
        else:
            room = self.energy_wh * exp(-self.sigma * t) - self.e_low
            slope, gain, most = self._discharge_slope, self._discharge_gain, self.discharge_w
        return min(max(room / (slope + gain * t), 0.0), most)

    def power_to(self, level: float, t: float) -> float:
        """Return the constant DC power that brings the stored energy to a level in t seconds.

        Without any time left the largest one; 0 W within a millionth of the capacity.
        """
        gap = level - self.energy_wh
        if abs(gap) <= _THERE * self.capacity_wh:
            return 0.0
        if t <= 0.0:
            return self.charge_w if gap > 0.0 else -self.discharge_w
        # E(t) = E + (gain - sigma E) phi(sigma, t), solved for the gain.
        gain = gap / phi(self.sigma, t) + self.sigma * self.energy_wh
        return gain / (self._charge_gain if gain > 0.0 else self._discharge_gain)

    # The trajectory

    def plan(self, request: float, cut_w: float = 0.0) -> None:
        """Fix power and trajectory for a DC request, from the current energy on.

        Less than 1e-9 W is no request.
        `cut_w`: a tapering discharge stops where its magnitude falls to this.
        """
        energy, sigma = self.energy_wh, self.sigma
        if request > EPSILON_W:
            if request > self.charge_w:
                request = self.charge_w
            binds = self.e_high - request * self._charge_slope
            rate = request * self._charge_gain - sigma * energy
            if rate > 0.0:
                t = (binds - energy) / rate
                if t < _SOON_S:
                    self._plan_full(request, binds)
                    return
            elif energy > binds * (1.0 + 1e-12):
                self._plan_full(request, binds)
                return
            else:
                # Self-discharge takes it away from the taper.
                t = inf
        elif request < -EPSILON_W:
            if -request > self.discharge_w:
                request = -self.discharge_w
            binds = self.e_low - request * self._discharge_slope
            rate = request * self._discharge_gain - sigma * energy
            t = (binds - energy) / rate
            if t < _SOON_S:
                self._plan_empty(cut_w)
                return
        else:
            self._constant(0.0, 0.0, "request")
            return
        if sigma * t >= 1.0:
            t = inf
        elif sigma:
            t = -log1p(-sigma * t) / sigma
        # The request binds until the taper does.
        self.p = self.p_inf = request
        self.lam = 0.0
        self.mu = sigma
        self.rate = rate
        self.region = "request"
        self.hit_s = t

    def _constant(self, p: float, gain: float, region: str) -> None:
        """Constant power without an end; `gain` Wh/s flow in."""
        self.p = self.p_inf = p
        self.lam = 0.0
        self.mu = self.sigma
        self.rate = gain - self.sigma * self.energy_wh
        self.region = region
        self.hit_s = inf

    def _plan_full(self, request: float, binds: float) -> None:
        """Charge near the upper edge, where the request cannot be had."""
        energy, high = self.energy_wh, self.e_high
        if not self._charge_slope:
            # An event comes up to 1 us late, so a full battery may be a trace above the edge.
            if energy > high * (1.0 + 1e-12) + self.charge_w * self._charge_gain * 2e-6:
                self._constant(0.0, 0.0, "window")
                self.hit_s = self.time_to(high)
                return
            hold = self.sigma * energy / self._charge_gain
            if hold > request:
                self._constant(request, request * self._charge_gain, "request")
            else:
                self._constant(hold, self.sigma * energy, "window")
            return
        if energy > high * (1.0 + 1e-12):
            self._constant(0.0, 0.0, "window")
            self.hit_s = self.time_to(high)
            return
        k = self._charge_gain / self._charge_slope
        lam = k + self.sigma
        # E tends to E_high k / lam, which lies below the edge by E_high sigma / lam.
        self.p = max(high - energy, 0.0) / self._charge_slope
        self.p_inf = high * self.sigma / (lam * self._charge_slope)
        self.lam = self.mu = lam
        self.region = "taper"
        self.rate = self.p * self._charge_gain - self.sigma * energy
        self.hit_s = self.time_to(binds) if self.rate < 0.0 else inf

    def _plan_empty(self, cut_w: float) -> None:
        """Discharge near the lower edge, where the request cannot be had."""
        energy, low = self.energy_wh, self.e_low
        slope = self._discharge_slope
        if energy <= low or not slope or (energy - low) / slope <= cut_w * (1.0 + 1e-9):
            self._constant(0.0, 0.0, "window")
            return
        lam = self._discharge_gain / slope + self.sigma
        self.p = (low - energy) / slope
        # E tends to a level below the edge, where the power would be positive; it ends before.
        self.p_inf = low * self.sigma / (lam * slope)
        self.lam = self.mu = lam
        self.region = "taper"
        self.rate = self.p * self._discharge_gain - self.sigma * energy
        self.hit_s = self.time_to(low + cut_w * slope)

    # Along the trajectory

    def time_to(self, level: float) -> float:
        """Return the seconds until the stored energy reaches a level; infinite = never."""
        if not self.rate:
            return inf
        mu, t = self.mu, (level - self.energy_wh) / self.rate
        if t < 0.0 or mu * t >= 1.0:
            return inf
        return -log1p(-mu * t) / mu if mu else t

    def energy_at(self, t: float) -> float:
        """Return the stored energy in Wh after t seconds."""
        return self.energy_wh + self.rate * phi(self.mu, t)

    def power_at(self, t: float) -> float:
        """Return the power in W after t seconds."""
        lam = self.lam
        return self.p + (self.p_inf - self.p) * lam * phi(lam, t) if lam else self.p

    def transferred_wh(self, t: float) -> float:
        """Return the signed DC energy of the first t seconds."""
        lam = self.lam
        if lam:
            return (self.p_inf * t + (self.p - self.p_inf) * phi(lam, t)) / S_PER_H
        return self.p * t / S_PER_H

    def settle(self, t: float) -> tuple[float, float, float, float, float]:
        """Move t seconds along, keep the registers, return the columns of the record.

        `plan` must follow.
        """
        p, lam, mu = self.p, self.lam, self.mu
        decay = -expm1(-mu * t) / mu if mu else t
        change = self.rate * decay
        self.energy_wh = energy = self.energy_wh + change
        p_end = p
        if lam:
            moved = (self.p_inf * t + (p - self.p_inf) * decay) / S_PER_H
            p_end += (self.p_inf - p) * lam * decay
        else:
            moved = p * t / S_PER_H
        self.moved_wh = moved
        if self.wear is not None:
            self.wear.book(self, t, energy - change, decay)
        soc = energy / self.capacity_wh
        if moved > 0.0:
            self.charged_wh += moved
            stored = moved * self.e_c
            self.loss_wh += moved - stored
            self.self_discharge_wh += stored - change
            return (p, p_end, moved, 0.0, soc)
        if moved < 0.0:
            self.discharged_wh -= moved
            stored = moved / self.e_d
            self.loss_wh += moved - stored
            self.self_discharge_wh += stored - change
            return (p, p_end, 0.0, -moved, soc)
        self.self_discharge_wh -= change
        return (p, p_end, 0.0, 0.0, soc)
