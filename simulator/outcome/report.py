"""`report.html`: one page about a run that needs nothing else, not even a network.

Made from the summary, the series table and the events alone; the same run gives the same bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from jinja2 import Environment, StrictUndefined, Template
from numpy.typing import NDArray

from simulator.microgrid.scenario_base import from_us

from .optimum import sentence
from .report_axes import LEFT, RIGHT, WIDTH
from .report_charts import (
    balance_legend,
    duration_curves,
    legend,
    power_balance,
    prices,
    states_of_charge,
)
from .report_curves import Curves, curves_of, quarters_kw
from .report_gantt import MAX_ROWS, gantt, gantt_legend
from .whatif import Row
from .whatif import rows as what_if_rows
from .words import definition_of, glossary, kwh, moment, site_figures, stretch, why

if TYPE_CHECKING:
    import polars as pl

REPORT = "report.html"
TEMPLATE = Path(__file__).with_name("report.html.jinja")
MAX_OCCURRENCES, MAX_EVENTS = 400, 400
"""Longer tables end there and say where the rest is."""
_TILES = ("cost", "import", "export", "largest quarter hour", "self-consumption of PV", "autarky")
_LINES = {"with": "grid, as simulated", "without": "grid, without dispatches", "use": "consumption"}
_CONSUMPTION = ("site.load_w", "site.ev_w", "site.flexible_w")


def page(
    summary: Mapping[str, Any],
    series: pl.DataFrame,
    events: Sequence[Mapping[str, Any]],
    *,
    without_kw: NDArray[np.float64] | None = None,
) -> str:
    """Return the page of a run.

    Args:
        summary: the value of summary.json.
        series: the series table.
        events: of the record, in order.
        without_kw: mean power at the grid connection point of each quarter hour without dispatches.
    """
    run, site = summary["run"], summary["site"]
    zone = ZoneInfo(run["zone"])
    curves = curves_of(summary, series)
    durations = _durations(series, run["end"], without_kw)
    changes = {row.label: row for row in what_if_rows(summary)} if "what_if" in summary else {}
    figures = [
        {"label": label, "value": f"{value:,.2f}", "unit": unit}
        for label, value, unit in site_figures(site)
    ]
    occurrences = summary["occurrences"]
    return _template().render(
        run=run,
        period=f"{moment(run['start'], zone)} to {moment(run['end'], zone)}",
        figures=figures,
        tiles=[each for name in _TILES for each in figures if each["label"] == name],
        shortfall=None if not occurrences else _shortfall(site),
        changes=[_change(row) for row in changes.values()],
        bill=[(name.replace("_", " "), f"{value:,.2f}") for name, value in site["cost"].items()],
        currency=site["currency"],
        definitions=[(definition_of(name), text) for name, text in run["definitions"].items()],
        optimum=sentence(summary) if "optimum" in summary else "",
        gantt=gantt(summary),
        gantt_legend=gantt_legend(summary),
        left_out=max(len({row["dispatch_id"] for row in occurrences}) - MAX_ROWS, 0),
        width=curves.width,
        is_thinned=curves.is_thinned,
        balance=power_balance(curves, zone),
        balance_legend=balance_legend(curves),
        states=states_of_charge(curves, zone) if curves.states else "",
        states_legend=legend(
            (f"key s{place % 8}", state.name) for place, state in enumerate(curves.states)
        ),
        prices=prices(curves, zone, site["currency"]),
        prices_legend=legend([("key buy", "import costs"), ("key sell", "export earns")]),
        flat_prices=f"import {curves.buy[0]:,.4g}, export {curves.sell[0]:,.4g}",
        durations=duration_curves(durations),
        durations_legend=legend((f"key {name}", _LINES[name]) for name in durations),
        occurrences=[_occurrence(row, zone) for row in occurrences[:MAX_OCCURRENCES]],
        glossary=glossary(occurrences),
        more_occurrences=max(len(occurrences) - MAX_OCCURRENCES, 0),
        components=[_component(each) for each in summary["components"]],
        event_kinds=sorted(Counter(each["event"] for each in events).items()),
        events=[_event(each, zone) for each in events[:MAX_EVENTS]],
        more_events=max(len(events) - MAX_EVENTS, 0),
        readout=_readout(curves, zone),
        axis={"left": LEFT, "right": WIDTH - RIGHT, "width": WIDTH},
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def _durations(
    series: pl.DataFrame, end: str, without_kw: NDArray[np.float64] | None
) -> dict[str, NDArray[np.float64]]:
    used = [quarters_kw(series, end, name) for name in _CONSUMPTION if name in series.columns]
    found = {"use": np.sum(used, axis=0), "with": quarters_kw(series, end, "site.grid_w")}
    if without_kw is not None:
        found["without"] = without_kw
    return found


def _shortfall(site: Mapping[str, Any]) -> dict[str, str]:
    return {"asked": kwh(site["asked_kwh"]), "short": kwh(site["shortfall_kwh"])}


def _change(row: Row) -> dict[str, str]:
    def shown(value: float | None, sign: str = "") -> str:
        return "–" if value is None else format(value, f"{sign},.2f")

    return {
        "label": row.label,
        "unit": row.unit,
        "without": shown(row.without),
        "with_them": shown(row.with_them),
        "difference": shown(row.difference, "+"),
    }


def _occurrence(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    cause = why(row)
    return {
        "id": row["dispatch_id"],
        "type": row["type"],
        "when": stretch(row["start"], row["end"], zone),
        "components": " ".join(map(str, row["component_ids"])),
        "asked": kwh(row["asked_kwh"]),
        "delivered": kwh(row["delivered_kwh"]),
        "short": kwh(row["shortfall_kwh"]),
        "reason": row["reason"],
        "why": cause,
    }


def _component(each: Mapping[str, Any]) -> dict[str, str]:
    plain = ("id", "name", "category", "type")
    figures = (
        f"{key.removesuffix('_kwh').replace('_', ' ')} {value:,.2f}"
        + (" kWh" if key.endswith("_kwh") else "")
        for key, value in each.items()
        if key not in plain and isinstance(value, int | float) and value
    )
    kind = each["category"] if each["type"] is None else f"{each['category']}, {each['type']}"
    return {
        "id": str(each["id"]),
        "name": each["name"],
        "kind": kind.replace("_", " "),
        "figures": " · ".join(figures),
    }


def _event(event: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    at = from_us(event["t_us"]).astimezone(zone)
    details = (
        f"{key.replace('_', ' ')} {_plain(value)}"
        for key, value in event.items()
        if key not in ("t_us", "event") and value is not None
    )
    return {
        "time": f"{at:%a %Y-%m-%d %H:%M:%S}",
        "event": event["event"],
        "details": ", ".join(details),
    }


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, list | tuple):
        return " ".join(map(_plain, value))
    return str(value)


def _readout(curves: Curves, zone: ZoneInfo) -> str:
    """Return what the page shows beside the pointer, as JSON without characters of HTML."""
    is_short = not curves.width.endswith(("day", "week"))
    labels = [_label(int(t_us), zone, with_clock=is_short) for t_us in curves.edges_us[:-1]]
    rows: list[tuple[str, str, list[float]]] = []
    for side in (curves.sources, curves.uses):
        rows += [(band.label, "kW", np.round(band.kw, 2).tolist()) for band in side]
    rows += [(state.name, "%", np.round(state.end, 1).tolist()) for state in curves.states]
    if np.ptp(curves.buy) or np.ptp(curves.sell):
        rows.append(("import costs", "/kWh", np.round(curves.buy, 4).tolist()))
        rows.append(("export earns", "/kWh", np.round(curves.sell, 4).tolist()))
    start, end = int(curves.edges_us[0]), int(curves.edges_us[-1])
    shares = np.round((curves.edges_us[:-1] - start) / (end - start), 6).tolist()
    text = json.dumps(
        {"from": shares, "labels": labels, "rows": rows}, separators=(",", ":"), allow_nan=False
    )
    return text.replace("<", "\\u003c").replace("&", "\\u0026").replace(">", "\\u003e")


def _label(t_us: int, zone: ZoneInfo, *, with_clock: bool) -> str:
    local = from_us(t_us).astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M}" if with_clock else f"{local:%a %Y-%m-%d}"
