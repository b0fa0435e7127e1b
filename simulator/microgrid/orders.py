"""What holds for a device beside its set-point: faults, switches, limits, lost communication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from .faults import Conditions
from .running import Running

__all__ = ["FREE", "Actuator", "Devices", "Orders", "intersect", "order", "selecting"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Actuator:
    """A device that can be told something."""

    ids: tuple[int, ...]
    """Its own id first, then those of its batteries."""
    is_generator: bool
    rated_w: float = inf


@dataclass(frozen=True, kw_only=True, slots=True)
class Devices:
    """Every actuator, by position, and what the grid connection allows."""

    storages: tuple[Actuator, ...]
    generators: tuple[Actuator, ...]
    grid_low_w: float = -inf
    grid_high_w: float = inf


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
    """`held`, `idle`, `base` or `free` while set-points do not arrive."""


FREE: Final = Orders()
"""Nothing holds."""


def order(
    devices: Sequence[Actuator],
    limits: Sequence[Running],
    switches: Sequence[Running],
    conditions: Conditions,
    latched: Mapping[int, bool],
    conflicts: list[int],
) -> list[Orders]:
    """Return what holds for each device; ids of contradicting limits go to `conflicts`."""
    if not (limits or switches or latched) and conditions.is_normal:
        return [FREE] * len(devices)
    found = []
    for position, device in enumerate(devices):
        generator = device.is_generator
        chosen = selecting(switches, position, generator)
        on = chosen[0].effect.on if chosen else latched.get(device.ids[0], True)
        off = next((cause for each in device.ids if (cause := conditions.of(each).off)), "")
        if generator and off == "driver_stopped":
            # Nobody tells it anything, but the sun shines.
            off = ""
        low, high, contradictory = intersect(selecting(limits, position, generator))
        if contradictory:
            conflicts.append(device.ids[0])
        comms = next((each for i in device.ids if (each := conditions.of(i).comms)), "")
        is_free = comms in ("idle", "free", "base")
        found.append(
            Orders(
                off="fault" if conditions.outage else off or ("" if on else "switched_off"),
                connected=on and not conditions.outage,
                low_w=-inf if is_free else low,
                high_w=inf if is_free else high,
                derate=conditions.of(device.ids[0]).derate,
                comms=comms,
            )
        )
    return found


def selecting(running: Sequence[Running], position: int, generator: bool) -> list[Running]:
    """Return those that select a device, the one with most authority first.

    Authority: priority, then how specific the selector is, then the latest start, then the
    highest id.
    """
    if generator:
        found = [each for each in running if position in each.selection.generators]
    else:
        found = [each for each in running if position in each.selection.storages]
    if len(found) > 1:
        found.sort(
            key=lambda each: (
                each.priority,
                each.selection.positions(generator)[position],
                each.start_us,
                each.dispatch_id,
            ),
            reverse=True,
        )
    return found


def intersect(limits: Sequence[Running]) -> tuple[float, float, bool]:
    """Intersect limits; an empty intersection collapses to its bound nearest to 0.

    Returns the interval and whether it collapsed.
    """
    low, high = -inf, inf
    for each in limits:
        low = max(low, each.effect.low_w)
        high = min(high, each.effect.high_w)
    if low <= high:
        return low, high, False
    nearest = low if abs(low) < abs(high) else high
    return nearest, nearest, True
