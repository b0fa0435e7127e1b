"""The site as the kernel sees it: devices and nodes, built from a scenario.

Components that this version does not simulate are refused at once, with all their names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from . import scenario_components as parts
from .battery import Battery
from .generator import Generator
from .graph import PASS_THROUGH, Graph, build
from .graph import Node as GraphNode
from .inverter import Losses
from .meter import Node
from .orders import Actuator, Devices
from .record import SERIES, ComponentInfo
from .scenario_category import Category
from .storage import Storage

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Site", "Unsupported", "site_of"]


class Unsupported(ValueError):
    """The site has parts that this version does not simulate; the message names all of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Everything that has power."""

    graph: Graph
    infos: tuple[ComponentInfo, ...]
    """Ascending ids."""
    nodes: tuple[Node, ...]
    """What adds up powers: meters, and the grid point and pass-through components unless they
    have but one meter below; below before above, the last one carries the whole site."""
    node_of: Mapping[int, Node]
    """By component id; several components may share a node."""
    storages: tuple[Storage, ...]
    generators: tuple[Generator, ...]
    """Both in ascending order of ids."""
    storage_of: Mapping[int, int]
    """Position of a storage by the ids of its inverter and batteries."""
    generator_of: Mapping[int, int]
    """Position of a producer by its id."""
    devices: Devices
    input_names: tuple[str, ...]
    loads: tuple[tuple[int, Node], ...]
    """Position of an input, and the meter whose hidden load it is."""
    sources: tuple[tuple[int, Generator], ...]
    """Position of an input, and the producer that it limits."""

    @property
    def grid(self) -> Node:
        """What carries the power at the grid connection point."""
        return self.nodes[-1]


def site_of(scenario: "Scenario") -> Site:
    """Build the site of a scenario, batteries at their initial state of charge.

    Raises:
        GraphError: the wiring is not legal.
        Unsupported: a component or wiring is legal but not simulated.
    """
    graph = build(
        (
            GraphNode(id=each.id, category=each.number, type=each.type_number, name=each.label)
            for each in scenario.components
        ),
        scenario.connections,
    )
    by_id = {each.id: each for each in scenario.components}
    _refuse(by_id, graph)
    generators = {
        each.id: Generator(component_id=each.id, rated_w=each.rated_power_w)
        for each in sorted(scenario.components, key=lambda each: each.id)
        if isinstance(each, parts.WindTurbine)
        or (isinstance(each, parts.Inverter) and each.type == "pv")
    }
    storages = {
        each.id: _storage(each, [by_id[i] for i in graph.children[each.id]])
        for each in sorted(scenario.components, key=lambda each: each.id)
        if isinstance(each, parts.Inverter) and each.type != "pv"
    }
    nodes: dict[int, Node] = {}
    for component_id in reversed(graph.order):
        if isinstance(by_id[component_id], parts.Meter | parts.GridConnectionPoint) or (
            graph.nodes[component_id].category in PASS_THROUGH
        ):
            below = [
                nodes.get(i) or storages.get(i) or generators[i]
                for i in graph.children[component_id]
            ]
            only = below[0] if len(below) == 1 else None
            if isinstance(only, Node) and not isinstance(by_id[component_id], parts.Meter):
                nodes[component_id] = only
            else:
                nodes[component_id] = Node(component_id=component_id, below=below)
    used = {load.input for load in scenario.loads}
    used |= {name for i in generators if (name := getattr(by_id[i], "input", None))}
    names = tuple(each.name for each in scenario.inputs if each.name in used)
    position = {name: i for i, name in enumerate(names)}
    return Site(
        graph=graph,
        infos=_infos(graph, by_id),
        nodes=tuple(dict.fromkeys(nodes.values())),
        node_of=nodes,
        storages=tuple(storages.values()),
        generators=tuple(generators.values()),
        storage_of={
            component_id: i
            for i, inverter_id in enumerate(storages)
            for component_id in (inverter_id, *graph.children[inverter_id])
        },
        generator_of={component_id: i for i, component_id in enumerate(generators)},
        devices=_devices(graph, by_id, list(storages), list(generators)),
        input_names=names,
        loads=tuple((position[load.input], nodes[load.meter]) for load in scenario.loads),
        sources=tuple(
            (position[name], generator)
            for i, generator in generators.items()
            if (name := getattr(by_id[i], "input", None)) is not None
        ),
    )


def _refuse(by_id: dict[int, parts.Component], graph: Graph) -> None:
    reasons = []
    for component_id, each in by_id.items():
        below = graph.children[component_id]
        if isinstance(each, parts.EvCharger | parts.Chp | parts.ControllableLoad):
            reasons.append(f"{graph.nodes[component_id]} is a {each.category}")
        elif isinstance(each, parts.Battery) and len(graph.parents[component_id]) > 1:
            reasons.append(f"{graph.nodes[component_id]} hangs on several inverters")
        elif isinstance(each, parts.Battery):
            if any(graph.nodes[i].category in PASS_THROUGH for i in graph.parents[component_id]):
                reasons.append(f"{graph.nodes[component_id]} has something before its inverter")
        elif isinstance(each, parts.Inverter) and each.type == "hybrid" and not below:
            reasons.append(f"{graph.nodes[component_id]} has no battery")
    if reasons:
        raise Unsupported("not simulated in this version: " + "; ".join(reasons))


def _storage(inverter: parts.Inverter, batteries: list[parts.Component]) -> Storage:
    rated = inverter.rated_power_w
    return Storage(
        component_id=inverter.id,
        batteries=[_battery(each) for each in batteries if isinstance(each, parts.Battery)],
        rated_w=rated,
        losses=Losses(
            l0=inverter.standby_loss * rated,
            l1=inverter.proportional_loss,
            q=inverter.quadratic_loss / rated,
        ),
        min_w=inverter.min_power_w,
    )


def _battery(each: parts.Battery) -> Battery:
    capacity = each.capacity_wh * each.soh
    return Battery(
        component_id=each.id,
        capacity_wh=capacity,
        energy_wh=each.soc_initial * capacity,
        e_low=each.soc_min * capacity,
        e_high=each.soc_max * capacity,
        e_taper_low=each.soc_taper_low * capacity,
        e_taper_high=each.soc_taper_high * capacity,
        charge_w=each.max_charge_w,
        discharge_w=each.max_discharge_w,
        e_c=each.charge_efficiency,
        e_d=each.discharge_efficiency,
        sigma=each.self_discharge_per_s,
        aux_w=each.aux_power_w,
        min_w=each.min_power_w,
    )


def _devices(
    graph: Graph, by_id: dict[int, parts.Component], storages: list[int], generators: list[int]
) -> Devices:
    root = by_id[graph.root]
    low, high = -inf, inf
    if isinstance(root, parts.GridConnectionPoint):
        fuse = inf if root.fuse_w is None else root.fuse_w
        high = min(fuse, inf if root.import_limit_w is None else root.import_limit_w)
        low = -min(fuse, inf if root.export_limit_w is None else root.export_limit_w)
    return Devices(
        storages=tuple(
            Actuator(ids=(i, *graph.children[i]), is_generator=False, rated_w=_rated(by_id[i]))
            for i in storages
        ),
        generators=tuple(
            Actuator(ids=(i,), is_generator=True, rated_w=_rated(by_id[i])) for i in generators
        ),
        grid_low_w=low,
        grid_high_w=high,
    )


def _rated(component: parts.Component) -> float:
    if isinstance(component, parts.Inverter | parts.WindTurbine):
        return component.rated_power_w
    return inf


def _infos(graph: Graph, by_id: dict[int, parts.Component]) -> tuple[ComponentInfo, ...]:
    root = graph.root
    infos = []
    for component_id, node in graph.nodes.items():
        each = by_id[component_id]
        kind = node.category.name.lower()
        capacity = rated = None
        if isinstance(each, parts.Inverter):
            kind = "pv_inverter" if each.type == "pv" else "battery_inverter"
            rated = each.rated_power_w
        elif isinstance(each, parts.WindTurbine):
            rated = each.rated_power_w
        elif isinstance(each, parts.Battery):
            capacity = each.capacity_wh * each.soh
        infos.append(
            ComponentInfo(
                id=component_id,
                name=each.label,
                kind=kind if kind in SERIES else "passive",
                category=int(node.category),
                type=node.type,
                parents=graph.parents[component_id],
                children=graph.children[component_id],
                rated_w=rated,
                capacity_wh=capacity,
                is_grid_meter=node.category == Category.METER
                and root in graph.parents[component_id],
            )
        )
    return tuple(infos)
