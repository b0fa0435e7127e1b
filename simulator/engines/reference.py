"""The engine `reference`: the world of the microgrid itself, event by event on SimPy.

It simulates everything; what the others return is held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.microgrid.record import Record
from simulator.microgrid.world import World

from .case import Case

__all__ = ["NAME", "STRIDE_US", "record"]

NAME = "reference"
STRIDE_US = 86_400_000_000
"""Runs advance in days, whether anyone watches or not: one shown on a terminal and one in a pipe
are the same to the byte."""


def record(
    case: Case,
    report: Callable[[int], None] = lambda t_us: None,
    columns: Sequence[str] | None = None,
) -> Record:
    """Run a case and return everything that happened, of the segments only some columns if named.

    Raises:
        Unsupported: the scenario has a part that nothing simulates.
        InputError: a profile cannot be built.
    """
    world = World(
        case.recorded,
        seed=case.seed,
        start_us=case.start_us,
        end_us=case.end_us,
        inputs=case.inputs,
        columns=columns,
    )
    for dispatch in case.schedule or ():
        world.put(dispatch)
    now_us = case.start_us
    while now_us < case.end_us:
        now_us = min(now_us - now_us % STRIDE_US + STRIDE_US, case.end_us)
        world.advance(now_us)
        report(now_us)
    return world.finish()
