"""The simulated site behind the services: it follows their dispatches, and the clock.

Changes are noted when they are committed and carried out when the world reaches that moment, so
that a commit costs the API nothing and the world still sees each change exactly at its time. What
services have planned happens on the way, at its instant, after what the world does at that instant.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from simulator.microgrid.clock import Clock
from simulator.microgrid.faults import Fault
from simulator.microgrid.world import World
from simulator.server.status import fault
from simulator.services.dispatch import Stored
from simulator.services.timers import Timers
from simulator.store import Change, Kind

TURN_S: Final = 0.005
"""How long the world may keep the event loop to itself."""
_FIRST_STEP_US: Final = 60_000_000
_LONGEST_STEP_US: Final = 86_400_000_000
_QUANTITIES: Final = (
    "power_w",
    "import_wh",
    "export_wh",
    "soc",
    "energy_wh",
    "capacity_wh",
    "temperature_c",
    "setpoint_w",
    "available_w",
)


class Watcher(Protocol):
    """Acts on the world at the very instants at which it notices something."""

    @property
    def is_waiting(self) -> bool:
        """Whether it has noticed something; asked after each event of the world."""

    def react(self) -> None:
        """Act; the world stands at the instant."""


class _Nobody:
    is_waiting = False

    def react(self) -> None:
        """Nothing was noticed."""


class Site:
    """A world, the microgrid id under which the services know it, and the clock both read.

    Args:
        world: simulated.
        microgrid_id: positive.
        clock: never behind the world, except while its owner moves both.
        timers: what the services have planned; none by default.
        end_us: where it stops for good; None = never.
    """

    def __init__(
        self,
        world: World,
        microgrid_id: int,
        clock: Clock,
        timers: Timers | None = None,
        *,
        end_us: int | None = None,
    ) -> None:
        self.world = world
        self._end_us = end_us
        self.microgrid_id = microgrid_id
        self._clock = clock
        self._timers = Timers(clock) if timers is None else timers
        self._firing = False
        self._ended = False
        self._due: deque[tuple[int, Change[Stored]]] = deque()
        self._step_us = _FIRST_STEP_US
        self._followers = 0
        self._injected: dict[int, tuple[Fault, int]] = {}
        self.watcher: Watcher = _Nobody()
        self.settled: Callable[[], None] = lambda: None
        """Called when the world has come to rest: everything due has happened, nobody moves it."""

    def observe(self, microgrid_id: int, change: Change[Stored]) -> None:
        """Note a change of a dispatch, to be carried out when the world gets there."""
        if microgrid_id == self.microgrid_id:
            self._due.append((self._clock.now_us(), change))

    def catch_up(self, to_us: int) -> None:
        """Bring the world to an instant; returns when everything due has happened.

        Called by what happens on the way, it moves the world and leaves the rest to that.
        """
        to_us = self._within(to_us)
        while not self._firing and (due_us := self._due_us(to_us)) is not None:
            self._carry_out(due_us)
            self._fire(due_us)
        self._carry_out(to_us)

    def settle(self, to_us: int) -> None:
        """Catch up, unless someone is moving the world step by step: then it comes all in turn."""
        if not self._followers:
            self.catch_up(to_us)

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return self._end_us is not None and self.world.now_us >= self._end_us

    def _within(self, to_us: int) -> int:
        return to_us if self._end_us is None else min(to_us, self._end_us)

    def end(self) -> None:
        """Stop where it is, for good: another site takes its place, and the timers with it."""
        self._ended = True
        self._timers = Timers(self._clock)

    def _due_us(self, to_us: int) -> int | None:
        """Return when the next timer is due; None: not by that instant."""
        next_us = self._timers.next_us
        return next_us if next_us is not None and next_us <= to_us else None

    def _fire(self, t_us: int) -> None:
        """Make the calls that are due by an instant; one that fails does not keep others back."""
        self._firing = True
        try:
            while self._due_us(t_us) is not None:
                try:
                    self._timers.run(t_us)
                except Exception as error:
                    fault("what a service had planned", error)
        finally:
            self._firing = False

    def _carry_out(self, to_us: int) -> None:
        """Bring the world alone to an instant, with the changes noted for the way there."""
        while self._due and self._due[0][0] <= to_us:
            at_us, change = self._due.popleft()
            self._advance(at_us)
            if change.kind is Kind.DELETED:
                self.world.remove(change.after.dispatch.id)
            else:
                self.world.put(change.after.dispatch)
            self._react()
        self._advance(to_us)

    async def follow(self, to_us: int, show: Callable[[int], None] = lambda t_us: None) -> None:
        """Bring the world to an instant in steps, leaving the event loop to others in between.

        `show` is told each step's instant before the world goes there.
        """
        self._followers += 1
        try:
            await self._follow(to_us, show)
        finally:
            self._followers -= 1
        self.rest()

    def rest(self) -> None:
        """Let it be known that the world stands still, unless someone is moving it."""
        self._react()
        if not self._followers:
            self.settled()

    async def _follow(self, to_us: int, show: Callable[[int], None]) -> None:
        to_us = self._within(to_us)
        while (now_us := self.world.now_us) < to_us:
            began_s = time.perf_counter()
            step_to_us = min(now_us + self._step_us, to_us)
            show(step_to_us)
            if self._ended:
                return
            self.catch_up(step_to_us)
            if time.perf_counter() - began_s > TURN_S:
                self._step_us = max(self._step_us // 2, 1)
            else:
                self._step_us = min(self._step_us * 2, _LONGEST_STEP_US)
            await asyncio.sleep(0)
        self.catch_up(to_us)

    def inject(self, fault: Fault) -> int:
        """Let something go wrong now, or at the fault's start; returns its id.

        Raises:
            FaultError: the site has no such component.
        """
        now_us = self._clock.now_us()
        self.catch_up(now_us)
        fault_id = self.world.inject(fault)
        self._injected[fault_id] = (fault, now_us if fault.start_us is None else fault.start_us)
        self.rest()
        return fault_id

    def clear(self, fault_id: int) -> bool:
        """End a fault, or take it back before it begins; False if there is none of that id."""
        self.catch_up(self._clock.now_us())
        self._injected.pop(fault_id, None)
        try:
            self.world.clear(fault_id)
        except KeyError:
            return False
        self.rest()
        return True

    def faults(self) -> Iterator[tuple[int, Fault, int]]:
        """Yield id, fault and start of all in force, and of those injected that are to come."""
        now_us = self._clock.now_us()
        self.catch_up(now_us)
        active = self.world.faults
        # What is neither in force nor to come has ended by itself.
        self._injected = {
            fault_id: (fault, since_us)
            for fault_id, (fault, since_us) in self._injected.items()
            if fault_id in active or since_us > now_us
        }
        for fault_id in sorted(active.keys() | self._injected.keys()):
            fault, since_us = self._injected.get(fault_id, (active.get(fault_id), None))
            if fault is not None:
                yield fault_id, fault, since_us if since_us is not None else fault.start_us or 0

    def reading(self, component_id: int) -> dict[str, Any]:
        """Return `time_us`, `values` by quantity and `state` that a component tells.

        Nothing but a time where it is silent; where its clock is wrong, so is the time.
        """
        try:
            reading = self.world.reading(component_id)
        except KeyError:
            # Breakers and the like carry power, and have nothing to report.
            return {"time_us": self.world.now_us, "values": {}, "state": ""}
        values = {name: getattr(reading, name) for name in _QUANTITIES}
        if reading.bounds_w is not None:
            values["lower_bound_w"], values["upper_bound_w"] = reading.bounds_w
        return {
            "time_us": reading.t_us,
            "values": {name: float(value) for name, value in values.items() if value is not None},
            "state": "" if reading.state is None else reading.state.name.lower(),
        }

    def _advance(self, to_us: int) -> None:
        while self.world.now_us < to_us:
            self.world.advance(to_us, lambda: self.watcher.is_waiting)
            self._react()

    def _react(self) -> None:
        """Let the watcher act; whatever asks for time meanwhile leaves the rest to its caller."""
        if not self.watcher.is_waiting:
            return
        outer, self._firing = self._firing, True
        try:
            self.watcher.react()
        except Exception as error:
            fault("what a condition of the site gives reason for", error)
        finally:
            self._firing = outer
