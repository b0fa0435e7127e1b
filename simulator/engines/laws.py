"""The closed forms of `battery.py` and `inverter.py` of the microgrid for the compiler.

The same laws in the same order of operations. `w` is the memory of a run (see `memory.py`), `b` the
place of a device in it.
"""

from __future__ import annotations

from math import expm1, inf, log1p, sqrt
from typing import Protocol

from simulator.microgrid.units import EPSILON_W

from . import columns as k
from .jit import compiled


class Whole(Protocol):
    """The integers of a memory."""

    def __getitem__(self, place: int, /) -> int:
        """Read one."""

    def __setitem__(self, place: int, value: int, /) -> None:
        """Write one."""


class Array(Protocol):
    """The floats of a memory."""

    def __getitem__(self, place: int, /) -> float:
        """Read one."""

    def __setitem__(self, place: int, value: float, /) -> None:
        """Write one."""


SOON_S = 1e-6
"""As `battery.py`: what would end before the next event has ended."""
SMALL = 1e-4
"""Below this, four terms of a series are exact to the last digit and cost less."""


@compiled
def decay(mu: float, t: float) -> float:
    """Return the integral of `exp(-mu s)` for s from 0 to t."""
    x = mu * t
    if x < SMALL:
        return t * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0))))
    return -expm1(-x) / mu


@compiled
def stretched(mu: float, t: float) -> float:
    """Return the time in which a decaying rate does what a constant one does in t; mu t < 1."""
    x = mu * t
    if x < SMALL:
        return t * (1.0 + x * (0.5 + x * (1.0 / 3.0 + x * (0.25 + x * 0.2))))
    return -log1p(-x) / mu


@compiled
def limit_charge(w: Array, b: int) -> float:
    """Return the largest charge power of a battery now."""
    energy = w[b + k.STORED]
    if energy >= w[b + k.E_HIGH]:
        return 0.0
    if energy <= w[b + k.E_TAPER_HIGH]:
        return w[b + k.CHARGE_W]
    return (
        w[b + k.CHARGE_W] * (w[b + k.E_HIGH] - energy) / (w[b + k.E_HIGH] - w[b + k.E_TAPER_HIGH])
    )


@compiled
def limit_discharge(w: Array, b: int) -> float:
    """Return the largest discharge power of a battery now, a magnitude."""
    energy = w[b + k.STORED]
    if energy <= w[b + k.E_LOW]:
        return 0.0
    if energy >= w[b + k.E_TAPER_LOW]:
        return w[b + k.DISCHARGE_W]
    return (
        w[b + k.DISCHARGE_W] * (energy - w[b + k.E_LOW]) / (w[b + k.E_TAPER_LOW] - w[b + k.E_LOW])
    )


@compiled
def time_to(w: Array, b: int, level: float) -> float:
    """Return the seconds until the stored energy reaches a level; infinite = never."""
    rate = w[b + k.RATE]
    if rate == 0.0:
        return inf
    t = (level - w[b + k.STORED]) / rate
    if t < 0.0 or w[b + k.MU] * t >= 1.0:
        return inf
    return stretched(w[b + k.MU], t)


@compiled
def constant(w: Array, b: int, p: float, gain: float, region: float) -> None:
    """Let a constant power flow without an end."""
    w[b + k.DC] = w[b + k.DC_INF] = p
    w[b + k.LAM] = 0.0
    w[b + k.MU] = w[b + k.SIGMA]
    w[b + k.RATE] = gain - w[b + k.SIGMA] * w[b + k.STORED]
    w[b + k.REGION] = region
    w[b + k.DC_HIT] = inf


