"""Who decides over which device: the precedence of running dispatches, faults and limits.

Order of authority (our choice; upstream defines none): faults and `switch off`; physical limits;
all running limits intersected; one set-point source for each device, by priority, then how
specific the selector is, then the latest start, then the highest id; else the base strategy.
Made anew only when something starts, stops or breaks; numbers follow in `controller.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isinf

from .faults import Conditions
from .orders import Devices, Orders, intersect, order, selecting
from .running import Running

__all__ = ["Base", "Plan", "Source", "arbitrate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What batteries do when no dispatch gives them a set-point."""

    balance: bool = False
    """Whether they follow the residual at the grid connection; else they idle."""
    reserve_soc: float = 0.0
    grid_charge: bool = False


@dataclass(kw_only=True, slots=True, eq=False)
class Source:
    """One set-point in force, and the devices that follow it (by position)."""

    running: Running | None
    """None = base strategy."""
    balance: bool
    """Whether `target_w` is the power at the grid connection, not that of the devices."""
    target_w: float = 0.0
    storages: list[int] = field(default_factory=list)
    generators: list[int] = field(default_factory=list)
    reserve_soc: float = 0.0
    grid_charge: bool = False
    # Written by the controller
    asked_w: float = 0.0
    """What its devices together are asked for in the current segment, W."""
    shares: dict[int, float] = field(default_factory=dict)
    """The same for each of `storages`, by position."""
    rooms: list[float] = field(default_factory=list)
    """Headrooms by which it was shared, Wh."""

    @property
    def id(self) -> int:
        """Dispatch id, 0 = base strategy."""
        return 0 if self.running is None else self.running.dispatch_id

    @property
    def rank(self) -> tuple[int, int, int]:
        """Authority among sources, larger = more."""
        running = self.running
        return (running.priority, running.start_us, running.dispatch_id) if running else (0, 0, 0)


@dataclass(kw_only=True, slots=True)
class Plan:
    """Everything that is decided until something starts, stops or breaks."""

    sources: list[Source]
    """In the order of evaluation: fixed powers, then those that balance, the base last."""
    unfollowed: list[tuple[Source, str]]
    """Set-points that no device follows, and the cause."""
    storages: list[Orders]
    generators: list[Orders]
    site_low_w: float
    site_high_w: float
    outage: bool
    conflicts: tuple[int, ...]
    """Ids of devices whose running limits contradict each other, 0 = the site."""
    idle_storages: list[int]
    idle_generators: list[int]
    """Positions of those without a set-point."""
    is_accounted: bool
    """Whether some dispatch asks for power."""
    adding: bool
    """Whether some storage follows several sources."""
    sole: Source | None
    """The only source, where it balances the site with its only storage and nothing is held."""
    held_storages: list[int]
    held_generators: list[int]
    """Positions of those that keep their last set-point."""


def arbitrate(
    running: Iterable[Running],
    devices: Devices,
    conditions: Conditions,
    base: Base,
    latched: Mapping[int, bool],
    *,
    add_equal: bool = False,
) -> Plan:
    """Return who decides over what.

    `running`: dispatches in force, dry runs only if they shall count.
    `latched`: by id of the device whether a latching switch left it on.
    `add_equal`: set-points of equal priority add up instead of competing.
    """
    limits: list[Running] = []
    switches: list[Running] = []
    setters: list[Running] = []
    for each in running:
        kind = each.effect.kind
        (limits if kind == "limit" else switches if kind == "switch" else setters).append(each)
    conflicts: list[int] = []
    storages = order(devices.storages, limits, switches, conditions, latched, conflicts)
    generators = order(devices.generators, limits, switches, conditions, latched, conflicts)
    site_low, site_high = devices.grid_low_w, devices.grid_high_w
    if limits:
        low, high, contradictory = intersect([each for each in limits if each.selection.site])
        if contradictory:
            conflicts.append(0)
        # What the connection allows is physical and wins over what a dispatch wants.
        nearest = min(max(low, site_low), site_high)
        site_low, site_high = max(low, site_low), min(high, site_high)
        if site_low > site_high:
            site_low = site_high = nearest
    sources, unfollowed = _sources(
        setters, devices, storages, generators, base, add_equal=add_equal
    )
    following = [i for source in sources for i in source.storages]
    producing = [i for source in sources for i in source.generators]
    held_storages = [i for i, each in enumerate(storages) if each.comms == "held"]
    held_generators = [i for i, each in enumerate(generators) if each.comms == "held"]
    sole = None
    if len(sources) == 1 and len(storages) == 1 and following and not producing:
        sole = sources[0]
        if not sole.balance or sole.grid_charge or held_generators:
            sole = None
    return Plan(
        sources=sources,
        unfollowed=unfollowed,
        storages=storages,
        generators=generators,
        site_low_w=site_low,
        site_high_w=site_high,
        outage=conditions.outage,
        conflicts=tuple(conflicts),
        is_accounted=bool(setters),
        adding=len(following) > len(set(following)),
        sole=sole,
        held_storages=held_storages,
        held_generators=held_generators,
        idle_storages=_others(len(storages), following, held_storages),
        idle_generators=_others(len(generators), producing, held_generators),
    )


def _others(count: int, *taken: Sequence[int]) -> list[int]:
    return [i for i in range(count) if not any(i in each for each in taken)]


def _sources(
    setters: Sequence[Running],
    devices: Devices,
    storages: Sequence[Orders],
    generators: Sequence[Orders],
    base: Base,
    *,
    add_equal: bool,
) -> tuple[list[Source], list[tuple[Source, str]]]:
    sources = {each: _source(each, devices) for each in setters}
    spare = Source(
        running=None,
        balance=True,
        reserve_soc=base.reserve_soc,
        grid_charge=base.grid_charge,
    )
    for generator, orders in ((False, storages), (True, generators)):
        for position, each_order in enumerate(orders):
            if each_order.comms:
                if each_order.comms == "base" and base.balance and not generator:
                    spare.storages.append(position)
                continue
            best = selecting(setters, position, generator)
            if not best:
                if base.balance and not generator:
                    spare.storages.append(position)
                continue
            # Producers are told how much they may; such set-points do not add up.
            for each in best if add_equal and not generator else best[:1]:
                if each.priority == best[0].priority:
                    source = sources[each]
                    (source.generators if generator else source.storages).append(position)
    followed = [each for each in sources.values() if each.storages or each.generators]
    if len(followed) > 1:
        followed.sort(key=lambda each: (each.balance, *(-part for part in each.rank)))
    if spare.storages:
        followed.append(spare)
    unfollowed = []
    for each, source in sources.items():
        lost = [storages[i].comms for i in each.selection.storages]
        lost += [generators[i].comms for i in each.selection.generators]
        if lost and not (source.storages or source.generators):
            comms = next((state for state in lost if state), "")
            cause = {"": "overridden", "free": "driver_stopped"}.get(comms, "fault")
            unfollowed.append((source, cause))
    return followed, unfollowed


def _source(running: Running, devices: Devices) -> Source:
    effect, selection = running.effect, running.selection
    target = effect.power
    if effect.kind == "power_pu":
        rated = sum(devices.storages[i].rated_w for i in selection.storages)
        rated += sum(devices.generators[i].rated_w for i in selection.generators)
        target = 0.0 if isinf(rated) else effect.power * rated
    return Source(
        running=running,
        balance=effect.kind == "balance" or bool(selection.site),
        target_w=target,
        reserve_soc=effect.reserve_soc,
        grid_charge=effect.grid_charge,
    )
