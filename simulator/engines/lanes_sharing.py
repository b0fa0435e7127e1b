"""How set-points are divided among storages: `sharing.py` for many cases at once.

Weights, bounds and parts are rows that begin at a place of the memory, one for each member.
"""

from __future__ import annotations

from math import inf

from simulator.microgrid.sharing import TOLERANCE

from . import columns as k
from .jit import laned, laned_apart
from .lanes_devices import command_storage, offer
from .lanewise import Mask, least, most, nothing, power, size, some, where
from .memory import Floats, Ints


@laned_apart
def follow_all(m: Ints, s: Floats, source: int, request: Floats, goes_on: Mask) -> None:
    """Share a request among storages and command them; some lanes go on with what they were told.

    Headrooms stay with the source, until it is shared anew.
    """
    first, count = int(s[source + k.S_STORAGES, 0]), int(s[source + k.S_N_STORAGES, 0])
    if count == 1:
        d = m[first]
        command_storage(s, d, where(goes_on, s[d + k.TOLD], request))
        return
    lows, highs, asked = m[k.F_ROWS], m[k.F_ROWS + 1], m[k.F_ROWS + 3]
    rooms = source + k.S_ROOMS
    charging = request >= 0.0
    for i in range(count):
        low, high, room = offer(s, m[first + i], charging)
        s[lows + i], s[highs + i] = low, high
        s[rooms + i] = where(goes_on, s[rooms + i], room)
    s[source + k.S_N_ROOMS] = float(count)
    weigh(m, s, source, charging)
    place(m, s, request, count)
    for i in range(count):
        d = m[first + i]
        command_storage(s, d, where(goes_on, s[d + k.TOLD], s[asked + i]))


@laned
def weigh(m: Ints, s: Floats, source: int, charging: Mask) -> None:
    """Write the weights of the storages of a source for the direction that it asks for."""
    first, count = int(s[source + k.S_STORAGES, 0]), int(s[source + k.S_N_STORAGES, 0])
    lows, highs, weights = m[k.F_ROWS], m[k.F_ROWS + 1], m[k.F_ROWS + 2]
    rooms = source + k.S_ROOMS
    found = charging & ~charging
    for i in range(count):
        if m[k.SHARING] == k.SOC_BALANCE:
            weight = balance_weight(s[m[first + i] + k.CAPACITY], s[rooms + i], s[m[k.W_EXPONENT]])
        else:
            able = where(charging, s[highs + i], -s[lows + i])
            weight = most(able, 0.0)
            if m[k.SHARING] == k.EQUAL:
                weight = where(able > 0.0, 1.0, 0.0)
        s[weights + i] = weight
        found = found | (weight != 0.0)
    if some(~found):
        # Nobody can follow; asking all the same leaves the causes with the devices.
        for i in range(count):
            s[weights + i] = where(found, s[weights + i], s[m[first + i] + k.CAPACITY])


@laned
def balance_weight(capacity: Floats, room: Floats, exponent: Floats) -> Floats:
    """Return the weight of a storage by its headroom."""
    weight = room
    curved = exponent != 1.0
    if some(curved):
        bent = capacity * power(most(room, 0.0) / capacity, exponent)
        weight = where(curved, where(room > 0.0, bent, 0.0), room)
    return weight


@laned
def place(m: Ints, s: Floats, request: Floats, count: int) -> None:
    """Divide requests by weight within bounds; parts are those before they were cut to them."""
    lows, highs, weights = m[k.F_ROWS], m[k.F_ROWS + 1], m[k.F_ROWS + 2]
    asked = m[k.F_ROWS + 3]
    total = nothing(request)
    for i in range(count):
        total = total + s[weights + i]
    scale = request / total
    tight, able = ~(total > 0.0), total != total
    for i in range(count):
        part, low, high = s[weights + i] * scale, s[lows + i], s[highs + i]
        s[asked + i] = part
        tight = tight | ~((s[weights + i] != 0.0) & (low <= part) & (part <= high))
        able = able | (low != 0.0) | (high != 0.0)
    # Where all must stay at nothing the rounds leave what is asked of them.
    if some(tight & able):
        _place_tightly(m, s, request, count, tight & able)


