"""Groups of cases on their way through `side_by_side.py`, eight at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from . import columns as k
from .memory import Floats, Ints, Memory
from .packing import Rows
from .preparing import Variant
from .result import Sums, sums_of
from .vectors import LANES

__all__ = ["sums_together"]

LINE_BYTES = 64
"""Of the cache, as much as a row of lanes has; rows across two lines cost up to a fifth more."""


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
        # Each lane takes its inputs when they are due: they are not among what happens to all.
        none = Rows(variant.rows.t_us[:0], variant.rows.values[:0])
        memory = replace(variant, rows=none).memory(edges, with_rows=False)
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
        self.n_departures = len(variant.script.wanted_wh)
        # One for all, for fresh pages for each eight would take as long as running it.
        self.bins = np.empty((LANES + 1) * k.N_BIN * (len(edges) - 1))

    def clock(self, places: Sequence[float]) -> Floats:
        """Return the clock of lanes whose inputs begin at some places, before the first event."""
        from . import side_by_side as loop

        clock = _matrix(loop.INPUTS + self.n_inputs)
        clock[loop.SINCE] = self.start
        clock[loop.WAKE] = clock[loop.OWN] = inf
        clock[loop.DECIDED] = -inf
        clock[loop.NEXT], clock[loop.TABLE] = self.moments[0], places
        clock[loop.EDGE] = self.edges[1]
        clock[loop.BINS] = np.arange(LANES) * (len(self.bins) // (LANES + 1))
        return clock


def _sums(engine: str, group: Sequence[Variant], course: _Course) -> Iterator[Sums | None]:
    from . import side_by_side as loop

    lanes = [*group, *[group[-1]] * (LANES - len(group))]
    inputs, places = _inputs(lanes)
    state = _matrix(len(course.w))
    state[:] = course.w[:, None]
    for lane, each in enumerate(lanes):
        state[: len(each.head.w), lane] = each.head.w
    tallies = _matrix(course.n_occurrences * loop.N_TALLY)
    left = _matrix(course.n_departures * 2)
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
    bins = course.bins.reshape(LANES + 1, k.N_BIN, -1)
    for lane, each in enumerate(group):
        yield sums_of(
            engine,
            each,
            Memory.sealed(course.m, state[:, lane]),
            asked_wh=float(asked[lane]),
            shortfall_wh=float(short[lane]),
            left=left[:, lane].reshape(-1, 2),
            bins=bins[lane],
        )


def _matrix(rows: int) -> Floats:
    """Return zeros, a column for each lane, each row in one line of the cache."""
    width = LINE_BYTES // 8
    space = np.zeros(rows * LANES + width)
    first = -space.ctypes.data % LINE_BYTES // 8
    return space[first : first + rows * LANES].reshape(rows, LANES)


def _marks(memory: Memory) -> Ints:
    """Return what happens in all lanes at once, and a last one never."""
    first = memory.front(k.M_HAPPENINGS)
    count = 1 + int(np.argmax(memory.m[first :: k.N_HAPPENING] == k.NEVER))
    return memory.m[first : first + count * k.N_HAPPENING].reshape(-1, k.N_HAPPENING).copy()


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
