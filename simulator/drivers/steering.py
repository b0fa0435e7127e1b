"""What the virtual types of service need of whoever serves a world, and what they find there.

A host gives one `Steered` to `collections`: it outlives resets, and always tells of the present
world. Everything here is called on the event loop that owns the world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from simulator.drivers.quantities import Value
    from simulator.microgrid.world import World
    from simulator.services.timers import Timers

__all__ = [
    "ClockControl",
    "OpenTask",
    "Sample",
    "ServiceControl",
    "Steered",
    "TaskDesk",
    "TelemetryDesk",
    "WorldSteering",
]


class WorldSteering(Protocol):
    """A served world at the present moment; `simulator.server.site.Site` is one."""

    @property
    def world(self) -> World:
        """The world itself; it stands at `catch_up`'s latest instant."""

    def catch_up(self, to_us: int) -> None:
        """Bring the world to an instant that has come."""

    def rest(self) -> None:
        """Let it be known that the world was changed and stands still again."""


class ClockControl(Protocol):
    """The clock that everything served reads; `simulator.server.clock.ServedClock` is one."""

    @property
    def factor(self) -> float:
        """Simulated seconds per second; 0 = it is moved by hand, or stands still."""

    def now_us(self) -> int:
        """Return the present instant."""

    def run(self, factor: float) -> None:
        """Go on from now with another factor; 0 stops the clock."""


class ServiceControl(Protocol):
    """The services API, called in-process; refusals are raised as `ServiceError`."""

    def start(self, collection: str, service_id: str) -> None:
        """Start a service, unless it runs already."""

    def stop(self, collection: str, service_id: str) -> None:
        """Stop a service, unless it is stopped already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenTask:
    """A task that nobody has claimed."""

    name: str
    """`tenants/t1/tasks/x`."""
    type_id: str
    """Last part of its type's name: `meter-burning`."""
    needs_input: bool
    """Whether completing it takes more than saying so."""


class TaskDesk(Protocol):
    """The tasks API, called in-process on behalf of one agent."""

    def open_tasks(self) -> Sequence[OpenTask]:
        """Return the tasks that may be claimed, the oldest first."""

    def claim(self, name: str, agent: str) -> bool:
        """Claim a task; False if someone else was faster."""

    def complete(self, name: str, agent: str) -> bool:
        """Complete a claimed task without input; False if that is refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What one component has reported at one instant."""

    t_us: int
    asset_id: str
    """`battery-5`."""
    name: str
    """The component's, for people."""
    values: Mapping[str, Value]
    """By attribute; see `simulator.drivers.quantities`."""


class TelemetryDesk(Protocol):
    """A time series database, written to in-process like any other client."""

    def publish(self, samples: Sequence[Sample]) -> None:
        """Store samples, whatever the order of their instants."""


@dataclass(kw_only=True)
class Steered:
    """Everything that services may act on.

    `services`, `tasks` and `telemetry` may be set later, once those APIs exist; None = not served.
    """

    site: Callable[[], WorldSteering]
    """Returns the present site: after a reset the new one."""
    clock: ClockControl
    timers: Timers
    """In the world's time."""
    services: ServiceControl | None = field(default=None)
    tasks: TaskDesk | None = field(default=None)
    telemetry: TelemetryDesk | None = field(default=None)
    frozen_factor: float | None = field(default=None, init=False)
    """What the clock goes back to once its service, which was stopped, is started; None = it runs.
    Outlives a reset, so that a new world does not begin in a frozen time."""

    def now(self) -> World:
        """Return the world, brought to the present moment."""
        site = self.site()
        site.catch_up(self.clock.now_us())
        return site.world

    def changed(self) -> None:
        """Tell the site that something was done to its world."""
        self.site().rest()
