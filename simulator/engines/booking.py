"""What a segment leaves behind: `meter.py` and `recorder.py` of the microgrid, compiled.

Registers of nodes, energies between edges, rows of the record; `n` is the place of a node.
"""

from __future__ import annotations

from simulator.microgrid.units import EPSILON_W, S_PER_US

from . import columns as k
from .exponentials import split, value
from .jit import compiled
from .laws import Array, Whole


@compiled
def terms_of(m: Whole, w: Array, n: int, a: int) -> int:
    """Write the exponentials in the power of a node; return where they end."""
    first = int(w[n + k.N_BENDING])
    for at in range(first, first + int(w[n + k.N_N_BENDING])):
        d = m[at]
        lam = w[d + k.L1]
        if lam == 0.0:
            continue
        w[a], w[a + 1] = w[d + k.A1], lam
        a += 2
        if w[d + k.A2] != 0.0:
            w[a], w[a + 1] = w[d + k.A2], 2.0 * lam
            a += 2
    return a


@compiled
def solve_node(m: Whole, w: Array, n: int) -> None:
    """Add up the powers below; those must be solved already."""
    p = c = w[n + k.N_LOAD]
    bends = 0.0
    first = int(w[n + k.N_CHILDREN])
    for at in range(first, first + int(w[n + k.N_N_CHILDREN])):
        child = m[at]
        if child >= 0:
            p += w[child + k.P]
            if w[child + k.L1] == 0.0:
                c += w[child + k.P]
            else:
                c += w[child + k.C]
                bends = 1.0
        else:
            below = -1 - child
            p += w[below + k.N_P]
            c += w[below + k.N_C]
            bends += w[below + k.N_BENDS]
    w[n + k.N_P], w[n + k.N_BENDS] = p, bends
    w[n + k.N_C] = c if bends != 0.0 else p


@compiled
def settle_node(m: Whole, w: Array, n: int, t: float, hours: float) -> None:
    """Let t seconds (the same in hours) pass and keep the registers."""
    p = end = w[n + k.N_P]
    into = out = 0.0
    load_wh = w[n + k.N_LOAD] * hours
    w[n + k.N_ROW_LOAD] = load_wh
    w[n + k.N_SERVED] += load_wh
    if w[n + k.N_WANTED] != w[n + k.N_LOAD]:
        w[n + k.N_UNSERVED] += (w[n + k.N_WANTED] - w[n + k.N_LOAD]) * hours
    if w[n + k.N_BENDS] != 0.0:
        a = m[k.W_TERMS]
        z = terms_of(m, w, n, a)
        into, out = split(w, w[n + k.N_C], a, z, t, m[k.W_FOUND])
        end = value(w, w[n + k.N_C], a, z, t)
    elif p > EPSILON_W:
        into = p * hours
    elif p < -EPSILON_W:
        out = -p * hours
    w[n + k.N_IN] += into
    w[n + k.N_OUT] += out
    w[n + k.N_END], w[n + k.N_ROW_IN], w[n + k.N_ROW_OUT] = end, into, out


