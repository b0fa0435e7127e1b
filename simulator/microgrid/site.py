"""The site as the kernel sees it: devices and nodes, built from a scenario.

Components that this version does not simulate are refused at once, with all their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from . import scenario_components as parts
from .battery import Battery
from .charger import Charger
from .consumer import Consumer
from .device import Device
from .engine import Engine
from .generator import Generator
from .graph import PASS_THROUGH, Graph, build
from .graph import Node as GraphNode
from .inverter import Losses
from .meter import Node
from .meter_errors import Errors
from .meter_full import FullMeter, daily_rates
from .phases import BALANCED, Shares
from .ramped_battery import RampedBattery
from .ramped_storage import RampedStorage
from .reactive import ReactiveRule
from .record import SERIES, ComponentInfo
from .scenario_category import Category
from .storage import Storage
from .wear import Ageing, Thermal, Wear

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Site", "Unsupported", "site_of", "storage_of"]


class Unsupported(ValueError):
    """The site has parts that this version does not simulate; the message names all of them."""


@dataclass(kw_only=True, slots=True)
class Site:
    """Everything that has power. Only what the grid connection allows ever changes."""

    graph: Graph
    infos: tuple[ComponentInfo, ...]
    """Ascending ids."""
    nodes: tuple[Node, ...]
    """What adds up powers: meters, and the grid point and pass-through components unless they
    have but one meter below; below before above, the last one carries the whole site."""
    node_of: Mapping[int, Node]
    """By component id; several components may share a node."""
    devices: tuple[Device, ...]
    """Everything that can be told something, in ascending order of ids."""
    device_of: Mapping[int, int]
    """Position of a device by its id, and by those of its batteries."""
    grid_w: tuple[float, float]
    """Lowest and highest power that the grid connection allows."""
    line_ohm: Mapping[int, float]
    """Resistance up to each meter."""
    errors: Mapping[int, Errors]
    """Of meters that do not show the truth."""
    input_names: tuple[str, ...]
    loads: tuple[tuple[int, Node, Shares], ...]
    """Position of an input, the meter whose hidden load it is, and its phases."""
    reactive: tuple[tuple[int, Node, float], ...]
    """The same with the reactive power of each load for each W."""
    reactive_rules: Mapping[int, ReactiveRule]
    """By id of the inverters that have reactive power."""
    sources: tuple[tuple[int, Generator | Consumer], ...]
    """Position of an input, and the device that follows it."""

    @property
    def grid(self) -> Node:
        """What carries the power at the grid connection point, or at the root of an island."""
        return self.nodes[-1]

    @property
    def has_grid(self) -> bool:
        """Whether it has a grid connection point at all."""
        return self.graph.nodes[self.graph.root].category == Category.GRID_CONNECTION_POINT


def site_of(scenario: "Scenario", start_us: int = 0) -> Site:
    """Build the site of a scenario as it stands at a moment, batteries at their initial charge.

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
        allow_no_grid=scenario.meta.allow_no_grid,
    )
    by_id = {each.id: each for each in scenario.components}
    _refuse(by_id, graph)
    devices = {
        each.id: device
        for each in sorted(scenario.components, key=lambda each: each.id)
        if (device := _device(each, by_id, graph)) is not None
    }
    for device in devices.values():
        device.phase = getattr(by_id[device.component_id], "phase", None) or 0
    nodes: dict[int, Node] = {}
    for component_id in reversed(graph.order):
        if isinstance(by_id[component_id], parts.Meter | parts.GridConnectionPoint) or (
            graph.nodes[component_id].category in PASS_THROUGH
        ):
            below = [nodes.get(i) or devices[i] for i in graph.children[component_id]]
            only = below[0] if len(below) == 1 else None
            if isinstance(only, Node) and not isinstance(by_id[component_id], parts.Meter):
                nodes[component_id] = only
            else:
                nodes[component_id] = _node(by_id[component_id], below, scenario.zone, start_us)
    rules = {
        each.id: rule
        for each in scenario.components
        if isinstance(each, parts.Inverter) and (rule := each.reactive_rule) is not None
    }
    for node in nodes.values():
        if isinstance(node, FullMeter):
            node.inverters = tuple(
                (devices[i], rule) for i, rule in rules.items() if devices[i] in node.parts
            )
            node.is_reactive = bool(node.inverters) or any(
                load.tan_phi and nodes[load.meter] in node.parts for load in scenario.loads
            )
    meters = [each for each in scenario.components if isinstance(each, parts.Meter)]
    used = {load.input for load in scenario.loads}
    used |= {name for i in devices if (name := getattr(by_id[i], "input", None))}
    names = tuple(each.name for each in scenario.inputs if each.name in used)
    position = {name: i for i, name in enumerate(names)}
    return Site(
        graph=graph,
        infos=_infos(graph, by_id),
        nodes=tuple(dict.fromkeys(nodes.values())),
        node_of=nodes,
        devices=tuple(devices.values()),
        device_of={i: place for place, device in enumerate(devices.values()) for i in device.ids},
        grid_w=_grid_w(by_id[graph.root]),
        line_ohm={each.id: each.line_ohm for each in meters},
        errors={
            each.id: Errors(**each.errors.model_dump())
            for each in meters
            if each.errors is not None
        },
        input_names=names,
        loads=tuple(
            (position[load.input], nodes[load.meter], load.phases or BALANCED)
            for load in scenario.loads
        ),
        reactive=tuple(
            (position[load.input], nodes[load.meter], load.tan_phi) for load in scenario.loads
        ),
        reactive_rules=rules,
        sources=tuple(
            (position[name], device)
            for i, device in devices.items()
            if (name := getattr(by_id[i], "input", None)) is not None
            and isinstance(device, Generator | Consumer)
        ),
    )


