"""The summary of a run: totals of the site, its components, its days, and every occurrence.

Energies in kWh, powers in kW, money in the tariff's currency, times ISO 8601 UTC. Sums are exact
integrals of the recorded trajectory; figures are rounded to six decimals at the very end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from simulator.microgrid.record import ComponentInfo, Occurrence, Record, Totals
from simulator.microgrid.scenario_category import SUB_TYPES, Category
from simulator.microgrid.scenario_inputs import PvInput

from .accounts import Account, Ledger, cost, days_of, peaks
from .heat import Heat, heats
from .notes import notes_of
from .optimum import optimum_of, section
from .shape import iso, rounded

SCHEMA = 1
DEFINITIONS = {
    "peak_import_kw": "largest mean import of a quarter hour of UTC",
    "self_consumption": "1 - exported PV / PV, exported PV being at most the PV of a quarter hour",
    "autarky": "1 - import / consumption; below 0 when more is imported than consumed",
    "consumption_kwh": "hidden loads, vehicles and controllable loads",
    "battery_cycles": "(charged + discharged) / (2 capacity), all batteries together",
    "hours_empty": "time of a battery within a percentage point of its lower limit",
    "hours_full": "the same of its upper limit",
    "ev.satisfied": "vehicles that left with all the energy they wanted",
    "losses_kwh": "conversion in inverters and batteries, and self-discharge",
    "asked_kwh": "what a dispatch wanted of the devices that followed it, discharge negative; "
    "of peak shaving all that the site, other dispatches included, had above the limit",
    "delivered_kwh": "what they did of it; recharge below the limit of peak shaving is in neither",
    "shortfall_kwh": "what was missing of it; too much at one time does not make up for another",
    "cost.total": "import - export revenue + demand charge + fixed charge, tiers, fuel, starts",
}


def summarise(record: Record) -> dict[str, Any]:
    """Return the summary of a run, in the form of summary.json."""
    account = Account(record)
    days = days_of(record, account)
    heat = {unit.id: found for unit, found in heats(record, account.trajectory)}
    summary = {
        "schema": SCHEMA,
        "run": _run(record, heat),
        "site": (site := site_figures(record, account, *vehicles_of(record))),
        "components": [_component(record, each, account, heat) for each in record.components],
        "occurrences": [_occurrence(each) for each in record.occurrences],
        "days": days,
        "months": _months(days),
    }
    optimum = optimum_of(record.scenario, record.start_us, record.end_us, record.seed)
    if optimum is not None:
        summary["optimum"] = section(optimum, site["cost"]["total"])
    shaped: dict[str, Any] = rounded(summary)
    return shaped


def _run(record: Record, heat: Mapping[int, Heat]) -> dict[str, Any]:
    scenario = record.scenario
    try:
        release = version("gridproof")
    except PackageNotFoundError:  # run from a checkout that is not installed
        release = "unknown"
    return {
        "scenario": scenario.meta.name,
        "description": scenario.meta.description,
        "microgrid_id": scenario.meta.microgrid_id,
        "start": iso(record.start_us),
        "end": iso(record.end_us),
        "zone": scenario.meta.zone,
        "seed": record.seed,
        "gridproof": release,
        **record.metadata,
        "clear_sky": _is_clear_sky(record),
        "notes": notes_of(record, heat),
        "definitions": DEFINITIONS,
        "files": [],
    }


def _is_clear_sky(record: Record) -> bool:
    """Whether a PV input stands for an always clear sky, which overstates the yield."""
    return any(
        isinstance(each, PvInput) and each.is_always_clear for each in record.scenario.inputs
    )


def vehicles_of(record: Record) -> tuple[Sequence[float], Sequence[float]]:
    """Return what each vehicle that left wanted, and what it misses."""
    left = [each for each in record.events if each["event"] == "EV_LEFT"]
    return [each["wanted_wh"] for each in left], [each["missing_wh"] for each in left]


def site_figures(
    record: Record, account: Ledger, wanted_wh: Sequence[float], missing_wh: Sequence[float]
) -> dict[str, Any]:
    """Return the section `site` of the summary, not rounded yet.

    `wanted_wh`, `missing_wh`: as `vehicles_of`.
    """
    kinds: dict[str, list[Totals]] = {}
    for info in record.components:
        if info.id in record.totals:
            kinds.setdefault(info.kind, []).append(record.totals[info.id])

    def kwh(kind: str, *fields: str) -> float:
        wh: float = sum(getattr(each, name) for each in kinds.get(kind, ()) for name in fields)
        return wh / 1e3

    imported, exported = account.import_kwh, account.export_kwh
    pv, load = kwh("pv_inverter", "out_wh"), kwh("meter", "load_wh")
    ev, flexible = kwh("ev_charger", "in_wh"), kwh("load", "in_wh")
    consumed = load + ev + flexible
    losses = kwh("battery_inverter", "loss_wh") + kwh("battery", "loss_wh", "self_discharge_wh")
    peak_import_kw, peak_export_kw = peaks(account)
    co2 = record.scenario.co2
    asked = sum(abs(each.asked_wh) for each in record.occurrences if not each.dry_run) / 1e3
    short = sum(each.shortfall_wh for each in record.occurrences if not each.dry_run) / 1e3
    return {
        "import_kwh": imported,
        "export_kwh": exported,
        "load_kwh": load,
        "ev_kwh": ev,
        "flexible_kwh": flexible,
        "consumption_kwh": consumed,
        "unserved_kwh": kwh("meter", "unserved_wh"),
        "pv_kwh": pv,
        "pv_curtailed_kwh": kwh("pv_inverter", "curtailed_wh"),
        "pv_lost_kwh": kwh("pv_inverter", "lost_wh"),
        "wind_kwh": kwh("wind_turbine", "out_wh"),
        "wind_curtailed_kwh": kwh("wind_turbine", "curtailed_wh"),
        "wind_lost_kwh": kwh("wind_turbine", "lost_wh"),
        "chp_kwh": kwh("chp", "out_wh"),
        "chp_heat_kwh": kwh("chp", "heat_wh"),
        "chp_fuel_kwh": kwh("chp", "fuel_wh"),
        "battery_in_kwh": kwh("battery", "in_wh"),
        "battery_out_kwh": kwh("battery", "out_wh"),
        "battery_stored_change_kwh": kwh("battery", "end_wh") - kwh("battery", "start_wh"),
        "battery_cycles": _cycles(record),
        "losses_kwh": losses,
        "aux_kwh": kwh("battery_inverter", "aux_wh"),
        "peak_import_kw": peak_import_kw,
        "peak_export_kw": peak_export_kw,
        "self_consumption": 1.0 - account.exported_pv_kwh / pv if pv > 0 else None,
        "autarky": 1.0 - imported / consumed if consumed > 0 else None,
        "ev": _vehicles(record, wanted_wh, missing_wh),
        "asked_kwh": asked,
        "shortfall_kwh": short,
        "currency": record.scenario.tariff.currency,
        "cost": cost(record, account, peak_import_kw),
        "co2_kg": None
        if co2 is None
        else account.co2_g(export_credit=co2.export_credit, g_per_kwh=co2.g_per_kwh) / 1e3,
        "co2_kind": None if co2 is None else co2.kind,
    }


def _cycles(record: Record) -> float | None:
    """Return the equivalent full cycles of all batteries together, None without any."""
    batteries = [each for each in record.components if each.capacity_wh]
    capacity = sum(each.capacity_wh or 0.0 for each in batteries)
    moved = sum(record.totals[each.id].in_wh + record.totals[each.id].out_wh for each in batteries)
    return moved / (2.0 * capacity) if capacity else None


def _vehicles(
    record: Record, wanted_wh: Sequence[float], missing_wh: Sequence[float]
) -> dict[str, Any] | None:
    """Return how the vehicles that left fared, None without chargers."""
    if not any(each.kind == "ev_charger" for each in record.components):
        return None
    return {
        "departures": len(wanted_wh),
        "satisfied": missing_wh.count(0.0),
        "wanted_kwh": sum(wanted_wh) / 1e3,
        "missing_kwh": sum(missing_wh) / 1e3,
    }


def _component(
    record: Record, info: ComponentInfo, account: Account, heat: Mapping[int, Heat]
) -> dict[str, Any]:
    category = Category(info.category)
    sub_types = SUB_TYPES.get(category)
    figures: dict[str, Any] = {
        "id": info.id,
        "name": info.name,
        "category": category.name.lower(),
        "type": sub_types(info.type).name.lower() if sub_types and info.type else None,
    }
    totals = record.totals.get(info.id)
    if totals is None:
        return figures
    for name, key in _COMPONENT_FIGURES.get(info.kind, {}).items():
        figures[name] = getattr(totals, key) / 1e3
    if info.id in record.registers:
        figures["registers"] = dict(record.registers[info.id])
    if info.kind == "chp":
        figures["starts"] = totals.starts
    if info.id in heat:
        for name in ("demand", "unserved", "surplus", "loss"):
            figures[f"heat_{name}_kwh"] = getattr(heat[info.id], f"{name}_wh") / 1e3
        figures["heat_stored_start_kwh"] = heat[info.id].start_wh / 1e3
        figures["heat_stored_end_kwh"] = heat[info.id].end_wh / 1e3
    if info.kind == "battery" and info.capacity_wh:
        figures["soc_start"] = totals.start_wh / info.capacity_wh
        figures["soc_end"] = totals.end_wh / (info.capacity_wh * (1.0 - totals.fade))
        if totals.fade or totals.ageing_loss_wh:
            figures["fade"] = totals.fade
            figures["ageing_loss_kwh"] = totals.ageing_loss_wh / 1e3
        if totals.peak_c is not None:
            figures["peak_c"] = totals.peak_c
        figures["soc_mean"] = account.trajectory.mean_soc(info.id)
        empty_h, full_h = account.trajectory.hours_at_limits(info.id)
        figures["hours_empty"], figures["hours_full"] = empty_h, full_h
        figures["equivalent_full_cycles"] = (totals.in_wh + totals.out_wh) / (2 * info.capacity_wh)
    return figures


_PRODUCER = {
    "produced_kwh": "out_wh",
    "curtailed_kwh": "curtailed_wh",
    "lost_kwh": "lost_wh",
}
_COMPONENT_FIGURES: Mapping[str, Mapping[str, str]] = {
    "grid_connection_point": {"import_kwh": "in_wh", "export_kwh": "out_wh"},
    "meter": {
        "import_kwh": "in_wh",
        "export_kwh": "out_wh",
        "load_kwh": "load_wh",
        "unserved_kwh": "unserved_wh",
    },
    "battery_inverter": {
        "in_kwh": "in_wh",
        "out_kwh": "out_wh",
        "loss_kwh": "loss_wh",
        "aux_kwh": "aux_wh",
    },
    "battery": {
        "charged_kwh": "in_wh",
        "discharged_kwh": "out_wh",
        "loss_kwh": "loss_wh",
        "self_discharge_kwh": "self_discharge_wh",
        "stored_start_kwh": "start_wh",
        "stored_end_kwh": "end_wh",
    },
    "ev_charger": {"in_kwh": "in_wh", "loss_kwh": "loss_wh"},
    "chp": {"produced_kwh": "out_wh", "heat_kwh": "heat_wh", "fuel_kwh": "fuel_wh"},
    "load": {"in_kwh": "in_wh"},
    "pv_inverter": _PRODUCER,
    "wind_turbine": _PRODUCER,
}


def _occurrence(each: Occurrence) -> dict[str, Any]:
    return {
        "dispatch_id": each.dispatch_id,
        "index": each.index,
        "type": each.type,
        "start": iso(each.start_us),
        "end": None if each.end_us is None else iso(each.end_us),
        "planned_start": iso(each.planned_start_us),
        "planned_end": None if each.planned_end_us is None else iso(each.planned_end_us),
        "ended": each.ended,
        "component_ids": list(each.component_ids),
        "dry_run": each.dry_run,
        "asked_kwh": each.asked_wh / 1e3,
        "delivered_kwh": each.delivered_wh / 1e3,
        "shortfall_kwh": each.shortfall_wh / 1e3,
        "reason": each.reason,
        "limited_s": dict(sorted(each.limited_s.items())),
        "missing_kwh": {key: wh / 1e3 for key, wh in sorted(each.missing_wh.items())},
    }


def _months(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add up the local days of each month."""
    months: dict[str, dict[str, Any]] = {}
    for day in days:
        month = months.setdefault(day["date"][:7], {"month": day["date"][:7]})
        for key, value in day.items():
            if key != "date":
                month[key] = month.get(key, 0.0) + value
    return list(months.values())
