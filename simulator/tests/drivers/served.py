"""A served world without a server: a site, a clock moved by hand, and drivers called directly."""

from __future__ import annotations

import json
from typing import Any

from simulator.drivers import Archive, Steered, collections
from simulator.microgrid.clock import ManualClock
from simulator.microgrid.scenario import Scenario, load
from simulator.microgrid.world import World
from simulator.services.services.kinds import Driver, Kind
from simulator.services.timers import Timers

HOUR_US = 3_600_000_000
GRID, METER, PV, INVERTER, BATTERY = 1, 2, 3, 4, 5
"""Components of the scenario `plain`."""


class Clock(ManualClock):
    """A manual clock that remembers the factor it was told."""

    factor = 0.0

    def run(self, factor: float) -> None:
        self.factor = factor


class Served:
    """The world of a scenario with its drivers; `site` of `Steered`, too."""

    def __init__(self, scenario: Scenario | None = None, *, schedule: bool = True) -> None:
        scenario = load("plain") if scenario is None else scenario
        if not schedule:
            scenario = scenario.with_schedule(())
        self.scenario = scenario
        self.world = World(scenario, seed=1, start_us=scenario.meta.start_us)
        self.clock = Clock(self.world.start_us)
        self.timers = Timers(self.clock)
        self.rests = 0
        self.archive = Archive()
        self.steered = Steered(site=lambda: self, clock=self.clock, timers=self.timers)
        self.specs = {spec.name: spec for spec in collections(self.steered, archive=self.archive)}

    def catch_up(self, to_us: int) -> None:
        if to_us > self.world.now_us:
            self.world.advance(to_us)

    def rest(self) -> None:
        self.rests += 1

    def reset(self) -> None:
        """Begin anew, as a server does."""
        self.world = World(self.scenario, seed=1, start_us=self.world.start_us)
        self.timers.clear()
        self.clock._now_us = self.world.start_us

    def kind(self, collection: str, name: str) -> Kind:
        return self.specs[collection].kinds[name]

    def driver(self, collection: str, name: str, service_id: str = "one") -> Driver:
        return self.kind(collection, name).driver(service_id)

    def settings(self, collection: str, name: str, **config: Any) -> Any:
        return self.kind(collection, name).parse(json.dumps(config)).value

    def start(
        self, name: str, service_id: str = "one", *, collection: str = "drivers", **config: Any
    ) -> Driver:
        """Return a driver of a new service that was started with a configuration."""
        driver = self.driver(collection, name, service_id)
        driver.apply(self.settings(collection, name, **config))
        return driver

    def hours(self, hours: float) -> None:
        """Let time pass; timers happen at their instants."""
        end_us = self.clock.now_us() + round(hours * HOUR_US)
        while (due_us := self.timers.next_us) is not None and due_us <= end_us:
            self.clock.set(max(due_us, self.clock.now_us()))
            self.catch_up(self.clock.now_us())
            self.timers.run(due_us)
        self.clock.set(end_us)
        self.catch_up(end_us)

    def power(self, component_id: int) -> float:
        """Return the true power of a component now."""
        value = self.world.true_reading(component_id).power_w
        assert value is not None
        return value

    def events(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.world.events if each["event"] == name]
