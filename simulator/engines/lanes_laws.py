"""The closed forms of `laws.py` for many cases at once: batteries and inverters.

`s` is a matrix, a row for each number of the memory and a column (a lane) for each case; `d` is the
row at which a device begins. Branches become choices.
"""

from __future__ import annotations

from math import inf

from simulator.microgrid.units import EPSILON_W

from . import columns as k
from .jit import laned, laned_apart
from .lanewise import Mask, gone, least, log_left, most, nothing, root, size, some, where
from .laws import SMALL, SOON_S
from .memory import Floats

Course = tuple[Floats, Floats, Floats, Floats, Floats]
"""Of a battery: its DC power, where that settles and how fast, W, W, 1/s; the rate of its energy,
Wh/s; the seconds until it must be looked at again."""


@laned
def decay(mu: Floats, t: Floats) -> Floats:
    """Return the integral of `exp(-mu s)` for s from 0 to t."""
    x = mu * t
    found = t * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0))))
    large = x >= SMALL
    if some(large):
        found = where(large, gone(x) / mu, found)
    return found


@laned_apart
def stretched(mu: Floats, t: Floats) -> Floats:
    """Return the time in which a decaying rate does what a constant one does in t."""
    x = mu * t
    found = t * (1.0 + x * (0.5 + x * (1.0 / 3.0 + x * (0.25 + x * 0.2))))
    large = x >= SMALL
    if some(large):
        found = where(large, -log_left(x) / mu, found)
    return found


@laned_apart
def time_to(gap: Floats, rate: Floats, mu: Floats) -> Floats:
    """Return the seconds in which the stored energy moves by a gap; infinite = never.

    `rate` is that of the energy now, which decays by `mu`.
    """
    t = gap / rate
    never = (rate == 0.0) | (t < 0.0) | (mu * t >= 1.0)
    return where(never, inf, stretched(mu, where(never, 0.0, t)))


@laned
def limit_charge(s: Floats, d: int) -> Floats:
    """Return the largest charge power of a battery now."""
    energy, high, taper = s[d + k.STORED], s[d + k.E_HIGH], s[d + k.E_TAPER_HIGH]
    limit: Floats = s[d + k.CHARGE_W] + 0.0
    near = energy > taper
    if some(near):
        left = where(energy >= high, 0.0, limit * (high - energy) / (high - taper))
        limit = where(near, left, limit)
    return limit


@laned
def limit_discharge(s: Floats, d: int) -> Floats:
    """Return the largest discharge power of a battery now, a magnitude."""
    energy, low, taper = s[d + k.STORED], s[d + k.E_LOW], s[d + k.E_TAPER_LOW]
    limit: Floats = s[d + k.DISCHARGE_W] + 0.0
    near = energy < taper
    if some(near):
        left = where(energy <= low, 0.0, limit * (energy - low) / (taper - low))
        limit = where(near, left, limit)
    return limit


@laned
def ac_of(s: Floats, d: int, dc: Floats) -> Floats:
    """Return the AC power of an inverter that is on."""
    found: Floats = dc + s[d + k.LOSS_0] + s[d + k.LOSS_1] * size(dc) + s[d + k.LOSS_Q] * dc * dc
    return found


@laned
def dc_of(s: Floats, d: int, ac: Floats) -> Floats:
    """Return the DC power for an AC power; 0 where only standby losses could be served."""
    x = ac - s[d + k.LOSS_0]
    slope = where(x > 0.0, 1.0 + s[d + k.LOSS_1], 1.0 - s[d + k.LOSS_1])
    squared = most(slope * slope + 4.0 * s[d + k.LOSS_Q] * x, 0.0)
    return where((x <= 0.0) & (ac >= 0.0), 0.0, 2.0 * x / (slope + root(squared)))


