"""The closed forms of `laws.py` for many cases at once: batteries and inverters.

`s` is a matrix, a row for each number of the memory and a column (a lane) for each case; `d` is the
row at which a device begins. Branches become choices.
"""

from __future__ import annotations

from math import inf

from simulator.microgrid.units import EPSILON_W

from . import columns as k
from .jit import laned, laned_apart
from .lanewise import Mask, gone, least, log_left, most, root, size, some, where
from .laws import SMALL, SOON_S
from .memory import Floats


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
def time_to(s: Floats, d: int, level: Floats) -> Floats:
    """Return the seconds until the stored energy reaches a level; infinite = never."""
    rate = s[d + k.RATE]
    t = (level - s[d + k.STORED]) / rate
    never = (rate == 0.0) | (t < 0.0) | (s[d + k.MU] * t >= 1.0)
    return where(never, inf, stretched(s[d + k.MU], where(never, 0.0, t)))


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
def plan(s: Floats, d: int, request: Floats, cut: Floats) -> None:
    """Fix power and trajectory for a DC request, from the stored energy on."""
    energy, sigma = s[d + k.STORED], s[d + k.SIGMA]
    up, down = request > EPSILON_W, request < -EPSILON_W
    wanted = least(most(request, -s[d + k.DISCHARGE_W]), s[d + k.CHARGE_W])
    wanted = where(up | down, wanted, 0.0)
    binds = where(
        up, s[d + k.E_HIGH] - wanted * s[d + k.SLOPE_C], s[d + k.E_LOW] - wanted * s[d + k.SLOPE_D]
    )
    gain = where(up, s[d + k.GAIN_C], s[d + k.GAIN_D])
    rate = wanted * gain - sigma * energy
    gap, soon, ahead = binds - energy, SOON_S * rate, s[d + k.HORIZON] * rate
    rises = rate > 0.0
    full = up & ((rises & (gap < soon)) | (~rises & (energy > binds * (1.0 + 1e-12))))
    empty = down & (gap > soon)
    s[d + k.DC] = wanted
    s[d + k.DC_INF] = wanted
    s[d + k.LAM] = 0.0
    s[d + k.MU] = sigma
    s[d + k.RATE] = rate
    s[d + k.REGION] = k.REQUEST_BINDS
    s[d + k.DC_HIT] = inf
    # The rate of the stored energy only falls, so that the request lasts longer than linearly.
    comes = (up & rises & ~full & (gap <= ahead)) | (down & ~empty & (gap >= ahead))
    if some(comes):
        t = gap / rate
        comes = comes & (sigma * t < 1.0)
        s[d + k.DC_HIT] = where(comes, stretched(sigma, where(comes, t, 0.0)), inf)
    if some(full):
        _full(s, d, full, wanted, binds)
    if some(empty):
        _empty(s, d, empty, wanted, cut)


@laned_apart
def _full(s: Floats, d: int, at: Mask, request: Floats, binds: Floats) -> None:
    """Charge near the upper edge, where the request cannot be had."""
    energy, high, sigma = s[d + k.STORED], s[d + k.E_HIGH], s[d + k.SIGMA]
    gain, slope = s[d + k.GAIN_C], s[d + k.SLOPE_C]
    hard = slope == 0.0
    margin = where(hard, s[d + k.CHARGE_W] * gain * 2e-6, 0.0)
    closed = energy > high * (1.0 + 1e-12) + margin
    hold = least(sigma * energy / gain, request)
    power = where(closed, 0.0, where(hard, hold, most(high - energy, 0.0) / slope))
    fades = at & ~closed & ~hard
    lam = where(fades, gain / slope + sigma, 0.0)
    held = closed | (hard & (power < request))
    _edge(s, d, at, fades, power, lam, high * sigma / (lam * slope), gain, held)
    # A battery above its window waits until it is back; one that tapers, until it need not.
    waits = at & closed
    ends = where(waits, high, binds)
    waits = waits | (fades & (s[d + k.RATE] < 0.0))
    if some(waits):
        s[d + k.DC_HIT] = where(waits, time_to(s, d, ends), s[d + k.DC_HIT])


@laned_apart
def _empty(s: Floats, d: int, at: Mask, request: Floats, cut: Floats) -> None:
    """Discharge near the lower edge, where the request cannot be had."""
    energy, low, sigma = s[d + k.STORED], s[d + k.E_LOW], s[d + k.SIGMA]
    gain, slope = s[d + k.GAIN_D], s[d + k.SLOPE_D]
    closed = (energy <= low) | (slope == 0.0) | ((energy - low) / slope <= cut * (1.0 + 1e-9))
    power = where(closed, 0.0, (low - energy) / slope)
    fades = at & ~closed
    lam = where(fades, gain / slope + sigma, 0.0)
    _edge(s, d, at, fades, power, lam, low * sigma / (lam * slope), gain, closed)
    s[d + k.DC_HIT] = where(fades, time_to(s, d, low + cut * slope), s[d + k.DC_HIT])


@laned_apart
def _edge(
    s: Floats,
    d: int,
    at: Mask,
    fades: Mask,
    power: Floats,
    lam: Floats,
    settled: Floats,
    gain: Floats,
    held: Mask,
) -> None:
    """Let the lanes at an edge of the window taper, stop or be held there."""
    energy, sigma = s[d + k.STORED], s[d + k.SIGMA]
    s[d + k.DC] = where(at, power, s[d + k.DC])
    s[d + k.DC_INF] = where(fades, settled, where(at, power, s[d + k.DC_INF]))
    s[d + k.LAM] = where(at, lam, s[d + k.LAM])
    s[d + k.MU] = where(at, where(fades, lam, sigma), s[d + k.MU])
    s[d + k.RATE] = where(at, power * gain - sigma * energy, s[d + k.RATE])
    region = where(fades, k.TAPER_BINDS, where(held, k.WINDOW_BINDS, k.REQUEST_BINDS))
    s[d + k.REGION] = where(at, region, s[d + k.REGION])
    s[d + k.DC_HIT] = where(at, inf, s[d + k.DC_HIT])
