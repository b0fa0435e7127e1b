"""Profiles: power over time as piecewise constant, left-labelled series.

`build` turns the inputs of a scenario into values for any stretch of time: files, standard load
profiles, photovoltaic arrays under measured weather or a clear sky. Values are magnitudes in W on
the AC side; the world gives them their sign.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .inputs_errors import InputError

if TYPE_CHECKING:
    from .scenario import Scenario
    from .scenario_inputs import Input

YEAR_HOURS = 8760.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Series:
    """Power over `[t_us[0], end_us)`: each value holds from its label to the next one."""

    t_us: NDArray[np.int64]
    """Labels, strictly ascending microseconds since the Unix epoch; never empty."""
    values: NDArray[np.float64]
    """W, magnitudes, as many as labels."""
    end_us: int
    """Where the last value ends."""
    clear_sky: bool = False
    """Whether an always clear sky made it, so that it overstates a real yield."""

    def __post_init__(self) -> None:
        if not len(self.t_us) or len(self.t_us) != len(self.values):
            raise InputError("a series needs as many values as labels, and at least one")
        if len(self.t_us) > 1 and not bool(np.all(np.diff(self.t_us) > 0)):
            raise InputError("the labels of a series must ascend")
        if self.end_us <= int(self.t_us[-1]):
            raise InputError("a series must end after its last label")
        if not bool(np.all(np.isfinite(self.values))):
            raise InputError("a series has finite values only")

    @property
    def start_us(self) -> int:
        """The first label."""
        return int(self.t_us[0])

    def at(self, t_us: int) -> float:
        """Return the value at a moment; IndexError outside `[start_us, end_us)`."""
        if not self.start_us <= t_us < self.end_us:
            raise IndexError(f"{t_us} lies outside [{self.start_us}, {self.end_us})")
        return float(self.values[np.searchsorted(self.t_us, t_us, side="right") - 1])

    def between(self, start_us: int, end_us: int) -> Series:
        """Return the part within `[start_us, end_us)`, its first label at `start_us`.

        Raises:
            InputError: the series does not cover that stretch.
        """
        if start_us < self.start_us or end_us > self.end_us or start_us >= end_us:
            raise InputError(f"no values for [{start_us}, {end_us})")
        first = int(np.searchsorted(self.t_us, start_us, side="right")) - 1
        last = int(np.searchsorted(self.t_us, end_us, side="left"))
        t_us = self.t_us[first:last].copy()
        t_us[0] = start_us
        return Series(
            t_us=t_us,
            values=self.values[first:last].copy(),
            end_us=end_us,
            clear_sky=self.clear_sky,
        )

    def merged(self) -> Series:
        """Return the same power without labels at which nothing changes."""
        keep = np.concatenate(([True], np.diff(self.values) != 0.0))
        return Series(
            t_us=self.t_us[keep],
            values=self.values[keep],
            end_us=self.end_us,
            clear_sky=self.clear_sky,
        )

    def energy_wh(self) -> float:
        """Return the energy over the whole series."""
        steps_us = np.diff(self.t_us, append=np.int64(self.end_us))
        return float(np.dot(self.values, steps_us)) / 3.6e9


def build(scenario: Scenario, start_us: int, end_us: int) -> dict[str, Series]:
    """Return each input of the scenario that something uses, over `[start_us, end_us)`.

    Raises:
        InputError: a file is absent or wrong, does not cover the stretch, or an extra is missing;
            the message names the input.
    """
    used = {load.input for load in scenario.loads}
    used |= {name for each in scenario.components if (name := getattr(each, "input", None))}
    return named(scenario, used, start_us, end_us)


def named(
    scenario: Scenario, names: Collection[str], start_us: int, end_us: int
) -> dict[str, Series]:
    """Return some inputs by name over `[start_us, end_us)`; they need not be powers.

    Raises:
        InputError: as `build`.
    """
    series = {}
    for entry in scenario.inputs:
        if entry.name not in names:
            continue
        try:
            series[entry.name] = _one(entry, scenario, start_us, end_us).merged()
        except InputError as error:
            raise error.of(entry.name) from error
    return series


def _one(entry: Input, scenario: Scenario, start_us: int, end_us: int) -> Series:
    if entry.kind == "constant":
        return Series(
            t_us=np.array([start_us], dtype=np.int64),
            values=np.array([entry.power_w], dtype=np.float64),
            end_us=end_us,
        )
    if entry.kind == "daily":
        from .inputs_daily import daily_series

        return daily_series(
            entry,
            zone=scenario.zone,
            holidays=scenario.holidays,
            start_us=start_us,
            end_us=end_us,
        )
    if entry.kind == "synthetic":
        from .inputs_synthetic import synthetic_series

        return synthetic_series(entry, zone=scenario.zone, start_us=start_us, end_us=end_us)
    if entry.kind == "csv" or entry.kind == "parquet":
        from .inputs_csv import csv_series

        return csv_series(
            entry,
            folder=scenario.folder,
            zone=scenario.zone,
            start_us=start_us,
            end_us=end_us,
        )
    if entry.kind == "standard_load":
        from .inputs_standard_load import standard_load_series

        return standard_load_series(
            entry,
            zone=scenario.zone,
            holidays=scenario.holidays,
            start_us=start_us,
            end_us=end_us,
        )
    from .inputs_pv import pv_series

    return pv_series(entry, folder=scenario.folder, start_us=start_us, end_us=end_us)
