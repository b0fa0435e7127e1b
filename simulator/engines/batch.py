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
from .coverage import refuse, uncovered, uncovered_in_lanes, uncovered_plans
from .lanes import Lanes
from .memory import Floats, Ints, Memory
from .preparing import Preparation, Prepared
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
    refuse(NAME, (*uncovered(case), *uncovered_in_lanes(case)))
    prepared = Preparation().prepare(case, edges=NO_EDGES, with_rows=False)
    refuse(NAME, uncovered_plans(prepared.plans))
    lanes = _lanes([prepared], keeps=True)
    lanes.run(report)
    return _record(prepared, lanes, 0)


def sums(cases: Sequence[Case], edges: Sequence[Ints]) -> Iterator[tuple[int, Sums | Exception]]:
    """Run cases; yield the place of each and what flowed between its edges, or why it cannot run.

    Each has the result that it has alone.
    """
    preparation = Preparation()
    groups: dict[tuple[bytes, int], list[tuple[int, Prepared]]] = {}
    for i, (case, own) in enumerate(zip(cases, edges, strict=True)):
        try:
            refuse(NAME, (*uncovered(case), *uncovered_in_lanes(case)))
            prepared = preparation.prepare(case, edges=own, with_rows=False)
            refuse(NAME, uncovered_plans(prepared.plans))
        except ValueError as error:
            yield i, error
            continue
        memory = prepared.memory
        groups.setdefault((memory.m.tobytes(), len(memory.w)), []).append((i, prepared))
    for group in groups.values():
        yield from zip((i for i, _ in group), _sums([p for _, p in group]), strict=True)


def _sums(group: Sequence[Prepared]) -> Iterator[Sums | Exception]:
    """Yield the sums of cases that share what happens."""
    lanes = _lanes(group, keeps=False)
    try:
        lanes.run(lambda t_us: None)
    except NotCovered as error:
        if len(group) == 1:
            yield error
            return
        # Somebody's limits bind: who it is shows when each runs alone.
        for each in group:
            yield from _sums([each])
        return
    for lane, each in enumerate(group):
        memory = _memory(lanes, lane)
        tallies = tallies_of(each.script, memory, _events(lanes, lane), lanes.bins[:, :, lane])
        yield sums_of(NAME, each.case, each.site, each.script, memory, **tallies)


def _lanes(group: Sequence[Prepared], *, keeps: bool) -> Lanes:
    return Lanes(
        m=group[0].memory.m,
        w=np.stack([each.memory.w for each in group], axis=1),
        rows=[each.rows for each in group],
        keeps=keeps,
    )


def _record(prepared: Prepared, lanes: Lanes, lane: int) -> Record:
    memory, site = _memory(lanes, lane), prepared.site
    kept = Kept(int(memory.m[k.WIDTH_OF_ROW]))
    kept.events.append(_events(lanes, lane))
    places = row_places(site, memory)
    for number, piece in enumerate(lanes.pieces):
        (at,) = np.flatnonzero(piece.lanes == lane)
        state = piece.state[:, at].copy()
        kept.tapers.append(_tapers(prepared, state, number))
        for i in range(len(site.devices)):
            state[i * k.N_DEVICE + k.STORED] /= state[i * k.N_DEVICE + k.CAPACITY] or 1.0
        row = np.concatenate([[piece.since_us[at], piece.until_us[at]], state[places]])
        kept.segments.append(row[None, :])
    return record_of(NAME, prepared.case, site, prepared.script, prepared.plans, memory, kept)


def _memory(lanes: Lanes, lane: int) -> Memory:
    memory = Memory()
    memory.m, memory.w = lanes.m.copy(), lanes.w[:, lane].copy()
    memory.m[k.AT_SEGMENT], memory.m[k.AT_STEP] = lanes.segments[lane], lanes.steps[lane]
    return memory


def _events(lanes: Lanes, lane: int) -> Floats:
    rows = [each.row for each in lanes.notes if each.lane == lane]
    return np.array(rows, dtype=np.float64).reshape(-1, k.N_EVENT)


def _tapers(prepared: Prepared, state: Floats, number: int) -> Floats:
    rows = []
    for i in range(len(prepared.site.devices)):
        d = state[i * k.N_DEVICE : (i + 1) * k.N_DEVICE]
        lam, id_ = d[k.L1], d[k.ID]
        if not lam:
            continue
        rows.append((number, id_, d[k.A1], lam))
        if d[k.KIND] == k.STORAGE:
            rows.append((number, id_, d[k.A2], 2.0 * lam))
            rows.append((number, -id_, d[k.DC] - d[k.DC_INF], d[k.LAM]))
    return np.array(rows, dtype=np.float64).reshape(-1, k.N_TAPER)
