"""What flows in a segment, for many cases at once, each direction for itself.

Powers are a constant and exponentials, so that the net energy and what the power keeps between are
sums over devices. Only a power that may change its sign in the segment is looked at lane by lane.
"""

from __future__ import annotations

import numpy as np

from simulator.microgrid.exponential import split
from simulator.microgrid.units import EPSILON_W, S_PER_H

from . import columns as k
from . import exponentials
from .exponentials import ROOM
from .jit import instead_of, laned, laned_apart
from .lanewise import in_lane, lanes_of, least, most, put, some, where
from .memory import Floats, Ints


@laned_apart
def bend(s: Floats, d: int, t: Floats, passed: Floats) -> None:
    """Write the net energy of a device in t seconds, its bounds and its power in the end.

    For lanes in which its power bends; `passed` is the integral of its exponential.
    """
    p, fades = s[d + k.P], s[d + k.L1] != 0.0
    c, a1, a2 = s[d + k.C], s[d + k.A1], s[d + k.A2]
    z = 1.0 - s[d + k.L1] * passed
    one, two = a1 * z, a2 * z * z
    net = (c * t + (a1 + a2 * (1.0 + z) * 0.5) * passed) / S_PER_H
    s[d + k.NET] = where(fades, net, s[d + k.NET])
    s[d + k.BOTTOM] = where(fades, c + least(a1, one) + least(a2, two), p)
    s[d + k.TOP] = where(fades, c + most(a1, one) + most(a2, two), p)
    s[d + k.ROW_END] = where(fades, c + one + two, p)


@laned
def into_and_out(net: Floats, hours: Floats) -> tuple[Floats, Floats]:
    """Return energy in and out for a net energy of one direction."""
    band = EPSILON_W * hours
    return where(net > band, net, 0.0), where(net < -band, -net, 0.0)


@laned_apart
def turned(
    m: Ints, s: Floats, n: int, c: int, first: int, count: int, t: Floats
) -> tuple[Floats, Floats]:
    """Return energy in and out over t seconds where the power bends and may change its sign.

    Net energy and bounds stand in three columns from `n` on, the constant part of the power in row
    `c`; what bends it are the devices of a list.
    """
    into, out = into_and_out(s[n], t / S_PER_H)
    turning = where((s[n + 1] < 0.0) & (s[n + 2] > 0.0), t, 0.0)
    if some(turning > 0.0):
        for lane in range(lanes_of(t)):
            if in_lane(turning, lane) > 0.0:
                one, other = flow_in_lane(m, s, c, first, count, lane, in_lane(t, lane))
                into = put(into, lane, one)
                out = put(out, lane, other)
    return into, out


def flow_in_lane(
    m: Ints, s: Floats, c: int, first: int, count: int, lane: int, t: float
) -> tuple[float, float]:
    """Return energy in and out over t seconds of one lane."""
    terms = []
    for d in m[first : first + count].tolist():
        lam = float(s[d + k.L1, lane])
        if lam != 0.0:
            terms.append((float(s[d + k.A1, lane]), lam))
            if s[d + k.A2, lane] != 0.0:
                terms.append((float(s[d + k.A2, lane]), 2.0 * lam))
    return split(float(s[c, lane]), terms, t)


@instead_of(flow_in_lane)
def _compiled_flow_in_lane(
    m: Ints, s: Floats, c: int, first: int, count: int, lane: int, t: float
) -> tuple[float, float]:
    w, end = np.empty(6 * count + ROOM), 0
    for at in range(first, first + count):
        d = m[at]
        lam = s[d + k.L1, lane]
        if lam != 0.0:
            w[end], w[end + 1] = s[d + k.A1, lane], lam
            w[end + 2], w[end + 3] = s[d + k.A2, lane], 2.0 * lam
            end += 2 if w[end + 2] == 0.0 else 4
    return exponentials.split(w, s[c, lane], 0, end, t, 4 * count)
