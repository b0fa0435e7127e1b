"""Set-points without a state of charge, and limits of the site: `assignment.py`, compiled.

Members are a place in the integers, and how many there are.
"""

from __future__ import annotations

from math import inf, nan

from simulator.microgrid.units import EPSILON_W

from . import columns as k
from .charging import command_charger, floor_of, follow, reach, release_charger, wants
from .devices import (
    bounds_storage,
    command_consumer,
    command_producer,
    command_storage,
    refresh,
    release_producer,
)
from .jit import compiled
from .laws import Array, Whole
from .sharing import place


@compiled
def direction_of(w: Array, d: int) -> float:
    """Return 1 for what can only consume, -1 for what can only produce."""
    return -1.0 if w[d + k.KIND] == k.PRODUCER else 1.0


@compiled
def command(w: Array, d: int, request: float) -> None:
    """Give a set-point to a device without a state of charge."""
    kind = w[d + k.KIND]
    if kind == k.PRODUCER:
        command_producer(w, d, request)
    elif kind == k.CHARGER:
        command_charger(w, d, request)
    else:
        command_consumer(w, d, request)


@compiled
def release(m: Whole, w: Array, d: int) -> None:
    """Leave a device to itself."""
    kind = w[d + k.KIND]
    if kind == k.PRODUCER:
        release_producer(w, d)
    elif kind == k.CHARGER:
        release_charger(w, d, m[k.W_TWIN])
    elif kind == k.STORAGE:
        command_storage(w, d, nan)
    else:
        command_consumer(w, d, nan)


@compiled
def reach_of(w: Array, d: int, charging: bool) -> float:
    """Return how much such a device could consume or produce now, a magnitude."""
    kind = w[d + k.KIND]
    if kind == k.PRODUCER:
        refresh(w, d)
        return 0.0 if charging else w[d + k.READY]
    if not charging:
        return 0.0
    if kind == k.CHARGER:
        return reach(w, d)
    if w[d + k.OFF] != 0.0:
        return 0.0
    return max(min(w[d + k.RATED] * w[d + k.DERATE], w[d + k.HIGH]), 0.0)


@compiled
def parts_of(
    m: Whole, w: Array, members: int, count: int, most: int, total: float, parts: int
) -> None:
    """Divide a power, at most `most` each, by what each could have; none below its floor."""
    taking, floors, urgency = m[k.I_ROWS + 3], m[k.F_ROWS + 7], m[k.F_ROWS + 8]
    n_taking = m[k.ZERO]
    for i in range(count):
        d = m[members + i]
        kind = w[d + k.KIND]
        w[parts + i] = w[urgency + i] = floor = 0.0
        if kind == k.CHARGER:
            floor = floor_of(w, d)
            w[urgency + i] = w[d + k.LEFT_S] if w[d + k.PRESENT] != 0.0 else inf
        elif kind == k.CONSUMER:
            floor = w[d + k.MIN_W]
        w[floors + i] = min(floor, w[most + i])
        if w[most + i] <= 0.0:
            continue
        # Members ascend by id, so that those of the same urgency stay in that order.
        at = n_taking
        while at > 0 and w[urgency + m[taking + at - 1]] > w[urgency + i]:
            m[taking + at] = m[taking + at - 1]
            at -= 1
        m[taking + at] = i
        n_taking += 1
    while n_taking > 0:
        least = 0.0
        for at in range(n_taking):
            least += w[floors + m[taking + at]]
        if least <= total:
            break
        n_taking -= 1
    weights, lows, asked, given = (
        m[k.F_ROWS + 9],
        m[k.F_ROWS + 10],
        m[k.F_ROWS + 11],
        m[k.F_ROWS + 12],
    )
    for at in range(n_taking):
        w[weights + at] = w[most + m[taking + at]]
        w[lows + at] = w[floors + m[taking + at]]
    place(w, total, weights, lows, weights, n_taking, asked, given, m[k.F_ROWS + 13])
    for at in range(n_taking):
        w[parts + m[taking + at]] = w[given + at]


@compiled
def assign(m: Whole, w: Array, devices: int, count: int, target: float) -> None:
    """Let devices exchange a power together; those of the other direction are left alone."""
    members = end = m[k.I_ROWS + 4]
    for i in range(count):
        if target == 0.0 or direction_of(w, m[devices + i]) * target > 0.0:
            m[end] = m[devices + i]
            end += 1
    n_members = end - members
    if n_members == 0:
        for i in range(count):
            m[members + i] = m[devices + i]
        n_members = count
    elif n_members < count:
        wanted = target
        for i in range(count):
            d = m[devices + i]
            if direction_of(w, d) * wanted <= 0.0:
                release(m, w, d)
                target -= w[d + k.P]
    sign = 1.0 if target >= 0.0 else -1.0
    able, parts = m[k.F_ROWS + 14], m[k.F_ROWS + 15]
    available = 0.0
    for i in range(n_members):
        w[able + i] = reach_of(w, m[members + i], target >= 0.0)
        available += w[able + i]
    if abs(target) >= available:
        for i in range(n_members):
            share = w[able + i] / available if available != 0.0 else 1.0 / n_members
            command(w, m[members + i], target * share)
        return
    parts_of(m, w, members, n_members, able, abs(target), parts)
    total = 0.0
    for i in range(n_members):
        total += abs(w[parts + i])
    if total == 0.0:
        # Too little for anybody: one is asked all the same, so that the record has the cause.
        w[parts] = abs(target)
    for i in range(n_members):
        command(w, m[members + i], sign * w[parts + i])


