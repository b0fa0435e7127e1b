"""Powers of the form `c + sum(a_i * exp(-lam_i * t))`: values, exact energies, zero crossings.

Between two events every power of the site has this form: constants, one or two exponentials for
each tapering battery, and `b t` for each engine that ramps, written as a term of rate 0. A sum of
them may cross zero several times; import and export are integrated separately on each side of
every crossing, in closed form.
"""

from collections.abc import Sequence
from math import exp, expm1, log, sqrt

from .units import EPSILON_W, S_PER_H

__all__ = ["Terms", "bounds", "constant", "crossings", "energy_wh", "phi", "split", "value"]

Terms = Sequence[tuple[float, float]]
"""Pairs (coefficient in W, rate in 1/s); with a rate of 0 the coefficient is a slope in W/s."""

_WIDTH_S = 1e-9
"""Crossings are located to this width."""


def phi(lam: float, t: float) -> float:
    """Return the integral of `exp(-lam s)` for s from 0 to t, in seconds; `lam` 0 gives t."""
    return -expm1(-lam * t) / lam if lam else t


def value(c: float, terms: Terms, t: float) -> float:
    """Return the power in W at t seconds."""
    for a, lam in terms:
        c += a * exp(-lam * t) if lam else a * t
    return c


def constant(power: float, terms: Terms) -> float:
    """Return the constant part of a power that has some value at 0 seconds."""
    return power - sum(a for a, lam in terms if lam)


def energy_wh(c: float, terms: Terms, t0: float, t1: float) -> float:
    """Return the signed energy between two moments (s), in Wh."""
    total = c * (t1 - t0)
    for a, lam in terms:
        if lam:
            total += a * exp(-lam * t0) * phi(lam, t1 - t0)
        else:
            total += 0.5 * a * (t1 - t0) * (t1 + t0)
    return total / S_PER_H


def bounds(c: float, terms: Terms, t0: float, t1: float) -> tuple[float, float]:
    """Return limits that the power does not leave between two moments; each term is monotone."""
    low = high = c
    for a, lam in terms:
        first, last = (a * exp(-lam * t0), a * exp(-lam * t1)) if lam else (a * t0, a * t1)
        if first > last:
            first, last = last, first
        low += first
        high += last
    return low, high


def crossings(c: float, terms: Terms, t: float) -> list[float]:
    """Return where the power changes its sign between 0 and t seconds, ascending."""
    if len(terms) == 2 and terms[1][1] == 2.0 * terms[0][1] > 0.0:
        return _quadratic(c, terms[0][0], terms[1][0], terms[0][1], t)
    if len(terms) == 1 and terms[0][1]:
        return _quadratic(c, terms[0][0], 0.0, terms[0][1], t)
    found: list[float] = []
    _search(c, _merged(terms), 0.0, t, found)
    return found


def split(c: float, terms: Terms, t: float) -> tuple[float, float]:
    """Return (energy in, energy out) in Wh over t seconds, both magnitudes, never netted.

    Between two crossings the power has one sign, which its mean shows; a mean within the dead band
    of 1e-9 W is rounding noise and counts as nothing, so that registers never decrease.
    """
    into = out = 0.0
    start = 0.0
    for end in (*crossings(c, terms, t), t):
        energy = energy_wh(c, terms, start, end)
        band = EPSILON_W * (end - start) / S_PER_H
        if energy > band:
            into += energy
        elif energy < -band:
            out -= energy
        start = end
    return into, out


def _quadratic(c: float, a: float, b: float, lam: float, t: float) -> list[float]:
    """Solve `c + a z + b z^2 = 0` for z = exp(-lam t): one tapering battery."""
    discriminant = a * a - 4.0 * b * c
    if discriminant < 0.0:
        return []
    # The form that never subtracts nearly equal numbers.
    q = -0.5 * (a + sqrt(discriminant)) if a >= 0.0 else -0.5 * (a - sqrt(discriminant))
    roots = []
    if q:
        roots.append(c / q)
    if b:
        roots.append(q / b)
    times = {-log(z) / lam for z in roots if 0.0 < z < 1.0}
    return sorted(each for each in times if each < t)


def _merged(terms: Terms) -> Terms:
    """Return each rate once: parts of one rate that cancel would be halved without an end."""
    coefficients: dict[float, float] = {}
    for a, lam in terms:
        coefficients[lam] = coefficients.get(lam, 0.0) + a
    return [(a, lam) for lam, a in coefficients.items() if a]


def _search(c: float, terms: Terms, t0: float, t1: float, found: list[float]) -> None:
    """Halve until a piece has one sign or one slope, then bisect."""
    low, high = bounds(c, terms, t0, t1)
    if low >= 0.0 or high <= 0.0:
        return
    first, last = value(c, terms, t0), value(c, terms, t1)
    decays = [(-a * lam, lam) for a, lam in terms if lam]
    slope_low, slope_high = bounds(sum(a for a, lam in terms if not lam), decays, t0, t1)
    if slope_low >= 0.0 or slope_high <= 0.0:
        if (first < 0.0) != (last < 0.0):
            found.append(_bisect(c, terms, t0, t1, first < 0.0))
        return
    if t1 - t0 < _WIDTH_S:
        if (first < 0.0) != (last < 0.0):
            found.append(t0)
        return
    middle = 0.5 * (t0 + t1)
    _search(c, terms, t0, middle, found)
    _search(c, terms, middle, t1, found)


def _bisect(c: float, terms: Terms, t0: float, t1: float, rising: bool) -> float:
    while t1 - t0 > _WIDTH_S:
        middle = 0.5 * (t0 + t1)
        if not t0 < middle < t1:
            break
        if (value(c, terms, middle) < 0.0) == rising:
            t0 = middle
        else:
            t1 = middle
    return t0
