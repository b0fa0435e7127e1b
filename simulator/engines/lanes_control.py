"""Set-points and reviews of many cases at once: `control.py` and its neighbours in NumPy.

`m` holds the integers that all lanes share, `s` the matrix of `lanes_laws.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simulator.microgrid.sharing import TOLERANCE
from simulator.microgrid.units import EPSILON_W, US_PER_S

from . import columns as k
from .lanes_laws import Mask, command_storage, offer, release_charger, release_producer
from .memory import Floats, Ints

NEVER_S = 1e10


def members(m: Ints, s: Floats, row: int, first: int, count: int) -> list[int]:
    """Return the devices of a list whose place and length stand in two columns of a row."""
    place = int(s[row + first, 0])
    return [int(each) for each in m[place : place + int(s[row + count, 0])]]


def sources_of(m: Ints, s: Floats, plan: int) -> Iterator[int]:
    """Yield the rows of the sources of a plan that are followed."""
    first, width = int(s[plan + k.P_SOURCES, 0]), k.N_SOURCE + int(m[k.N_DEVICES])
    for j in range(int(s[plan + k.P_N_SOURCES, 0])):
        yield first + j * width


def storages_of(m: Ints, s: Floats, source: int) -> list[int]:
    """Return the storages that follow a source."""
    return members(m, s, source, k.S_STORAGES, k.S_N_STORAGES)


def impose(m: Ints, s: Floats, plan: int) -> None:
    """Hand a new plan to the devices; `decide` must follow."""
    for i in range(int(m[k.N_DEVICES])):
        d, order = i * k.N_DEVICE, int(s[plan + k.P_ORDERS, 0]) + i * k.N_ORDER
        s[d + k.OFF], s[d + k.DERATE] = s[order + k.O_OFF], s[order + k.O_DERATE]
        s[d + k.DRAW] = np.where(s[order + k.O_CONNECTED] != 0.0, s[d + k.AUX], 0.0)
        s[d + k.LOW], s[d + k.HIGH] = s[order + k.O_LOW], s[order + k.O_HIGH]
        source = int(s[order + k.O_SOURCE, 0])
        s[d + k.SOURCE] = s[source + k.S_ID] if source >= 0 else 0.0
        if s[d + k.KIND, 0] == k.STORAGE:
            s[d + k.RESERVE] = s[source + k.S_RESERVE] if source >= 0 else 0.0
    for source in sources_of(m, s, plan):
        s[source + k.S_ASKED] = s[source + k.S_N_ROOMS] = 0.0


def decide(m: Ints, s: Floats, plan: int, load: Floats) -> Mask:
    """Give every device its set-point; return in which lanes the site leaves its limits."""
    total = load.copy()
    for d in members(m, s, plan, k.P_IDLE, k.P_N_IDLE):
        release(s, d)
    balancing = []
    for source in sources_of(m, s, plan):
        storages = storages_of(m, s, source)
        if s[source + k.S_KIND, 0] == k.BAND:
            balancing.append(source)
            for d in storages:
                # Not decided yet: counts with its auxiliaries only.
                s[d + k.P] = s[d + k.DRAW]
            continue
        s[source + k.S_ASKED] = s[source + k.S_TARGET]
        follow_all(m, s, source, storages, s[source + k.S_TARGET])
    for i in range(int(m[k.N_DEVICES])):
        total += s[i * k.N_DEVICE + k.P]
    for source in balancing:
        low, high = s[source + k.S_LOW], s[source + k.S_HIGH]
        request = np.minimum(np.maximum(total, low), high) - total
        s[source + k.S_ASKED] = request
        storages = storages_of(m, s, source)
        before = sum(s[d + k.P] for d in storages)
        follow_all(m, s, source, storages, request)
        # One after the other, as in the reference.
        for d in storages:
            total += s[d + k.P]
        total -= before
    above = total > s[plan + k.P_SITE_HIGH] + EPSILON_W
    return np.asarray(above | (total < s[plan + k.P_SITE_LOW] - EPSILON_W))


def release(s: Floats, d: int) -> None:
    """Leave a device to itself."""
    kind = s[d + k.KIND, 0]
    if kind == k.PRODUCER:
        release_producer(s, d)
    elif kind == k.CHARGER:
        release_charger(s, d)
    else:
        command_storage(s, d, np.full(s.shape[1], np.nan))


def resume(m: Ints, s: Floats) -> None:
    """Let devices go on with what they were told, from their present states."""
    for i in range(int(m[k.N_DEVICES])):
        d = i * k.N_DEVICE
        kind = s[d + k.KIND, 0]
        asked, cause = s[d + k.ASKED].copy(), s[d + k.CAUSE].copy()
        if kind == k.CHARGER:
            release_charger(s, d)
        elif kind == k.STORAGE:
            command_storage(s, d, s[d + k.TOLD].copy())
        else:
            continue
        s[d + k.ASKED] = asked
        limited = (cause == k.LIMIT) & (s[d + k.CAUSE] == k.NO_CAUSE)
        s[d + k.CAUSE] = np.where(limited, cause, s[d + k.CAUSE])


def follow_all(m: Ints, s: Floats, source: int, storages: Sequence[int], request: Floats) -> None:
    """Share a request among storages and command them."""
    if len(storages) == 1:
        command_storage(s, storages[0], request)
        return
    charging = request >= 0.0
    offers = [offer(s, d, charging) for d in storages]
    lows, highs, rooms = (np.stack(each) for each in zip(*offers, strict=True))
    s[source + k.S_ROOMS : source + k.S_ROOMS + len(storages)] = rooms
    s[source + k.S_N_ROOMS] = len(storages)
    capacities = np.stack([s[d + k.CAPACITY] for d in storages])
    weights = rooms
    if m[k.SHARING] == k.SOC_BALANCE:
        weights = balance_weights(capacities, rooms, s[m[k.W_EXPONENT]])
    else:
        able = np.where(charging, highs, -lows)
        weights = np.maximum(able, 0.0)
        if m[k.SHARING] == k.EQUAL:
            weights = np.where(able > 0.0, 1.0, 0.0)
    # Where nobody can follow, asking all the same leaves the causes with the devices.
    weights = np.where((weights != 0.0).any(axis=0), weights, capacities)
    for d, part in zip(storages, place(request, weights, lows, highs), strict=True):
        command_storage(s, d, part)


def balance_weights(capacities: Floats, rooms: Floats, exponents: Floats) -> Floats:
    """Return the weights of storages by their headrooms."""
    if (exponents == 1.0).all():
        return rooms
    positive = np.maximum(rooms, 0.0)
    curved = np.where(rooms > 0.0, capacities * (positive / capacities) ** exponents, 0.0)
    return np.where(exponents == 1.0, rooms, curved)


def place(request: Floats, weights: Floats, lows: Floats, highs: Floats) -> Floats:
    """Divide requests by weight within bounds; return the parts before they were cut to them."""
    asked: Floats = request * weights / weights.sum(axis=0)
    inside = (weights != 0.0) & (lows <= asked) & (asked <= highs)
    tight = np.flatnonzero(~inside.all(axis=0))
    if len(tight):
        asked[:, tight] = _placed(
            request[tight], weights[:, tight], lows[:, tight], highs[:, tight]
        )
    return asked


def _placed(request: Floats, weights: Floats, lows: Floats, highs: Floats) -> Floats:
    """Do the rounds for lanes in which somebody is at a bound."""
    asked = np.zeros_like(weights)
    given = np.minimum(np.maximum(0.0, lows), highs)
    is_open = weights > 0.0
    rest = request - np.where(is_open, 0.0, given).sum(axis=0)
    for _ in range(len(weights) + 1):
        total = np.where(is_open, weights, 0.0).sum(axis=0)
        part = rest * weights / total
        asked = np.where(is_open, part, asked)
        given = np.where(is_open, np.minimum(np.maximum(part, lows), highs), given)
        gap = np.where(is_open, given - asked, 0.0)
        fixed = is_open & (gap.sum(axis=0) * gap > 0.0)
        if not fixed.any():
            break
        rest = rest - np.where(fixed, given, 0.0).sum(axis=0)
        is_open = is_open & ~fixed
    return asked


def wake(m: Ints, s: Floats, plan: int, now_us: Ints) -> tuple[Ints, Ints]:
    """Return when each lane must look again, and when a vehicle needs a decision."""
    lanes = s.shape[1]
    hit_s, own_s = np.full(lanes, np.inf), np.full(lanes, np.inf)
    bending = np.zeros(lanes, dtype=np.bool_)
    for i in range(int(m[k.N_DEVICES])):
        d = i * k.N_DEVICE
        if s[d + k.KIND, 0] == k.STORAGE:
            hit_s = np.minimum(hit_s, s[d + k.HIT])
            bending |= s[d + k.L1] != 0.0
        elif s[d + k.KIND, 0] == k.CHARGER:
            own_s = np.minimum(own_s, s[d + k.HIT])
            bending |= s[d + k.L1] != 0.0
    own_us = after_us(now_us, own_s)
    wake_us = np.minimum(after_us(now_us, hit_s), own_us)
    control = int(m[k.CONTROL_US])
    if not control or not (bending.any() or m[k.N_STORAGES] > 1):
        return wake_us, own_us
    after_s = np.full(lanes, np.inf)
    if m[k.SHARING] == k.SOC_BALANCE:
        for source in sources_of(m, s, plan):
            if s[source + k.S_N_STORAGES, 0] > 1.0:
                after_s = np.minimum(after_s, drift_s(m, s, source))
    if bending.any():
        reacts = ~within(m, s, plan)
        for source in sources_of(m, s, plan):
            reacts |= could_react(m, s, source)
        after_s = np.where(bending & reacts, 0.0, after_s)
    soon = (after_s <= NEVER_S) & (bending | (m[k.N_STORAGES] > 1))
    delay = np.ceil(np.where(soon, after_s, 0.0) * US_PER_S).astype(np.int64)
    cycles = np.maximum((now_us + delay + control - 1) // control, now_us // control + 1)
    return np.where(soon, np.minimum(wake_us, cycles * control), wake_us), own_us


def after_us(now_us: Ints, seconds: Floats) -> Ints:
    """Return the first moments that are so many seconds ahead or more, at least one later."""
    never = seconds > NEVER_S
    ahead = np.ceil(np.where(never, 0.0, seconds) * US_PER_S).astype(np.int64)
    return np.where(never, k.NEVER, now_us + np.maximum(ahead, 1))


def drift_s(m: Ints, s: Floats, source: int) -> Floats:
    """Return after how many seconds some share has moved by `TOLERANCE`, infinite = never."""
    storages = storages_of(m, s, source)
    direction = s[source + k.S_ASKED]
    rooms = s[source + k.S_ROOMS : source + k.S_ROOMS + len(storages)]
    exponents = s[m[k.W_EXPONENT]]
    change = np.stack([s[d + k.RATE] for d in storages]) * np.where(direction > 0.0, -1.0, 1.0)
    rates = np.where(rooms > 0.0, exponents * change / rooms, 0.0)
    weights = balance_weights(np.stack([s[d + k.CAPACITY] for d in storages]), rooms, exponents)
    total = weights.sum(axis=0)
    mean = (weights * rates).sum(axis=0) / total
    drift = weights * np.abs(rates - mean)
    noise = 1e-12 * weights * (np.abs(rates) + np.abs(mean))
    first = drift.argmax(axis=0), np.arange(s.shape[1])
    moves = (direction != 0.0) & (s[source + k.S_N_ROOMS] == len(storages)) & (total > 0.0)
    moves &= drift[first] > noise[first]
    return np.where(moves, TOLERANCE * total / drift[first], np.inf)


def could_react(m: Ints, s: Floats, source: int) -> Mask:
    """Return in which lanes a taper changes what a storage that has room would be asked for."""
    storages = storages_of(m, s, source)
    bends = np.zeros(s.shape[1], dtype=np.bool_)
    free = bends.copy()
    for d in storages:
        bends |= s[d + k.L1] != 0.0
        free |= (s[d + k.CAUSE] != k.TAPER) & (s[d + k.CAUSE] != k.WINDOW)
    return free if s[source + k.S_KIND, 0] == k.BAND else bends & free


def within(m: Ints, s: Floats, plan: int) -> Mask:
    """Return in which lanes the site keeps its limits however far tapers go."""
    low = sum(s[int(m[k.W_NODES]) + i * k.N_NODE + k.N_LOAD] for i in range(int(m[k.N_NODES])))
    high = low
    for i in range(int(m[k.N_DEVICES])):
        d = i * k.N_DEVICE
        bends = s[d + k.L1] != 0.0
        one, two = s[d + k.A1], s[d + k.A2]
        down = s[d + k.C] + np.minimum(one, 0.0) + np.minimum(two, 0.0)
        up = s[d + k.C] + np.maximum(one, 0.0) + np.maximum(two, 0.0)
        low = low + np.where(bends, down, s[d + k.P])
        high = high + np.where(bends, up, s[d + k.P])
    return np.asarray((s[plan + k.P_SITE_LOW] <= low) & (high <= s[plan + k.P_SITE_HIGH]))
