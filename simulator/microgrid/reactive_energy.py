"""Reactive power of inverters over a segment: registers of import and export, exactly.

While the active power P tapers or ramps, `tan_phi |P|` has the form of P itself and a request is
constant: both are integrated in closed form. Where the clip of `reactive.py` binds, what is left is
`sqrt(S^2 - P^2)`: the segment of a circle for a linear P, elementary for one exponential
(Gradshteyn and Ryzhik 2.267), elliptic once losses are quadratic. All of these go through one
adaptive quadrature, exact to rounding; segments are cut where the clip begins and ends.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import copysign, cos, pi, sin
from typing import NamedTuple

from numpy.polynomial.legendre import leggauss

from .device import Device
from .exponential import Terms, crossings, energy_wh, value
from .reactive import ReactiveRule, beside
from .units import EPSILON_W, S_PER_H

__all__ = ["Wave", "split_var", "var_of", "wave_of"]

_NODES = tuple((float(x), float(w)) for x, w in zip(*leggauss(12), strict=True))
_WIDTH_S = 1e-9
"""Crossings are located to this width."""
_PRECISION = 1e-13
"""Relative, of each stretch of the quadrature."""
_HALVINGS = 30


def var_of(device: Device, rule: ReactiveRule, t: float) -> float:
    """Return the reactive power of a device t seconds into its segment; 0 while it is off."""
    if device.off:
        return 0.0
    power = value(device.c, device.terms, t) if device.terms else device.p
    return rule.var(power - device.draw_w, device.derate)


def wave_of(device: Device, rule: ReactiveRule) -> "Wave":
    """Return the reactive power of a device that is on and whose active power changes."""
    return Wave(rule, device.derate, device.c - device.draw_w, device.terms)


class Wave(NamedTuple):
    """The reactive power of one inverter whose active power changes within the segment."""

    rule: ReactiveRule
    derate: float
    c: float
    terms: Terms
    """The active power without auxiliaries; its magnitude rises or falls between two edges."""

    def at(self, t: float) -> float:
        """Return it after t seconds, var."""
        return self.rule.var(value(self.c, self.terms, t), self.derate)

    def edges(self, t: float) -> Iterator[float]:
        """Yield where the clip begins or ends, and where active power turns round, before t."""
        knee = self.rule.knee_w(self.derate)
        for level in dict.fromkeys((-knee, 0.0, knee)):
            yield from crossings(self.c - level, self.terms, t)

    def energy_varh(self, t0: float, t1: float) -> float:
        """Return its integral between two moments without an edge between them, signed."""
        rule, middle = self.rule, value(self.c, self.terms, 0.5 * (t0 + t1))
        wanted = rule.request_var or rule.tan_phi * abs(middle)
        if abs(wanted) > beside(middle, rule.apparent_va * self.derate):
            return copysign(self._clipped(t0, t1), wanted) / S_PER_H
        if rule.request_var:
            return rule.request_var * (t1 - t0) / S_PER_H
        return copysign(rule.tan_phi, wanted * middle) * energy_wh(self.c, self.terms, t0, t1)

    def _clipped(self, t0: float, t1: float) -> float:
        apparent_va = self.rule.apparent_va * self.derate

        def integrand(x: float) -> float:
            # Even where P meets S at an end, where the root alone has no slope, this has all.
            t = t0 + (t1 - t0) * 0.5 * (1.0 - cos(pi * x))
            return beside(value(self.c, self.terms, t), apparent_va) * sin(pi * x)

        whole = _gauss(integrand, 0.0, 1.0)
        return 0.5 * pi * (t1 - t0) * _integral(integrand, 0.0, 1.0, whole, _HALVINGS)


def split_var(constant_var: float, waves: Sequence[Wave], t: float) -> tuple[float, float]:
    """Return (import, export) in varh of a sum over t seconds, both magnitudes, never netted."""
    edges = sorted({0.0, t, *(edge for wave in waves for edge in wave.edges(t))})
    turns = {turn for t0, t1 in pairwise(edges) for turn in _turns(constant_var, waves, t0, t1)}
    into = out = 0.0
    for t0, t1 in pairwise(sorted(turns.union(edges))):
        energy = constant_var * (t1 - t0) / S_PER_H
        energy += sum(wave.energy_varh(t0, t1) for wave in waves)
        band = EPSILON_W * (t1 - t0) / S_PER_H
        if energy > band:
            into += energy
        elif energy < -band:
            out -= energy
    return into, out


def _turns(constant_var: float, waves: Sequence[Wave], t0: float, t1: float) -> Iterator[float]:
    """Yield where the sum changes its sign; every wave rises or falls all the time."""
    ends = [(wave.at(t0), wave.at(t1)) for wave in waves]
    if constant_var + sum(map(min, ends)) >= 0.0 or constant_var + sum(map(max, ends)) <= 0.0:
        return
    if t1 - t0 < _WIDTH_S:
        yield t0
        return
    middle = 0.5 * (t0 + t1)
    yield from _turns(constant_var, waves, t0, middle)
    yield from _turns(constant_var, waves, middle, t1)


def _gauss(integrand: Callable[[float], float], start: float, end: float) -> float:
    half, middle = 0.5 * (end - start), 0.5 * (start + end)
    return half * sum(weight * integrand(middle + half * x) for x, weight in _NODES)


def _integral(
    integrand: Callable[[float], float], start: float, end: float, whole: float, halvings: int
) -> float:
    """Return an integral, halving stretches until both halves together are what the whole was."""
    middle = 0.5 * (start + end)
    one, other = _gauss(integrand, start, middle), _gauss(integrand, middle, end)
    if not halvings or abs(one + other - whole) <= _PRECISION * abs(one + other):
        return one + other
    return _integral(integrand, start, middle, one, halvings - 1) + _integral(
        integrand, middle, end, other, halvings - 1
    )
