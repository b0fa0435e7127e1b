"""What becomes of the heat of a CHP unit: it meets a demand through a buffer that loses some.

The buffer follows the same law as a battery without tapers, `dE/dt = q - d - sigma E`, solved in
closed form. Inside a segment the heat of the unit counts with its mean. A full buffer gives
what is too much to the open air, an empty one leaves demand unserved; neither changes how the unit
runs, which dispatches alone decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, expm1, log1p

import numpy as np

from simulator.microgrid.inputs import named
from simulator.microgrid.record import Record
from simulator.microgrid.scenario_components import Chp, HeatEntry

from .sampling import Trajectory

_S_PER_US = 1e-6
_S_PER_H = 3600.0
_STILL = 1e-12
"""Below that a loss over a step is left to the first term of its series."""


@dataclass(kw_only=True, slots=True)
class Heat:
    """Energies of one buffer over a run, Wh: `start + heat + unserved = end + demand + rest`."""

    start_wh: float
    end_wh: float
    demand_wh: float = 0.0
    unserved_wh: float = 0.0
    surplus_wh: float = 0.0
    loss_wh: float = 0.0


def heats(record: Record, trajectory: Trajectory) -> Iterator[tuple[Chp, Heat]]:
    """Yield each unit whose heat somebody wants, and what became of it.

    Raises:
        InputError: the demand cannot be built.
    """
    for each in record.scenario.components:
        if isinstance(each, Chp) and each.heat is not None:
            yield each, _heat(record, trajectory, each, each.heat)


def _heat(record: Record, trajectory: Trajectory, unit: Chp, entry: HeatEntry) -> Heat:
    start_us, end_us = record.start_us, record.end_us
    demand = named(record.scenario, (entry.input,), start_us, end_us)[entry.input]
    starts = np.asarray(record.segments["t_start_us"], dtype=np.int64)
    edges_us = np.unique(np.concatenate((starts, demand.t_us, [end_us])))
    made_wh = trajectory.energies_wh(unit.id, edges_us)[1]
    made_wh = made_wh * (unit.thermal_efficiency / unit.electrical_efficiency)
    seconds = np.diff(edges_us) * _S_PER_US
    wanted_w = demand.values[np.searchsorted(demand.t_us, edges_us[:-1], side="right") - 1]
    stored = entry.initial * entry.buffer_wh
    heat = Heat(start_wh=stored, end_wh=stored)
    for made, wanted, t in zip(made_wh.tolist(), wanted_w.tolist(), seconds.tolist(), strict=True):
        heat.demand_wh += wanted * t / _S_PER_H
        _step(heat, made / t - wanted / _S_PER_H, t, entry.buffer_wh, entry.loss_per_s)
    return heat


def _step(heat: Heat, net: float, t: float, full: float, sigma: float) -> None:
    """Let t seconds pass under a net flow in Wh per second, positive = into the buffer."""
    before = heat.end_wh
    after = _after(before, net, t, sigma)
    if 0.0 <= after <= full:
        heat.loss_wh += before + net * t - after
        heat.end_wh = after
        return
    edge = full if after > full else 0.0
    reached = min(_reach(before, edge, net, sigma), t)
    rest = t - reached
    # What is left of the flow once the buffer stays where it is.
    over = (net - sigma * edge) * rest
    heat.loss_wh += before + net * reached - edge + sigma * edge * rest
    heat.surplus_wh += max(over, 0.0)
    heat.unserved_wh += max(-over, 0.0)
    heat.end_wh = edge


def _after(stored: float, net: float, t: float, sigma: float) -> float:
    x = sigma * t
    if x < _STILL:
        return stored + net * t - stored * x
    return stored * exp(-x) - net / sigma * expm1(-x)


def _reach(stored: float, edge: float, net: float, sigma: float) -> float:
    """Return the seconds until the buffer is at an edge that it is known to reach."""
    gap = edge - stored
    rate = net - sigma * stored
    if not gap:
        return 0.0
    if abs(sigma * gap) < 1e-9 * abs(rate):
        return gap / rate
    return -log1p(-sigma * gap / rate) / sigma
