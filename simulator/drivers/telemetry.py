"""`telemetry-publisher`: takes readings at its interval and publishes them in batches.

Stopped, it goes on taking readings into its backlog, which it drains when it runs again. `memory`
publishes points to the node's store; `exchange` publishes assets to the exchange API's database,
each component with all that it reports, unless streams choose.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from simulator.drivers.archive import Archive, Point
from simulator.drivers.parsing import ComponentId, Interval, Settings, reader
from simulator.drivers.quantities import ATTRIBUTES, Metric, asset_id, attributes
from simulator.drivers.steering import Sample, Steered
from simulator.services.services.kinds import Driver, Kind, LoadFailed

if TYPE_CHECKING:
    from simulator.microgrid.world import World
    from simulator.services.timers import Timer

__all__ = ["Stream", "TelemetrySettings", "telemetry_publisher"]

_US_PER_S: Final = 1_000_000


class Stream(Settings):
    """One series."""

    component: ComponentId
    metric: Metric = "power_w"


class TelemetrySettings(Settings):
    """What is published, and how often."""

    sink: Literal["memory", "exchange"] = "memory"
    streams: tuple[Stream, ...] = ()
    """None of them: nothing goes to `memory`, everything to `exchange`."""
    interval: Interval = 15.0
    batch: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Points, or samples of components, at once."""
    backlog_max: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    on_overflow: Literal["drop-oldest", "drop-newest"] = "drop-oldest"


class _Publisher:
    """One service of this type."""

    def __init__(self, steered: Steered, archive: Archive) -> None:
        self._steered = steered
        self._archive = archive
        self._settings: TelemetrySettings | None = None
        self._world: World | None = None
        self._backlog: deque[Point | Sample] = deque()
        self._timer: Timer | None = None
        self._is_running = False

    def apply(self, value: Any) -> None:
        """Publish from the next interval on, the backlog at once."""
        settings: TelemetrySettings = value
        if settings.sink == "exchange" and self._steered.telemetry is None:
            text = "sink: the exchange API is not served here, or has no database for the site"
            raise LoadFailed(text, fatal=True)
        world = self._steered.now()
        ids = {info.id for info in world.components}
        if unknown := [each.component for each in settings.streams if each.component not in ids]:
            raise LoadFailed(f"streams: the site has no component {unknown[0]}", fatal=True)
        if self._world is not world or settings.sink != getattr(self._settings, "sink", None):
            self._backlog.clear()
        is_new = self._settings is None or self._world is not world
        before, self._settings, self._world = self._settings, settings, world
        self._is_running = True
        self._drain()
        if is_new and settings.sink == "exchange":
            # Who looks for a component need not wait until it is due for the first time.
            self._take(settings, world, self._steered.clock.now_us())
            self._drain()
        if is_new or (before is not None and before.interval != settings.interval):
            self._wait()

    def stop(self) -> None:
        """Publish what is at hand; later points wait."""
        if self._is_running:
            self._drain()
        self._is_running = False

    def remove(self) -> None:
        """Take no more readings."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._settings = None
        self._backlog.clear()

    def _wait(self) -> None:
        """Come back at the next multiple of the interval since the epoch."""
        if self._timer is not None:
            self._timer.cancel()
        assert self._settings is not None
        step_us = round(self._settings.interval * _US_PER_S)
        now_us = self._steered.clock.now_us()
        self._timer = self._steered.timers.at((now_us // step_us + 1) * step_us, self._tick)

    def _tick(self, due_us: int) -> None:
        settings = self._settings
        site = self._steered.site()
        if settings is None or site.world is not self._world:
            return
        site.catch_up(due_us)
        self._take(settings, site.world, due_us)
        if self._is_running:
            self._drain()
        step_us = round(settings.interval * _US_PER_S)
        self._timer = self._steered.timers.at((due_us // step_us + 1) * step_us, self._tick)

    def _take(self, settings: TelemetrySettings, world: World, t_us: int) -> None:
        """Put what is reported now into the backlog."""
        take = _points if settings.sink == "memory" else _samples
        for each in take(world, settings.streams, t_us):
            self._keep(each)

    def _keep(self, taken: Point | Sample) -> None:
        settings = self._settings
        assert settings is not None
        if len(self._backlog) >= settings.backlog_max:
            if settings.on_overflow == "drop-newest":
                return
            self._backlog.popleft()
        self._backlog.append(taken)

    def _drain(self) -> None:
        settings, backlog = self._settings, self._backlog
        assert settings is not None
        while backlog:
            count = min(settings.batch, len(backlog))
            taken = [backlog.popleft() for _ in range(count)]
            if self._steered.telemetry is not None and settings.sink == "exchange":
                self._steered.telemetry.publish(
                    [each for each in taken if isinstance(each, Sample)]
                )
            else:
                self._archive.write([each for each in taken if isinstance(each, Point)])


def _points(world: World, streams: Sequence[Stream], t_us: int) -> Iterator[Point]:
    for each in streams:
        try:
            value = getattr(world.reading(each.component), each.metric)
        except KeyError:
            continue  # It never reports.
        if value is not None:
            yield Point(
                t_us=t_us, component_id=each.component, metric=each.metric, value=float(value)
            )


def _samples(world: World, streams: Sequence[Stream], t_us: int) -> Iterator[Sample]:
    wanted: dict[int, set[str]] = {}
    for stream in streams:
        wanted.setdefault(stream.component, set()).add(ATTRIBUTES[stream.metric][0])
    for info in world.components:
        values = attributes(world, info.id)
        if streams:
            chosen = wanted.get(info.id, set())
            values = {name: value for name, value in values.items() if name in chosen}
        if values:
            yield Sample(t_us=t_us, asset_id=asset_id(info), name=info.name, values=values)


def telemetry_publisher(steered: Steered, archive: Archive, *, strict: bool = False) -> Kind:
    """Return the type."""

    def driver(_service_id: str) -> Driver:
        return _Publisher(steered, archive)

    return Kind(
        name="telemetry-publisher",
        parse=reader(TelemetrySettings, strict=strict),
        driver=driver,
        default=TelemetrySettings(),
    )
