"""What each running dispatch got in a segment: `accounts.py` and `running.py`, compiled.

`row` is the place of the account of one occurrence.
"""

from __future__ import annotations

from simulator.microgrid.units import EPSILON_W, S_PER_H

from . import columns as k
from .control import source_of
from .jit import compiled
from .laws import Array, Whole

NEGLIGIBLE = 1e-9
"""As `running.py`: fraction of the asked energy that rounding may make missing."""
ALL = 1e300
"""What is missing of a device that is off, as a weight among causes."""


@compiled
def book(m: Whole, w: Array, t: float) -> None:
    """Book a settled segment with the running dispatches."""
    plan, slot = m[k.AT_PLAN], m[k.AT_SLOT]
    hours = t / S_PER_H
    gaps = m[k.F_ROWS]
    n_sources = int(w[plan + k.P_N_SOURCES])
    for j in range(n_sources):
        if m[slot + j] < 0:
            continue
        source = source_of(m, w, plan, j)
        delivered = 0.0
        for kind in range(2):
            first = int(w[source + (k.S_STORAGES if kind == 0 else k.S_OTHERS)])
            count = int(w[source + (k.S_N_STORAGES if kind == 0 else k.S_N_OTHERS)])
            for at in range(first, first + count):
                delivered += w[m[at] + k.ENERGY]
        if w[source + k.S_BESIDE] != 0.0 and delivered > 0.0:
            delivered -= min(delivered, w[source + k.S_BESIDE] * hours)
        asked = w[source + k.S_ASKED] * hours
        causes_of(m, w, source, hours, gaps)
        cause = weightiest(w, gaps)
        if w[source + k.S_WISH] != 0.0 and (
            cause == k.WINDOW or cause == k.TAPER or cause == k.AVAILABLE or cause == k.OVERRIDDEN
        ):
            asked = delivered
        account(w, m[k.W_ACCOUNTS] + m[slot + j] * k.N_ACCOUNT, asked, delivered, t, cause, gaps)
    for j in range(n_sources, n_sources + int(w[plan + k.P_N_UNFOLLOWED])):
        if m[slot + j] < 0:
            continue
        source = source_of(m, w, plan, j)
        for each in range(k.N_CAUSES):
            w[gaps + each] = -1.0
        cause = int(w[source + k.S_CAUSE])
        w[gaps + cause] = 0.0
        row = m[k.W_ACCOUNTS] + m[slot + j] * k.N_ACCOUNT
        account(w, row, unfollowed_w(m, w, source) * hours, 0.0, t, cause, gaps)


@compiled
def unfollowed_w(m: Whole, w: Array, source: int) -> float:
    """Return what a source asks for that no device follows."""
    if w[source + k.S_KIND] != k.BAND:
        return w[source + k.S_TARGET]
    residual = w[m[k.W_NODES] + (m[k.N_NODES] - 1) * k.N_NODE + k.N_P]
    first = int(w[source + k.S_STORAGES])
    for at in range(first, first + int(w[source + k.S_N_STORAGES])):
        residual -= w[m[at] + k.P] - w[m[at] + k.DRAW]
    return min(max(residual, w[source + k.S_LOW]), w[source + k.S_HIGH]) - residual


@compiled
def causes_of(m: Whole, w: Array, source: int, hours: float, gaps: int) -> None:
    """Write what is missing by cause, -1 = not a cause."""
    for each in range(k.N_CAUSES):
        w[gaps + each] = -1.0
    found = False
    for kind in range(2):
        first = int(w[source + (k.S_STORAGES if kind == 0 else k.S_OTHERS)])
        count = int(w[source + (k.S_N_STORAGES if kind == 0 else k.S_N_OTHERS)])
        for at in range(first, first + count):
            d = m[at]
            off, cause = int(w[d + k.OFF]), int(w[d + k.CAUSE])
            if off == k.FAULT or off == k.STOPPED or off == k.SWITCHED_OFF:
                found = True
                w[gaps + off] = ALL
            elif cause != k.NO_CAUSE:
                found = True
                gap = abs(w[d + k.ASKED] * hours - w[d + k.ENERGY])
                if gap == gap:
                    w[gaps + cause] = max(w[gaps + cause], gap)
                else:
                    w[gaps + cause] = max(w[gaps + cause], 0.0)
    if not found:
        # Every device did what it was told: others told it, too.
        w[gaps + k.OVERRIDDEN] = 0.0


@compiled
def weightiest(w: Array, gaps: int) -> int:
    """Return the cause with the largest gap; of equal ones the first by name."""
    best = 0
    for cause in range(1, k.N_CAUSES):
        gap = w[gaps + cause]
        if gap < 0.0:
            continue
        if (
            best == 0
            or gap > w[gaps + best]
            or (gap == w[gaps + best] and k.NAME_ORDER[cause] < k.NAME_ORDER[best])
        ):
            best = cause
    return best


@compiled
def account(
    w: Array, row: int, asked: float, delivered: float, t: float, cause: int, gaps: int
) -> None:
    """Book a segment of t seconds with one occurrence."""
    w[row + k.A_ASKED] += asked
    w[row + k.A_DELIVERED] += delivered
    w[row + k.A_GROSS] += abs(asked)
    missing = asked - delivered if asked >= 0.0 else delivered - asked
    if missing <= NEGLIGIBLE * abs(asked) + EPSILON_W * t / S_PER_H:
        return
    w[row + k.A_SHORT] += missing
    for each in range(1, k.N_CAUSES):
        if w[gaps + each] >= 0.0:
            w[row + k.A_SECONDS + each] += t
    w[row + k.A_MISSING + cause] += missing
    reason = cause
    if cause == k.WINDOW or cause == k.TAPER:
        # Kept apart: full when charging, empty when discharging.
        reason = k.N_CAUSES if asked > 0.0 else k.N_CAUSES + 1
    w[row + k.A_REASON + reason] += missing