@compiled
def charge(m: Whole, w: Array, source: int, devices: int, count: int) -> float:
    """Let vehicles charge as a dispatch says; return what they are asked for together."""
    most, parts = m[k.F_ROWS + 14], m[k.F_ROWS + 15]
    strategy, least = w[source + k.S_STRATEGY], w[source + k.S_LEAST]
    total = 0.0
    for i in range(count):
        w[most + i] = wants(w, m[devices + i], m[k.W_TWIN], strategy, least)
        total += w[most + i]
    if total > w[source + k.S_MOST]:
        parts_of(m, w, devices, count, most, w[source + k.S_MOST], parts)
        total = 0.0
        for i in range(count):
            w[most + i] = w[parts + i]
            total += w[parts + i]
    for i in range(count):
        follow(w, m[devices + i], w[most + i])
    return total


@compiled
def reduce(m: Whole, w: Array, devices: int, count: int, excess: float) -> None:
    """Take some power off devices that all work in one direction, as far as there is any."""
    powers, parts = m[k.F_ROWS + 14], m[k.F_ROWS + 15]
    total = 0.0
    for i in range(count):
        w[powers + i] = abs(w[m[devices + i] + k.P])
        total += w[powers + i]
    parts_of(m, w, devices, count, powers, max(total - excess, 0.0), parts)
    for i in range(count):
        d = m[devices + i]
        command(w, d, direction_of(w, d) * w[parts + i])


@compiled
def confine(m: Whole, w: Array, low: float, high: float, total: float) -> None:
    """Move batteries, then consumers or producers, until the limits of the site hold."""
    importing = total > high
    excess = move_storages(m, w, total - (high if importing else low))
    rest = abs(excess) if (excess > 0.0) == importing else 0.0
    movable, requests = m[k.I_ROWS + 5], m[k.F_ROWS + 4]
    count = m[k.ZERO]
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        p = w[d + k.P]
        if w[d + k.KIND] != k.STORAGE and (p > 0.0) == importing and p != 0.0:
            m[movable + count] = d
            w[requests + count] = w[d + k.ASKED]
            count += 1
    if rest <= EPSILON_W or count == 0:
        # Batteries took it all: what rounding leaves must not switch anybody off.
        return
    reduce(m, w, movable, count, rest)
    for i in range(count):
        d = m[movable + i]
        w[d + k.ASKED], w[d + k.CAUSE] = w[requests + i], k.LIMIT


@compiled
def move_storages(m: Whole, w: Array, excess: float) -> float:
    """Let batteries take up what is too much; return what is left of it."""
    importing = excess > 0.0
    free = m[k.I_ROWS + 4]
    count = m[k.ZERO]
    rooms, zeros, moves, given = (
        m[k.F_ROWS + 9],
        m[k.F_ROWS + 10],
        m[k.F_ROWS + 11],
        m[k.F_ROWS + 12],
    )
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        if w[d + k.KIND] != k.STORAGE or w[d + k.OFF] != 0.0:
            continue
        low, high = bounds_storage(w, d)
        now = w[d + k.P] - w[d + k.DRAW]
        m[free + count] = d
        w[rooms + count] = max(now - low if importing else high - now, 0.0)
        w[zeros + count] = 0.0
        count += 1
    place(w, abs(excess), rooms, zeros, rooms, count, moves, given, m[k.F_ROWS + 13])
    for i in range(count):
        move, d = w[moves + i], m[free + i]
        if move == 0.0:
            continue
        before, request = w[d + k.P] - w[d + k.DRAW], w[d + k.ASKED]
        target = before - move if importing else before + move
        if abs(target) < w[d + k.MIN_W] and move < w[d + k.MIN_W]:
            # Too little to switch on for; the limit is worth a little more.
            target = -w[d + k.MIN_W] if importing else w[d + k.MIN_W]
        command_storage(w, d, target)
        excess -= before - (w[d + k.P] - w[d + k.DRAW])
        w[d + k.ASKED] = request
        w[d + k.CAUSE] = k.LIMIT if request == request else k.NO_CAUSE
    return excess
