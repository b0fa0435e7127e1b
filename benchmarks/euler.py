"""Explicit Euler steps of one battery with taper and losses, written without any of our formulas.

The site is grid - meter with a constant load - inverter - battery, the battery follows set-points
of an hour each. What Euler converges to is what the closed forms must give at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.microgrid.scenario import Scenario
from simulator.microgrid.world import World

START_US = 1_767_225_600_000_000
HOUR_US = 3_600_000_000
LOAD_W = 1_300.0
CAPACITY_WH, POWER_W = 10_000.0, 5_000.0
SET_POINTS_W = (4_800.0, 4_000.0, 3_000.0, -4_500.0, -3_500.0, -4_000.0, 2_000.0, 4_900.0)
LOW, HIGH, TAPER_LOW, TAPER_HIGH = 0.10, 0.95, 0.30, 0.70
EFFICIENCY, SELF_DISCHARGE_PER_S = 0.96, 1e-7
STANDBY, PROPORTIONAL, QUADRATIC = 0.003, 0.012, 0.015


def exact_import_wh() -> float:
    """Return what the site imports according to the world."""
    scenario = Scenario.model_validate(
        {
            "schema": 1,
            "scenario": {
                "name": "euler",
                "start": START_US,
                "end": START_US + len(SET_POINTS_W) * HOUR_US,
            },
            "components": [
                {"id": 1, "category": "grid_connection_point"},
                {"id": 2, "category": "meter"},
                {
                    "id": 3,
                    "category": "inverter",
                    "type": "battery",
                    "rated_power_w": POWER_W,
                    "standby_loss": STANDBY,
                    "proportional_loss": PROPORTIONAL,
                    "quadratic_loss": QUADRATIC,
                },
                {
                    "id": 4,
                    "category": "battery",
                    "capacity_wh": CAPACITY_WH,
                    "max_charge_w": POWER_W,
                    "max_discharge_w": POWER_W,
                    "soc_min": LOW,
                    "soc_max": HIGH,
                    "soc_taper_low": TAPER_LOW,
                    "soc_taper_high": TAPER_HIGH,
                    "charge_efficiency": EFFICIENCY,
                    "discharge_efficiency": EFFICIENCY,
                    "self_discharge_per_s": SELF_DISCHARGE_PER_S,
                },
            ],
            "connections": [[1, 2], [2, 3], [3, 4]],
            "loads": [{"meter": 2, "input": "load"}],
            "inputs": [{"name": "load", "kind": "constant", "power_w": LOAD_W}],
            "dispatches": [
                {
                    "type": "set_power",
                    "start_time": START_US + hour * HOUR_US,
                    "duration": 3600,
                    "target": {"component_ids": [3]},
                    "payload": {"power_w": power_w},
                }
                for hour, power_w in enumerate(SET_POINTS_W)
            ],
        }
    )
    meta = scenario.meta
    record = World(scenario, seed=1, start_us=meta.start_us, end_us=meta.end_us).finish()
    return record.totals[1].in_wh


def stepped_import_wh(step_s: float, set_points_w: Sequence[float] = SET_POINTS_W) -> float:
    """Return what it imports according to explicit Euler steps of so many seconds."""
    stored, imported = 0.5 * CAPACITY_WH, 0.0
    for request in set_points_w:
        for _ in range(round(3600.0 / step_s)):
            soc = stored / CAPACITY_WH
            up = POWER_W * min(max((HIGH - soc) / (HIGH - TAPER_HIGH), 0.0), 1.0)
            down = POWER_W * min(max((soc - LOW) / (TAPER_LOW - LOW), 0.0), 1.0)
            dc = min(max(_dc(request), -down), up)
            losses = STANDBY * POWER_W + PROPORTIONAL * abs(dc) + QUADRATIC * dc * dc / POWER_W
            site = LOAD_W + dc + losses
            imported += max(site, 0.0) * step_s / 3600.0
            gain = EFFICIENCY * dc if dc >= 0.0 else dc / EFFICIENCY
            stored += step_s * (gain / 3600.0 - SELF_DISCHARGE_PER_S * stored)
    return imported


def _dc(ac: float) -> float:
    """Solve `ac = dc + standby + proportional |dc| + quadratic dc^2 / rated` by Newton's method."""
    dc, sign = ac, 1.0 if ac > 0.0 else -1.0
    for _ in range(20):
        slope = 1.0 + sign * PROPORTIONAL + 2.0 * QUADRATIC * dc / POWER_W
        value = dc + STANDBY * POWER_W + PROPORTIONAL * abs(dc) + QUADRATIC * dc * dc / POWER_W
        dc -= (value - ac) / slope
    return dc
