"""The engine `compiled`: machine code made by numba.

A record is that of one case, run by `loop.py`. For sums cases go side by side through
`side_by_side.py`, unless they have something that only the other covers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from simulator.microgrid.record import Record

from . import columns as k
from .case import Case, Missing
from .coverage import refuse, uncovered
from .jit import HAS_NUMBA
from .memory import Ints, Memory
from .packing import width_of_row
from .preparing import Frame, Preparation, Variant
from .reference import STRIDE_US
from .result import Kept, Sums, column_places, record_of, sums_of, tallies_of
from .together import sums_together

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
    variant = Preparation(_check).variant(case)
    from .loop import advance, finish

    site, memory = variant.site, variant.memory(np.zeros(0, dtype=np.int64), kept=ROOM)
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
    return record_of(NAME, variant, memory, kept, names)


def sums(cases: Sequence[Case], edges: Sequence[Ints]) -> Iterator[tuple[int, Sums | Exception]]:
    """Run cases; yield the place of each and what flowed between its edges, or why it cannot run.

    Those that are alike run side by side, each with the result that it has alone. Energies between
    edges hold until the next ones are asked for.
    """
    groups: dict[Frame, list[tuple[int, Variant]]] = {}
    preparation = Preparation(_check)
    for i, case in enumerate(cases):
        try:
            variant = preparation.variant(case)
        except ValueError as error:
            yield i, error
            continue
        if variant.apart:
            yield i, _alone(variant, preparation.memory(variant, edges[i]))
        else:
            groups.setdefault(variant.frame(edges[i]), []).append((i, variant))
    for group in groups.values():
        own = edges[group[0][0]]
        together = sums_together(NAME, [variant for _, variant in group], own)
        for (i, variant), each in zip(group, together, strict=True):
            yield i, _alone(variant, variant.memory(own)) if each is None else each


def _alone(variant: Variant, memory: Memory) -> Sums:
    """Return the sums of a case that has something which cannot be run side by side."""
    from .loop import advance, finish

    kept = Kept(width_of_row(variant.site))
    while not advance(memory.m, memory.w, variant.case.end_us):
        kept.take(memory)
    finish(memory.m, memory.w)
    kept.take(memory)
    bins = memory.table(memory.front(k.W_BINS), memory.front(k.N_BINS), k.N_BIN)
    tallies = tallies_of(variant.script, memory, np.concatenate(kept.events), bins)
    return sums_of(NAME, variant, memory, **tallies)


def _check(case: Case) -> None:
    if not HAS_NUMBA:
        raise Missing("the engine compiled needs numba: pip install gridproof[compiled]")
    refuse(NAME, uncovered(case))
