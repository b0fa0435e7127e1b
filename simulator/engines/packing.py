"""A case as the memory of a run: everything that a kernel needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf, nan

import numpy as np

from simulator.microgrid.battery import Battery
from simulator.microgrid.charger import Charger
from simulator.microgrid.consumer import Consumer
from simulator.microgrid.device import Device
from simulator.microgrid.generator import Generator
from simulator.microgrid.inputs import Series, build
from simulator.microgrid.meter import Node
from simulator.microgrid.site import Site
from simulator.microgrid.storage import Storage
from simulator.microgrid.units import US_PER_S

from . import columns as k
from .case import Case
from .exponentials import ROOM
from .memory import Floats, Ints, Memory
from .plans import Plans, put_plans, slots_of
from .script import Script

__all__ = ["Rows", "device_row", "device_rows", "head_of", "pack", "rows_of", "width_of_row"]

N_EVENTS = 1 << 10
"""Room for events between two looks, at least."""
KINDS = {Storage: k.STORAGE, Generator: k.PRODUCER, Consumer: k.CONSUMER, Charger: k.CHARGER}


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The inputs of a run: moments at which any changes, and all of them from then on."""

    t_us: Ints
    values: Floats
    """A row for each moment."""


def pack(
    case: Case,
    site: Site,
    script: Script,
    plans: Plans,
    rows: Rows,
    *,
    edges: Ints,
    kept: int,
    with_rows: bool,
) -> Memory:
    """Return the memory of a run before its first event.

    `edges`: between them energies are summed up, none = not at all; `kept`: segments that there is
    room for, 0 = none is kept; `with_rows`: whether the inputs are in it, else a row is known by
    its number.
    """
    memory, plan_at = head_of(case, site, plans)
    places = np.arange(len(rows.t_us))
    if with_rows:
        places = memory.floats(rows.values) + rows.values.shape[1] * places
    _put_happenings(memory, script, plans, rows.t_us, places, plan_at)
    meta = case.scenario.meta
    n_devices = len(site.devices)
    row_width = width_of_row(site)
    pv = {each.id for each in site.infos if each.kind == "pv_inverter"}
    producing = [i for i, each in enumerate(site.devices) if each.component_id in pv]
    n_bins = max(len(edges) - 1, 0)
    n_events = max(N_EVENTS, 16 * n_devices)
    for name, value in {
        k.AT_NOW: case.start_us,
        k.AT_SINCE: case.start_us,
        k.AT_WAKE: k.NEVER,
        k.AT_OWN: k.NEVER,
        k.END_US: case.end_us,
        k.N_DEVICES: n_devices,
        k.N_NODES: len(site.nodes),
        k.N_STORAGES: sum(isinstance(each, Storage) for each in site.devices),
        k.N_BINS: n_bins,
        k.N_KEPT: kept,
        k.N_EVENTS: n_events,
        k.SHARING: k.SHARINGS.index(meta.sharing),
        k.CONTROL_US: meta.control_s * US_PER_S,
        k.WIDTH_OF_ROW: row_width,
        k.M_PRODUCING: memory.whole(i * k.N_DEVICE for i in producing),
        k.N_PRODUCING: len(producing),
        k.M_EDGES: memory.whole(edges),
        k.N_INPUTS: rows.values.shape[1],
        k.W_ACCOUNTS: memory.room(len(script.occurrences) * k.N_ACCOUNT),
        k.W_BINS: memory.room(n_bins * k.N_BIN),
        k.W_SEGMENTS: memory.room(kept * row_width),
        k.W_TAPERS: memory.room(kept * 3 * n_devices * k.N_TAPER),
        k.W_EVENTS: memory.room(n_events * k.N_EVENT),
        k.W_TWIN: memory.room(k.N_DEVICE),
        k.W_TERMS: memory.room(4 * n_devices + 4),
        k.W_FOUND: memory.room(2 * n_devices + ROOM),
    }.items():
        memory.put(name, value)
    for i in range(k.N_I_ROWS):
        memory.put(k.I_ROWS + i, memory.whole(np.zeros(_width(site), dtype=np.int64)))
    memory.seal()
    return memory


