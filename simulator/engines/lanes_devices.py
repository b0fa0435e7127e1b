"""Devices under a set-point: `devices.py` and `charging.py` for many cases at once."""

from __future__ import annotations

from math import inf, nan

from simulator.microgrid.units import EPSILON_W, S_PER_H

from . import columns as k
from .charging import MARGIN
from .jit import laned, laned_apart
from .lanes_flows import bend, into_and_out, turned
from .lanes_laws import ac_of, dc_of, decay, limit_charge, limit_discharge, plan, time_to
from .lanewise import Mask, least, most, nothing, size, some, where
from .memory import Floats, Ints

# Storages


@laned_apart
def command_storage(s: Floats, d: int, request: Floats) -> None:
    """Fix the AC power of the next segment for a set-point; not a number = idle."""
    s[d + k.ASKED] = request
    s[d + k.TOLD] = request
    power = where(request == request, request, 0.0)
    cap, off = s[d + k.RATED] * s[d + k.DERATE], s[d + k.OFF] != 0.0
    low, high, minimum = s[d + k.LOW], s[d + k.HIGH], s[d + k.MIN_W]
    over = (power > cap) | (power < -cap) | off
    cause = nothing(request)
    if some(over):
        worn = (s[d + k.DERATE] < 1.0) & (size(power) <= s[d + k.RATED])
        why = where(worn, k.FAULT, k.RATING)
        why = where(off, where(power != 0.0, s[d + k.OFF], k.NO_CAUSE), why)
        cause = where(over, why, cause)
        power = where(over, where(off, 0.0, where(power > 0.0, cap, -cap)), power)
    outside = ((power > high) | (power < low)) & ~off
    if some(outside):
        limited = least(most(power, low), high)
        less = outside & (power != 0.0) & (limited / power < 1.0)
        cause = where(less, k.LIMIT, cause)
        power = where(outside, least(most(limited, -cap), cap), power)
    magnitude = size(power)
    small = (power != 0.0) & ((magnitude < minimum) | (magnitude <= EPSILON_W))
    cause = where(small & (cause == k.NO_CAUSE), k.MINIMUM, cause)
    power = where(small, 0.0, power)
    dc = where(power != 0.0, dc_of(s, d, power), 0.0)
    reserve = s[d + k.RESERVE] * s[d + k.CAPACITY]
    kept = (dc < 0.0) & (s[d + k.RESERVE] > 0.0)
    spent = kept & (s[d + k.STORED] <= reserve * (1.0 + 1e-12))
    dc, power = where(spent, 0.0, dc), where(spent, 0.0, power)
    cause = where(spent, k.WINDOW, cause)
    p, settled, lam, held, hit = plan(s, d, dc, s[d + k.CUT])
    if some(kept):
        left_s = time_to(reserve - s[d + k.STORED], s[d + k.RATE], s[d + k.MU])
        hit = where(spent, inf, where(kept, least(hit, left_s), hit))
    s[d + k.HIT] = hit
    # What the battery does of the wanted DC power, which would give `power`.
    draw = s[d + k.DRAW]
    fades = lam != 0.0
    same = (p == dc) & ~fades
    s[d + k.L1] = lam
    s[d + k.P] = power + draw
    s[d + k.CAUSE] = cause
    if some(~same):
        other = where(p != 0.0, ac_of(s, d, p), 0.0) + draw
        s[d + k.P] = where(same, s[d + k.P], other)
        why = where(held, k.WINDOW, k.RATING)
        s[d + k.CAUSE] = where(same, cause, where(fades, k.TAPER, why))
    s[d + k.C] = s[d + k.P]
    if some(fades):
        fading, q = p - settled, s[d + k.LOSS_Q]
        slope = where(p >= 0.0, 1.0 + s[d + k.LOSS_1], 1.0 - s[d + k.LOSS_1])
        c = slope * settled + s[d + k.LOSS_0] + q * settled * settled + draw
        s[d + k.A1] = (slope + 2.0 * q * settled) * fading
        s[d + k.A2] = q * fading * fading
        s[d + k.C] = where(fades, c, s[d + k.C])
        s[d + k.P] = where(fades, c + s[d + k.A1] + s[d + k.A2], s[d + k.P])


