"""Small sites to simulate, with inputs given as plain lists, and ways to read what came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.microgrid.dispatch import Dispatch, Ids
from simulator.microgrid.inputs import Series
from simulator.microgrid.record import Record
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.world import World

S = 1_000_000
MIN = 60 * S
H = 3600 * S
DAY = 24 * H
START = 1_767_225_600 * S
"""2026-01-01T00:00:00Z, a Thursday."""

GRID, METER, INVERTER, BATTERY, PV, SUB, INVERTER_B, BATTERY_B = 1, 2, 3, 4, 5, 6, 7, 8

LOSSLESS_INVERTER = {"standby_loss": 0.0, "proportional_loss": 0.0, "quadratic_loss": 0.0}
LOSSLESS_BATTERY = {
    "charge_efficiency": 1.0,
    "discharge_efficiency": 1.0,
    "self_discharge_per_s": 0.0,
}
HARD_STOPS = {"soc_taper_low": 0.0, "soc_taper_high": 1.0, "soc_min": 0.0, "soc_max": 1.0}


def component(component_id: int, category: str, **more: Any) -> dict[str, Any]:
    return {"id": component_id, "category": category, **more}


def site(
    *,
    hours: float = 24.0,
    battery: Mapping[str, Any] | None = None,
    inverter: Mapping[str, Any] | None = None,
    second: Mapping[str, Any] | None = None,
    second_inverter: Mapping[str, Any] | None = None,
    grid: Mapping[str, Any] | None = None,
    meta: Mapping[str, Any] | None = None,
    start_us: int = START,
    **top: Any,
) -> Scenario:
    """Grid 1 - meter 2 with load - {inverter 3 - battery 4, PV 5, meter 6 with load}.

    `second` adds inverter 7 - battery 8 below meter 6.
    """
    components = [
        component(GRID, "grid_connection_point", **(grid or {})),
        component(METER, "meter"),
        component(
            INVERTER, "inverter", type="battery", **{"rated_power_w": 10_000.0, **(inverter or {})}
        ),
        component(BATTERY, "battery", **{"capacity_wh": 20_000.0, **(battery or {})}),
        component(PV, "inverter", type="pv", rated_power_w=8_000.0, input="pv"),
        component(SUB, "meter"),
    ]
    connections = [(1, 2), (2, 3), (3, 4), (2, 5), (2, 6)]
    if second is not None:
        more = {"rated_power_w": 10_000.0, **(second_inverter or {})}
        components += [
            component(INVERTER_B, "inverter", type="battery", **more),
            component(BATTERY_B, "battery", **{"capacity_wh": 20_000.0, **second}),
        ]
        connections += [(6, 7), (7, 8)]
    return Scenario.model_validate(
        {
            "schema": 1,
            "scenario": {
                "name": "test",
                "start": start_us,
                "end": start_us + round(hours * H),
                **(meta or {}),
            },
            "components": components,
            "connections": connections,
            "loads": [{"meter": METER, "input": "load"}, {"meter": SUB, "input": "sub"}],
            "inputs": [
                {"name": name, "kind": "constant", "power_w": 0.0} for name in ("load", "sub", "pv")
            ],
            **top,
        }
    )


EV, EV_B, CHP, LOAD, WIND = 11, 12, 13, 14, 15
"""Further devices of `plant`."""


def plant(
    *,
    ev: Mapping[str, Any] | None = None,
    ev_b: Mapping[str, Any] | None = None,
    chp: Mapping[str, Any] | None = None,
    load: Mapping[str, Any] | None = None,
    wind: Mapping[str, Any] | None = None,
    **more: Any,
) -> Scenario:
    """The site with further devices below meter 6: chargers 11 and 12, CHP 13, load 14, wind 15."""
    given = {
        EV: ("ev_charger", {"rated_power_w": 11_000.0, "efficiency": 1.0}, ev),
        EV_B: ("ev_charger", {"rated_power_w": 11_000.0, "efficiency": 1.0}, ev_b),
        CHP: ("chp", {"rated_power_w": 6_000.0}, chp),
        LOAD: ("hvac", {"rated_power_w": 4_000.0}, load),
        WIND: ("wind_turbine", {"rated_power_w": 5_000.0, "input": "pv"}, wind),
    }
    whole = site(**more).model_dump(by_alias=True)
    for component_id, (category, defaults, own) in given.items():
        if own is not None:
            whole["components"] = (
                *whole["components"],
                component(component_id, category, **{**defaults, **own}),
            )
            whole["connections"] = (*whole["connections"], (SUB, component_id))
    return Scenario.model_validate(whole)


def stay(arrive_h: float, depart_h: float, energy_wh: float, **more: Any) -> dict[str, Any]:
    """A session at a charger, hours after START."""
    return {
        "arrive": START + round(arrive_h * H),
        "depart": START + round(depart_h * H),
        "energy_wh": energy_wh,
        **more,
    }


def steps(values: Sequence[float], step_us: int, start_us: int = START) -> list[tuple[int, float]]:
    """A label every `step_us`."""
    return [(start_us + i * step_us, value) for i, value in enumerate(values)]


def inputs(start_us: int = START, **series: float | Sequence[tuple[int, float]]):
    """Inputs that ignore the stretch asked for; a plain number holds always."""

    def build(_first: int, last: int) -> dict[str, Series]:
        found = {}
        for name in ("load", "sub", "pv"):
            given = series.get(name, 0.0)
            points = [(start_us, given)] if isinstance(given, int | float) else list(given)
            found[name] = Series(
                t_us=np.array([t for t, _ in points], dtype=np.int64),
                values=np.array([value for _, value in points], dtype=np.float64),
                end_us=max(last, points[-1][0] + 1),
            )
        return found

    return build


def dispatch(
    dispatch_id: int,
    type_: str = "set_power",
    *,
    at: int = 0,
    s: int | None = 3600,
    ids: Iterable[int] = (INVERTER,),
    **more: Any,
) -> Dispatch:
    """A dispatch `at` microseconds after START; payload keys as further arguments."""
    known = {key: more.pop(key) for key in ("target", "active", "dry_run", "rule") if key in more}
    known.setdefault("target", Ids(ids=tuple(ids)))
    return Dispatch(
        id=dispatch_id, type=type_, start_us=START + at, duration_s=s, payload=more, **known
    )


def world(scenario: Scenario, *dispatches: Dispatch, endless: bool = False, **series) -> World:
    meta = scenario.meta
    made = World(
        scenario,
        seed=1,
        start_us=meta.start_us,
        end_us=None if endless else meta.end_us,
        inputs=inputs(meta.start_us, **series),
    )
    for each in dispatches:
        made.put(each)
    return made


def run(scenario: Scenario, *dispatches: Dispatch, **series) -> Record:
    return world(scenario, *dispatches, **series).finish()


def bare(**battery: Any) -> dict[str, Any]:
    """A site with a lossless inverter and a battery with hard stops that may use its capacity."""
    return {
        "inverter": LOSSLESS_INVERTER,
        "battery": {
            **LOSSLESS_BATTERY,
            **HARD_STOPS,
            "max_charge_w": 10_000.0,
            "max_discharge_w": 10_000.0,
            **battery,
        },
    }


def log(record: Record, *names: str) -> list[tuple[Any, ...]]:
    """(event, seconds since START, dispatch id, index) of the named events."""
    return [
        (
            each["event"],
            (each["t_us"] - START) / S,
            each.get("dispatch_id"),
            each.get("index"),
        )
        for each in record.events
        if not names or each["event"] in names
    ]


def columns_equal(a: Record, b: Record) -> bool:
    return a.segments.keys() == b.segments.keys() and all(
        a.segments[key].tobytes() == b.segments[key].tobytes() for key in a.segments
    )


def moved(each: Dispatch, **changes: Any) -> Dispatch:
    return replace(each, **changes)
