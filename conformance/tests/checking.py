"""What several tests of the judge need: a running check without a target."""

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.context import Check, entered
from conformance.recorder import Recorder, Step
from conformance.requirements import load


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
