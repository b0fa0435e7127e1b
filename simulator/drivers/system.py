"""The systems of a node: `clock` moves the world's time, `store` keeps its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from simulator.drivers.archive import Archive
from simulator.drivers.parsing import Settings, reader
from simulator.drivers.steering import Steered
from simulator.microgrid.scenario_base import Instant
from simulator.services.services.kinds import Driver, Kind, LoadFailed

if TYPE_CHECKING:
    from typing import Self

__all__ = ["ClockSettings", "StoreSettings", "clock", "store"]

_US_PER_H: Final = 3_600_000_000


class ClockSettings(Settings):
    """How time runs; without a mode as the server was started."""

    mode: Literal["realtime", "accelerated", "stepped"] | None = None
    speed: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    """Simulated seconds per second, `accelerated` only."""
    start: Instant | None = None
    """When the world began; another instant takes a reset."""

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.speed != 1.0 and self.mode != "accelerated":
            raise ValueError("mode accelerated beside a speed")
        return self


class _Clock:
    """The service `clock`."""

    def __init__(self, steered: Steered) -> None:
        self._steered = steered

    def apply(self, value: Any) -> None:
        """Let time run."""
        settings: ClockSettings = value
        world = self._steered.now()
        if settings.start is not None and settings.start != world.start_us:
            raise LoadFailed("start: this world has begun already; reset it instead", fatal=True)
        factor = {"realtime": 1.0, "accelerated": settings.speed, "stepped": 0.0}
        if settings.mode is None:
            self._thaw()
            return
        self._steered.frozen_factor = None
        self._steered.clock.run(factor[settings.mode])

    def stop(self) -> None:
        """Let time stand still; calls are still answered."""
        if self._steered.frozen_factor is None:
            self._steered.frozen_factor = self._steered.clock.factor
            self._steered.clock.run(0.0)

    def remove(self) -> None:
        """Let time run as before: without its service nothing could start it again."""
        self._thaw()

    def _thaw(self) -> None:
        if (factor := self._steered.frozen_factor) is not None:
            self._steered.frozen_factor = None
            self._steered.clock.run(factor)


class StoreSettings(Settings):
    """How long history is kept."""

    retention_hours: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """0 = as long as there is room."""
    clear_on_start: bool = False


class _Store:
    """The service `store`."""

    def __init__(self, steered: Steered, archive: Archive) -> None:
        self._steered = steered
        self._archive = archive
        self._is_running = False

    def apply(self, value: Any) -> None:
        """Record from now on."""
        settings: StoreSettings = value
        if settings.clear_on_start and not self._is_running:
            self._archive.clear()
        self._is_running = True
        world = self._steered.site().world
        self._archive.record(world, round(settings.retention_hours * _US_PER_H))

    def stop(self) -> None:
        """Record nothing; what was recorded can still be asked for."""
        self._is_running = False
        self._archive.pause()

    def remove(self) -> None:
        """Keep what was recorded."""


def clock(steered: Steered, *, strict: bool = False) -> Kind:
    """Return the type of the clock."""

    def driver(_service_id: str) -> Driver:
        return _Clock(steered)

    return Kind(
        name="clock",
        parse=reader(ClockSettings, strict=strict),
        driver=driver,
        default=ClockSettings(),
    )


def store(steered: Steered, archive: Archive, *, strict: bool = False) -> Kind:
    """Return the type of the store."""

    def driver(_service_id: str) -> Driver:
        return _Store(steered, archive)

    return Kind(
        name="store",
        parse=reader(StoreSettings, strict=strict),
        driver=driver,
        default=StoreSettings(),
    )