def head_of(case: Case, site: Site, plans: Plans) -> tuple[Memory, list[int]]:
    """Return a memory that has the state only, what differs between variants of a case.

    The places of the plans come with it.
    """
    memory = Memory()
    memory.floats(device_rows(site))
    memory.put(k.M_EACH, memory.whole(i * k.N_DEVICE for i in range(len(site.devices))))
    _put_nodes(memory, site)
    plan_at = put_plans(memory, site, plans)
    exponent = np.array([case.scenario.meta.sharing_exponent])
    memory.put(k.W_EXPONENT, memory.floats(exponent))
    for i in range(k.N_F_ROWS):
        memory.put(k.F_ROWS + i, memory.room(_width(site)))
    memory.put(k.W_STATE, memory.room(0))
    return memory, plan_at


def _width(site: Site) -> int:
    """Return how long lists may be that kernels scribble down."""
    return max(len(site.devices), k.N_CAUSES) + 2


def width_of_row(site: Site) -> int:
    """Return how many numbers the row of a segment has."""
    devices = sum(k.WIDTHS[KINDS[type(each)]] for each in site.devices)
    return 2 + k.NODE_WIDTH * len(site.nodes) + devices


def _put_nodes(memory: Memory, site: Site) -> None:
    place_of = {id(each): i * k.N_DEVICE for i, each in enumerate(site.devices)}
    first = len(site.devices) * k.N_DEVICE
    for i, node in enumerate(site.nodes):
        place_of[id(node)] = first + i * k.N_NODE
    rows = np.zeros((len(site.nodes), k.N_NODE))
    for row, node in zip(rows, site.nodes, strict=True):
        children = [
            -1 - place_of[id(each)] if isinstance(each, Node) else place_of[id(each)]
            for each in node.below
        ]
        bending = [place_of[id(each)] for each in node.bending]
        loads = [place for place, other, _ in site.loads if other is node]
        row[k.N_CHILDREN], row[k.N_N_CHILDREN] = memory.whole(children), len(children)
        row[k.N_BENDING], row[k.N_N_BENDING] = memory.whole(bending), len(bending)
        row[k.N_LOADS], row[k.N_N_LOADS] = memory.whole(loads), len(loads)
    memory.put(k.W_NODES, memory.floats(rows))


def _put_happenings(
    memory: Memory, script: Script, plans: Plans, t_us: Ints, places: Ints, plan_at: list[int]
) -> None:
    """Put everything that is known to happen into one table, in order of time."""
    parts = [_table(t_us, k.ROW, places)]
    visits = [
        (
            each.t_us,
            k.VISIT,
            each.device * k.N_DEVICE,
            -1 if each.stay is None else memory.floats(each.stay),
        )
        for each in script.visits
    ]
    slots = slots_of(script, plans)
    first = memory.whole([each for row in slots for each in row])
    starts = first + np.cumsum([0, *(len(row) for row in slots)])
    changes = [
        (t_us, k.CHANGE, plan_at[plan], start)
        for (t_us, plan, _), start in zip(script.changes, starts.tolist(), strict=False)
    ]
    for part in (visits, changes):
        parts.append(np.array(part, dtype=np.int64).reshape(-1, k.N_HAPPENING))
    parts.append(np.array([[k.NEVER, k.CHANGE, 0, 0]], dtype=np.int64))
    whole = np.concatenate(parts)
    order = np.lexsort((np.arange(len(whole)), whole[:, 1], whole[:, 0]))
    memory.put(k.M_HAPPENINGS, memory.whole(whole[order]))


def _table(t_us: Ints, kind: int, places: Ints) -> Ints:
    found = np.zeros((len(t_us), k.N_HAPPENING), dtype=np.int64)
    found[:, 0], found[:, 1], found[:, 2] = t_us, kind, places
    return found


def device_rows(site: Site) -> Floats:
    """Return the devices of a site before the first event."""
    found = np.array([device_row(each) for each in site.devices]).reshape(-1, k.N_DEVICE)
    position = {id(device): i for i, device in enumerate(site.devices)}
    for place, source in site.sources:
        found[position[id(source)], k.INPUT_AT] = place
    return found


