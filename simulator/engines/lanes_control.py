"""Set-points and reviews of many cases at once: `control.py` and `reviewing.py` for lanes.

`m` holds the integers that all lanes share, `s` the matrix of `lanes_laws.py`; moments are
microseconds since one that all lanes share.
"""

from __future__ import annotations

from math import inf, nan

from simulator.microgrid.units import EPSILON_W, US_PER_S

from . import columns as k
from .jit import laned, laned_apart
from .lanes_devices import command_storage, release_charger, release_producer
from .lanes_sharing import drift_s, follow_all
from .lanewise import Mask, ceiling, floor, least, most, nothing, some, where
from .memory import Floats, Ints
from .reviewing import NEVER_S


@laned
def source_of(m: Ints, s: Floats, plan: int, j: int) -> int:
    """Return the place of a source of a plan."""
    place: int = int(s[plan + k.P_SOURCES, 0]) + j * (k.N_SOURCE + m[k.N_DEVICES])
    return place


@laned_apart
def impose(m: Ints, s: Floats, plan: int) -> None:
    """Hand a new plan to the devices; `decide` must follow."""
    for i in range(m[k.N_DEVICES]):
        d, order = i * k.N_DEVICE, int(s[plan + k.P_ORDERS, 0]) + i * k.N_ORDER
        s[d + k.OFF], s[d + k.DERATE] = s[order + k.O_OFF], s[order + k.O_DERATE]
        s[d + k.DRAW] = where(s[order + k.O_CONNECTED] != 0.0, s[d + k.AUX], 0.0)
        s[d + k.LOW], s[d + k.HIGH] = s[order + k.O_LOW], s[order + k.O_HIGH]
        source = int(s[order + k.O_SOURCE, 0])
        s[d + k.SOURCE] = 0.0
        if source >= 0:
            s[d + k.SOURCE] = s[source + k.S_ID]
        if s[d + k.KIND, 0] == k.STORAGE:
            s[d + k.RESERVE] = 0.0
            if source >= 0:
                s[d + k.RESERVE] = s[source + k.S_RESERVE]
    for j in range(int(s[plan + k.P_N_SOURCES, 0])):
        source = source_of(m, s, plan, j)
        s[source + k.S_ASKED] = 0.0
        s[source + k.S_N_ROOMS] = 0.0


@laned
def decide(m: Ints, s: Floats, plan: int, load: Floats, goes_on: Mask) -> Mask:
    """Give every device its set-point; return in which lanes the site leaves its limits.

    Lanes that go on leave their storages with what they were told.
    """
    idle, n_idle = int(s[plan + k.P_IDLE, 0]), int(s[plan + k.P_N_IDLE, 0])
    n_sources = int(s[plan + k.P_N_SOURCES, 0])
    for at in range(idle, idle + n_idle):
        release(s, m[at])
    for j in range(n_sources):
        source = source_of(m, s, plan, j)
        if s[source + k.S_KIND, 0] != k.BAND:
            _ask(m, s, source, s[source + k.S_TARGET], goes_on)
            continue
        first = int(s[source + k.S_STORAGES, 0])
        for at in range(first, first + int(s[source + k.S_N_STORAGES, 0])):
            # Not decided yet: counts with its auxiliaries only.
            s[m[at] + k.P] = s[m[at] + k.DRAW]
    total = load + 0.0
    for i in range(m[k.N_DEVICES]):
        total = total + s[i * k.N_DEVICE + k.P]
    for j in range(n_sources):
        source = source_of(m, s, plan, j)
        if s[source + k.S_KIND, 0] == k.BAND:
            total = _balance(m, s, source, total, goes_on)
    above: Mask = total > s[plan + k.P_SITE_HIGH] + EPSILON_W
    below: Mask = total < s[plan + k.P_SITE_LOW] - EPSILON_W
    return above | below


@laned
def _ask(m: Ints, s: Floats, source: int, request: Floats, goes_on: Mask) -> None:
    s[source + k.S_ASKED] = where(goes_on, s[source + k.S_ASKED], request)
    follow_all(m, s, source, request, goes_on)


@laned
def _balance(m: Ints, s: Floats, source: int, total: Floats, goes_on: Mask) -> Floats:
    """Hold the grid connection in its band; return the power of the site that follows."""
    first, count = int(s[source + k.S_STORAGES, 0]), int(s[source + k.S_N_STORAGES, 0])
    before = nothing(total)
    for at in range(first, first + count):
        before = before + s[m[at] + k.P]
    request = least(most(total, s[source + k.S_LOW]), s[source + k.S_HIGH]) - total
    _ask(m, s, source, request, goes_on)
    # One after the other, as in the reference.
    for at in range(first, first + count):
        total = total + s[m[at] + k.P]
    return total - before


