"""What the judge asks of the tasks API."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from conformance.targets.api import Api, Replay, Surroundings
from conformance.targets.budget import Budget
from conformance.targets.client import Client, require_reachable
from conformance.targets.journal import Made
from conformance.targets.profile import Target
from conformance.targets.tasks import TasksTarget
from conformance.targets.tasks_codec import Codec
from conformance.targets.tasks_session import (
    TasksSession,
    contract_of,
    open_client,
    profile_of,
)
from fixtures.contracts import load


def connect(surroundings: Surroundings) -> TasksSession:
    """A session for one process.

    Raises:
        UsageError: the profile names no endpoint or tenant, or a contract that cannot be had.
    """
    target = surroundings.target
    client = open_client(target, surroundings.budget)
    return TasksSession(
        client=client,
        codec=Codec(contract_of(target, client)),
        profile=profile_of(target),
        target=target,
        journal=surroundings.journal,
        run_id=surroundings.run_id,
        writes=surroundings.writes,
        depth=surroundings.depth,
    )


class Caretaker:
    """Reaches the target for the run itself.

    The API has no method that removes anything. What a run makes stays by nature: the journal
    names it, and it is not counted as left behind.
    """

    def __init__(self, target: Target, budget: Budget) -> None:
        self._target = target
        self.client: Client = open_client(target, budget)

    def require(self) -> None:
        """Wait for the endpoint and get its contract."""
        require_reachable(self.client)
        contract_of(self._target, self.client)

    def remove(self, made: Made) -> bool:
        """Nothing can be removed."""
        return False

    def look(
        self, created: Collection[Made], looks: int | None
    ) -> Iterable[tuple[Made, bool | None]]:
        """Nothing is looked for, as it has to be there."""
        return ()

    def alive(self, within_s: float) -> bool:
        """Whether the connection stands."""
        return self.client.ready(within_s)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()


def _described(target: Target) -> dict[str, Any]:
    profile = profile_of(target)
    return {
        "tenants": list(profile.tenants),
        "service_names": list(profile.service_names),
        "auth": bool(profile.auth.tokens),
        "event_adapter": profile.event_adapter.kind if profile.event_adapter else None,
        "stays": "what is made, as the API removes nothing; ids begin with the tag of the run",
    }


def _replay(target: Target) -> Replay:
    profile = profile_of(target)
    sent = {**target.metadata, **profile.metadata}
    if profile.auth.tokens:
        sent[profile.auth.header] = ""
    return Replay(
        contract=load("tasks"),
        services=load("tasks").services,
        metadata=tuple(sent),
    )


TASKS = Api(
    name="tasks",
    needs=frozenset({"auth", "second_tenant", "feed"}),
    connect=connect,
    adapter=TasksTarget,
    caretaker=Caretaker,
    described=_described,
    replay=_replay,
)
"""The API for `conformance.targets.apis`."""
