"""Runs a scenario from start to end as fast as possible and returns what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.engines import Case, record
from simulator.microgrid.dispatch import Dispatch
from simulator.microgrid.record import Record
from simulator.microgrid.scenario import Scenario

from .left_out import left_out


def run(
    scenario: Scenario,
    *,
    schedule: Sequence[Dispatch] | None = None,
    start_us: int | None = None,
    end_us: int | None = None,
    seed: int | None = None,
    engine: str = "reference",
    report: Callable[[int], None] = lambda t_us: None,
) -> Record:
    """Simulate `[start_us, end_us)`; what is left out comes from the scenario.

    `schedule` takes the place of the scenario's own dispatches; one that began before the run is
    joined half-way. `engine` is one of `simulator.engines.ENGINES`. `report` is called with the
    simulated time as it passes.

    Raises:
        EngineError: the engine does not cover the scenario, or its extra is not installed.
        InputError: a profile cannot be built or does not cover the stretch.
    """
    meta = scenario.meta
    start_us = meta.start_us if start_us is None else start_us
    case = Case(
        scenario=scenario,
        start_us=start_us,
        end_us=start_us + (meta.end_us - meta.start_us) if end_us is None else end_us,
        seed=meta.seed if seed is None else seed,
        schedule=None if schedule is None else tuple(schedule),
    )
    found = record(case, engine, report)
    if silent := list(left_out(case.dispatches, found)):
        found.metadata = {**found.metadata, "left_out": silent}
    return found
