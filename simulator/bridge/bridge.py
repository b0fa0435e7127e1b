"""Opens tasks for what is wrong with a served site, and lets completed ones take effect.

There is at most one open task of a type about each device, from its condition to its effect; what
comes again meanwhile is counted. Ids are `{type}-{device}-{n}`, so that the same course of events
gives the same names. Everything happens at its instant of the world's time, however time is moved.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fixtures.data import task_types
from simulator.bridge import readings
from simulator.bridge.book import Book
from simulator.bridge.buffers import Buffers
from simulator.bridge.effects import EFFECTS
from simulator.bridge.findings import Finding, found, instant
from simulator.bridge.workshop import EffectFailed, Opened, Redispatch, Workshop
from simulator.microgrid import scenario_components as parts
from simulator.microgrid.faults import FaultError
from simulator.services.coroutines import Unfinished, at_once
from simulator.services.errors import Code, ServiceError

if TYPE_CHECKING:
    from simulator.drivers import Steered
    from simulator.microgrid.world import World
    from simulator.services.services import ServicesService
    from simulator.services.services.stored import Stored
    from simulator.services.tasks import Event, TasksService
    from simulator.store import Change

TENANT: Final = "site"
"""Whose tasks those of the site are."""
RESTARTS: Final = 0.8
"""Probability that restarting a device helps (our choice)."""
_EXPLAINS: Final = {"meter-communication-lost": ("meter-burning", "follow-up")}
"""By type, the types whose open task about the same device says it all already."""
_TELLING: Final = ("CONDITION", "FAULT", "DRIVER_STOPPED")
"""Entries of the world's log that give reason to do something."""
_CONTROL: Final = ("drivers", "automations", "systems")
"""Collections whose services belong to the site."""
_US_PER_S: Final = 1_000_000
_LONGEST_BASE: Final = 52
"""Of an id, so that a number fits behind it."""
_FAILURES: Final = (EffectFailed, FaultError, ServiceError, ValueError, KeyError)
"""What an effect may end with; all else is a fault of ours."""

Showing = Callable[[int], AbstractContextManager[object]]


