"""What happened in each segment, as rows that become columns at the end of a run.

A world without an end keeps registers only and records nothing, so that it does not grow.
"""

from array import array
from hashlib import sha256
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

_FLUSH = 1 << 15
"""Numbers that wait as Python objects before they are packed."""


class Recorder:
    """Takes the devices of a site from segment to segment."""

    def __init__(self, site: Site, *, keep: bool) -> None:
        self._site = site
        self._keep = keep
        self.count = 0
        """Segments so far."""
        self.tapers = Tapers()
        self._waiting: list[float] = []
        self._moments_waiting: list[int] = []
        self._packed: array[float] = array("d")
        self._moments: array[int] = array("q")
        """Start, end and sources of each segment."""

    def settle(self, start_us: int, end_us: int, t: float, hours: float) -> None:
        """Let every device settle t seconds (the same in hours) and keep what they say."""
        site = self._site
        waiting = self._waiting
        for node in site.nodes:
            waiting += node.settle(t, hours)
        for device in site.devices:
            if device.terms:
                self._taper_rows(device)
            waiting += device.settle(t, hours)
        self.count += 1
        if not self._keep:
            waiting.clear()
            return
        moments = self._moments_waiting
        moments += (start_us, end_us)
        for device in site.devices:
            moments.append(device.source)
        if len(waiting) > _FLUSH:
            self._flush()

    def _flush(self) -> None:
        self._packed.fromlist(self._waiting)
        self._moments.fromlist(self._moments_waiting)
        self._waiting.clear()
        self._moments_waiting.clear()

    def _taper_rows(self, device: Device) -> None:
        if not self._keep:
            return
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
        site = self._site
        widths = [(node.component_id, 6) for node in site.nodes]
        for device in site.devices:
            widths += device.columns()
        floats = np.frombuffer(self._packed, dtype=np.float64)
        floats = floats.reshape(-1, sum(width for _, width in widths))
        sources = [device.component_id for device in site.devices]
        whole = np.frombuffer(self._moments, dtype=np.int64).reshape(-1, 2 + len(sources))
        found: dict[str, NDArray[Any]] = {"t_start_us": whole[:, 0], "t_end_us": whole[:, 1]}
        kinds = {info.id: info.kind for info in site.infos}
        offsets, offset = {}, 0
        for component_id, width in widths:
            offsets[component_id] = offset
            offset += width
        for component_id, node in site.node_of.items():
            # Several components may share a node.
            offsets[component_id] = offsets[node.component_id]
        for component_id in sorted(offsets):
            first = offsets[component_id]
            for i, name in enumerate(SERIES.get(kinds[component_id], ())):
                found[f"c{component_id}.{name}"] = floats[:, first + i]
            if component_id in sources:
                found[f"c{component_id}.source"] = whole[:, 2 + sources.index(component_id)]
        return found

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
