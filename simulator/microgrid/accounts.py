"""What each running dispatch got in a segment: asked, delivered, and why not more."""

from collections.abc import Sequence

from .arbitration import Plan, Source
from .generator import Generator
from .storage import Storage
from .units import S_PER_H

__all__ = ["book"]

_OFF = frozenset({"fault", "driver_stopped", "switched_off"})


def book(
    plan: Plan,
    storages: Sequence[Storage],
    generators: Sequence[Generator],
    site_w: float,
    t: float,
) -> None:
    """Book a settled segment of t seconds; `site_w` is the power at the grid at its start."""
    hours = t / S_PER_H
    for source in plan.sources:
        running = source.running
        if running is None:
            continue
        delivered = 0.0
        for i in source.storages:
            energy = storages[i].energy_wh
            delivered += energy * _part(plan, source, i) if plan.adding else energy
        for i in source.generators:
            delivered -= generators[i].out_wh
        running.asked_w = source.asked_w
        running.account(
            source.asked_w * hours, delivered, t, _causes(source, storages, generators, hours)
        )
    for source, cause in plan.unfollowed:
        running = source.running
        if running is None:
            continue
        asked = source.target_w
        if source.balance:
            own = sum(storages[i].conversion_w for i in running.selection.storages)
            asked -= site_w - own
        running.asked_w = asked
        running.account(asked * hours, 0.0, t, (cause,))


def _part(plan: Plan, source: Source, position: int) -> float:
    """Return which part of a storage's energy belongs to one of the sources that it follows."""
    shares = [each.shares[position] for each in plan.sources if position in each.shares]
    total = sum(shares)
    return source.shares[position] / total if total else 1.0 / len(shares)


def _causes(
    source: Source,
    storages: Sequence[Storage],
    generators: Sequence[Generator],
    hours: float,
) -> list[str]:
    """Return why devices did less than asked, each cause once, the weightiest first."""
    missing: dict[str, float] = {}
    for i in source.storages:
        storage = storages[i]
        if storage.off in _OFF:
            missing[storage.off] = float("inf")
        elif storage.cause:
            gap = abs(storage.request_w * hours - storage.energy_wh)
            missing[storage.cause] = max(missing.get(storage.cause, 0.0), gap)
    for i in source.generators:
        generator = generators[i]
        if generator.cause:
            gap = abs(generator.request_w * hours + generator.out_wh)
            missing[generator.cause] = max(missing.get(generator.cause, 0.0), gap)
    if not missing:
        # Every device did what it was told: others told it, too.
        return ["overridden"]
    return sorted(missing, key=lambda cause: (-missing[cause], cause))
