"""What holds for a device beside its set-point: faults, switches, limits, lost communication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isinf, prod
from typing import Final

from .device import Device
from .faults import Conditions
from .running import Running

__all__ = ["FREE", "Orders", "intersect", "order", "selecting"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """What holds for one device."""

    off: str = ""
    """Cause (of the record) why it exchanges no power, empty = it may."""
    connected: bool = True
    """Disconnected devices have no auxiliary draw either."""
    low_w: float = -inf
    high_w: float = inf
    derate: float = 1.0
    comms: str = ""
    """`held`, `idle`, `base`, `free` or `deaf` while set-points do not arrive."""


FREE: Final = Orders()
"""Nothing holds."""


def order(
    devices: Sequence[Device],
    limits: Sequence[Running],
    switches: Sequence[Running],
    conditions: Conditions,
    latched: Mapping[int, bool],
    conflicts: list[int],
    dark: str = "",
) -> list[Orders]:
    """Return what holds for each device; ids of contradicting limits go to `conflicts`.

    `dark`: why the whole site is without power, empty = it is not.
    """
    if not (limits or switches or latched or dark) and conditions.is_normal:
        return [FREE] * len(devices)
    found = []
    for position, device in enumerate(devices):
        ids = device.ids
        chosen = selecting(switches, position)
        on = chosen[0].effect.on if chosen else latched.get(device.component_id, True)
        found_here = [conditions.of(each) for each in ids]
        off = next((each.off for each in found_here if each.off), "")
        detached = any(each.detached for each in found_here)
        if off == "driver_stopped" and device.role != "storage" and not detached:
            # Nobody tells it anything, but the sun shines and cars charge.
            off = ""
        low, high, contradictory = intersect(selecting(limits, position), position, devices)
        if contradictory:
            conflicts.append(device.component_id)
        comms = next((each.comms for each in found_here if each.comms), "")
        is_free = comms in ("idle", "free", "base", "deaf")
        found.append(
            Orders(
                off=dark or off or ("" if on else "switched_off"),
                connected=on and not (dark or detached),
                low_w=-inf if is_free else low,
                high_w=inf if is_free else high,
                derate=prod(each.derate for each in found_here),
                comms=comms,
            )
        )
    return found


def selecting(running: Sequence[Running], position: int) -> list[Running]:
    """Return those that select a device, the one with most authority first.

    Authority: priority, then how specific the selector is, then the latest start, then the
    highest id.
    """
    found = [each for each in running if position in each.selection.devices]
    if len(found) > 1:
        found.sort(
            key=lambda each: (
                each.priority,
                each.selection.devices[position],
                each.seniority,
                each.dispatch_id,
            ),
            reverse=True,
        )
    return found


def intersect(
    limits: Sequence[Running], position: int | None, devices: Sequence[Device]
) -> tuple[float, float, bool]:
    """Intersect limits; an empty intersection collapses to its bound nearest to 0.

    `position`: the device that they limit, None = the site. Returns the interval and whether it
    collapsed.
    """
    low, high = -inf, inf
    for each in limits:
        low = max(low, _low(each, position, devices))
        high = min(high, each.effect.high_w)
    if low <= high:
        return low, high, False
    nearest = low if abs(low) < abs(high) else high
    return nearest, nearest, True


def _low(limit: Running, position: int | None, devices: Sequence[Device]) -> float:
    """Return the lower end of a limit for a device; that of a group is split by ratings."""
    effect = limit.effect
    if position is None:
        return effect.low_w
    rated = devices[position].rated_w
    if not isinf(effect.low_pu):
        return effect.low_pu * rated if effect.low_pu else 0.0
    if not isinf(effect.total_w):
        return -effect.total_w * rated / sum(devices[i].rated_w for i in limit.selection.devices)
    return effect.low_w
