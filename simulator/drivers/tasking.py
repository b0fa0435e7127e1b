"""`task-automation`: an agent that claims open tasks of the tasks API and works them off.

It looks for work at its interval, takes one task at a time of the types it accepts, tells in the
world's log how far it is, and completes those that need no input. Nothing in that API gives a
claimed task back, so the log says what became of one whose agent was stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from simulator.drivers.parsing import Interval, Settings, reader
from simulator.drivers.steering import OpenTask, Steered
from simulator.services.services.kinds import Driver, Kind, LoadFailed

if TYPE_CHECKING:
    from simulator.microgrid.world import World
    from simulator.services.timers import Timer

__all__ = ["TaskSettings", "task_automation"]

_US_PER_S: Final = 1_000_000


class TaskSettings(Settings):
    """Which tasks an agent takes."""

    source: Literal["tasks-api"] = "tasks-api"
    agent: Annotated[str, Field(min_length=1, max_length=200)] = "gridproof"
    accept: Literal["all"] | tuple[str, ...] = "all"
    """Types, by the last part of their names."""
    progress_interval: Interval = 5.0
    work_time: Interval = 600.0
    """From the claim to the completion."""
    on_stop: Literal["failed", "cancelled"] = "cancelled"
    """What the log says of the task at hand when the agent stops."""

    def takes(self, task: OpenTask) -> bool:
        """Return whether a task is one of its own."""
        wanted = self.accept == "all" or task.type_id in self.accept
        return wanted and not task.needs_input


class _Agent:
    """One service of this type."""

    def __init__(self, steered: Steered) -> None:
        self._steered = steered
        self._settings: TaskSettings | None = None
        self._world: World | None = None
        self._timer: Timer | None = None
        self._task: OpenTask | None = None
        self._claimed_us = 0

    def apply(self, value: Any) -> None:
        """Work from now on; a task at hand is finished as it was begun."""
        if self._steered.tasks is None:
            raise LoadFailed("source: the tasks API is not served here", fatal=True)
        self._world = self._steered.now()
        self._settings = value
        self._wait(self._steered.clock.now_us())

    def stop(self) -> None:
        """Look for no more work, and put down the task at hand."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None and self._settings is not None:
            self._tell(f"TASK_{self._settings.on_stop.upper()}", self._task)
        self._task = None

    def remove(self) -> None:
        """Nothing is left of a stopped one."""

    def _wait(self, now_us: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        assert self._settings is not None
        step_us = round(self._settings.progress_interval * _US_PER_S)
        self._timer = self._steered.timers.at(now_us + step_us, self._tick)

    def _tick(self, due_us: int) -> None:
        site, settings, desk = self._steered.site(), self._settings, self._steered.tasks
        if settings is None or desk is None or site.world is not self._world:
            return
        site.catch_up(due_us)
        if self._task is None:
            self._look(settings, due_us)
        else:
            self._work(settings, self._task, due_us)
        site.rest()
        self._wait(due_us)

    def _look(self, settings: TaskSettings, now_us: int) -> None:
        desk = self._steered.tasks
        assert desk is not None
        for task in desk.open_tasks():
            if settings.takes(task) and desk.claim(task.name, settings.agent):
                self._task, self._claimed_us = task, now_us
                self._tell("TASK_CLAIMED", task)
                return

    def _work(self, settings: TaskSettings, task: OpenTask, now_us: int) -> None:
        desk = self._steered.tasks
        assert desk is not None
        done = (now_us - self._claimed_us) / (settings.work_time * _US_PER_S)
        if done < 1.0:
            self._tell("TASK_PROGRESS", task, done=done)
            return
        accepted = desk.complete(task.name, settings.agent)
        self._tell("TASK_COMPLETED" if accepted else "TASK_FAILED", task)
        self._task = None

    def _tell(self, event: str, task: OpenTask, **details: Any) -> None:
        world, settings = self._world, self._settings
        if world is not None and settings is not None:
            world.log(event, task=task.name, agent=settings.agent, **details)


def task_automation(steered: Steered, *, strict: bool = False) -> Kind:
    """Return the type."""

    def driver(_service_id: str) -> Driver:
        return _Agent(steered)

    return Kind(
        name="task-automation",
        parse=reader(TaskSettings, strict=strict),
        driver=driver,
        default=TaskSettings(),
    )
