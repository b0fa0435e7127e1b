"""Set-points for every device at one moment: `controller.py` of the microgrid for the compiler.

Fixed powers come first, then those that balance the grid connection, last the limits of the site.
`plan` and `source` are places of rows in the memory.
"""

from __future__ import annotations

from math import isnan, nan

from simulator.microgrid.controller import CEILING_SOC, HYSTERESIS_SOC
from simulator.microgrid.units import EPSILON_W, US_PER_S

from . import columns as k
from .assigning import assign, charge, confine, reduce, release
from .devices import bounds_storage, command_storage, offer, power_to, tops_up, watch
from .jit import compiled
from .laws import Array, Whole
from .sharing import in_turn, place, weigh


@compiled
def impose(m: Whole, w: Array, plan: int) -> None:
    """Hand a new plan to the devices; `decide` must follow."""
    for i in range(m[k.N_DEVICES]):
        d, order = i * k.N_DEVICE, int(w[plan + k.P_ORDERS]) + i * k.N_ORDER
        w[d + k.OFF], w[d + k.DERATE] = w[order + k.O_OFF], w[order + k.O_DERATE]
        w[d + k.DRAW] = w[d + k.AUX] if w[order + k.O_CONNECTED] != 0.0 else 0.0
        w[d + k.LOW], w[d + k.HIGH] = w[order + k.O_LOW], w[order + k.O_HIGH]
        source = int(w[order + k.O_SOURCE])
        w[d + k.SOURCE] = w[source + k.S_ID] if source >= 0 else 0.0
        if w[d + k.KIND] != k.STORAGE:
            continue
        w[d + k.RESERVE] = w[source + k.S_RESERVE] if source >= 0 else 0.0
        w[d + k.CEILING] = 1.0
        if source < 0 or w[source + k.S_GRID] == 0.0:
            w[d + k.TOPPING] = nan
        elif isnan(w[d + k.TOPPING]):
            soc = w[d + k.STORED] / w[d + k.CAPACITY]
            w[d + k.TOPPING] = 1.0 if soc < w[d + k.RESERVE] else 0.0
    for j in range(int(w[plan + k.P_N_SOURCES])):
        source = source_of(m, w, plan, j)
        w[source + k.S_ASKED] = w[source + k.S_N_ROOMS] = 0.0


@compiled
def source_of(m: Whole, w: Array, plan: int, j: int) -> int:
    """Return the place of a source of a plan."""
    return int(w[plan + k.P_SOURCES]) + j * (k.N_SOURCE + m[k.N_DEVICES])


@compiled
def decide(m: Whole, w: Array, plan: int, load: float, now_us: int) -> bool:
    """Give every device its set-point; return whether the limits of the site changed any."""
    total = load
    low, high = w[plan + k.P_SITE_LOW], w[plan + k.P_SITE_HIGH]
    idle, n_idle = int(w[plan + k.P_IDLE]), int(w[plan + k.P_N_IDLE])
    n_sources = int(w[plan + k.P_N_SOURCES])
    for at in range(idle, idle + n_idle):
        release(m, w, m[at])
    if w[plan + k.P_SOLE] != 0.0:
        for at in range(idle, idle + n_idle):
            total += w[m[at] + k.P]
        source = int(w[plan + k.P_SOURCES])
        d = m[int(w[source + k.S_STORAGES])]
        request = wanted(w, source, total + w[d + k.DRAW], 0.0)
        w[source + k.S_ASKED] = request
        command_storage(w, d, request)
        total += w[d + k.P]
    else:
        balancing = False
        for j in range(n_sources):
            source = source_of(m, w, plan, j)
            if w[source + k.S_KIND] != k.BAND:
                serve(m, w, source, now_us)
                continue
            balancing = True
            first = int(w[source + k.S_STORAGES])
            for at in range(first, first + int(w[source + k.S_N_STORAGES])):
                # Not decided yet: counts with its auxiliaries only.
                w[m[at] + k.P] = w[m[at] + k.DRAW]
            first = int(w[source + k.S_OTHERS])
            for at in range(first, first + int(w[source + k.S_N_OTHERS])):
                release(m, w, m[at])
        for i in range(m[k.N_DEVICES]):
            total += w[i * k.N_DEVICE + k.P]
        if balancing:
            for j in range(n_sources):
                source = source_of(m, w, plan, j)
                if w[source + k.S_KIND] == k.BAND:
                    total = balance(m, w, source, total)
    if total > high + EPSILON_W or total < low - EPSILON_W:
        confine(m, w, low, high, total)
        return True
    return False


@compiled
def wanted(w: Array, source: int, residual: float, rest: float) -> float:
    """Return what brings the grid connection into the band, `rest` where it has room."""
    return min(max(residual + rest, w[source + k.S_LOW]), w[source + k.S_HIGH]) - residual


