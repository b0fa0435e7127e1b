"""The numbers behind a plan: set-points for every device at one moment.

Fixed powers come first, then those that balance the grid connection, each seeing what the former
left, last the limits of the site. Set-points then hold until the next event; `review_s` says when
the controller must look again although nothing happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, nan

from .arbitration import Plan, Source
from .generator import Generator
from .sharing import balance_weights, drift_s, place
from .storage import Storage
from .units import EPSILON_W, US_PER_S

__all__ = ["Sharing", "cycle_us", "decide", "impose", "review_s"]

_NEVER_S = 1e10
HYSTERESIS_SOC = 0.01
"""How far below its reserve a battery falls before it charges from the grid again (our choice)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """How a set-point is divided among several batteries."""

    strategy: str = "soc_balance"
    """`soc_balance`, `available_power` or `equal`."""
    exponent: float = 1.0
    """Of `soc_balance`: 1 keeps states of charge apart in proportion, larger ones bring them
    together faster."""

    @property
    def is_plain(self) -> bool:
        """Whether weights are just the headrooms in Wh."""
        return self.exponent == 1.0 and self.strategy == "soc_balance"


def impose(plan: Plan, storages: Sequence[Storage], generators: Sequence[Generator]) -> None:
    """Hand a new plan to the devices; `decide` must follow."""
    reserves = {i: source for source in plan.sources for i in source.storages}
    sources = {i: source.id for source in plan.sources for i in source.generators}
    for i, storage in enumerate(storages):
        orders = plan.storages[i]
        storage.off = orders.off
        storage.draw_w = storage.auxiliary_w if orders.connected else 0.0
        storage.derate = orders.derate
        if orders.comms == "held":
            continue
        storage.limit_low_w, storage.limit_high_w = orders.low_w, orders.high_w
        source = reserves.get(i)
        storage.reserve_soc = source.reserve_soc if source else 0.0
        storage.source = source.id if source else 0
        if source is None or not source.grid_charge:
            storage.topping = None
        elif storage.topping is None:
            storage.topping = storage.soc < storage.reserve_soc
    for i, generator in enumerate(generators):
        orders = plan.generators[i]
        generator.off = orders.off
        generator.derate = orders.derate
        if orders.comms == "held":
            continue
        generator.limit_low_w, generator.limit_high_w = orders.low_w, orders.high_w
        generator.source = sources.get(i, 0)


def decide(
    plan: Plan,
    storages: Sequence[Storage],
    generators: Sequence[Generator],
    load_w: float,
    sharing: Sharing,
) -> bool:
    """Give every device its set-point; return whether the limits of the site changed any.

    `load_w` is the hidden load of the whole site.
    """
    total = load_w
    for i in plan.idle_generators:
        generators[i].release()
    prior: dict[int, float] = {}
    sole = plan.sole
    if sole is not None:
        # The usual case, one battery that balances the site, without any detours.
        for generator in generators:
            total += generator.p
        storage = storages[0]
        sole.asked_w = request = sole.target_w - total - storage.draw_w
        sole.shares[0] = request
        storage.command(request)
        total += storage.p
        if total > plan.site_high_w + EPSILON_W or total < plan.site_low_w - EPSILON_W:
            _confine(plan, storages, generators, total)
            return True
        return False
    for i in plan.idle_storages:
        storages[i].command(nan)
    for i in plan.held_generators:
        generators[i].refresh()
        generators[i].command(generators[i].request_w)
    for i in plan.held_storages:
        storages[i].command(storages[i].request_w)
    balancing = False
    for source in plan.sources:
        if not source.balance:
            _fixed(source, storages, generators, sharing, prior)
            continue
        balancing = True
        for i in source.storages:
            # Not decided yet: counts with its auxiliaries only.
            if i not in prior:
                storages[i].p = storages[i].draw_w
        for i in source.generators:
            generators[i].release()
    for generator in generators:
        total += generator.p
    for storage in storages:
        total += storage.p
    if balancing:
        for source in plan.sources:
            if source.balance:
                total = _balance(source, storages, sharing, prior, total)
    if total > plan.site_high_w + EPSILON_W or total < plan.site_low_w - EPSILON_W:
        _confine(plan, storages, generators, total)
        return True
    return False


