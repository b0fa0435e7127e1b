"""Devices under a set-point: `storage.py`, `generator.py` and `consumer.py`, compiled.

`d` is the place of the device in the memory.
"""

from __future__ import annotations

from math import inf, isnan, nan

from simulator.microgrid.units import EPSILON_W, S_PER_H

from . import columns as k
from .exponentials import split
from .jit import compiled
from .laws import Array, ac_of, dc_of, decay, limit_charge, limit_discharge, plan, time_to

# Storages


@compiled
def steady(w: Array, d: int, power: float) -> None:
    """Let a device exchange a constant power."""
    w[d + k.P] = w[d + k.C] = power
    w[d + k.L1] = 0.0


@compiled
def command_storage(w: Array, d: int, request: float) -> None:
    """Fix the AC power of the next segment for a set-point; not a number = idle."""
    w[d + k.ASKED] = w[d + k.TOLD] = request
    cause = k.NO_CAUSE
    power = 0.0 if isnan(request) else request
    cap = w[d + k.RATED] * w[d + k.DERATE]
    off = w[d + k.OFF] != 0.0
    if power > cap or power < -cap or off:
        if off:
            cause = int(w[d + k.OFF]) if power != 0.0 else k.NO_CAUSE
            power = 0.0
        else:
            worn = w[d + k.DERATE] < 1.0 and abs(power) <= w[d + k.RATED]
            cause = k.FAULT if worn else k.RATING
            power = cap if power > 0.0 else -cap
    if power > w[d + k.HIGH] or power < w[d + k.LOW]:
        if off:
            power = 0.0
        else:
            limited = min(max(power, w[d + k.LOW]), w[d + k.HIGH])
            if power != 0.0 and limited / power < 1.0:
                cause = k.LIMIT
            power = min(max(limited, -cap), cap)
    if power != 0.0 and (-w[d + k.MIN_W] < power < w[d + k.MIN_W] or abs(power) <= EPSILON_W):
        if cause == k.NO_CAUSE:
            cause = k.MINIMUM
        power = 0.0
    dc = dc_of(w, d, power) if power != 0.0 else 0.0
    if dc < 0.0 and w[d + k.RESERVE] > 0.0:
        reserve = w[d + k.RESERVE] * w[d + k.CAPACITY]
        if w[d + k.STORED] <= reserve * (1.0 + 1e-12):
            dc = power = 0.0
            cause = k.WINDOW
        plan(w, d, dc, w[d + k.CUT])
        w[d + k.HIT] = min(w[d + k.DC_HIT], time_to(w, d, reserve)) if dc != 0.0 else inf
    elif dc > 0.0 and w[d + k.CEILING] < 1.0:
        ceiling = w[d + k.CEILING] * w[d + k.CAPACITY]
        if w[d + k.STORED] >= ceiling * (1.0 - 1e-12):
            dc = power = 0.0
            cause = k.WINDOW
        plan(w, d, dc, w[d + k.CUT])
        w[d + k.HIT] = min(w[d + k.DC_HIT], time_to(w, d, ceiling)) if dc != 0.0 else inf
    else:
        plan(w, d, dc, w[d + k.CUT])
        w[d + k.HIT] = w[d + k.DC_HIT]
    p, lam = w[d + k.DC], w[d + k.LAM]
    if p == dc and lam == 0.0:
        steady(w, d, power + w[d + k.DRAW])
    elif lam != 0.0:
        cause = k.TAPER
        settled, fading, q = w[d + k.DC_INF], p - w[d + k.DC_INF], w[d + k.LOSS_Q]
        slope = 1.0 + w[d + k.LOSS_1] if settled + fading >= 0.0 else 1.0 - w[d + k.LOSS_1]
        w[d + k.C] = slope * settled + w[d + k.LOSS_0] + q * settled * settled + w[d + k.DRAW]
        w[d + k.A1] = (slope + 2.0 * q * settled) * fading
        w[d + k.A2] = q * fading * fading
        w[d + k.L1] = lam
        w[d + k.P] = w[d + k.C] + w[d + k.A1] + w[d + k.A2]
    else:
        cause = k.WINDOW if w[d + k.REGION] == k.WINDOW_BINDS else k.RATING
        steady(w, d, (ac_of(w, d, p) if p != 0.0 else 0.0) + w[d + k.DRAW])
    w[d + k.CAUSE] = cause


