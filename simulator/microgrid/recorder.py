"""What happened in each segment, as rows that become columns at the end of a run.

A world without an end keeps registers only and records nothing, so that it does not grow.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import pack
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy
from numpy.typing import NDArray

from .device import Device
from .record import SERIES, Tapers, Totals
from .sharing import TOLERANCE
from .site import Site
from .storage import Storage

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Recorder"]

_FLUSH = 1 << 13
"""Numbers that wait as Python objects before they are packed."""


class Recorder:
    """Takes the devices of a site from segment to segment.

    `names`: the columns that are kept beside the moments, None = all. KeyError for one that the
    site does not have.
    """

    def __init__(
        self, site: Site, start_us: int, *, keep: bool, names: Sequence[str] | None = None
    ) -> None:
        self._site = site
        self._settle: list[Callable[[float, float], tuple[float, ...]]] = [
            *(node.settle for node in site.nodes),
            *(device.settle for device in site.devices),
        ]
        self._grid = site.grid
        self._bending = [device for device in site.devices if not device.is_steady]
        self._start_us = start_us
        self._keep = keep
        self.count = 0
        """Segments so far."""
        self.tapers = Tapers()
        self._layout = layout = _layout_of(site)
        self._names = layout.names if names is None else tuple(names)
        self._floats = layout.floats
        """Where the columns stand in what is packed."""
        self._picked: list[int] | None = None
        """What is packed of a row, None = all of it."""
        if names is not None:
            kept = [each for each in names if each not in layout.sources]
            self._picked = [layout.floats[each] for each in kept]
            self._floats = {each: i for i, each in enumerate(kept)}
        self._waiting: list[float] = []
        self._packed: array[float] = array("d")
        self._ends: array[int] = array("q")
        self._changes: list[tuple[int, list[int]]] = []
        """From which segment on which dispatch every device follows."""

    def settle(self, end_us: int, t: float, hours: float) -> None:
        """Let every device settle t seconds (the same in hours) and keep what they say."""
        waiting = self._waiting
        if self._grid.terms and self._keep:
            for device in self._bending:
                if device.terms:
                    self._keep_terms(device)
        for settle in self._settle:
            waiting += settle(t, hours)
        self.count += 1
        if not self._keep:
            waiting.clear()
            return
        self._ends.append(end_us)
        if len(waiting) > _FLUSH:
            self._flush()

    def follow(self) -> None:
        """Take note that devices may follow other dispatches from now on."""
        if self._keep:
            self._changes.append((self.count, [device.source for device in self._site.devices]))

    def _flush(self) -> None:
        if self._picked is None:
            self._packed.frombytes(pack(f"{len(self._waiting)}d", *self._waiting))
        else:
            rows = np.array(self._waiting).reshape(-1, self._layout.width)
            self._packed.frombytes(rows[:, self._picked].tobytes())
        self._waiting.clear()

    def _keep_terms(self, device: Device) -> None:
        rows = [(device.component_id, a, lam) for a, lam in device.terms]
        if isinstance(device, Storage):
            rows += [
                (battery.component_id, battery.p - battery.p_inf, battery.lam)
                for battery in device.batteries
                if battery.lam
            ]
        tapers = self.tapers
        for component_id, coef_w, lam in rows:
            tapers.segment.append(self.count)
            tapers.component_id.append(component_id)
            tapers.coef_w.append(coef_w)
            tapers.lam_per_s.append(lam)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name, in the order of ids; views of the rows, not copies."""
        if not self._keep:
            return {}
        self._flush()
        ends = np.frombuffer(self._ends, dtype=np.int64)
        starts = np.concatenate([[self._start_us], ends])[: len(ends)]
        lengths = np.diff([count for count, _ in self._changes], append=self.count)
        width = self._layout.width if self._picked is None else len(self._picked)
        floats = np.frombuffer(self._packed, dtype=np.float64).reshape(self.count, width)

        def column(name: str) -> NDArray[Any]:
            if name in self._floats:
                return floats[:, self._floats[name]]
            place = self._layout.sources[name]
            return np.repeat([sources[place] for _, sources in self._changes], lengths)

        found = {name: column(name) for name in self._names}
        return {"t_start_us": starts, "t_end_us": ends} | found

    def totals(self) -> dict[int, Totals]:
        """Return the registers of every component, by ascending id."""
        site = self._site
        found = {info.id: Totals() for info in site.infos}
        for component_id, node in site.node_of.items():
            own = component_id == node.component_id
            found[component_id] = Totals(
                in_wh=node.import_wh,
                out_wh=node.export_wh,
                load_wh=node.served_wh if own else 0.0,
                unserved_wh=node.unserved_wh if own else 0.0,
            )
        for device in site.devices:
            found.update(device.totals())
        return found

    def metadata(self, scenario: "Scenario", *, steps: int) -> dict[str, Any]:
        """Return what says how a run was made; the same for the same run."""
        return {
            "engine": "reference",
            "simpy": simpy.__version__,
            "scenario_sha256": sha256(scenario.model_dump_json(by_alias=True).encode()).hexdigest(),
            "control_s": scenario.meta.control_s,
            "sharing": scenario.meta.sharing,
            "share_tolerance": TOLERANCE,
            "segments": self.count,
            "steps": steps,
        }


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns of the segments stand."""

    names: tuple[str, ...]
    """By ascending id of the component."""
    width: int
    floats: dict[str, int]
    """Place in a row of so many numbers."""
    sources: dict[str, int]
    """Position of the device that follows a source."""


def _layout_of(site: Site) -> _Layout:
    widths = [(node.component_id, 6) for node in site.nodes]
    for device in site.devices:
        widths += device.columns()
    firsts, width = {}, 0
    for component_id, count in widths:
        firsts[component_id] = width
        width += count
    for component_id, node in site.node_of.items():
        # Several components may share a node.
        firsts[component_id] = firsts[node.component_id]
    kinds = {info.id: info.kind for info in site.infos}
    positions = {device.component_id: i for i, device in enumerate(site.devices)}
    names: list[str] = []
    floats: dict[str, int] = {}
    sources: dict[str, int] = {}
    for component_id in sorted(firsts):
        series = [f"c{component_id}.{name}" for name in SERIES.get(kinds[component_id], ())]
        floats |= {name: firsts[component_id] + i for i, name in enumerate(series)}
        names += series
        if component_id in positions:
            sources[name := f"c{component_id}.source"] = positions[component_id]
            names.append(name)
    return _Layout(names=tuple(names), width=width, floats=floats, sources=sources)