@laned
def plan(
    s: Floats, d: int, request: Floats, cut: Floats
) -> tuple[Floats, Floats, Floats, Mask, Floats]:
    """Fix the trajectory of a battery for a DC request, from the stored energy on.

    Return its power, where that settles and how fast (0 = it is constant), in which lanes the
    window holds it, and the seconds until it must be looked at again.
    """
    energy, sigma = s[d + k.STORED], s[d + k.SIGMA]
    up, down = request > EPSILON_W, request < -EPSILON_W
    wanted = least(most(request, -s[d + k.DISCHARGE_W]), s[d + k.CHARGE_W])
    wanted = where(up | down, wanted, 0.0)
    binds = where(
        up, s[d + k.E_HIGH] - wanted * s[d + k.SLOPE_C], s[d + k.E_LOW] - wanted * s[d + k.SLOPE_D]
    )
    rate = wanted * where(up, s[d + k.GAIN_C], s[d + k.GAIN_D]) - sigma * energy
    gap, soon, ahead = binds - energy, SOON_S * rate, s[d + k.HORIZON] * rate
    rises = rate > 0.0
    full = up & ((rises & (gap < soon)) | (~rises & (energy > binds * (1.0 + 1e-12))))
    empty = down & (gap > soon)
    # The rate of the stored energy only falls, so that the request lasts longer than linearly.
    comes = (up & rises & ~full & (gap <= ahead)) | (down & ~empty & (gap >= ahead))
    held, hit = up & down, nothing(wanted) + inf
    if some(comes):
        hit = where(comes, time_to(gap, rate, sigma), inf)
    course = wanted + 0.0, wanted + 0.0, nothing(wanted), rate, hit
    if some(full):
        course, held = _full(s, d, full, binds, course)
    if some(empty):
        course, closed = _empty(s, d, empty, cut, course)
        held = held | closed
    dc, settled, lam, rate, hit = course
    s[d + k.DC], s[d + k.DC_INF], s[d + k.LAM] = dc, settled, lam
    s[d + k.MU], s[d + k.RATE] = where(lam != 0.0, lam, sigma), rate
    return dc, settled, lam, held, hit


@laned
def _full(s: Floats, d: int, at: Mask, binds: Floats, course: Course) -> tuple[Course, Mask]:
    """Charge near the upper edge, where the request cannot be had; also return who is held."""
    energy, high, sigma = s[d + k.STORED], s[d + k.E_HIGH], s[d + k.SIGMA]
    gain, slope, request = s[d + k.GAIN_C], s[d + k.SLOPE_C], course[0]
    hard = slope == 0.0
    margin = where(hard, s[d + k.CHARGE_W] * gain * 2e-6, 0.0)
    closed = energy > high * (1.0 + 1e-12) + margin
    hold = least(sigma * energy / gain, request)
    power = where(closed, 0.0, where(hard, hold, most(high - energy, 0.0) / slope))
    fades = at & ~closed & ~hard
    dc, settled, lam, rate, hit = _edge(s, d, at, fades, power, gain, slope, high, course)
    # A battery above its window waits until it is back; one that tapers, until it need not.
    waits = at & closed
    level = where(waits, high, binds)
    waits = waits | (fades & (rate < 0.0))
    if some(waits):
        mu = where(fades, lam, sigma)
        hit = where(waits, time_to(level - energy, rate, mu), hit)
    return (dc, settled, lam, rate, hit), at & (closed | (hard & (power < request)))


@laned
def _empty(s: Floats, d: int, at: Mask, cut: Floats, course: Course) -> tuple[Course, Mask]:
    """Discharge near the lower edge, where the request cannot be had; also return who is held."""
    energy, low = s[d + k.STORED], s[d + k.E_LOW]
    gain, slope = s[d + k.GAIN_D], s[d + k.SLOPE_D]
    left = (energy - low) / slope
    closed = (energy <= low) | (slope == 0.0) | (left <= cut * (1.0 + 1e-9))
    fades = at & ~closed
    power = where(closed, 0.0, -left)
    dc, settled, lam, rate, hit = _edge(s, d, at, fades, power, gain, slope, low, course)
    if some(fades):
        hit = where(fades, time_to(low + cut * slope - energy, rate, lam), hit)
    return (dc, settled, lam, rate, hit), at & closed


@laned
def _edge(
    s: Floats,
    d: int,
    at: Mask,
    fades: Mask,
    power: Floats,
    gain: Floats,
    slope: Floats,
    bound: Floats,
    course: Course,
) -> Course:
    """Let the lanes at an edge of the window taper, stop or be held there."""
    dc, settled, lam, rate, hit = course
    sigma = s[d + k.SIGMA]
    dc, settled = where(at, power, dc), where(at, power, settled)
    if some(fades):
        lam = where(fades, gain / slope + sigma, lam)
        settled = where(fades, bound * sigma / (lam * slope), settled)
    rate = where(at, power * gain - sigma * s[d + k.STORED], rate)
    return dc, settled, lam, rate, where(at, inf, hit)
