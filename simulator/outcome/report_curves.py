"""The curves of a report, from the series table: as they are, or as means of longer stretches.

Where power comes from and where it goes are kept apart before anything is averaged, so that both
sides of a day with charging and discharging stay visible and still balance. Powers in kW.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.scenario_base import from_us, to_us

if TYPE_CHECKING:
    import polars as pl

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MAX_POINTS = 760
"""A week of quarter hours fits."""
WIDTHS = {"30 min": 1800, "1 h": 3600, "3 h": 10_800, "1 day": 86_400, "1 week": 604_800}
_WEEK_S = 604_800

SOURCES = {
    "pv": "PV",
    "wind": "wind",
    "chp": "CHP",
    "ev": "vehicles discharging",
    "battery": "battery discharging",
    "grid": "import",
}
USES = {
    "load": "load",
    "flexible": "controllable loads",
    "ev": "vehicles charging",
    "battery": "battery charging",
    "grid": "export",
}
"""Kinds of `site.KIND_w` columns on each side of the balance, in the order they are stacked."""

QUARTER_US = 900_000_000
_NOISE_KW = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Band:
    """One share of the power balance: means, never negative."""

    kind: str
    label: str
    kw: Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class State:
    """State of charge of a battery in percent, at the end of each stretch or over it."""

    name: str
    end: Floats
    low: Floats
    high: Floats
    first: float | None
    """At the start of the run."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Curves:
    """Everything over time, on one grid of stretches."""

    edges_us: Ints
    """One more than there are stretches."""
    width: str
    """What each value is the mean of, such as `15 min`."""
    is_thinned: bool
    """Whether stretches are longer than the rows of the series."""
    sources: tuple[Band, ...]
    uses: tuple[Band, ...]
    states: tuple[State, ...]
    buy: Floats
    sell: Floats
    """Mean prices per kWh."""


def curves_of(summary: Mapping[str, Any], series: pl.DataFrame) -> Curves:
    """Return the curves of a run from its summary and its series table."""
    zone = ZoneInfo(summary["run"]["zone"])
    starts_us = series["ts_us"].to_numpy().astype(np.int64)
    end_us = to_us(datetime.fromisoformat(summary["run"]["end"]))
    edges_us = np.append(starts_us, end_us)
    width, places = _stretches(edges_us, zone)
    weights = np.diff(edges_us).astype(np.float64)
    total = np.add.reduceat(weights, places)

    def mean(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values * weights, places) / total, dtype=np.float64)

    columns = {
        name.removeprefix("site.").removesuffix("_w"): series[name].to_numpy() / 1e3
        for name in series.columns
        if name.startswith("site.") and name.endswith("_w")
    }
    return Curves(
        edges_us=np.append(starts_us[places], end_us),
        width=width,
        is_thinned=len(places) < len(starts_us),
        sources=tuple(_bands(columns, SOURCES, -1.0, mean)),
        uses=tuple(_bands(columns, USES, 1.0, mean)),
        states=tuple(_states(summary, series, places)),
        buy=mean(series["price.buy_per_kwh"].to_numpy()),
        sell=mean(series["price.sell_per_kwh"].to_numpy()),
    )


def durations(values: Floats, points: int = 400) -> tuple[Floats, Floats]:
    """Return a load duration curve: shares of the time in percent, and the values, descending."""
    ordered = np.sort(values)[::-1]
    place = np.unique(np.linspace(0, len(ordered) - 1, min(points, len(ordered))).round())
    place = place.astype(np.int64)
    share = 100.0 * place / max(len(ordered) - 1, 1)
    return share, ordered[place]


def quarters_kw(series: pl.DataFrame, end: str, column: str) -> Floats:
    """Return means of a column in W for each quarter hour of UTC, or for each longer row, in kW."""
    starts_us = series["ts_us"].to_numpy().astype(np.int64)
    weights = np.diff(np.append(starts_us, to_us(datetime.fromisoformat(end)))).astype(np.float64)
    quarters = starts_us // QUARTER_US
    places = np.flatnonzero(np.diff(quarters, prepend=quarters[0] - 1))
    sums = np.add.reduceat(series[column].to_numpy() * weights, places)
    return np.asarray(sums / np.add.reduceat(weights, places) / 1e3, dtype=np.float64)


def _stretches(edges_us: Ints, zone: ZoneInfo) -> tuple[str, Ints]:
    """Return how wide the stretches are, and the row with which each begins."""
    rows = len(edges_us) - 1
    if rows <= MAX_POINTS:
        step_us = int(np.median(np.diff(edges_us)))
        return _name(step_us), np.arange(rows, dtype=np.int64)
    span_s = float(edges_us[-1] - edges_us[0]) / 1e6
    wide = (each for each in WIDTHS.items() if span_s / each[1] <= MAX_POINTS - 2)
    name, width_s = next(wide, list(WIDTHS.items())[-1])
    local_s = _wall_seconds(edges_us[:-1], zone)
    if width_s == _WEEK_S:
        local_s = local_s + 3 * 86_400  # weeks begin on Monday, the epoch on a Thursday
    return name, np.flatnonzero(np.diff(local_s // width_s, prepend=-1))


def _wall_seconds(t_us: Ints, zone: ZoneInfo) -> Ints:
    """Return what the clock on the wall shows, in seconds since 1970.

    Offsets are looked up once an hour: clocks change on full hours of UTC or half-hours at most.
    """
    hours, back = np.unique(t_us // 1_800_000_000, return_inverse=True)
    offsets = [
        (from_us(int(each) * 1_800_000_000).astimezone(zone).utcoffset() or timedelta())
        // timedelta(seconds=1)
        for each in hours
    ]
    return np.asarray(t_us // 1_000_000 + np.array(offsets, dtype=np.int64)[back], dtype=np.int64)


def _name(step_us: int) -> str:
    for unit, size_us in (("day", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000)):
        if step_us % size_us == 0:
            return f"{step_us // size_us} {unit}"
    return f"{step_us / 1e6:g} s"


def _bands(
    columns: Mapping[str, Floats],
    sides: Mapping[str, str],
    sign: float,
    mean: Callable[[Floats], Floats],
) -> Iterator[Band]:
    """Yield one side of the balance; the grid connection point counts the other way round."""
    others = {kind: kind.replace("_", " ") for kind in columns if kind not in {**SOURCES, **USES}}
    for kind, label in {**sides, **others}.items():
        if kind not in columns:
            continue
        towards = -sign if kind == "grid" else sign
        kw = mean(np.maximum(towards * columns[kind], 0.0))
        if kw.max(initial=0.0) > _NOISE_KW:
            yield Band(kind=kind, label=label, kw=kw)


def _states(summary: Mapping[str, Any], series: pl.DataFrame, places: Ints) -> Iterator[State]:
    for component in summary["components"]:
        column = f"c{component['id']}.soc"
        if column not in series.columns:
            continue
        values = 100.0 * series[column].to_numpy()
        last = np.append(places[1:], len(values)) - 1
        first = component.get("soc_start")
        yield State(
            name=component["name"],
            end=values[last],
            low=np.minimum.reduceat(values, places),
            high=np.maximum.reduceat(values, places),
            first=None if first is None else 100.0 * first,
        )
