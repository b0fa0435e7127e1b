"""How the frequency of a grid wanders: an Ornstein-Uhlenbeck process, made only where it is read.

It stands at whole seconds and depends on seed and time alone, so that nobody's reading shifts what
others read: each value is the sum of decaying innovations, which come from streams by stretch.
"""

from math import exp

import numpy as np

from .randomness import stream
from .units import US_PER_S

__all__ = ["RELAXATION_S", "wander"]

RELAXATION_S = 60.0
"""After this a deviation has decayed to 1/e, on average (our choice)."""
_BLOCK = 600
"""Seconds of a stretch, and how far back an innovation is felt: by then e^-10 of it is left."""
_DECAY = exp(-1.0 / RELAXATION_S) ** np.arange(_BLOCK)
_WEIGHTS = _DECAY / np.linalg.norm(_DECAY)


def wander(seed: int, t_us: int) -> float:
    """Return the deviation at a moment, in standard deviations."""
    block, second = divmod(t_us // US_PER_S, _BLOCK)
    before, now = (
        stream(seed, "frequency", each).standard_normal(_BLOCK) for each in (block - 1, block)
    )
    innovations = np.concatenate([before[second + 1 :], now[: second + 1]])
    return float(np.dot(innovations[::-1], _WEIGHTS))
