"""Who decides over which device: the precedence of running dispatches, faults and limits.

Order of authority (our choice; upstream defines none): faults and `switch off`; physical limits;
all running limits intersected; one set-point source for each device, by priority, then how
specific the selector is, then the latest start, then the highest id; else the base strategy.
Made anew only when something starts, stops or breaks; numbers follow in `controller.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isinf

from .device import Device
from .effect import Effect
from .faults import Conditions
from .orders import Orders, intersect, order, selecting
from .running import Running
from .storage import Storage

__all__ = ["SITE_ID", "Plan", "Source", "arbitrate"]

SITE_ID = 0
"""Stands for the grid connection among the ids of devices."""


@dataclass(kw_only=True, slots=True, eq=False)
class Source:
    """One set-point in force, and the devices that follow it (by position)."""

    running: Running | None
    """None = base strategy."""
    effect: Effect
    kind: str
    """`power`, `band`, `soc` or `charge`, as `Effect`."""
    target_w: float = 0.0
    """`power`: for its devices together."""
    low_w: float = -inf
    high_w: float = inf
    """`band`: at the grid connection."""
    storages: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    # Written by the controller
    asked_w: float = 0.0
    """What its devices together are asked for in the current segment, W."""
    beside_w: float = 0.0
    """What batteries may draw beside that in the current segment, to recharge, W. Nobody asks for
    it: it is neither delivered nor, where they are full, missing."""
    members: list[Storage] = field(default_factory=list)
    """The devices of `storages`."""
    shares: dict[Storage, float] = field(default_factory=dict)
    """What it asks of each of them, W; kept only in a plan that is `adding`."""
    rooms: list[float] = field(default_factory=list)
    """Headrooms by which it was shared, Wh."""

    @property
    def balance(self) -> bool:
        """Whether it is about the power at the grid connection, not that of the devices."""
        return self.kind == "band"

    @property
    def is_wish(self) -> bool:
        """Whether it asks for as much as is possible, not for a certain power."""
        return self.kind == "charge" or (self.kind == "soc" and self.effect.by_us is None)

    @property
    def id(self) -> int:
        """Dispatch id, 0 = base strategy."""
        return 0 if self.running is None else self.running.dispatch_id

    @property
    def rank(self) -> tuple[int, int, int]:
        """Authority among sources, larger = more."""
        running = self.running
        return (running.priority, running.seniority, running.dispatch_id) if running else (0, 0, 0)

    def renew(self, running: Running | None) -> None:
        """Serve another occurrence of the same dispatch."""
        self.running = running
        self.asked_w = self.beside_w = 0.0
        self.shares, self.rooms = {}, []

    def wanted(self, residual: float, rest_w: float = 0.0) -> float:
        """Return what brings the grid connection into the band, `rest_w` where it has room."""
        power = residual + rest_w
        if power < self.low_w:
            power = self.low_w
        if power > self.high_w:
            power = self.high_w
        return power - residual


@dataclass(kw_only=True, slots=True)
class Plan:
    """Everything that is decided until something starts, stops or breaks."""

    sources: list[Source]
    """In the order of evaluation: fixed powers, then those that balance, the base last."""
    fixed: list[Source]
    """Those of them that look at nothing but their own devices."""
    bands: list[Source]
    """Those that balance."""
    unfollowed: list[tuple[Source, str]]
    """Set-points that no device follows, and the cause."""
    orders: list[Orders]
    """For each device."""
    site_low_w: float
    site_high_w: float
    dark: str
    """Why the whole site is without power, empty = it is not."""
    island: list[int]
    """Positions of the batteries that hold the site together without its grid; empty = the grid
    is there, or nobody can."""
    conflicts: tuple[int, ...]
    """Ids of devices whose running limits contradict each other, 0 = the site."""
    idle: list[int]
    """Positions of devices without a set-point."""
    held: list[int]
    """Positions of those that keep their last set-point."""
    is_accounted: bool
    """Whether some dispatch asks for power."""
    adding: bool
    """Whether some storage follows several sources."""
    shared: list[Source]
    """The sources that several storages follow."""
    followed: list[tuple[int, int, Effect | None]]
    """Position of each device that hears what it is told, and the dispatch that it follows, the
    last one if there are several: its id (0 = none) and effect."""
    sole: Source | None
    """The only source, where it balances the site with its only storage and nothing is held."""


def arbitrate(
    running: Iterable[Running],
    devices: Sequence[Device],
    grid_w: tuple[float, float],
    conditions: Conditions,
    base: Effect | None,
    latched: Mapping[int, bool],
    *,
    add_equal: bool = False,
) -> Plan:
    """Return who decides over what.

    `running`: dispatches in force, dry runs only if they shall count.
    `grid_w`: what the grid connection allows. `base`: what batteries do when no dispatch gives
    them a set-point, None = nothing. `latched`: by id of the device whether a latching switch
    left it on. `add_equal`: set-points of equal priority add up instead of competing.
    """
    limits: list[Running] = []
    switches: list[Running] = []
    setters: list[Running] = []
    withheld: list[Running] = []
    for each in running:
        if each.admission.withheld:
            withheld.append(each)
            continue
        kind = each.effect.kind
        (limits if kind == "limit" else switches if kind == "switch" else setters).append(each)
    conflicts: list[int] = []
    lost = conditions.outage or _switched_off(switches, latched)
    orders = order(devices, limits, switches, conditions, latched, conflicts)
    island = _island(devices, orders) if lost else []
    dark = "" if island else lost
    if dark:
        conflicts.clear()
        orders = order(devices, limits, switches, conditions, latched, conflicts, dark)
    site_low, site_high = (-inf, inf) if island else grid_w
    if limits and not island:
        of_site = [each for each in limits if each.selection.site]
        low, high, contradictory = intersect(of_site, None, devices)
        if contradictory:
            conflicts.append(SITE_ID)
        # What the connection allows is physical and wins over what a dispatch wants.
        nearest = min(max(low, site_low), site_high)
        site_low, site_high = max(low, site_low), min(high, site_high)
        if site_low > site_high:
            site_low = site_high = nearest
    sources, unfollowed = _sources(
        setters, devices, orders, base, add_equal=add_equal, is_island=bool(island)
    )
    unfollowed += [
        (_source(each, devices), each.admission.withheld)
        for each in withheld
        if each.effect.kind not in ("limit", "switch")
    ]
    own = {i: (each.id, each.effect) for each in sources for i in (*each.storages, *each.others)}
    following = [i for source in sources for i in source.storages]
    others = [i for source in sources for i in source.others]
    held = [i for i, each in enumerate(orders) if each.comms == "held"]
    busy = {*following, *others, *held}
    sole = None
    if len(sources) == 1 and following and not (others or held):
        sole = sources[0]
        is_only = sum(device.role == "storage" for device in devices) == 1
        effect = sole.effect
        if not (sole.balance and is_only) or effect.grid_charge or effect.rest_w:
            sole = None
    return Plan(
        sources=sources,
        fixed=[source for source in sources if not source.balance],
        bands=[source for source in sources if source.balance],
        unfollowed=unfollowed,
        orders=orders,
        site_low_w=site_low,
        site_high_w=site_high,
        dark=dark,
        island=island,
        conflicts=tuple(conflicts),
        is_accounted=bool(setters or withheld),
        adding=len(following) > len(set(following)),
        shared=[source for source in sources if len(source.storages) > 1],
        followed=[(i, *own.get(i, (0, None))) for i in range(len(devices)) if i not in held],
        sole=sole,
        held=held,
        idle=[i for i in range(len(devices)) if i not in busy],
    )


def _switched_off(switches: Sequence[Running], latched: Mapping[int, bool]) -> str:
    """Return the cause if the grid connection is switched off."""
    chosen = max(
        (each for each in switches if each.selection.site),
        key=lambda each: (each.priority, each.selection.site, each.seniority, each.dispatch_id),
        default=None,
    )
    is_on = latched.get(SITE_ID, True) if chosen is None else chosen.effect.on
    return "" if is_on else "switched_off"


def _island(devices: Sequence[Device], orders: Sequence[Orders]) -> list[int]:
    """Return the batteries that can hold the site together, none if no one can form a grid."""
    able = [
        i
        for i, (device, each) in enumerate(zip(devices, orders, strict=True))
        if isinstance(device, Storage) and device.sole is not None and not each.off
    ]
    formers = [i for i in able if isinstance(each := devices[i], Storage) and each.forms_grid]
    return able if formers else []


def _sources(
    setters: Sequence[Running],
    devices: Sequence[Device],
    orders: Sequence[Orders],
    base: Effect | None,
    *,
    add_equal: bool,
    is_island: bool,
) -> tuple[list[Source], list[tuple[Source, str]]]:
    sources = {each: _source(each, devices) for each in setters}
    spare: list[int] = []
    for position, (device, held) in enumerate(zip(devices, orders, strict=True)):
        is_storage = device.role == "storage"
        if is_storage and is_island:
            # They hold the island, whatever anybody wants.
            continue
        best = [] if held.comms else selecting(setters, position)
        if not best:
            if is_storage and base is not None and held.comms in ("", "base"):
                spare.append(position)
            continue
        # Only batteries make up for others; elsewhere set-points do not add up.
        adds = is_storage and (add_equal or best[0].admission.policy == "merge")
        for each in best if adds else best[:1]:
            if each.priority == best[0].priority:
                source = sources[each]
                (source.storages if is_storage else source.others).append(position)
    followed = [each for each in sources.values() if each.storages or each.others]
    if len(followed) > 1:
        followed.sort(key=lambda each: (each.balance, *(-part for part in each.rank)))
    if spare and base is not None:
        low, high = base.low_w, base.high_w
        followed.append(
            Source(running=None, effect=base, kind="band", low_w=low, high_w=high, storages=spare)
        )
    unfollowed = []
    for each, source in sources.items():
        lost = [orders[i].comms for i in each.selection.devices]
        if lost and not (source.storages or source.others):
            comms = next((state for state in lost if state), "")
            own = "fault" if is_island else "overridden"
            cause = {"": own, "free": "driver_stopped", "deaf": "rating"}.get(comms, "fault")
            unfollowed.append((source, cause))
    return followed, unfollowed


def _source(running: Running, devices: Sequence[Device]) -> Source:
    effect = running.effect
    if effect.kind in ("soc", "charge"):
        return Source(running=running, effect=effect, kind=effect.kind)
    if effect.kind == "band":
        low, high = effect.low_w, effect.high_w
        return Source(running=running, effect=effect, kind="band", low_w=low, high_w=high)
    target = running.power_w
    if effect.kind == "power_pu":
        rated = sum(devices[i].rated_w for i in running.selection.devices)
        target = 0.0 if isinf(rated) else target * rated
    if running.selection.site:
        return Source(running=running, effect=effect, kind="band", low_w=target, high_w=target)
    return Source(running=running, effect=effect, kind="power", target_w=target)