def _fixed(
    source: Source,
    storages: Sequence[Storage],
    generators: Sequence[Generator],
    sharing: Sharing,
    prior: dict[int, float],
) -> None:
    """Fixed power for the devices together."""
    target = source.target_w
    source.asked_w = target
    if not source.generators:
        _follow(source, source.storages, target, storages, sharing, prior)
        return
    producers = [generators[i] for i in source.generators]
    for each in producers:
        each.refresh()
    if not source.storages:
        available = sum(each.available_w for each in producers)
        for each in producers:
            # Without any sun the set-point is shared evenly, so that the record shows it.
            share = each.available_w / available if available else 1.0 / len(producers)
            each.command(target * share)
        return
    # Batteries make up the difference between what is wanted and what the sun gives.
    for each in producers:
        each.command(nan)
    produced = sum(each.p for each in producers)
    _follow(source, source.storages, target - produced, storages, sharing, prior)
    rest = target - produced - sum(storages[i].conversion_w for i in source.storages)
    if rest > EPSILON_W and produced < 0.0:
        keep = max(1.0 + rest / produced, 0.0)
        for each in producers:
            each.command(each.p * keep)


def _balance(
    source: Source,
    storages: Sequence[Storage],
    sharing: Sharing,
    prior: dict[int, float],
    total: float,
) -> float:
    """Hold the grid connection at the target; return the power of the site that follows."""
    followers: Sequence[int] = source.storages
    topped = 0.0
    if source.grid_charge:
        followers = []
        for i in source.storages:
            storage = storages[i]
            soc = storage.soc
            if storage.topping:
                storage.topping = soc < storage.reserve_soc * (1.0 - 1e-12)
            else:
                storage.topping = soc <= storage.reserve_soc - HYSTERESIS_SOC + 1e-12
            if storage.topping:
                storage.command(min(storage.full_charge_w(), storage.rated_w))
                storage.watch(storage.reserve_soc)
                source.shares[i] = storage.request_w
                topped += storage.request_w
                total += storage.conversion_w
            else:
                followers.append(i)
    residual = total - topped if topped else total
    request = source.target_w - residual
    if source.grid_charge and not followers:
        request = 0.0
    source.asked_w = request + topped
    before = sum(storages[i].p for i in followers)
    _follow(source, followers, request, storages, sharing, prior)
    for i in followers:
        total += storages[i].p
        if source.grid_charge:
            storages[i].watch(source.reserve_soc - HYSTERESIS_SOC)
    return total - before


def _follow(
    source: Source,
    positions: Sequence[int],
    request: float,
    storages: Sequence[Storage],
    sharing: Sharing,
    prior: dict[int, float],
) -> None:
    """Share a request among storages and command them."""
    if len(positions) == 1:
        i = positions[0]
        source.shares[i] = request
        # Only with arbitration by sum does a device follow more than one source.
        prior[i] = power = request + prior[i] if i in prior else request
        storages[i].command(power)
        return
    charging = request >= 0.0
    members = [storages[i] for i in positions]
    lows, highs, rooms = [], [], []
    for i, storage in zip(positions, members, strict=True):
        low, high, room = storage.offer(charging)
        if i in prior:
            low, high = low - prior[i], high - prior[i]
        lows.append(low)
        highs.append(high)
        rooms.append(room)
    source.rooms = rooms
    weights = rooms
    if not sharing.is_plain:
        weights = _weights(members, lows, highs, rooms, sharing, charging=charging)
    if not any(weights):
        # Nobody can follow; asking all the same leaves the causes with the devices.
        weights = [storage.capacity_wh for storage in members]
    parts = place(request, weights, lows, highs).asked
    for i, storage, part in zip(positions, members, parts, strict=True):
        source.shares[i] = part
        prior[i] = power = part + prior[i] if i in prior else part
        storage.command(power)


def _weights(
    members: Sequence[Storage],
    lows: Sequence[float],
    highs: Sequence[float],
    rooms: Sequence[float],
    sharing: Sharing,
    *,
    charging: bool,
) -> list[float]:
    if sharing.strategy == "soc_balance":
        capacities = [storage.capacity_wh for storage in members]
        return balance_weights(rooms, capacities, sharing.exponent)
    able = list(highs) if charging else [-low for low in lows]
    if sharing.strategy == "equal":
        return [1.0 if each > 0.0 else 0.0 for each in able]
    return [max(each, 0.0) for each in able]