@compiled
def plan(w: Array, b: int, request: float, cut: float) -> None:
    """Fix power and trajectory for a k.DC request, from the stored energy on."""
    energy, sigma = w[b + k.STORED], w[b + k.SIGMA]
    if request > EPSILON_W:
        if request > w[b + k.CHARGE_W]:
            request = w[b + k.CHARGE_W]
        binds = w[b + k.E_HIGH] - request * w[b + k.SLOPE_C]
        rate = request * w[b + k.GAIN_C] - sigma * energy
        if rate > 0.0:
            if binds - energy < SOON_S * rate:
                plan_full(w, b, request, binds)
                return
        elif energy > binds * (1.0 + 1e-12):
            plan_full(w, b, request, binds)
            return
        comes = rate > 0.0 and binds - energy <= rate * w[b + k.HORIZON]
    elif request < -EPSILON_W:
        if -request > w[b + k.DISCHARGE_W]:
            request = -w[b + k.DISCHARGE_W]
        binds = w[b + k.E_LOW] - request * w[b + k.SLOPE_D]
        rate = request * w[b + k.GAIN_D] - sigma * energy
        if binds - energy > SOON_S * rate:
            plan_empty(w, b, cut)
            return
        comes = binds - energy >= rate * w[b + k.HORIZON]
    else:
        constant(w, b, 0.0, 0.0, k.REQUEST_BINDS)
        return
    w[b + k.DC] = w[b + k.DC_INF] = request
    w[b + k.LAM] = 0.0
    w[b + k.MU] = sigma
    w[b + k.RATE] = rate
    w[b + k.REGION] = k.REQUEST_BINDS
    w[b + k.DC_HIT] = inf
    # The rate of the stored energy only falls, so that the request lasts longer than linearly.
    if comes:
        t = (binds - energy) / rate
        if sigma * t < 1.0:
            w[b + k.DC_HIT] = stretched(sigma, t)


@compiled
def plan_full(w: Array, b: int, request: float, binds: float) -> None:
    """Charge near the upper edge, where the request cannot be had."""
    energy, high, sigma = w[b + k.STORED], w[b + k.E_HIGH], w[b + k.SIGMA]
    gain, slope = w[b + k.GAIN_C], w[b + k.SLOPE_C]
    if slope == 0.0:
        if energy > high * (1.0 + 1e-12) + w[b + k.CHARGE_W] * gain * 2e-6:
            constant(w, b, 0.0, 0.0, k.WINDOW_BINDS)
            w[b + k.DC_HIT] = time_to(w, b, high)
            return
        hold = sigma * energy / gain
        if hold > request:
            constant(w, b, request, request * gain, k.REQUEST_BINDS)
        else:
            constant(w, b, hold, sigma * energy, k.WINDOW_BINDS)
        return
    if energy > high * (1.0 + 1e-12):
        constant(w, b, 0.0, 0.0, k.WINDOW_BINDS)
        w[b + k.DC_HIT] = time_to(w, b, high)
        return
    lam = gain / slope + sigma
    w[b + k.DC] = max(high - energy, 0.0) / slope
    w[b + k.DC_INF] = high * sigma / (lam * slope)
    w[b + k.LAM] = w[b + k.MU] = lam
    w[b + k.REGION] = k.TAPER_BINDS
    w[b + k.RATE] = w[b + k.DC] * gain - sigma * energy
    w[b + k.DC_HIT] = time_to(w, b, binds) if w[b + k.RATE] < 0.0 else inf


@compiled
def plan_empty(w: Array, b: int, cut: float) -> None:
    """Discharge near the lower edge, where the request cannot be had."""
    energy, low, slope, sigma = w[b + k.STORED], w[b + k.E_LOW], w[b + k.SLOPE_D], w[b + k.SIGMA]
    if energy <= low or slope == 0.0 or (energy - low) / slope <= cut * (1.0 + 1e-9):
        constant(w, b, 0.0, 0.0, k.WINDOW_BINDS)
        return
    lam = w[b + k.GAIN_D] / slope + sigma
    w[b + k.DC] = (low - energy) / slope
    w[b + k.DC_INF] = low * sigma / (lam * slope)
    w[b + k.LAM] = w[b + k.MU] = lam
    w[b + k.REGION] = k.TAPER_BINDS
    w[b + k.RATE] = w[b + k.DC] * w[b + k.GAIN_D] - sigma * energy
    w[b + k.DC_HIT] = time_to(w, b, low + cut * slope)


@compiled
def ac_of(w: Array, b: int, dc: float) -> float:
    """Return the AC power of an inverter that is on."""
    return dc + w[b + k.LOSS_0] + w[b + k.LOSS_1] * abs(dc) + w[b + k.LOSS_Q] * dc * dc


@compiled
def dc_of(w: Array, b: int, ac: float) -> float:
    """Return the k.DC power for an AC power; 0 where only standby losses could be served."""
    x = ac - w[b + k.LOSS_0]
    if x > 0.0:
        slope = 1.0 + w[b + k.LOSS_1]
        return 2.0 * x / (slope + sqrt(slope * slope + 4.0 * w[b + k.LOSS_Q] * x))
    if ac >= 0.0:
        return 0.0
    slope = 1.0 - w[b + k.LOSS_1]
    root = slope * slope + 4.0 * w[b + k.LOSS_Q] * x
    return 2.0 * x / (slope + (sqrt(root) if root > 0.0 else 0.0))
