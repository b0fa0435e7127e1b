"""A runner of checks on a naive services endpoint, or on any other one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.mutants.services.policy import STRAIGHT, Policy
from conformance.mutants.services.server import PROFILE, served
from conformance.outcome import Outcome
from conformance.run.settings import Settings
from conformance.running import Runner, Spec
from conformance.targets.profile import Services, ServicesProfile, Target
from conformance.targets.services import ServicesTarget

QUICK = PROFILE.model_copy(update={"quiet": 0.2, "latency": 1.0})
"""The endpoint is near and idle."""


@contextmanager
def running_on(
    folder: Path,
    *,
    policy: Policy = STRAIGHT,
    profile: ServicesProfile = QUICK,
    **fields: object,
) -> Iterator[Runner]:
    """A runner of staging checks; `fields` replace parts of its settings."""
    with served(policy) as address:
        settings = Settings(
            **{  # type: ignore[arg-type]  # tests name the fields they care about
                "run_id": "run-of-a-test",
                "folder": folder,
                "journal": folder / "journal",
                "target": Target(endpoint=address, services=Services(services=profile)),
                "depth": "staging",
                "writes": True,
                "seed": 1,
                "selected": ("SVC-GET-001",),
                "alone": True,
                **fields,
            }
        )
        runner = Runner(settings)
        try:
            yield runner
        finally:
            runner.close()


def check(
    runner: Runner, body: Callable[[ServicesTarget], None], row: str = "SVC-GET-001"
) -> Outcome:
    """What comes of a check with this body."""
    return runner.run(Spec(node="x", ids=(row,)), body)


def passing(runner: Runner, body: Callable[[ServicesTarget], None]) -> Outcome:
    """A check that has to pass."""
    outcome = check(runner, body)
    assert (outcome.state, outcome.message) == ("pass", ""), outcome.failure
    return outcome