def _confine(
    plan: Plan, storages: Sequence[Storage], generators: Sequence[Generator], total: float
) -> None:
    """Move batteries, then curtail producers, until the limits hold or nothing is left."""
    importing = total > plan.site_high_w
    excess = total - (plan.site_high_w if importing else plan.site_low_w)
    free = [s for i, s in enumerate(storages) if not plan.storages[i].comms and not s.off]
    rooms = []
    for storage in free:
        low, high = storage.bounds()
        now = storage.conversion_w
        rooms.append(max(now - low if importing else high - now, 0.0))
    # Asked, not given: who is at its limit must be limited by it, also when that changes.
    moves = place(abs(excess), rooms, [0.0] * len(rooms), rooms).asked
    for storage, move in zip(free, moves, strict=True):
        if move:
            before, request = storage.conversion_w, storage.request_w
            target = before - move if importing else before + move
            if abs(target) < storage.min_w and move < storage.min_w:
                # Too little to switch on for; the limit is worth a little more.
                target = -storage.min_w if importing else storage.min_w
            storage.command(target)
            excess -= before - storage.conversion_w
            storage.request_w = request
            storage.cause = "limit" if request == request else ""
    if importing:
        return
    open_ = [g for i, g in enumerate(generators) if not plan.generators[i].comms and g.p < 0.0]
    produced = sum(each.p for each in open_)
    for generator in open_:
        request = generator.request_w
        generator.command(generator.p * max(1.0 - excess / produced, 0.0))
        generator.request_w = request
        generator.cause = "limit"


def review_s(
    plan: Plan,
    storages: Sequence[Storage],
    generators: Sequence[Generator],
    load_w: float,
    sharing: Sharing,
    *,
    confined: bool,
) -> float:
    """Return after how many seconds set-points are due again: 0 = next cycle, infinite = never.

    They are while a battery tapers and another that has room could take over, and when the shares
    of several batteries have moved noticeably. A single battery that follows the residual would
    get the same set-point again and again; it needs no review.
    """
    tapering = [i for i, storage in enumerate(storages) if storage.terms]
    if tapering:
        if any(_could_react(source, storages, tapering) for source in plan.sources):
            return 0.0
        if confined or not _within(plan, storages, generators, load_w):
            return 0.0
    after = inf
    if sharing.strategy == "soc_balance":
        for source in plan.sources:
            if len(source.storages) > 1:
                after = min(after, _drift_s(source, storages, sharing))
    return after


def cycle_us(now_us: int, after_s: float, control_us: int) -> int | None:
    """Return the first controller cycle after now that is `after_s` ahead or more, None = never.

    Cycles are multiples since the epoch, so that no event can shift them.
    """
    if after_s > _NEVER_S:
        return None
    due_us = now_us + ceil(after_s * US_PER_S)
    return max(-(-due_us // control_us), now_us // control_us + 1) * control_us


def _could_react(source: Source, storages: Sequence[Storage], tapering: Sequence[int]) -> bool:
    """Return whether a taper changes what a device that has room would be asked for."""
    if not source.balance and not any(i in source.storages for i in tapering):
        return False
    if source.generators and not source.balance:
        return True
    return any(storages[i].cause not in ("taper", "window") for i in source.storages)


def _drift_s(source: Source, storages: Sequence[Storage], sharing: Sharing) -> float:
    """Return when the shares of a source have drifted, from how fast headrooms shrink."""
    direction = source.asked_w
    # Those that top up are no followers, so that there may be fewer headrooms.
    if not direction or len(source.rooms) != len(source.storages):
        return inf
    rates = []
    for i, room in zip(source.storages, source.rooms, strict=True):
        change = 0.0
        for battery in storages[i].batteries:
            change += battery.rate
        if direction > 0.0:
            change = -change
        rates.append(sharing.exponent * change / room if room > 0.0 else 0.0)
    weights = source.rooms
    if sharing.exponent != 1.0:
        capacities = [storages[i].capacity_wh for i in source.storages]
        weights = balance_weights(weights, capacities, sharing.exponent)
    return drift_s(weights, rates)


def _within(
    plan: Plan, storages: Sequence[Storage], generators: Sequence[Generator], load_w: float
) -> bool:
    """Return whether the site keeps its limits however far the tapers go."""
    if plan.site_low_w == -inf and plan.site_high_w == inf:
        return True
    low = high = load_w + sum(generator.p for generator in generators)
    for storage in storages:
        constant = storage.c if storage.terms else storage.p
        low += constant + sum(min(a, 0.0) for a, _ in storage.terms)
        high += constant + sum(max(a, 0.0) for a, _ in storage.terms)
    return plan.site_low_w <= low and high <= plan.site_high_w
