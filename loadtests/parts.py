"""Scenarios as parts of a mixture: the same users, each of a class that knows its part.

Locust tells users by the names of their classes, and scenarios of one API call theirs alike.
"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from locust import User

from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.users import GridUser


def part_of(module: ModuleType) -> tuple[Scenario, tuple[type[User], ...]]:
    """The scenario of a module as a part, and its users."""
    scenario: Scenario = module.SCENARIO
    id_ = scenario.entry.id
    clones: dict[type[User], type[User]] = {
        user: type(f"{user.__name__}_{id_.replace('-', '_')}", (user,), {"part": id_})
        for user in vars(module).values()
        if isinstance(user, type) and issubclass(user, GridUser) and not user.abstract
    }

    def others(options: Options) -> Roles:
        return {clones[user]: count for user, count in scenario.others(options).items()}

    def cloned(user: type[User] | None) -> type[User] | None:
        return clones[user] if user else None

    part = replace(
        scenario,
        writer=cloned(scenario.writer),
        reader=cloned(scenario.reader),
        engine=cloned(scenario.engine),
        others=others,
        workers={work: clones[user] for work, user in scenario.workers.items()},
    )
    return part, tuple(clones.values())
