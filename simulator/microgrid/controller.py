"""The numbers behind a plan: set-points for every device at one moment.

Fixed powers come first, then those that balance the grid connection, each seeing what the former
left, last the limits of the site. Set-points then hold until the next event; `review_s` says when
the controller must look again although nothing happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

from .arbitration import Plan, Source
from .assignment import assign, charge, confine, reduce
from .device import Device
from .sharing import balance_weights, drift_s, in_turn, place
from .storage import Storage
from .units import EPSILON_W, US_PER_S

__all__ = ["Sharing", "cycle_us", "decide", "impose", "review_s"]

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

    @property
    def is_plain(self) -> bool:
        """Whether weights are just the headrooms in Wh."""
        return self.exponent == 1.0 and self.strategy == "soc_balance"


def impose(plan: Plan, devices: Sequence[Device]) -> None:
    """Hand a new plan to the devices; `decide` must follow."""
    sources = {i: each for each in plan.sources for i in (*each.storages, *each.others)}
    for i, device in enumerate(devices):
        orders = plan.orders[i]
        device.off = orders.off
        device.derate = orders.derate
        device.draw_w = device.auxiliary_w if orders.connected else 0.0
        if orders.comms == "held":
            continue
        device.limit_low_w, device.limit_high_w = orders.low_w, orders.high_w
        source = sources.get(i)
        device.source = source.id if source else 0
        if not isinstance(device, Storage):
            continue
        effect = source.effect if source else None
        device.reserve_soc = effect.reserve_soc if effect else 0.0
        device.ceiling_soc = 1.0
        if effect is None or not effect.grid_charge:
            device.topping = None
        elif device.topping is None:
            device.topping = device.soc < device.reserve_soc


def decide(
    plan: Plan, devices: Sequence[Device], load_w: float, sharing: Sharing, now_us: int
) -> bool:
    """Give every device its set-point; return whether the limits of the site changed any.

    `load_w` is the hidden load of the whole site.
    """
    total = load_w
    for i, device in enumerate(devices) if plan.island else ():
        device.off, device.draw_w = plan.orders[i].off, device.auxiliary_w
    for i in plan.idle:
        devices[i].release()
    sole = plan.sole
    if sole is not None:
        # The usual case, one battery that balances the site, without any detours.
        for i in plan.idle:
            total += devices[i].p
        (position,) = sole.storages
        device = devices[position]
        sole.asked_w = request = sole.wanted(total + device.draw_w)
        sole.shares[position] = request
        device.command(request)
        total += device.p
        if total > plan.site_high_w + EPSILON_W or total < plan.site_low_w - EPSILON_W:
            confine(plan, devices, total)
            return True
        return False
    for i in plan.held:
        devices[i].command(devices[i].request_w)
    prior: dict[int, float] = {}
    balancing = False
    for source in plan.sources:
        if not source.balance:
            _fixed(source, devices, sharing, prior, now_us)
            continue
        balancing = True
        for i in source.storages:
            # Not decided yet: counts with its auxiliaries only.
            if i not in prior:
                devices[i].p = devices[i].draw_w
        for i in source.others:
            devices[i].release()
    for device in devices:
        total += device.p
    if balancing:
        for source in plan.sources:
            if source.balance:
                total = _balance(source, devices, sharing, prior, total)
    if total > plan.site_high_w + EPSILON_W or total < plan.site_low_w - EPSILON_W:
        confine(plan, devices, total)
        return True
    return False


def _fixed(
    source: Source,
    devices: Sequence[Device],
    sharing: Sharing,
    prior: dict[int, float],
    now_us: int,
) -> None:
    """Serve a source that looks at nothing but its own devices."""
    others = [devices[i] for i in source.others]
    if source.kind == "charge":
        source.asked_w = charge(source.effect, others)
        return
    if source.kind == "soc":
        _towards(source, devices, prior, now_us)
        return
    source.asked_w = target = source.target_w
    if not others:
        _follow(source, source.storages, target, devices, sharing, prior)
        return
    if not source.storages:
        assign(others, target)
        return
    # Batteries make up the difference between what is wanted and what the others do.
    for device in others:
        device.release()
    own = sum(device.p for device in others)
    _follow(source, source.storages, target - own, devices, sharing, prior)
    rest = target - own - sum(devices[i].conversion_w for i in source.storages)
    if abs(rest) > EPSILON_W:
        reduce([device for device in others if device.p * rest < 0.0], abs(rest))


def _towards(
    source: Source, devices: Sequence[Device], prior: dict[int, float], now_us: int
) -> None:
    """Bring each storage to a state of charge, in time or as fast as it can."""
    effect = source.effect
    left_s = 0.0 if effect.by_us is None else (effect.by_us - now_us) / US_PER_S
    source.asked_w = 0.0
    for i in source.storages:
        storage = devices[i]
        assert isinstance(storage, Storage)
        request = storage.power_to(effect.soc, left_s)
        source.shares[i] = request
        source.asked_w += request
        prior[i] = power = request + prior[i] if i in prior else request
        storage.command(power)
        storage.watch(effect.soc)


def _balance(
    source: Source,
    devices: Sequence[Device],
    sharing: Sharing,
    prior: dict[int, float],
    total: float,
) -> float:
    """Hold the grid connection in its band; return the power of the site that follows."""
    followers: Sequence[int] = source.storages
    effect = source.effect
    topped = 0.0
    if effect.grid_charge:
        followers = []
        for i in source.storages:
            storage = devices[i]
            assert isinstance(storage, Storage)
            if storage.tops_up(HYSTERESIS_SOC):
                source.shares[i] = storage.request_w
                topped += storage.request_w
                total += storage.conversion_w
            else:
                followers.append(i)
    residual = total - topped if topped else total
    request = asked = source.wanted(residual)
    if effect.grid_charge and not followers:
        request = asked = 0.0
    source.beside_w = 0.0
    if effect.rest_w and request <= 0.0:
        # What they draw beside is no request: who is full lacks nothing.
        request = source.wanted(residual, _rest_w(source, devices))
        source.beside_w = max(request, 0.0)
        for i in followers if request > 0.0 else ():
            storage = devices[i]
            assert isinstance(storage, Storage)
            storage.ceiling_soc = effect.ceiling_soc
    source.asked_w = asked + topped
    before = sum(devices[i].p for i in followers)
    _follow(source, followers, request, devices, sharing, prior)
    for i in followers:
        storage = devices[i]
        assert isinstance(storage, Storage)
        total += storage.p
        storage.ceiling_soc = 1.0
        if effect.grid_charge:
            storage.watch(effect.reserve_soc - HYSTERESIS_SOC)
    return total - before


def _rest_w(source: Source, devices: Sequence[Device]) -> float:
    """Return what the batteries below their ceiling may draw beside."""
    able = 0.0
    for i in source.storages:
        storage = devices[i]
        assert isinstance(storage, Storage)
        if storage.soc < source.effect.ceiling_soc - CEILING_SOC:
            able += storage.reach(True)
    return min(source.effect.rest_w, able)


def _follow(
    source: Source,
    positions: Sequence[int],
    request: float,
    devices: Sequence[Device],
    sharing: Sharing,
    prior: dict[int, float],
) -> None:
    """Share a request among storages and command them."""
    if len(positions) == 1:
        i = positions[0]
        source.shares[i] = request
        # Only with arbitration by sum does a device follow more than one source.
        prior[i] = power = request + prior[i] if i in prior else request
        devices[i].command(power)
        return
    members = [each for i in positions if isinstance(each := devices[i], Storage)]
    charging = request >= 0.0
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
    if sharing.strategy == "priority_list":
        parts = in_turn(request, lows, highs)
    else:
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


def review_s(
    plan: Plan, devices: Sequence[Device], load_w: float, sharing: Sharing, *, confined: bool
) -> float:
    """Return after how many seconds set-points are due again: 0 = next cycle, infinite = never.

    They are while a device tapers or ramps and another that has room could take over, and when the
    shares of several batteries have moved noticeably. A single battery that follows the residual
    would get the same set-point again and again; it needs no review.
    """
    bending = [i for i, device in enumerate(devices) if device.terms]
    if bending:
        if any(_could_react(source, devices, bending) for source in plan.sources):
            return 0.0
        if confined or not _within(plan, devices, load_w):
            return 0.0
    after = inf
    if sharing.strategy == "soc_balance":
        for source in plan.sources:
            if len(source.storages) > 1:
                after = min(after, _drift_s(source, devices, sharing))
    return after


def cycle_us(now_us: int, after_s: float, control_us: int) -> int | None:
    """Return the first controller cycle after now that is `after_s` ahead or more, None = never.

    Cycles are multiples since the epoch, so that no event can shift them.
    """
    if after_s > _NEVER_S:
        return None
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


def _drift_s(source: Source, devices: Sequence[Device], sharing: Sharing) -> float:
    """Return when the shares of a source have drifted, from how fast headrooms shrink."""
    direction = source.asked_w
    # Those that top up are no followers, so that there may be fewer headrooms.
    if not direction or len(source.rooms) != len(source.storages):
        return inf
    rates = []
    members = [each for i in source.storages if isinstance(each := devices[i], Storage)]
    for storage, room in zip(members, source.rooms, strict=True):
        change = 0.0
        for battery in storage.batteries:
            change += battery.rate
        if direction > 0.0:
            change = -change
        rates.append(sharing.exponent * change / room if room > 0.0 else 0.0)
    weights = source.rooms
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
