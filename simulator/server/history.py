"""One history of the served world: what a reset throws away, and how the next one begins.

Page tokens are signed with a secret made from the seed, so that they outlive a restart of the same
world; they protect against mistakes, not against who knows the seed.
"""

from __future__ import annotations

import time
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from simulator.bridge import TENANT, TaskBridge
from simulator.bridge.reports import DailyReports
from simulator.drivers import Steered, collections, initial_services
from simulator.microgrid.clock import ManualClock
from simulator.server.clock import ServedClock
from simulator.server.desks import DispatchDesk, ServiceDesk, TaskDesk
from simulator.server.exchange import Exchange
from simulator.server.exchange_desk import ExchangeDesk
from simulator.server.policies import read_policies
from simulator.server.registry import SERVED, WorldRegistry
from simulator.server.settings import Settings, SettingsError
from simulator.server.site import Site
from simulator.services.dispatch import DispatchService, Policy
from simulator.services.errors import ServiceError
from simulator.services.meta import MetaService
from simulator.services.services import ServicesService
from simulator.services.tasks import TasksService
from simulator.services.tasks.core import seeded_ids
from simulator.services.texts import TextEngine
from simulator.services.timers import Timers
from simulator.store import TokenSigner

if TYPE_CHECKING:
    from simulator.microgrid.record import Record
    from simulator.microgrid.scenario import Scenario
    from simulator.microgrid.world import World

DEFAULT_SCENARIO: Final = "plain"
"""The site that is served where none is named: it needs no extra of the package."""


class History:
    """World, clock and services between two resets.

    Raises:
        SettingsError: an unknown API or quirk, or a scenario that cannot be served.
    """

    def __init__(self, settings: Settings) -> None:
        policies = read_policies(settings)
        tenants = (*policies.tasks.tenants, TENANT)
        self._policies = replace(policies, tasks=replace(policies.tasks, tenants=tenants))
        self.name = settings.scenario or DEFAULT_SCENARIO
        self.scenario = load_scenario(self.name)
        self.seed = self.scenario.meta.seed if settings.seed is None else settings.seed
        self.start_us = _first_us(settings, self.scenario)
        self._until_us, self._records = settings.until_us, settings.records
        if self._until_us is not None and self._until_us <= self.start_us:
            raise SettingsError(
                "--until: expected an instant after the one that the clock shows first"
            )
        self.clock = ServedClock(self.start_us, settings.factor)
        self.timers = Timers(self.clock, self.clock.showing)
        self.site = self._site(self.scenario, self.seed, self.start_us)
        self._texts = TextEngine()
        self._dropped = 0
        policies, signer = self._policies, self._signer
        self.dispatch = DispatchService(
            self.clock, signer("dispatch.list"), policy=policies.dispatch
        )
        self.meta = MetaService(self.clock, signer("meta"), policies.meta)
        self.services = ServicesService(
            self.clock, self.timers, signer("services"), policies.services
        )
        self.tasks = TasksService(self.clock, signer("tasks"), policies.tasks, self._texts)
        self.exchange = None
        if "exchange" in settings.services:
            with self.clock.showing(self.start_us):
                self.exchange = Exchange(
                    settings, self.clock, self.timers, signer, policies.exchange, self.seed
                )
        self._published = None if self.exchange is None else ExchangeDesk(self.exchange.service)
        self.registry = WorldRegistry(
            self.meta.registry, [SERVED[name] for name in settings.services]
        )
        self._steered = Steered(
            site=lambda: self.site,
            clock=self.clock,
            timers=self.timers,
            services=ServiceDesk(self.services),
            tasks=TaskDesk(self.tasks),
        )
        self.bridge = TaskBridge(
            self._steered,
            self.tasks,
            self.services,
            DispatchDesk(self.dispatch, lambda: self.site.microgrid_id),
            showing=self.clock.showing,
        )
        self._reports = None
        if self._published is not None:
            self._reports = DailyReports(self._steered, self._published)
        self._begin()

    def restart(self, name: str | None, seed: int | None, start_us: int | None) -> None:
        """Drop everything and begin anew; what is not given stays as it was.

        Raises:
            SettingsError: the scenario cannot be served; nothing was changed then.
        """
        scenario = self.scenario if name is None else load_scenario(name)
        seed = self.seed if seed is None else seed
        start_us = self.start_us if start_us is None else start_us
        site = self._site(scenario, seed, start_us)
        self.name = self.name if name is None else name
        self.scenario, self.seed, self.start_us = scenario, seed, start_us
        self.site.end()
        self.timers.clear()
        self._dropped += self.services.committed + self.tasks.committed
        self.site = site
        self.clock.restart(start_us)
        if self.exchange is not None:
            with self.clock.showing(start_us):
                self.exchange.clear(self._signer, self._policies.exchange, self.seed)
        self._begin()

    def settle(self) -> None:
        """Let happen what services have planned, if it is due. Cheap if nothing is."""
        next_us = self.timers.next_us
        if next_us is not None and next_us <= (now_us := self.clock.peek_us()):
            self.site.settle(now_us)

    def _begin(self) -> None:
        """Let the APIs show the present site, and nothing else, at its first instant."""
        self.clock.restart(self.start_us)
        with self.clock.showing(self.start_us):
            self._fill()
            self.site.catch_up(self.start_us)

    def _fill(self) -> None:
        policies, signer, site, scenario = self._policies, self._signer, self.site, self.scenario
        inclusive = policies.dispatch.until_inclusive or scenario.meta.until_inclusive
        self.dispatch.clear(
            signer("dispatch.list"), replace(policies.dispatch, until_inclusive=inclusive)
        )
        self.dispatch.observers[:] = [site.observe]
        self.dispatch.load(site.microgrid_id, scenario.schedule())
        self.meta.clear(signer("meta"), policies.meta)
        self.services.clear(
            signer("services"), policies.services, collections(self._steered), seed=self.seed
        )
        published = self._published is not None and self._published.is_open
        self._steered.telemetry = self._published if published else None
        for each in initial_services(site.world, published=published):
            self.services.collections[each.collection].create(
                each.type, service_id=each.id, config_raw=each.config, active=True
            )
        self.tasks.clear(signer("tasks"), policies.tasks, ids=seeded_ids(self.seed))
        self.bridge.begin(site.world, self.seed)
        if self._reports is not None:
            self._reports.begin(site.world)
        site.watcher = self.bridge
        self.registry.begin(site, scenario)
        site.settled = self.registry.refresh

    def _site(self, scenario: Scenario, seed: int, start_us: int) -> Site:
        world = _world(scenario, seed, start_us, self._policies.dispatch, records=self._records)
        microgrid_id, end_us = scenario.meta.microgrid_id, self._until_us
        return Site(world, microgrid_id, self.clock, self.timers, end_us=end_us)

    def _signer(self, purpose: str) -> TokenSigner:
        return _signer(self.seed, purpose)

    @property
    def committed(self) -> int:
        """How many changes were made so far, over all APIs and resets."""
        kept = self.dispatch.committed + self.meta.registry.revision
        return self._dropped + kept + self.services.committed + self.tasks.committed

    def finish(self) -> Record:
        """Bring the world to the present, end it, and return its record, since the last reset."""
        self.site.catch_up(self.clock.now_us())
        return self.site.world.finish()

    def close(self) -> None:
        """End what works for the history in the background."""
        self._texts.close()
        if self.exchange is not None:
            self.exchange.close()


