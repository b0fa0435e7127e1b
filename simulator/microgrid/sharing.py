"""How one set-point is divided among several batteries.

Each gets a part by weight; what does not fit within its bounds goes to those that still have room.
With `soc_balance` the weight is the capacity share times a power of the distance to the edge of the
window in that direction, as in the Frequenz SDK; larger exponents balance faster.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

__all__ = [
    "TOLERANCE",
    "Placement",
    "balance_weights",
    "drift_s",
    "in_turn",
    "parts_of",
    "place",
]

TOLERANCE = 1e-3
"""Change of a share (fraction of the whole) that the controller lets pass before it shares anew.
Our choice: sharing anew in every cycle would cost much and move less than this."""


class Placement(NamedTuple):
    """How a request was placed."""

    asked: list[float]
    """What each was asked for: its part, before it was cut to its bounds."""
    given: list[float]
    """The same within the bounds."""
    unserved: float
    """What found no place, signed like the request."""


def balance_weights(
    headrooms_wh: Sequence[float], capacities_wh: Sequence[float], exponent: float = 1.0
) -> list[float]:
    """Return `C_i h_i^x` with `h_i` the headroom as a fraction of the capacity; 0 without room."""
    if exponent == 1.0:
        return list(headrooms_wh)
    return [
        capacity * (room / capacity) ** exponent if room > 0.0 else 0.0
        for room, capacity in zip(headrooms_wh, capacities_wh, strict=True)
    ]


def place(
    request: float, weights: Sequence[float], lows: Sequence[float], highs: Sequence[float]
) -> Placement:
    """Divide a request by weight within bounds `low <= high`, in at most n rounds.

    Who has no weight gets what its bounds force on it. The parts sum to the request unless all
    are at a bound. In each round only those are fixed that are cut in the prevailing direction,
    so that the order of the members does not matter.
    """
    count = len(weights)
    asked = [0.0] * count
    given = [min(max(0.0, lows[i]), highs[i]) for i in range(count)]
    open_ = [i for i in range(count) if weights[i] > 0.0]
    rest = request - sum(given[i] for i in range(count) if weights[i] <= 0.0)
    while open_:
        total = sum(weights[i] for i in open_)
        excess = 0.0
        for i in open_:
            asked[i] = part = rest * weights[i] / total
            given[i] = min(max(part, lows[i]), highs[i])
            excess += given[i] - part
        if excess > 0.0:
            fixed = [i for i in open_ if given[i] > asked[i]]
        elif excess < 0.0:
            fixed = [i for i in open_ if given[i] < asked[i]]
        else:
            fixed = []
        if not fixed:
            return Placement(asked, given, 0.0)
        for i in fixed:
            rest -= given[i]
            open_.remove(i)
    return Placement(asked, given, rest)


def parts_of(
    request: float, weights: Sequence[float], lows: Sequence[float], highs: Sequence[float]
) -> list[float]:
    """Return what `place` asks of each."""
    if all(weights):
        total = sum(weights)
        parts = []
        above = below = 0
        for i, weight in enumerate(weights):
            part = request * weight / total
            parts.append(part)
            if part > highs[i]:
                above += 1
            elif part < lows[i]:
                below += 1
        # Mostly nobody is cut, or everybody alike, so that nobody is left to take more.
        if not (above or below) or len(parts) in (above, below):
            return parts
    return place(request, weights, lows, highs).asked


def in_turn(request: float, lows: Sequence[float], highs: Sequence[float]) -> list[float]:
    """Give the first as much as it can do, then the next; the last one is asked for the rest."""
    parts = []
    for low, high in zip(lows, highs, strict=True):
        part = min(max(request, low), high)
        parts.append(part)
        request -= part
    if parts:
        parts[-1] += request
    return parts


def drift_s(weights: Sequence[float], rates: Sequence[float]) -> float:
    """Return after how many seconds some share has moved by `TOLERANCE`, infinite = never.

    `rates` are the relative changes of the weights, 1/s; to first order.
    """
    total = change = 0.0
    for i, weight in enumerate(weights):
        total += weight
        change += weight * rates[i]
    if total <= 0.0:
        return inf
    mean = change / total
    fastest = noise = 0.0
    for i, weight in enumerate(weights):
        drift = weight * abs(rates[i] - mean)
        if drift > fastest:
            fastest = drift
            noise = 1e-12 * weight * (abs(rates[i]) + abs(mean))
    return TOLERANCE * total / fastest if fastest > noise else inf
