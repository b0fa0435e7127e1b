"""What several checks of the life of services need: types of several kinds, and loads to interrupt.

Nothing here compares a server's clock with ours: times of a service are compared with each other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from conformance.judging import expect, not_applicable, untestable
from conformance.oracles.services.model import SECOND_NS, TIMES, Service, State
from conformance.targets.services import ServicesTarget, brief
from conformance.targets.services_session import CONFIGS, Recipe

TICK_S = 0.02
"""Clocks of servers move on within this time."""

SPARE_S = 0.5
"""Longer than a slow load took before: so much more it may take the next time."""


def recipes(services: ServicesTarget, *kinds: str) -> Mapping[str, Recipe]:
    """How services of one type become each of these kinds.

    Raises:
        NotApplicable: the profile names no type with all these configurations.
    """
    for name, type_ in services.profile.types.items():
        configs = {kind: getattr(type_, CONFIGS[kind]) for kind in kinds}
        if services.session.policy in type_.collections and None not in configs.values():
            return {kind: Recipe(kind=kind, type=name, config=configs[kind]) for kind in kinds}
    names = " and ".join(CONFIGS[kind] for kind in kinds)
    not_applicable(f"the profile names no type with {names}")


def made_by(services: ServicesTarget, recipe: Recipe, *, active: bool = False) -> Service:
    """A fresh service by a recipe, settled."""
    made = services.create(
        id=services.fresh_id(), type=recipe.type, active=active, config_raw=recipe.config
    )
    return made if made.settled else services.settle(made.id)


def failed(services: ServicesTarget, recipe: Recipe) -> Service:
    """A fresh service whose load has failed for good.

    Raises:
        Untestable: the configuration that was declared to fail does not.
    """
    made = made_by(services, recipe, active=True)
    if made.state == State.ACTIVE:
        untestable("the configuration that is declared to fail was loaded")
    return made


def loading(services: ServicesTarget, recipe: Recipe) -> Service:
    """A fresh service while it loads.

    Raises:
        Untestable: the load that was declared to be slow had ended when we looked.
    """
    made = services.create(
        id=services.fresh_id(), type=recipe.type, active=True, config_raw=recipe.config
    )
    if not made.loading:
        # Loads begin in the background, with some servers after the answer.
        made = services.until(
            made.id,
            lambda shown: shown.loading or shown.last_loading_end_time is not None,
            what="a load that begins",
        )
    if not made.loading:
        untestable("the load that is declared to be slow had ended before it was seen")
    return made


def waiting(services: ServicesTarget, id: str) -> Service:
    """A service once it waits for its next attempt; it was started with a config that is retried.

    Raises:
        Nonconformance: no time of a next attempt is shown in the profile's `settle`.
    """
    return services.until(
        id, lambda shown: shown.next_attempt_time is not None, what="a time of the next attempt"
    )


def slow_load_s(services: ServicesTarget) -> float:
    """How long a slow load may take by our clock."""
    return services.shared(_slow_load_s)


def tick(shown: Service) -> None:
    """Let the clock of the server go on, so that the next time is later than those shown."""
    times = [at for name in TIMES if (at := getattr(shown, name)) is not None]
    whole = all(at % SECOND_NS == 0 for at in times)
    time.sleep(1 + TICK_S if whole else TICK_S)


def unchanged(services: ServicesTarget, before: Service, what: str) -> None:
    """Fail unless a service is still as it was.

    Args:
        services: the target.
        before: the service as it was.
        what: has happened meanwhile.
    """
    after = services.get(before.id)
    differ = [n for n in Service.__slots__ if getattr(after, n) != getattr(before, n)]
    shown = f"{brief(after)}; other: {', '.join(differ)}"
    expect(not differ, f"service after {what}", got=shown, wanted=brief(before))


def _slow_load_s(services: ServicesTarget) -> float:
    made = services.make("slow")
    began = time.monotonic()
    services.start(made.id)
    services.settle(made.id)
    return time.monotonic() - began + SPARE_S
