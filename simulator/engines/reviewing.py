"""When the controller must look again: `review_s` of `controller.py`, `wake_us` of `governor.py`.

Both for the compiler.
"""

from __future__ import annotations

from math import ceil, inf

from simulator.microgrid.units import US_PER_S

from . import columns as k
from .control import source_of
from .jit import compiled
from .laws import Array, Whole
from .sharing import drift_s

NEVER_S = 1e10
"""As `controller.py`: what is further away does not come."""


@compiled
def note(m: Whole, w: Array, kind: int, device: int, one: float, two: float) -> None:
    """Write down an event."""
    at = m[k.W_EVENTS] + m[k.AT_EVENT] * k.N_EVENT
    w[at], w[at + 1], w[at + 2] = m[k.AT_NOW], kind, device
    w[at + 3], w[at + 4] = one, two
    m[k.AT_EVENT] += 1


@compiled
def after_us(now_us: int, seconds: float) -> int:
    """Return the first moment that is so many seconds ahead or more, at least one later."""
    if seconds > NEVER_S:
        return k.NEVER
    return now_us + max(ceil(seconds * US_PER_S), 1)


@compiled
def wake(m: Whole, w: Array, load: float) -> int:
    """Return when a device changes its law or set-points are due again."""
    hit_s = own_s = inf
    bending = m[k.ZERO] != 0
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        kind = w[d + k.KIND]
        if kind == k.STORAGE:
            hit_s = min(hit_s, w[d + k.HIT])
            bending = bending or w[d + k.L1] != 0.0
            cause = w[d + k.CAUSE]
            if cause != k.TAPER and cause != k.WINDOW:
                cause = 0.0
            if w[d + k.EDGE] != cause:
                w[d + k.EDGE] = cause
                if cause != 0.0:
                    note(m, w, k.E_THRESHOLD, i, cause, 1.0 if w[d + k.ASKED] > 0.0 else 0.0)
        elif kind == k.CHARGER:
            own_s = min(own_s, w[d + k.HIT])
            bending = bending or w[d + k.L1] != 0.0
    plan, now_us = m[k.AT_PLAN], m[k.AT_NOW]
    if m[k.AT_CONFINED] != 0 or m[k.AT_OUTSIDE] != 0:
        check_limits(m, w, plan)
    m[k.AT_OWN] = after_us(now_us, own_s)
    wake_us = after_us(now_us, min(hit_s, own_s))
    control = m[k.CONTROL_US]
    if control == 0 or not (bending or m[k.N_STORAGES] > 1):
        return wake_us
    after_s = review_s(m, w, plan, load, bending)
    if after_s > NEVER_S:
        return wake_us
    due = now_us + ceil(after_s * US_PER_S)
    return min(wake_us, max((due + control - 1) // control, now_us // control + 1) * control)


@compiled
def check_limits(m: Whole, w: Array, plan: int) -> None:
    """Note when the site leaves its limits, and when it is back."""
    power = w[m[k.W_NODES] + (m[k.N_NODES] - 1) * k.N_NODE + k.N_P]
    slack = 1e-6 + 1e-9 * abs(power)
    outside = max(power - w[plan + k.P_SITE_HIGH], w[plan + k.P_SITE_LOW] - power) > slack
    if outside != (m[k.AT_OUTSIDE] != 0):
        m[k.AT_OUTSIDE] = 1 if outside else 0
        note(m, w, k.E_EXCEEDED if outside else k.E_KEPT, m[k.ZERO], power, 0.0)


@compiled
def review_s(m: Whole, w: Array, plan: int, load: float, bending: bool) -> float:
    """Return after how many seconds set-points are due again: 0 = next cycle, infinite = never."""
    n_sources = int(w[plan + k.P_N_SOURCES])
    if bending:
        for j in range(n_sources):
            if could_react(m, w, source_of(m, w, plan, j)):
                return 0.0
        if m[k.AT_CONFINED] != 0 or not within(m, w, plan, load):
            return 0.0
    after = inf
    if m[k.SHARING] == k.SOC_BALANCE:
        for j in range(n_sources):
            source = source_of(m, w, plan, j)
            if w[source + k.S_N_STORAGES] > 1.0:
                after = min(after, drift_s(m, w, source))
    return after


@compiled
def bends(m: Whole, w: Array, members: int, count: int) -> bool:
    """Return whether the power of any of some devices changes in time."""
    found = False
    for at in range(members, members + count):
        found = found or w[m[at] + k.L1] != 0.0
    return found


@compiled
def could_react(m: Whole, w: Array, source: int) -> bool:
    """Return whether a taper changes what a device that has room would be asked for."""
    storages, n_storages = int(w[source + k.S_STORAGES]), int(w[source + k.S_N_STORAGES])
    if w[source + k.S_KIND] != k.BAND:
        others, n_others = int(w[source + k.S_OTHERS]), int(w[source + k.S_N_OTHERS])
        if not (bends(m, w, storages, n_storages) or bends(m, w, others, n_others)):
            return False
        if n_others > 0:
            return n_storages + n_others > 1
    for at in range(storages, storages + n_storages):
        cause = w[m[at] + k.CAUSE]
        if cause != k.TAPER and cause != k.WINDOW:
            return True
    return False


@compiled
def within(m: Whole, w: Array, plan: int, load: float) -> bool:
    """Return whether the site keeps its limits however far tapers go."""
    site_low, site_high = w[plan + k.P_SITE_LOW], w[plan + k.P_SITE_HIGH]
    if site_low == -inf and site_high == inf:
        return True
    low = high = load
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        if w[d + k.L1] == 0.0:
            low += w[d + k.P]
            high += w[d + k.P]
        else:
            low += w[d + k.C] + min(w[d + k.A1], 0.0) + min(w[d + k.A2], 0.0)
            high += w[d + k.C] + max(w[d + k.A1], 0.0) + max(w[d + k.A2], 0.0)
    return bool(site_low <= low and high <= site_high)
