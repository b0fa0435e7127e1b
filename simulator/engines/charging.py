"""Charging points: `charger.py` of the microgrid for the compiler.

The battery of the vehicle stands among the columns of its charging point. `twin` is a place where a
copy of a device may be made.
"""

from __future__ import annotations

from math import inf, isnan, nan

from simulator.microgrid.units import EPSILON_W

from . import columns as k
from .devices import settle_battery
from .exponentials import split
from .jit import compiled
from .laws import Array, decay, limit_charge, plan, time_to

SOON_S = 1e-6
MARGIN = 1e-9
"""Fraction of a wanted energy that rounding may leave open."""


@compiled
def arrive(w: Array, d: int, stay: int) -> None:
    """Plug a vehicle in."""
    w[d + k.PRESENT] = 1.0
    w[d + k.STORED] = w[d + k.ARRIVED_WH] = w[stay + k.V_STORED]
    w[d + k.CAPACITY] = w[d + k.E_HIGH] = w[stay + k.V_CAPACITY]
    w[d + k.E_LOW] = w[d + k.E_TAPER_LOW] = 0.0
    w[d + k.E_TAPER_HIGH] = w[stay + k.V_TAPER]
    w[d + k.CHARGE_W] = w[d + k.DISCHARGE_W] = w[stay + k.V_CHARGE_W]
    w[d + k.E_C] = w[stay + k.V_E_C]
    w[d + k.E_D] = 1.0
    w[d + k.SIGMA] = 0.0
    w[d + k.GAIN_C] = w[stay + k.V_E_C] / 3600.0
    w[d + k.GAIN_D] = 1.0 / 3600.0
    w[d + k.SLOPE_C] = (w[stay + k.V_CAPACITY] - w[stay + k.V_TAPER]) / w[stay + k.V_CHARGE_W]
    w[d + k.SLOPE_D] = 0.0
    w[d + k.GOAL] = w[stay + k.V_GOAL]
    w[d + k.FLOOR] = w[stay + k.V_FLOOR]
    w[d + k.LEFT_S] = w[stay + k.V_LEFT_S]
    plan(w, d, 0.0, 0.0)


@compiled
def is_content(w: Array, d: int) -> bool:
    """Return whether the vehicle has what it wants."""
    return bool(w[d + k.STORED] >= w[d + k.GOAL] * (1.0 - MARGIN))


@compiled
def reach(w: Array, d: int) -> float:
    """Return the largest power that the vehicle would take now."""
    if w[d + k.PRESENT] == 0.0 or w[d + k.OFF] != 0.0 or is_content(w, d):
        return 0.0
    return min(limit_charge(w, d), w[d + k.RATED] * w[d + k.DERATE])


@compiled
def floor_of(w: Array, d: int) -> float:
    """Return the smallest power other than 0; a vehicle that is nearly full takes less."""
    return min(w[d + k.FLOOR], limit_charge(w, d)) if w[d + k.PRESENT] != 0.0 else 0.0


@compiled
def time_needed_s(w: Array, d: int, twin: int, power: float, most_wh: float) -> float:
    """Return the seconds until it has what it wants (at most `most_wh` more) at a power."""
    for i in range(k.N_DEVICE):
        w[twin + i] = w[d + i]
    w[twin + k.HORIZON] = inf
    goal = min(w[d + k.GOAL], w[d + k.STORED] + most_wh)
    total = 0.0
    for _ in range(2):
        plan(w, twin, power, 0.0)
        t = min(time_to(w, twin, goal), w[twin + k.DC_HIT])
        if t == inf:
            return inf
        total += t
        w[twin + k.STORED] += w[twin + k.RATE] * decay(w[twin + k.MU], t)
        if w[twin + k.STORED] >= goal * (1.0 - MARGIN):
            break
    return total


@compiled
def wants(w: Array, d: int, twin: int, strategy: float, least_wh: float) -> float:
    """Return the power that a strategy asks for, and note when that changes by itself."""
    w[d + k.CHANGE_S] = inf
    most = reach(w, d)
    if most <= 0.0:
        return 0.0
    owed = w[d + k.ARRIVED_WH] + least_wh - w[d + k.STORED]
    if strategy == k.ASAP:
        return most
    if owed > MARGIN * least_wh:
        w[d + k.CHANGE_S] = time_needed_s(w, d, twin, most, owed)
        return most
    if strategy == k.EVEN:
        missing = max(w[d + k.GOAL] - w[d + k.STORED], 0.0)
        power = missing * 3600.0 / w[d + k.E_C] / max(w[d + k.LEFT_S], 1.0)
        return min(max(power, floor_of(w, d)), most)
    spare_s = w[d + k.LEFT_S] - time_needed_s(w, d, twin, most, inf)
    if spare_s <= SOON_S:
        return most
    w[d + k.CHANGE_S] = spare_s
    return 0.0