@compiled
def bounds_storage(w: Array, d: int) -> tuple[float, float]:
    """Return the lowest and highest AC set-point that could be followed now."""
    if w[d + k.OFF] != 0.0:
        return 0.0, 0.0
    cap = w[d + k.RATED] * w[d + k.DERATE]
    charge = limit_charge(w, d)
    discharge = (
        limit_discharge(w, d) if w[d + k.STORED] > w[d + k.RESERVE] * w[d + k.CAPACITY] else 0.0
    )
    high = min(ac_of(w, d, charge), cap) if charge > 0.0 else 0.0
    low = max(ac_of(w, d, -discharge), -cap) if discharge > w[d + k.CUT] else 0.0
    return min(max(w[d + k.LOW], low), high), max(min(w[d + k.HIGH], high), low)


@compiled
def offer(w: Array, d: int, charging: bool) -> tuple[float, float, float]:
    """Return bounds as far as a request in one direction needs them, and the headroom."""
    if w[d + k.OFF] != 0.0 or w[d + k.LOW] > 0.0 or w[d + k.HIGH] < 0.0:
        low, high = bounds_storage(w, d)
        if charging:
            room = max(w[d + k.E_HIGH] - w[d + k.STORED], 0.0)
            return low, high, room if high > 0.0 else 0.0
        floor = max(w[d + k.E_LOW], w[d + k.RESERVE] * w[d + k.CAPACITY])
        room = max(w[d + k.STORED] - floor, 0.0)
        return low, high, room if low < 0.0 else 0.0
    cap = w[d + k.RATED] * w[d + k.DERATE]
    if charging:
        limit, room = limit_charge(w, d), w[d + k.E_HIGH] - w[d + k.STORED]
        if room <= 0.0 or limit <= 0.0:
            return 0.0, 0.0, 0.0
        return 0.0, min(ac_of(w, d, limit), cap, w[d + k.HIGH]), room
    limit, floor = limit_discharge(w, d), w[d + k.E_LOW]
    if w[d + k.RESERVE] > 0.0:
        floor = max(floor, w[d + k.RESERVE] * w[d + k.CAPACITY])
    room = w[d + k.STORED] - floor
    if room <= 0.0 or limit <= w[d + k.CUT]:
        return 0.0, 0.0, 0.0
    return max(ac_of(w, d, -limit), -cap, w[d + k.LOW]), 0.0, room


@compiled
def watch(w: Array, d: int, soc: float) -> None:
    """Let the segment end no later than a battery reaches a state of charge."""
    w[d + k.HIT] = min(w[d + k.HIT], time_to(w, d, soc * w[d + k.CAPACITY]))


@compiled
def power_to(w: Array, d: int, soc: float, left_s: float) -> float:
    """Return the AC power that reaches a state of charge in time; 0 W once it is there."""
    gap = soc * w[d + k.CAPACITY] - w[d + k.STORED]
    if abs(gap) <= 1e-6 * w[d + k.CAPACITY]:
        return 0.0
    if left_s <= 0.0:
        dc = w[d + k.CHARGE_W] if gap > 0.0 else -w[d + k.DISCHARGE_W]
    else:
        gain = gap / decay(w[d + k.SIGMA], left_s) + w[d + k.SIGMA] * w[d + k.STORED]
        dc = gain / (w[d + k.GAIN_C] if gain > 0.0 else w[d + k.GAIN_D])
    if dc == 0.0:
        return 0.0
    power = ac_of(w, d, dc)
    if left_s <= 0.0:
        power = min(max(power, -w[d + k.RATED]), w[d + k.RATED])
    return power


