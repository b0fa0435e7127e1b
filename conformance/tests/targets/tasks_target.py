"""The tasks adapter over a naive endpoint, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.mutants.tasks.policy import STRAIGHT, Policy
from conformance.mutants.tasks.server import TENANTS, TOKENS, served
from conformance.recorder import Recorder
from conformance.targets.api import Surroundings
from conformance.targets.budget import Budget
from conformance.targets.journal import Journal
from conformance.targets.profile import Services, Target, TasksProfile
from conformance.targets.tasks import TasksTarget
from conformance.targets.tasks_api import connect
from fixtures.targets.tasks import EventAdapter, TasksAuth


@contextmanager
def target(
    folder: Path,
    policy: Policy = STRAIGHT,
    *,
    writes: bool = True,
    contract: str = "builtin",
    **fields: Any,
) -> Iterator[TasksTarget]:
    """An adapter; `fields` replace parts of the profile."""
    tokens = {tenant: token for token, tenant in TOKENS.items()}
    parts = {"tenants": TENANTS, "auth": TasksAuth(tokens=tokens), "event_adapter": EventAdapter()}
    profile = TasksProfile(**{**parts, **fields})
    with served(policy, auth=True) as address:
        session = connect(
            Surroundings(
                target=Target(
                    endpoint=address, contract=contract, services=Services(tasks=profile)
                ),
                budget=Budget(),
                journal=Journal(folder / "journal"),
                run_id="run-of-a-test",
                writes=writes,
                depth="staging",
            )
        )
        adapter = TasksTarget(session, Recorder())
        try:
            yield adapter
        finally:
            adapter.close()
            session.close()