@compiled
def spread(m: Whole, w: Array, until_us: int) -> None:
    """Add the energies of a settled segment to the stretches between the edges that it touches."""
    since_us, place, edges = m[k.AT_SINCE], m[k.AT_BIN], m[k.M_EDGES]
    n = m[k.W_NODES] + (m[k.N_NODES] - 1) * k.N_NODE
    last = m[k.N_BINS] - 1
    produced = 0.0
    for at in range(m[k.M_PRODUCING], m[k.M_PRODUCING] + m[k.N_PRODUCING]):
        produced += w[m[at] + k.ROW_OUT]
    whole_in, whole_out = w[n + k.N_ROW_IN], w[n + k.N_ROW_OUT]
    bin_ = m[k.W_BINS] + place * k.N_BIN
    end_us = m[edges + place + 1]
    if until_us <= end_us:
        w[bin_ + k.B_IN] += whole_in
        w[bin_ + k.B_OUT] += whole_out
        w[bin_ + k.B_PV] += produced
        if until_us == end_us and place < last:
            m[k.AT_BIN] = place + 1
        return
    a = m[k.W_TERMS]
    z = terms_of(m, w, n, a) if w[n + k.N_BENDS] != 0.0 else a
    into = out = 0.0
    from_us = since_us
    while True:
        end_us = min(m[edges + place + 1], until_us)
        share = (end_us - since_us) / (until_us - since_us)
        next_in, next_out = whole_in * share, whole_out * share
        if z > a and end_us < until_us:
            seconds = (end_us - since_us) * S_PER_US
            next_in, next_out = split(w, w[n + k.N_C], a, z, seconds, m[k.W_FOUND])
        bin_ = m[k.W_BINS] + place * k.N_BIN
        w[bin_ + k.B_IN] += next_in - into
        w[bin_ + k.B_OUT] += next_out - out
        w[bin_ + k.B_PV] += produced * (end_us - from_us) / (until_us - since_us)
        into, out, from_us = next_in, next_out, end_us
        if end_us == m[edges + place + 1] and place < last:
            place += 1
        if end_us == until_us:
            break
    m[k.AT_BIN] = place


@compiled
def keep(m: Whole, w: Array, until_us: int) -> None:
    """Write the row of a settled segment."""
    at = m[k.W_SEGMENTS] + m[k.AT_KEPT] * m[k.WIDTH_OF_ROW]
    w[at], w[at + 1] = m[k.AT_SINCE], until_us
    at += 2
    for node in range(m[k.N_NODES]):
        n = m[k.W_NODES] + node * k.N_NODE
        w[at], w[at + 1], w[at + 2] = w[n + k.N_P], w[n + k.N_END], w[n + k.N_ROW_IN]
        w[at + 3], w[at + 4] = w[n + k.N_ROW_OUT], w[n + k.N_LOAD]
        w[at + 5] = w[n + k.N_ROW_LOAD]
        at += k.NODE_WIDTH
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        kind = w[d + k.KIND]
        w[at], w[at + 1] = w[d + k.SOURCE], w[d + k.P]
        w[at + 2], w[at + 3] = w[d + k.ROW_END], w[d + k.ROW_IN]
        w[at + 4] = w[d + k.ROW_OUT]
        if kind == k.CONSUMER:
            w[at + 5] = w[d + k.ASKED]
            at += 6
            continue
        w[at + 5], w[at + 6] = w[d + k.ROW_LOSS], w[d + k.ASKED]
        at += 7
        if kind == k.CHARGER:
            w[at] = w[d + k.ROW_DC_END]
            at += 1
        elif kind == k.STORAGE:
            w[at], w[at + 1], w[at + 2] = w[d + k.DC], w[d + k.ROW_DC_END], w[d + k.ROW_DC_IN]
            w[at + 3], w[at + 4] = w[d + k.ROW_DC_OUT], w[d + k.STORED] / w[d + k.CAPACITY]
            at += 5
    m[k.AT_KEPT] += 1


@compiled
def keep_tapers(m: Whole, w: Array) -> None:
    """Write the exponentials of the segment that is about to be settled."""
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        lam = w[d + k.L1]
        if lam == 0.0:
            continue
        keep_taper(m, w, w[d + k.ID], w[d + k.A1], lam)
        if w[d + k.KIND] == k.STORAGE:
            keep_taper(m, w, w[d + k.ID], w[d + k.A2], 2.0 * lam)
            keep_taper(m, w, -w[d + k.ID], w[d + k.DC] - w[d + k.DC_INF], w[d + k.LAM])


@compiled
def keep_taper(m: Whole, w: Array, id_: float, coefficient: float, lam: float) -> None:
    """Write one exponential."""
    at = m[k.W_TAPERS] + m[k.AT_TAPER] * k.N_TAPER
    w[at], w[at + 1], w[at + 2], w[at + 3] = m[k.AT_SEGMENT], id_, coefficient, lam
    m[k.AT_TAPER] += 1
