"""What the fast engines simulate, and what they leave to the reference.

They cover batteries with inverters of their own, producers, controllable loads, charging points,
plain meters, and every dispatch that is not a rehearsal; lanes leave out some more. The rest is
refused by name, never approximated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.microgrid import scenario_components as parts

from .case import Case, NotCovered
from .plans import Plans

__all__ = ["refuse", "uncovered", "uncovered_in_lanes", "uncovered_plans"]


def refuse(engine: str, reasons: Sequence[str]) -> None:
    """Raise `NotCovered` if there is any reason to."""
    if reasons:
        raise NotCovered(engine, reasons)


def uncovered(case: Case) -> tuple[str, ...]:
    """Return what of a case the fast engines do not cover, a phrase each; empty = they do."""
    return tuple(dict.fromkeys(_components(case))) + tuple(_rules(case))


def _components(case: Case) -> Iterator[str]:
    scenario = case.scenario
    below: dict[int, int] = {}
    kinds = {each.id: each for each in scenario.components}
    for parent, child in scenario.connections:
        if isinstance(kinds.get(child), parts.Battery):
            below[parent] = below.get(parent, 0) + 1
    for each in scenario.components:
        name = f"{each.category} {each.id}"
        if isinstance(each, parts.Chp):
            yield f"combined heat and power ({name})"
        elif isinstance(each, parts.Meter) and each.registers == "full":
            yield f"full registers ({name})"
        elif isinstance(each, parts.Inverter) and below.get(each.id, 0) > 1:
            yield f"several batteries behind one inverter ({name})"
        elif isinstance(each, parts.Inverter) and each.grid_forming:
            yield f"islanded operation ({name} forms a grid)"
        elif isinstance(each, parts.Battery) and (each.thermal or each.ageing):
            yield f"the thermal and ageing layer ({name})"
        elif isinstance(each, parts.Battery) and each.ramp_w_per_s is not None:
            yield f"a ramp ({name})"


def _rules(case: Case) -> Iterator[str]:
    scenario = case.scenario
    if not any(isinstance(each, parts.GridConnectionPoint) for each in scenario.components):
        yield "a site without a grid connection point"
    if scenario.meta.arbitration == "sum":
        yield "arbitration by sum"
    if scenario.faults:
        kinds = ", ".join(sorted({each.kind for each in scenario.faults}))
        yield f"faults ({kinds})"
    rehearsals = [each.id for each in case.dispatches if each.dry_run and each.active]
    if rehearsals:
        yield "dry runs (dispatch " + ", ".join(map(str, rehearsals)) + ")"


def uncovered_in_lanes(case: Case) -> tuple[str, ...]:
    """Return what of a case cannot be run side by side with others, as far as it shows."""
    reasons = []
    for each in case.scenario.components:
        if isinstance(each, parts.ControllableLoad):
            reasons.append(f"controllable loads ({each.category} {each.id})")
        elif isinstance(each, parts.EvCharger) and each.strategy != "asap":
            reasons.append(f"charging {each.strategy} (ev_charger {each.id})")
    if case.scenario.meta.sharing == "priority_list":
        reasons.append("sharing by priority_list")
    return tuple(reasons)


def uncovered_plans(plans: Plans) -> tuple[str, ...]:
    """Return what dispatches would do that cannot be run side by side."""
    reasons: dict[str, None] = {}
    for plan in plans.plans:
        if plan.dark:
            reasons["a site that is switched off"] = None
        for source in plan.sources:
            name = "base strategy" if source.running is None else f"dispatch {source.id}"
            if source.kind in ("soc", "charge"):
                type_ = "soc_target" if source.kind == "soc" else "ev_charge"
                reasons[f"{type_} ({name})"] = None
            elif source.others:
                reasons[f"set-points of anything but batteries ({name})"] = None
            elif source.effect.grid_charge:
                reasons[f"grid_charge ({name})"] = None
            elif source.effect.rest_w:
                reasons[f"recharge_w ({name})"] = None
    return tuple(reasons)