def _node(
    each: parts.Component, below: Sequence[Node | Device], zone: ZoneInfo, start_us: int
) -> Node:
    """Return what adds up the powers below a component."""
    if not isinstance(each, parts.Meter) or each.registers == "basic":
        return Node(component_id=each.id, below=below)
    meter = FullMeter(component_id=each.id, below=below, start_us=start_us)
    if each.rate_one is not None:
        window = each.rate_one
        meter.rate_of = daily_rates(window.from_minute, window.to_minute, zone)
    return meter


def _refuse(by_id: dict[int, parts.Component], graph: Graph) -> None:
    reasons = []
    for component_id, each in by_id.items():
        below = graph.children[component_id]
        if isinstance(each, parts.Battery) and len(graph.parents[component_id]) > 1:
            reasons.append(f"{graph.nodes[component_id]} hangs on several inverters")
        elif isinstance(each, parts.Battery):
            if any(graph.nodes[i].category in PASS_THROUGH for i in graph.parents[component_id]):
                reasons.append(f"{graph.nodes[component_id]} has something before its inverter")
        elif isinstance(each, parts.Inverter) and each.type == "hybrid" and not below:
            reasons.append(f"{graph.nodes[component_id]} has no battery")
    forming = [each for each in by_id.values() if getattr(each, "grid_forming", False)]
    for each in forming:
        if len(graph.children[each.id]) != 1:
            reasons.append(f"{graph.nodes[each.id]} forms a grid without exactly one battery")
    for each in by_id.values():
        if getattr(each, "ramp_w_per_s", None) is None:
            continue
        if forming:
            reasons.append(f"{graph.nodes[each.id]} has a ramp where an inverter forms a grid")
        if any(len(graph.children[i]) > 1 for i in graph.parents[each.id]) and isinstance(
            each, parts.Battery
        ):
            reasons.append(f"{graph.nodes[each.id]} has a ramp and is not alone at its inverter")
    if reasons:
        raise Unsupported("not simulated in this version: " + "; ".join(reasons))