def device_row(device: Device) -> Floats:
    """Return a device before the first event, without what it takes from the inputs."""
    row = np.zeros(k.N_DEVICE)
    row[k.INPUT_AT] = -1.0
    _common(row, device)
    if isinstance(device, Storage):
        _storage(row, device)
    elif isinstance(device, Charger):
        row[k.STRATEGY], row[k.E_D] = k.STRATEGIES[device.strategy], 1.0
    elif isinstance(device, Consumer):
        row[k.MIN_W] = device.min_w
    return row


def _common(row: Floats, device: Device) -> None:
    row[k.KIND], row[k.ID] = KINDS[type(device)], device.component_id
    row[k.RATED], row[k.DERATE] = device.rated_w, 1.0
    row[k.LOW], row[k.HIGH], row[k.HIT], row[k.CHANGE_S] = -inf, inf, inf, inf
    row[k.ASKED] = row[k.TOLD] = nan
    row[k.HORIZON] = inf
    row[k.AUX] = device.auxiliary_w


def _storage(row: Floats, device: Storage) -> None:
    battery, losses = device.sole, device.losses
    assert battery is not None  # others are not covered
    row[k.MIN_W], row[k.CUT] = device.min_w, device.cut_w
    row[k.LOSS_0], row[k.LOSS_1], row[k.LOSS_Q] = losses.l0, losses.l1, losses.q
    row[k.CEILING], row[k.TOPPING] = 1.0, nan
    _battery(row, battery)
    row[k.ARRIVED_WH] = battery.energy_wh


def _battery(row: Floats, battery: Battery) -> None:
    row[k.STORED], row[k.CAPACITY] = battery.energy_wh, battery.capacity_wh
    row[k.E_LOW], row[k.E_HIGH] = battery.e_low, battery.e_high
    row[k.E_TAPER_LOW], row[k.E_TAPER_HIGH] = battery.e_taper_low, battery.e_taper_high
    row[k.CHARGE_W], row[k.DISCHARGE_W] = battery.charge_w, battery.discharge_w
    row[k.E_C], row[k.E_D], row[k.SIGMA] = battery.e_c, battery.e_d, battery.sigma
    row[k.GAIN_C], row[k.GAIN_D] = battery.e_c / 3600.0, 1.0 / (3600.0 * battery.e_d)
    row[k.SLOPE_C] = (battery.e_high - battery.e_taper_high) / battery.charge_w
    row[k.SLOPE_D] = (battery.e_taper_low - battery.e_low) / battery.discharge_w


def rows_of(case: Case, names: tuple[str, ...]) -> Rows:
    """Return the inputs of a case.

    Raises:
        InputError: an input cannot be built.
    """
    start_us, end_us = case.start_us, case.end_us
    if not names:
        return Rows(np.array([start_us], dtype=np.int64), np.zeros((1, 1)))
    found = (case.inputs or partial(build, case.scenario))(start_us, end_us)
    series = [found[name] for name in names]
    moments = [np.array([start_us], dtype=np.int64)]
    known: list[Ints] = []
    for each in series:
        if any(each.t_us is other or np.array_equal(each.t_us, other) for other in known):
            continue
        known.append(each.t_us)
        first = int(np.searchsorted(each.t_us, start_us, side="right"))
        last = int(np.searchsorted(each.t_us, end_us, side="left"))
        moments.append(each.t_us[first:last])
    # Sorted pieces: sorting them costs less than the tables of `np.unique`.
    union = np.sort(np.concatenate(moments), kind="stable")
    union = union[np.append(True, union[1:] != union[:-1])]
    values = np.stack([_at(each, union) for each in series], axis=1)
    changes = np.ones(len(union), dtype=np.bool_)
    changes[1:] = np.any(values[1:] != values[:-1], axis=1)
    return Rows(union[changes], np.ascontiguousarray(values[changes]))


def _at(series: Series, moments: Ints) -> Floats:
    place = np.searchsorted(series.t_us, moments, side="right") - 1
    return np.asarray(series.values[place], dtype=np.float64)
