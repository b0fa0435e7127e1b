"""Whatever is commanded in whatever order, services live as the model says (seed 004).

Get, List, the counts and a pull of the collection are compared with it; see `lives`.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.judging import by_depth, explore, requirement, sampled
from conformance.oracles.services.life import Command
from conformance.strategies.services import histories
from conformance.suite.services.gathering import quiet_place
from conformance.suite.services.lives import ROWS, Lives, type_and_configs
from conformance.targets.services import ServicesTarget

TELLING: Sequence[Sequence[Command]] = (
    # A life in all its stages, with what may be refused in each of them.
    (
        Command(verb="create"),
        Command(verb="start"),
        Command(verb="start"),
        Command(verb="start", flag=True),
        Command(verb="configure"),
        Command(verb="stop"),
        Command(verb="stop"),
        Command(verb="stop", flag=True),
        Command(verb="start"),
        Command(verb="delete"),
        Command(verb="delete"),
        Command(verb="delete", flag=True),
    ),
    # An id that is used again, and a service that begins as active.
    (
        Command(verb="create", flag=True),
        Command(verb="delete"),
        Command(verb="start"),
        Command(verb="create"),
        Command(verb="create", slot=1, flag=True),
        Command(verb="stop", slot=1),
        Command(verb="start"),
    ),
    # An error, and the way out of it.
    (
        Command(verb="create", load="fail"),
        Command(verb="start"),
        Command(verb="stop", flag=True),
        Command(verb="start"),
        Command(verb="configure"),
        Command(verb="start"),
        Command(verb="configure", load="fail"),
        Command(verb="delete"),
    ),
    # Attempts until one succeeds.
    (
        Command(verb="create", load="retry"),
        Command(verb="start"),
        Command(verb="stop"),
        Command(verb="delete"),
    ),
)


@requirement(*ROWS)
def test_services_live_as_the_model_says(services: ServicesTarget) -> None:
    _, configs = type_and_configs(services, quiet_place(services))

    def body(history: Sequence[Command]) -> None:
        Lives(services).run(history)

    able = [steps for steps in TELLING if {command.load for command in steps} <= configs.keys()]
    explore(
        body,
        examples=by_depth(full=8, staging=0),
        directed=[{"history": steps} for steps in sampled(able, 1)],
        history=histories(slots=2, loads=sorted(configs.keys() & {"ok", "fail"}), max_size=8),
    )
