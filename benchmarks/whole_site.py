"""The site that engines are measured on, and its inputs at any resolution.

Grid meter with a hidden load, two batteries with inverters behind it (taper, self-discharge,
losses, shared set-points), photovoltaics, a charging point with a vehicle every evening, four
dispatches a day, a tariff by time of use. Every input changes at every label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from simulator.microgrid.inputs import Series
from simulator.microgrid.scenario import Scenario

HOUR_US = 3_600_000_000
START_US = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z"""
YEAR_H = 365 * 24
GRID, METER, INVERTER, BATTERY, PV, INVERTER_B, BATTERY_B, CHARGER = 1, 2, 3, 4, 5, 6, 7, 8

Build = Callable[[int, int], Mapping[str, Series]]


def site(hours: int = YEAR_H) -> Scenario:
    """Return the site with its schedule, from the start of 2026 on."""
    return Scenario.model_validate(document(hours))


def plain(hours: int = YEAR_H) -> Scenario:
    """Return what remains for a peer that knows no more: one battery, PV and the load."""
    kept = {GRID, METER, INVERTER, BATTERY, PV}
    whole = site(hours)
    return Scenario.model_validate(
        {
            **document(hours),
            "components": [
                each.model_dump(by_alias=True, exclude_unset=True)
                for each in whole.components
                if each.id in kept
            ],
            "connections": [each for each in whole.connections if kept.issuperset(each)],
            "dispatches": [],
        }
    )


def document(hours: int = YEAR_H) -> dict[str, object]:
    """Return the same as the content of a scenario file."""

    def daily(hour: float, type_: str, hours: float, **payload: object) -> dict[str, object]:
        return {
            "type": type_,
            "start_time": START_US + round(hour * HOUR_US),
            "duration": round(hours * 3600),
            "target": {"component_categories": ["battery"]},
            "payload": payload,
            "recurrence": {"freq": "daily"},
        }

    return {
        "schema": 1,
        "scenario": {
            "name": "whole site",
            "start": START_US,
            "end": START_US + hours * HOUR_US,
        },
        "components": [
            {"id": GRID, "category": "grid_connection_point", "fuse_a": 125.0},
            {"id": METER, "category": "meter"},
            _inverter(INVERTER, 10_000.0),
            {"id": BATTERY, "category": "battery", "capacity_wh": 20_000.0},
            {
                "id": PV,
                "category": "inverter",
                "type": "pv",
                "rated_power_w": 15_000.0,
                "input": "pv",
            },
            _inverter(INVERTER_B, 6_000.0),
            {
                "id": BATTERY_B,
                "category": "battery",
                "capacity_wh": 12_000.0,
                "soc_initial": 0.4,
            },
            {
                "id": CHARGER,
                "category": "ev_charger",
                "rated_power_w": 11_000.0,
                "sessions": [
                    {
                        "arrive": START_US + day * 24 * HOUR_US + 17 * HOUR_US,
                        "depart": START_US + (day + 1) * 24 * HOUR_US + 7 * HOUR_US,
                        "energy_wh": 9_000.0 + 3_000.0 * (day % 5),
                        "capacity_wh": 50_000.0,
                        "soc_arrival": 0.35,
                    }
                    for day in range(-(-hours // 24))
                ],
            },
        ],
        "connections": [[1, 2], [2, 3], [3, 4], [2, 5], [2, 6], [6, 7], [2, 8]],
        "loads": [{"meter": METER, "input": "load"}],
        "inputs": [{"name": name, "kind": "constant", "power_w": 0.0} for name in ("load", "pv")],
        "tariff": {
            "buy_per_kwh": 0.28,
            "sell_per_kwh": 0.08,
            "windows": [
                {"days": ["workday"], "from": "17:00", "to": "21:00", "buy_per_kwh": 0.41},
                {"days": ["all"], "from": "23:00", "to": "06:00", "buy_per_kwh": 0.19},
            ],
        },
        "base_strategy": "self_consumption",
        "dispatches": [
            daily(2, "set_power", 2.0, power_w=6_000.0),
            daily(7, "peak_shaving", 2.0, import_limit_w=2_000.0),
            daily(12, "set_power", 1.0, power_w=5_000.0),
            daily(18, "set_power", 2.0, power_w=-8_000.0),
        ],
    }


def peer_series() -> dict[str, np.ndarray]:
    """Return a year by hours for simulators that take series only: kW, and a price for a kWh.

    The vehicle charges with full power from its arrival on; the price is that of the tariff.
    """
    built = inputs(3_600)(START_US, START_US + YEAR_H * HOUR_US)
    hour = np.arange(YEAR_H)
    day, of_day = hour // 24, hour % 24
    plugged_kwh = (9.0 + 3.0 * (day % 5)) / 0.92
    workday = (day + 3) % 7 < 5  # 2026 begins on a Thursday
    evening = workday & (of_day >= 17) & (of_day < 21)
    night = (of_day >= 23) | (of_day < 6)
    return {
        "load": built["load"].values / 1e3,
        "pv": built["pv"].values / 1e3,
        "vehicle": np.clip(plugged_kwh - 11.0 * (of_day - 17), 0.0, 11.0) * (of_day >= 17),
        "price": np.where(evening, 0.41, np.where(night, 0.19, 0.28)),
    }


def _inverter(component_id: int, rated_w: float) -> dict[str, object]:
    return {
        "id": component_id,
        "category": "inverter",
        "type": "battery",
        "rated_power_w": rated_w,
    }


def inputs(step_s: int) -> Build:
    """Return what builds load and PV with a value every so many seconds.

    Smooth days and seasons with clouds and appliances, different at every step.
    """

    def build(start_us: int, end_us: int) -> dict[str, Series]:
        t_us = np.arange(start_us, end_us, step_s * 1_000_000, dtype=np.int64)
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

    return build
