"""Outcomes of runs that never took place, for tests of what is made of them."""

from __future__ import annotations

from typing import Any

from loadtests.histogram import Histogram
from loadtests.options import Options
from loadtests.outcome import Outcome
from loadtests.plan import Plan
from loadtests.target import Dispatch, Target

SECRET = "very-secret-value"


def outcome(**options: Any) -> Outcome:
    """A good run of ten seconds: 200 writes, 2,000 deliveries within 10 ms."""
    target = Target(
        endpoint="127.0.0.1:50051",
        metadata={"authorization": SECRET},
        dispatch=Dispatch(auth_key=SECRET, sign_secret=SECRET),
    )
    plan = Plan(
        run="ld-0123456789ab-2",
        scenario="L-DSP-1",
        options=Options(**options),
        target=target,
    )
    made = Outcome(plan=plan, started="2030-01-01T00:00:00+00:00", measured_s=10.0, watched=20)
    for second in range(10):
        add(made, second, {"deliver.dispatch": 200}, {"calls": 20, "achieved": 20})
    made.totals.counts.update(
        {"offered.write": 200, "messages": 2000, "changes": 2000, "bytes": 400_000}
    )
    made.streams.update(opened=20, closed=20)
    return made


def add(made: Outcome, second: int, samples: dict[str, int], counts: dict[str, int]) -> None:
    """Add a second with so many samples of 1 to 10 ms of each metric."""
    distributions = {}
    for name, times in samples.items():
        histogram = Histogram()
        for value in range(1, 11):
            histogram.record(value * 1000, times=times // 10)
        distributions[name] = histogram.to_json()
    made.add_second(second, "local", {"distributions": distributions, "counts": counts})
