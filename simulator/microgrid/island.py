"""A site without its grid: batteries that can form one of their own hold the balance at zero.

Nothing takes up what is left over, so powers must not change between two decisions: batteries and
vehicles near the edge of their window are told only what they can hold until the next controller
cycle, in closed form. What lacks is shed, controllable consumers first, then the same share of
every load; what is too much is curtailed. Proportional shedding is our choice.
"""

from collections.abc import Sequence

from .arbitration import Plan
from .assignment import reduce
from .charger import Charger
from .device import Device
from .sharing import place
from .storage import Storage
from .units import EPSILON_W

__all__ = ["hold_island"]

_ROUNDS = 6
"""Each but the last takes something away for good."""


def hold_island(plan: Plan, devices: Sequence[Device], load_w: float, hold_s: float) -> float:
    """Bring the site's power to zero for the next `hold_s` seconds; return the share of the load.

    Devices other than batteries must have their set-points already.
    """
    members = [each for i in plan.island if isinstance(each := devices[i], Storage)]
    others = [device for device in devices if not isinstance(device, Storage)]
    fixed_w = load_w + sum(device.draw_w for device in devices)
    for device in devices:
        if isinstance(device, Storage):
            device.command(0.0)
        elif isinstance(device, Charger) and device.terms:
            device.command(device.sustained_w(hold_s))
    lacking = _balance(members, others, fixed_w, hold_s)
    if lacking < -EPSILON_W:
        # Who may not stop yet trips.
        for device in others:
            if device.p < 0.0:
                device.off = "fault"
                device.command(0.0)
        lacking = _balance(members, others, fixed_w, hold_s)
    if lacking <= EPSILON_W:
        return 1.0
    if lacking <= load_w + EPSILON_W:
        return max(1.0 - lacking / load_w, 0.0)
    # Not even the auxiliaries can be served: everything stops.
    for device in devices:
        device.draw_w = 0.0
        device.off = "fault"
        device.command(0.0)
    return 0.0


def _balance(
    members: Sequence[Storage], others: Sequence[Device], fixed_w: float, hold_s: float
) -> float:
    """Let batteries balance the site, then take away what is too much; return what still lacks.

    `fixed_w`: loads and auxiliaries. Who stops rather than go below its floor leaves more than was
    too much, hence several rounds.
    """
    for rounds_left in reversed(range(_ROUNDS)):
        need = fixed_w + sum(device.p for device in others)
        _supply(members, need, hold_s)
        lacking = need + sum(storage.conversion_w for storage in members)
        excessive = [device for device in others if device.p * lacking > 0.0]
        if abs(lacking) <= EPSILON_W or not excessive or not rounds_left:
            break
        _reduce(excessive, abs(lacking))
    return lacking


def _reduce(devices: Sequence[Device], excess: float) -> None:
    requests = [device.request_w for device in devices]
    reduce(devices, excess)
    for device, request in zip(devices, requests, strict=True):
        device.request_w = request
        device.cause = "limit"


def _supply(members: Sequence[Storage], need: float, hold_s: float) -> None:
    """Let batteries cover a need, or take up what is too much, as far as they can hold it."""
    bounds = [storage.sustained_w(hold_s) for storage in members]
    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    rooms = [storage.headroom(-need) for storage in members]
    parts = place(-need, rooms, lows, highs).given
    # Who would get too little to switch on for leaves it to the others, the last one first.
    for i in reversed(range(len(members))):
        if 0.0 < abs(parts[i]) < members[i].min_w and any(
            part for j, part in enumerate(parts) if j != i
        ):
            rooms[i] = lows[i] = highs[i] = 0.0
            parts = place(-need, rooms, lows, highs).given
    for storage, part in zip(members, parts, strict=True):
        storage.command(part)
