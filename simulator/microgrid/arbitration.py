"""Who decides over which device: the precedence of running dispatches, faults and limits.

Order of authority (our choice; upstream defines none): faults and `switch off`; physical limits;
all running limits intersected; one set-point source for each device, by priority, then how
specific the selector is, then the latest start, then the highest id; else the base strategy.
Made anew only when something starts, stops or breaks; numbers follow in `controller.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isinf

from .faults import Conditions
from .running import Running

__all__ = ["Actuator", "Base", "Devices", "Orders", "Plan", "Source", "arbitrate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What batteries do when no dispatch gives them a set-point."""

    balance: bool = False
    """Whether they follow the residual at the grid connection; else they idle."""
    reserve_soc: float = 0.0
    grid_charge: bool = False


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
    """What holds for one device beside its set-point."""

    off: str = ""
    """Cause (of the record) why it exchanges no power, empty = it may."""
    connected: bool = True
    """Disconnected devices have no auxiliary draw either."""
    low_w: float = -inf
    high_w: float = inf
    derate: float = 1.0
    comms: str = ""
    """`held`, `idle`, `base` or `free` while set-points do not arrive."""


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
    ordered = sorted(running, key=lambda each: each.dispatch_id)
    limits = [each for each in ordered if each.effect.kind == "limit"]
    switches = [each for each in ordered if each.effect.kind == "switch"]
    setters = [each for each in ordered if each.effect.kind not in ("limit", "switch")]
    conflicts: list[int] = []

    def orders(position: int, device: Actuator) -> Orders:
        chosen = _selecting(switches, position, device.is_generator)
        on = chosen[0].effect.on if chosen else latched.get(device.ids[0], True)
        off = next((cause for each in device.ids if (cause := conditions.of(each).off)), "")
        if device.is_generator and off == "driver_stopped":
            off = ""
        interval = _intersect(_selecting(limits, position, device.is_generator))
        if interval[2]:
            conflicts.append(device.ids[0])
        comms = next((each for i in device.ids if (each := conditions.of(i).comms)), "")
        is_free = comms in ("idle", "free", "base")
        return Orders(
            off="fault" if conditions.outage else off or ("" if on else "switched_off"),
            connected=on and not conditions.outage,
            low_w=-inf if is_free else interval[0],
            high_w=inf if is_free else interval[1],
            derate=conditions.of(device.ids[0]).derate,
            comms=comms,
        )

    storages = [orders(i, device) for i, device in enumerate(devices.storages)]
    generators = [orders(i, device) for i, device in enumerate(devices.generators)]
    low, high, contradictory = _intersect([each for each in limits if each.selection.site])
    if contradictory:
        conflicts.append(0)
    site_low, site_high = max(low, devices.grid_low_w), min(high, devices.grid_high_w)
    if site_low > site_high:
        # What the connection allows is physical and wins over what a dispatch wants.
        site_low = site_high = min(max(low, devices.grid_low_w), devices.grid_high_w)
    sources, unfollowed = _sources(
        setters, devices, storages, generators, base, add_equal=add_equal
    )
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
        adding=len(followers := [i for source in sources for i in source.storages])
        > len(set(followers)),
        held_storages=_held(storages),
        held_generators=_held(generators),
        idle_storages=_idle(storages, [source.storages for source in sources]),
        idle_generators=_idle(generators, [source.generators for source in sources]),
    )


def _held(orders: Sequence[Orders]) -> list[int]:
    return [i for i, order in enumerate(orders) if order.comms == "held"]


def _idle(orders: Sequence[Orders], followers: Sequence[Sequence[int]]) -> list[int]:
    busy = {i for each in followers for i in each} | set(_held(orders))
    return [i for i in range(len(orders)) if i not in busy]


def _selecting(running: Sequence[Running], position: int, generator: bool) -> list[Running]:
    """Return those that select a device, the one with most authority first."""
    found = [each for each in running if position in each.selection.positions(generator)]
    return sorted(
        found,
        key=lambda each: (
            each.priority,
            each.selection.positions(generator)[position],
            each.start_us,
            each.dispatch_id,
        ),
        reverse=True,
    )


def _intersect(limits: Sequence[Running]) -> tuple[float, float, bool]:
    """Intersect limits; an empty intersection collapses to its bound nearest to 0."""
    low = max((each.effect.low_w for each in limits), default=-inf)
    high = min((each.effect.high_w for each in limits), default=inf)
    if low <= high:
        return low, high, False
    nearest = low if abs(low) < abs(high) else high
    return nearest, nearest, True


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
        for position, order in enumerate(orders):
            if order.comms:
                if order.comms == "base" and base.balance and not generator:
                    spare.storages.append(position)
                continue
            best = _selecting(setters, position, generator)
            chosen = [each for each in best if add_equal and each.priority == best[0].priority]
            for each in chosen or best[:1]:
                source = sources[each]
                (source.generators if generator else source.storages).append(position)
            if not best and base.balance and not generator:
                spare.storages.append(position)
    followed = [each for each in sources.values() if each.storages or each.generators]
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
