"""What use does to a battery: warmth now, capacity over the years. Off unless a scenario asks.

One thermal lump, `C dT/dt = Q - (T - T_amb) / R` with Q the battery's losses, exact while Q is
constant; above 45 degC power is derated, below 0 degC there is no charging, in steps of one kelvin
and with as much hysteresis. Capacity fades with the square root of time (faster when warm or full)
and with full cycles; it changes at local midnights only, so that all between stays in closed form.
"""

from dataclasses import dataclass
from math import exp, inf, log, sqrt
from typing import TYPE_CHECKING

from .units import S_PER_H

if TYPE_CHECKING:
    from .battery import Battery

__all__ = ["Ageing", "Thermal", "Wear"]

KELVIN = 273.15
S_PER_YEAR = 365.25 * 86_400.0
_WARM_C = 45.0
_STEPS = 15
"""From 45 degC on each further kelvin takes one of so many parts of the power."""
_NOTHING = 1e-9
"""Factor on a power that is gone, so that its taper still has a slope."""
_TOUCH_K = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Thermal:
    """The thermal lump of a battery."""

    heat_capacity_j_per_k: float
    resistance_k_per_w: float
    ambient_c: float = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ageing:
    """Rates of fade; our choice: 20 % in 15 years at 25 degC and half charge, or 6,000 cycles."""

    calendar_per_sqrt_year: float = 0.2 / sqrt(15.0)
    cycle_per_efc: float = 0.2 / 6_000.0
    activation_k: float = 6_000.0
    """Activation energy over the gas constant."""
    soc_offset: float = 0.5
    soc_slope: float = 1.0
    """Calendar fade is proportional to `soc_offset + soc_slope * mean state of charge`."""


