"""The published graph library as an outside voice: its formulas, and its verdict on wirings.

Its formulas name components as `#4` and fall back with COALESCE where one is silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.components import ComponentId
from frequenz.client.microgrid import component as published
from frequenz.microgrid_component_graph import ComponentGraph, InvalidGraphError
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.graph import GraphError, Node, build
from simulator.microgrid.scenario import Scenario, load
from simulator.microgrid.scenario_category import Category, InverterType
from simulator.outcome.run import run

pytestmark = pytest.mark.filterwarnings("ignore:frequenz.client.common:DeprecationWarning")

CLASSES = {
    ("grid_connection_point", None): published.GridConnectionPoint,
    ("meter", None): published.Meter,
    ("inverter", "battery"): published.BatteryInverter,
    ("inverter", "pv"): published.SolarInverter,
    ("inverter", "hybrid"): published.HybridInverter,
    ("battery", "li_ion"): published.LiIonBattery,
    ("battery", "na_ion"): published.NaIonBattery,
    ("ev_charger", "ac"): published.AcEvCharger,
    ("ev_charger", "dc"): published.DcEvCharger,
    ("ev_charger", "hybrid"): published.HybridEvCharger,
    ("chp", None): published.Chp,
    ("wind_turbine", None): published.WindTurbine,
    ("steam_boiler", None): published.SteamBoiler,
}
SITES = ("plain", "home", "commercial", "sharing", "fleet", "faults")


def theirs(parts, edges):
    """Their graph of `(id, category, type)` and `(from, to)`."""
    components = [
        CLASSES[category, type_](
            id=ComponentId(id_),
            microgrid_id=MicrogridId(1),
            **({"rated_fuse_current": 63} if category == "grid_connection_point" else {}),
        )
        for id_, category, type_ in parts
    ]
    connections = [
        published.ComponentConnection(source=ComponentId(one), destination=ComponentId(other))
        for one, other in edges
    ]
    return ComponentGraph(components, connections)


def graph_of(scenario: Scenario):
    parts = [(each.id, each.category, getattr(each, "type", None)) for each in scenario.components]
    return theirs(parts, scenario.connections)


def evaluate(formula: str, power: Callable[[int], float | None]) -> float:
    """The value of a formula; `power` is None for a silent component."""
    code = re.sub(r"#(\d+)", r"power(\1)", formula)
    names = {
        "power": power,
        "COALESCE": lambda *found: next(each for each in found if each is not None),
        "MIN": min,
        "MAX": max,
    }
    return float(eval(code, {"__builtins__": {}}, names))


def kinds(record, *names):
    return [info.id for info in record.components if info.kind in names]


@pytest.mark.parametrize("name", SITES)
def test_their_formulas_on_our_columns_give_our_sums(name):
    scenario = load(name).model_copy(update={"faults": ()})
    record, graph = run(scenario), graph_of(scenario)
    columns = record.segments

    def total(*names):
        return sum(np.asarray(columns[f"c{each}.p_w"]) for each in kinds(record, *names))

    load_w = sum(np.asarray(columns[f"c{each}.load_wh"]) for each in kinds(record, "meter"))
    hours = np.diff(columns["t_start_us"], append=columns["t_end_us"][-1]) / 3.6e9
    expected = {
        "grid_formula": total("grid_connection_point"),
        "pv_formula": total("pv_inverter"),
        "battery_formula": total("battery_inverter"),
        "ev_charger_formula": total("ev_charger"),
        "chp_formula": total("chp"),
    }
    sample = range(0, len(hours), max(len(hours) // 200, 1))
    # Inside tapers powers are not constant; their means over a segment are no columns of ours.
    bent = {segment for segment in record.tapers.segment}
    for formula, sums in expected.items():
        text = getattr(graph, formula)()
        for segment in sample:
            if segment in bent or np.isscalar(sums):
                continue
            value = evaluate(text, lambda each, at=segment: float(columns[f"c{each}.p_w"][at]))
            scale = abs(float(columns["c1.p_w"][segment])) + abs(float(sums[segment])) + 1.0
            assert value == pytest.approx(float(sums[segment]), abs=1e-9 * scale), (formula, text)
    if graph.is_battery_meter(ComponentId(2)):
        return  # to them a meter above batteries alone has no consumers; ours has a hidden load
    text = graph.consumer_formula()
    for segment in sample:
        if segment not in bent:
            value = evaluate(text, lambda each, at=segment: float(columns[f"c{each}.p_w"][at]))
            known = float(load_w[segment] / hours[segment])
            assert value == pytest.approx(known, rel=1e-9, abs=1e-4), text


def test_a_silent_source_falls_back_to_the_next_one():
    graph = graph_of(load("commercial"))
    text = graph.pv_formula()
    assert evaluate(text, lambda each: None if each == 4 else -5.0) == -5.0
    assert evaluate(text, lambda each: None) == 0.0


NODES = st.sampled_from(
    [
        ("meter", None),
        ("inverter", "battery"),
        ("inverter", "pv"),
        ("battery", "li_ion"),
        ("ev_charger", "ac"),
        ("chp", None),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(NODES, min_size=1, max_size=5), st.data())
def test_both_refuse_the_same_wirings(nodes, data):
    parts = [(1, "grid_connection_point", None)]
    parts += [(id_, *each) for id_, each in enumerate(nodes, 2)]
    edges = [(data.draw(st.integers(1, id_ - 1)), id_) for id_ in range(2, len(parts) + 1)]
    assert accepts(build_ours, parts, edges) == accepts(theirs, parts, edges)


@settings(max_examples=100, deadline=None)
@given(st.lists(NODES, min_size=1, max_size=4), st.data())
def test_an_island_is_legal_where_it_is_behind_a_grid_connection_point(nodes, data):
    # They refuse whatever has no grid, so their verdict is on the same site with one before it.
    parts = [(2, "meter", None)] + [(id_, *each) for id_, each in enumerate(nodes, 3)]
    edges = [(data.draw(st.integers(2, id_ - 1)), id_) for id_, *_ in parts[1:]]
    behind = [(1, "grid_connection_point", None), *parts], [(1, 2), *edges]
    assert accepts(partial(build_ours, allow_no_grid=True), parts, edges) == accepts(
        theirs, *behind
    )
    assert not accepts(theirs, parts, edges)


def build_ours(parts, edges, *, allow_no_grid=False):
    types = {None: None, "battery": InverterType.BATTERY, "pv": InverterType.PV}
    return build(
        [
            Node(id=id_, category=Category[category.upper()], type=types.get(type_, 1))
            for id_, category, type_ in parts
        ],
        edges,
        allow_no_grid=allow_no_grid,
    )


def accepts(make, parts, edges) -> bool:
    try:
        make(parts, edges)
    except (GraphError, InvalidGraphError):
        return False
    return True
