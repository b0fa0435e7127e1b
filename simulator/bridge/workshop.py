"""What effects of completed tasks work with, in one world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from simulator.bridge.book import Book
from simulator.bridge.buffers import Buffers
from simulator.bridge.findings import Finding

if TYPE_CHECKING:
    from simulator.drivers import ServiceControl
    from simulator.microgrid.world import World

__all__ = ["EffectFailed", "Opened", "Redispatch", "Workshop"]


class EffectFailed(Exception):
    """The work was done and did not help; the text says why, for people."""


class Redispatch(Protocol):
    """The dispatch API, called in-process."""

    def again(self, dispatch_id: int, start_us: int) -> None:
        """Create a dispatch like another one, once, from a moment on; refusals: `ServiceError`."""


@dataclass(kw_only=True)
class Opened:
    """A task that the bridge has opened and whose effect is still to come."""

    name: str
    """`tenants/site/tasks/meter-burning-8-1`."""
    finding: Finding
    occurrences: int = 1
    """How often its condition was told."""
    is_completed: bool = False
    faults: list[int] = field(default_factory=list)
    """What was switched off or limited until the effect, as faults of the world by id."""


@dataclass(kw_only=True)
class Workshop:
    """The world, and who else has to do with it."""

    world: World
    book: Book
    buffers: Buffers
    services: ServiceControl | None
    dispatches: Redispatch | None
    open: Callable[[Finding], None]
    """Opens a task, unless there is one about the same."""
    later: Callable[[float, Callable[[], None]], None]
    """Calls after so many seconds of the world, unless that is another one by then."""
    seed: int
    restarts: float
    """Probability that restarting a device helps."""
    accepted_health: dict[int, float] = field(default_factory=dict)
    """The state of health that somebody has put up with, by battery."""

    def lift(self, task: Opened) -> None:
        """End what the bridge itself put in force."""
        for fault_id in task.faults:
            if fault_id in self.world.faults:
                self.world.clear(fault_id)
        task.faults.clear()

    def clear(self, component_id: int, *kinds: str) -> None:
        """End the faults of some kinds of a component."""
        for fault_id, fault in self.world.repairs.faults_of(component_id).items():
            if fault.kind in kinds:
                self.world.clear(fault_id)
