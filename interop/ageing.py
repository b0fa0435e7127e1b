"""Compares how a simulated battery ages with BLAST-Lite, the NREL's models of real cells.

A battery is cycled every day of a simulated year; its hourly state of charge and temperature are
handed to BLAST-Lite, which repeats that year for ten, while our own battery goes through ten years.
The laws differ in kind: ours adds a square root of time and a sum of full cycles, each with one
rate; a cell model has a power law for each mechanism, and knows the depth and speed of cycles.
So three things are judged. Our default rates must lie among the cells. Our law with its two rates
fitted to a cell must follow that cell's curve. And with the same rates it must stay near the cell
under duties to which it was not fitted.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interop.environments import CLIENTS, environment
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.wear import Ageing
from simulator.microgrid.world import World

BLAST = ("blast-lite>=1.1,<2",)
CELLS = (
    "Lfp_Gr_250AhPrismatic",
    "Nmc111_Gr_Kokam75Ah_Battery",
    "NMC_Gr_50Ah_B1",
    "Nca_Gr_Panasonic3Ah_Battery",
)
BATTERY, CAPACITY_WH = 4, 100_000.0
YEARS = 10
HOUR_US = 3_600_000_000
YEAR_H = 8_760
AMONG, FITTED, OTHERWISE = 0.03, 0.01, 0.10
"""Tolerances, as fractions of the new capacity: how far our default may lie outside of the cells,
the fitted law beside its cell at any year's end, and the same under another duty."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What a battery is used for: between which states of charge, and where it stands."""

    name: str
    low: float
    high: float
    ambient_c: float


FITTED_TO = Duty(name="10-90 %, 25 degC", low=0.1, high=0.9, ambient_c=25.0)
OTHERS = (
    Duty(name="10-90 %, 35 degC", low=0.1, high=0.9, ambient_c=35.0),
    Duty(name="40-70 %, 25 degC", low=0.4, high=0.7, ambient_c=25.0),
)


@dataclass(frozen=True, kw_only=True)
class Life:
    """Ten years of our battery.

    Attributes:
        left: capacity at each year's end, as a fraction of the new one.
        hours: state of charge and temperature of the first year, hour by hour.
    """

    left: Floats
    hours: list[tuple[float, float]]


def compare_ageing() -> bool:
    """Print both curves for each cell and duty; True when all differences are within bounds."""
    duties = (FITTED_TO, *OTHERS)
    ours = {duty.name: live(duty) for duty in duties}
    cells = _blast({name: life.hours for name, life in ours.items()})
    by_default = ours[FITTED_TO.name].left
    print(f"capacity left after 1, 5 and {YEARS} years; ours by default under {FITTED_TO.name}:")
    print(f"  {'ours, default rates':32}{_ends(by_default)}")
    ends: list[float] = []
    for cell in CELLS:
        curve = cells[cell][FITTED_TO.name]
        ends.append(float(curve[-1]))
        print(f"  {cell:32}{_ends(curve)}")
    end = float(by_default[-1])
    outside = max(min(ends) - end, end - max(ends), 0.0)
    print(f"  after {YEARS} years {outside:.3f} outside of the cells, at most {AMONG}")
    is_good = outside <= AMONG
    alone = ({"cycle_per_efc": 0.0}, {"calendar_per_sqrt_year": 0.0})
    parts = np.column_stack([1.0 - live(FITTED_TO, rates).left for rates in alone])
    print("our law with its two rates fitted to a cell, beside that cell; largest at a year's end:")
    for cell in CELLS:
        rates = fit(parts, cells[cell][FITTED_TO.name])
        for duty in duties:
            fitted, curve = live(duty, rates).left, cells[cell][duty.name]
            apart = float(np.abs(fitted - curve).max())
            most = FITTED if duty is FITTED_TO else OTHERWISE
            is_good = is_good and apart <= most
            print(
                f"  {cell:32}{duty.name:18}{_ends(fitted)} beside{_ends(curve)}: "
                f"{apart:.3f}, at most {most}{'' if apart <= most else '  TOO MUCH'}"
            )
    return is_good


