"""Exact energies and states at any moment of a recorded run.

Inside a segment powers are constant or decay exponentially, so nothing is interpolated: a segment
that an edge cuts is integrated in closed form, import and export each on its own side of every
zero crossing. Whole arrays of edges are evaluated at once.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.exponential import constant, split
from simulator.microgrid.record import Record
from simulator.microgrid.scenario_components import Battery

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_S_PER_US = 1e-6
_NEAR = 0.01
"""As close to its limit a battery counts as being there."""


class Trajectory:
    """The curves of a run."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.start_us = record.start_us
        self.end_us = record.end_us
        self._t_us = np.asarray(record.segments["t_start_us"], dtype=np.int64)
        self._ends_us = np.asarray(record.segments["t_end_us"], dtype=np.int64)
        self._by_id = {info.id: info for info in record.components}
        self._tapers: dict[int, dict[int, list[tuple[float, float]]]] = {}
        tapers = record.tapers
        for segment, component_id, coef_w, lam in zip(
            tapers.segment, tapers.component_id, tapers.coef_w, tapers.lam_per_s, strict=True
        ):
            self._tapers.setdefault(component_id, {}).setdefault(segment, []).append((coef_w, lam))

    def energies_wh(self, component_id: int, edges_us: Ints) -> tuple[Floats, Floats]:
        """Return the energy in and out between successive edges, both magnitudes.

        Edges ascend and lie within the run. KeyError for a component without columns.
        """
        segments = self.record.segments
        into = _cumulative(segments[f"c{component_id}.in_wh"])
        out = _cumulative(segments[f"c{component_id}.out_wh"])
        place, since_us, share = self._locate(edges_us)
        into_at = into[place] + np.diff(into, append=into[-1])[place] * share
        out_at = out[place] + np.diff(out, append=out[-1])[place] * share
        power = segments[f"c{component_id}.p_w"]
        decays = self._decays(component_id)
        for edge in np.flatnonzero((share > 0) & np.isin(place, list(decays))):
            segment = int(place[edge])
            terms = decays[segment]
            part = split(constant(power[segment], terms), terms, float(since_us[edge]) * _S_PER_US)
            into_at[edge], out_at[edge] = into[segment] + part[0], out[segment] + part[1]
        return np.maximum(np.diff(into_at), 0.0), np.maximum(np.diff(out_at), 0.0)

    def amounts(self, column: str, edges_us: Ints) -> Floats:
        """Return the sum of a column between successive edges; its rate is constant in segments."""
        total = _cumulative(self.record.segments[column])
        place, _, share = self._locate(edges_us)
        return np.diff(total[place] + np.diff(total, append=total[-1])[place] * share)

    def soc(self, battery_id: int, t_us: Ints) -> Floats:
        """Return the state of charge of a battery at moments of the run, 0..1 of its capacity."""
        info = self._by_id[battery_id]
        battery = self.record.scenario.component(battery_id)
        assert isinstance(battery, Battery)  # only batteries have a state of charge
        assert info.capacity_wh is not None
        first = self.record.totals[battery_id].start_wh / info.capacity_wh
        states = np.concatenate(([first], self.record.segments[f"c{battery_id}.soc_end"]))
        place, since_us, share = self._locate(t_us)
        before = states[place]
        change = states[np.minimum(place + 1, len(states) - 1)] - before
        rates = np.full(len(t_us), battery.self_discharge_per_s)
        decays = self._tapers.get(battery_id, {})
        for moment in np.flatnonzero(np.isin(place, list(decays))):
            rates[moment] = decays[int(place[moment])][0][1]
        lengths_us = np.append(self._ends_us - self._t_us, 1)[place]
        return before + change * _progress(rates, since_us, lengths_us, share)

    def mean_soc(self, battery_id: int) -> float:
        """Return the exact mean state of charge of a battery over the run."""
        info = self._by_id[battery_id]
        assert info.capacity_wh is not None  # only batteries have a state of charge
        ends = self.record.segments[f"c{battery_id}.soc_end"]
        first = self.record.totals[battery_id].start_wh / info.capacity_wh
        starts = np.concatenate(([first], ends[:-1]))
        seconds = (self._ends_us - self._t_us) * _S_PER_US
        battery = self.record.scenario.component(battery_id)
        assert isinstance(battery, Battery)
        x = np.full(len(ends), battery.self_discharge_per_s) * seconds
        for segment, terms in self._tapers.get(battery_id, {}).items():
            x[segment] = terms[0][1] * seconds[segment]
        # An exponential approach spends longer near its end: 1/2 of the change for x to 0.
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(x > 1e-3, -1.0 / np.expm1(-x) - 1.0 / x, 0.5 + x / 12.0)
        return float(np.dot(starts + (ends - starts) * share, seconds) / seconds.sum())

    def hours_at_limits(self, battery_id: int) -> tuple[float, float]:
        """Return how long a battery was within a point of its lower and of its upper limit.

        Only segments that begin and end there count.
        """
        battery = self.record.scenario.component(battery_id)
        assert isinstance(battery, Battery)
        capacity_wh = self._by_id[battery_id].capacity_wh
        assert capacity_wh is not None
        ends = self.record.segments[f"c{battery_id}.soc_end"]
        first = self.record.totals[battery_id].start_wh / capacity_wh
        starts = np.concatenate(([first], ends[:-1]))
        hours = (self._ends_us - self._t_us) / 3.6e9
        is_empty = np.maximum(starts, ends) <= battery.soc_min + _NEAR
        is_full = np.minimum(starts, ends) >= battery.soc_max - _NEAR
        return float(hours[is_empty].sum()), float(hours[is_full].sum())

    def _decays(self, component_id: int) -> dict[int, list[tuple[float, float]]]:
        """Return the exponentials in the power of a component, by segment."""
        if component_id in self._tapers:
            return self._tapers[component_id]
        found: dict[int, list[tuple[float, float]]] = {}
        for device_id in self._bending_below(component_id):
            for segment, terms in self._tapers[device_id].items():
                found.setdefault(segment, []).extend(terms)
        return found

    def _bending_below(self, component_id: int) -> Iterator[int]:
        """Yield the devices below whose power is not constant; none looks into its batteries."""
        for child in self._by_id[component_id].children:
            if child in self._tapers:
                yield child
            elif self._by_id[child].kind != "battery_inverter":
                yield from self._bending_below(child)

    def _locate(self, t_us: Ints) -> tuple[Ints, Ints, Floats]:
        """Return the segment of each moment, the time since its start, and the share of it passed.

        The end of the run counts as the start of one more segment.
        """
        if len(t_us) and not self.start_us <= int(t_us[0]) <= int(t_us[-1]) <= self.end_us:
            raise IndexError("edges must ascend within the run")
        place = np.searchsorted(self._t_us, t_us, side="right") - 1
        place = np.where(t_us >= self._ends_us[-1], len(self._t_us), place)
        starts = np.append(self._t_us, self._ends_us[-1])
        lengths = np.append(self._ends_us - self._t_us, 1)
        since_us = t_us - starts[place]
        return place, since_us, since_us / lengths[place]


def _cumulative(column: object) -> Floats:
    """Return the running sum of a column, with 0 in front."""
    return np.concatenate(([0.0], np.cumsum(np.asarray(column, dtype=np.float64))))


def _progress(rates: Floats, since_us: Ints, lengths_us: Ints, share: Floats) -> Floats:
    """Return how much of its change an exponential approach has made; linear for rate 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        curved = np.expm1(-rates * since_us * _S_PER_US) / np.expm1(-rates * lengths_us * _S_PER_US)
    return np.where(rates > 0, curved, share)


def grid_edges(start_us: int, end_us: int, step_us: int) -> Ints:
    """Return the edges of a regular grid of multiples of `step_us`, cut to the run."""
    first = -(-(start_us + 1) // step_us) * step_us
    inner = np.arange(first, end_us, step_us, dtype=np.int64)
    return np.concatenate(([start_us], inner, [end_us])).astype(np.int64)