@laned_apart
def _place_tightly(m: Ints, s: Floats, request: Floats, count: int, tight: Mask) -> None:
    """Do the rounds for lanes in which somebody is at a bound."""
    lows, highs, weights = m[k.F_ROWS], m[k.F_ROWS + 1], m[k.F_ROWS + 2]
    asked, given, is_open = m[k.F_ROWS + 3], m[k.F_ROWS + 4], m[k.F_ROWS + 5]
    rest = request + 0.0
    for i in range(count):
        opens = s[weights + i] > 0.0
        s[given + i] = least(most(0.0, s[lows + i]), s[highs + i])
        s[is_open + i] = where(opens, 1.0, 0.0)
        s[asked + i] = where(tight, 0.0, s[asked + i])
        rest = rest - where(opens, 0.0, s[given + i])
    for _ in range(count):
        total, excess = nothing(request), nothing(request)
        for i in range(count):
            total = total + where(s[is_open + i] != 0.0, s[weights + i], 0.0)
        for i in range(count):
            opens = tight & (s[is_open + i] != 0.0)
            part = rest * s[weights + i] / total
            s[asked + i] = where(opens, part, s[asked + i])
            cut = least(most(part, s[lows + i]), s[highs + i])
            s[given + i] = where(opens, cut, s[given + i])
            excess = excess + where(opens, cut - part, 0.0)
        goes_on = tight & ~tight
        for i in range(count):
            # Lanes that are done only do the same once more.
            fixed = (s[is_open + i] != 0.0) & (excess * (s[given + i] - s[asked + i]) > 0.0)
            rest = rest - where(fixed, s[given + i], 0.0)
            s[is_open + i] = where(fixed, 0.0, s[is_open + i])
            goes_on = goes_on | (tight & fixed)
        if not some(goes_on):
            return


@laned
def drift_s(m: Ints, s: Floats, source: int) -> Floats:
    """Return after how many seconds some share has moved by `TOLERANCE`, infinite = never."""
    direction, exponent = s[source + k.S_ASKED], s[m[k.W_EXPONENT]]
    first, count = int(s[source + k.S_STORAGES, 0]), int(s[source + k.S_N_STORAGES, 0])
    moving = direction != direction
    for i in range(count):
        moving = moving | ((s[m[first + i] + k.RATE] != 0.0) & (s[source + k.S_ROOMS + i] > 0.0))
    if not some(moving & (direction != 0.0)):
        return nothing(direction) + inf
    rooms, moves, weights = source + k.S_ROOMS, m[k.F_ROWS + 4], m[k.F_ROWS + 2]
    total, change, curved = nothing(direction), nothing(direction), exponent != 1.0
    for i in range(count):
        d, room = m[first + i], s[rooms + i]
        move = where(direction > 0.0, -s[d + k.RATE], s[d + k.RATE])
        weight = balance_weight(s[d + k.CAPACITY], room, exponent)
        if some(curved):
            move = where(curved, weight * exponent * move / room, move)
        s[moves + i] = where(room > 0.0, move, 0.0)
        s[weights + i] = where(room > 0.0, weight, 0.0)
        total = total + s[weights + i]
        change = change + s[moves + i]
    mean = change / total
    fastest, noise = nothing(direction), nothing(direction)
    for i in range(count):
        own, common = s[moves + i], s[weights + i] * mean
        drift = size(own - common)
        leads = drift > fastest
        fastest = where(leads, drift, fastest)
        noise = where(leads, 1e-12 * (size(own) + size(common)), noise)
    moving = (direction != 0.0) & (total > 0.0) & (fastest > noise)
    return where(moving, TOLERANCE * total / fastest, inf)
