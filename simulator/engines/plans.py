"""Arbitration as arrays: each distinct set of dispatches in force becomes a plan, made once.

`arbitration.py` of the microgrid itself makes them; here they only become numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import nan

import numpy as np

from simulator.microgrid.arbitration import Plan, Source, arbitrate
from simulator.microgrid.faults import Conditions
from simulator.microgrid.site import Site
from simulator.microgrid.storage import Storage

from . import columns as k
from .case import Case
from .memory import Floats, Memory
from .script import Script

__all__ = ["Plans", "conflicts_of", "plans_of", "put_plans", "slots_of"]


@dataclass(slots=True, eq=False)
class Plans:
    """The plan of each distinct set of dispatches of a script."""

    plans: list[Plan] = field(default_factory=list)


def plans_of(case: Case, site: Site, script: Script) -> Plans:
    """Return the plans that a script leads to."""
    found = Plans()
    base = case.scenario.base_strategy.to_effect()
    for change in script.distinct:
        for each in change.running:
            each.running.power_w = each.power_w
        found.plans.append(
            arbitrate(
                [each.running for each in change.running],
                site.devices,
                site.grid_w,
                Conditions(),
                base,
                dict(change.latched),
            )
        )
    return found


def conflicts_of(script: Script, plans: Plans) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield moments, and the ids whose limits began to contradict each other then."""
    before: tuple[int, ...] = ()
    for t_us, place, _ in script.changes:
        conflicts = plans.plans[place].conflicts
        if new := tuple(each for each in conflicts if each not in before):
            yield t_us, new
        before = conflicts


def slots_of(script: Script, plans: Plans) -> list[list[int]]:
    """Return for each change the rows of accounts of its sources, -1 = none; unfollowed last."""
    ids = [[each.id for each in _all(plan)] for plan in plans.plans]
    return [
        [rows.get(dispatch_id, -1) for dispatch_id in ids[place]]
        for _, place, rows in script.changes
    ]


def _all(plan: Plan) -> list[Source]:
    return [*plan.sources, *(source for source, _ in plan.unfollowed)]


def put_plans(memory: Memory, site: Site, plans: Plans) -> list[int]:
    """Put the plans into a memory; return the place of each."""
    return [_put(memory, site, plan) for plan in plans.plans]


def _put(memory: Memory, site: Site, plan: Plan) -> int:
    n_devices = len(site.devices)
    causes = ["" for _ in plan.sources] + [cause for _, cause in plan.unfollowed]
    sources = np.zeros((len(causes), k.N_SOURCE + n_devices))
    for row, source, cause in zip(sources, _all(plan), causes, strict=True):
        _source(memory, site, row, source, cause)
    first = memory.floats(sources)
    orders = np.zeros((n_devices, k.N_ORDER))
    orders[:, k.O_SOURCE] = -1.0
    for row, each in zip(orders, plan.orders, strict=True):
        row[k.O_OFF] = k.CODE_OF[each.off] if each.off else k.NO_CAUSE
        row[k.O_DERATE] = each.derate
        row[k.O_LOW], row[k.O_HIGH] = each.low_w, each.high_w
        row[k.O_CONNECTED] = float(each.connected)
    for j, source in enumerate(plan.sources):
        followers = [*source.storages, *source.others]
        orders[followers, k.O_SOURCE] = first + j * (k.N_SOURCE + n_devices)
    row = np.zeros(k.N_PLAN)
    row[k.P_SITE_LOW], row[k.P_SITE_HIGH] = plan.site_low_w, plan.site_high_w
    row[k.P_DARK] = float(bool(plan.dark))
    row[k.P_SOLE] = float(plan.sole is not None)
    row[k.P_ACCOUNTED] = float(plan.is_accounted)
    row[k.P_IDLE], row[k.P_N_IDLE] = _devices(memory, plan.idle)
    row[k.P_SOURCES], row[k.P_N_SOURCES] = first, len(plan.sources)
    row[k.P_N_UNFOLLOWED] = len(plan.unfollowed)
    row[k.P_ORDERS] = memory.floats(orders)
    return memory.floats(row)


def _source(memory: Memory, site: Site, row: Floats, source: Source, cause: str) -> None:
    effect = source.effect
    row[k.S_KIND], row[k.S_ID] = k.SOURCES[source.kind], source.id
    row[k.S_TARGET] = source.target_w
    row[k.S_LOW], row[k.S_HIGH], row[k.S_REST] = source.low_w, source.high_w, effect.rest_w
    row[k.S_RESERVE], row[k.S_CEILING] = effect.reserve_soc, effect.ceiling_soc
    row[k.S_GRID], row[k.S_SOC] = float(effect.grid_charge), effect.soc
    row[k.S_BY_US] = nan if effect.by_us is None else effect.by_us
    row[k.S_STRATEGY] = k.STRATEGIES[effect.strategy]
    row[k.S_LEAST], row[k.S_MOST] = effect.min_energy_wh, effect.high_w
    row[k.S_WISH] = float(source.is_wish)
    row[k.S_CAUSE] = k.CODE_OF[cause] if cause else k.NO_CAUSE
    storages = source.storages
    if cause:
        assert source.running is not None  # the base strategy always has followers
        selected = source.running.selection.devices
        storages = [i for i in selected if isinstance(site.devices[i], Storage)]
    row[k.S_STORAGES], row[k.S_N_STORAGES] = _devices(memory, storages)
    row[k.S_OTHERS], row[k.S_N_OTHERS] = _devices(memory, source.others)


def _devices(memory: Memory, positions: list[int]) -> tuple[int, int]:
    """Put the places of some devices into a memory; return where, and how many."""
    return memory.whole(i * k.N_DEVICE for i in positions), len(positions)
