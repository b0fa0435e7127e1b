"""A made-up load: a base, daily harmonics, seeded noise, and appliances that run now and then.

Each local day has a stream of its own, so that any day can be had without the ones before; hours
count from local midnight. Never negative.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .inputs import Series
from .randomness import stream
from .scenario_base import from_us, to_us
from .scenario_inputs import SyntheticInput
from .units import US_PER_S

__all__ = ["synthetic_series"]

_HOURS = 24.0


def synthetic_series(
    entry: SyntheticInput, *, zone: ZoneInfo, start_us: int, end_us: int
) -> Series:
    """Return the load over `[start_us, end_us)`."""
    step_us = entry.step_s * US_PER_S
    # An appliance of the day before may still run.
    day = from_us(start_us).astimezone(zone).date() - timedelta(days=1)
    last = from_us(end_us).astimezone(zone).date()
    first_us = to_us(datetime.combine(day, time(), zone))
    whole_us = to_us(datetime.combine(last + timedelta(days=1), time(), zone))
    t_us = np.arange(first_us, whole_us, step_us, dtype=np.int64)
    values = np.full(len(t_us), entry.base_w)
    while day <= last:
        begin_us = to_us(datetime.combine(day, time(), zone))
        draws = stream(entry.seed, "synthetic", entry.name, day.isoformat())
        day += timedelta(days=1)
        place = (begin_us - first_us) // step_us
        count = (to_us(datetime.combine(day, time(), zone)) - begin_us) // step_us
        own = slice(place, place + count)
        values[own] += _harmonics(entry, (t_us[own] - begin_us) / (3600 * US_PER_S))
        values[own] += entry.noise_w * draws.standard_normal(count)
        for each in entry.appliances:
            steps = max(round(each.minutes * 60 / entry.step_s), 1)
            for start in draws.random(draws.poisson(each.per_day)):
                at = place + int(start * count)
                values[at : at + steps] += each.power_w
    whole = Series(t_us=t_us, values=np.clip(values, 0.0, None), end_us=whole_us)
    return whole.between(start_us, end_us)


def _harmonics(entry: SyntheticInput, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros(len(hours))
    for n, (amplitude_w, peak_h) in enumerate(entry.harmonics, 1):
        total += amplitude_w * np.cos(2.0 * np.pi * n * (hours - peak_h) / _HOURS)
    return total
