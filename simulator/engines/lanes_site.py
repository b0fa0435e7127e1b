"""A site under its set-points, for many cases at once: nodes, segments, vehicles that come."""

from __future__ import annotations

from simulator.microgrid.units import S_PER_H

from . import columns as k
from .jit import laned, laned_apart
from .lanes_devices import close_storage, settle_charger, settle_producer, settle_storage
from .lanes_flows import into_and_out, turned
from .lanes_laws import plan as plan_battery
from .lanewise import least, most, nothing, some, where
from .memory import Floats, Ints


@laned_apart
def arrive(s: Floats, d: int, stay: int) -> None:
    """Plug a vehicle in."""
    s[d + k.PRESENT] = 1.0
    s[d + k.STORED], s[d + k.ARRIVED_WH] = s[stay + k.V_STORED], s[stay + k.V_STORED]
    s[d + k.CAPACITY], s[d + k.E_HIGH] = s[stay + k.V_CAPACITY], s[stay + k.V_CAPACITY]
    s[d + k.CHARGE_W], s[d + k.DISCHARGE_W] = s[stay + k.V_CHARGE_W], s[stay + k.V_CHARGE_W]
    s[d + k.E_TAPER_HIGH], s[d + k.E_C] = s[stay + k.V_TAPER], s[stay + k.V_E_C]
    s[d + k.GOAL], s[d + k.FLOOR] = s[stay + k.V_GOAL], s[stay + k.V_FLOOR]
    s[d + k.LEFT_S] = s[stay + k.V_LEFT_S]
    s[d + k.E_LOW] = 0.0
    s[d + k.E_TAPER_LOW] = 0.0
    s[d + k.SIGMA] = 0.0
    s[d + k.E_D] = 1.0
    s[d + k.GAIN_C] = s[d + k.E_C] / S_PER_H
    s[d + k.GAIN_D] = 1.0 / S_PER_H
    s[d + k.SLOPE_C] = (s[d + k.E_HIGH] - s[d + k.E_TAPER_HIGH]) / s[d + k.CHARGE_W]
    s[d + k.SLOPE_D] = 0.0
    plan_battery(s, d, nothing(s[d]), nothing(s[d]))


@laned_apart
def leave(s: Floats, d: int) -> tuple[Floats, Floats]:
    """Let a vehicle go; return what it was charged with, and what it misses."""
    s[d + k.PRESENT] = 0.0
    goal = s[d + k.GOAL]
    missing = goal - s[d + k.STORED]
    return s[d + k.STORED] - s[d + k.ARRIVED_WH], where(missing > 1e-6 * goal, missing, 0.0)


@laned
def load_of(m: Ints, s: Floats) -> Floats:
    """Return the hidden loads of the site together."""
    load = nothing(s[0])
    for i in range(m[k.N_NODES]):
        load = load + s[m[k.W_NODES] + i * k.N_NODE + k.N_LOAD]
    return load


@laned
def add_up(m: Ints, s: Floats) -> None:
    """Add up the powers below each node."""
    for node in range(m[k.N_NODES]):
        n = m[k.W_NODES] + node * k.N_NODE
        p = s[n + k.N_LOAD] + 0.0
        c, bends = p + 0.0, nothing(p)
        first = int(s[n + k.N_CHILDREN, 0])
        for at in range(first, first + int(s[n + k.N_N_CHILDREN, 0])):
            child = m[at]
            if child >= 0:
                fades = s[child + k.L1] != 0.0
                p = p + s[child + k.P]
                c = c + where(fades, s[child + k.C], s[child + k.P])
                bends = where(fades, 1.0, bends)
            else:
                below = -1 - child
                p = p + s[below + k.N_P]
                c = c + s[below + k.N_C]
                bends = bends + s[below + k.N_BENDS]
        s[n + k.N_P], s[n + k.N_BENDS] = p, bends
        s[n + k.N_C] = where(bends != 0.0, c, p)


@laned
def settle(m: Ints, s: Floats, t: Floats) -> None:
    """Let t seconds pass and keep all registers."""
    hours = t / S_PER_H
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        kind = s[d + k.KIND, 0]
        if kind == k.STORAGE:
            settle_storage(m, s, d, t, hours)
        elif kind == k.PRODUCER:
            settle_producer(s, d, hours)
        else:
            settle_charger(m, s, d, t, hours)
    for node in range(m[k.N_NODES]):
        _settle_node(m, s, m[k.W_NODES] + node * k.N_NODE, t, hours)


@laned
def _settle_node(m: Ints, s: Floats, n: int, t: Floats, hours: Floats) -> None:
    """Keep the registers of a node after those of what is below."""
    p, load_wh = s[n + k.N_P], s[n + k.N_LOAD] * hours
    s[n + k.N_NET] = p * hours
    bends = s[n + k.N_BENDS] != 0.0
    if some(bends):
        net, low, high = load_wh, s[n + k.N_LOAD], s[n + k.N_LOAD]
        first = int(s[n + k.N_CHILDREN, 0])
        for at in range(first, first + int(s[n + k.N_N_CHILDREN, 0])):
            child = m[at]
            if child >= 0:
                fades, own = s[child + k.L1] != 0.0, s[child + k.P]
                net = net + s[child + k.NET]
                low = low + where(fades, s[child + k.BOTTOM], own)
                high = high + where(fades, s[child + k.TOP], own)
            else:
                below = -1 - child
                fades, own = s[below + k.N_BENDS] != 0.0, s[below + k.N_P]
                net = net + s[below + k.N_NET]
                low = low + where(fades, s[below + k.N_BOTTOM], own)
                high = high + where(fades, s[below + k.N_TOP], own)
        s[n + k.N_NET] = where(bends, net, s[n + k.N_NET])
        s[n + k.N_BOTTOM], s[n + k.N_TOP] = where(bends, low, p), where(bends, high, p)
        first, count = int(s[n + k.N_BENDING, 0]), int(s[n + k.N_N_BENDING, 0])
        into, out = turned(m, s, n + k.N_NET, n + k.N_C, first, count, t)
    else:
        into, out = into_and_out(s[n + k.N_NET], hours)
    s[n + k.N_ROW_LOAD], s[n + k.N_ROW_IN], s[n + k.N_ROW_OUT] = load_wh, into, out
    s[n + k.N_SERVED] = s[n + k.N_SERVED] + load_wh
    s[n + k.N_IN] = s[n + k.N_IN] + into
    s[n + k.N_OUT] = s[n + k.N_OUT] + out


@laned_apart
def close(m: Ints, s: Floats) -> None:
    """Work out in the end what follows from other registers."""
    for i in range(m[k.N_DEVICES]):
        if s[i * k.N_DEVICE + k.KIND, 0] == k.STORAGE:
            close_storage(s, i * k.N_DEVICE)


@laned_apart
def unfollowed_w(m: Ints, s: Floats, source: int) -> Floats:
    """Return what a source asks for that no device follows."""
    asked: Floats = s[source + k.S_TARGET] + 0.0
    if s[source + k.S_KIND, 0] == k.BAND:
        residual = s[m[k.W_NODES] + (m[k.N_NODES] - 1) * k.N_NODE + k.N_P] + 0.0
        first = int(s[source + k.S_STORAGES, 0])
        for at in range(first, first + int(s[source + k.S_N_STORAGES, 0])):
            residual = residual - (s[m[at] + k.P] - s[m[at] + k.DRAW])
        asked = least(most(residual, s[source + k.S_LOW]), s[source + k.S_HIGH]) - residual
    return asked