@laned
def offer(s: Floats, d: int, charging: Mask) -> tuple[Floats, Floats, Floats]:
    """Return bounds as far as a request in one direction needs them, and the headroom."""
    cap, energy = s[d + k.RATED] * s[d + k.DERATE], s[d + k.STORED]
    floor = most(s[d + k.E_LOW], s[d + k.RESERVE] * s[d + k.CAPACITY])
    room = where(charging, s[d + k.E_HIGH] - energy, energy - floor)
    limit = where(charging, limit_charge(s, d), -limit_discharge(s, d))
    bound = ac_of(s, d, limit)
    able = (room > 0.0) & ((charging & (limit > 0.0)) | (~charging & (-limit > s[d + k.CUT])))
    high = where(able & charging, least(least(bound, cap), s[d + k.HIGH]), 0.0)
    low = where(able & ~charging, most(most(bound, -cap), s[d + k.LOW]), 0.0)
    room = where(able, room, 0.0)
    forced = (s[d + k.OFF] != 0.0) | (s[d + k.LOW] > 0.0) | (s[d + k.HIGH] < 0.0)
    if some(forced):
        lowest, highest, own = _forced_offer(s, d, charging, floor)
        low, high = where(forced, lowest, low), where(forced, highest, high)
        room = where(forced, own, room)
    return low, high, room


