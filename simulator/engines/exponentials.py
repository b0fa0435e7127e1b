"""Powers of the form `c + sum(a_i exp(-lam_i t))`: `exponential.py` of the microgrid, compiled.

The pairs of coefficient and rate stand one after the other between the places `a` and `z` of the
memory, zero crossings are written from place `found` on.
"""

from __future__ import annotations

from math import exp, inf, log, sqrt

from simulator.microgrid.units import EPSILON_W, S_PER_H

from .jit import compiled
from .laws import Array, decay

WIDTH_S = 1e-9
"""Crossings are located to this width."""
DEPTH = 64
"""Halvings of a search; a segment of a century is 1e-9 s wide after 62."""
ROOM = DEPTH + 1
"""Numbers that are scribbled from `found` on, besides one for each exponential."""


@compiled
def value(w: Array, c: float, a: int, z: int, t: float) -> float:
    """Return the power at t seconds."""
    for i in range(a, z, 2):
        c += w[i] * exp(-w[i + 1] * t)
    return c


@compiled
def energy_wh(w: Array, c: float, a: int, z: int, t0: float, t1: float) -> float:
    """Return its signed energy between two moments."""
    total = c * (t1 - t0)
    for i in range(a, z, 2):
        total += w[i] * exp(-w[i + 1] * t0) * decay(w[i + 1], t1 - t0)
    return total / S_PER_H


@compiled
def crossings(w: Array, c: float, a: int, z: int, t: float, found: int) -> int:
    """Write where it changes its sign between 0 and t seconds; return how often."""
    low = high = c
    for i in range(a, z, 2):
        first, last = w[i], w[i] * exp(-w[i + 1] * t)
        low += min(first, last)
        high += max(first, last)
    if low >= 0.0 or high <= 0.0:
        return 0
    if z - a == 2:
        return quadratic(w, c, w[a], 0.0, w[a + 1], t, found)
    if z - a == 4 and w[a + 3] == 2.0 * w[a + 1]:
        return quadratic(w, c, w[a], w[a + 2], w[a + 1], t, found)
    return search(w, c, a, z, t, found)


@compiled
def quadratic(w: Array, c: float, a: float, b: float, lam: float, t: float, found: int) -> int:
    """Solve `c + a z + b z^2 = 0` for z = exp(-lam t)."""
    discriminant = a * a - 4.0 * b * c
    if discriminant < 0.0:
        return 0
    q = -0.5 * (a + sqrt(discriminant)) if a >= 0.0 else -0.5 * (a - sqrt(discriminant))
    count = 0
    if q != 0.0:
        z = c / q
        if 0.0 < z < 1.0 and -log(z) / lam < t:
            w[found + count] = -log(z) / lam
            count += 1
    if b != 0.0:
        z = q / b
        if 0.0 < z < 1.0 and -log(z) / lam < t and not (count and w[found] == -log(z) / lam):
            w[found + count] = -log(z) / lam
            count += 1
    if count == 2 and w[found + 1] < w[found]:
        w[found], w[found + 1] = w[found + 1], w[found]
    return count


@compiled
def search(w: Array, c: float, a: int, z: int, t: float, found: int) -> int:
    """Halve until a piece has one sign or one slope, leftmost pieces first."""
    _merge(w, a, z)
    # There are never more zeros than exponentials.
    most = (z - a) // 2
    ends = found + most
    w[ends] = t
    start = 0.0
    count = depth = 0
    rising = False
    while depth >= 0:
        end = w[ends + depth]
        low = high = c
        slope_low = slope_high = 0.0
        for i in range(a, z, 2):
            lam = w[i + 1]
            first, last = w[i] * exp(-lam * start), w[i] * exp(-lam * end)
            low += min(first, last)
            high += max(first, last)
            slope_low += min(-lam * first, -lam * last)
            slope_high += max(-lam * first, -lam * last)
        changes = False
        if not (low >= 0.0 or high <= 0.0):
            if not (slope_low >= 0.0 or slope_high <= 0.0 or end - start < WIDTH_S):
                depth += 1
                w[ends + depth] = 0.5 * (start + end)
                continue
            rising = value(w, c, a, z, start) < 0.0
            changes = rising != (value(w, c, a, z, end) < 0.0)
        if changes and count < most:
            w[found + count] = _zero(w, c, a, z, start, end, rising)
            count += 1
        start = end
        depth -= 1
    return count


@compiled
def _merge(w: Array, a: int, z: int) -> None:
    """Leave one coefficient to each rate: parts that cancel would be halved without an end."""
    for i in range(a + 2, z, 2):
        for j in range(a, i, 2):
            if w[j + 1] == w[i + 1]:
                w[j] += w[i]
                w[i] = 0.0


@compiled
def _zero(w: Array, c: float, a: int, z: int, left: float, right: float, rising: bool) -> float:
    """Return the zero between two moments, between which the power only rises or only falls.

    Newton's method, which halves instead where a step leaves the bracket or is more than half as
    long as the one before.
    """
    t, step = 0.5 * (left + right), right - left
    for _ in range(2 * DEPTH):
        power, slope = c, 0.0
        for i in range(a, z, 2):
            part = w[i] * exp(-w[i + 1] * t)
            power += part
            slope -= w[i + 1] * part
        if (power < 0.0) == rising:
            left = t
        else:
            right = t
        before = abs(step)
        step = -power / slope if slope != 0.0 else inf
        if not left < t + step < right or abs(step) > 0.5 * before:
            step = 0.5 * (left + right) - t
        t += step
        if abs(step) <= WIDTH_S or right - left <= WIDTH_S:
            break
    return t


@compiled
def split(w: Array, c: float, a: int, z: int, t: float, found: int) -> tuple[float, float]:
    """Return (energy in, energy out) over t seconds, both magnitudes, never netted."""
    count = crossings(w, c, a, z, t, found)
    into = out = start = 0.0
    for i in range(count + 1):
        end = w[found + i] if i < count else t
        energy = energy_wh(w, c, a, z, start, end)
        band = EPSILON_W * (end - start) / S_PER_H
        if energy > band:
            into += energy
        elif energy < -band:
            out -= energy
        start = end
    return into, out
