"""The numbers behind a plan: set-points for every device at one moment.

Fixed powers come first, then those that balance the grid connection, each seeing what the former
left, last the limits of the site. Set-points then hold until the next event; `review_s` says when
the controller must look again although nothing happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, inf

from .arbitration import Plan, Source
from .assignment import assign, charge, confine, reduce
from .device import Device
from .sharing import balance_weights, drift_s, in_turn, parts_of
from .storage import Storage
from .units import EPSILON_W, NEVER_US, US_PER_S

__all__ = ["Sharing", "cycle_us", "decide", "impose", "review_s"]

Prior = dict[Storage, float] | None
"""What storages were asked for by the sources before; None = none follows more than one."""
_NEVER_S = 1e10
HYSTERESIS_SOC = 0.01
"""How far below its reserve a battery falls before it charges from the grid again (our choice)."""
CEILING_SOC = 1e-6
"""So close to its ceiling a battery counts as full, so that no event chases the next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """How a set-point is divided among several batteries."""

    strategy: str = "soc_balance"
    """`soc_balance`, `available_power`, `equal` or `priority_list` (in the order of ids)."""
    exponent: float = 1.0
    """Of `soc_balance`: 1 keeps states of charge apart in proportion, larger ones bring them
    together faster."""
    is_plain: bool = field(init=False)
    """Whether weights are just the headrooms in Wh."""

    def __post_init__(self) -> None:
        is_plain = self.exponent == 1.0 and self.strategy == "soc_balance"
        object.__setattr__(self, "is_plain", is_plain)


def impose(plan: Plan, devices: Sequence[Device], before: Plan | None = None) -> None:
    """Hand a new plan to the devices, which followed another `before`; `decide` must follow."""
    if before is None or before.island or before.orders != plan.orders:
        for device, orders in zip(devices, plan.orders, strict=True):
            device.bind(orders)
    for source in plan.sources:
        source.members = [each for i in source.storages if isinstance(each := devices[i], Storage)]
    for i, dispatch_id, effect in plan.followed:
        devices[i].heed(dispatch_id, effect)


def decide(
    plan: Plan, devices: Sequence[Device], load_w: float, sharing: Sharing, now_us: int
) -> bool:
    """Give every device its set-point; return whether the limits of the site changed any.

    `load_w` is the hidden load of the whole site, while it has power.
    """
    total = 0.0 if plan.dark else load_w
    if plan.island:
        for device, orders in zip(devices, plan.orders, strict=True):
            device.off, device.draw_w = orders.off, device.auxiliary_w
    for i in plan.idle:
        devices[i].release()
    sole = plan.sole
    if sole is not None:
        # The usual case, one battery that balances the site, without any detours.
        for i in plan.idle:
            total += devices[i].p
        (storage,) = sole.members
        sole.asked_w = request = sole.wanted(total + storage.draw_w)
        storage.command(request)
        total += storage.p
        if total > plan.site_high_w + EPSILON_W or total < plan.site_low_w - EPSILON_W:
            confine(plan, devices, total)
            return True
        return False
    for i in plan.held:
        devices[i].command(devices[i].request_w)
    prior: Prior = {} if plan.adding else None
    for source in plan.fixed:
        _fixed(source, devices, sharing, prior, now_us)
    for source in plan.bands:
        for storage in source.members:
            # Not decided yet: counts with its auxiliaries only.
            if not prior or storage not in prior:
                storage.p = storage.draw_w
        for i in source.others:
            devices[i].release()
    for device in devices:
        total += device.p
    for source in plan.bands:
        total = _balance(source, sharing, prior, total)
    if total > plan.site_high_w + EPSILON_W or total < plan.site_low_w - EPSILON_W:
        confine(plan, devices, total)
        return True
    return False


def _fixed(
    source: Source, devices: Sequence[Device], sharing: Sharing, prior: Prior, now_us: int
) -> None:
    """Serve a source that looks at nothing but its own devices."""
    others = [devices[i] for i in source.others]
    if source.kind == "charge":
        source.asked_w = charge(source.effect, others)
        return
    if source.kind == "soc":
        _towards(source, prior, now_us)
        return
    source.asked_w = target = source.target_w
    if not others:
        _follow(source, source.members, target, sharing, prior)
        return
    if not source.storages:
        assign(others, target)
        return
    # Batteries make up the difference between what is wanted and what the others do.
    for device in others:
        device.release()
    own = sum(device.p for device in others)
    _follow(source, source.members, target - own, sharing, prior)
    rest = target - own - sum(storage.conversion_w for storage in source.members)
    if abs(rest) > EPSILON_W:
        reduce([device for device in others if device.p * rest < 0.0], abs(rest))


def _towards(source: Source, prior: Prior, now_us: int) -> None:
    """Bring each storage to a state of charge, in time or as fast as it can."""
    effect = source.effect
    left_s = 0.0 if effect.by_us is None else (effect.by_us - now_us) / US_PER_S
    source.asked_w = 0.0
    for storage in source.members:
        request = storage.power_to(effect.soc, left_s)
        source.asked_w += request
        _tell(source, storage, request, prior)
        storage.watch(effect.soc)


