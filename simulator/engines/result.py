"""From the arrays of a finished run back to a record, as the reference engine returns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.record import (
    CAUSES,
    REASONS,
    SERIES,
    Occurrence,
    Record,
    Tapers,
    Totals,
)
from simulator.microgrid.running import _NOTEWORTHY, _REASON_OF
from simulator.microgrid.sharing import TOLERANCE
from simulator.microgrid.site import Site
from simulator.microgrid.storage import Storage

from . import columns as k
from .case import Case
from .memory import Floats, Memory
from .packing import KINDS
from .plans import Plans, conflicts_of
from .preparing import Variant
from .script import Script

__all__ = ["Kept", "Sums", "column_places", "record_of", "row_places", "sums_of", "tallies_of"]

_EMPTY = ("", *CAUSES)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sums:
    """A run without its trajectory."""

    record: Record
    """Without segments and log."""
    wanted_wh: Sequence[float]
    charged_wh: Sequence[float]
    missing_wh: Sequence[float]
    """Of each vehicle that left, in this order."""
    bins: Floats
    """Energy in and out at the grid connection, and that of PV: a row each, between edges, Wh."""


class Kept:
    """What was recorded so far, a piece at a time."""

    def __init__(self, width: int, places: Sequence[int] | None = None) -> None:
        self._places = None if places is None else list(places)
        """Of the columns that are kept, None = all."""
        width = width if self._places is None else len(self._places)
        self.segments: list[Floats] = [np.zeros((0, width))]
        self.tapers: list[Floats] = [np.zeros((0, k.N_TAPER))]
        self.events: list[Floats] = [np.zeros((0, k.N_EVENT))]

    def take(self, memory: Memory) -> None:
        """Take what a memory holds, and make room in it."""
        for pieces, place, count, width in (
            (self.segments, k.W_SEGMENTS, k.AT_KEPT, memory.front(k.WIDTH_OF_ROW)),
            (self.tapers, k.W_TAPERS, k.AT_TAPER, k.N_TAPER),
            (self.events, k.W_EVENTS, k.AT_EVENT, k.N_EVENT),
        ):
            rows = memory.table(memory.front(place), memory.front(count), width)
            if pieces is self.segments and self._places is not None:
                pieces.append(rows[:, self._places])
            else:
                pieces.append(rows.copy())
            memory.m[count] = 0


def record_of(
    engine: str,
    variant: Variant,
    memory: Memory,
    kept: Kept,
    names: Sequence[str] | None = None,
) -> Record:
    """Return the record of a finished run; `names`: the columns that were kept, None = all."""
    case, site, script = variant.case, variant.site, variant.script
    place, rows = memory.front(k.W_ACCOUNTS), len(script.occurrences)
    accounts = memory.table(place, rows, k.N_ACCOUNT)
    return Record(
        scenario=case.recorded,
        seed=case.seed,
        start_us=case.start_us,
        end_us=case.end_us,
        components=variant.infos,
        segments=_columns(column_places(site), kept, names),
        tapers=_tapers(site, np.concatenate(kept.tapers)),
        totals=_totals(site, memory),
        events=_events(script, variant.plans, site, np.concatenate(kept.events)),
        occurrences=[
            _filled(each, row) for each, row in zip(script.occurrences, accounts, strict=True)
        ],
        metadata=_metadata(engine, case, memory),
    )


def sums_of(
    engine: str,
    variant: Variant,
    memory: Memory,
    *,
    asked_wh: float,
    shortfall_wh: float,
    left: Floats,
    bins: Floats,
) -> Sums:
    """Return a finished run without its trajectory.

    `left`: for each vehicle that left what it was charged with, and what it misses. One occurrence
    stands for all: its energies are the sums of theirs, each without its sign.
    """
    case = variant.case
    whole = Occurrence(
        dispatch_id=0,
        index=0,
        type="",
        start_us=case.start_us,
        planned_start_us=case.start_us,
        planned_end_us=None,
        asked_wh=asked_wh,
        shortfall_wh=shortfall_wh,
    )
    found = Record(
        scenario=case.recorded,
        seed=case.seed,
        start_us=case.start_us,
        end_us=case.end_us,
        components=variant.infos,
        totals=_totals(variant.site, memory),
        occurrences=[whole],
        metadata={"engine": engine},
    )
    charged_wh, missing_wh = left.T.tolist()
    return Sums(
        record=found,
        wanted_wh=variant.script.wanted_wh,
        charged_wh=charged_wh,
        missing_wh=missing_wh,
        bins=bins,
    )


def tallies_of(script: Script, memory: Memory, events: Floats, bins: Floats) -> dict[str, Any]:
    """Return the further arguments of `sums_of` from accounts, the log, and a row for each bin."""
    rows = len(script.occurrences)
    accounts = memory.table(memory.front(k.W_ACCOUNTS), rows, k.N_ACCOUNT)
    left = events[events[:, 1] == k.E_LEFT]
    return {
        "asked_wh": float(np.abs(accounts[:, k.A_ASKED]).sum()),
        "shortfall_wh": float(accounts[:, k.A_SHORT].sum()),
        "left": left[:, 3:],
        "bins": np.ascontiguousarray(bins.T),
    }


def row_places(site: Site, memory: Memory) -> list[int]:
    """Return which numbers of the state make the row of a segment, moments left out.

    For a state of charge the stored energy stands there.
    """
    node = (k.N_P, k.N_END, k.N_ROW_IN, k.N_ROW_OUT, k.N_LOAD, k.N_ROW_LOAD)
    device = [k.SOURCE, k.P, k.ROW_END, k.ROW_IN, k.ROW_OUT, k.ROW_LOSS, k.ASKED]
    more = {
        k.STORAGE: [k.DC, k.ROW_DC_END, k.ROW_DC_IN, k.ROW_DC_OUT, k.STORED],
        k.CHARGER: [k.ROW_DC_END],
    }
    first = memory.front(k.W_NODES)
    places = [first + i * k.N_NODE + each for i in range(len(site.nodes)) for each in node]
    for i, each in enumerate(site.devices):
        kind = KINDS[type(each)]
        places += [i * k.N_DEVICE + column for column in (*device, *more.get(kind, ()))]
    return places


def column_places(site: Site) -> dict[str, int]:
    """Return the places of the columns of a record in the row of a segment, by name."""
    found = {"t_start_us": 0, "t_end_us": 1}
    kinds = {info.id: info.kind for info in site.infos}
    first_of, source_of, at = {}, {}, 2
    for node in site.nodes:
        first_of[node.component_id] = at
        at += k.NODE_WIDTH
    for component_id, node in site.node_of.items():
        # Several components may share a node.
        first_of[component_id] = first_of[node.component_id]
    for device in site.devices:
        source_of[device.component_id] = at
        first_of[device.component_id] = at + 1
        if isinstance(device, Storage):
            first_of[device.batteries[0].component_id] = at + 7
        at += k.WIDTHS[KINDS[type(device)]]
    for component_id in sorted(first_of):
        first = first_of[component_id]
        for i, name in enumerate(SERIES.get(kinds[component_id], ())):
            found[f"c{component_id}.{name}"] = first + i
        if component_id in source_of:
            found[f"c{component_id}.source"] = source_of[component_id]
    return found


def _columns(
    place_of: Mapping[str, int], kept: Kept, names: Sequence[str] | None
) -> dict[str, NDArray[Any]]:
    """Return the columns by name, in the order of ids."""
    rows = np.concatenate(kept.segments)
    kept.segments.clear()
    places = place_of if names is None else {name: i for i, name in enumerate(names)}
    return {
        name: rows[:, place].astype(np.int64)
        if name.endswith(("_us", ".source"))
        else rows[:, place]
        for name, place in places.items()
        if rows.size
    }


def _tapers(site: Site, rows: Floats) -> Tapers:
    battery_of = {
        device.component_id: device.batteries[0].component_id
        for device in site.devices
        if isinstance(device, Storage)
    }
    tapers = Tapers()
    for segment, id_, coefficient, lam in rows.tolist():
        tapers.segment.append(int(segment))
        tapers.component_id.append(int(id_) if id_ > 0 else battery_of[int(-id_)])
        tapers.coef_w.append(coefficient)
        tapers.lam_per_s.append(lam)
    return tapers


def _totals(site: Site, memory: Memory) -> dict[int, Totals]:
    found = {info.id: Totals() for info in site.infos}
    nodes = memory.table(memory.front(k.W_NODES), len(site.nodes), k.N_NODE).tolist()
    devices = memory.table(0, len(site.devices), k.N_DEVICE).tolist()
    row_of = {id(node): row for node, row in zip(site.nodes, nodes, strict=True)}
    for component_id, node in site.node_of.items():
        row, own = row_of[id(node)], component_id == node.component_id
        found[component_id] = Totals(
            in_wh=row[k.N_IN],
            out_wh=row[k.N_OUT],
            load_wh=row[k.N_SERVED] if own else 0.0,
            unserved_wh=row[k.N_UNSERVED] if own else 0.0,
        )
    for device, d in zip(site.devices, devices, strict=True):
        found[device.component_id] = Totals(
            in_wh=d[k.INTO],
            out_wh=d[k.OUT],
            loss_wh=d[k.LOSS],
            aux_wh=d[k.AUX_WH],
            curtailed_wh=d[k.CURTAILED],
            lost_wh=d[k.LOST],
        )
        if isinstance(device, Storage):
            (battery,) = device.batteries
            found[battery.component_id] = Totals(
                in_wh=d[k.CHARGED],
                out_wh=d[k.DISCHARGED],
                loss_wh=d[k.DC_LOSS],
                self_discharge_wh=d[k.IDLE_LOSS],
                start_wh=d[k.ARRIVED_WH],
                end_wh=d[k.STORED],
            )
    return found


def _filled(occurrence: Occurrence, row: Floats) -> Occurrence:
    seconds = row[k.A_SECONDS : k.A_SECONDS + k.N_CAUSES]
    missing = row[k.A_MISSING : k.A_MISSING + k.N_CAUSES]
    by_reason: dict[str, float] = {}
    for code, wh in enumerate(row[k.A_REASON :].tolist()):
        if wh > 0.0:
            reason = _reason(code)
            by_reason[reason] = by_reason.get(reason, 0.0) + wh
    reason = occurrence.reason
    if by_reason:
        reason = "none"
        if row[k.A_SHORT] > _NOTEWORTHY * row[k.A_GROSS]:
            reason = max(by_reason, key=lambda each: (by_reason[each], -REASONS.index(each)))
    return replace(
        occurrence,
        asked_wh=float(row[k.A_ASKED]),
        delivered_wh=float(row[k.A_DELIVERED]),
        shortfall_wh=float(row[k.A_SHORT]),
        reason=reason,
        limited_s={_EMPTY[i]: float(s) for i, s in enumerate(seconds) if s > 0.0},
        missing_wh={_EMPTY[i]: float(wh) for i, wh in enumerate(missing) if wh > 0.0},
    )


def _reason(code: int) -> str:
    if code == k.N_CAUSES:
        return "soc_max"
    if code == k.N_CAUSES + 1:
        return "soc_min"
    return _REASON_OF.get(_EMPTY[code], _EMPTY[code])


def _events(script: Script, plans: Plans, site: Site, noted: Floats) -> list[dict[str, Any]]:
    """Return the whole log: what was known before, and what the physics added."""
    left = iter(noted[noted[:, 1] == k.E_LEFT])
    found: list[tuple[int, int, dict[str, Any]]] = []
    for event in script.events:
        if event["event"] == "EV_LEFT":
            row = next(left)
            event = {**event, "charged_wh": float(row[3]), "missing_wh": float(row[4])}
        found.append((event["t_us"], 0, event))
    for t_us, ids in conflicts_of(script, plans):
        for each in ids:
            about = {"component_id": each or site.graph.root}
            found.append((t_us, 1, {"t_us": t_us, "event": "LIMIT_CONFLICT", **about}))
    for row in noted[noted[:, 1] != k.E_LEFT]:
        found.append((int(row[0]), 2, _noted(row, site)))
    found.sort(key=lambda each: each[:2])
    return [event for _, _, event in found]


def _noted(row: Floats, site: Site) -> dict[str, Any]:
    t_us, kind, device, one, two = row.tolist()
    found: dict[str, Any] = {"t_us": int(t_us)}
    if kind == k.E_THRESHOLD:
        edge = f"{_EMPTY[int(one)]}_{'high' if two else 'low'}"
        id_ = site.devices[int(device)].component_id
        return {**found, "event": "THRESHOLD", "component_id": id_, "reason": edge}
    if kind in (k.E_EXCEEDED, k.E_KEPT):
        name = "SITE_LIMIT_EXCEEDED" if kind == k.E_EXCEEDED else "SITE_LIMIT_KEPT"
        return {**found, "event": name, "power_w": one}
    return {**found, "event": "LOAD_SHED" if kind == k.E_SHED else "LOAD_SERVED", "share": one}


def _metadata(engine: str, case: Case, memory: Memory) -> dict[str, Any]:
    scenario = case.recorded
    text = scenario.model_dump_json(by_alias=True)
    return {
        "engine": engine,
        "numpy": np.__version__,
        "scenario_sha256": sha256(text.encode()).hexdigest(),
        "control_s": scenario.meta.control_s,
        "sharing": scenario.meta.sharing,
        "share_tolerance": TOLERANCE,
        "segments": memory.front(k.AT_SEGMENT),
        "steps": memory.front(k.AT_STEP),
    }