@laned_apart
def _forced_offer(
    s: Floats, d: int, charging: Mask, floor: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the same of a storage that is off, or is not free to do nothing."""
    cap, energy, on = s[d + k.RATED] * s[d + k.DERATE], s[d + k.STORED], s[d + k.OFF] == 0.0
    charge, discharge = limit_charge(s, d), limit_discharge(s, d)
    above = where(on & (charge > 0.0), least(ac_of(s, d, charge), cap), 0.0)
    able = on & (energy > floor) & (discharge > s[d + k.CUT])
    below = where(able, most(ac_of(s, d, -discharge), -cap), 0.0)
    low = least(most(s[d + k.LOW], below), above)
    high = most(least(s[d + k.HIGH], above), below)
    room = most(where(charging, s[d + k.E_HIGH] - energy, energy - floor), 0.0)
    return low, high, where((charging & (high > 0.0)) | (~charging & (low < 0.0)), room, 0.0)


@laned
def move_battery(s: Floats, d: int, t: Floats, hours: Floats) -> Floats:
    """Move a battery t seconds (the same in hours) along; return the integral of its exponential.

    What went through its terminals is written, too.
    """
    p, lam = s[d + k.DC], s[d + k.LAM]
    passed = decay(s[d + k.MU], t)
    s[d + k.STORED] = s[d + k.STORED] + s[d + k.RATE] * passed
    s[d + k.MOVED] = p * hours
    fades = lam != 0.0
    if some(fades):
        settled = s[d + k.DC_INF]
        moved = (settled * t + (p - settled) * passed) / S_PER_H
        s[d + k.MOVED] = where(fades, moved, s[d + k.MOVED])
    return passed


@laned
def settle_storage(m: Ints, s: Floats, d: int, t: Floats, hours: Floats) -> None:
    """Let a storage settle t seconds (the same in hours)."""
    passed = move_battery(s, d, t, hours)
    moved = s[d + k.MOVED]
    s[d + k.CHARGED] = s[d + k.CHARGED] + most(moved, 0.0)
    s[d + k.DISCHARGED] = s[d + k.DISCHARGED] + most(-moved, 0.0)
    s[d + k.NET] = s[d + k.P] * hours
    if some(s[d + k.L1] != 0.0):
        bend(s, d, t, passed)
        into, out = turned(m, s, d + k.NET, d + k.C, m[k.M_EACH] + d // k.N_DEVICE, 1, t)
    else:
        into, out = into_and_out(s[d + k.NET], hours)
    energy, draw = into - out, s[d + k.DRAW]
    if some(draw != 0.0):
        energy = energy - draw * hours
        s[d + k.AUX_WH] = s[d + k.AUX_WH] + draw * hours
    s[d + k.ENERGY] = energy
    s[d + k.INTO] = s[d + k.INTO] + into
    s[d + k.OUT] = s[d + k.OUT] + out


@laned_apart
def close_storage(s: Floats, d: int) -> None:
    """Work out the losses of a run from what flowed."""
    into, out = s[d + k.CHARGED] * s[d + k.E_C], s[d + k.DISCHARGED] / s[d + k.E_D]
    moved = s[d + k.CHARGED] - s[d + k.DISCHARGED]
    s[d + k.DC_LOSS] = moved - (into - out)
    s[d + k.IDLE_LOSS] = into - out - (s[d + k.STORED] - s[d + k.ARRIVED_WH])
    s[d + k.LOSS] = s[d + k.INTO] - s[d + k.OUT] - s[d + k.AUX_WH] - moved


# Producers


@laned
def release_producer(s: Floats, d: int) -> None:
    """Let it produce what there is, within its limits."""
    s[d + k.ASKED] = nan
    s[d + k.TOLD] = nan
    off = s[d + k.OFF]
    ready = least(s[d + k.INPUT], s[d + k.RATED] * s[d + k.DERATE])
    ready = where(off == k.FAULT, 0.0, ready)
    s[d + k.READY] = ready
    within = least(least(most(-ready, s[d + k.LOW]), s[d + k.HIGH]), 0.0)
    made = where(off != 0.0, 0.0, most(within, -ready))
    limited = where(made > -ready, k.LIMIT, k.NO_CAUSE)
    s[d + k.CAUSE] = where(off != 0.0, off, limited)
    s[d + k.P] = made + 0.0


@laned
def settle_producer(s: Floats, d: int, hours: Floats) -> None:
    """Let t seconds (the same in hours) pass and keep the registers."""
    p = s[d + k.P]
    energy = p * hours
    curtailed = (s[d + k.READY] + p) * hours
    s[d + k.ENERGY], s[d + k.NET] = energy, energy
    s[d + k.OUT] = s[d + k.OUT] - energy
    s[d + k.CURTAILED] = s[d + k.CURTAILED] + curtailed
    broken = (s[d + k.OFF] != 0.0) | (s[d + k.DERATE] < 1.0)
    if some(broken):
        lost = (least(s[d + k.INPUT], s[d + k.RATED]) - s[d + k.READY]) * hours
        s[d + k.LOST] = s[d + k.LOST] + where(broken, lost, 0.0)


# Charging points


@laned_apart
def release_charger(s: Floats, d: int) -> None:
    """Let a vehicle charge as fast as it can."""
    s[d + k.ASKED] = nan
    s[d + k.TOLD] = nan
    s[d + k.CAUSE] = k.NO_CAUSE
    if s[d + k.PRESENT, 0] == 0.0:
        s[d + k.P], s[d + k.C], s[d + k.L1] = 0.0, 0.0, 0.0
        s[d + k.HIT] = inf
        return
    content = s[d + k.STORED] >= s[d + k.GOAL] * (1.0 - MARGIN)
    taken = limit_charge(s, d)
    wanted = least(taken, s[d + k.RATED] * s[d + k.DERATE])
    wanted = where((s[d + k.OFF] != 0.0) | content, 0.0, wanted)
    limited = wanted > s[d + k.HIGH]
    s[d + k.CAUSE] = where(limited, k.LIMIT, k.NO_CAUSE)
    wanted = where(limited, most(s[d + k.HIGH], 0.0), wanted)
    draws = (wanted > EPSILON_W) & (wanted >= least(s[d + k.FLOOR], taken) * (1.0 - MARGIN))
    p, settled, lam, _, hit = plan(s, d, where(draws, wanted, 0.0), nothing(wanted))
    s[d + k.P] = where(draws, p, 0.0)
    s[d + k.C] = where(draws, settled, 0.0)
    s[d + k.A1] = p - settled
    s[d + k.A2] = 0.0
    s[d + k.L1] = where(draws, lam, 0.0)
    s[d + k.HIT] = inf
    if some(draws):
        left_s = time_to(s[d + k.GOAL] - s[d + k.STORED], s[d + k.RATE], s[d + k.MU])
        s[d + k.HIT] = where(draws, least(hit, left_s), inf)


@laned
def settle_charger(m: Ints, s: Floats, d: int, t: Floats, hours: Floats) -> None:
    """Let t seconds (the same in hours) pass and keep the registers."""
    if s[d + k.PRESENT, 0] == 0.0:
        s[d + k.NET], s[d + k.ENERGY] = 0.0, 0.0
        return
    before = s[d + k.STORED] + 0.0
    passed = move_battery(s, d, t, hours)
    s[d + k.NET] = s[d + k.P] * hours
    if some(s[d + k.L1] != 0.0):
        bend(s, d, t, passed)
        into, _ = turned(m, s, d + k.NET, d + k.C, m[k.M_EACH] + d // k.N_DEVICE, 1, t)
    else:
        into, _ = into_and_out(s[d + k.NET], hours)
    s[d + k.ENERGY] = into
    s[d + k.LEFT_S] = s[d + k.LEFT_S] - t
    s[d + k.INTO] = s[d + k.INTO] + into
    s[d + k.LOSS] = s[d + k.LOSS] + (into - (s[d + k.STORED] - before))
