"""A battery whose inverter changes its power along a straight line: stored energy in closed form.

The AC power is linear in time, so that meters stay exact; the DC power y follows from the losses,
`s y + q y^2 = P_ac - l0` with s = 1 + l1 while charging and 1 - l1 while discharging. Integrated
over y instead of time, energies are polynomials; with self-discharge they are integrals of a
polynomial times an exponential of one, for which Gauss and Legendre's ten points leave only
rounding.
"""

from collections.abc import Callable
from math import exp, inf, sqrt
from typing import NamedTuple

from numpy.polynomial.legendre import leggauss

from .battery import Battery
from .inverter import Losses
from .units import S_PER_H

__all__ = ["Line", "RampedBattery"]

_NODES = tuple((0.5 + 0.5 * float(x), 0.5 * float(w)) for x, w in zip(*leggauss(10), strict=True))
_CALM = 0.5
"""So much self-discharge times seconds the ten points take; then the line is laid anew."""
_WIDTH_S = 1e-9
_SLACK = 1e-9
"""Fraction of the largest power that rounding may put on top of the envelope."""
_GOLDEN = 0.5 * (sqrt(5.0) - 1.0)


class Line(NamedTuple):
    """The AC power over a stretch in which the DC power keeps its sign, without auxiliaries."""

    start_w: float
    slope: float
    """W/s, not 0."""
    sign: float
    """Of the DC power."""
    losses: Losses
    end_s: float = inf
    """Where it would change its sign; from there on it has that of this moment."""

    @property
    def s(self) -> float:
        """The linear coefficient of the losses."""
        return 1.0 + self.sign * self.losses.l1

    def dc(self, t: float) -> float:
        """Return the DC power after t seconds."""
        x = self.start_w + self.slope * min(t, self.end_s) - self.losses.l0
        root = self.s * self.s + 4.0 * self.losses.q * x
        return 2.0 * x / (self.s + sqrt(max(root, 0.0)))


class RampedBattery(Battery):
    """One battery that may follow a line instead of a plan."""

    __slots__ = ("_line", "_span_s")

    _line: Line | None

    def plan(self, request: float, cut_w: float = 0.0) -> None:
        """Fix power and trajectory for a DC request, without any line."""
        self._line = None
        super().plan(request, cut_w)

    def follow(self, line: Line, span_s: float) -> None:
        """Follow a line from the current energy on, for so many seconds at most."""
        self._line, self._span_s = line, span_s
        self.p = self.p_inf = line.dc(0.0)
        self.lam, self.mu, self.region = 0.0, self.sigma, "request"
        self.rate = self.p * self._gain(line) - self.sigma * self.energy_wh
        self.hit_s = min(span_s, _CALM / self.sigma if self.sigma else inf, self._meets(line))

    def _gain(self, line: Line) -> float:
        return self._charge_gain if line.sign > 0.0 else self._discharge_gain

    # Along the line

    def energy_at(self, t: float) -> float:
        """Return the stored energy in Wh after t seconds."""
        line = self._line
        if line is None:
            return super().energy_at(t)
        sigma, span = self.sigma, min(t, line.end_s)
        first, last = line.dc(0.0), line.dc(span)
        s, q = line.s, line.losses.q
        whole = s + q * (first + last)
        total = 0.0
        for place, weight in _NODES:
            y = first + (last - first) * place
            passed = span * place * (s + q * (first + y)) / whole
            total += weight * y * (s + 2.0 * q * y) * exp(-sigma * (t - passed))
        return self.energy_wh * exp(-sigma * t) + self._gain(line) * total * span / whole

    def power_at(self, t: float) -> float:
        """Return the power in W after t seconds."""
        return super().power_at(t) if self._line is None else self._line.dc(t)

    def transferred_wh(self, t: float) -> float:
        """Return the signed DC energy of the first t seconds."""
        line = self._line
        if line is None:
            return super().transferred_wh(t)
        first, last = line.dc(0.0), line.dc(t)
        s, q = line.s, line.losses.q
        mean = 0.5 * s * (first + last) + q * (first * first + first * last + last * last) / 1.5
        return min(t, line.end_s) * mean / (s + q * (first + last)) / S_PER_H

    def time_to(self, level: float) -> float:
        """Return the seconds until the stored energy reaches a level; infinite = never.

        A line is looked at as far as it is followed.
        """
        if self._line is None:
            return super().time_to(level)
        way = 1.0 if self.energy_at(self._span_s) > self.energy_wh else -1.0
        if way * (level - self.energy_wh) <= 0.0:
            return inf
        return _first(lambda t: way * (self.energy_at(t) - level), self._span_s)

    def _meets(self, line: Line) -> float:
        """Return when the line leaves what the battery can do, infinite = never."""
        charging = line.sign > 0.0
        most = self.charge_w if charging else self.discharge_w
        slope = self._charge_slope if charging else self._discharge_slope

        def excess(t: float) -> float:
            energy = self.energy_at(t)
            room = self.e_high - energy if charging else energy - self.e_low
            able = min(room / slope, most) if slope else most if room > 0.0 else 0.0
            return abs(line.dc(t)) - able - _SLACK * most

        end = self._span_s
        if excess(end) > 0.0 or not slope or line.slope * line.sign > 0.0:
            return _first(excess, end)
        energy = self.energy_at(end)
        if (self.e_high - energy if charging else energy - self.e_low) >= slope * abs(self.p):
            return inf
        # Both fall, the envelope ever more slowly: their distance has one peak.
        peak = _peak(excess, end)
        return _first(excess, peak) if excess(peak) > 0.0 else inf

    def settle(self, t: float) -> tuple[float, float, float, float, float]:
        """Move t seconds along, keep the registers, return the columns of the record."""
        line = self._line
        if line is None:
            return super().settle(t)
        before, moved = self.energy_wh, self.transferred_wh(t)
        energy, p_end = self.energy_at(t), line.dc(t)
        self.energy_wh, self.moved_wh = energy, moved
        if self.wear is not None:
            # The mean of both ends is near enough to how full it was on the way.
            self.rate, self.mu = (energy - before) / t, 0.0
            self.wear.book(self, t, before, t)
        stored = moved * self.e_c if line.sign > 0.0 else moved / self.e_d
        self.loss_wh += moved - stored
        self.self_discharge_wh += stored - (energy - before)
        if line.sign > 0.0:
            self.charged_wh += moved
            return (self.p, p_end, moved, 0.0, energy / self.capacity_wh)
        self.discharged_wh -= moved
        return (self.p, p_end, 0.0, -moved, energy / self.capacity_wh)


def _first(excess: Callable[[float], float], end: float) -> float:
    """Return where a function that begins below 0 first exceeds it, infinite = not by its end."""
    if excess(end) <= 0.0:
        return inf
    start = 0.0
    while end - start > _WIDTH_S and start < 0.5 * (start + end) < end:
        middle = 0.5 * (start + end)
        if excess(middle) > 0.0:
            end = middle
        else:
            start = middle
    return end


def _peak(function: Callable[[float], float], end: float) -> float:
    """Return where a function with one peak has it, by golden sections."""
    start = 0.0
    low, high = end - _GOLDEN * end, _GOLDEN * end
    at_low, at_high = function(low), function(high)
    while end - start > 1e-6:
        if at_low < at_high:
            start, low, at_low = low, high, at_high
            high = start + _GOLDEN * (end - start)
            at_high = function(high)
        else:
            end, high, at_high = high, low, at_low
            low = end - _GOLDEN * (end - start)
            at_low = function(low)
    return 0.5 * (start + end)
