"""Runs a scenario from start to end as fast as possible and returns what happened.

The world advances in days, whether anyone watches or not, so that a run shown on a terminal and one
in a pipe are the same to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.microgrid.dispatch import Dispatch
from simulator.microgrid.record import Record
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.world import World

STRIDE_US = 86_400_000_000


def run(
    scenario: Scenario,
    *,
    schedule: Sequence[Dispatch] | None = None,
    start_us: int | None = None,
    end_us: int | None = None,
    seed: int | None = None,
    report: Callable[[int], None] = lambda t_us: None,
) -> Record:
    """Simulate `[start_us, end_us)`; what is left out comes from the scenario.

    `schedule` takes the place of the scenario's own dispatches; one that began before the run is
    joined half-way. `report` is called with the simulated time as it passes.

    Raises:
        InputError: a profile cannot be built or does not cover the stretch.
    """
    meta = scenario.meta
    start_us = meta.start_us if start_us is None else start_us
    end_us = start_us + (meta.end_us - meta.start_us) if end_us is None else end_us
    world = World(
        scenario if schedule is None else scenario.with_schedule(()),
        seed=meta.seed if seed is None else seed,
        start_us=start_us,
        end_us=end_us,
    )
    for dispatch in schedule or ():
        world.put(dispatch)
    now_us = start_us
    while now_us < end_us:
        now_us = min(now_us - now_us % STRIDE_US + STRIDE_US, end_us)
        world.advance(now_us)
        report(now_us)
    return world.finish()
