"""How fast and how exact the simulated site is: a year at 15-minute inputs, four dispatches a day.

The site has a grid meter with a hidden load, a battery behind its inverter and photovoltaics; every
input changes every quarter of an hour. Building the site, running it, recording every segment and
accounting every dispatch are all inside the measured time; only the input series are given. Seconds
are those of the processor: the run is one thread, and what else the machine does is not measured.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.harness import Result
from simulator.microgrid.inputs import Series
from simulator.microgrid.record import Record
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.world import World

WANTED = 5_000.0
"""Site-hours per second."""
RESIDUAL = 1e-9
"""Of what flowed."""
ROUNDS = 3
HOUR_US = 3_600_000_000
START_US = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z"""
HOURS = 365 * 24
GRID, METER, INVERTER, BATTERY, PV = 1, 2, 3, 4, 5


def site() -> Scenario:
    """Return the site with its schedule for 2026."""

    def daily(hour: float, power_w: float, duration_s: int) -> dict[str, object]:
        return {
            "type": "set_power",
            "start_time": START_US + round(hour * HOUR_US),
            "duration": duration_s,
            "target": {"component_ids": [INVERTER]},
            "payload": {"power_w": power_w},
            "recurrence": {"freq": "daily"},
        }

    return Scenario.model_validate(
        {
            "schema": 1,
            "scenario": {
                "name": "year",
                "start": START_US,
                "end": START_US + HOURS * HOUR_US,
            },
            "components": [
                {"id": GRID, "category": "grid_connection_point", "fuse_a": 63.0},
                {"id": METER, "category": "meter"},
                {
                    "id": INVERTER,
                    "category": "inverter",
                    "type": "battery",
                    "rated_power_w": 10_000.0,
                },
                {"id": BATTERY, "category": "battery", "capacity_wh": 20_000.0},
                {
                    "id": PV,
                    "category": "inverter",
                    "type": "pv",
                    "rated_power_w": 15_000.0,
                    "input": "pv",
                },
            ],
            "connections": [[1, 2], [2, 3], [3, 4], [2, 5]],
            "loads": [{"meter": METER, "input": "load"}],
            "inputs": [
                {"name": name, "kind": "constant", "power_w": 0.0} for name in ("load", "pv")
            ],
            "base_strategy": "self_consumption",
            "dispatches": [
                daily(2, 5_000.0, 7_200),
                daily(7, -6_000.0, 5_400),
                daily(12, 4_000.0, 3_600),
                daily(18, -8_000.0, 7_200),
            ],
        }
    )


def inputs(start_us: int, end_us: int) -> dict[str, Series]:
    """Return smooth days and seasons with clouds and appliances, different at every step."""
    t_us = np.arange(start_us, end_us, HOUR_US // 4, dtype=np.int64)
    hour = (t_us - START_US) / HOUR_US
    day = hour / 24
    height = np.clip(np.sin((hour % 24 - 6) / 12 * np.pi), 0, None)
    season = 0.6 - 0.4 * np.cos(2 * np.pi * day / 365)
    clouds = 0.6 + 0.4 * np.sin(day * 1.7) * np.cos(day * 0.37 * np.floor(hour % 24))
    evening = 900 * np.sin(hour * 2 * np.pi / 24 - 2)
    appliances = 700 * np.sin(hour * 2 * np.pi / 3.1) ** 2 + 300 * np.sin(hour * 7.77)
    load = np.clip(1_500 + evening + appliances, 100, None)
    return {
        "load": Series(t_us=t_us, values=load, end_us=end_us),
        "pv": Series(t_us=t_us, values=14_000 * height * season * clouds, end_us=end_us),
    }


def simulate(scenario: Scenario) -> Record:
    """Run the year from building the site to its record."""
    meta = scenario.meta
    return World(
        scenario, seed=1, start_us=meta.start_us, end_us=meta.end_us, inputs=inputs
    ).finish()


def residual(record: Record) -> float:
    """Return what the energy balance of the site lacks, as a fraction of what flowed."""
    totals = record.totals
    battery, inverter = totals[BATTERY], totals[INVERTER]
    used = totals[METER].load_wh + inverter.loss_wh + inverter.aux_wh + battery.loss_wh
    stored = battery.end_wh - battery.start_wh + battery.self_discharge_wh
    net = totals[GRID].in_wh - totals[GRID].out_wh + totals[PV].out_wh
    flowed = totals[GRID].in_wh + totals[GRID].out_wh + totals[PV].out_wh + battery.in_wh
    return abs(net - used - stored) / flowed


def run() -> list[Result]:
    """Return speed and exactness of the fastest of a few runs."""
    scenario = site()
    fastest = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        record = simulate(scenario)
        fastest = min(fastest, time.process_time() - begin)
    speed = HOURS / fastest
    lacking = residual(record)
    return [
        Result(
            name="simulate a year at 15 min with 4 dispatches a day",
            value=speed,
            unit="site-hours/s",
            against="one second of processor time",
            ratio=speed,
            wanted=WANTED,
            holds=speed >= WANTED,
        ),
        Result(
            name="energy balance of that year",
            value=lacking,
            unit="of the throughput (at most)",
            against="the throughput",
            ratio=lacking,
            wanted=RESIDUAL,
            holds=lacking <= RESIDUAL,
        ),
    ]
