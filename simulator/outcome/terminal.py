"""What a run produced, for the terminal: what each dispatch asked, got and lacked; site totals.

Prints to standard output; in a pipe without colours and 120 columns wide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from .optimum import sentence
from .whatif import rows as what_if_rows
from .words import WHY, kwh, moment, site_figures, stretch, why

PIPE_WIDTH = 120
MAX_ROWS = 40
"""More occurrences than that are shown as one row per dispatch."""


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
    start, end = moment(run["start"], zone), moment(run["end"], zone)
    out.print(f"{start} to {end} ({run['zone']}), seed {run['seed']}")
    out.print()
    if summary["occurrences"]:
        out.print(_occurrences(summary["occurrences"], zone))
    else:
        out.print("No dispatch occurred.")
    out.print()
    out.print(_site(summary["site"]))
    if summary.get("what_if"):
        out.print()
        out.print(_what_if(summary))
    if summary.get("optimum"):
        out.print()
        out.print(sentence(summary), soft_wrap=True)
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
            stretch(row["start"], row["end"], zone),
            " ".join(map(str, row["component_ids"])),
            *(kwh(row[f"{key}_kwh"]) for key in _ENERGIES),
            why(row),
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
            *(kwh(sum(row[f"{key}_kwh"] for row in group)) for key in _ENERGIES),
            ", ".join(f"{WHY[reason]} ({count})" for reason, count in ordered),
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


def _site(site: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for label, value, unit in site_figures(site):
        table.add_row(label, f"{value:,.2f}", unit)
    return table


def _what_if(summary: Mapping[str, Any]) -> Table:
    """What the schedule changes: the same site without any dispatch beside it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("what the dispatches change", "without", "with", "difference", ""):
        numeric = title in ("without", "with", "difference")
        table.add_column(title, justify="right" if numeric else "left")
    for row in what_if_rows(summary):
        values = (row.without, row.with_them, row.difference)
        shown = ("–" if value is None else f"{value:,.2f}" for value in values[:2])
        gap = "–" if row.difference is None else f"{row.difference:+,.2f}"
        table.add_row(row.label, *shown, gap, row.unit)
    return table
