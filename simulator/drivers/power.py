"""`pv-driver` and `load-driver`: what produces and what consumes; stopped, neither does.

Both keep the site's own input series unless a configuration says otherwise; the curves are pure
functions of time, so that a change elsewhere never redraws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from simulator.drivers.claims import component, load_of
from simulator.drivers.curves import SHAPES, clear_sky, daily, noisy
from simulator.drivers.holding import DeviceType, known
from simulator.drivers.parsing import ComponentId, Fraction, NotNegative, Positive, Settings
from simulator.microgrid.feed import Curve, Supply

if TYPE_CHECKING:
    from typing import Self

    from simulator.microgrid.world import World

__all__ = ["LOAD", "PV", "LoadSettings", "PvSettings"]

_W: Final = 1000.0

_Hour = Annotated[float, Field(ge=0, lt=24)]


def _ascending(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    hours = [hour for hour, _ in points]
    if not hours or sorted(set(hours)) != hours:
        raise ValueError("points with ascending hours, such as [[0, 0.3], [7, 1.2]]")
    return points


Points = Annotated[tuple[tuple[_Hour, NotNegative], ...], AfterValidator(_ascending)]
"""Local hour and power in kW from then on, each day."""


class PvSettings(Settings):
    """What a PV inverter or wind turbine delivers."""

    component: ComponentId
    peak_kw: Positive | None = None
    """Of the clear sky; with the scenario's series, which it scales from the inverter's rating."""
    tilt_factor: Annotated[float, Field(gt=0, le=2)] = 1.0
    latitude: Annotated[float, Field(ge=-90, le=90)] = 52.0
    cloudiness: Fraction = 0.2
    seed: int | None = None
    profile: Literal["scenario", "clear-sky"] | Points = "scenario"
    curtailable: bool = True
    """Whether set-points and limits reach it."""


def _pv_parts(world: World, settings: PvSettings) -> tuple[str, ...]:
    known(world, settings.component, "a producer", "pv_inverter", "wind_turbine")
    return (component(settings.component),)


def _pv_supply(world: World, settings: PvSettings) -> Supply | None:
    info = next(each for each in world.components if each.id == settings.component)
    rated_w = info.rated_w or 0.0
    peak_w = rated_w if settings.peak_kw is None else settings.peak_kw * _W
    zone = world.scenario.zone
    if settings.profile == "scenario":
        factor = peak_w / rated_w * settings.tilt_factor
        return None if factor == 1.0 else Supply(factor=factor)
    if settings.profile == "clear-sky":
        seed = world.seed if settings.seed is None else settings.seed
        sky = clear_sky(
            peak_w, settings.latitude, settings.cloudiness, seed, settings.component, zone
        )
        return Supply(factor=settings.tilt_factor, curve=sky)
    points = [(hour, power * _W) for hour, power in settings.profile]
    return Supply(factor=settings.tilt_factor, curve=daily(points, zone))


def _pv_engage(world: World, settings: PvSettings) -> None:
    world.driving.supply(settings.component, _pv_supply(world, settings))
    world.driving.deafen(settings.component, is_deaf=not settings.curtailable)
    world.driving.start(settings.component)


def _pv_release(world: World, settings: PvSettings) -> None:
    world.driving.stop(settings.component)


class LoadSettings(Settings):
    """What the hidden load of a meter, or a controllable load, draws."""

    component: ComponentId
    base_kw: Positive | None = None
    """Mean of a named profile; default 1."""
    profile: Literal["scenario", "household", "office"] | Points = "scenario"
    scale: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    """Factor on the whole."""
    noise_std: NotNegative = 0.0
    """Standard deviation of a named or given profile, kW."""
    seed: int | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.profile == "scenario" and (self.base_kw is not None or self.noise_std):
            raise ValueError("a profile of its own beside baseKw or noiseStd")
        return self


def _is_hidden(world: World, settings: LoadSettings) -> bool:
    known(world, settings.component, "a meter or a controllable load", "meter", "load")
    return any(e.id == settings.component and e.kind == "meter" for e in world.components)


def _load_parts(world: World, settings: LoadSettings) -> tuple[str, ...]:
    is_hidden = _is_hidden(world, settings)
    return (load_of(settings.component) if is_hidden else component(settings.component),)


def _load_curve(world: World, settings: LoadSettings) -> Curve | None:
    if settings.profile == "scenario":
        return None
    if isinstance(settings.profile, str):
        mean_w = _W * (1.0 if settings.base_kw is None else settings.base_kw)
        shape = SHAPES[settings.profile]
        points = [(float(hour), mean_w * each) for hour, each in enumerate(shape)]
    else:
        points = [(hour, power * _W) for hour, power in settings.profile]
    seed = world.seed if settings.seed is None else settings.seed
    curve = daily(points, world.scenario.zone)
    return noisy(curve, settings.noise_std * _W, seed, settings.component)


def _load_engage(world: World, settings: LoadSettings) -> None:
    curve = _load_curve(world, settings)
    own = curve is None and settings.scale == 1.0
    supply = None if own else Supply(factor=settings.scale, curve=curve)
    world.driving.supply(settings.component, supply)
    if not _is_hidden(world, settings):
        world.driving.start(settings.component)


def _load_release(world: World, settings: LoadSettings) -> None:
    if _is_hidden(world, settings):
        world.driving.supply(settings.component, Supply(factor=0.0))
    else:
        world.driving.stop(settings.component)


PV: Final = DeviceType(
    name="pv-driver",
    settings=PvSettings,
    parts=_pv_parts,
    engage=_pv_engage,
    release=_pv_release,
)
LOAD: Final = DeviceType(
    name="load-driver",
    settings=LoadSettings,
    parts=_load_parts,
    engage=_load_engage,
    release=_load_release,
)