def live(duty: Duty, rates: dict[str, float] | None = None) -> Life:
    """Simulate ten years of a duty; `rates` as the key `ageing` of a scenario, default our own."""
    scenario = _scenario(duty, rates or {})
    start_us = scenario.meta.start_us
    world = World(scenario, seed=0, start_us=start_us)
    hours = []
    for hour in range(YEAR_H):
        reading = world.reading(BATTERY)
        assert reading.soc is not None
        assert reading.temperature_c is not None
        hours.append((reading.soc, reading.temperature_c))
        world.advance(start_us + (hour + 1) * HOUR_US)
    left = []
    for year in range(1, YEARS + 1):
        world.advance(start_us + year * YEAR_H * HOUR_US)
        capacity_wh = world.reading(BATTERY).capacity_wh
        assert capacity_wh is not None
        left.append(capacity_wh / CAPACITY_WH)
    return Life(left=np.array(left), hours=hours)


def fit(parts: Floats, curve: Floats) -> dict[str, float]:
    """Return the two rates that bring our law closest to a curve; fade is linear in both.

    `parts`: the fade by time alone and by cycles alone with our default rates, as columns.
    """
    default = Ageing()
    factors = np.linalg.lstsq(parts, 1.0 - curve, rcond=None)[0]
    if factors.min() < 0.0:
        # A cell that fades by one of the two alone.
        only = int(np.argmax(factors))
        factors = np.zeros(2)
        factors[only] = parts[:, only] @ (1.0 - curve) / (parts[:, only] @ parts[:, only])
    return {
        "calendar_per_sqrt_year": float(factors[0]) * default.calendar_per_sqrt_year,
        "cycle_per_efc": float(factors[1]) * default.cycle_per_efc,
    }


def _scenario(duty: Duty, rates: dict[str, float]) -> Scenario:
    def target(number: int, hour: int, soc: float) -> dict[str, Any]:
        return {
            "id": number,
            "type": "soc_target",
            "start_time": f"2026-01-01T{hour:02}:00:00Z",
            "duration_s": 4 * 3600,
            "target": {"component_ids": [BATTERY]},
            "payload": {"soc": soc},
            "recurrence": {"freq": "daily"},
        }

    battery = {
        "id": BATTERY,
        "category": "battery",
        "capacity_wh": CAPACITY_WH,
        "soc_min": 0.05,
        "soc_max": 1.0,
        "soc_taper_low": 0.05,
        "soc_taper_high": 1.0,
        "soc_initial": duty.low,
        "max_charge_w": 25_000.0,
        "max_discharge_w": 25_000.0,
        "thermal": {
            "heat_capacity_j_per_k": 600_000.0,
            "resistance_k_per_w": 0.002,
            "ambient_c": duty.ambient_c,
        },
        "ageing": rates,
    }
    return Scenario.model_validate(
        {
            "schema": 1,
            "scenario": {"name": "ageing", "start": "2026-01-01", "end": "2037-01-01"},
            "components": [
                {"id": 1, "category": "grid_connection_point"},
                {"id": 2, "category": "meter"},
                {"id": 3, "category": "inverter", "type": "battery", "rated_power_w": 50_000.0},
                battery,
            ],
            "connections": [[1, 2], [2, 3], [3, BATTERY]],
            "dispatches": [target(1, 10, duty.high), target(2, 18, duty.low)],
        }
    )


def _blast(duties: dict[str, list[tuple[float, float]]]) -> dict[str, dict[str, Floats]]:
    """Return what each cell has left at each year's end, by cell and duty."""
    python = environment(BLAST)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps({"years": YEARS, "cells": CELLS, "duties": duties}))
        done = subprocess.run(
            [python, "-W", "ignore", CLIENTS / "ageing.py", path],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found = json.loads(done.stdout)
    return {
        cell: {name: np.array(curve) for name, curve in curves.items()}
        for cell, curves in found.items()
    }


def _ends(curve: Sequence[float] | Floats) -> str:
    return "".join(f"{curve[year - 1]:8.3f}" for year in (1, 5, YEARS))
