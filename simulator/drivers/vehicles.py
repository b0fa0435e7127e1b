"""`ev-driver`: a charging point serves vehicles; stopped, it serves none, who keep their charge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field

from simulator.drivers.claims import component
from simulator.drivers.holding import DeviceType, known
from simulator.drivers.parsing import ComponentId, Fraction, Interval, Positive, Settings
from simulator.microgrid.randomness import stream
from simulator.microgrid.scenario_base import from_us, to_us
from simulator.microgrid.sessions import Stay
from simulator.microgrid.units import US_PER_S

if TYPE_CHECKING:
    from simulator.microgrid.world import World

__all__ = ["EV", "EvSettings"]

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_W: Final = 1000.0
_DAY_S: Final = 86_400.0


def _clock_times(times: tuple[str, ...]) -> tuple[str, ...]:
    if not times or not all(_CLOCK.fullmatch(each) for each in times):
        raise ValueError('local times such as ["07:30", "18:00"]')
    return tuple(sorted(set(times)))


class PerDay(Settings):
    """Vehicles that come at random."""

    per_day: Annotated[float, Field(gt=0, le=1000)]
    """Mean of a Poisson process."""


class EvSettings(Settings):
    """Who comes to a charging point, and with how much power it charges."""

    component: ComponentId
    max_kw: Positive | None = None
    """Absent = what the point is built for; also holds for who is there already."""
    arrivals: Annotated[tuple[str, ...], AfterValidator(_clock_times)] | PerDay | None = None
    """Absent = the vehicles of the scenario."""
    battery_kwh: Positive = 60.0
    soc_arrival: Fraction = 0.3
    target_soc: Fraction = 0.8
    depart_after: Interval = 8 * 3600.0
    seed: int | None = None
    v2g: Literal[False] = False
    """No charging point of this site feeds back."""


def _parts(world: World, settings: EvSettings) -> tuple[str, ...]:
    known(world, settings.component, "a charging point", "ev_charger")
    return (component(settings.component),)


def _line(world: World, settings: EvSettings) -> Iterator[Stay]:
    """Yield stays without end, one after the other, from when the first one is asked for.

    That is when the point is free: who would have come before has driven on.
    """
    capacity = settings.battery_kwh * _W
    stay_us = round(settings.depart_after * US_PER_S)
    wanted = max(settings.target_soc - settings.soc_arrival, 0.01) * capacity
    free_us = world.now_us
    for arrive_us in _arrivals(world, settings):
        if arrive_us < free_us:
            continue
        free_us = arrive_us + stay_us
        yield Stay(
            arrive_us=arrive_us,
            depart_us=free_us,
            energy_wh=wanted,
            capacity_wh=capacity,
            soc_arrival=settings.soc_arrival,
        )


def _arrivals(world: World, settings: EvSettings) -> Iterator[int]:
    zone = world.scenario.zone
    seed = world.seed if settings.seed is None else settings.seed
    day = from_us(world.now_us).astimezone(zone).date()
    while True:
        if isinstance(settings.arrivals, PerDay):
            draws = stream(seed, "ev-driver", settings.component, day.isoformat())
            begin_us, passed_s = to_us(datetime.combine(day, time(), zone)), 0.0
            while passed_s < _DAY_S:
                yield begin_us + round(passed_s) * US_PER_S
                passed_s += float(draws.exponential(_DAY_S / settings.arrivals.per_day))
        else:
            for each in settings.arrivals or ():
                yield to_us(datetime.combine(day, time.fromisoformat(each), zone))
        day += timedelta(days=1)


def _engage(world: World, settings: EvSettings) -> None:
    driving, point = world.driving, settings.component
    driving.rating(point, None if settings.max_kw is None else settings.max_kw * _W)
    wish = (settings.arrivals, settings.battery_kwh, settings.soc_arrival, settings.target_soc)
    driving.vehicles(
        point,
        None if settings.arrivals is None else _line(world, settings),
        reason=(*wish, settings.depart_after, settings.seed) if settings.arrivals else (),
    )
    driving.start(point)


def _release(world: World, settings: EvSettings) -> None:
    world.driving.stop(settings.component)


EV: Final = DeviceType(
    name="ev-driver",
    settings=EvSettings,
    parts=_parts,
    engage=_engage,
    release=_release,
)
