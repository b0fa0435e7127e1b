"""Devices of many cases at once: `laws.py`, `devices.py` and `charging.py` in NumPy.

`s` is a matrix, a row for each number of the memory and a column (a lane) for each case; `d` is the
row at which a device begins. Branches become masks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.exponential import split
from simulator.microgrid.units import EPSILON_W, S_PER_H

from . import columns as k
from .laws import SMALL, SOON_S
from .memory import Floats

Mask = NDArray[np.bool_]


def decay(mu: Floats, t: Floats) -> Floats:
    """Return the integral of `exp(-mu s)` for s from 0 to t."""
    x = mu * t
    found = t * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0))))
    large = x >= SMALL
    if large.any():
        found[large] = -np.expm1(-x[large]) / mu[large]
    return found


def stretched(mu: Floats, t: Floats) -> Floats:
    """Return the time in which a decaying rate does what a constant one does in t."""
    x = mu * t
    found = t * (1.0 + x * (0.5 + x * (1.0 / 3.0 + x * (0.25 + x * 0.2))))
    large = x >= SMALL
    if large.any():
        found[large] = -np.log1p(-x[large]) / mu[large]
    return found


def time_to(s: Floats, d: int, level: Floats) -> Floats:
    """Return the seconds until the stored energy reaches a level; infinite = never."""
    rate = s[d + k.RATE]
    t = (level - s[d + k.STORED]) / rate
    x = s[d + k.MU] * t
    never = (rate == 0.0) | (t < 0.0) | (x >= 1.0)
    return np.where(never, np.inf, stretched(s[d + k.MU], np.where(never, 0.0, t)))


def limit_charge(s: Floats, d: int) -> Floats:
    """Return the largest charge power of a battery now."""
    energy, high, taper = s[d + k.STORED], s[d + k.E_HIGH], s[d + k.E_TAPER_HIGH]
    most = s[d + k.CHARGE_W]
    found = np.where(energy <= taper, most, most * (high - energy) / (high - taper))
    return np.where(energy >= high, 0.0, found)


def limit_discharge(s: Floats, d: int) -> Floats:
    """Return the largest discharge power of a battery now, a magnitude."""
    energy, low, taper = s[d + k.STORED], s[d + k.E_LOW], s[d + k.E_TAPER_LOW]
    most = s[d + k.DISCHARGE_W]
    found = np.where(energy >= taper, most, most * (energy - low) / (taper - low))
    return np.where(energy <= low, 0.0, found)


def ac_of(s: Floats, d: int, dc: Floats) -> Floats:
    """Return the AC power of an inverter that is on."""
    found: Floats = dc + s[d + k.LOSS_0] + s[d + k.LOSS_1] * np.abs(dc) + s[d + k.LOSS_Q] * dc * dc
    return found


def dc_of(s: Floats, d: int, ac: Floats) -> Floats:
    """Return the DC power for an AC power; 0 where only standby losses could be served."""
    x = ac - s[d + k.LOSS_0]
    slope = np.where(x > 0.0, 1.0 + s[d + k.LOSS_1], 1.0 - s[d + k.LOSS_1])
    root = np.maximum(slope * slope + 4.0 * s[d + k.LOSS_Q] * x, 0.0)
    return np.where((x <= 0.0) & (ac >= 0.0), 0.0, 2.0 * x / (slope + np.sqrt(root)))


def plan(s: Floats, d: int, request: Floats, cut: Floats | float) -> None:
    """Fix power and trajectory for a DC request, from the stored energy on."""
    energy, sigma = s[d + k.STORED], s[d + k.SIGMA]
    up, down = request > EPSILON_W, request < -EPSILON_W
    wanted = np.minimum(np.maximum(request, -s[d + k.DISCHARGE_W]), s[d + k.CHARGE_W])
    wanted = np.where(up | down, wanted, 0.0)
    binds = np.where(
        up, s[d + k.E_HIGH] - wanted * s[d + k.SLOPE_C], s[d + k.E_LOW] - wanted * s[d + k.SLOPE_D]
    )
    gain = np.where(up, s[d + k.GAIN_C], s[d + k.GAIN_D])
    rate = wanted * gain - sigma * energy
    t = (binds - energy) / rate
    rises = rate > 0.0
    full = up & np.where(rises, t < SOON_S, energy > binds * (1.0 + 1e-12))
    empty = down & (t < SOON_S)
    never = ~(up | down) | (up & ~rises) | full | empty | (sigma * t >= 1.0)
    s[d + k.DC] = s[d + k.DC_INF] = wanted
    s[d + k.LAM] = 0.0
    s[d + k.MU] = sigma
    s[d + k.RATE] = rate
    s[d + k.REGION] = k.REQUEST_BINDS
    s[d + k.DC_HIT] = np.where(never, np.inf, stretched(sigma, np.where(never, 0.0, t)))
    if full.any():
        _edge(s, d, full, wanted, binds, _full(s, d, wanted, binds))
    if empty.any():
        _edge(s, d, empty, wanted, s[d + k.E_LOW] + cut * s[d + k.SLOPE_D], _empty(s, d, cut))


def _full(s: Floats, d: int, request: Floats, binds: Floats) -> tuple[Floats, Mask, Mask, Floats]:
    """Return what happens near the upper edge: power, hard stops, closed lanes, constant part."""
    energy, high, sigma = s[d + k.STORED], s[d + k.E_HIGH], s[d + k.SIGMA]
    gain, slope = s[d + k.GAIN_C], s[d + k.SLOPE_C]
    hard = slope == 0.0
    margin = np.where(hard, s[d + k.CHARGE_W] * gain * 2e-6, 0.0)
    closed = energy > high * (1.0 + 1e-12) + margin
    hold = np.minimum(sigma * energy / gain, request)
    power = np.where(hard, hold, np.maximum(high - energy, 0.0) / slope)
    lam = gain / slope + sigma
    return power, hard, closed, high * sigma / (lam * slope)


def _empty(s: Floats, d: int, cut: Floats | float) -> tuple[Floats, Mask, Mask, Floats]:
    """Return the same of the lower edge."""
    energy, low, sigma = s[d + k.STORED], s[d + k.E_LOW], s[d + k.SIGMA]
    slope = s[d + k.SLOPE_D]
    hard = slope == 0.0
    closed = (energy <= low) | hard | ((energy - low) / slope <= cut * (1.0 + 1e-9))
    lam = s[d + k.GAIN_D] / slope + sigma
    return (low - energy) / slope, hard, closed, low * sigma / (lam * slope)


def _edge(
    s: Floats,
    d: int,
    at: Mask,
    request: Floats,
    ends: Floats,
    law: tuple[Floats, Mask, Mask, Floats],
) -> None:
    """Let the lanes at an edge of the window taper, stop or be held there."""
    power, hard, closed, settled = law
    energy, sigma = s[d + k.STORED], s[d + k.SIGMA]
    up = request > 0.0
    gain = np.where(up, s[d + k.GAIN_C], s[d + k.GAIN_D])
    slope = np.where(up, s[d + k.SLOPE_C], s[d + k.SLOPE_D])
    fades = at & ~closed & ~hard
    p = np.where(closed, 0.0, power)
    lam = np.where(fades, gain / slope + sigma, 0.0)
    s[d + k.DC] = np.where(at, p, s[d + k.DC])
    s[d + k.DC_INF] = np.where(fades, settled, s[d + k.DC])
    s[d + k.LAM] = np.where(at, lam, s[d + k.LAM])
    s[d + k.MU] = np.where(fades, lam, sigma)
    s[d + k.RATE] = np.where(at, p * gain - sigma * energy, s[d + k.RATE])
    held = hard & ~closed & (p < request)
    region = np.where(fades, k.TAPER_BINDS, np.where(closed | held, k.WINDOW_BINDS, 0.0))
    s[d + k.REGION] = np.where(at, region, s[d + k.REGION])
    # A battery above its window waits until it is back; one that tapers, until it need not.
    waits = at & closed & up
    rests = fades & (~up | (s[d + k.RATE] < 0.0))
    hit = time_to(s, d, np.where(waits, s[d + k.E_HIGH], ends))
    s[d + k.DC_HIT] = np.where(waits | rests, hit, np.where(at, np.inf, s[d + k.DC_HIT]))


def steady(s: Floats, d: int, power: Floats) -> None:
    """Let a device exchange a constant power."""
    s[d + k.P] = s[d + k.C] = power
    s[d + k.L1] = 0.0


def command_storage(s: Floats, d: int, request: Floats) -> None:
    """Fix the AC power of the next segment for a set-point; not a number = idle."""
    s[d + k.ASKED] = s[d + k.TOLD] = request
    power = np.where(np.isnan(request), 0.0, request)
    cap, off = s[d + k.RATED] * s[d + k.DERATE], s[d + k.OFF] != 0.0
    low, high, least = s[d + k.LOW], s[d + k.HIGH], s[d + k.MIN_W]
    over = (power > cap) | (power < -cap) | off
    worn = (s[d + k.DERATE] < 1.0) & (np.abs(power) <= s[d + k.RATED])
    why = np.where(
        off, np.where(power != 0.0, s[d + k.OFF], 0.0), np.where(worn, k.FAULT, k.RATING)
    )
    cause = np.where(over, why, k.NO_CAUSE)
    power = np.where(over, np.where(off, 0.0, np.where(power > 0.0, cap, -cap)), power)
    outside = ((power > high) | (power < low)) & ~off
    if outside.any():
        limited = np.minimum(np.maximum(power, low), high)
        less = outside & (power != 0.0) & (limited / power < 1.0)
        cause = np.where(less, k.LIMIT, cause)
        power = np.where(outside, np.minimum(np.maximum(limited, -cap), cap), power)
    magnitude = np.abs(power)
    small = (power != 0.0) & ((magnitude < least) | (magnitude <= EPSILON_W))
    cause = np.where(small & (cause == k.NO_CAUSE), k.MINIMUM, cause)
    power = np.where(small, 0.0, power)
    dc = np.where(power != 0.0, dc_of(s, d, power), 0.0)
    kept = (dc < 0.0) & (s[d + k.RESERVE] > 0.0)
    reserve = s[d + k.RESERVE] * s[d + k.CAPACITY]
    spent = kept & (s[d + k.STORED] <= reserve * (1.0 + 1e-12))
    if spent.any():
        dc, power = np.where(spent, 0.0, dc), np.where(spent, 0.0, power)
        cause = np.where(spent, k.WINDOW, cause)
    plan(s, d, dc, s[d + k.CUT])
    hit = s[d + k.DC_HIT]
    if kept.any():
        hit = np.where(kept & ~spent, np.minimum(hit, time_to(s, d, reserve)), hit)
        hit = np.where(spent, np.inf, hit)
    s[d + k.HIT] = hit
    p, lam = s[d + k.DC], s[d + k.LAM]
    same, fades = (p == dc) & (lam == 0.0), lam != 0.0
    other = np.where(p != 0.0, ac_of(s, d, p), 0.0)
    draw = s[d + k.DRAW]
    steady(s, d, np.where(same, power, other) + draw)
    why = np.where(s[d + k.REGION] == k.WINDOW_BINDS, k.WINDOW, k.RATING)
    cause = np.where(same, cause, why)
    if fades.any():
        settled, fading, q = s[d + k.DC_INF], p - s[d + k.DC_INF], s[d + k.LOSS_Q]
        slope = np.where(p >= 0.0, 1.0 + s[d + k.LOSS_1], 1.0 - s[d + k.LOSS_1])
        c = slope * settled + s[d + k.LOSS_0] + q * settled * settled + draw
        s[d + k.A1] = (slope + 2.0 * q * settled) * fading
        s[d + k.A2] = q * fading * fading
        s[d + k.L1] = lam
        s[d + k.C] = np.where(fades, c, s[d + k.C])
        whole = s[d + k.C] + s[d + k.A1] + s[d + k.A2]
        s[d + k.P] = np.where(fades, whole, s[d + k.P])
        cause = np.where(fades, k.TAPER, cause)
    s[d + k.CAUSE] = cause


def offer(s: Floats, d: int, charging: Mask) -> tuple[Floats, Floats, Floats]:
    """Return bounds as far as a request in one direction needs them, and the headroom."""
    cap = s[d + k.RATED] * s[d + k.DERATE]
    room_up = s[d + k.E_HIGH] - s[d + k.STORED]
    floor = np.maximum(s[d + k.E_LOW], s[d + k.RESERVE] * s[d + k.CAPACITY])
    room_down = s[d + k.STORED] - floor
    charge, discharge = limit_charge(s, d), limit_discharge(s, d)
    most = np.minimum(ac_of(s, d, charge), cap)
    least = np.maximum(ac_of(s, d, -discharge), -cap)
    can_up = (room_up > 0.0) & (charge > 0.0)
    can_down = (room_down > 0.0) & (discharge > s[d + k.CUT])
    high = np.where(charging & can_up, np.minimum(most, s[d + k.HIGH]), 0.0)
    low = np.where(~charging & can_down, np.maximum(least, s[d + k.LOW]), 0.0)
    room = np.where(charging, np.where(can_up, room_up, 0.0), np.where(can_down, room_down, 0.0))
    forced = (s[d + k.OFF] != 0.0) | (s[d + k.LOW] > 0.0) | (s[d + k.HIGH] < 0.0)
    if forced.any():
        on = s[d + k.OFF] == 0.0
        above = np.where(on & (charge > 0.0), most, 0.0)
        able = on & (discharge > s[d + k.CUT]) & (room_down > 0.0)
        below = np.where(able, least, 0.0)
        lowest = np.minimum(np.maximum(s[d + k.LOW], below), above)
        highest = np.maximum(np.minimum(s[d + k.HIGH], above), below)
        own = np.maximum(np.where(charging, room_up, room_down), 0.0)
        own = np.where(np.where(charging, highest > 0.0, lowest < 0.0), own, 0.0)
        low, high = np.where(forced, lowest, low), np.where(forced, highest, high)
        room = np.where(forced, own, room)
    return low, high, room


def settle_battery(s: Floats, d: int, t: Floats) -> None:
    """Move a battery t seconds along, keep its registers and what its row needs."""
    p, lam, settled = s[d + k.DC], s[d + k.LAM], s[d + k.DC_INF]
    passed = decay(s[d + k.MU], t)
    change = s[d + k.RATE] * passed
    s[d + k.STORED] += change
    fades = lam != 0.0
    moved = np.where(fades, settled * t + (p - settled) * passed, p * t) / S_PER_H
    s[d + k.ROW_DC_END] = np.where(fades, p + (settled - p) * lam * passed, p)
    s[d + k.MOVED] = moved
    into, out = np.maximum(moved, 0.0), np.maximum(-moved, 0.0)
    s[d + k.ROW_DC_IN], s[d + k.ROW_DC_OUT] = into, out
    s[d + k.CHARGED] += into
    s[d + k.DISCHARGED] += out
    stored = np.where(moved > 0.0, moved * s[d + k.E_C], moved / s[d + k.E_D])
    s[d + k.DC_LOSS] += moved - stored
    s[d + k.IDLE_LOSS] += stored - change


def terms_of(s: Floats, d: int, lane: int) -> list[tuple[float, float]]:
    """Return the exponentials in the power of a device in one lane."""
    lam = float(s[d + k.L1, lane])
    if not lam:
        return []
    terms = [(float(s[d + k.A1, lane]), lam)]
    if s[d + k.A2, lane]:
        terms.append((float(s[d + k.A2, lane]), 2.0 * lam))
    return terms


def exponentials(s: Floats, devices: Sequence[int]) -> list[tuple[Floats, Floats]]:
    """Return the exponentials in the power of some devices; coefficients of 0 where none is."""
    found = []
    for d in devices:
        lam = s[d + k.L1]
        if lam.any():
            one = np.where(lam != 0.0, s[d + k.A1], 0.0)
            two = np.where(lam != 0.0, s[d + k.A2], 0.0)
            found += [(one, lam), (two, 2.0 * lam)]
    return found


def flows(s: Floats, devices: Sequence[int], c: Floats, t: Floats) -> tuple[Floats, Floats, Floats]:
    """Return energy in and out over t seconds, and the power then, of a constant and devices.

    Lanes in which the power may change its sign are looked at one by one.
    """
    low, high, end, energy = c.copy(), c.copy(), c.copy(), c * t
    for a, lam in exponentials(s, devices):
        later = a * np.exp(-lam * t)
        low += np.minimum(a, later)
        high += np.maximum(a, later)
        end += later
        energy += a * decay(lam, t)
    energy /= S_PER_H
    band = EPSILON_W * t / S_PER_H
    into = np.where(energy > band, energy, 0.0)
    out = np.where(energy < -band, -energy, 0.0)
    for lane in np.flatnonzero((low < 0.0) & (high > 0.0)).tolist():
        terms = [term for d in devices for term in terms_of(s, d, lane)]
        into[lane], out[lane] = split(float(c[lane]), terms, float(t[lane]))
    return into, out, end


def _constant(s: Floats, d: int) -> Floats:
    """Return the constant part of the power of a device."""
    found: Floats = np.where(s[d + k.L1] != 0.0, s[d + k.C], s[d + k.P])
    return found


def settle_storage(s: Floats, d: int, t: Floats, hours: Floats) -> None:
    """Let a storage settle t seconds (the same in hours)."""
    settle_battery(s, d, t)
    into, out, end = flows(s, [d], _constant(s, d), t)
    draw = s[d + k.DRAW] * hours
    s[d + k.AUX_WH] += draw
    s[d + k.INTO] += into
    s[d + k.OUT] += out
    s[d + k.ENERGY] = into - out - draw
    s[d + k.ROW_LOSS] = s[d + k.ENERGY] - s[d + k.MOVED]
    s[d + k.LOSS] += s[d + k.ROW_LOSS]
    s[d + k.ROW_END], s[d + k.ROW_IN], s[d + k.ROW_OUT] = end, into, out


def release_producer(s: Floats, d: int) -> None:
    """Let it produce what there is, within its limits."""
    s[d + k.ASKED] = s[d + k.TOLD] = np.nan
    off = s[d + k.OFF]
    ready = np.minimum(s[d + k.INPUT], s[d + k.RATED] * s[d + k.DERATE])
    s[d + k.READY] = ready = np.where(off == k.FAULT, 0.0, ready)
    within = np.minimum(np.minimum(np.maximum(-ready, s[d + k.LOW]), s[d + k.HIGH]), 0.0)
    power = np.where(off != 0.0, 0.0, np.maximum(within, -ready))
    limited = np.where(power > -ready, float(k.LIMIT), float(k.NO_CAUSE))
    s[d + k.CAUSE] = np.where(off != 0.0, off, limited)
    s[d + k.P] = power + 0.0


def settle_producer(s: Floats, d: int, hours: Floats) -> None:
    """Let some time pass and keep the registers."""
    p = s[d + k.P]
    s[d + k.ENERGY] = p * hours
    out = 0.0 - p * hours
    curtailed = (s[d + k.READY] + p) * hours
    s[d + k.OUT] += out
    s[d + k.CURTAILED] += curtailed
    broken = (s[d + k.OFF] != 0.0) | (s[d + k.DERATE] < 1.0)
    lost = (np.minimum(s[d + k.INPUT], s[d + k.RATED]) - s[d + k.READY]) * hours
    s[d + k.LOST] += np.where(broken, lost, 0.0)
    s[d + k.ROW_END], s[d + k.ROW_IN], s[d + k.ROW_OUT] = p, 0.0, out
    s[d + k.ROW_LOSS] = curtailed


def release_charger(s: Floats, d: int) -> None:
    """Let a vehicle charge as fast as it can."""
    present, off = s[d + k.PRESENT] != 0.0, s[d + k.OFF] != 0.0
    content = s[d + k.STORED] >= s[d + k.GOAL] * (1.0 - 1e-9)
    open_ = present & ~off
    taken = limit_charge(s, d)
    power = np.where(open_ & ~content, np.minimum(taken, s[d + k.RATED] * s[d + k.DERATE]), 0.0)
    least = np.minimum(s[d + k.FLOOR], taken)
    limited = power > s[d + k.HIGH]
    power = np.where(limited, np.maximum(s[d + k.HIGH], 0.0), power)
    power = np.where((power > EPSILON_W) & (power >= least * (1.0 - 1e-9)), power, 0.0)
    plan(s, d, power, 0.0)
    draws = power > 0.0
    hit = np.minimum(s[d + k.DC_HIT], time_to(s, d, s[d + k.GOAL]))
    s[d + k.HIT] = np.where(draws, hit, np.inf)
    p, settled = s[d + k.DC], s[d + k.DC_INF]
    s[d + k.P] = np.where(draws, p, 0.0)
    s[d + k.C] = np.where(draws, settled, 0.0)
    s[d + k.A1], s[d + k.A2] = p - settled, 0.0
    s[d + k.L1] = np.where(draws, s[d + k.LAM], 0.0)
    s[d + k.ASKED] = s[d + k.TOLD] = np.nan
    s[d + k.CAUSE] = np.where(limited, float(k.LIMIT), float(k.NO_CAUSE))


def settle_charger(s: Floats, d: int, t: Floats, hours: Floats) -> None:
    """Let t seconds (the same in hours) pass and keep the registers."""
    present = s[d + k.PRESENT] != 0.0
    before = s[d + k.STORED].copy()
    settle_battery(s, d, np.where(present, t, 0.0))
    into, _, end = flows(s, [d], _constant(s, d), t)
    loss = np.where(present, into - (s[d + k.STORED] - before), 0.0)
    s[d + k.LEFT_S] -= t
    s[d + k.ENERGY] = into
    s[d + k.INTO] += into
    s[d + k.LOSS] += loss
    s[d + k.ROW_END], s[d + k.ROW_IN], s[d + k.ROW_OUT] = end, into, 0.0
    s[d + k.ROW_LOSS] = loss
    s[d + k.ROW_DC_END] = np.where(present, s[d + k.STORED] / s[d + k.CAPACITY], np.nan)