def load_scenario(name: str) -> Scenario:
    """Read a scenario by name or path.

    Raises:
        SettingsError: it has mistakes; lists them all.
    """
    from fixtures.documents.problems import DocumentError
    from simulator.microgrid.scenario import load

    try:
        return load(name)
    except DocumentError as error:
        raise SettingsError(str(error)) from None


def _world(scenario: Scenario, seed: int, start_us: int, policy: Policy, *, records: bool) -> World:
    """Return the scenario's world without its schedule, which comes through the dispatch API."""
    from simulator.microgrid.graph import GraphError
    from simulator.microgrid.inputs_errors import InputError
    from simulator.microgrid.site import Unsupported
    from simulator.microgrid.world import World

    try:
        # A rehearsal: what the API would refuse must be known before anything is dropped.
        DispatchService(ManualClock(start_us), _signer(seed, "rehearsal"), policy=policy).load(
            scenario.meta.microgrid_id, scenario.schedule()
        )
    except ServiceError as error:
        raise SettingsError(f"scenario {scenario.meta.name}: {error.text}") from None
    bare = scenario.with_schedule(())
    if policy.until_inclusive:
        folder = bare.folder
        meta = bare.meta.model_copy(update={"until_inclusive": True})
        bare = bare.model_copy(update={"meta": meta})
        bare._folder = folder
    try:
        return World(bare, seed=seed, start_us=start_us, record=records)
    except (GraphError, InputError, Unsupported) as error:
        raise SettingsError(f"scenario {scenario.meta.name}: {error}") from None


def _first_us(settings: Settings, scenario: Scenario) -> int:
    if settings.start_us is not None:
        return settings.start_us
    return scenario.meta.start_us if settings.factor == 0 else time.time_ns() // 1000


def _signer(seed: int, purpose: str) -> TokenSigner:
    secret = sha256(f"gridproof page tokens, seed {seed}".encode()).digest()
    return TokenSigner(secret, purpose=purpose)
