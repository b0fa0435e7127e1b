"""Groups of cases on their way through `side_by_side.py`, eight at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

import numpy as np

from . import columns as k
from .memory import Floats, Ints, Memory
from .preparing import Variant
from .result import Sums, sums_of
from .vectors import LANES

__all__ = ["sums_together"]


def sums_together(engine: str, group: Sequence[Variant], edges: Ints) -> Iterator[Sums | None]:
    """Yield the sums of cases of one frame; None where the limits of the site bind.

    Energies between edges hold until the next ones are asked for.
    """
    course = _Course(group[0], edges)
    for first in range(0, len(group), LANES):
        yield from _sums(engine, group[first : first + LANES], course)


class _Course:
    """What all cases of a group have in common, as `side_by_side.run` takes it.

    Moments count from the start of a cycle of the controller: floats hold those of a century to the
    microsecond, and cycles begin at multiples of their length.
    """

    def __init__(self, variant: Variant, edges: Ints) -> None:
        memory = variant.memory(edges, with_rows=False)
        start_us = memory.front(k.AT_SINCE)
        zero_us = start_us - start_us % max(memory.front(k.CONTROL_US), 1)
        self.m = memory.m
        self.m[k.END_US] -= zero_us
        self.w = memory.w[: memory.front(k.W_ACCOUNTS)]
        """One lane before the first event, vehicles behind its state."""
        self.start = float(start_us - zero_us)
        self.marks = _marks(memory)
        self.marks[:, 0] -= zero_us
        self.moments = np.append((variant.rows.t_us - zero_us).astype(np.float64), inf)
        self.edges = np.append((edges - zero_us).astype(np.float64), inf)
        self.n_inputs = memory.front(k.N_INPUTS)
        self.n_occurrences = len(variant.script.occurrences)
        self.n_departures = len(variant.script.departures)
        # One for all, for fresh pages for each eight would take as long as running it.
        self.bins = np.empty(LANES * k.N_BIN * (len(edges) - 1) + 1)

    def clock(self, places: Sequence[float]) -> Floats:
        """Return the clock of lanes whose inputs begin at some places, before the first event."""
        from . import side_by_side as loop

        clock = np.zeros((loop.INPUTS + self.n_inputs, LANES))
        clock[loop.SINCE] = self.start
        clock[loop.WAKE] = clock[loop.OWN] = inf
        clock[loop.DECIDED] = -inf
        clock[loop.NEXT], clock[loop.TABLE] = self.moments[0], places
        clock[loop.EDGE] = self.edges[1]
        clock[loop.BINS] = np.arange(LANES) * (len(self.bins) // LANES)
        return clock


def _sums(engine: str, group: Sequence[Variant], course: _Course) -> Iterator[Sums | None]:
    from . import side_by_side as loop

    lanes = [*group, *[group[-1]] * (LANES - len(group))]
    inputs, places = _inputs(lanes)
    state = np.repeat(course.w[:, None], LANES, axis=1)
    for lane, each in enumerate(lanes):
        state[: len(each.head.w), lane] = each.head.w
    tallies = np.zeros((course.n_occurrences * loop.N_TALLY, LANES))
    left = np.zeros((course.n_departures * 2, LANES))
    if not loop.run(
        course.m,
        state,
        course.clock(places),
        course.marks.ravel(),
        course.moments,
        inputs,
        course.edges,
        tallies,
        left,
        course.bins,
    ):
        if len(group) == 1:
            yield None
            return
        # Who it is shows when each runs alone.
        for each in group:
            yield from _sums(engine, [each], course)
        return
    asked = np.abs(tallies[loop.T_ASKED :: loop.N_TALLY]).sum(axis=0)
    short = tallies[loop.T_SHORT :: loop.N_TALLY].sum(axis=0)
    bins = course.bins[:-1].reshape(LANES, k.N_BIN, -1)
    for lane, each in enumerate(group):
        memory = Memory()
        memory.m, memory.w = course.m, state[:, lane]
        yield sums_of(
            engine,
            each.case,
            each.site,
            each.script,
            memory,
            asked_wh=float(asked[lane]),
            shortfall_wh=float(short[lane]),
            left=left[:, lane].reshape(-1, 2).tolist(),
            bins=bins[lane],
        )


def _marks(memory: Memory) -> Ints:
    """Return what happens in all lanes at once: everything but inputs, and a last one never."""
    first = memory.front(k.M_HAPPENINGS)
    count = 1 + int(np.argmax(memory.m[first :: k.N_HAPPENING] == k.NEVER))
    table = memory.m[first : first + count * k.N_HAPPENING].reshape(-1, k.N_HAPPENING)
    marks: Ints = table[table[:, 1] != k.ROW]
    return marks


def _inputs(lanes: Sequence[Variant]) -> tuple[Floats, list[float]]:
    """Return the inputs of all lanes, each table once, and where those of each lane begin."""
    tables: dict[int, tuple[int, Any]] = {}
    places, end = [], 0
    for each in lanes:
        values = each.rows.values
        if id(values) not in tables:
            tables[id(values)] = (end, values.ravel())
            end += values.size
        places.append(float(tables[id(values)][0]))
    if len(tables) == 1:
        return lanes[0].rows.values.ravel(), places
    return np.concatenate([values for _, values in tables.values()]), places