class TaskBridge:
    """Ties the tasks of one tenant to the present world of a site.

    Args:
        steered: the site, its clock and timers, its services.
        tasks: where tasks are opened; has the tenant `TENANT`.
        services: told of services that stop with an error; None = not served.
        dispatches: where dispatches are asked for again; None = not served.
        showing: lets the clock show an instant that has passed.
        restarts: probability that restarting a device helps.
    """

    def __init__(
        self,
        steered: Steered,
        tasks: TasksService,
        services: ServicesService | None = None,
        dispatches: Redispatch | None = None,
        *,
        showing: Showing = nullcontext,
        restarts: float = RESTARTS,
    ) -> None:
        self._steered = steered
        self._tasks = tasks
        self._dispatches = dispatches
        self._showing = showing
        self._restarts = restarts
        self._shop: Workshop | None = None
        self._noted: deque[Mapping[str, Any]] = deque()
        self._open: dict[tuple[str, str], Opened] = {}
        self._counts: Counter[str] = Counter()
        self._is_reacting = False
        tasks.observers.append(self._task_changed)
        if services is not None:
            services.observers.append(self._service_changed)

    def begin(self, world: World, seed: int) -> None:
        """Watch a world from now on, and forget the one before."""
        self._noted.clear()
        self._open.clear()
        self._counts.clear()
        for type_id, fields in task_types().items():
            self._tasks.create_type(TENANT, type_id, **fields)
        self._shop = Workshop(
            world=world,
            book=Book(world),
            buffers=Buffers(world, partial(self._later, world)),
            services=self._steered.services,
            dispatches=self._dispatches,
            open=self._open_task,
            later=partial(self._later, world),
            seed=seed,
            restarts=self._restarts,
        )
        world.observers.append(partial(self._note, world))
        world.watch.begin()
        for each in world.scenario.components:
            if isinstance(each, parts.Meter) and each.reading_day is not None:
                self._expect_reading(world, each.id, each.reading_day, world.now_us)
        self.react()

    @property
    def open(self) -> tuple[Opened, ...]:
        """The tasks that it has opened and that have had no effect yet, in order."""
        return tuple(self._open.values())

    @property
    def book(self) -> Book:
        """What is written down of the meters of the present world."""
        assert self._shop is not None  # since `begin`
        return self._shop.book

    @property
    def is_waiting(self) -> bool:
        """Whether there is something that `react` has to see to."""
        return bool(self._noted)

    def react(self) -> None:
        """Open tasks for all that was noted, at its instants; the world stands where it is."""
        if self._is_reacting or self._shop is None:
            return
        self._is_reacting = True
        try:
            while self._noted:
                entry = self._noted.popleft()
                with self._showing(entry["t_us"]):
                    if entry["event"] == "CONDITION":
                        self._open_task(found(self._shop.world, entry))
                    else:
                        self._fall_silent(self._shop, entry)
        finally:
            self._is_reacting = False

    # What is noticed

    def _note(self, world: World, entry: Mapping[str, Any]) -> None:
        """Take note of what the world tells; it is busy now."""
        if entry["event"] in _TELLING and self._shop is not None and self._shop.world is world:
            self._noted.append(entry)

    def _fall_silent(self, shop: Workshop, entry: Mapping[str, Any]) -> None:
        """Let the meters that cannot be heard any more keep their readings."""
        for component_id in entry.get("component_ids", (entry.get("component_id"),)):
            is_dark = ("meter-burning", str(component_id)) in self._open
            if component_id in shop.book.meters and not is_dark:
                shop.buffers.begin(component_id)

    def _service_changed(self, collection: str, change: Change[Stored]) -> None:
        """Open a task for a service of the site that has stopped with an error."""
        before, after = change.before, change.after
        is_news = before is None or not before.state.failed
        if collection not in _CONTROL or self._shop is None or after.ghost:
            return
        if not (after.state.failed and is_news):
            return
        world = self._shop.world
        service_id = after.state.id
        metadata = {
            "device_number": service_id,
            "device_kind": after.state.type,
            "site": world.scenario.meta.name,
            "location": collection,
            "condition": "service-stopped",
            "detected_time": instant(after.at_us),
            "collection": collection,
            "service_id": service_id,
            "error": after.state.error,
        }
        key = f"{collection}-{service_id}"
        self._open_task(Finding(type_id="service-stopped", key=key, metadata=metadata))

    def _expect_reading(self, world: World, meter_id: int, day: int, after_us: int) -> None:
        def ask(due_us: int) -> None:
            if self._shop is not None and self._shop.world is world:
                self._steered.site().catch_up(due_us)
                self._open_task(readings.due(self._shop, meter_id))
                self._expect_reading(world, meter_id, day, due_us)

        self._steered.timers.at(readings.next_day_us(day, world.scenario.zone, after_us), ask)

    # Tasks

    def _open_task(self, finding: Finding) -> None:
        """Open a task, or count an open one's condition once more."""
        shop = self._shop
        assert shop is not None  # only worlds give reasons
        key = (finding.type_id, finding.key)
        if (known := self._open.get(key)) is not None:
            known.occurrences += 1
            return
        if self._is_explained(finding):
            return
        try:
            name = self._created(finding)
        except (ServiceError, Unfinished) as error:
            # Somebody has changed the type, so that its texts cannot be made any more.
            shop.world.log("TASK_NOT_OPENED", type=finding.type_id, reason=str(error))
            return
        task = self._open[key] = Opened(name=name, finding=finding)
        shop.world.log("TASK_OPENED", task=name, component_id=finding.component_id)
        EFFECTS[finding.type_id].secure(shop, task)

    def _is_explained(self, finding: Finding) -> bool:
        types = _EXPLAINS.get(finding.type_id, ())
        return any(
            each.finding.type_id in types and each.finding.component_id == finding.component_id
            for each in self._open.values()
        )

    def _created(self, finding: Finding) -> str:
        """Create a task under the next id that is free and return its name."""
        base = _slug(f"{finding.type_id}-{finding.key}")
        while True:
            self._counts[base] += 1
            task_id = f"{base}-{self._counts[base]}"
            try:
                task = at_once(
                    self._tasks.create_task(TENANT, finding.type_id, finding.metadata, task_id)
                )
            except ServiceError as error:
                if error.code is not Code.ALREADY_EXISTS:
                    raise
            else:
                return str(task.name)

    def _task_changed(self, event: Event) -> None:
        """Plan the effect of a task of ours that was completed."""
        if event.type != "TaskCompleted" or event.tenant != TENANT or self._shop is None:
            return
        name = event.resource.name
        task = next((each for each in self._open.values() if each.name == name), None)
        if task is None or task.is_completed:
            return
        task.is_completed = True
        given = getattr(event.resource, "input", None) or {}
        world = self._shop.world
        world.log("TASK_COMPLETED", task=name)
        work_s = EFFECTS[task.finding.type_id].work_s(given)
        self._later(world, work_s, lambda: self._take_effect(task, given), since_us=event.time_us)

    def _take_effect(self, task: Opened, given: Mapping[str, Any]) -> None:
        shop, finding = self._shop, task.finding
        assert shop is not None  # `_later` has looked
        # From here on the same may go wrong again.
        del self._open[finding.type_id, finding.key]
        shop.world.log("TASK_EFFECT", task=task.name)
        try:
            EFFECTS[finding.type_id].apply(shop, task, given)
        except _FAILURES as error:
            self._follow_up(task, error)

    def _follow_up(self, task: Opened, error: Exception) -> None:
        """Open a task for what is still not right; what was switched off stays so until then."""
        before = task.finding
        is_first = before.type_id != "follow-up"
        finding = Finding(
            type_id="follow-up",
            key=f"{before.type_id}-{before.key}" if is_first else before.key,
            metadata={
                **before.metadata,
                "condition": "follow-up",
                "task": task.name,
                "error": error.text if isinstance(error, ServiceError) else str(error),
            },
            component_id=before.component_id,
        )
        self._open_task(finding)
        if (opened := self._open.get((finding.type_id, finding.key))) is not None:
            opened.faults += task.faults

    def _later(
        self, world: World, delay_s: float, call: Callable[[], None], since_us: int | None = None
    ) -> None:
        """Plan a call in the world's time, so many seconds after a moment or from now."""

        def happen(due_us: int) -> None:
            site = self._steered.site()
            if site.world is world:
                site.catch_up(due_us)
                call()
                self.react()
                site.rest()

        since_us = world.now_us if since_us is None else since_us
        self._steered.timers.at(since_us + round(delay_s * _US_PER_S), happen)


def _slug(text: str) -> str:
    """Return a text as it may stand in an id."""
    return re.sub("[^a-z0-9]+", "-", text.lower())[:_LONGEST_BASE].strip("-")
