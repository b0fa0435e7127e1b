"""Random cases that the fast engines cover: batteries, PV, vehicles, a load, wind, schedules."""

from __future__ import annotations

from hypothesis import strategies as st

from simulator.engines import Case
from simulator.microgrid.dispatch import Categories
from simulator.microgrid.scenario_category import Category
from simulator.tests.microgrid.sites import (
    BATTERY,
    EV,
    EV_B,
    GRID,
    INVERTER,
    INVERTER_B,
    LOAD,
    PV,
    START,
    WIND,
    H,
    dispatch,
    inputs,
    plant,
    stay,
    steps,
)

HOURS = 6
BATTERIES = {"target": Categories(categories=(Category.BATTERY,))}
TARGETS = st.one_of(
    st.lists(
        st.sampled_from([GRID, INVERTER, INVERTER_B, BATTERY, PV, EV, EV_B, LOAD, WIND]),
        min_size=1,
        max_size=4,
    ).map(lambda ids: {"ids": ids}),
    st.just(BATTERIES),
)
PAYLOADS = st.one_of(
    st.builds(
        lambda w, priority: ("set_power", {"power_w": w, "priority": priority}),
        st.floats(-20_000.0, 20_000.0),
        st.integers(0, 2),
    ),
    st.builds(lambda pu: ("set_power", {"power_pu": pu}), st.floats(-1.0, 1.0)),
    st.builds(
        lambda low, width: ("power_limit", {"min_w": low, "max_w": low + width}),
        st.floats(-9_000.0, 3_000.0),
        st.floats(0.0, 9_000.0),
    ),
    st.builds(lambda w: ("curtail", {"max_production_w": w}), st.floats(0.0, 9_000.0)),
    st.builds(
        lambda reserve, grid: ("self_consumption", {"reserve_soc": reserve, "grid_charge": grid}),
        st.floats(0.0, 0.9),
        st.booleans(),
    ),
    st.builds(
        lambda high, rest: (
            "peak_shaving",
            {"import_limit_w": high, "recharge_w": rest, "target_soc": 0.8},
        ),
        st.floats(0.0, 9_000.0),
        st.floats(1.0, 5_000.0),
    ),
    st.builds(lambda soc: ("soc_target", {"soc": soc}), st.floats(0.0, 1.0)),
    st.builds(
        lambda soc: ("soc_target", {"soc": soc, "by": "2026-01-01T04:30:00Z"}), st.floats(0.0, 1.0)
    ),
    st.builds(
        lambda most, how, least: (
            "ev_charge",
            {"max_w": most, "strategy": how, "min_energy_wh": least},
        ),
        st.floats(0.0, 25_000.0),
        st.sampled_from(["asap", "even", "latest"]),
        st.sampled_from([0.0, 3_000.0]),
    ),
    st.builds(
        lambda one, two: ("schedule", {"points": [[0, one], [1_200, two]]}),
        st.floats(-9_000.0, 9_000.0),
        st.floats(-9_000.0, 9_000.0),
    ),
    st.builds(
        lambda state, latch: ("switch", {"state": state, "latch": latch}),
        st.sampled_from(["on", "off"]),
        st.booleans(),
    ),
)
SCHEDULE = st.lists(
    st.tuples(PAYLOADS, TARGETS, st.integers(0, HOURS * H), st.integers(0, 3 * 3600)), max_size=6
)
POWERS = st.lists(st.floats(0.0, 9_000.0), min_size=HOURS, max_size=HOURS)
STORAGE = st.fixed_dictionaries(
    {
        "soc_initial": st.floats(0.05, 1.0),
        "charge_efficiency": st.floats(0.85, 1.0),
        "discharge_efficiency": st.floats(0.85, 1.0),
        "self_discharge_per_s": st.sampled_from([0.0, 7.7e-9, 1e-6]),
        "aux_power_w": st.sampled_from([0.0, 35.0]),
        "min_power_w": st.sampled_from([0.0, 300.0]),
        "soc_taper_low": st.sampled_from([0.1, 0.2]),
        "soc_taper_high": st.sampled_from([0.8, 0.95]),
    }
)
GIVEN = st.fixed_dictionaries(
    {
        "battery": STORAGE,
        "second": st.none() | STORAGE,
        "schedule": SCHEDULE,
        "load": POWERS,
        "sub": POWERS,
        "pv": POWERS,
        "base": st.sampled_from(["idle", "self_consumption"]),
        "limits": st.booleans(),
        "strategy": st.sampled_from(["asap", "even", "latest"]),
        "capacity": st.none() | st.floats(25_000.0, 60_000.0),
        "sharing": st.sampled_from(["soc_balance", "available_power", "equal", "priority_list"]),
        "exponent": st.sampled_from([1.0, 2.0]),
        "control_s": st.sampled_from([60, 60, 0, 900]),
    }
)

EASY = st.builds(
    lambda drawn, orders: {**drawn, "schedule": orders, "strategy": "asap", "plain": True},
    GIVEN,
    st.lists(
        st.tuples(
            st.one_of(
                st.builds(
                    lambda w, priority: ("set_power", {"power_w": w, "priority": priority}),
                    st.floats(-20_000.0, 20_000.0),
                    st.integers(0, 2),
                ),
                st.builds(
                    lambda reserve: ("self_consumption", {"reserve_soc": reserve}),
                    st.floats(0.0, 0.9),
                ),
                st.builds(
                    lambda high: ("peak_shaving", {"import_limit_w": high}),
                    st.floats(0.0, 9_000.0),
                ),
                st.builds(
                    lambda low, width: ("power_limit", {"min_w": low, "max_w": low + width}),
                    st.floats(-9_000.0, 3_000.0),
                    st.floats(0.0, 9_000.0),
                ),
                st.just(("switch", {"state": "off"})),
            ),
            st.one_of(st.just({"ids": [INVERTER]}), st.just({"ids": [GRID]}), st.just(BATTERIES)),
            st.integers(0, HOURS * H),
            st.integers(0, 3 * 3600),
        ),
        max_size=5,
    ),
)
"""The same with what the batch engine covers, mostly."""


def case_of(given) -> Case:
    """Return the case that some drawn values stand for."""
    cars = [
        stay(0.3, 3.1, 9_000.0, capacity_wh=given["capacity"]),
        stay(3.1, 5.7, 20_000.0, phases=1, max_power_w=3_700.0),
    ]
    scenario = plant(
        hours=HOURS,
        battery=given["battery"],
        second=given["second"],
        base_strategy=given["base"],
        grid={"import_limit_w": 12_000.0, "export_limit_w": 5_000.0} if given["limits"] else {},
        ev={"efficiency": 0.9, "strategy": given["strategy"], "sessions": cars},
        ev_b={"sessions": cars[:1]},
        load=None if given.get("plain") else {"min_power_w": 500.0},
        wind={},
        meta={
            "sharing": given["sharing"],
            "sharing_exponent": given["exponent"],
            "control_s": given["control_s"],
        },
    )
    known = {each.id for each in scenario.components}
    schedule = []
    for i, ((type_, payload), target, at, s) in enumerate(given["schedule"], 1):
        ids = [each for each in target.get("ids", ()) if each in known]
        where = {"ids": ids or [INVERTER]} if "ids" in target else target
        schedule.append(dispatch(i, type_, at=at, s=s, **where, **payload))
    series = {name: steps(given[name], H) for name in ("load", "sub", "pv")}
    return Case(
        scenario=scenario,
        start_us=START,
        end_us=START + HOURS * H,
        seed=1,
        schedule=tuple(schedule),
        inputs=inputs(START, **series),
    )