@compiled
def command_charger(w: Array, d: int, request: float) -> None:
    """Fix the power of the next segment for a set-point that is a number."""
    w[d + k.ASKED] = w[d + k.TOLD] = request
    w[d + k.CAUSE] = k.NO_CAUSE
    w[d + k.HIT] = inf
    w[d + k.L1] = 0.0
    w[d + k.P] = w[d + k.C] = 0.0
    if w[d + k.PRESENT] == 0.0 or w[d + k.OFF] != 0.0:
        if request != 0.0:
            w[d + k.CAUSE] = w[d + k.OFF] if w[d + k.OFF] != 0.0 else k.AVAILABLE
        if w[d + k.PRESENT] != 0.0:
            plan(w, d, 0.0, 0.0)
        return
    power = allowed(w, d, request)
    plan(w, d, power, 0.0)
    if power <= 0.0:
        return
    w[d + k.HIT] = min(w[d + k.DC_HIT], time_to(w, d, w[d + k.GOAL]))
    w[d + k.P] = w[d + k.C] = w[d + k.DC]
    if w[d + k.LAM] != 0.0:
        w[d + k.CAUSE] = k.TAPER
        w[d + k.C] = w[d + k.DC_INF]
        w[d + k.A1] = w[d + k.DC] - w[d + k.DC_INF]
        w[d + k.A2] = 0.0
        w[d + k.L1] = w[d + k.LAM]
    elif w[d + k.DC] < power:
        w[d + k.CAUSE] = k.RATING


@compiled
def allowed(w: Array, d: int, request: float) -> float:
    """Return what is left of a set-point, and note why it is less."""
    power, cap = max(request, 0.0), w[d + k.RATED] * w[d + k.DERATE]
    cause = k.RATING if request < 0.0 else k.NO_CAUSE
    if power > cap:
        cause, power = k.FAULT if w[d + k.DERATE] < 1.0 else k.RATING, cap
    if power > w[d + k.HIGH]:
        cause, power = k.LIMIT, max(w[d + k.HIGH], 0.0)
    if power != 0.0 and is_content(w, d):
        cause, power = k.WINDOW, 0.0
    if EPSILON_W < power < floor_of(w, d) * (1.0 - MARGIN):
        if cause == k.NO_CAUSE:
            cause = k.MINIMUM
        power = 0.0
    w[d + k.CAUSE] = cause
    return power if power > EPSILON_W else 0.0


@compiled
def follow(w: Array, d: int, power: float) -> None:
    """Charge with a power, until the wish changes."""
    command_charger(w, d, power)
    w[d + k.HIT] = min(w[d + k.HIT], w[d + k.CHANGE_S])


@compiled
def release_charger(w: Array, d: int, twin: int) -> None:
    """Charge as the charging point does by itself."""
    follow(w, d, wants(w, d, twin, w[d + k.STRATEGY], 0.0))
    w[d + k.ASKED] = w[d + k.TOLD] = nan
    if w[d + k.CAUSE] != k.LIMIT:
        w[d + k.CAUSE] = k.NO_CAUSE


@compiled
def resume_charger(w: Array, d: int, twin: int) -> None:
    """Go on as told; a wish still changes when it was to change."""
    change_s, asked, cause = w[d + k.CHANGE_S], w[d + k.ASKED], w[d + k.CAUSE]
    if isnan(w[d + k.TOLD]):
        release_charger(w, d, twin)
    else:
        command_charger(w, d, w[d + k.TOLD])
    w[d + k.ASKED] = asked
    if cause == k.LIMIT and w[d + k.CAUSE] == k.NO_CAUSE:
        w[d + k.CAUSE] = cause
    w[d + k.CHANGE_S] = change_s
    w[d + k.HIT] = min(w[d + k.HIT], change_s)


@compiled
def settle_charger(w: Array, d: int, t: float, hours: float, a: int, found: int) -> None:
    """Let t seconds (the same in hours) pass and keep the registers."""
    p = end = w[d + k.P]
    into = loss = 0.0
    w[d + k.ROW_DC_END] = nan
    if w[d + k.PRESENT] != 0.0:
        before = w[d + k.STORED]
        settle_battery(w, d, t)
        w[d + k.ROW_DC_END] = w[d + k.STORED] / w[d + k.CAPACITY]
        w[d + k.LEFT_S] -= t
        w[d + k.CHANGE_S] -= t
        if w[d + k.L1] != 0.0:
            lam = w[d + k.L1]
            w[a], w[a + 1] = w[d + k.A1], lam
            into, _ = split(w, w[d + k.C], a, a + 2, t, found)
            end = w[d + k.C] + w[a] * (1.0 - lam * decay(lam, t))
        else:
            into = p * hours
        loss = into - (w[d + k.STORED] - before)
    w[d + k.ENERGY] = into
    w[d + k.INTO] += into
    w[d + k.LOSS] += loss
    w[d + k.ROW_END], w[d + k.ROW_IN], w[d + k.ROW_OUT], w[d + k.ROW_LOSS] = end, into, 0.0, loss
