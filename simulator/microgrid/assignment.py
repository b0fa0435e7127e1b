"""Set-points for devices without a state of charge of their own: who gets how much of a power.

Producers share by what they could deliver, consumers by what they could take up. Who cannot go
below some power (a charger below its smallest current, an engine below its minimum load) is left
out before all get too little, the least urgent first.
"""

from collections.abc import Sequence

from .arbitration import Plan
from .charger import Charger
from .device import Device
from .effect import Effect
from .sharing import place
from .storage import Storage
from .units import EPSILON_W

__all__ = ["assign", "charge", "confine", "reduce"]


def assign(devices: Sequence[Device], target: float) -> None:
    """Let devices exchange a power together; those of the other direction are left alone."""
    members = [each for each in devices if each.direction * target > 0.0] if target else devices
    for device in devices:
        if members and device not in members:
            device.release()
            target -= device.p
    members = members or devices
    sign = 1.0 if target >= 0.0 else -1.0
    reach = [device.reach(target >= 0.0) for device in members]
    available = sum(reach)
    if abs(target) >= available:
        # All do what they can. Without any sun the set-point is shared evenly, for the record.
        for device, part in zip(members, reach, strict=True):
            device.command(target * (part / available if available else 1.0 / len(members)))
        return
    parts = _parts(members, reach, abs(target))
    if not any(parts):
        # Too little for anybody: one is asked all the same, so that the record has the cause.
        parts[0] = abs(target)
    for device, part in zip(members, parts, strict=True):
        device.command(sign * part)


def charge(effect: Effect, devices: Sequence[Device]) -> float:
    """Let vehicles charge as a dispatch says; return what they are asked for together, W."""
    chargers = [device for device in devices if isinstance(device, Charger)]
    wants = [each.wants(effect.strategy, effect.min_energy_wh) for each in chargers]
    if sum(wants) > effect.high_w:
        wants = _parts(chargers, wants, effect.high_w)
    for charger, power in zip(chargers, wants, strict=True):
        charger.follow(power)
    return sum(wants)


def reduce(devices: Sequence[Device], excess: float) -> None:
    """Take some power off devices that all work in one direction, as far as there is any."""
    powers = [abs(device.p) for device in devices]
    left = max(sum(powers) - excess, 0.0)
    for device, part in zip(devices, _parts(devices, powers, left), strict=True):
        device.command(device.direction * part)


def _parts(members: Sequence[Device], most: Sequence[float], total: float) -> list[float]:
    """Divide a power, at most `most` each, by what each could have; none below its floor."""
    floors = [min(device.floor_w, limit) for device, limit in zip(members, most, strict=True)]
    taking = sorted(
        (i for i, limit in enumerate(most) if limit > 0.0),
        key=lambda i: (members[i].urgency, members[i].component_id),
    )
    while taking and sum(floors[i] for i in taking) > total:
        taking.pop()
    parts = [0.0] * len(members)
    given = place(
        total,
        [most[i] for i in taking],
        [floors[i] for i in taking],
        [most[i] for i in taking],
    ).given
    for i, part in zip(taking, given, strict=True):
        parts[i] = part
    return parts


def confine(plan: Plan, devices: Sequence[Device], total: float) -> None:
    """Move batteries, then consumers or producers, until the limits of the site hold."""
    importing = total > plan.site_high_w
    excess = total - (plan.site_high_w if importing else plan.site_low_w)
    told = [device for device, orders in zip(devices, plan.orders, strict=True) if not orders.comms]
    excess = _move_storages([each for each in told if isinstance(each, Storage)], excess)
    rest = abs(excess) if (excess > 0.0) == importing else 0.0
    movable = [each for each in told if (each.p > 0.0) == importing and each.direction and each.p]
    # What rounding leaves is no excess: it would switch off a vehicle at its smallest current.
    if rest <= EPSILON_W or not movable:
        return
    requests = [device.request_w for device in movable]
    reduce(movable, rest)
    for device, request in zip(movable, requests, strict=True):
        device.request_w = request
        device.cause = "limit"


def _move_storages(storages: Sequence[Storage], excess: float) -> float:
    """Let batteries take up what is too much; return what is left of it."""
    importing = excess > 0.0
    free = [storage for storage in storages if not storage.off]
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
            storage.obey(target)
            excess -= before - storage.conversion_w
            storage.request_w = request
            storage.cause = "limit" if request == request else ""
    return excess
