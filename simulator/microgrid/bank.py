"""Several batteries behind one inverter: how they share a DC power, and when that ends."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from .battery import Battery
from .sharing import parts_of

__all__ = ["Course", "rooms", "share"]


class Course(NamedTuple):
    """What the batteries do together in the next segment, on the DC side."""

    now_w: float
    settled_w: float
    """The constant part of it."""
    decays: list[tuple[float, float]]
    """Coefficient and rate of each battery that tapers."""
    hit_s: float
    """Seconds until the first of them changes its law."""


def rooms(
    batteries: Sequence[Battery], sign: float, reserve_soc: float, ceiling_soc: float
) -> tuple[list[float], list[float]]:
    """Return for each battery the largest DC power in one direction, and its headroom in Wh."""
    limits, found = [], []
    for battery in batteries:
        if sign >= 0.0:
            room = battery.e_high - battery.energy_wh
            usable = battery.energy_wh < ceiling_soc * battery.capacity_wh
            limit = battery.limit_charge() if usable else 0.0
        else:
            reserve = reserve_soc * battery.capacity_wh
            room = battery.energy_wh - max(battery.e_low, reserve)
            usable = battery.energy_wh > reserve * (1.0 + 1e-12)
            limit = battery.limit_discharge() if usable else 0.0
        limits.append(limit)
        found.append(room if room > 0.0 and limit > 0.0 else 0.0)
    return limits, found


def share(
    batteries: Sequence[Battery],
    dc: float,
    limits: Sequence[float],
    headrooms: Sequence[float],
    *,
    cut_w: float,
    reserve_soc: float,
    ceiling_soc: float,
) -> Course:
    """Fix the trajectories of batteries that share a DC power by their headrooms."""
    sign = 1.0 if dc >= 0.0 else -1.0
    shares = parts_of(abs(dc), headrooms, [0.0] * len(limits), limits)
    whole = sum(battery.discharge_w for battery in batteries)
    first_s, now, settled = inf, 0.0, 0.0
    decays = []
    for battery, part, limit in zip(batteries, shares, limits, strict=True):
        battery.plan(sign * part if limit else 0.0, cut_w * battery.discharge_w / whole)
        hit_s = battery.hit_s
        if battery.p < 0.0 and reserve_soc > 0.0:
            hit_s = min(hit_s, battery.time_to(reserve_soc * battery.capacity_wh))
        if battery.p > 0.0 and ceiling_soc < 1.0:
            hit_s = min(hit_s, battery.time_to(ceiling_soc * battery.capacity_wh))
        first_s = min(first_s, hit_s)
        now += battery.p
        settled += battery.p_inf
        if battery.lam:
            decays.append((battery.p - battery.p_inf, battery.lam))
    return Course(now, settled, decays, first_s)
