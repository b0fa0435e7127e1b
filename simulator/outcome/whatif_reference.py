"""Runs a site once more without dispatches: same stretch, inputs and seed.

Faults, the arrivals of vehicles and the base strategy are those of the run itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.microgrid.record import Record
from simulator.microgrid.scenario import Scenario

from .run import run
from .sampling import Trajectory, grid_edges
from .summary import summarise

QUARTER_US = 900_000_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reference:
    """The run without dispatches."""

    site: Mapping[str, Any]
    """As `site` of the summary."""
    grid_kw: NDArray[np.float64]
    """Mean power at the grid connection point of each quarter hour of UTC, import positive."""


def reference_of(
    scenario: Scenario,
    *,
    start_us: int,
    end_us: int,
    seed: int | None,
    engine: str = "reference",
    report: Callable[[int], None] = lambda t_us: None,
) -> Reference:
    """Simulate a site without dispatches; parameters as those of `run`.

    Raises:
        InputError: a profile cannot be built or does not cover the stretch.
    """
    record = run(
        scenario,
        schedule=(),
        start_us=start_us,
        end_us=end_us,
        seed=seed,
        engine=engine,
        report=report,
    )
    return Reference(site=summarise(record)["site"], grid_kw=grid_quarters_kw(record))


def grid_quarters_kw(record: Record) -> NDArray[np.float64]:
    """Return the mean power at the grid connection point in each quarter hour of UTC, in kW.

    0 for an island that has none.
    """
    grids = [each.id for each in record.components if each.kind == "grid_connection_point"]
    edges_us = grid_edges(record.start_us, record.end_us, QUARTER_US)
    means = np.zeros(len(edges_us) - 1)
    for grid in grids:
        into, out = Trajectory(record).energies_wh(grid, edges_us)
        means += (into - out) * 3.6e6 / np.diff(edges_us)
    return means