@compiled
def tops_up(w: Array, d: int, hysteresis: float) -> bool:
    """Charge up to the reserve if it is (or was and still is) too far below it."""
    soc = w[d + k.STORED] / w[d + k.CAPACITY]
    if w[d + k.TOPPING] == 1.0:
        topping = soc < w[d + k.RESERVE] * (1.0 - 1e-12)
    else:
        topping = soc <= w[d + k.RESERVE] - hysteresis + 1e-12
    w[d + k.TOPPING] = 1.0 if topping else 0.0
    if topping:
        command_storage(w, d, min(ac_of(w, d, w[d + k.CHARGE_W]), w[d + k.RATED]))
        watch(w, d, w[d + k.RESERVE])
    return topping


@compiled
def settle_battery(w: Array, d: int, t: float) -> None:
    """Move a battery t seconds along, keep its registers and what its row needs."""
    p, lam = w[d + k.DC], w[d + k.LAM]
    passed = decay(w[d + k.MU], t)
    change = w[d + k.RATE] * passed
    w[d + k.STORED] += change
    end = p
    if lam != 0.0:
        moved = (w[d + k.DC_INF] * t + (p - w[d + k.DC_INF]) * passed) / S_PER_H
        end += (w[d + k.DC_INF] - p) * lam * passed
    else:
        moved = p * t / S_PER_H
    w[d + k.MOVED] = moved
    w[d + k.ROW_DC_END] = end
    w[d + k.ROW_DC_IN] = w[d + k.ROW_DC_OUT] = 0.0
    if moved > 0.0:
        w[d + k.CHARGED] += moved
        stored = moved * w[d + k.E_C]
        w[d + k.ROW_DC_IN] = moved
    elif moved < 0.0:
        w[d + k.DISCHARGED] -= moved
        stored = moved / w[d + k.E_D]
        w[d + k.ROW_DC_OUT] = -moved
    else:
        stored = 0.0
    w[d + k.DC_LOSS] += moved - stored
    w[d + k.IDLE_LOSS] += stored - change


@compiled
def settle_storage(w: Array, d: int, t: float, hours: float, a: int, found: int) -> None:
    """Let a storage settle t seconds (the same in hours); `a` and `found`: places to scribble."""
    settle_battery(w, d, t)
    p = end = w[d + k.P]
    if w[d + k.L1] != 0.0:
        lam = w[d + k.L1]
        w[a], w[a + 1] = w[d + k.A1], lam
        w[a + 2], w[a + 3] = w[d + k.A2], 2.0 * lam
        into, out = split(w, w[d + k.C], a, a + 4, t, found)
        left = 1.0 - lam * decay(lam, t)
        end = w[d + k.C] + w[a] * left + w[a + 2] * left * left
    elif p >= 0.0:
        into, out = p * hours, 0.0
    else:
        into, out = 0.0, -p * hours
    energy = into - out
    if w[d + k.DRAW] != 0.0:
        draw = w[d + k.DRAW] * hours
        w[d + k.AUX_WH] += draw
        energy -= draw
    w[d + k.INTO] += into
    w[d + k.OUT] += out
    w[d + k.ENERGY] = energy
    loss = energy - w[d + k.MOVED]
    w[d + k.LOSS] += loss
    w[d + k.ROW_END], w[d + k.ROW_IN] = end, into
    w[d + k.ROW_OUT], w[d + k.ROW_LOSS] = out, loss


# Producers


@compiled
def refresh(w: Array, d: int) -> None:
    """Work out what is available from the input, the rating and the faults."""
    available = w[d + k.INPUT]
    if available > w[d + k.RATED] * w[d + k.DERATE]:
        available = w[d + k.RATED] * w[d + k.DERATE]
    w[d + k.READY] = 0.0 if w[d + k.OFF] == k.FAULT else available


