"""The engine `batch`: many cases side by side in NumPy, no further package needed.

Made for sweeps, whose cases differ in numbers; those that also differ in what happens when are run
in groups of their own. One case alone takes longer than with the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from simulator.microgrid.record import Record

from . import columns as k
from .case import Case, NotCovered
from .coverage import refuse, uncovered, uncovered_in_lanes
from .lanes import Lanes
from .memory import Floats, Ints, Memory
from .preparing import Preparation, Variant
from .result import Kept, Sums, record_of, row_places, sums_of, tallies_of

__all__ = ["NAME", "record", "sums"]

NAME = "batch"
NO_EDGES = np.zeros(0, dtype=np.int64)


def record(case: Case, report: Callable[[int], None] = lambda t_us: None) -> Record:
    """Run a case and return everything that happened.

    Raises:
        NotCovered: the case has something that this engine does not simulate.
        Unsupported, InputError: as `simulator.engines.record`.
    """
    variant = Preparation(_check).variant(case)
    refuse(NAME, variant.apart)
    lanes = _lanes([variant], [variant.memory(NO_EDGES, with_rows=False)], keeps=True)
    lanes.run(report)
    return _record(variant, lanes, 0)


def sums(cases: Sequence[Case], edges: Sequence[Ints]) -> Iterator[tuple[int, Sums | Exception]]:
    """Run cases; yield the place of each and what flowed between its edges, or why it cannot run.

    Each has the result that it has alone.
    """
    preparation = Preparation(_check)
    groups: dict[tuple[bytes, int], list[tuple[int, Variant, Memory]]] = {}
    for i, (case, own) in enumerate(zip(cases, edges, strict=True)):
        try:
            variant = preparation.variant(case)
            refuse(NAME, variant.apart)
        except ValueError as error:
            yield i, error
            continue
        memory = preparation.memory(variant, own, with_rows=False)
        groups.setdefault((memory.m.tobytes(), len(memory.w)), []).append((i, variant, memory))
    for group in groups.values():
        places, variants, memories = zip(*group, strict=True)
        yield from zip(places, _sums(variants, memories), strict=True)


def _sums(group: Sequence[Variant], memories: Sequence[Memory]) -> Iterator[Sums | Exception]:
    """Yield the sums of cases that share what happens."""
    lanes = _lanes(group, memories, keeps=False)
    try:
        lanes.run(lambda t_us: None)
    except NotCovered as error:
        if len(group) == 1:
            yield error
            return
        # Somebody's limits bind: who it is shows when each runs alone.
        for each, memory in zip(group, memories, strict=True):
            yield from _sums([each], [memory])
        return
    for lane, each in enumerate(group):
        memory = _memory(lanes, lane)
        tallies = tallies_of(each.script, memory, _events(lanes, lane), lanes.bins[:, :, lane])
        yield sums_of(NAME, each, memory, **tallies)


def _lanes(group: Sequence[Variant], memories: Sequence[Memory], *, keeps: bool) -> Lanes:
    return Lanes(
        m=memories[0].m,
        w=np.stack([each.w for each in memories], axis=1),
        rows=[each.rows for each in group],
        keeps=keeps,
    )


def _record(variant: Variant, lanes: Lanes, lane: int) -> Record:
    memory, site = _memory(lanes, lane), variant.site
    kept = Kept(int(memory.m[k.WIDTH_OF_ROW]))
    kept.events.append(_events(lanes, lane))
    places = row_places(site, memory)
    for number, piece in enumerate(lanes.pieces):
        (at,) = np.flatnonzero(piece.lanes == lane)
        state = piece.state[:, at].copy()
        kept.tapers.append(_tapers(variant, state, number))
        for i in range(len(site.devices)):
            state[i * k.N_DEVICE + k.STORED] /= state[i * k.N_DEVICE + k.CAPACITY] or 1.0
        row = np.concatenate([[piece.since_us[at], piece.until_us[at]], state[places]])
        kept.segments.append(row[None, :])
    return record_of(NAME, variant, memory, kept)


def _check(case: Case) -> None:
    refuse(NAME, (*uncovered(case), *uncovered_in_lanes(case)))


def _memory(lanes: Lanes, lane: int) -> Memory:
    memory = Memory.sealed(lanes.m.copy(), lanes.w[:, lane].copy())
    memory.m[k.AT_SEGMENT], memory.m[k.AT_STEP] = lanes.segments[lane], lanes.steps[lane]
    return memory


def _events(lanes: Lanes, lane: int) -> Floats:
    rows = [each.row for each in lanes.notes if each.lane == lane]
    return np.array(rows, dtype=np.float64).reshape(-1, k.N_EVENT)


def _tapers(variant: Variant, state: Floats, number: int) -> Floats:
    rows = []
    for i in range(len(variant.site.devices)):
        d = state[i * k.N_DEVICE : (i + 1) * k.N_DEVICE]
        lam, id_ = d[k.L1], d[k.ID]
        if not lam:
            continue
        rows.append((number, id_, d[k.A1], lam))
        if d[k.KIND] == k.STORAGE:
            rows.append((number, id_, d[k.A2], 2.0 * lam))
            rows.append((number, -id_, d[k.DC] - d[k.DC_INF], d[k.LAM]))
    return np.array(rows, dtype=np.float64).reshape(-1, k.N_TAPER)
