"""What several tests of the judge need: a running check without a target, a runner with one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.context import Check, entered
from conformance.mutants.policy import STRAIGHT, Policy
from conformance.mutants.server import served
from conformance.recorder import Recorder, Step
from conformance.requirements import load
from conformance.run.settings import Settings
from conformance.running import Runner
from conformance.targets.profile import DispatchProfile, Services, Target


@contextmanager
def running(**fields: object) -> Iterator[Check]:
    """A check of DSP-CRE-001 that is running now; `fields` replace parts of it."""
    check = Check(
        **{  # type: ignore[arg-type]  # tests name the fields they care about
            "node": "test_x.py::test_x",
            "ids": ("DSP-CRE-001",),
            "ledger": load(),
            "recorder": Recorder(),
            "seed": 1,
            **fields,
        }
    )
    with entered(check):
        yield check


def call(check: Check, method: str = "Get") -> None:
    """Pretend that the check made one call."""
    check.recorder.add(Step(kind="call", method=method, at_us=1))


@contextmanager
def running_on(
    folder: Path,
    *,
    policy: Policy = STRAIGHT,
    profile: DispatchProfile | None = None,
    **fields: object,
) -> Iterator[Runner]:
    """A runner of staging checks on a naive endpoint; `fields` replace parts of its settings."""
    dispatch = profile or DispatchProfile(simulated_site=True)
    with served(policy) as address:
        settings = Settings(
            **{  # type: ignore[arg-type]  # tests name the fields they care about
                "run_id": "run-of-a-test",
                "folder": folder,
                "journal": folder / "journal",
                "target": Target(endpoint=address, services=Services(dispatch=dispatch)),
                "depth": "staging",
                "writes": True,
                "seed": 1,
                "selected": ("DSP-CRE-001",),
                "alone": True,
                **fields,
            }
        )
        runner = Runner(settings)
        try:
            yield runner
        finally:
            runner.close()