class Wear:
    """The thermal and ageing state of one battery."""

    def __init__(
        self,
        *,
        thermal: Thermal | None,
        ageing: Ageing | None,
        capacity_wh: float,
        charge_w: float,
        discharge_w: float,
        start_c: float = 25.0,
    ) -> None:
        self._fresh = (capacity_wh, charge_w, discharge_w)
        """Capacity and powers without wear."""
        self.thermal = thermal
        self.ageing = ageing
        self.temperature_c = start_c
        self.peak_c = start_c
        self._steps = 0
        """Of the derating, 0 = all power, the last one = none."""
        self._is_cold = False
        self.calendar = 0.0
        """Fade of the capacity so far, as fractions."""
        self.fade = 0.0
        self.cycle = 0.0
        # Since the last update of the capacity
        self._seconds = 0.0
        self._energy_wh_s = 0.0
        self._moved_wh = 0.0
        self._arrhenius_s = 0.0

    def renew(self, capacity_wh: float, charge_w: float, discharge_w: float, *, new: bool) -> None:
        """Take other values without wear; `new`: a battery that has not aged yet."""
        self._fresh = (capacity_wh, charge_w, discharge_w)
        if new:
            self.calendar = self.cycle = self.fade = 0.0
            self._seconds = self._energy_wh_s = self._moved_wh = self._arrhenius_s = 0.0

    # Warmth

    def _end_c(self, loss_w: float) -> float:
        thermal = self.thermal
        assert thermal is not None
        return thermal.ambient_c + loss_w * thermal.resistance_k_per_w

    def temperature_at(self, loss_w: float, t: float) -> float:
        """Return the temperature after t seconds of a loss."""
        if self.thermal is None:
            return self.temperature_c
        end = self._end_c(loss_w)
        tau = self.thermal.heat_capacity_j_per_k * self.thermal.resistance_k_per_w
        return end + (self.temperature_c - end) * exp(-t / tau)

    def _turn(self) -> None:
        """Follow the temperature with the steps of the derating, a kelvin of hysteresis between."""
        now = self.temperature_c
        while self._steps < _STEPS and now >= _WARM_C + self._steps + 1 - _TOUCH_K:
            self._steps += 1
        while self._steps > 0 and now <= _WARM_C + self._steps - 1 + _TOUCH_K:
            self._steps -= 1
        self._is_cold = now < (1.0 - _TOUCH_K if self._is_cold else _TOUCH_K)

    def factors(self) -> tuple[float, float]:
        """Return what is left of the largest charge and discharge power."""
        if self.thermal is None:
            return 1.0, 1.0
        power = 1.0 - self._steps / _STEPS
        return (0.0 if self._is_cold else power), power

    def hit_s(self, loss_w: float) -> float:
        """Return the seconds until the power that may be had changes; infinite = never."""
        if self.thermal is None:
            return inf
        now, end = self.temperature_c, self._end_c(loss_w)
        if end > now:
            levels = [_WARM_C + self._steps + 1] if self._steps < _STEPS else []
            levels += [1.0] if self._is_cold else []
        else:
            levels = [_WARM_C + self._steps - 1] if self._steps else []
            levels += [] if self._is_cold else [0.0]
        tau = self.thermal.heat_capacity_j_per_k * self.thermal.resistance_k_per_w
        ahead = [(now - end) / (each - end) for each in levels if each != end]
        return min((tau * log(ratio) for ratio in ahead if ratio > 1.0), default=inf)

    # Time passes

    def book(self, battery: "Battery", t: float, before_wh: float, decay: float) -> None:
        """Take over a settled segment of t seconds, over which the energy changed at a rate.

        `decay`: the integral of what is left of that rate.
        """
        mu, moved = battery.mu, battery.moved_wh
        integral = before_wh * t + battery.rate * ((t - decay) / mu if mu else 0.5 * t * t)
        loss_wh = moved * (1.0 - battery.e_c if moved >= 0.0 else 1.0 - 1.0 / battery.e_d)
        before = self.temperature_c
        if self.thermal is not None and t > 0.0:
            self.temperature_c = self.temperature_at(loss_wh * S_PER_H / t, t)
            self.peak_c = max(self.peak_c, self.temperature_c)
            self.derate(battery)
        if self.ageing is None:
            return
        self._seconds += t
        self._energy_wh_s += integral
        self._moved_wh += abs(moved)
        mean_c = 0.5 * (before + self.temperature_c)
        cold = self.ageing.activation_k * (1.0 / (mean_c + KELVIN) - 1.0 / (25.0 + KELVIN))
        self._arrhenius_s += t * exp(-cold)

    def derate(self, battery: "Battery") -> None:
        """Hand what its temperature leaves of its powers to the battery."""
        self._turn()
        _, charge_w, discharge_w = self._fresh
        charge, discharge = (max(each, _NOTHING) for each in self.factors())
        if (charge_w * charge, discharge_w * discharge) != (battery.charge_w, battery.discharge_w):
            battery.reshape(
                capacity_wh=battery.capacity_wh,
                charge_w=charge_w * charge,
                discharge_w=discharge_w * discharge,
            )

    def age(self, battery: "Battery") -> float:
        """Shrink the battery; return the stored energy for which it has no room any more."""
        ageing, fresh_wh = self.ageing, self._fresh[0]
        if ageing is None or not self._seconds:
            return 0.0
        soc = self._energy_wh_s / self._seconds / battery.capacity_wh
        rate = ageing.calendar_per_sqrt_year * self._arrhenius_s / self._seconds
        rate *= ageing.soc_offset + ageing.soc_slope * soc
        if rate > 0.0:
            # As if it had always been at this rate: the age at which it would have faded so much.
            years = (self.calendar / rate) ** 2 + self._seconds / S_PER_YEAR
            self.calendar = rate * sqrt(years)
        self.cycle += ageing.cycle_per_efc * self._moved_wh / (2.0 * fresh_wh)
        self._seconds = self._energy_wh_s = self._moved_wh = self._arrhenius_s = 0.0
        self.fade = min(self.calendar + self.cycle, 0.99)
        battery.reshape(
            capacity_wh=fresh_wh * (1.0 - self.fade),
            charge_w=battery.charge_w,
            discharge_w=battery.discharge_w,
        )
        surplus = max(battery.energy_wh - battery.e_high, 0.0)
        battery.energy_wh -= surplus
        battery.ageing_loss_wh += surplus
        return surplus