def _device(
    each: parts.Component, by_id: dict[int, parts.Component], graph: Graph
) -> Device | None:
    """Return the device that a component is, None for those that cannot be told anything."""
    if isinstance(each, parts.Inverter) and each.type != "pv":
        return storage_of(each, [by_id[i] for i in graph.children[each.id]])
    if isinstance(each, parts.Inverter | parts.WindTurbine):
        return Generator(component_id=each.id, rated_w=each.rated_power_w)
    if isinstance(each, parts.EvCharger):
        return Charger(component_id=each.id, rated_w=each.rated_power_w, strategy=each.strategy)
    if isinstance(each, parts.ControllableLoad):
        return Consumer(component_id=each.id, rated_w=each.rated_power_w, min_w=each.min_power_w)
    if isinstance(each, parts.Chp):
        return Engine(
            component_id=each.id,
            rated_w=each.rated_power_w,
            min_load_w=each.min_load * each.rated_power_w,
            ramp_w_per_s=inf if each.ramp_w_per_s is None else each.ramp_w_per_s,
            min_run_s=each.min_run_s,
            min_idle_s=each.min_idle_s,
            electrical=each.electrical_efficiency,
            thermal=each.thermal_efficiency,
        )
    return None


def storage_of(inverter: parts.Inverter, batteries: list[parts.Component]) -> Storage:
    """Return the device that an inverter and its batteries are."""
    rated = inverter.rated_power_w
    entries = [each for each in batteries if isinstance(each, parts.Battery)]
    ramp = next((each.ramp_w_per_s for each in entries if each.ramp_w_per_s is not None), None)
    make = Storage if ramp is None else partial(RampedStorage, ramp_w_per_s=ramp)
    return make(
        component_id=inverter.id,
        batteries=[_battery(each) for each in entries],
        rated_w=rated,
        losses=Losses(
            l0=inverter.standby_loss * rated,
            l1=inverter.proportional_loss,
            q=inverter.quadratic_loss / rated,
        ),
        min_w=inverter.min_power_w,
        forms_grid=inverter.grid_forming,
    )


def _battery(each: parts.Battery) -> Battery:
    capacity = each.capacity_wh * each.soh
    make = Battery if each.ramp_w_per_s is None else RampedBattery
    return make(
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
        wear=_wear(each),
    )


def _wear(each: parts.Battery) -> Wear | None:
    """Return the thermal and ageing state of a battery, None if the scenario asks for neither."""
    if each.thermal is None and each.ageing is None:
        return None
    thermal, start_c = each.thermal, 25.0
    if thermal is not None:
        start_c = thermal.ambient_c if thermal.initial_c is None else thermal.initial_c
    return Wear(
        thermal=None
        if thermal is None
        else Thermal(
            heat_capacity_j_per_k=thermal.heat_capacity_j_per_k,
            resistance_k_per_w=thermal.resistance_k_per_w,
            ambient_c=thermal.ambient_c,
        ),
        ageing=None if each.ageing is None else Ageing(**each.ageing.model_dump()),
        capacity_wh=each.capacity_wh * each.soh,
        charge_w=each.max_charge_w,
        discharge_w=each.max_discharge_w,
        start_c=start_c,
    )


def _grid_w(root: parts.Component) -> tuple[float, float]:
    """Return the lowest and highest power at the grid connection."""
    if not isinstance(root, parts.GridConnectionPoint):
        return -inf, inf
    fuse = inf if root.fuse_w is None else root.fuse_w
    high = min(fuse, inf if root.import_limit_w is None else root.import_limit_w)
    low = min(fuse, inf if root.export_limit_w is None else root.export_limit_w)
    return -low, high


def _infos(graph: Graph, by_id: dict[int, parts.Component]) -> tuple[ComponentInfo, ...]:
    root = graph.root
    infos = []
    for component_id, node in graph.nodes.items():
        each = by_id[component_id]
        kind = node.category.name.lower()
        capacity = rated = None
        if isinstance(each, parts.Inverter):
            kind = "pv_inverter" if each.type == "pv" else "battery_inverter"
        elif isinstance(each, parts.ControllableLoad):
            kind = "load"
        rated = getattr(each, "rated_power_w", None)
        if isinstance(each, parts.Battery):
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
