"""`meter-driver`: a meter reports; stopped, it is silent while the energy flows on.

`kind` says what the meter is there for, and is checked against the site. Readings are evaluated
when they are asked for; the interval says how often others may expect one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from simulator.drivers.claims import component
from simulator.drivers.holding import DeviceType, known
from simulator.drivers.parsing import ComponentId, Fraction, Interval, NotNegative, Settings
from simulator.microgrid.meter_errors import Errors
from simulator.services.services.kinds import LoadFailed

if TYPE_CHECKING:
    from simulator.microgrid.world import World

__all__ = ["METER", "MeterSettings"]

_WH: Final = 1000.0
_BELOW: Final = {
    "production": ("pv_inverter", "wind_turbine", "chp"),
    "battery": ("battery_inverter",),
}


class MeterSettings(Settings):
    """How a meter reads; without noise, step, offset and losses as the scenario says."""

    component: ComponentId
    kind: Literal["grid", "consumption", "production", "battery"] | None = None
    interval: Interval | None = None
    noise_std: NotNegative = 0.0
    """Standard deviation of powers, kW."""
    quantisation_kwh: NotNegative = 0.0
    """Step of the registers, 0 = none."""
    offset_kwh: Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)] = 0.0
    """Added to the import register."""
    dropout_probability: Fraction = 0.0
    seed: int | None = None
    """Of noise and losses; absent = that of the world."""
    count_while_stopped: bool = True
    """Whether the registers go on while the driver is stopped."""


def _parts(world: World, settings: MeterSettings) -> tuple[str, ...]:
    known(world, settings.component, "a meter", "meter")
    info = next(each for each in world.components if each.id == settings.component)
    if settings.kind == "grid" and not info.is_grid_meter:
        raise LoadFailed(f"kind: meter {info.id} is not at the grid connection", fatal=True)
    wanted = _BELOW.get(settings.kind or "")
    below = [each.kind for each in world.components if each.id in info.children]
    if wanted and not any(each in wanted for each in below):
        raise LoadFailed(f"kind: nothing of {settings.kind} below meter {info.id}", fatal=True)
    return (component(settings.component),)


def _engage(world: World, settings: MeterSettings) -> None:
    errors = Errors(
        noise_w=settings.noise_std * _WH,
        step_wh=settings.quantisation_kwh * _WH,
        dropout=settings.dropout_probability,
        offset_wh=settings.offset_kwh * _WH,
        seed=settings.seed,
    )
    own = None if errors == Errors(seed=settings.seed) else errors
    world.driving.meter(settings.component, own, settings.interval)
    world.driving.start(settings.component)


def _release(world: World, settings: MeterSettings) -> None:
    world.driving.stop(settings.component, counts=settings.count_while_stopped)


METER: Final = DeviceType(
    name="meter-driver",
    settings=MeterSettings,
    parts=_parts,
    engage=_engage,
    release=_release,
)
