"""Clouds before a clear sky: a two-state chain decides when, a Beta draw of each day how dark.

Each UTC day has a stream of its own, so that any day can be had without the ones before.
"""

import numpy as np
from numpy.typing import NDArray

from .randomness import stream
from .scenario_inputs import Clouds

__all__ = ["cloud_factors"]

STEPS = 96
"""Quarter hours of a day."""


def cloud_factors(clouds: Clouds, name: str, day: int) -> NDArray[np.float64]:
    """Return what clouds leave of the power in each quarter hour of a day since 1970-01-01.

    `name` is that of the input: inputs of different names have clouds of their own.
    """
    draws = stream(clouds.seed, "clouds", name, day)
    index = draws.beta(*clouds.index)
    chances = draws.random(STEPS + 1)
    leave, enter = clouds.leave, clouds.enter
    is_cloudy = bool(chances[0] < clouds.share)
    factors = np.ones(STEPS)
    for step, chance in enumerate(chances[1:].tolist()):
        if is_cloudy:
            factors[step] = index
        is_cloudy = chance >= leave if is_cloudy else chance < enter
    return factors
