"""What each running dispatch got in a segment: asked, delivered, and why not more."""

from collections.abc import Sequence

from .arbitration import Plan, Source
from .device import Device
from .storage import Storage
from .units import S_PER_H

__all__ = ["book"]

_OFF = frozenset({"fault", "driver_stopped", "switched_off"})
_NATURAL = frozenset({"window", "taper", "available", "overridden"})
"""What ends a wish without a deadline in the normal way: the battery or vehicle is full."""


def book(plan: Plan, devices: Sequence[Device], site_w: float, t: float) -> None:
    """Book a settled segment of t seconds; `site_w` is the power at the grid at its start."""
    hours = t / S_PER_H
    for source in plan.sources:
        running = source.running
        if running is None:
            continue
        delivered = 0.0
        for storage in source.members:
            energy = storage.energy_wh
            delivered += energy * _part(plan, source, storage) if plan.adding else energy
        for i in source.others:
            delivered += devices[i].energy_wh
        if source.beside_w and delivered > 0.0:
            delivered -= min(delivered, source.beside_w * hours)
        asked, causes = source.asked_w * hours, _causes(source, devices, hours)
        if source.is_wish and causes[0] in _NATURAL:
            asked = delivered
        running.asked_w = source.asked_w
        running.account(asked, delivered, t, causes)
    for source, cause in plan.unfollowed:
        running = source.running
        if running is None:
            continue
        asked = source.target_w
        if source.balance:
            own = sum(
                devices[i].conversion_w
                for i in running.selection.devices
                if devices[i].role == "storage"
            )
            asked = source.wanted(site_w - own)
        running.asked_w = asked
        running.account(asked * hours, 0.0, t, (cause,))


def _part(plan: Plan, source: Source, storage: Storage) -> float:
    """Return which part of a storage's energy belongs to one of the sources that it follows."""
    shares = [each.shares[storage] for each in plan.sources if storage in each.shares]
    total = sum(shares)
    return source.shares[storage] / total if total else 1.0 / len(shares)


def _causes(source: Source, devices: Sequence[Device], hours: float) -> list[str]:
    """Return why devices did less than asked, each cause once, the weightiest first."""
    missing: dict[str, float] = {}
    for i in (*source.storages, *source.others):
        device = devices[i]
        if device.off in _OFF:
            missing[device.off] = float("inf")
        elif device.cause:
            gap = abs(device.request_w * hours - device.energy_wh)
            missing[device.cause] = max(missing.get(device.cause, 0.0), gap)
    if not missing:
        # Every device did what it was told: others told it, too.
        return ["overridden"]
    if len(missing) == 1:
        return list(missing)
    return sorted(missing, key=lambda cause: (-missing[cause], cause))