@compiled
def command_producer(w: Array, d: int, request: float) -> None:
    """Fix the power for a set-point (negative); not a number = all that there is."""
    refresh(w, d)
    w[d + k.ASKED] = w[d + k.TOLD] = request
    cause = k.NO_CAUSE
    available = w[d + k.READY]
    if w[d + k.OFF] != 0.0:
        w[d + k.CAUSE] = w[d + k.OFF]
        w[d + k.P] = 0.0
        return
    wanted = -available
    if not isnan(request):
        wanted = min(max(request, -available), 0.0)
        if request < wanted:
            cause = k.FAULT if w[d + k.DERATE] < 1.0 else k.AVAILABLE
        elif request > 0.0:
            cause = k.RATING
    power = wanted
    if power < w[d + k.LOW] or power > w[d + k.HIGH]:
        power = max(min(max(wanted, w[d + k.LOW]), w[d + k.HIGH], 0.0), -available)
    if power > wanted:
        cause = k.LIMIT
    w[d + k.CAUSE] = cause
    w[d + k.P] = power + 0.0


@compiled
def release_producer(w: Array, d: int) -> None:
    """Let it produce what there is, within its limits."""
    available = w[d + k.INPUT]
    if (
        available > w[d + k.RATED]
        or w[d + k.OFF] != 0.0
        or w[d + k.DERATE] < 1.0
        or w[d + k.LOW] > -inf
        or w[d + k.HIGH] < 0.0
    ):
        command_producer(w, d, nan)
        return
    w[d + k.READY] = available
    w[d + k.ASKED] = w[d + k.TOLD] = nan
    w[d + k.CAUSE] = k.NO_CAUSE
    w[d + k.P] = 0.0 - available


@compiled
def settle_producer(w: Array, d: int, hours: float) -> None:
    """Let some time pass and keep the registers."""
    p = w[d + k.P]
    w[d + k.ENERGY] = p * hours
    out = 0.0 - p * hours
    w[d + k.OUT] += out
    curtailed = (w[d + k.READY] + p) * hours
    w[d + k.CURTAILED] += curtailed
    if w[d + k.OFF] != 0.0 or w[d + k.DERATE] < 1.0:
        w[d + k.LOST] += (min(w[d + k.INPUT], w[d + k.RATED]) - w[d + k.READY]) * hours
    w[d + k.ROW_END], w[d + k.ROW_IN], w[d + k.ROW_OUT], w[d + k.ROW_LOSS] = p, 0.0, out, curtailed


# Consumers


@compiled
def command_consumer(w: Array, d: int, request: float) -> None:
    """Fix the power of the next segment; not a number = what its input says."""
    w[d + k.ASKED] = w[d + k.TOLD] = request
    cause = k.NO_CAUSE
    if w[d + k.OFF] != 0.0:
        w[d + k.CAUSE] = w[d + k.OFF] if request != 0.0 else k.NO_CAUSE
        w[d + k.P] = 0.0
        return
    power = w[d + k.INPUT] if isnan(request) else request
    cap = w[d + k.RATED] * w[d + k.DERATE]
    if power < 0.0:
        cause, power = k.RATING, 0.0
    if power > cap:
        cause, power = k.FAULT if w[d + k.DERATE] < 1.0 else k.RATING, cap
    if not w[d + k.LOW] <= power <= w[d + k.HIGH]:
        limited = min(max(power, w[d + k.LOW], 0.0), max(w[d + k.HIGH], 0.0), cap)
        if limited < power:
            cause = k.LIMIT
        power = limited
    if EPSILON_W < power < w[d + k.MIN_W] * (1.0 - 1e-12):
        if cause == k.NO_CAUSE:
            cause = k.MINIMUM
        power = 0.0
    w[d + k.CAUSE] = cause
    w[d + k.P] = power if power > EPSILON_W else 0.0


@compiled
def settle_consumer(w: Array, d: int, hours: float) -> None:
    """Let some time pass and keep the register."""
    into = w[d + k.P] * hours
    w[d + k.ENERGY] = into
    w[d + k.INTO] += into
    w[d + k.ROW_END], w[d + k.ROW_IN], w[d + k.ROW_OUT], w[d + k.ROW_LOSS] = (
        w[d + k.P],
        into,
        0.0,
        0.0,
    )
