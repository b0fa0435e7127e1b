"""How one set-point is divided among several devices: `sharing.py` of the microgrid, compiled.

Weights, bounds and parts are places in the memory, one number for each member.
"""

from __future__ import annotations

from math import inf

from simulator.microgrid.sharing import TOLERANCE

from . import columns as k
from .jit import compiled
from .laws import Array, Whole


@compiled
def place(
    w: Array,
    request: float,
    weights: int,
    lows: int,
    highs: int,
    count: int,
    asked: int,
    given: int,
    is_open: int,
) -> None:
    """Divide a request by weight within bounds, in at most n rounds.

    `asked` is each one's part before it was cut to its bounds, `given` after it.
    """
    total = 0.0
    for i in range(count):
        total += w[weights + i]
    if total > 0.0:
        fits = True
        scale = request / total
        for i in range(count):
            part = w[weights + i] * scale
            w[asked + i] = w[given + i] = part
            if w[weights + i] == 0.0 or not w[lows + i] <= part <= w[highs + i]:
                fits = False
        if fits:
            return
    rest, n_open = 0.0, 0
    for i in range(count):
        w[asked + i] = 0.0
        w[given + i] = min(max(0.0, w[lows + i]), w[highs + i])
        w[is_open + i] = 1.0 if w[weights + i] > 0.0 else 0.0
        if w[weights + i] > 0.0:
            n_open += 1
        else:
            rest += w[given + i]
    rest = request - rest
    while n_open > 0:
        total = excess = 0.0
        for i in range(count):
            if w[is_open + i] != 0.0:
                total += w[weights + i]
        for i in range(count):
            if w[is_open + i] != 0.0:
                part = rest * w[weights + i] / total
                w[asked + i] = part
                w[given + i] = min(max(part, w[lows + i]), w[highs + i])
                excess += w[given + i] - part
        fixed = 0
        for i in range(count):
            gap = w[given + i] - w[asked + i]
            if w[is_open + i] != 0.0 and excess * gap > 0.0:
                rest -= w[given + i]
                w[is_open + i] = 0.0
                fixed += 1
        if fixed == 0:
            return
        n_open -= fixed


@compiled
def in_turn(w: Array, request: float, lows: int, highs: int, count: int, asked: int) -> None:
    """Give the first as much as it can do, then the next; the last one is asked for the rest."""
    for i in range(count):
        w[asked + i] = min(max(request, w[lows + i]), w[highs + i])
        request -= w[asked + i]
    if count > 0:
        w[asked + count - 1] += request


@compiled
def balance_weight(capacity: float, room: float, exponent: float) -> float:
    """Return the weight of a storage by its headroom."""
    if exponent == 1.0:
        return room
    return float(capacity * (room / capacity) ** exponent) if room > 0.0 else 0.0


@compiled
def weigh(
    m: Whole,
    w: Array,
    members: int,
    count: int,
    charging: bool,
    lows: int,
    highs: int,
    rooms: int,
    weights: int,
) -> bool:
    """Write the weights of some storages; return whether any has one."""
    found = False
    for i in range(count):
        if m[k.SHARING] == k.SOC_BALANCE:
            capacity = w[m[members + i] + k.CAPACITY]
            weight = balance_weight(capacity, w[rooms + i], w[m[k.W_EXPONENT]])
        else:
            able = w[highs + i] if charging else -w[lows + i]
            weight = max(able, 0.0)
            if m[k.SHARING] == k.EQUAL:
                weight = 1.0 if able > 0.0 else 0.0
        w[weights + i] = weight
        if weight != 0.0:
            found = True
    return found


@compiled
def drift_s(m: Whole, w: Array, source: int) -> float:
    """Return after how many seconds some share has moved by `TOLERANCE`, infinite = never."""
    direction = w[source + k.S_ASKED] + w[source + k.S_BESIDE]
    members, count = int(w[source + k.S_STORAGES]), int(w[source + k.S_N_STORAGES])
    if direction == 0.0 or int(w[source + k.S_N_ROOMS]) != count:
        return inf
    exponent = w[m[k.W_EXPONENT]]
    rooms, moves, weights = source + k.S_ROOMS, m[k.F_ROWS + 5], m[k.F_ROWS + 6]
    total = change = 0.0
    for i in range(count):
        d, room = m[members + i], w[rooms + i]
        own = -w[d + k.RATE] if direction > 0.0 else w[d + k.RATE]
        if room <= 0.0:
            w[moves + i] = w[weights + i] = 0.0
        elif exponent == 1.0:
            w[moves + i], w[weights + i] = own, room
        else:
            weight = balance_weight(w[d + k.CAPACITY], room, exponent)
            w[moves + i], w[weights + i] = weight * exponent * own / room, weight
        total += w[weights + i]
        change += w[moves + i]
    if total <= 0.0:
        return inf
    mean = change / total
    fastest = noise = 0.0
    for i in range(count):
        own, common = w[moves + i], w[weights + i] * mean
        drift = abs(own - common)
        if drift > fastest:
            fastest = drift
            noise = 1e-12 * (abs(own) + abs(common))
    return TOLERANCE * total / fastest if fastest > noise else inf
