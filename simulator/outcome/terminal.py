"""What a run produced, for the terminal: what each dispatch asked, got and lacked; site totals.

Prints to standard output; in a pipe without colours and 120 columns wide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 120
MAX_ROWS = 40
"""More occurrences than that are shown as one row per dispatch."""

SMALL_KWH = 0.005
"""Less is shown as 0."""

_WHY = {
    "none": "",
    "soc_min": "battery at its lower limit",
    "soc_max": "battery at its upper limit",
    "power_limit": "a power limit or rating",
    "fault": "a fault",
    "driver_stopped": "driver stopped",
    "overridden": "overridden by another dispatch",
    "dry_run": "dry run",
    "inactive": "inactive",
}
"""Reasons of the summary in words."""


def console() -> Console:
    """Return the console for data: as wide as the terminal, or fixed in a pipe."""
    out = Console(highlight=False, soft_wrap=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=PIPE_WIDTH)
    return out


def print_summary(summary: Mapping[str, Any], out: Console | None = None) -> None:
    """Print the summary of a run (the value of summary.json)."""
    out = out or console()
    run = summary["run"]
    zone = ZoneInfo(run["zone"])
    out.print(f"[bold]{run['scenario']}[/bold]  {run['description']}")
    start, end = _local(run["start"], zone), _local(run["end"], zone)
    out.print(f"{start} to {end} ({run['zone']}), seed {run['seed']}")
    out.print()
    if summary["occurrences"]:
        out.print(_occurrences(summary["occurrences"], zone))
    else:
        out.print("No dispatch occurred.")
    out.print()
    out.print(_site(summary["site"]))
    for note in run["notes"]:
        out.print(f"Note: {note}", soft_wrap=True)


def _occurrences(rows: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Table:
    if len(rows) > MAX_ROWS:
        return _by_dispatch(rows)
    table = _table("dispatch", "type", "when", "components", *_ENERGIES, "why it fell short")
    for row in rows:
        table.add_row(
            f"{row['dispatch_id']}",
            row["type"],
            _when(row["start"], row["end"], zone),
            " ".join(map(str, row["component_ids"])),
            *(_kwh(row[f"{key}_kwh"]) for key in _ENERGIES),
            _why(row),
        )
    return table


def _by_dispatch(rows: Sequence[Mapping[str, Any]]) -> Table:
    """One row per dispatch, its occurrences added up."""
    table = _table("dispatch", "type", "occurrences", "short", *_ENERGIES, "why they fell short")
    groups: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["dispatch_id"], []).append(row)
    for dispatch_id, group in sorted(groups.items()):
        reasons: dict[str, int] = {}
        for row in group:
            if row["reason"] != "none":
                reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
        ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
        table.add_row(
            f"{dispatch_id}",
            group[0]["type"],
            f"{len(group)}",
            f"{sum(row['reason'] != 'none' for row in group)}",
            *(_kwh(sum(row[f"{key}_kwh"] for row in group)) for key in _ENERGIES),
            ", ".join(f"{_WHY[reason]} ({count})" for reason, count in ordered),
        )
    return table


_ENERGIES = ("asked", "delivered", "shortfall")


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    numeric = {"dispatch", "occurrences", "short", *_ENERGIES}
    for title in titles:
        unit = "\nkWh" if title in _ENERGIES else ""
        table.add_column(
            f"{title}{unit}",
            justify="right" if title in numeric else "left",
            no_wrap=title in ("type", "when"),
        )
    return table


def _why(row: Mapping[str, Any]) -> str:
    """Return the reason in words with the finer causes, the weightiest first."""
    reason, missing = _WHY[row["reason"]], row["missing_kwh"]
    if not reason or row["reason"] in ("dry_run", "inactive"):
        return reason
    if row["shortfall_kwh"] < SMALL_KWH:
        return ""  # the table shows the shortfall as 0
    causes = sorted(missing, key=lambda cause: (-missing[cause], cause))
    detail = ", ".join(cause.replace("_", " ") for cause in causes if cause != row["reason"])
    if not detail:
        return reason
    return f"{reason}, also {detail}" if row["reason"] in missing else f"{reason} ({detail})"


def _site(site: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    money = site["currency"]
    rows = [
        ("import", site["import_kwh"], "kWh"),
        ("export", site["export_kwh"], "kWh"),
        ("load", site["load_kwh"], "kWh"),
        ("PV produced", site["pv_kwh"], "kWh"),
        ("PV curtailed", site["pv_curtailed_kwh"], "kWh"),
        ("wind produced", site["wind_kwh"], "kWh"),
        ("wind curtailed", site["wind_curtailed_kwh"], "kWh"),
        ("load not served", site["unserved_kwh"], "kWh"),
        ("battery charged", site["battery_in_kwh"], "kWh"),
        ("battery discharged", site["battery_out_kwh"], "kWh"),
        ("losses", site["losses_kwh"], "kWh"),
        ("largest quarter hour", site["peak_import_kw"], "kW"),
        ("self-consumption of PV", _percent(site["self_consumption"]), "%"),
        ("autarky", _percent(site["autarky"]), "%"),
        ("cost", site["cost"]["total"], money),
        ("CO2", site["co2_kg"], "kg"),
    ]
    for label, value, unit in rows:
        if value or (value is not None and label in _ALWAYS):
            table.add_row(label, f"{value:,.2f}", unit)
    return table


_ALWAYS = ("import", "export", "load", "largest quarter hour", "autarky", "cost")
"""Figures that are shown even when they are 0."""


def _percent(value: float | None) -> float | None:
    return None if value is None else 100.0 * value


def _kwh(value: float) -> str:
    return f"{value:,.2f}" if abs(value) >= SMALL_KWH else "0"


def _local(text: str, zone: ZoneInfo) -> str:
    moment = datetime.fromisoformat(text).astimezone(zone)
    return moment.strftime("%Y-%m-%d %H:%M" + (":%S" if moment.second else ""))


def _when(start: str, end: str | None, zone: ZoneInfo) -> str:
    """Return a stretch in local time, the day of its end only where it is another one."""
    first = datetime.fromisoformat(start).astimezone(zone)
    text = first.strftime("%a %m-%d %H:%M")
    if end is None:
        return f"{text} -"
    last = datetime.fromisoformat(end).astimezone(zone)
    if last == first:
        return text
    return f"{text} - {last.strftime('%H:%M' if last.date() == first.date() else '%m-%d %H:%M')}"
