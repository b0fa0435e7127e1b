"""`grid-driver`: connects the site to the grid, within limits; stopped, the site is an island."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from simulator.drivers.claims import component
from simulator.drivers.holding import DeviceType, known
from simulator.drivers.parsing import ComponentId, Interval, NotNegative, Settings
from simulator.microgrid.faults import Fault
from simulator.microgrid.scenario_base import Instant

if TYPE_CHECKING:
    from simulator.microgrid.world import World

__all__ = ["GRID", "GridSettings"]

_W: Final = 1000.0


class Outage(Settings):
    """A power cut that is to come."""

    at: Instant
    duration: Interval = Field(alias="for")


class GridSettings(Settings):
    """What the grid connection allows."""

    component: ComponentId
    import_max_kw: NotNegative | None = None
    export_max_kw: NotNegative | None = None
    """Absent = as the scenario has it."""
    frequency_std: Annotated[float, Field(ge=0, le=5)] = 0.0
    """Standard deviation of the frequency that meters show, Hz."""
    outage: tuple[Outage, ...] = ()


def _parts(world: World, settings: GridSettings) -> tuple[str, ...]:
    known(world, settings.component, "the grid connection", "grid_connection_point")
    return (component(settings.component),)


def _engage(world: World, settings: GridSettings) -> None:
    low, high = settings.export_max_kw, settings.import_max_kw
    world.driving.grid(
        None if low is None else -low * _W,
        None if high is None else high * _W,
        frequency_std=settings.frequency_std,
        outages=tuple(
            Fault(kind="grid_outage", start_us=each.at, duration_s=each.duration)
            for each in settings.outage
        ),
    )
    world.driving.start(settings.component)


def _release(world: World, settings: GridSettings) -> None:
    world.driving.stop(settings.component)


GRID: Final = DeviceType(
    name="grid-driver",
    settings=GridSettings,
    parts=_parts,
    engage=_engage,
    release=_release,
)
