"""What tells a case from another one of its sweep, if that is no more than numbers of storages.

Such numbers go into the row of a storage, and the capacity of a battery into what is told of it;
site, script, plans and inputs do not depend on them. Whatever else differs, and whatever field
may be added one day, makes a case one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulator.microgrid import scenario_components as parts
from simulator.microgrid.record import ComponentInfo
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.site import Site, storage_of
from simulator.microgrid.storage import Storage

from . import columns as k
from .case import Case
from .memory import Floats
from .packing import device_row

__all__ = ["NUMBERS", "infos_with", "numbers_apart", "state_with"]

NUMBERS: Mapping[type, frozenset[str]] = {
    parts.Battery: frozenset(
        {
            *("capacity_wh", "soh", "soc_initial", "soc_min", "soc_max"),
            *("soc_taper_low", "soc_taper_high", "max_charge_w", "max_discharge_w"),
            *("charge_efficiency", "discharge_efficiency", "self_discharge_per_s"),
            *("aux_power_w", "min_power_w"),
        }
    ),
    parts.Inverter: frozenset(
        {"standby_loss", "proportional_loss", "quadratic_loss", "min_power_w"}
    ),
}
"""Fields of components that nobody but their storage knows; ratings are not among them, for
set-points and limits of dispatches may be fractions of those."""

ENTIRE = tuple(
    name for name in Scenario.model_fields if name not in ("components", "tariff", "co2", "outputs")
)
"""Parts of a scenario that must be equal; those that only the figures know need not."""


def numbers_apart(case: Case, other: Case) -> frozenset[int] | None:
    """Return which components differ, in `NUMBERS` only; None if anything else does."""
    one, two = case.scenario, other.scenario
    if (
        (case.start_us, case.end_us, case.seed) != (other.start_us, other.end_us, other.seed)
        or (case.inputs, case.schedule) != (other.inputs, other.schedule)
        or any(_differ(getattr(one, name), getattr(two, name)) for name in ENTIRE)
        or len(one.components) != len(two.components)
        or one.folder != two.folder
    ):
        return None
    pairs = zip(one.components, two.components, strict=True)
    differing = [(new, old) for new, old in pairs if _differ(new, old)]
    if not all(_differ_in_numbers(new, old) for new, old in differing):
        return None
    return frozenset(new.id for new, _ in differing)


def _differ(new: object, old: object) -> bool:
    """Return whether two parts are not equal; that they are the same shows much sooner."""
    return new is not old and new != old


def _differ_in_numbers(new: parts.Component, old: parts.Component) -> bool:
    kind = type(new)
    if kind is not type(old) or kind not in NUMBERS:
        return False
    others = kind.model_fields.keys() - NUMBERS[kind]
    return all(getattr(new, name) == getattr(old, name) for name in others)


def state_with(ids: frozenset[int], scenario: Scenario, site: Site, state: Floats) -> Floats:
    """Return a state in which the storages of some components have the numbers of a scenario.

    `site`: built from a scenario that differs in such numbers.
    """
    by_id = {each.id: each for each in scenario.components}
    found = state.copy()
    for i, device in enumerate(site.devices):
        if isinstance(device, Storage) and not ids.isdisjoint(device.ids):
            inverter = by_id[device.component_id]
            assert isinstance(inverter, parts.Inverter)
            storage = storage_of(inverter, [by_id[each] for each in device.ids[1:]])
            found[i * k.N_DEVICE : (i + 1) * k.N_DEVICE] = device_row(storage)
    return found


def infos_with(
    ids: frozenset[int], scenario: Scenario, infos: tuple[ComponentInfo, ...]
) -> tuple[ComponentInfo, ...]:
    """Return what is told of the components, with the capacities of a scenario."""
    batteries = {
        each.id: each.capacity_wh * each.soh
        for each in scenario.components
        if each.id in ids and isinstance(each, parts.Battery)
    }
    return tuple(
        replace(each, capacity_wh=batteries[each.id]) if each.id in batteries else each
        for each in infos
    )