@laned_apart
def release(s: Floats, d: int) -> None:
    """Leave a device to itself."""
    kind = s[d + k.KIND, 0]
    if kind == k.PRODUCER:
        release_producer(s, d)
    elif kind == k.CHARGER:
        release_charger(s, d)
    else:
        command_storage(s, d, nothing(s[d]) + nan)


@laned
def after_us(now_us: Floats, seconds: Floats) -> Floats:
    """Return the first moments that are so many seconds ahead or more, at least one later."""
    never = seconds > NEVER_S
    ahead = most(ceiling(where(never, 0.0, seconds) * US_PER_S), 1.0)
    return where(never, inf, now_us + ahead)


@laned
def wake(m: Ints, s: Floats, plan: int, now_us: Floats, ahead: Floats) -> tuple[Floats, Floats]:
    """Return when each lane must look again, and when a vehicle needs a decision.

    `ahead`: seconds until it decides anew in any case; what is due for review later is not told.
    """
    hit_s = nothing(now_us) + inf
    own_s = hit_s + 0.0
    bending = now_us != now_us
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        kind = s[d + k.KIND, 0]
        if kind == k.STORAGE:
            hit_s = least(hit_s, s[d + k.HIT])
            bending = bending | (s[d + k.L1] != 0.0)
        elif kind == k.CHARGER:
            own_s = least(own_s, s[d + k.HIT])
            bending = bending | (s[d + k.L1] != 0.0)
    own_us = after_us(now_us, own_s)
    wake_us = after_us(now_us, least(hit_s, own_s))
    control = float(m[k.CONTROL_US])
    alone = m[k.N_STORAGES] < 2
    if control == 0.0 or (alone and not some(bending)):
        return wake_us, own_us
    after_s = _review_s(m, s, plan, bending)
    soon = after_s < ahead
    if alone:
        soon = soon & bending
    if not some(soon):
        return wake_us, own_us
    due_us = now_us + ceiling(where(soon, after_s, 0.0) * US_PER_S)
    cycles = most(ceiling(due_us / control), floor(now_us / control) + 1.0)
    return where(soon, least(wake_us, cycles * control), wake_us), own_us


@laned
def _review_s(m: Ints, s: Floats, plan: int, bending: Mask) -> Floats:
    """Return after how many seconds set-points are due again: 0 = next cycle, infinite = never."""
    n_sources = int(s[plan + k.P_N_SOURCES, 0])
    after_s = nothing(s[plan]) + inf
    if m[k.SHARING] == k.SOC_BALANCE:
        for j in range(n_sources):
            source = source_of(m, s, plan, j)
            if s[source + k.S_N_STORAGES, 0] > 1.0:
                after_s = least(after_s, drift_s(m, s, source))
    if some(bending):
        reacts = ~bending
        for j in range(n_sources):
            reacts = reacts | _could_react(m, s, source_of(m, s, plan, j))
        if some(~reacts):
            reacts = reacts | ~_within(m, s, plan)
        after_s = where(bending & reacts, 0.0, after_s)
    return after_s


@laned
def _could_react(m: Ints, s: Floats, source: int) -> Mask:
    """Return in which lanes a taper changes what a storage that has room would be asked for."""
    first = int(s[source + k.S_STORAGES, 0])
    bends: Mask = s[source] != s[source]
    free = bends & ~bends
    for at in range(first, first + int(s[source + k.S_N_STORAGES, 0])):
        d = m[at]
        bends = bends | (s[d + k.L1] != 0.0)
        free = free | ((s[d + k.CAUSE] != k.TAPER) & (s[d + k.CAUSE] != k.WINDOW))
    if s[source + k.S_KIND, 0] == k.BAND:
        return free
    return bends & free


@laned
def _within(m: Ints, s: Floats, plan: int) -> Mask:
    """Return in which lanes the site keeps its limits however far tapers go."""
    low = nothing(s[plan])
    for i in range(m[k.N_NODES]):
        low = low + s[m[k.W_NODES] + i * k.N_NODE + k.N_LOAD]
    high = low + 0.0
    for i in range(m[k.N_DEVICES]):
        d = i * k.N_DEVICE
        bends = s[d + k.L1] != 0.0
        one, two = s[d + k.A1], s[d + k.A2]
        down = s[d + k.C] + least(one, 0.0) + least(two, 0.0)
        up = s[d + k.C] + most(one, 0.0) + most(two, 0.0)
        low = low + where(bends, down, s[d + k.P])
        high = high + where(bends, up, s[d + k.P])
    inside: Mask = (s[plan + k.P_SITE_LOW] <= low) & (high <= s[plan + k.P_SITE_HIGH])
    return inside
