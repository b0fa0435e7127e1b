"""The engine `compiled`: one case at a time through machine code made by numba."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simulator.microgrid.record import Record

from . import columns as k
from .case import Case, Missing, NotCovered
from .coverage import uncovered
from .jit import HAS_NUMBA
from .memory import Ints
from .packing import width_of_row
from .preparing import Preparation
from .reference import STRIDE_US
from .result import Kept, Sums, column_places, record_of, sums_of

__all__ = ["NAME", "record", "sums"]

NAME = "compiled"
ROOM = 1 << 13
"""Segments that a memory holds before they are taken from it."""


def record(
    case: Case,
    report: Callable[[int], None] = lambda t_us: None,
    columns: Sequence[str] | None = None,
) -> Record:
    """Run a case and return everything that happened, of the segments only some columns if named.

    Raises:
        Missing: numba is not installed.
        NotCovered: the case has something that this engine does not simulate.
        InputError: a profile cannot be built.
    """
    _refuse(case)
    from .loop import advance, finish

    edges = np.zeros(0, dtype=np.int64)
    prepared = Preparation().prepare(case, edges=edges, kept=ROOM)
    site, memory = prepared.site, prepared.memory
    names = None if columns is None else ("t_start_us", "t_end_us", *columns)
    places = column_places(site)
    kept = Kept(width_of_row(site), None if names is None else [places[name] for name in names])
    now_us = case.start_us
    while now_us < case.end_us:
        now_us = min(now_us - now_us % STRIDE_US + STRIDE_US, case.end_us)
        while not advance(memory.m, memory.w, now_us):
            kept.take(memory)
        report(now_us)
    while not finish(memory.m, memory.w):
        kept.take(memory)
    kept.take(memory)
    return record_of(NAME, case, site, prepared.script, prepared.plans, memory, kept, names)


def sums(cases: Sequence[Case], edges: Sequence[Ints]) -> list[Sums | Exception]:
    """Run cases and return what flowed between the edges of each; or why one cannot be run."""
    preparation = Preparation()
    return [_sum(preparation, *each) for each in zip(cases, edges, strict=True)]


def _sum(preparation: Preparation, case: Case, edges: Ints) -> Sums | Exception:
    try:
        _refuse(case)
        prepared = preparation.prepare(case, edges=edges)
    except ValueError as error:
        return error
    from .loop import advance, finish

    memory = prepared.memory
    kept = Kept(width_of_row(prepared.site))
    while not advance(memory.m, memory.w, case.end_us):
        kept.take(memory)
    finish(memory.m, memory.w)
    kept.take(memory)
    bins = memory.table(memory.front(k.W_BINS), memory.front(k.N_BINS), k.N_BIN)
    events = np.concatenate(kept.events)
    return sums_of(NAME, case, prepared.site, prepared.script, memory, events, bins)


def _refuse(case: Case) -> None:
    if not HAS_NUMBA:
        raise Missing("the engine compiled needs numba: pip install gridproof[compiled]")
    if reasons := uncovered(case):
        raise NotCovered(NAME, reasons)