def _balance(source: Source, sharing: Sharing, prior: Prior, total: float) -> float:
    """Hold the grid connection in its band; return the power of the site that follows."""
    effect, followers = source.effect, source.members
    topped = 0.0
    if effect.grid_charge:
        followers = []
        for storage in source.members:
            if storage.tops_up(HYSTERESIS_SOC):
                source.shares[storage] = storage.request_w
                topped += storage.request_w
                total += storage.conversion_w
            else:
                followers.append(storage)
    residual = total - topped if topped else total
    request = asked = source.wanted(residual)
    if effect.grid_charge and not followers:
        request = asked = 0.0
    source.beside_w = 0.0
    if effect.rest_w and request <= 0.0:
        # What they draw beside is no request: who is full lacks nothing.
        request = source.wanted(residual, _rest_w(source))
        source.beside_w = max(request, 0.0)
        for storage in followers if request > 0.0 else ():
            storage.ceiling_soc = effect.ceiling_soc
    source.asked_w = asked + topped
    before = 0.0
    for storage in followers:
        before += storage.p
    _follow(source, followers, request, sharing, prior)
    for storage in followers:
        total += storage.p
    if effect.rest_w or effect.grid_charge:
        for storage in followers:
            storage.ceiling_soc = 1.0
            if effect.grid_charge:
                storage.watch(effect.reserve_soc - HYSTERESIS_SOC)
    return total - before


def _rest_w(source: Source) -> float:
    """Return what the batteries below their ceiling may draw beside."""
    able = 0.0
    for storage in source.members:
        if storage.soc < source.effect.ceiling_soc - CEILING_SOC:
            able += storage.reach(True)
    return min(source.effect.rest_w, able)


def _follow(
    source: Source, members: Sequence[Storage], request: float, sharing: Sharing, prior: Prior
) -> None:
    """Share a request among storages and command them."""
    if len(members) == 1:
        _tell(source, members[0], request, prior)
        return
    charging = request >= 0.0
    lows, highs, rooms = [], [], []
    for storage in members:
        low, high, room = storage.offer(charging)
        lows.append(low)
        highs.append(high)
        rooms.append(room)
    if prior:
        for i, storage in enumerate(members):
            lows[i] -= prior.get(storage, 0.0)
            highs[i] -= prior.get(storage, 0.0)
    source.rooms = weights = rooms
    if not sharing.is_plain:
        weights = _weights(members, lows, highs, rooms, sharing, charging=charging)
    if not any(weights):
        # Nobody can follow; asking all the same leaves the causes with the devices.
        weights = [storage.capacity_wh for storage in members]
    if sharing.strategy == "priority_list":
        parts = in_turn(request, lows, highs)
    else:
        parts = parts_of(request, weights, lows, highs)
    for i, storage in enumerate(members):
        if prior is None:
            storage.command(parts[i])
        else:
            _tell(source, storage, parts[i], prior)


def _tell(source: Source, storage: Storage, power: float, prior: Prior) -> None:
    """Command a storage; what several sources ask of it adds up."""
    if prior is not None:
        source.shares[storage] = power
        prior[storage] = power = power + prior[storage] if storage in prior else power
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


def review_s(
    plan: Plan,
    devices: Sequence[Device],
    load_w: float,
    sharing: Sharing,
    *,
    bends: bool,
    confined: bool,
) -> float:
    """Return after how many seconds set-points are due again: 0 = next cycle, infinite = never.

    They are while a device tapers or ramps and another that has room could take over, and when the
    shares of several batteries have moved noticeably. A single battery that follows the residual
    would get the same set-point again and again; it needs no review. `bends`: whether the power
    of any device changes by itself; `confined`: whether limits of the site moved set-points.
    """
    if bends:
        bending = [i for i, device in enumerate(devices) if device.terms]
        if any(_could_react(source, devices, bending) for source in plan.sources):
            return 0.0
        if confined or not _within(plan, devices, load_w):
            return 0.0
    after = inf
    if sharing.strategy == "soc_balance":
        for source in plan.shared:
            after = min(after, _drift_s(source, sharing))
    return after


def cycle_us(now_us: int, after_s: float, control_us: int) -> int:
    """Return the first controller cycle that is `after_s` or more ahead; maybe `NEVER_US`.

    Cycles are multiples since the epoch, so that no event can shift them.
    """
    if after_s > _NEVER_S:
        return NEVER_US
    due_us = now_us + ceil(after_s * US_PER_S)
    return max(-(-due_us // control_us), now_us // control_us + 1) * control_us


def _could_react(source: Source, devices: Sequence[Device], bending: Sequence[int]) -> bool:
    """Return whether a taper or ramp changes what a device that has room would be asked for."""
    if not source.balance:
        if not any(i in source.storages or i in source.others for i in bending):
            return False
        if source.others:
            return len(source.storages) + len(source.others) > 1
    return any(devices[i].cause not in ("taper", "window") for i in source.storages)


def _drift_s(source: Source, sharing: Sharing) -> float:
    """Return when the shares of a source have drifted, from how fast headrooms shrink."""
    rooms, members, asked_w = source.rooms, source.members, source.asked_w or source.beside_w
    # Those that top up are no followers, so that there may be fewer headrooms.
    if not asked_w or not any(rooms) or len(rooms) != len(members):
        return inf
    factor = -sharing.exponent if asked_w > 0.0 else sharing.exponent
    rates = []
    for i, room in enumerate(rooms):
        rates.append(factor * members[i].stored_rate() / room if room else 0.0)
    weights = rooms
    if sharing.exponent != 1.0:
        capacities = [storage.capacity_wh for storage in members]
        weights = balance_weights(weights, capacities, sharing.exponent)
    return drift_s(weights, rates)


def _within(plan: Plan, devices: Sequence[Device], load_w: float) -> bool:
    """Return whether the site keeps its limits however far tapers go; of ramps nothing is sure."""
    if plan.site_low_w == -inf and plan.site_high_w == inf:
        return True
    low = high = load_w
    for device in devices:
        if any(not lam for _, lam in device.terms):
            return False
        constant = device.c if device.terms else device.p
        low += constant + sum(min(a, 0.0) for a, _ in device.terms)
        high += constant + sum(max(a, 0.0) for a, _ in device.terms)
    return plan.site_low_w <= low and high <= plan.site_high_w
