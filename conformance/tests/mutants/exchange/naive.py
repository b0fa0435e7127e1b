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
def target(folder: Path, policy: Policy = STRAIGHT, **fields: Any) -> Iterator[ExchangeTarget]:
    """An adapter; `fields` replace parts of the profile."""
    with served(policy) as url:
        parts: dict[str, Any] = {
            "url": url,
            "profile": "reference",
            "tokens": dict(TOKENS),
            "administration": True,
            "sql": "full",
        }
        profile = ExchangeProfile(**{**parts, **fields})
        session = connect(
            Surroundings(
                target=Target(services=Services(exchange=profile)),
                budget=Budget(),
                journal=Journal(folder / "journal"),
                run_id="t0001",
                writes=True,
                depth="full",
            )
        )
        exchange = ExchangeTarget(session, Recorder())
        try:
            yield exchange
        finally:
            exchange.close()
            session.close()