@compiled
def serve(m: Whole, w: Array, source: int, now_us: int) -> None:
    """Serve a source that looks at nothing but its own devices."""
    storages, n_storages = int(w[source + k.S_STORAGES]), int(w[source + k.S_N_STORAGES])
    others, n_others = int(w[source + k.S_OTHERS]), int(w[source + k.S_N_OTHERS])
    if w[source + k.S_KIND] == k.CHARGE:
        w[source + k.S_ASKED] = charge(m, w, source, others, n_others)
        return
    if w[source + k.S_KIND] == k.SOC:
        towards(m, w, source, now_us)
        return
    target = w[source + k.S_TARGET]
    w[source + k.S_ASKED] = target
    if n_others == 0:
        follow_all(m, w, source, storages, n_storages, target)
        return
    if n_storages == 0:
        assign(m, w, others, n_others, target)
        return
    # Batteries make up the difference between what is wanted and what the others do.
    own = 0.0
    for at in range(others, others + n_others):
        release(m, w, m[at])
        own += w[m[at] + k.P]
    follow_all(m, w, source, storages, n_storages, target - own)
    made = 0.0
    for at in range(storages, storages + n_storages):
        made += w[m[at] + k.P] - w[m[at] + k.DRAW]
    rest = target - own - made
    if abs(rest) > EPSILON_W:
        movable = end = m[k.I_ROWS]
        for at in range(others, others + n_others):
            if w[m[at] + k.P] * rest < 0.0:
                m[end] = m[at]
                end += 1
        reduce(m, w, movable, end - movable, abs(rest))


@compiled
def towards(m: Whole, w: Array, source: int, now_us: int) -> None:
    """Bring each storage to a state of charge, in time or as fast as it can."""
    by_us, soc = w[source + k.S_BY_US], w[source + k.S_SOC]
    left_s = 0.0 if isnan(by_us) else (by_us - now_us) / US_PER_S
    w[source + k.S_ASKED] = 0.0
    first = int(w[source + k.S_STORAGES])
    for at in range(first, first + int(w[source + k.S_N_STORAGES])):
        request = power_to(w, m[at], soc, left_s)
        w[source + k.S_ASKED] += request
        command_storage(w, m[at], request)
        watch(w, m[at], soc)


@compiled
def balance(m: Whole, w: Array, source: int, total: float) -> float:
    """Hold the grid connection in its band; return the power of the site that follows."""
    storages, n_storages = int(w[source + k.S_STORAGES]), int(w[source + k.S_N_STORAGES])
    tops = w[source + k.S_GRID] != 0.0
    followers, count, topped = storages, n_storages, 0.0
    if tops:
        followers = end = m[k.I_ROWS + 1]
        for at in range(storages, storages + n_storages):
            d = m[at]
            if tops_up(w, d, HYSTERESIS_SOC):
                topped += w[d + k.ASKED]
                total += w[d + k.P] - w[d + k.DRAW]
            else:
                m[end] = d
                end += 1
        count = end - followers
    residual = total - topped if topped != 0.0 else total
    request = asked = wanted(w, source, residual, 0.0)
    if tops and count == 0:
        request = asked = 0.0
    w[source + k.S_BESIDE] = 0.0
    if w[source + k.S_REST] != 0.0 and request <= 0.0:
        able = 0.0
        for at in range(storages, storages + n_storages):
            d = m[at]
            if w[d + k.STORED] / w[d + k.CAPACITY] < w[source + k.S_CEILING] - CEILING_SOC:
                _, most = bounds_storage(w, d)
                able += max(most, 0.0)
        request = wanted(w, source, residual, min(w[source + k.S_REST], able))
        w[source + k.S_BESIDE] = max(request, 0.0)
        if request > 0.0:
            for at in range(followers, followers + count):
                w[m[at] + k.CEILING] = w[source + k.S_CEILING]
    w[source + k.S_ASKED] = asked + topped
    before = 0.0
    for at in range(followers, followers + count):
        before += w[m[at] + k.P]
    follow_all(m, w, source, followers, count, request)
    for at in range(followers, followers + count):
        d = m[at]
        total += w[d + k.P]
        w[d + k.CEILING] = 1.0
        if tops:
            watch(w, d, w[source + k.S_RESERVE] - HYSTERESIS_SOC)
    return total - before


@compiled
def follow_all(m: Whole, w: Array, source: int, members: int, count: int, request: float) -> None:
    """Share a request among storages and command them."""
    if count == 1:
        command_storage(w, m[members], request)
        return
    lows, highs, weights = m[k.F_ROWS], m[k.F_ROWS + 1], m[k.F_ROWS + 2]
    asked, given, rooms = m[k.F_ROWS + 3], m[k.F_ROWS + 4], source + k.S_ROOMS
    charging = request >= 0.0
    for i in range(count):
        low, high, room = offer(w, m[members + i], charging)
        w[lows + i], w[highs + i], w[rooms + i] = low, high, room
    w[source + k.S_N_ROOMS] = count
    if not weigh(m, w, members, count, charging, lows, highs, rooms, weights):
        # Nobody can follow; asking all the same leaves the causes with the devices.
        for i in range(count):
            w[weights + i] = w[m[members + i] + k.CAPACITY]
    if m[k.SHARING] == k.PRIORITY_LIST:
        in_turn(w, request, lows, highs, count, asked)
    else:
        place(w, request, weights, lows, highs, count, asked, given, m[k.F_ROWS + 5])
    for i in range(count):
        command_storage(w, m[members + i], w[asked + i])
