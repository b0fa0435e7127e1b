"""The exchange adapter over a naive endpoint, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.mutants.exchange.policy import STRAIGHT, Policy
from conformance.mutants.exchange.population import TOKENS
from conformance.mutants.exchange.server import served
from conformance.recorder import Recorder
from conformance.targets.api import Surroundings
from conformance.targets.budget import Budget
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.exchange_api import connect
from conformance.targets.journal import Journal
from conformance.targets.profile import ExchangeProfile, Services, Target


@contextmanager
def target(
    folder: Path, policy: Policy = STRAIGHT, *, writes: bool = True, **fields: Any
) -> Iterator[ExchangeTarget]:
    """An adapter; `fields` replace parts of the profile."""
    with served(policy) as url:
        session = connect(
            Surroundings(
                target=described(url, **fields),
                budget=Budget(),
                journal=Journal(folder / "journal"),
                run_id="run-of-a-test",
                writes=writes,
                depth="staging",
            )
        )
        adapter = ExchangeTarget(session, Recorder())
        try:
            yield adapter
        finally:
            adapter.close()
            session.close()


def described(url: str, **fields: Any) -> Target:
    """The naive endpoint as a target."""
    parts = {"tokens": dict(TOKENS), "administration": True, "sql": "full", "quiet": 0.05}
    profile = ExchangeProfile(url=url, **{**parts, **fields})
    return Target(services=Services(exchange=profile))
