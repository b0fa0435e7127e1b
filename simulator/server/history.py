"""One history of the served world: what a reset throws away, and how the next one begins.

Page tokens are signed with a secret made from the seed, so that they outlive a restart of the same
world; they protect against mistakes, not against who knows the seed.
"""

from __future__ import annotations

import time
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from simulator.microgrid.clock import ManualClock
from simulator.server.clock import ServedClock
from simulator.server.registry import SERVED, WorldRegistry
from simulator.server.settings import APIS, Settings, SettingsError
from simulator.server.site import Site
from simulator.services import meta
from simulator.services.dispatch import DispatchService, Policy, policy_with
from simulator.services.errors import ServiceError
from simulator.services.meta import MetaService
from simulator.services.quirks import UnknownQuirk
from simulator.store import TokenSigner

if TYPE_CHECKING:
    from simulator.microgrid.scenario import Scenario
    from simulator.microgrid.world import World

DEFAULT_SCENARIO: Final = "plain"
"""The site that is served where none is named: it needs no extra of the package."""
_META: Final = "meta"


class History:
    """World, clock and services between two resets.

    Raises:
        SettingsError: an unknown API or quirk, or a scenario that cannot be served.
    """

    def __init__(self, settings: Settings) -> None:
        self._policy = _dispatch_policy(settings)
        self._meta_policy = _meta_policy(settings)
        self.name = settings.scenario or DEFAULT_SCENARIO
        self.scenario = load_scenario(self.name)
        self.seed = self.scenario.meta.seed if settings.seed is None else settings.seed
        self.start_us = _first_us(settings, self.scenario)
        self.clock = ServedClock(self.start_us, settings.factor)
        self.dispatch = DispatchService(self.clock, _signer(self.seed), policy=self._policy)
        self.meta = MetaService(self.clock, _signer(self.seed, _META), self._meta_policy)
        self.registry = WorldRegistry(
            self.meta.registry, [SERVED[name] for name in settings.services]
        )
        self.site = self._begin(
            _world(self.scenario, self.seed, self.start_us, self._policy), self.scenario, self.seed
        )

    def restart(self, name: str | None, seed: int | None, start_us: int | None) -> None:
        """Drop everything and begin anew; what is not given stays as it was.

        Raises:
            SettingsError: the scenario cannot be served; nothing was changed then.
        """
        scenario = self.scenario if name is None else load_scenario(name)
        seed = self.seed if seed is None else seed
        start_us = self.start_us if start_us is None else start_us
        world = _world(scenario, seed, start_us, self._policy)
        self.name = self.name if name is None else name
        self.scenario, self.seed, self.start_us = scenario, seed, start_us
        self.clock.restart(start_us)
        self.site = self._begin(world, scenario, seed)

    def _begin(self, world: World, scenario: Scenario, seed: int) -> Site:
        site = Site(world, scenario.meta.microgrid_id, self.clock)
        inclusive = self._policy.until_inclusive or scenario.meta.until_inclusive
        self.dispatch.clear(_signer(seed), replace(self._policy, until_inclusive=inclusive))
        self.dispatch.observers[:] = [site.observe]
        self.dispatch.load(site.microgrid_id, scenario.schedule())
        self.meta.clear(_signer(seed, _META), self._meta_policy)
        self.registry.begin(site, scenario)
        site.settled = self.registry.refresh
        return site

    @property
    def committed(self) -> int:
        """How many changes were made so far, over all APIs."""
        return self.dispatch.committed + self.meta.registry.revision


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


def _world(scenario: Scenario, seed: int, start_us: int, policy: Policy) -> World:
    """Return the scenario's world without its schedule, which comes through the dispatch API."""
    from simulator.microgrid.graph import GraphError
    from simulator.microgrid.inputs_errors import InputError
    from simulator.microgrid.site import Unsupported
    from simulator.microgrid.world import World

    try:
        # A rehearsal: what the API would refuse must be known before anything is dropped.
        DispatchService(ManualClock(start_us), _signer(seed), policy=policy).load(
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
        return World(bare, seed=seed, start_us=start_us)
    except (GraphError, InputError, Unsupported) as error:
        raise SettingsError(f"scenario {scenario.meta.name}: {error}") from None


def _dispatch_policy(settings: Settings) -> Policy:
    unknown = sorted(settings.quirks.keys() - set(APIS))
    if unknown:
        raise SettingsError(f"--quirks: no API {unknown[0]!r}, there are {', '.join(APIS)}")
    try:
        return policy_with(settings.quirks.get("dispatch", ()))
    except UnknownQuirk as error:
        raise SettingsError(f"--quirks: {error}") from None


def _meta_policy(settings: Settings) -> meta.Policy:
    try:
        return meta.policy_with(settings.quirks.get("meta", ()))
    except UnknownQuirk as error:
        raise SettingsError(f"--quirks: {error}") from None


def _first_us(settings: Settings, scenario: Scenario) -> int:
    if settings.start_us is not None:
        return settings.start_us
    return scenario.meta.start_us if settings.factor == 0 else time.time_ns() // 1000


def _signer(seed: int, purpose: str = "dispatch.list") -> TokenSigner:
    secret = sha256(f"gridproof page tokens, seed {seed}".encode()).digest()
    return TokenSigner(secret, purpose=purpose)
